"""`digest show`, `search`, `paper`, `open`: they show what was made, read only, and say what to do when it is not there."""

import json
from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.testing import row_factories
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.cli.conftest import Digest

pytestmark = pytest.mark.usefixtures("day")


def test_show_prints_a_report_as_it_is_in_the_file(digest: Digest, day: Settings) -> None:
    printed = digest("show", "2025-12-05", "category_digest")
    assert printed == (day.data_dir / "reports/2025-12-05/category_digest.md").read_text("utf-8")
    assert digest("show", "latest", "category_digest") == printed


def test_show_without_a_report_lists_the_day(digest: Digest) -> None:
    listed = json.loads(digest("show", "2025-12-05", "--json"))
    assert [row["report"] for row in listed] == [
        "topic_digest",
        "daily_table",
        "field_review",
        "category_digest",
        "deep_read",
    ]
    assert "category_digest" in digest("show")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "2025-12-04"], "has no reports of 2025-12-04; the newest days are 2025-12-05"),
        (["show", "2025-12-05", "digest"], "no report is called 'digest'; there are topic_digest,"),
        (["show", "5 December"], "not a day: '5 December'"),
        (["paper", "../etc/passwd"], "not an arXiv id"),
        (["paper", "2512.99999"], "no published day has 2512.99999"),
        (["search", "zebra"], "no paper has all of: zebra"),
        (["open"], "index.html is not there; `digest run DAY` makes a day and brings the site"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(digest: Digest, arguments: list[str], message: str) -> None:
    printed = digest(*arguments)
    assert printed.code == 1
    assert printed.error.startswith("error: ")
    assert message in printed.error
    assert "Traceback" not in printed.error


def test_wrong_settings_are_said_before_anything_is_read(digest: Digest, day: Settings, tmp_path: Path) -> None:
    (tmp_path / "digest.yaml").write_text("reports: {digest: {}}")
    printed = digest("show")
    assert printed.code == 2
    assert "reports.digest: unknown key" in printed.error


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["one"], ["2512.00001", "2512.00002"]),
        (["ÓNE", "gain"], ["2512.00001", "2512.00002"]),
        (["do a thing"], ["2512.00001", "2512.00002"]),
        (["vision", "y"], ["2512.00001"]),  # of the deep read's summary
        (["b two"], ["2512.00001", "2512.00002"]),
    ],
)
def test_search_finds_papers_by_words_of_all_that_is_known(digest: Digest, words: list[str], ids: list[str]) -> None:
    assert [row["id"] for row in json.loads(digest("search", *words, "--json"))] == ids
    assert ids[0] in digest("search", *words)


def test_search_keeps_to_the_days_asked_for(digest: Digest) -> None:
    assert json.loads(digest("search", "one", "--since", "2025-12-06", "--json")) == []
    assert len(json.loads(digest("search", "one", "--until", "2025-12-05", "-n", "1", "--json"))) == 1


def test_search_takes_its_words_as_text_only(digest: Digest) -> None:
    assert json.loads(digest("search", "'; DROP TABLE papers; --", "--json")) == []
    assert len(json.loads(digest("search", "one", "--json"))) == 2


def test_an_address_that_is_both_code_and_project_stands_once(digest: Digest, day: Settings) -> None:
    page = "https://github.com/a/b"
    with open_warehouse(day).begin() as connection:
        connection.execute("UPDATE papers SET code_url = ?, project_url = ? WHERE id = ?", [page, page, "2512.00001"])
    assert digest("paper", "2512.00001").count(page) == 1


def test_paper_shows_every_summary_with_its_provenance(digest: Digest) -> None:
    printed = json.loads(digest("paper", "2512.00001v1", "--json"))
    assert {summary["report"] for summary in printed["summaries"]} == {"category_digest", "deep_read"}
    assert printed["bibtex"].startswith("@misc{")
    shown = digest("paper", "2512.00001")
    assert "Read: HTML · written by extractive · 2/2 figures traced" in shown
    assert "Splat" not in shown
    assert digest("paper", "2512.00001", "--bibtex") == printed["bibtex"]


def test_open_prints_where_a_page_is(digest: Digest, day: Settings) -> None:
    page = day.data_dir / "site" / "days" / "2025-12-05" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!DOCTYPE html>")
    assert digest("open", "2025-12-05", "--print").strip() == page.as_uri()


def test_nothing_is_written_by_reading(digest: Digest, day: Settings) -> None:
    def state() -> dict[str, bytes]:
        files = (path for path in day.data_dir.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = state()
    for arguments in (["show"], ["paper", "2512.00001"], ["costs"]):
        digest(*arguments)
    assert state() == before


def test_a_hostile_title_shows_as_text_at_the_terminal(digest: Digest, day: Settings) -> None:
    title = "[red]one[/red] \x1b]8;;http://evil.example\x07x \u202e"
    papers = [row_factories.make_paper("2512.00001", title=title), row_factories.make_paper("2512.00002")]
    open_warehouse(day).replace_days(PAPERS, [row_factories.FRIDAY], PAPERS.to_frame(papers))
    for printed in (digest("search", "one"), digest("paper", "2512.00001")):
        assert "[red]one[/red]" in printed
        assert "\x1b]8;;http://evil" not in printed
        assert "\u202e" not in printed
