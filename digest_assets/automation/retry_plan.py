"""When a sensor asks for a day again: pure decisions about attempts and waits. Reading runs and requesting them is
done elsewhere (`runs.py`, `sensors.py`).

Attempts are bounded and grow apart, so that a cause that passes (a lagging index, an endpoint that is down) gets
its chances. One that no rerun can clear, and one that stays, is left to a person, by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

HOUR = timedelta(hours=1)
# Days asked for in one tick, the rest in later ones: one more than the four runs that dagster.yaml lets go at once, so
# that the queue is never empty, and a person's own run waits for one of them only.
MAX_REQUESTS_PER_TICK = 5


@dataclass(frozen=True)
class RetryCandidate:
    """A day that may be asked for again.

    Args:
        day: The partition.
        state: What is not right with it, as a person would say it after the day: "is failed".
        attempt_ends: When this sensor's earlier attempts ended, in order.
        waiting_since: From when the first wait counts: when the day last ended, or was due. Timezone-aware, as all times.
        permanent_failure: Why no rerun can help, if that is known.
        cause: What the attempts are counted for, where a day can be asked for again for another cause.
    """

    day: date
    state: str
    attempt_ends: Sequence[datetime]
    waiting_since: datetime
    permanent_failure: str | None = None
    cause: str = ""


@dataclass(frozen=True)
class DayRequest:
    """A run of a day, with the attempt (its number, after its cause if there are several), and why it is asked for."""

    day: date
    attempt: str
    reason: str


@dataclass(frozen=True)
class RetryPlan:
    """What to ask for now, and a sentence for every candidate."""

    requests: tuple[DayRequest, ...]
    message: str


def plan_retries(
    candidates: Iterable[RetryCandidate], now: datetime, waits: Sequence[timedelta], message_if_none: str
) -> RetryPlan:
    """Decide which candidates are due, the newest days first.

    `waits[n]` is the time before attempt n + 1; there are as many attempts as waits.
    """
    requests: list[DayRequest] = []
    sentences = []
    for candidate in sorted(candidates, key=lambda candidate: candidate.day, reverse=True):
        attempts = len(candidate.attempt_ends)
        if candidate.permanent_failure is not None:
            verdict = (
                f"left alone, as no rerun can clear it ({candidate.permanent_failure}); mend that, then materialise the "
                "day by hand"
            )
        elif attempts >= len(waits):
            verdict = f"left alone after {attempts} attempts; look at its runs, then materialise it by hand"
        elif now < (due := max([candidate.waiting_since, *candidate.attempt_ends]) + waits[attempts]):
            verdict = f"attempt {attempts + 1} of {len(waits)} after {due:%Y-%m-%d %H:%M} UTC"
        elif len(requests) >= MAX_REQUESTS_PER_TICK:
            verdict = "its turn comes in a later tick"
        else:
            attempt = f"{candidate.cause} {attempts + 1}".strip()
            requests.append(DayRequest(candidate.day, attempt, f"{candidate.day} {candidate.state}"))
            verdict = f"attempt {attempts + 1} of {len(waits)} now"
        sentences.append(f"{candidate.day} {candidate.state}: {verdict}")
    return RetryPlan(tuple(requests), "; ".join(sentences) or message_if_none)


def find_missed_days(
    states: Mapping[date, str],
    due_times: Mapping[date, datetime],
    last_ends: Mapping[date, datetime | None],
    now: datetime,
) -> dict[date, datetime]:
    """Find the days that should be there and are not, with the time from when waiting counts.

    Only days after the first one that is made count, so that a new installation does not start by making a past
    that nobody asked for; and only those whose time has come.

    Args:
        states: How each day of the look-back stands (see `runs.get_day_states`).
        due_times: When each day should have been made by the schedules.
        last_ends: When each day's last run ended; None if there was none.
        now: The time of the tick.
    """
    made = [day for day, state in states.items() if state == "made"]
    if not made:
        return {}
    return {
        day: max(last_ends.get(day) or due_times[day], due_times[day])
        for day, state in states.items()
        if state in ("missing", "failed") and day > min(made) and due_times[day] <= now
    }
