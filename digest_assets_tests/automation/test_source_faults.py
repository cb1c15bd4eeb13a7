"""Two real mailings under each fault that sources are known for: no paper is repeated, none is missing once the fault is
over, no person is needed, and what happened is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.common.mailings import EASTERN
from digest_assets.config.settings import Settings
from digest_assets.sources.tables import ARXIV_LISTING
from digest_assets.testing.corpus import load_corpus_papers
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.loopback.responses import build_feed_response, build_query_response
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer, ServedPaper
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.automation.simulated_days import SimulatedDays

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

BEFORE, FIRST, SECOND, AFTER = (date(2025, 12, day) for day in (2, 3, 4, 5))
CATEGORIES = ("cs.RO", "cs.IR", "cs.CY")
CONFIG = {
    "sources": {
        "arxiv": {"categories": CATEGORIES, "delay_seconds": 0, "page_size": 20},
        "timeout_seconds": 0.4,
        "retry_deadline_seconds": 0.8,
        "backoff_seconds": 0.02,
    },
    "reports": {"topic_digest": {"topics": [{"name": "robots", "any": ["robot"]}]}},
}
ARXIV = frozenset({"api", "feed", "listing", "catchup"})

Change = Callable[[SimulatedDays, LoopbackRequest, LoopbackResponse], LoopbackResponse]


@dataclass(frozen=True)
class SourceFault:
    """What is wrong, for how many hours after a mailing's midnight, with what, and what must be told of it."""

    change: Change
    words: str
    hours: float = 5.0
    kinds: frozenset[str] = ARXIV


def fail(status: int) -> Change:
    return lambda days, request, answer: LoopbackResponse(status=status)


