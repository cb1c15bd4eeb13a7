"""What is looked up in the archive: papers, a paper, its tables, reports, what is near, what changed."""

from typing import Any

import pytest

from digest_assets.answers import lookup
from digest_assets.answers.passages import FIRST_DAY, LAST_DAY
from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Settings
from digest_assets.testing.row_factories import FRIDAY
from digest_assets.warehouse import Warehouse
from digest_assets_tests.answers.archive import BRIDGE, LANTERN, MONDAY, TIDE


def find(archive: Settings, warehouse: Warehouse, **values: Any) -> list[str]:
    days = {"since": FIRST_DAY, "until": LAST_DAY}
    return [item["id"] for item in lookup.list_papers(archive, warehouse, **{**days, **values})]


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, [TIDE, LANTERN, BRIDGE]),  # the newest first
        ({"words": "cracks"}, [BRIDGE]),
        ({"words": '"maps at night"'}, [LANTERN]),
        ({"author": "Ada Example"}, [TIDE, LANTERN]),
        ({"author": "A. Example", "words": "floods"}, [TIDE]),
        ({"author": "Adam Example"}, []),
        ({"category": "cs.SD"}, [BRIDGE]),
        ({"category": "cs.CV", "words": "cracks"}, []),
        ({"since": MONDAY}, [TIDE]),
        ({"until": FRIDAY}, [LANTERN, BRIDGE]),
        ({"reader": ""}, [TIDE, BRIDGE, LANTERN]),  # by the reader's score
        ({"reader": "", "until": FRIDAY}, [BRIDGE, LANTERN]),
    ],
)
def test_papers_are_found_by_words_author_category_days_and_reader(
    archive: Settings, warehouse: Warehouse, given: dict[str, Any], ids: list[str]
) -> None:
    assert find(archive, warehouse, **given) == ids


def test_where_no_paper_has_all_words_the_closest_say_so(archive: Settings, warehouse: Warehouse) -> None:
    words = "microphones bridges zebras"
    (item,) = lookup.list_papers(archive, warehouse, words=words, since=FIRST_DAY, until=LAST_DAY)
    assert (item["id"], item["has_all_words"]) == (BRIDGE, False)


def test_an_unknown_reader_is_told_who_there_is(archive: Settings, warehouse: Warehouse) -> None:
    with pytest.raises(ReportError, match="no reader is called 'eve'; there are ''"):
        find(archive, warehouse, reader="eve")


def test_a_paper_comes_with_its_summary_and_each_sentence_with_its_places(warehouse: Warehouse) -> None:
    paper, summary, *claims = lookup.describe_paper(warehouse, f"{LANTERN}v1")
    assert (paper["title"], paper["days"], paper["read"]) == ("Lantern: a filter for maps at night", [FRIDAY], "html")
    assert (summary["kind"], summary["report"]) == ("summary", "category_digest")
    assert claims
    assert {claim["verdict"] for claim in claims} == {"quoted"}
    assert all(span["url"].startswith(f"https://arxiv.org/html/{LANTERN}v2") or span["url"].endswith(f"abs/{LANTERN}v2")
               for claim in claims for span in claim["spans"])  # fmt: skip


def test_tables_come_as_rows_with_their_place(warehouse: Warehouse) -> None:
    (table,) = lookup.describe_tables(warehouse, LANTERN)
    assert table["rows"].splitlines() == ["Method | Accuracy (%)", "DimNet | 58.2", "Lantern | 61.5"]
    assert table["source"]["url"] == f"https://arxiv.org/html/{LANTERN}v2#S2.T1"
    assert lookup.describe_tables(warehouse, TIDE) == []


def test_reports_are_read_by_day_and_name_and_a_weeks_by_any_of_its_days(
    archive: Settings, warehouse: Warehouse
) -> None:
    (names,) = lookup.describe_report(archive, warehouse, str(FRIDAY))
    assert names["reports"] == ["category_digest", "weekly"]
    (part,) = lookup.describe_report(archive, warehouse, "latest", "category_digest")
    assert (part["day"], part["markdown"].splitlines()[0]) == (MONDAY, "## Tides of a lagoon")
    assert lookup.describe_report(archive, warehouse, str(FRIDAY), "weekly")[0]["markdown"] == "# The week"


@pytest.mark.parametrize(
    ("day", "report", "problem"),
    [
        ("yesterday", "", "not a day"),
        ("2020-01-01", "", "has no reports; the newest days are 2025-12-08"),
        (str(FRIDAY), "../../secret", "it has category_digest"),
        ("2020-01-01", "weekly", "has no report; there are those of 2025-12-01"),
    ],
)
def test_a_report_that_is_not_there_says_what_is(
    archive: Settings, warehouse: Warehouse, day: str, report: str, problem: str
) -> None:
    with pytest.raises(ReportError, match=problem):
        lookup.describe_report(archive, warehouse, day, report)


def test_what_is_near_is_found_from_both_sides(warehouse: Warehouse) -> None:
    assert [(item["id"], item["day"]) for item in lookup.list_similar(warehouse, TIDE)] == [(LANTERN, FRIDAY)]
    assert [(item["id"], item["day"]) for item in lookup.list_similar(warehouse, LANTERN)] == [(TIDE, MONDAY)]
    assert lookup.list_similar(warehouse, BRIDGE) == []


def test_changes_say_what_was_and_what_is(warehouse: Warehouse) -> None:
    (change,) = lookup.list_changes(warehouse, since=FIRST_DAY, until=LAST_DAY)
    assert (change["id"], change["version"]) == (LANTERN, 2)
    assert {"what": "Numbers", "before": "60", "now": "61.5"} in change["changes"]
    assert lookup.list_changes(warehouse, since=FIRST_DAY, until=FRIDAY) == []
    assert lookup.list_changes(warehouse, since=FIRST_DAY, until=LAST_DAY, id_=TIDE) == []
