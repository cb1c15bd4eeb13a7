"""A day's papers for other programs."""

import csv as standard_csv
import io
import re

import duckdb
import polars as pl
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from digest_assets.config.settings import Settings
from digest_assets.reports.edition import Edition
from digest_assets.reports.exports import (
    SCHEMA,
    build_papers_frame,
    encode_csv,
    encode_parquet,
    format_bibliography,
    write_exports,
)
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY
from digest_assets_tests.reports.hostile import choice_of, hostile_editions


def day() -> list[Edition]:
    one, two = (
        row_factories.make_paper("2512.00001", title="=HYPERLINK(1)", authors=("José Ω",)),
        row_factories.make_paper("2512.00002"),
    )
    return [
        row_factories.make_edition("category_digest", [one, two], choice_of("category_digest")),
        row_factories.make_edition("deep_read", [two], choice_of("deep_read")),
    ]


def test_each_paper_is_one_row_that_names_its_reports() -> None:
    papers = build_papers_frame(day())
    assert papers.schema == SCHEMA
    assert papers["id"].to_list() == ["2512.00001", "2512.00002"]
    assert papers["reports"].to_list() == [["category_digest"], ["category_digest", "deep_read"]]
    assert papers["summary"].to_list() == ["Short.", "Short."]


def test_parquet_holds_the_papers_as_they_are(settings: Settings) -> None:
    files = write_exports(FRIDAY, day(), settings)
    path = settings.data_dir / files[2]
    assert pl.read_parquet(path).equals(build_papers_frame(day()))
    assert duckdb.sql(f"SELECT title FROM '{path}' ORDER BY id LIMIT 1").fetchall() == [("=HYPERLINK(1)",)]


def test_csv_lets_no_spreadsheet_take_a_title_for_a_formula() -> None:
    rows = list(standard_csv.DictReader(io.StringIO(encode_csv(build_papers_frame(day())).decode("utf-8"))))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["authors"] == "José Ω"
    assert rows[0]["published"] == "2025-12-04T12:00:00Z"
    assert rows[1]["reports"] == "category_digest; deep_read"


def test_a_day_without_papers_has_files_without_rows(settings: Settings) -> None:
    files = write_exports(FRIDAY, [], settings)
    assert [path.name for path in files] == ["papers.bib", "papers.csv", "papers.parquet"]
    assert pl.read_parquet(settings.data_dir / files[2]).schema == SCHEMA
    assert (settings.data_dir / files[0]).read_bytes() == b""


def test_two_papers_never_share_a_key_of_the_bibliography() -> None:
    keys = re.findall(r"(?m)^@misc\{([^,]+),$", format_bibliography(day()[:1] + day()))
    assert len(keys) == 2
    assert len(set(keys)) == 2


def test_the_same_day_gives_the_same_bytes() -> None:
    assert encode_parquet(build_papers_frame(day())) == encode_parquet(build_papers_frame(day()))
    assert encode_csv(build_papers_frame(day())) == encode_csv(build_papers_frame(day()))


@hypothesis_settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(hostile_editions())
def test_whatever_papers_hold_the_forms_read_back(made: tuple[Edition, Settings]) -> None:
    papers = build_papers_frame([made[0]])
    rows = list(standard_csv.DictReader(io.StringIO(encode_csv(papers).decode("utf-8"))))
    assert [row["id"] for row in rows] == papers["id"].to_list()
    assert not any(value[:1] in set("=+-@\t\r") for row in rows for value in row.values() if value)
    assert format_bibliography([made[0]]).count("@misc{") == len(papers)
