"""What sources were seen to serve, each kind in one day that is made whole: the reports, the checks, and what they say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from digest_assets.automation.runs import describe_failure
from digest_assets.common import clock
from digest_assets.config.settings import Settings, load_settings
from digest_assets.definitions import build_definitions
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.checks import find_problems
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.loopback.environment import override_environment
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer, ServedPaper
from digest_assets.warehouse import open_warehouse

DAY = date(2025, 12, 3)
EARLIER = date(2025, 12, 2)
UNKNOWN, CONTROL, UNDATED, TWICE, WITHDRAWN = "2512.09999", "2512.00001", "2512.00002", "2512.00003", "2511.00001"
UNDERSCORES, LABELLED, FIRST_PERSON, BARE_LINK, TEX_LINK = (f"2512.0001{number}" for number in range(5))
COLON, TWO_DOIS, OSTBY, CLASSES, NULL_UPVOTES, NULL_SUMMARY = (f"2512.0002{number}" for number in range(6))
CONFIG = """
sources: {arxiv: {delay_seconds: 0, categories: [cs.CV]}, retry_deadline_seconds: 5, backoff_seconds: 0.05}
texts: {requests_per_second: 1000}
reports: {topic_digest: {topics: [{name: lamps, any: [lamp]}]}}
"""


def paper(id_: str, **more: Any) -> ServedPaper:
    given: dict[str, Any] = {
        "title": f"A lamp, the number {id_}",
        "abstract": "We present a lamp for readers. It gains 2% on the shelf. It is small.",
        "authors": ("Ana Ruiz", "Li Wei"),
        "categories": ("cs.CV",),
        "published": datetime(2025, 12, 2, 12, int(id_[-2:]), tzinfo=UTC),
        "announced": {DAY: "new"},
    }
    return ServedPaper(id_, **{**given, **more})


PAPERS_SERVED = [
    paper(CONTROL),
    paper(UNDATED),
    paper(TWICE),
    paper(
        WITHDRAWN,
        published=datetime(2025, 11, 3, 12, tzinfo=UTC),
        version=2,
        abstract="This paper has been withdrawn by the authors due to an error in Section 3.",
        announced={DAY: "replace"},
    ),
    paper(UNDERSCORES, abstract="a_" * 40),
    paper(LABELLED, abstract="Summary: We present a lamp that reads. It gains 3% on the shelf."),
    paper(FIRST_PERSON, abstract="I built a lamp. I tried it on my shelf. I was content with what I saw."),
    paper(BARE_LINK, comment="Code: github.com/someone/LAMP-7."),
    paper(TEX_LINK, abstract=r"We present a lamp. Code\footnote{https://github.com/some-web/MY\_LAMP} is out."),
    paper(COLON, authors=("Team Lamp", ":", "Ana Ruiz")),
    paper(TWO_DOIS, doi="10.1103/PhysRevD.101.012001 10.1103/PhysRevD.102.012002"),
    paper(OSTBY, authors=("Kari Østby",)),
    paper(CLASSES, categories=("cs.CV", "I.2.10; I.4.8")),
    paper(NULL_UPVOTES),
    paper(NULL_SUMMARY),
]
HF_PAGE: list[dict[str, Any]] = [
    {"paper": {"id": NULL_UPVOTES, "title": "t", "summary": "We present it.", "upvotes": None, "authors": []}},
    {"paper": {"id": NULL_SUMMARY, "title": "t", "summary": None, "upvotes": 3, "authors": None}},
]


def spoil(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    """The odd entries of the API, and a feed that names a paper that the API lacks and counts."""
    body = answer.body
    if request.kind == "feed":
        unknown = body[body.index(b"<item>") : body.index(b"</item>") + 7] if b"<item>" in body else b""
        named = unknown.replace(CONTROL.encode(), UNKNOWN.encode())
        return replace(answer, body=body.replace(b"<item>", named + b"<item>", 1))
    if request.kind != "api":
        return answer
    head, *entries = body.split(b"<entry>")
    spoilt = []
    for entry in entries:
        if CONTROL.encode() in entry:
            entry = entry.replace(b"<title>", b"<title>&#1;", 1)
        if UNDATED.encode() in entry:
            entry = entry.replace(b"<updated>", b"<was>").replace(b"</updated>", b"</was>")
        tail = b"</feed>" if b"</feed>" in entry else b""
        spoilt += [entry.replace(tail, b""), entry] if TWICE.encode() in entry else [entry]
    if UNKNOWN in request.parameters.get("id_list", ""):
        asked = len(request.parameters["id_list"].split(","))
        start, end = head.index(b":totalResults>") + 14, head.index(b"</opensearch:totalResults>")
        head = head[:start] + str(asked).encode() + head[end:]
    return replace(answer, body=b"<entry>".join([head, *spoilt]))


@dataclass
class MadeDay:
    """The day, its run, and its reports by name."""

    settings: Settings
    result: dg.ExecuteInProcessResult

    def get_report(self, name: str) -> str:
        return (self.settings.data_dir / "reports" / str(DAY) / f"{name}.md").read_text("utf-8")

    def get_paper(self, id_: str) -> PaperRow:
        rows = PAPERS.to_rows(open_warehouse(self.settings).read(PAPERS, [DAY]))
        return next(row for row in rows if row.id == id_)

    def get_red_checks(self) -> dict[str, str]:
        checks = self.result.get_asset_check_evaluations()
        return {check.check_name: check.description or "" for check in checks if not check.passed}


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(PAPERS_SERVED, {DAY: HF_PAGE}) as server, override_environment(server):
        yield server


@pytest.fixture(scope="module")
def made(server: LoopbackServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeDay]:
    with pytest.MonkeyPatch.context() as patch:
        server.fault = spoil
        patch.setattr(clock, "get_utc_now", lambda: datetime(2025, 12, 3, 12, tzinfo=UTC))
        settings = load_settings(prepare(tmp_path_factory.mktemp("cases"), server))
        with dg.DagsterInstance.ephemeral() as instance:
            job = build_definitions(settings).resolve_job_def("daily_digest")
            yield MadeDay(
                settings, job.execute_in_process(instance=instance, partition_key=str(DAY), raise_on_error=False)
            )
        server.fault = None


def prepare(folder: Path, server: LoopbackServer) -> dict[str, str]:
    """The environment of a new data folder."""
    (folder / "digest.yaml").write_text(CONFIG, "utf-8")
    places = {
        "DIGEST_CONFIG": str(folder / "digest.yaml"),
        "DIGEST_DATA_DIR": str(folder / "data"),
        "HF_HUB_OFFLINE": "0",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
    return {**inherited, **server.get_environment(), **places}


def test_every_paper_stands_in_the_reports_and_their_form_is_right(made: MadeDay) -> None:
    steps = [describe_failure(event) for event in made.result.all_events if event.is_step_failure]
    assert made.result.success, steps
    listed = {served.id for served in PAPERS_SERVED} - {WITHDRAWN}
    digest = made.get_report("category_digest")
    assert digest.count("TL;DR:") == len(listed)
    assert all(f"/abs/{id_})" in digest for id_ in listed)
    assert list(find_problems(made.settings, [DAY])) == []


def test_what_was_odd_is_named_by_the_checks(made: MadeDay) -> None:
    red = made.get_red_checks()
    assert UNKNOWN in red["listing_complete"]
    events = [check for check in made.result.get_asset_check_evaluations() if check.check_name == "entries_whole"]
    odd: dict[str, Any] = {}
    for check in events:
        named = check.metadata["which"].value
        assert isinstance(named, dict)
        odd |= named
    assert odd.keys() == {CONTROL, UNDATED, TWICE, NULL_SUMMARY}  # no upvotes are no oddity
    assert odd[TWICE] == ["stands twice in the answer"]
    assert odd[UNDATED] == ["no <updated>"]


def test_the_whole_day_is_no_ones_repeat(made: MadeDay) -> None:
    assert "listing_not_repeated" not in made.get_red_checks()


@pytest.mark.parametrize("id_", [NULL_UPVOTES, NULL_SUMMARY])
def test_odd_fields_at_hugging_face_cost_themselves_alone(made: MadeDay, id_: str) -> None:
    assert made.get_paper(id_).hf_position is not None
    assert f"/papers/{id_})" in made.get_report("daily_table")


@pytest.mark.parametrize("id_", [UNDERSCORES, LABELLED, FIRST_PERSON])
def test_an_abstract_that_no_rule_expects_has_its_summary(made: MadeDay, id_: str) -> None:
    rows = PAPER_SUMMARIES.to_rows(open_warehouse(made.settings).read(PAPER_SUMMARIES, [DAY]))
    (summary,) = [row for row in rows if (row.id, row.report) == (id_, "category_digest")]
    assert not summary.failed
    assert json.loads(summary.fields)["tldr"]


def test_links_metadata_and_classes_are_mended(made: MadeDay) -> None:
    assert made.get_paper(BARE_LINK).code_url == "https://github.com/someone/LAMP-7"
    assert made.get_paper(TEX_LINK).code_url == "https://github.com/some-web/MY_LAMP"
    assert made.get_paper(COLON).authors == ("Team Lamp", "Ana Ruiz")
    assert made.get_paper(TWO_DOIS).doi in (None, "10.1103/PhysRevD.101.012001")
    assert format_bibtex(made.get_paper(OSTBY)).startswith("@misc{ostby2025")
    assert made.get_paper(CLASSES).categories == ("cs.CV",)


def test_a_replacement_that_withdraws_says_so_and_is_not_summarised(made: MadeDay) -> None:
    withdrawn = made.get_paper(WITHDRAWN)
    assert withdrawn.withdrawal is not None
    assert withdrawn.withdrawal.startswith("This paper has been withdrawn")
    summaries = open_warehouse(made.settings).read(PAPER_SUMMARIES, [DAY])
    assert WITHDRAWN not in set(summaries["id"])


class Closed:
    """Hugging Face refuses, arXiv's edge throttles the first request of its API, and what it serves then is odd."""

    def __init__(self) -> None:
        self.throttled = 0

    def __call__(self, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        if request.kind == "hf":
            return LoopbackResponse(b"Service [/x] closed", 403)
        if request.kind == "api" and not self.throttled:
            self.throttled += 1
            return LoopbackResponse(b"", 406)
        return spoil(request, answer)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_command_makes_the_rest_of_a_day_whose_source_refuses_and_shows_its_words(
    server: LoopbackServer, tmp_path: Path
) -> None:
    """As `make digest DAY=…` calls it: the day ends with what failed, in the server's own words."""
    closed = server.fault = Closed()
    command = [sys.executable, "-m", "digest_assets.cli", "run", str(DAY)]
    ran = subprocess.run(
        command,
        env=prepare(tmp_path, server),
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    server.fault = None
    assert ran.returncode != 0
    assert closed.throttled == 1
    assert "Service [/x] closed" in ran.stdout + ran.stderr
    reports = {path.stem for path in (tmp_path / "data" / "reports" / str(DAY)).glob("*.md")}
    assert {"category_digest", "field_review", "topic_digest"} <= reports
    digest = (tmp_path / "data" / "reports" / str(DAY) / "category_digest.md").read_text("utf-8")
    assert digest.count("TL;DR:") == len(PAPERS_SERVED) - 1
    assert "known from arXiv's API alone: announcement date inferred" in digest
