"""`digest` shows what was made, reads only, and says what to do when something is not there."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest_assets.cli.app import main
from digest_assets.config.settings import Settings
from digest_assets.llm.ledger import LLM_CALLS, LLMCallRow
from digest_assets.papers.tables import PAPERS
from digest_assets.testing import row_factories
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.reports.days import publish_day


@pytest.fixture
def day(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A published Friday, which the environment points to."""
    (tmp_path / "digest.yaml").write_text("{}")
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "digest.yaml"))
    monkeypatch.setenv("DIGEST_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return publish_day(settings)


class Said(str):
    """What a command printed, and how it ended."""

    code: int
    error: str


Digest = Callable[..., Said]


@pytest.fixture
def digest(day: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Digest:
    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["digest", *arguments])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        printed = capsys.readouterr()
        said = Said(printed.out)
        said.code, said.error = code, " ".join(printed.err.split())
        return said

    return run


def test_show_prints_a_report_as_it_is_in_the_file(digest: Digest, day: Settings) -> None:
    said = digest("show", "2025-12-05", "category_digest")
    assert said == (day.data_dir / "reports/2025-12-05/category_digest.md").read_text("utf-8")
    assert digest("show", "latest", "category_digest") == said


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
        (["open"], "index.html is not there; the job that makes the site"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(digest: Digest, arguments: list[str], message: str) -> None:
    said = digest(*arguments)
    assert said.code == 1
    assert said.error.startswith("error: ")
    assert message in said.error
    assert "Traceback" not in said.error


def test_a_folder_in_which_nothing_was_made_says_so(
    digest: Digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_DATA_DIR", str(tmp_path / "nothing"))
    assert "nothing was made in" in digest("search", "one").error
    assert "make digest DAY=" in digest("search", "one").error


def test_wrong_settings_are_said_before_anything_is_read(digest: Digest, day: Settings, tmp_path: Path) -> None:
    (tmp_path / "digest.yaml").write_text("reports: {digest: {}}")
    said = digest("show")
    assert said.code == 2
    assert "reports.digest: unknown key" in said.error


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
    told = json.loads(digest("paper", "2512.00001v1", "--json"))
    assert {summary["report"] for summary in told["summaries"]} == {"category_digest", "deep_read"}
    assert told["bibtex"].startswith("@misc{")
    shown = digest("paper", "2512.00001")
    assert "Read: HTML · written by extractive · 2/2 figures traced" in shown
    assert "Splat" not in shown
    assert digest("paper", "2512.00001", "--bibtex") == told["bibtex"]


def test_costs_are_summed_by_day_and_purpose(digest: Digest, day: Settings) -> None:
    call = LLMCallRow(
        id="1",
        ended_at=datetime(2025, 12, 5, tzinfo=UTC),
        day=datetime(2025, 12, 5, tzinfo=UTC).date(),
        purpose="summary",
        paper="2512.00001",
        report="deep_read",
        model="m-1",
        input_tokens=1000,
        cached_tokens=200,
        output_tokens=50,
        seconds=1.0,
        retries=0,
        outcome="ok",
        cost_usd=0.25,
        key="k",
    )
    open_warehouse(day).append(LLM_CALLS, [call, call.model_copy(update={"id": "2", "outcome": "invalid"})])
    told = json.loads(digest("costs", "--since", "2025-12-01", "--json"))
    assert told["cost_usd"] == 0.5
    assert (told["rows"][0]["calls"], told["rows"][0]["not_ok"], told["rows"][0]["input_tokens"]) == (2, 1, 2000)
    assert "0.5000" in digest("costs", "--since", "2025-12-01")
    assert json.loads(digest("costs", "--since", "2025-12-06", "--json"))["rows"] == []


def test_costs_without_any_call_say_so(digest: Digest) -> None:
    assert "No model was asked" in digest("costs")


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
    for arguments in (["show"], ["search", "one"], ["paper", "2512.00001"], ["costs"]):
        digest(*arguments)
    assert state() == before


def test_a_hostile_title_shows_as_text_at_the_terminal(digest: Digest, day: Settings) -> None:
    title = "[red]one[/red] \x1b]8;;http://evil.example\x07x \u202e"
    papers = [row_factories.make_paper("2512.00001", title=title), row_factories.make_paper("2512.00002")]
    open_warehouse(day).replace_days(PAPERS, [row_factories.FRIDAY], PAPERS.to_frame(papers))
    for said in (digest("search", "one"), digest("paper", "2512.00001")):
        assert "[red]one[/red]" in said
        assert "\x1b]8;;http://evil" not in said
        assert "\u202e" not in said


def test_it_runs_as_a_program(day: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digest_assets.cli.app", "show", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout)[0]["day"] == "2025-12-05"
