"""The sensors of the sources: one starts a day when arXiv's mailing is out and indexed, one makes it again when Hugging
Face's page has changed. What failed or is missing is for the sensors in `sensors.py`.

Both sensors are a pure decision in a thin wrapper. Run keys name the day and what was seen, so that the same thing is
never asked for twice, also after a restart; the cursors remember days that nothing more can come for.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

import dagster as dg

from digest_assets.automation.jobs import daily_digest, select_downstream
from digest_assets.automation.runs import MAX_REASON_CHARACTERS, REASON_TAG, DayState, get_day_states
from digest_assets.common import clock
from digest_assets.common.errors import DigestError
from digest_assets.common.http import Timeouts
from digest_assets.common.mailings import EASTERN, SubmissionWindow
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import FIRST_DAY, format_partition_key
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.completeness import has_whole_feed, load_listed_ids
from digest_assets.sources.feed import AnnouncementFeed, fetch_feed
from digest_assets.sources.huggingface import fetch_daily_page
from digest_assets.sources.tables import HF_DAILY_PAPERS, HuggingFaceRow
from digest_assets.sources.witnesses import compute_fingerprint, is_repeat
from digest_assets.warehouse import open_warehouse

# Dagster ends a tick after a minute: that is five requests, and what happens between them.
_TICK_TIMEOUTS = Timeouts(response_seconds=8, total_seconds=10, first_pause_seconds=1)
_MAX_IDS = 400  # asked for at once: an id with its comma has 11 characters, and servers take addresses of 8,000


@dataclass(frozen=True)
class Decision:
    """What a tick does about a day, and why, in a sentence.

    Attributes:
        run_key: Of the run to ask for; None to ask for none.
        final: Whether nothing more can come for this day.
    """

    reason: str
    run_key: str | None = None
    final: bool = False


@dataclass(frozen=True)
class MailingState:
    """A mailing's day at a tick. The three functions ask the sources, and are only called when it matters.

    Attributes:
        has_stored_feed: Whether its announcement feed was read and stored, and nothing contradicts it.
        starts_without_feed_at: From when the day starts without the feed.
        gives_up_at: From when it starts although papers are not known yet.
        fetch_feed: Reads the announcement feed.
        count_known: Counts how many of some papers the API knows.
        count_submitted: Counts the papers of the mailing's window.
        is_repeat: Whether a feed holds the mailing before again, whatever its date.
    """

    day: date
    now: datetime
    day_state: DayState
    has_stored_feed: bool
    starts_without_feed_at: datetime
    gives_up_at: datetime
    fetch_feed: Callable[[], AnnouncementFeed]
    count_known: Callable[[Sequence[str]], int]
    count_submitted: Callable[[], int]
    is_repeat: Callable[[AnnouncementFeed], bool] = lambda _: False


def decide_mailing(mailing: MailingState) -> Decision:
    """Decide whether to start the day: its feed is out and the API knows the papers, or waiting is of no more use."""
    day = mailing.day
    if mailing.day_state == "in_progress":
        return Decision(f"{day} is being made")
    if mailing.day_state == "made" and mailing.has_stored_feed:
        return Decision(f"{day} is made, with what its feed announced", final=True)
    try:
        feed = mailing.fetch_feed()
    except DigestError as error:
        return _decide_without_feed(mailing, f"the feed cannot be read ({error})", is_outage=True)
    if mailing.is_repeat(feed):
        return _decide_without_feed(mailing, f"the feed, dated {feed.day}, holds the mailing before {day} again")
    if feed.day > day:
        return _decide_without_feed(mailing, f"the feed is of {feed.day} already", final=True)
    if feed.day < day or not feed.announcements:
        return _decide_without_feed(mailing, f"the feed does not have it yet (it is of {feed.day})")
    ids = [paper.id for paper in feed.announcements if paper.announce_type in ("new", "cross")][-_MAX_IDS:]
    known, cannot = _count(lambda: mailing.count_known(ids))
    knows = f"arXiv's API cannot be asked ({cannot})" if cannot else f"arXiv's API knows {known} of {len(ids)} papers"
    if known < len(ids) and mailing.now < mailing.gives_up_at:
        return Decision(
            f"the feed has the mailing of {day}, but {knows}: waiting until {mailing.gives_up_at:%H:%M} US Eastern"
        )
    seen = f"the feed has the mailing of {day}, and {knows}"
    if known < len(ids):
        seen = f"gave up waiting: {seen}"
    if mailing.day_state == "made":
        seen_hash = compute_fingerprint(paper.id for paper in feed.announcements)
        return Decision(
            f"{seen}; the day was made before it was out and whole",
            run_key=f"new_mailing {day} with its feed {seen_hash}",
        )
    return Decision(seen, run_key=f"new_mailing {day}")


def _decide_without_feed(
    mailing: MailingState, reason: str, *, final: bool = False, is_outage: bool = False
) -> Decision:
    day = mailing.day
    if mailing.day_state == "made":
        return Decision(f"{day} is made from its window; {reason}", final=final)
    if mailing.now < mailing.starts_without_feed_at:
        return Decision(
            f"{day}: {reason}; from {mailing.starts_without_feed_at:%H:%M} US Eastern the day starts without it"
        )
    submitted, cannot = _count(mailing.count_submitted)
    if submitted:
        return Decision(f"{day} starts from its window alone: {reason}", run_key=f"new_mailing {day}")
    has = f"the API cannot be asked ({cannot})" if cannot else "the API has no papers of its window"
    if mailing.now < mailing.gives_up_at:
        return Decision(f"{day}: {reason}, and {has}; waiting until {mailing.gives_up_at:%H:%M} US Eastern")
    # Only sources that were asked and have nothing speak for a date without a mailing; an outage does not.
    advice = "" if cannot or is_outage else "; if arXiv had no mailing, add the date under sources.arxiv.no_mailing"
    return Decision(
        f"gave up waiting for the mailing of {day}: {reason}, and {has}{advice}", run_key=f"new_mailing {day}"
    )


def _count(count: Callable[[], int]) -> tuple[int, str]:
    """The count, and why it could not be had: an API that cannot be asked is not an empty one."""
    try:
        return count(), ""
    except DigestError as error:
        return 0, str(error)


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Starts a mailing's day as soon as its announcement feed is out and arXiv's API knows the papers. Without a "
        "feed it starts from `sources.arxiv.fallback_hour`, and gives up waiting at `give_up_hour` (US Eastern, of the "
        "mailing's date). A day that was made before its feed was out is made once more with it."
    ),
)
def new_mailing(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look for the current mailing."""
    now = clock.get_utc_now()
    day = settings.calendar.get_latest(now)
    if day < FIRST_DAY:
        return dg.SensorResult(skip_reason=f"{day} is before the first partition")
    if context.cursor == str(day):
        return dg.SensorResult(skip_reason=f"nothing more can come for {day}", cursor=context.cursor)
    with ArxivApi.from_settings(settings, _TICK_TIMEOUTS) as api:
        decision = decide_mailing(
            MailingState(
                day=day,
                now=now,
                day_state=get_day_states(context.instance, [day])[day],
                has_stored_feed=has_whole_feed(day, settings),
                starts_without_feed_at=_convert_eastern_hour(day, settings.config.sources.arxiv.fallback_hour),
                gives_up_at=_convert_eastern_hour(day, settings.config.sources.arxiv.give_up_hour),
                fetch_feed=lambda: fetch_feed(settings, _TICK_TIMEOUTS),
                count_known=api.count_existing,
                count_submitted=lambda: api.count_submitted(
                    settings.config.sources.arxiv.categories, _get_window(settings, day)
                ),
                is_repeat=lambda feed: is_repeat(feed, load_listed_ids(settings.calendar.get_previous(day), settings)),
            )
        )
    return _build_sensor_result(context, [(day, decision)], cursor=str(day) if decision.final else context.cursor)


