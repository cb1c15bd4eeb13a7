"""A day's papers for other programs."""

import csv as standard_csv
import io
import json
import re
from datetime import timedelta

import duckdb
import polars as pl
import pytest
import rispy
import yaml
from hypothesis import given

from digest_assets.archive.tables import SimilarPaperRow
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.citation_formats import format_csl_json, format_ris
from digest_assets.reports.edition import Edition
from digest_assets.reports.exports import (
    SCHEMA,
    DayExport,
    build_papers_frame,
    encode_csv,
    encode_parquet,
    format_bibliography,
    format_jsonl,
    write_exports,
)
from digest_assets.reports.notes import escape_note, format_note
from digest_assets.summaries.tables import ClaimSpan, SummaryClaim
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY
from digest_assets_tests.examples import take_examples
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
    write_exports(DayExport(FRIDAY, day()), settings)
    path = settings.data_dir / "exports" / str(FRIDAY) / "papers.parquet"
    assert pl.read_parquet(path).equals(build_papers_frame(day()))
    assert duckdb.sql(f"SELECT title FROM '{path}' ORDER BY id LIMIT 1").fetchall() == [("=HYPERLINK(1)",)]


def test_csv_lets_no_spreadsheet_take_a_title_for_a_formula() -> None:
    rows = list(standard_csv.DictReader(io.StringIO(encode_csv(build_papers_frame(day())).decode("utf-8"))))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["authors"] == "José Ω"
    assert rows[0]["published"] == "2025-12-04T12:00:00Z"
    assert rows[1]["reports"] == "category_digest; deep_read"


def test_a_day_without_papers_has_files_without_rows(settings: Settings) -> None:
    files = {path.name: settings.data_dir / path for path in write_exports(DayExport(FRIDAY, []), settings)}
    assert list(files) == [
        "papers.bib", "papers.csv", "papers.parquet", "papers.ris", "papers.csl.json", "papers.jsonl",
    ]  # fmt: skip
    assert pl.read_parquet(files["papers.parquet"]).schema == SCHEMA
    assert json.loads(files["papers.csl.json"].read_text("utf-8")) == []
    assert [files[f"papers.{form}"].read_bytes() for form in ("bib", "ris", "jsonl")] == [b"", b"", b""]


def test_two_papers_never_share_a_key_of_the_bibliography() -> None:
    keys = re.findall(r"(?m)^@misc\{([^,]+),$", format_bibliography(day()[:1] + day()))
    assert len(keys) == 2
    assert len(set(keys)) == 2


def test_the_same_day_gives_the_same_bytes() -> None:
    assert encode_parquet(build_papers_frame(day())) == encode_parquet(build_papers_frame(day()))
    assert encode_csv(build_papers_frame(day())) == encode_csv(build_papers_frame(day()))


@take_examples(20)
@given(hostile_editions())
def test_whatever_papers_hold_the_forms_read_back(made: tuple[Edition, Settings]) -> None:
    papers = build_papers_frame([made[0]])
    rows = list(standard_csv.DictReader(io.StringIO(encode_csv(papers).decode("utf-8"))))
    assert [row["id"] for row in rows] == papers["id"].to_list()
    assert not any(value[:1] in set("=+-@\t\r") for row in rows for value in row.values() if value)
    assert format_bibliography([made[0]]).count("@misc{") == len(papers)
    ids = sorted({entry.paper.id for entry in made[0].papers})
    export = DayExport(made[0].day, [made[0]])
    assert [entry["id"] for entry in rispy.loads(format_ris(export.papers))] == ids
    assert [item["id"] for item in json.loads(format_csl_json(export.papers))] == ids
    assert [json.loads(line)["id"] for line in format_jsonl(export).splitlines()] == ids
    for id_ in ids:
        note = format_note(export.entries[id_], [])
        properties, text = note.removeprefix("---\n").split("\n---\n", 1)  # as a line of its own, which no value can be
        assert yaml.safe_load(properties)["id"] == id_
        assert not re.search(r"\[\[|%%|==", text)


def make_full_paper() -> PaperRow:
    return row_factories.make_paper(
        "2512.00003",
        title="On\nTY  - JOUR [[links]] and #tags",
        authors=("Ada van Example", "Ben Sample Jr.", "Plato", "The Tide Collaboration"),
        doi="10.1000/x",
        journal_ref="J. Tides 3",
    )


