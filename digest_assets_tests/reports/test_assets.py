"""The reports of a day, made by Dagster from the tables."""

from pathlib import Path

import pytest

from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.errors import ReportError, StorageError
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.reports.checks import find_problems
from digest_assets.reports.edition import build_edition
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import write_report
from digest_assets.sources.tables import ARXIV_LISTING
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY, SATURDAY
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.reports.days import fill_tables, materialize_reports


def test_a_day_becomes_five_files_their_rows_and_a_green_check(settings: Settings) -> None:
    fill_tables(settings)
    result = materialize_reports(settings)
    rows = {row.report: row for row in REPORTS.to_rows(open_warehouse(settings).read(REPORTS, [FRIDAY]))}
    files = sorted(path.name for path in (settings.data_dir / "reports" / "2025-12-05").iterdir())
    assert files == sorted(f"{report}.md" for report in rows)
    assert len(files) == 5
    digest = rows["category_digest"]
    assert (digest.papers, digest.read_in_full, digest.requested_in_full, digest.numbers_traced) == (2, 0, 0, 4)
    assert (rows["deep_read"].read_in_full, rows["deep_read"].cost_usd) == (1, 0.01)
    assert digest.bytes == (settings.data_dir / digest.path).stat().st_size
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True]


def test_the_same_day_again_gives_the_same_bytes(settings: Settings) -> None:
    fill_tables(settings)
    materialize_reports(settings)
    folder = settings.data_dir / "reports" / "2025-12-05"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    materialize_reports(settings)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_reports_are_previewed_in_the_metadata(settings: Settings) -> None:
    fill_tables(settings)
    metadata = materialize_reports(settings).asset_materializations_for_node("reports")[0].metadata
    assert "# Table of Contents" in str(metadata["category_digest"].value)
    assert str(metadata["deep_read (file)"].value).endswith("/reports/2025-12-05/deep_read.md")
    assert metadata["papers"].value == 3
    assert metadata["share of figures traced"].value == 1.0


def test_a_saturday_has_five_empty_reports(settings: Settings) -> None:
    fill_tables(settings, SATURDAY, empty=True)
    result = materialize_reports(settings, SATURDAY)
    assert all(check.passed for check in result.get_asset_check_evaluations())
    assert len(list((settings.data_dir / "reports" / "2025-12-06").iterdir())) == 5


def test_a_report_whose_source_failed_is_not_made_and_said_so(settings: Settings) -> None:
    fill_tables(settings, sources=[ARXIV_LISTING])
    metadata = materialize_reports(settings).asset_materializations_for_node("reports")[0].metadata
    files = sorted(path.name for path in (settings.data_dir / "reports" / "2025-12-05").iterdir())
    assert files == ["category_digest.md", "field_review.md"]
    assert "deep_read of 2025-12-05: hf_daily_papers has no partition" in str(metadata["not made"].value)


def test_a_disabled_report_is_not_made(settings: Settings) -> None:
    choice = row_factories.make_settings(deep_read={"enabled": False})
    settings = settings.model_copy(update={"config": choice.config})
    fill_tables(settings)
    materialize_reports(settings)
    assert not (settings.data_dir / "reports" / "2025-12-05" / "deep_read.md").exists()


def test_the_check_names_the_line_where_a_file_was_broken(settings: Settings) -> None:
    fill_tables(settings)
    materialize_reports(settings)
    path = settings.data_dir / "reports" / "2025-12-05" / "category_digest.md"
    path.write_text(path.read_text("utf-8").replace("TL;DR: ", "TLDR: ", 1), "utf-8")
    problems = list(find_problems(settings))
    assert len(problems) == 1
    assert "category_digest, line" in problems[0]
    assert "'TLDR: Short.'" in problems[0]


def test_the_check_misses_no_paper_that_left_a_report(settings: Settings) -> None:
    fill_tables(settings)
    materialize_reports(settings)
    more = [
        row_factories.make_group_row(id_, "deep_read", place)
        for place, id_ in enumerate(("2512.00001", "2512.00002"), 1)
    ]
    open_warehouse(settings).replace_days(PAPER_GROUPS, [FRIDAY], PAPER_GROUPS.to_frame(more))
    assert any("deep_read of 2025-12-05: it holds 1 papers" in problem for problem in find_problems(settings))


def test_a_group_of_an_unknown_paper_is_an_error_that_says_what_to_do(settings: Settings) -> None:
    tables = row_factories.make_day_tables([], [row_factories.make_group_row("2512.00001", "deep_read")])
    with pytest.raises(ReportError, match="materialise papers and paper_groups"):
        write_report(build_edition("deep_read", tables, settings), settings)


def test_a_disk_that_does_not_take_a_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_atomically(path, b"old")
    with pytest.raises(StorageError, match="cannot be written"):
        write_atomically(path / "below-a-file.md", b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.md"]