def _convert_eastern_hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), EASTERN)


def _get_window(settings: Settings, day: date) -> SubmissionWindow:
    window = settings.calendar.get_window(day)
    assert window is not None, f"{day} is a mailing, by the calendar"
    return window


def decide_page(
    day: date,
    state: DayState,
    stored_rows: Sequence[HuggingFaceRow],
    read_rows: Callable[[], Sequence[HuggingFaceRow]],
    *,
    is_last_look: bool,
) -> Decision:
    """Decide whether to make a day again because of its page: papers came or went; at the last look, also upvotes."""
    if state != "made":
        return Decision(
            f"{day} is {state.replace('_', ' ')}: its page is read when it is made",
            final=is_last_look and state != "in_progress",
        )
    try:
        page = read_rows()
    except DigestError as error:
        return Decision(f"{day}: {error}")
    before, after = {row.id for row in stored_rows}, {row.id for row in page}
    if before != after:
        why = f"the page of {day} has {len(after - before)} papers more and {len(before - after)} less"
        return Decision(why, run_key=f"page {day} {_hash_texts(sorted(after))}", final=is_last_look)
    if is_last_look and list(stored_rows) != list(page):
        return Decision(
            f"the page of {day} has settled, with other upvotes or links", run_key=f"page {day} last", final=True
        )
    return Decision(f"the page of {day} is as it was", final=is_last_look)


