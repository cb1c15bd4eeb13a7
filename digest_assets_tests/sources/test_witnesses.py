"""A mailing is what its witnesses agree on: a feed that holds another day's batch, or another date, changes no day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.listing import list_mailing
from digest_assets.sources.tables import ARXIV_ANNOUNCED, ARXIV_LISTING, ARXIV_WITNESSES
from digest_assets.testing.corpus import CATEGORIES
from digest_assets.testing.loopback.responses import ServedPaper, build_feed_response
from digest_assets.testing.loopback.server import Fault, LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import DAY, get_announced_ids
from digest_assets_tests.sources.test_faults import always, closed

BEFORE = DAY - timedelta(days=1)
CROSS = "2511.00902"
MakeDay = Callable[[date], str]


@pytest.fixture
def server(server: LoopbackServer) -> LoopbackServer:
    """Each of two mailings has an older paper that it lists again. The site has no listing pages, unless a test says so."""
    server.has_pages = False
    some, old = server.papers[0], datetime(2025, 11, 20, tzinfo=UTC)
    cross = {"published": old, "categories": ("math.OC", "cs.LG")}
    server.papers += [
        replace(some, id="2511.00901", announced={BEFORE: "cross"}, **cross),  # type: ignore[arg-type]
        replace(some, id=CROSS, announced={DAY: "cross"}, **cross),  # type: ignore[arg-type]
    ]
    return server


@pytest.fixture
def make(settings: Settings, server: LoopbackServer) -> MakeDay:
    """Makes and stores a listing at noon of its date, and gives what is told of the feed."""

    def make(day: date) -> str:
        server.feed_date = day
        with ArxivApi.from_settings(settings) as api:
            listing = list_mailing(day, settings, api, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        open_warehouse(settings).replace_days(ARXIV_LISTING, [day], ARXIV_LISTING.to_frame(listing.rows))
        return listing.feed_note

    return make


def get_listed(settings: Settings, day: date) -> dict[str, str]:
    frame = open_warehouse(settings).read(ARXIV_LISTING, [day])
    return dict(frame.select("id", "announce_type").iter_rows())


def get_verdicts(settings: Settings, day: date) -> dict[str, str]:
    frame = open_warehouse(settings).read(ARXIV_WITNESSES, [day])
    return {
        witness: verdict
        for witness, verdict in frame.select("witness", "verdict").iter_rows()
        if verdict != "unreachable"
    }


def serve_feed(papers: list[ServedPaper], day: date, dated: date, stale: str | None = None) -> Fault:
    """A feed of `day` under another date; with `stale`, of `day` in that category, and of the next day in the others."""
    body = build_feed_response(papers, "rss", CATEGORIES, day).body
    if stale is not None:
        rest = [paper for paper in papers if stale not in paper.categories]
        some = [paper for paper in papers if stale in paper.categories]
        parts = [
            build_feed_response(some, "rss", CATEGORIES, day).body,
            build_feed_response(rest, "rss", CATEGORIES, dated).body,
        ]
        items = b"".join(part[part.index(b"<item>") : part.rindex(b"</item>") + 7] for part in parts)
        body = parts[1][: parts[1].index(b"<item>")] + items + b"</channel></rss>"
    body = body.replace(f"{day:%a, %d %b %Y}".encode(), f"{dated:%a, %d %b %Y}".encode())

    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, body=body) if request.path.startswith("/rss") else answer

    return fault


@pytest.mark.parametrize("stale", [None, "cs.AI"])
@pytest.mark.parametrize("first_day_here", [False, True])
def test_a_feed_of_the_mailing_before_under_todays_date_repeats_and_loses_nothing_and_heals(
    settings: Settings, server: LoopbackServer, make: MakeDay, stale: str | None, first_day_here: bool
) -> None:
    if not first_day_here:
        make(BEFORE)
    server.fault = serve_feed(server.papers, BEFORE, DAY, stale)
    told = make(DAY)
    listed = get_listed(settings, DAY)
    assert {id for id, kind in listed.items() if kind == "new"} == get_announced_ids(server, DAY)
    assert not listed.keys() & get_announced_ids(server, BEFORE)
    assert get_verdicts(settings, DAY) == {"window": "whole", "feed": "partial" if stale else "contradicted"}
    assert "the mailing before again" in told
    server.fault = None
    make(DAY)
    healed = get_listed(settings, DAY)
    assert healed == {**dict.fromkeys(get_announced_ids(server, DAY), "new"), CROSS: "cross"}
    assert get_verdicts(settings, DAY)["feed"] == "whole"


def test_a_kept_feed_that_is_contradicted_is_replaced(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    """As release 0.1.0 stored one: it believed the date."""
    make(BEFORE)
    warehouse = open_warehouse(settings)
    rows = [row.model_copy(update={"day": DAY}) for row in ARXIV_ANNOUNCED.to_rows(warehouse.read(ARXIV_ANNOUNCED))]
    warehouse.replace_days(ARXIV_ANNOUNCED, [DAY], ARXIV_ANNOUNCED.to_frame(rows))
    make(DAY)
    assert get_listed(settings, DAY) == {**dict.fromkeys(get_announced_ids(server, DAY), "new"), CROSS: "cross"}


@pytest.mark.parametrize("first_day_here", [False, True])
def test_a_feed_dated_a_day_behind_its_content_is_used(
    settings: Settings, server: LoopbackServer, make: MakeDay, first_day_here: bool
) -> None:
    if not first_day_here:
        make(BEFORE)
    server.fault = serve_feed(server.papers, DAY, BEFORE)
    told = make(DAY)
    assert get_listed(settings, DAY)[CROSS] == "cross"
    assert told.endswith(f"(under the date {BEFORE})")
    assert get_verdicts(settings, DAY)["feed"] == "whole"


def test_with_the_api_down_the_day_is_listed_from_its_feed_and_completed_later(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    make(BEFORE)
    server.fault = always(closed)
    make(DAY)
    expected = {**dict.fromkeys(get_announced_ids(server, DAY), "new"), CROSS: "cross"}
    assert get_listed(settings, DAY).keys() == expected.keys()
    assert get_verdicts(settings, DAY) == {"feed": "whole"}
    served = {paper.id: paper for paper in server.papers}
    for row in ARXIV_LISTING.to_rows(open_warehouse(settings).read(ARXIV_LISTING, [DAY])):
        paper = served[row.id]
        assert (row.title, row.abstract) == (paper.title, " ".join(paper.abstract.split()))
        assert row.authors == paper.authors
        assert (row.found_by, row.published) == ("feed", None)
    server.fault = None
    make(DAY)
    assert get_listed(settings, DAY) == expected
    assert get_verdicts(settings, DAY) == {"window": "whole", "feed": "whole"}


def test_with_api_and_feed_down_the_listing_fails_and_says_so(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    server.fault = lambda request, answer: closed(answer)
    with pytest.raises(SourceError, match="mailing of 2025-12-03: HTTP 503"):
        make(DAY)
    assert open_warehouse(settings).read(ARXIV_WITNESSES, [DAY]).is_empty()


def expected_papers(server: LoopbackServer) -> dict[str, str]:
    return {**dict.fromkeys(get_announced_ids(server, DAY), "new"), CROSS: "cross"}


@pytest.mark.parametrize("stale", [None, "cs.AI"])
def test_with_the_listing_page_a_feed_of_another_mailing_costs_nothing(
    settings: Settings, server: LoopbackServer, make: MakeDay, stale: str | None
) -> None:
    make(BEFORE)
    server.has_pages = True
    server.fault = serve_feed(server.papers, BEFORE, DAY, stale)
    make(DAY)
    assert get_listed(settings, DAY) == expected_papers(server)
    assert get_verdicts(settings, DAY) == {
        "window": "whole",
        "feed": "partial" if stale else "contradicted",
        "listing": "whole",
    }


def test_with_api_and_feed_down_the_day_is_listed_from_the_listing_page(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    make(BEFORE)
    server.has_pages = True
    server.fault = lambda request, answer: closed(answer) if request.kind in ("api", "feed") else answer
    make(DAY)
    assert get_listed(settings, DAY).keys() == expected_papers(server).keys()
    assert get_verdicts(settings, DAY) == {"listing": "whole"}
    served = {paper.id: paper for paper in server.papers}
    for row in ARXIV_LISTING.to_rows(open_warehouse(settings).read(ARXIV_LISTING, [DAY])):
        paper = served[row.id]
        assert (row.title, row.abstract) == (paper.title, " ".join(paper.abstract.split()))
        assert (row.authors, row.categories) == (paper.authors, paper.categories)


def test_a_listing_page_that_is_of_the_next_mailing_has_the_day_among_the_recent_ones(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    server.has_pages = True
    real = server.build_response

    def turned_over(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        if request.kind != "listing":
            return answer
        server.feed_date = DAY + timedelta(days=1)
        try:
            return real(request.path, request.parameters)[1]
        finally:
            server.feed_date = DAY

    server.fault = turned_over
    make(DAY)
    assert get_verdicts(settings, DAY) == {"window": "whole", "feed": "whole", "listing": "whole"}


def test_a_day_of_the_last_ninety_is_exact_by_its_catch_up_page(settings: Settings, server: LoopbackServer) -> None:
    server.has_pages = True
    now = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    for later, exact in ((89, True), (92, False)):
        with ArxivApi.from_settings(settings) as api:
            listing = list_mailing(DAY, settings, api, now + timedelta(days=later))
        if exact:
            assert {row.id: row.announce_type for row in listing.rows} == expected_papers(server)
            assert get_verdicts(settings, DAY) == {"window": "whole", "catchup": "whole"}
            open_warehouse(settings).replace_days(ARXIV_ANNOUNCED, [DAY], ARXIV_ANNOUNCED.to_frame([]))
        else:
            assert {row.id for row in listing.rows} == get_announced_ids(server, DAY)
            assert "announcement date inferred; cross-lists unknown" in listing.feed_note


def test_two_witnesses_that_differ_with_nothing_to_decide_change_nothing_and_say_so(
    settings: Settings, server: LoopbackServer, make: MakeDay
) -> None:
    server.has_pages = True
    stale = serve_feed(server.papers, BEFORE, DAY)

    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return closed(answer) if request.kind == "api" else stale(request, answer)

    server.fault = fault
    with pytest.raises(SourceError, match="hold different mailings"):
        make(DAY)
    server.fault = None
    make(DAY)
    assert get_listed(settings, DAY) == expected_papers(server)