def stale_batch(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    return replace(answer, body=build_stale_feed(days, request, CATEGORIES))


def half_stale(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    return replace(answer, body=build_stale_feed(days, request, CATEGORIES[:1]))


def build_stale_feed(days: SimulatedDays, request: LoopbackRequest, stale: tuple[str, ...]) -> bytes:
    """Of these categories the mailing before, of the others the proper one, all under the proper date."""
    day = days.server.feed_date
    assert day is not None
    earlier = days.settings.calendar.get_previous(day)
    old = [paper for paper in days.server.papers if paper.categories[0] in stale]
    rest = [paper for paper in days.server.papers if paper.categories[0] not in stale]
    papers = [replace(paper, announced={day: paper.announced[earlier]}) for paper in old if earlier in paper.announced]
    return build_feed_response([*papers, *rest], request.path.split("/")[1], CATEGORIES, day).body


def date_a_day_off(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    day = days.server.feed_date
    assert day is not None
    earlier = day - timedelta(days=1)
    body = answer.body
    for form in ("%a, %d %b %Y", "%Y-%m-%d"):
        body = body.replace(f"{day:{form}}".encode(), f"{earlier:{form}}".encode())
    return replace(answer, body=body)


def feed_empty(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    assert days.server.feed_date is not None
    return build_feed_response([], request.path.split("/")[1], CATEGORIES, days.server.feed_date)


def index_lagging(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    """The newest half of the mailing is not indexed yet."""
    day = days.server.feed_date
    assert day is not None
    window = days.settings.calendar.get_window(day)
    assert window is not None
    indexed_until = window.start + (window.end - window.start) / 2
    known = [paper for paper in days.server.papers if paper.published < indexed_until]
    return build_query_response(known, request.parameters)


def odd_entries(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    """A control character in a title, an entry without a date, and one twice."""
    head, *entries = answer.body.split(b"<entry>")
    if len(entries) < 4:
        return answer
    entries[0] = entries[0].replace(b"<title>", b"<title>&#1;", 1)
    entries[1] = entries[1].replace(b"<updated>", b"<was>").replace(b"</updated>", b"</was>")
    entries.insert(2, entries[2])
    return replace(answer, body=b"<entry>".join([head, *entries]))


def doubled_pages(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    """The first page again where a further one belongs."""
    if request.parameters.get("start", "0") == "0":
        return answer
    return build_query_response(days.server.papers, {**request.parameters, "start": "0"})


def trickle(days: SimulatedDays, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
    return replace(answer, trickle="body" if request.number % 2 else "headers", drip=0.1)


FEED, API, PAGES = frozenset({"feed"}), frozenset({"api"}), frozenset({"listing", "catchup"})
FAULTS = {
    "stale batch": SourceFault(stale_batch, "holds the mailing before", kinds=FEED),
    "half-stale by category": SourceFault(
        half_stale, "used without cs.RO, where it holds the mailing before", kinds=FEED
    ),
    "date a day off": SourceFault(date_a_day_off, "the feed does not have it yet (it is of", kinds=FEED),
    "feed empty": SourceFault(feed_empty, "the feed does not have it yet", kinds=FEED),
    "406 for an hour": SourceFault(fail(406), "HTTP 406", hours=1.0),
    "API down, feed up": SourceFault(fail(503), "window: could not be asked", hours=16, kinds=API),
    "feed down, API up": SourceFault(fail(503), "the feed cannot be read", hours=30, kinds=FEED),
    "listing down": SourceFault(fail(503), "arXiv's listing page", kinds=PAGES),
    "index lagging": SourceFault(index_lagging, "waiting until 12:00", hours=10, kinds=API),
    "odd entries": SourceFault(odd_entries, "odd entries", kinds=API),
    "doubled pages": SourceFault(doubled_pages, "its pages do not fit together", kinds=API),
    "trickle": SourceFault(trickle, "no whole answer within"),
}


@pytest.fixture(scope="module")
def papers(corpus: Path) -> list[ServedPaper]:
    found = load_corpus_papers(corpus, [BEFORE, FIRST, SECOND, AFTER])
    return [paper for paper in found if set(paper.categories) & set(CATEGORIES)]


@pytest.fixture
def server(papers: list[ServedPaper]) -> Iterator[LoopbackServer]:
    with LoopbackServer(papers) as server, override_environment(server):
        yield server


@pytest.fixture
def settings(server: LoopbackServer, tmp_path: Path) -> Settings:
    return create_settings(server, tmp_path / "data", CONFIG)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """In memory: some hundred runs' events on a disk take longer than the runs."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def days(
    server: LoopbackServer,
    settings: Settings,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> SimulatedDays:
    return SimulatedDays.start(server, settings, instance, tmp_path, monkeypatch)


def get_listed(settings: Settings, day: date) -> dict[str, str]:
    frame = open_warehouse(settings).read(ARXIV_LISTING, [day])
    rows = list(frame.select("id", "announce_type").iter_rows())
    assert len(rows) == len(dict(rows))
    return dict(rows)


def get_announced(papers: list[ServedPaper], day: date) -> dict[str, str]:
    """What the mailing announced in our categories: new papers, and older ones that were listed again."""
    return {paper.id: paper.announced[day] for paper in papers if day in paper.announced}


@pytest.mark.parametrize("name", FAULTS)
def test_two_days_are_right_once_the_fault_is_over_without_anybody(
    days: SimulatedDays, papers: list[ServedPaper], name: str
) -> None:
    fault = FAULTS[name]

    def apply(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        midnight = datetime.combine(days.server.feed_date or BEFORE, time(), EASTERN)
        is_on = midnight <= days.now < midnight + timedelta(hours=fault.hours)
        return fault.change(days, request, answer) if is_on and request.kind in fault.kinds else answer

    days.make(BEFORE)
    days.server.fault = apply
    for day in (FIRST, SECOND):
        days.go_through(day)
        listed = get_listed(days.settings, day)
        repeated = listed.keys() & get_announced(papers, days.settings.calendar.get_previous(day)).keys()
        assert not {id for id in repeated if listed[id] == "new"}
    days.server.fault = None
    days.go_through(AFTER, hours=(0.2, 3.2, 6.2, 12.2))
    for day in (BEFORE, FIRST, SECOND, AFTER):
        assert get_listed(days.settings, day) == get_announced(papers, day)
    said = "\n".join(days.said)
    assert fault.words in said
    assert "no_mailing" not in said


def test_without_a_fault_each_day_is_made_once(days: SimulatedDays, papers: list[ServedPaper]) -> None:
    days.make(BEFORE)
    for day in (FIRST, SECOND):
        days.go_through(day)
        assert get_listed(days.settings, day) == get_announced(papers, day)
    assert days.runs == [BEFORE, FIRST, SECOND]
    assert days.now < datetime(2025, 12, 5, tzinfo=UTC)
