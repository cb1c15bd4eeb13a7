"""Requests and tokens per minute, on a clock that the test turns."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from digest_assets.llm import rate_limit as module
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets_tests.examples import take_examples


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(time=clock.time))
    return clock  # type: ignore[return-value]


def starts(limiter: RateLimiter, clock: Clock, calls: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """When each call may start: all come one after another, each some seconds after the one before came."""
    started = []
    for pause, tokens in calls:
        clock.now += pause
        delay = limiter._reserve({"requests": 1, "tokens": tokens})
        started.append((clock.now + max(delay, 0.0), tokens))
    return started


def most_in_a_minute(started: list[tuple[float, int]], weights: bool) -> int:
    return max(
        sum(tokens if weights else 1 for other, tokens in started if start <= other < start + 60 - 1e-6)
        for start, _ in started
    )


CALLS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 900)), min_size=1, max_size=150) | st.just(
    [(0.0, 500)] * 100
)


@given(calls=CALLS, per_minute=st.integers(1, 120))
@hypothesis_settings(
    take_examples(30), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_no_minute_holds_more_requests_than_allowed(
    tmp_path: Path, clock: Clock, calls: list[tuple[float, int]], per_minute: int
) -> None:
    clock.now += 1e6
    started = starts(RateLimiter(tmp_path / "pace", per_minute, None), clock, calls)
    assert most_in_a_minute(started, weights=False) <= per_minute


@given(calls=CALLS)
@hypothesis_settings(
    take_examples(30), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_no_minute_holds_more_tokens_than_allowed_but_for_one_call(
    tmp_path: Path, clock: Clock, calls: list[tuple[float, int]]
) -> None:
    clock.now += 1e6
    started = starts(RateLimiter(tmp_path / "pace", None, 30_000), clock, calls)
    assert most_in_a_minute(started, weights=True) <= 30_000 + max(tokens for _, tokens in calls)


def test_without_limits_nobody_waits(tmp_path: Path, clock: Clock) -> None:
    started = starts(RateLimiter(tmp_path / "pace", None, None), clock, [(0.0, 1_000_000)] * 50)
    assert {start for start, _ in started} == {clock.now}


def test_two_processes_share_one_limit(tmp_path: Path, clock: Clock) -> None:
    one, other = (RateLimiter(tmp_path / "pace", 60, None) for _ in range(2))
    started = [start for limiter in (one, other) * 20 for start, _ in starts(limiter, clock, [(0.0, 1)])]
    assert max(started) - min(started) > 35


def test_a_pause_holds_for_everybody(tmp_path: Path, clock: Clock) -> None:
    one, other = (RateLimiter(tmp_path / "pace", None, None) for _ in range(2))
    one.pause(30)
    assert starts(other, clock, [(0.0, 1)])[0][0] == pytest.approx(clock.now + 30)


def test_a_clock_that_was_set_back_holds_up_nobody(tmp_path: Path, clock: Clock) -> None:
    limiter = RateLimiter(tmp_path / "pace", 60, None)
    starts(limiter, clock, [(0.0, 1)] * 10)
    clock.now -= 86_400
    assert starts(limiter, clock, [(0.0, 1)])[0][0] == pytest.approx(clock.now)


def test_a_damaged_file_is_begun_anew(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "pace").write_text("not json")
    assert starts(RateLimiter(tmp_path / "pace", 60, None), clock, [(0.0, 1)])[0][0] == pytest.approx(clock.now)