def test_ris_reads_back_with_family_names_first() -> None:
    text = format_ris([make_full_paper(), row_factories.make_paper("2512.00004")])
    assert text.startswith("TY  - UNPB\nID  - 2512.00003\nTI  - On TY - JOUR [[links]] and #tags\n")
    first, second = rispy.loads(text)
    assert first["authors"] == ["Example, Ada van", "Sample Jr., Ben", "Plato", "The Tide Collaboration"]
    assert (first["doi"], first["year"], first["urls"]) == ("10.1000/x", "2025", ["https://arxiv.org/abs/2512.00003"])
    assert second["id"] == "2512.00004"


def test_csl_json_names_people_and_groups() -> None:
    (item,) = json.loads(format_csl_json([make_full_paper()]))
    assert item["author"][0] == {"family": "Example", "given": "Ada van"}
    assert item["author"][3] == {"literal": "The Tide Collaboration"}
    assert (item["type"], item["issued"], item["DOI"]) == ("article", {"date-parts": [[2025, 12, 4]]}, "10.1000/x")


def test_a_line_of_json_has_a_papers_summaries_with_their_claims_and_links() -> None:
    span = ClaimSpan(section=1, start=0, end=4, page=3, quote="It gains 2%.")
    claim = SummaryClaim(field="tldr", sentence="Short.", verdict="supported", spans=(span,))
    paper = row_factories.make_paper("2512.00001")
    edition = row_factories.make_edition("category_digest", [paper], choice_of("category_digest"), claims=(claim,))
    (line,) = format_jsonl(DayExport(FRIDAY, [edition], [make_similar()])).splitlines()
    made = json.loads(line)
    assert (made["day"], made["title"], made["reports"]) == ("2025-12-05", "One", ["category_digest"])
    (summary,) = made["summaries"]
    assert summary["fields"]["tldr"] == "Short."
    assert summary["claims"][0]["spans"][0]["url"] == "https://arxiv.org/pdf/2512.00001v1#page=3"
    assert made["similar"][0]["similar_id"] == "math/0309136"


def make_similar() -> SimilarPaperRow:
    return SimilarPaperRow(
        day=FRIDAY,
        id="2512.00001",
        position=1,
        similar_id="math/0309136",
        similar_title="Old ]] %%things%%",
        similar_day=FRIDAY - timedelta(days=3),
        similarity=0.25,
        kinship="near",
        shared_authors=0,
    )


def test_a_note_has_properties_and_links_to_similar_papers_by_id_alone(settings: Settings) -> None:
    paper = row_factories.make_paper("2512.00001", title='A: "quoted"\n--- title', categories=("cs.CV",))
    edition = row_factories.make_edition("category_digest", [paper], choice_of("category_digest"))
    write_exports(DayExport(FRIDAY, [edition], [make_similar()]), settings)
    note = (settings.data_dir / "exports" / str(FRIDAY) / "notes" / "2512.00001.md").read_text("utf-8")
    properties = yaml.safe_load(note.split("---\n")[1])
    assert (properties["title"], properties["tags"]) == ('A: "quoted" --- title', ["arxiv/cs-CV"])
    assert r"- [[math_0309136]] Old ]] %\%things%\% (near, 25% alike, 2025-12-02)" in note
    assert "**TL;DR** Short." in note


def test_notes_of_papers_that_a_day_no_longer_shows_go(settings: Settings) -> None:
    write_exports(DayExport(FRIDAY, day()), settings)
    folder = settings.data_dir / "exports" / str(FRIDAY) / "notes"
    assert sorted(path.name for path in folder.iterdir()) == ["2512.00001.md", "2512.00002.md"]
    write_exports(DayExport(FRIDAY, day()[1:]), settings)
    assert [path.name for path in folder.iterdir()] == ["2512.00002.md"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("see [[secret]] ![[embed]]", r"see [\[secret]] ![\[embed]]"),
        ("a #tag and C# and #1", r"a \#tag and C# and `#1`"),
        ("a %%hidden%% ==high==", r"a %\%hidden%\% =\=high=\="),
    ],
)
def test_what_obsidian_acts_on_shows_as_written(text: str, written: str) -> None:
    assert escape_note(text) == written
