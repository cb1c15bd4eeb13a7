"""When a day is asked for again."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.automation.retry_plan import (
    HOUR,
    MAX_REQUESTS_PER_TICK,
    RetryCandidate,
    find_missed_days,
    plan_retries,
)

NOW = datetime(2025, 12, 5, 12, tzinfo=UTC)
DAY = date(2025, 12, 4)
WAITS = (timedelta(0), HOUR, 6 * HOUR)


def candidate(*attempts: datetime, since: datetime = NOW - 48 * HOUR, day: date = DAY) -> RetryCandidate:
    return RetryCandidate(day, "is failed", attempts, since)


def test_a_day_that_was_never_tried_is_asked_for_at_once() -> None:
    planned = plan_retries([candidate()], NOW, WAITS, "nothing")
    assert [(request.day, request.attempt) for request in planned.requests] == [(DAY, "1")]
    assert planned.message == "2025-12-04 is failed: attempt 1 of 3 now"


def test_the_next_attempt_waits_and_the_message_says_until_when() -> None:
    planned = plan_retries([candidate(NOW - HOUR / 2)], NOW, WAITS, "nothing")
    assert planned.requests == ()
    assert planned.message == "2025-12-04 is failed: attempt 2 of 3 after 2025-12-05 12:30 UTC"


def test_a_run_by_somebody_else_counts_for_the_wait() -> None:
    assert not plan_retries([candidate(NOW - 9 * HOUR, since=NOW - HOUR / 2)], NOW, WAITS, "nothing").requests


def test_after_the_last_attempt_a_person_is_asked_to_look() -> None:
    planned = plan_retries([candidate(*[NOW - 40 * HOUR] * 3)], NOW, WAITS, "nothing")
    assert planned.requests == ()
    assert "left alone after 3 attempts; look at its runs" in planned.message


def test_many_days_take_turns_the_newest_first() -> None:
    days = [DAY - timedelta(days=back) for back in range(MAX_REQUESTS_PER_TICK + 2)]
    planned = plan_retries([candidate(day=day) for day in days], NOW, WAITS, "nothing")
    assert [request.day for request in planned.requests] == days[:MAX_REQUESTS_PER_TICK]
    assert planned.message.count("in a later tick") == 2


def test_nothing_to_do_says_so() -> None:
    assert plan_retries([], NOW, WAITS, "no day is missing").message == "no day is missing"


@given(st.lists(st.integers(0, 200), max_size=6), st.integers(0, 200))
def test_attempts_are_numbered_on_and_bounded(hours_ago: list[int], since: int) -> None:
    attempts = [NOW - hours * HOUR for hours in hours_ago]
    planned = plan_retries([candidate(*attempts, since=NOW - since * HOUR)], NOW, WAITS, "nothing")
    if len(attempts) >= len(WAITS):
        assert planned.requests == ()
    for request in planned.requests:
        assert request.attempt == str(len(attempts) + 1)
        assert NOW - max([NOW - since * HOUR, *attempts]) >= WAITS[len(attempts)]


DUE = {date(2025, 12, number): datetime(2025, 12, number, 5, tzinfo=UTC) for number in range(1, 7)}


def missing_of(**states: str) -> list[int]:
    by_day = {date(2025, 12, int(name[1:])): state for name, state in states.items()}
    return [day.day for day in find_missed_days(by_day, DUE, {}, NOW)]


def test_days_after_the_first_made_one_are_missed_when_missing_or_failed() -> None:
    assert missing_of(d1="missing", d2="made", d3="missing", d4="failed", d5="in_progress") == [3, 4]


def test_a_house_in_which_nothing_was_made_misses_nothing() -> None:
    assert missing_of(d1="missing", d2="failed", d3="missing") == []


def test_a_day_is_not_missed_before_it_is_due() -> None:
    assert missing_of(d4="made", d6="missing") == []


def test_waiting_counts_from_the_last_run_if_there_was_one() -> None:
    ends = {DAY: NOW - HOUR}
    states = {date(2025, 12, 1): "made", DAY: "failed"}
    assert find_missed_days(states, DUE, ends, NOW) == {DAY: NOW - HOUR}
