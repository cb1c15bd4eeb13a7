"""The site brought up to date: only what changed is rendered, what is gone goes, and nothing of a killed build is lost."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from digest_assets.archive.tables import SIMILAR_PAPERS, SimilarPaperRow
from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.reports import urls
from digest_assets.site import build, paper_history
from digest_assets.site.build import build_site
from digest_assets.site.files import SiteFolder
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import (
    DayRows,
    generate_day,
    generate_paper,
    remove_day,
    store_days,
    store_generated_day,
)
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.site.built_sites import (
    FRIDAY,
    JANUARY,
    MONDAY,
    PAPERS,
    build_elsewhere,
    copy_built_site,
    parse_page,
    read_files,
)


def test_a_paper_that_a_later_day_reads_in_full_moves_to_a_page_of_its_own_everywhere(
    settings: Settings, tmp_path: Path
) -> None:
    paper = row_factories.make_paper("2512.00001", FRIDAY)
    store_days(settings, DayRows(FRIDAY, [paper], [], []))
    build_site(settings)
    assert urls.paper_page(paper.id) not in read_files(settings)
    again = paper.model_copy(update={"day": MONDAY})
    store_days(
        settings, DayRows(MONDAY, [again], [row_factories.make_group_row(paper.id, "deep_read", day=MONDAY)], [])
    )
    assert build_site(settings).rendered == (FRIDAY, MONDAY)
    (item,) = parse_page(settings, urls.day_page(FRIDAY)).findall(".//ol[@data-filtered]/li")
    assert item.find(".//a").get("href") == f"../../{urls.paper_page(paper.id)}"
    assert urls.papers_page(FRIDAY, "all") not in read_files(settings)
    assert read_files(settings) == build_elsewhere(settings, tmp_path / "afresh")


def test_a_page_that_an_earlier_release_gave_a_paper_goes(settings: Settings) -> None:
    rows = store_generated_day(settings, FRIDAY, 4)
    old = urls.paper_page(rows[3].id)
    SiteFolder(settings.data_dir / "site").write(old, "old")
    build_site(settings)
    assert old not in read_files(settings)


def test_a_day_whose_papers_are_near_others_than_before_is_rendered_again(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY, MONDAY, JANUARY)
    papers = {day: generate_paper(day, 1, PAPERS) for day in (FRIDAY, MONDAY)}
    near = SimilarPaperRow(
        day=MONDAY, id=papers[MONDAY].id, position=1, similar_id=papers[FRIDAY].id, similar_title="Near", similar_day=FRIDAY,
        similarity=0.4, kinship="same work", shared_authors=1,
    )  # fmt: skip
    open_warehouse(settings).replace_days(SIMILAR_PAPERS, [MONDAY], SIMILAR_PAPERS.to_frame([near]))
    assert build_site(settings).rendered == (MONDAY,)
    assert "Near" in parse_page(settings, urls.paper_page(near.id)).text_content()


def test_nothing_is_written_when_nothing_changed(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    again = build_site(settings)
    assert (again.rendered, again.files_written, again.files_removed) == ((), 0, 0)


def test_a_new_day_touches_its_own_pages_and_the_indexes(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    before = read_files(settings)
    store_generated_day(settings, MONDAY, PAPERS)
    built = build_site(settings)
    assert built.rendered == (MONDAY,)
    changed = {name for name, data in read_files(settings).items() if before.get(name) != data}
    assert not {name for name in changed if name.startswith(("days/2025-12-05/", "papers/2512/2512.05"))}
    assert "days/2025-12-08/index.html" in changed


def test_a_new_month_leaves_the_pages_of_other_months_alone(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    before = read_files(settings)
    store_generated_day(settings, JANUARY, PAPERS)
    build_site(settings)
    changed = {name for name, data in read_files(settings).items() if before.get(name) != data}
    assert not {name for name in changed if "2025-12" in name}


def test_days_in_any_order_give_the_same_bytes_as_all_at_once(settings: Settings, tmp_path: Path) -> None:
    copy_built_site(settings, FRIDAY, JANUARY)
    store_generated_day(settings, MONDAY, 4)
    build_site(settings)
    store_generated_day(settings, FRIDAY, 4, title="Another first paper")
    build_site(settings)
    assert read_files(settings) == build_elsewhere(settings, tmp_path / "afresh")


def test_a_day_that_vanished_takes_its_pages_with_it(settings: Settings, tmp_path: Path) -> None:
    copy_built_site(settings, FRIDAY, JANUARY)
    remove_day(settings, FRIDAY)
    built = build_site(settings)
    assert built.removed == (FRIDAY,)
    assert not {name for name in read_files(settings) if "2025-12" in name or name.startswith("papers/2512")}
    assert read_files(settings) == build_elsewhere(settings, tmp_path / "afresh")


def test_a_site_whose_records_have_the_keys_of_0_1_0_is_brought_up_to_date(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY, JANUARY)
    whole = read_files(settings)
    for path in (settings.data_dir / "site" / "data").rglob("*.json"):
        text = path.read_text("utf-8")
        for new, old in (("requested_in_full", "wanted_in_full"), ("numbers_", "figures_")):
            text = text.replace(f'"{new}', f'"{old}')
        path.write_text(text, "utf-8")
    build_site(settings, everything=True)
    assert read_files(settings) == whole


def test_what_an_earlier_release_kept_for_its_search_goes(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 2)
    folder = SiteFolder(settings.data_dir / "site")
    old = ("static/minisearch.js", f"{urls.search_folder(FRIDAY)}.js")
    for name in old:
        folder.write(name, "old")
    build_site(settings)
    assert [folder.read(name) for name in old] == [None, None]


def test_a_paper_that_a_day_lost_keeps_what_other_days_say(settings: Settings) -> None:
    paper = row_factories.make_paper("2512.00001", FRIDAY)
    for day in (FRIDAY, MONDAY):
        row = paper.model_copy(update={"day": day})
        store_days(settings, DayRows(day, [row], [row_factories.make_group_row(row.id, "deep_read", day=day)], []))
    build_site(settings)
    store_days(settings, DayRows(MONDAY, [], [], []))
    build_site(settings)
    text = parse_page(settings, urls.paper_page(paper.id)).text_content()
    assert "5 December 2025" in text
    assert "8 December 2025" not in text


def test_a_report_that_is_no_longer_made_loses_its_page(settings: Settings) -> None:
    paper = row_factories.make_paper("2512.00001", FRIDAY)
    groups = [row_factories.make_group_row(paper.id, report, day=FRIDAY) for report in ("deep_read", "daily_table")]
    store_days(settings, DayRows(FRIDAY, [paper], groups, []))
    build_site(settings)
    store_days(settings, DayRows(FRIDAY, [paper], groups[:1], []))
    build_site(settings)
    assert "days/2025-12-05/daily_table.html" not in read_files(settings)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A data folder whose site is of Friday alone, while its tables have another Friday and two more days; and the files
    that its site is to have.
    """
    folder = tmp_path_factory.mktemp("changed")
    settings = Settings(config=Config(), environment=Environment(data_dir=folder))
    copy_built_site(settings, FRIDAY)
    store_days(settings, generate_day(FRIDAY, 4), generate_day(MONDAY, 6), generate_day(JANUARY, 6))
    return folder, build_elsewhere(settings, tmp_path_factory.mktemp("afresh"))


