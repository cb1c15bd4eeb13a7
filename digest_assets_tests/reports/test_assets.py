"""The reports of a day, made by Dagster from the tables."""

import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.grouping import get_report_source
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.assets import reports
from digest_assets.reports.checks import find_problems, report_format
from digest_assets.reports.edition import DayTables
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import build_editions, write_report
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY, SATURDAY
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table
from digest_assets.warehouse.registry import TABLES

UPSTREAM: tuple[Table[Any], ...] = (PAPERS, PAPER_GROUPS, PAPER_TEXTS, PAPER_SUMMARIES, DAY_OVERVIEWS)
SOURCES = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)


def fill(settings: Settings, day: date = FRIDAY, *, sources: Any = SOURCES, empty: bool = False) -> None:
    """Write a day's tables: two papers in the category digest, one in the deep read."""
    warehouse = settings.warehouse()
    for source in sources:
        warehouse.replace_days(source, [day], source.frame())
    shown = [] if empty else ["2512.00001", "2512.00002"]
    groups = [row_factories.make_group_row(id_, "category_digest", place, day) for place, id_ in enumerate(shown, 1)]
    groups += [row_factories.make_group_row(id_, "deep_read", day=day, group="Hugging Face") for id_ in shown[:1]]
    warehouse.replace_days(PAPERS, [day], PAPERS.to_frame(row_factories.make_paper(id_, day) for id_ in shown))
    warehouse.replace_days(PAPER_GROUPS, [day], PAPER_GROUPS.to_frame(groups))
    warehouse.replace_days(PAPER_TEXTS, [day], PAPER_TEXTS.to_frame(row_factories.make_text(id_, day) for id_ in shown))
    rows = [row_factories.make_summary(row.id, row.report, day, cost_usd=0.01) for row in groups]  # type: ignore[arg-type]
    warehouse.replace_days(PAPER_SUMMARIES, [day], PAPER_SUMMARIES.to_frame(rows))
    warehouse.replace_days(DAY_OVERVIEWS, [day], DAY_OVERVIEWS.to_frame())


def publish_day(settings: Settings, day: date = FRIDAY) -> Settings:
    """A data folder with a published day, made without Dagster; gives the settings back.

    The day is made once in a process, and copied.
    """
    shutil.copytree(_published(day).name, settings.data_dir, dirs_exist_ok=True)
    return settings


@cache
def _published(day: date) -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="published-day-")
    settings = Settings(config=Config(), environment=Environment(data_dir=Path(folder.name)))
    fill(settings, day)
    warehouse = settings.warehouse()
    frames = {table.name: warehouse.read(table, [day]) for table in UPSTREAM}
    reports = settings.config.reports
    sources = {get_report_source(name, reports) for name in reports.enabled_reports()}
    made = build_editions(DayTables.from_frames(day, **frames), settings, sources)
    warehouse.replace_days(REPORTS, [day], REPORTS.to_frame(write_report(edition, settings).row for edition in made))
    return folder


def run(settings: Settings, day: date = FRIDAY) -> dg.ExecuteInProcessResult:
    upstream = [dg.AssetSpec(table.name, partitions_def=daily_partitions).with_io_manager_key("warehouse") for table in UPSTREAM]
    return dg.materialize(
        [*upstream, reports, report_format],
        selection=dg.AssetSelection.assets(reports),
        partition_key=day.isoformat(),
        resources={"settings": settings, "warehouse": WarehouseIOManager(TABLES, settings.warehouse)},
    )


def test_a_day_becomes_five_files_their_rows_and_a_green_check(settings: Settings) -> None:
    fill(settings)
    result = run(settings)
    rows = {row.report: row for row in REPORTS.to_rows(settings.warehouse().read(REPORTS, [FRIDAY]))}
    files = sorted(path.name for path in (settings.data_dir / "reports" / "2025-12-05").iterdir())
    assert files == sorted(f"{report}.md" for report in rows)
    assert len(files) == 5
    digest = rows["category_digest"]
    assert (digest.papers, digest.read_in_full, digest.requested_in_full, digest.numbers_traced) == (2, 0, 0, 4)
    assert (rows["deep_read"].read_in_full, rows["deep_read"].cost_usd) == (1, 0.01)
    assert digest.bytes == (settings.data_dir / digest.path).stat().st_size
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True]


def test_the_same_day_again_gives_the_same_bytes(settings: Settings) -> None:
    fill(settings)
    run(settings)
    folder = settings.data_dir / "reports" / "2025-12-05"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(settings)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_reports_are_previewed_in_the_metadata(settings: Settings) -> None:
    fill(settings)
    metadata = run(settings).asset_materializations_for_node("reports")[0].metadata
    assert "# Table of Contents" in str(metadata["category_digest"].value)
    assert str(metadata["deep_read (file)"].value).endswith("/reports/2025-12-05/deep_read.md")
    assert metadata["papers"].value == 3
    assert metadata["share of figures traced"].value == 1.0


def test_a_saturday_has_five_empty_reports(settings: Settings) -> None:
    fill(settings, SATURDAY, empty=True)
    result = run(settings, SATURDAY)
    assert all(check.passed for check in result.get_asset_check_evaluations())
    assert len(list((settings.data_dir / "reports" / "2025-12-06").iterdir())) == 5


def test_a_report_whose_source_failed_is_not_made_and_said_so(settings: Settings) -> None:
    fill(settings, sources=[ARXIV_LISTING])
    metadata = run(settings).asset_materializations_for_node("reports")[0].metadata
    files = sorted(path.name for path in (settings.data_dir / "reports" / "2025-12-05").iterdir())
    assert files == ["category_digest.md", "field_review.md"]
    assert "deep_read of 2025-12-05: hf_daily_papers has no partition" in str(metadata["not made"].value)


def test_a_disabled_report_is_not_made(settings: Settings) -> None:
    choice = row_factories.make_settings(deep_read={"enabled": False})
    settings = settings.model_copy(update={"config": choice.config})
    fill(settings)
    run(settings)
    assert not (settings.data_dir / "reports" / "2025-12-05" / "deep_read.md").exists()


def test_the_check_names_the_line_where_a_file_was_broken(settings: Settings) -> None:
    fill(settings)
    run(settings)
    path = settings.data_dir / "reports" / "2025-12-05" / "category_digest.md"
    path.write_text(path.read_text("utf-8").replace("TL;DR: ", "TLDR: ", 1), "utf-8")
    problems = list(find_problems(settings))
    assert len(problems) == 1
    assert "category_digest, line" in problems[0]
    assert "'TLDR: Short.'" in problems[0]


def test_the_check_misses_no_paper_that_left_a_report(settings: Settings) -> None:
    fill(settings)
    run(settings)
    more = [row_factories.make_group_row(id_, "deep_read", place) for place, id_ in enumerate(("2512.00001", "2512.00002"), 1)]
    settings.warehouse().replace_days(PAPER_GROUPS, [FRIDAY], PAPER_GROUPS.to_frame(more))
    assert any("deep_read of 2025-12-05: it holds 1 papers" in problem for problem in find_problems(settings))


def test_a_group_of_an_unknown_paper_is_an_error_that_says_what_to_do(settings: Settings) -> None:
    tables = row_factories.make_day_tables([], [row_factories.make_group_row("2512.00001", "deep_read")])
    with pytest.raises(ReportError, match="materialise papers and paper_groups"):
        write_report(row_factories.build_edition("deep_read", tables, settings), settings)


def test_a_disk_that_does_not_take_a_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_atomically(path, b"old")
    with pytest.raises(ReportError, match="cannot be written"):
        write_atomically(path / "below-a-file.md", b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.md"]
