"""When a day is started, and when it is made again: the decisions, and the sensors around them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.automation import new_mailing as module
from digest_assets.automation.new_mailing import (
    Decision,
    MailingState,
    decide_mailing,
    decide_page,
    huggingface_page_changes,
    list_unsettled_days,
    new_mailing,
)
from digest_assets.automation.runs import REASON_TAG, DayState
from digest_assets.common.errors import SourceError
from digest_assets.common.mailings import EASTERN, MailingCalendar
from digest_assets.config.settings import Settings
from digest_assets.sources.feed import Announcement, AnnouncementFeed
from digest_assets.sources.tables import (
    ARXIV_ANNOUNCED,
    ARXIV_LISTING,
    HF_DAILY_PAPERS,
    AnnouncedRow,
    HuggingFaceRow,
    ListingRow,
)
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.loopback.server import LoopbackResponse, LoopbackServer
from digest_assets.testing.synthetic import generate_papers
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.automation.small_graph import TODAY, build_small_graph, days_ago, mark_made

DAY = date(2025, 12, 3)
IDS = ("2512.00001", "2512.00002", "2512.00003")
FEED = AnnouncementFeed(DAY, tuple(Announcement(name, 1, "new", ("cs.CV",)) for name in IDS))


def eastern(hour: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=EASTERN)


def down(*_: object) -> NoReturn:
    raise SourceError("it is down")


def build_mailing_state(**more: object) -> MailingState:
    proper: dict[str, object] = {
        "day": DAY,
        "now": eastern(1),
        "day_state": "missing",
        "has_stored_feed": False,
        "starts_without_feed_at": eastern(3),
        "gives_up_at": eastern(12),
        "fetch_feed": lambda: FEED,
        "count_known": lambda ids: len(ids),
        "count_submitted": lambda: 0,
    }
    return MailingState(**{**proper, **more})  # type: ignore[arg-type]


def test_a_day_starts_when_its_feed_is_out_and_the_api_knows_the_papers() -> None:
    decision = decide_mailing(build_mailing_state())
    assert decision.run_key == "new_mailing 2025-12-03"
    assert decision.reason == "the feed has the mailing of 2025-12-03, and arXiv's API knows 3 of 3 papers"


def test_a_day_waits_while_the_index_lags_and_says_until_when() -> None:
    decision = decide_mailing(build_mailing_state(count_known=lambda ids: 1))
    assert decision.run_key is None
    assert decision.reason == (
        "the feed has the mailing of 2025-12-03, but arXiv's API knows 1 of 3 papers: waiting until 12:00 US Eastern"
    )


@pytest.mark.parametrize("known", [lambda ids: 1, down])
def test_a_day_starts_with_what_there_is_when_waiting_has_lasted_too_long(known: Callable[..., int]) -> None:
    decision = decide_mailing(build_mailing_state(now=eastern(12), count_known=known))
    assert decision.run_key == "new_mailing 2025-12-03"
    assert decision.reason.startswith("gave up waiting: ")


STALE = replace(FEED, day=date(2025, 12, 2))
EMPTY = replace(FEED, announcements=())


@pytest.mark.parametrize("feed", [down, lambda: STALE, lambda: EMPTY])
def test_without_a_feed_a_day_waits_then_starts_from_its_window(feed: Callable[[], AnnouncementFeed]) -> None:
    early = decide_mailing(build_mailing_state(fetch_feed=feed, count_submitted=lambda: 250))
    assert early.run_key is None
    assert early.reason.endswith("from 03:00 US Eastern the day starts without it")
    later = decide_mailing(build_mailing_state(fetch_feed=feed, now=eastern(3), count_submitted=lambda: 250))
    assert later.run_key == "new_mailing 2025-12-03"
    assert later.reason.startswith("2025-12-03 starts from its window alone: the feed ")


@pytest.mark.parametrize("submitted", [lambda: 0, down])
def test_without_a_feed_and_papers_a_day_waits_then_gives_up_and_says_so(submitted: Callable[[], int]) -> None:
    waiting = decide_mailing(build_mailing_state(fetch_feed=down, now=eastern(11), count_submitted=submitted))
    assert waiting.run_key is None
    has = "the API cannot be asked (it is down)" if submitted is down else "the API has no papers of its window"
    assert f"{has}; waiting until 12:00 US Eastern" in waiting.reason
    given_up = decide_mailing(build_mailing_state(fetch_feed=down, now=eastern(12), count_submitted=submitted))
    assert given_up.run_key == "new_mailing 2025-12-03"
    assert given_up.reason.startswith(
        "gave up waiting for the mailing of 2025-12-03: the feed cannot be read (it is down)"
    )
    assert "no_mailing" not in given_up.reason  # the feed is down: that says nothing of a mailing


def test_only_sources_that_were_asked_and_have_nothing_speak_for_a_date_without_a_mailing() -> None:
    answers: list[tuple[Callable[..., int], bool]] = [(lambda: 0, True), (down, False)]
    for submitted, advised in answers:
        seen = build_mailing_state(fetch_feed=lambda: EMPTY, now=eastern(12), count_submitted=submitted)
        assert ("sources.arxiv.no_mailing" in decide_mailing(seen).reason) == advised


def test_a_feed_that_holds_the_mailing_before_under_todays_date_starts_no_day() -> None:
    early = decide_mailing(build_mailing_state(is_repeat=lambda _: True))
    assert early.run_key is None
    assert early.reason.startswith("2025-12-03: the feed, dated 2025-12-03, holds the mailing before 2025-12-03 again")
    made = decide_mailing(build_mailing_state(day_state="made", is_repeat=lambda _: True))
    assert (made.run_key, made.final) == (None, False)


def test_a_day_that_is_being_made_or_made_with_its_feed_asks_nobody() -> None:
    nobody = {"fetch_feed": down, "count_known": down, "count_submitted": down}
    assert decide_mailing(build_mailing_state(day_state="in_progress", **nobody)).reason == "2025-12-03 is being made"
    made = decide_mailing(build_mailing_state(day_state="made", has_stored_feed=True, **nobody))
    assert (made.run_key, made.final) == (None, True)


def test_a_day_that_was_made_before_its_feed_was_out_is_made_once_more_with_it() -> None:
    decision = decide_mailing(build_mailing_state(day_state="made"))
    assert (decision.run_key or "").startswith("new_mailing 2025-12-03 with its feed ")
    gone = decide_mailing(
        build_mailing_state(day_state="made", fetch_feed=lambda: replace(FEED, day=date(2025, 12, 6)))
    )
    assert (gone.run_key, gone.final) == (None, True)
    assert decide_mailing(build_mailing_state(day_state="made", fetch_feed=down)).final is False


STATES: list[DayState] = ["made", "in_progress", "failed", "missing"]


@given(
    st.sampled_from(STATES),
    st.booleans(),
    st.integers(0, 23),
    st.sampled_from([FEED, STALE, EMPTY, None]),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_a_decision_is_always_a_sentence_and_asks_only_for_its_day(
    state: DayState, kept: bool, hour: int, feed: AnnouncementFeed | None, known: int, submitted: int
) -> None:
    seen = build_mailing_state(
        day_state=state,
        has_stored_feed=kept,
        now=eastern(hour),
        fetch_feed=(lambda: feed) if feed else down,
        count_known=lambda ids: known,
        count_submitted=lambda: submitted,
    )
    decision = decide_mailing(seen)
    assert "2025-12-03" in decision.reason or "2025-12-02" in decision.reason
    assert decision.run_key is None or decision.run_key.startswith("new_mailing 2025-12-03")
    if state in ("failed", "missing") and hour >= 12:
        assert decision.run_key is not None  # no day is waited for for ever
    if state == "in_progress":
        assert decision.run_key is None


# Hugging Face's page.


def rows(*ids: str, upvotes: int = 0, day: date = DAY) -> list[HuggingFaceRow]:
    return [
        HuggingFaceRow(day=day, id=name, position=number, title="t", abstract="a", authors=(), upvotes=upvotes)
        for number, name in enumerate(ids, start=1)
    ]


def page(stored: list[HuggingFaceRow], now: list[HuggingFaceRow], *, last: bool = False) -> Decision:
    return decide_page(DAY, "made", stored, lambda: now, is_last_look=last)


def test_a_page_with_other_papers_is_made_again_under_a_key_of_its_papers() -> None:
    decision = page(rows(*IDS[:2]), rows(*IDS))
    assert decision.reason == "the page of 2025-12-03 has 1 papers more and 0 less"
    assert decision.run_key == page(rows(*IDS[:1]), rows(*IDS[::-1])).run_key
    assert decision.run_key != page(rows(*IDS), rows(*IDS[:2])).run_key
    assert not decision.final


def test_upvotes_alone_count_at_the_last_look_only() -> None:
    stored, now = rows(*IDS), rows(*IDS, upvotes=9)
    assert page(stored, now).run_key is None
    last = page(stored, now, last=True)
    assert (last.run_key, last.final) == ("page 2025-12-03 last", True)
    assert page(stored, stored, last=True) == Decision("the page of 2025-12-03 is as it was", final=True)


def test_a_page_of_a_day_that_is_not_made_is_not_read() -> None:
    for state in ("missing", "failed", "in_progress"):
        decision = decide_page(DAY, state, [], down, is_last_look=True)
        assert decision.run_key is None
        assert decision.final == (state != "in_progress")


def test_a_page_that_cannot_be_read_is_looked_at_again() -> None:
    assert decide_page(DAY, "made", [], down, is_last_look=True) == Decision("2025-12-03: it is down")


def test_days_are_looked_at_until_they_have_settled() -> None:
    today = date(2025, 12, 10)
    assert list_unsettled_days(today, 2, None) == [date(2025, 12, day) for day in (8, 9, 10)]
    assert list_unsettled_days(today, 2, "2025-12-08") == [date(2025, 12, 9), date(2025, 12, 10)]
    assert list_unsettled_days(today, 2, "2025-11-01") == [date(2025, 12, day) for day in range(6, 11)]  # after a pause
    assert list_unsettled_days(today, 2, "2025-12-10") == []
    assert list_unsettled_days(date(2025, 8, 1), 2, None) == [date(2025, 8, 1)]


# The sensors, with a real instance and real servers.

LATEST = MailingCalendar.with_extra_dates().get_latest(datetime.now(UTC))


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    papers = [replace(paper, announced={LATEST: "new"}) for paper in generate_papers([DAY], each=30)]
    entry = {"paper": {"id": "2512.00001", "authors": [], "upvotes": 3}, "title": "t"}
    with LoopbackServer(papers, {TODAY: [entry]}) as server, override_environment(server):
        yield server


@pytest.fixture
def settings(server: LoopbackServer, tmp_path: Path) -> Settings:
    return create_settings(server, tmp_path / "data", {"sources": {"arxiv": {"delay_seconds": 0}}})


Tick = Callable[[dg.SensorDefinition, str | None], dg.SensorResult]


@pytest.fixture
def tick(instance: dg.DagsterInstance, settings: Settings, defs: dg.Definitions) -> Tick:
    def evaluate(sensor: dg.SensorDefinition, cursor: str | None = None) -> dg.SensorResult:
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            definitions=defs,
            sensor_name=sensor.name,
        )
        result = sensor(context, settings=settings)
        assert isinstance(result, dg.SensorResult)
        return result

    return evaluate


@pytest.fixture
def defs(settings: Settings, trouble: Path) -> dg.Definitions:
    base = build_small_graph(settings, trouble)
    return dg.Definitions.merge(base, dg.Definitions(sensors=[new_mailing, huggingface_page_changes]))


def test_the_sensor_asks_for_the_current_mailing_once(tick: Tick, server: LoopbackServer) -> None:
    result = tick(new_mailing, None)
    (request,) = result.run_requests or []
    assert (request.run_key, request.partition_key) == (f"new_mailing {LATEST}", str(LATEST))
    assert request.tags[REASON_TAG] == f"the feed has the mailing of {LATEST}, and arXiv's API knows 27 of 27 papers"
    assert (len(server.get_requests("feed")), len(server.get_requests("api"))) == (1, 1)
    again = tick(new_mailing, result.cursor)
    assert [other.run_key for other in again.run_requests or []] == [request.run_key]  # which Dagster runs once


def test_a_made_mailing_costs_no_request_and_is_remembered(
    tick: Tick, server: LoopbackServer, settings: Settings, instance: dg.DagsterInstance
) -> None:
    mark_made(instance, LATEST)
    row = AnnouncedRow(
        day=LATEST,
        id=IDS[0],
        version=1,
        announce_type="new",
        announced_in="feed",
        categories=("cs.CV",),
        feed_query="cs.CV",
    )
    open_warehouse(settings).replace_days(ARXIV_ANNOUNCED, [LATEST], ARXIV_ANNOUNCED.to_frame([row]))
    listed = ListingRow(
        day=LATEST, id=IDS[0], version=1, title="T", abstract="A.", authors=("A B",), categories=("cs.CV",),
        primary_category="cs.CV", published=None, announce_type="new", found_by="feed",
    )  # fmt: skip
    open_warehouse(settings).replace_days(ARXIV_LISTING, [LATEST], ARXIV_LISTING.to_frame([listed]))
    result = tick(new_mailing, None)
    assert not result.run_requests
    assert result.cursor == str(LATEST)
    assert f"nothing more can come for {LATEST}" in str(tick(new_mailing, result.cursor).skip_reason)
    assert not server.log


def test_a_mailing_that_was_made_before_its_feed_is_made_again(
    tick: Tick, settings: Settings, instance: dg.DagsterInstance
) -> None:
    mark_made(instance, LATEST)
    (request,) = tick(new_mailing, None).run_requests or []
    assert (request.run_key or "").startswith(f"new_mailing {LATEST} with its feed ")


def test_sources_that_are_down_never_break_a_tick(
    tick: Tick, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = replace(module._TICK_TIMEOUTS, total_seconds=0.3, first_pause_seconds=0.05)
    monkeypatch.setattr(module, "_TICK_TIMEOUTS", quick)
    server.fault = lambda _, answer: LoopbackResponse(status=503)
    result = tick(new_mailing, None)
    said = str(result.skip_reason) + "".join(request.tags[REASON_TAG] for request in result.run_requests or [])
    assert "the feed cannot be read (arXiv's announcement feed (rss): HTTP 503" in said


def test_the_page_sensor_asks_for_what_follows_from_a_page_that_changed(
    tick: Tick, server: LoopbackServer, settings: Settings, instance: dg.DagsterInstance
) -> None:
    mark_made(instance, TODAY, days_ago(1), days_ago(2))
    result = tick(huggingface_page_changes, None)
    (request,) = result.run_requests or []
    assert request.partition_key == str(TODAY)
    assert request.run_key is not None
    assert request.run_key.startswith(f"page {TODAY} ")
    names = {key.to_user_string() for key in request.asset_selection or []}
    assert {"hf_daily_papers", "papers", "reports"} <= names
    assert not names & {"arxiv_listing", "arxiv_topic_hits", "site"}
    assert result.cursor == str(days_ago(2))  # settled: it is as it was
    stored = rows("2512.00001", upvotes=1, day=TODAY)
    open_warehouse(settings).replace_days(HF_DAILY_PAPERS, [TODAY], HF_DAILY_PAPERS.to_frame(stored))
    after = tick(huggingface_page_changes, result.cursor)
    assert not after.run_requests
    assert f"the page of {TODAY} is as it was" in str(after.skip_reason)


def test_the_page_sensor_says_that_the_page_is_switched_off(
    instance: dg.DagsterInstance, defs: dg.Definitions, server: LoopbackServer, tmp_path: Path
) -> None:
    settings = create_settings(server, tmp_path, {"sources": {"huggingface": {"enabled": False}}})
    context = dg.build_sensor_context(instance=instance, definitions=defs, sensor_name="huggingface_page_changes")
    result = huggingface_page_changes(context, settings=settings)
    assert isinstance(result, dg.SensorResult)
    assert "sources.huggingface.enabled is false" in str(result.skip_reason)


def test_ticks_end_within_a_minute_whatever_the_sources_do() -> None:
    patience = module._TICK_TIMEOUTS
    assert 3 * (patience.total_seconds + patience.response_seconds) <= timedelta(minutes=1).total_seconds()