@pytest.mark.parametrize("writes", [1, 30, 60])
def test_a_build_that_broke_off_is_finished_by_the_next(
    settings: Settings, changed: tuple[Path, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    folder, whole = changed
    shutil.copytree(folder, settings.data_dir)
    left = writes
    write = SiteFolder.write

    def broken(self: SiteFolder, name: str, content: str | bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ReportError("the disk is full")
        write(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(SiteFolder, "write", broken)
        with pytest.raises(ReportError, match="the disk is full"):
            build_site(settings)
    build_site(settings)
    assert read_files(settings) == whole


def test_only_the_days_that_changed_are_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_built_site(settings, FRIDAY, JANUARY)
    read: list[date] = []

    def watched(warehouse: object, settings: Settings, day: date) -> paper_history.PublishedDay:
        read.append(day)
        return paper_history.load_day(open_warehouse(settings), settings, day)

    monkeypatch.setattr(build, "load_day", watched)
    store_generated_day(settings, MONDAY, 3)
    build_site(settings)
    assert read == [MONDAY]


def test_everything_can_be_rendered_again(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    (settings.data_dir / "site" / urls.day_page(FRIDAY)).unlink()
    assert build_site(settings, everything=True).rendered == (FRIDAY,)
    assert urls.day_page(FRIDAY) in read_files(settings)