def _hash_texts(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=1800,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Reads Hugging Face's page of the last days again until it has settled (`sources.huggingface."
        "settled_after_days`), and makes what follows from it again when papers came or went. Only papers that are new "
        "cost anything."
    ),
)
def huggingface_page_changes(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SensorResult:
    """Look at the pages that may still change."""
    config = settings.config.sources.huggingface
    if not config.enabled:
        return dg.SensorResult(skip_reason="sources.huggingface.enabled is false", cursor=context.cursor)
    today = clock.get_utc_now().date()
    days = list_unsettled_days(today, config.settled_after_days, context.cursor)
    states = get_day_states(context.instance, days)
    stored: dict[date, list[HuggingFaceRow]] = {day: [] for day in days}
    for row in HF_DAILY_PAPERS.to_rows(open_warehouse(settings).read(HF_DAILY_PAPERS, days)):
        stored[row.day].append(row)
    decisions = [
        (
            day,
            decide_page(
                day,
                states[day],
                stored[day],
                partial(_read_page_rows, day, settings),
                is_last_look=(today - day).days >= config.settled_after_days,
            ),
        )
        for day in days
    ]
    cursor = _advance_cursor(context.cursor, decisions)
    selection = select_downstream(HF_DAILY_PAPERS.name, context.repository_def)
    return _build_sensor_result(context, decisions, cursor=cursor, selection=selection)


def _read_page_rows(day: date, settings: Settings) -> Sequence[HuggingFaceRow]:
    return fetch_daily_page(day, settings, _TICK_TIMEOUTS).rows


def list_unsettled_days(today: date, settled_after_days: int, cursor: str | None) -> list[date]:
    """List the days whose page has not settled, oldest first: after the cursor, but no further back than twice the time."""
    first = today - timedelta(days=settled_after_days if cursor is None else 2 * settled_after_days)
    after = date.fromisoformat(cursor) + timedelta(days=1) if cursor else first
    first = max(first, after, FIRST_DAY)
    return [first + timedelta(days=step) for step in range((today - first).days + 1)]


def _advance_cursor(cursor: str | None, decisions: Sequence[tuple[date, Decision]]) -> str | None:
    """Move the cursor to the newest day up to which nothing more can come."""
    for day, decision in decisions:
        if not decision.final:
            break
        cursor = str(day)
    return cursor


def _build_sensor_result(
    context: dg.SensorEvaluationContext,
    decisions: Sequence[tuple[date, Decision]],
    *,
    cursor: str | None,
    selection: Sequence[dg.AssetKey] | None = None,
) -> dg.SensorResult:
    requests = []
    for day, decision in decisions:
        if decision.run_key is None:
            continue
        context.log.info(decision.reason)
        requests.append(
            dg.RunRequest(
                run_key=decision.run_key,
                partition_key=format_partition_key(day),
                asset_selection=selection,
                tags={REASON_TAG: decision.reason[:MAX_REASON_CHARACTERS]},
            )
        )
    why = "; ".join(decision.reason for _, decision in decisions) or "no page of the last days can still change"
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else why, cursor=cursor)
