"""The rate limiter: requests and tokens per minute, shared by every stage and process that uses the endpoint.

The state is two times in a small file (the generic cell rate algorithm): when the requests, and when the tokens,
that were let through would have been used up at the allowed rate. So nothing has to be remembered per call, and
concurrent runs share one limit.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from digest_assets.common.locks import file_lock
from digest_assets.config.settings import Settings

_BURST_SECONDS = 1.0  # what may go at once after a rest: one second's worth
_MAX_PAUSE_SECONDS = 900.0  # an endpoint that asks for hours must not stop the runs of a whole day


class RateLimiter:
    """Lets calls through at the allowed rate.

    Args:
        path: The file of the shared state; one per endpoint.
        requests_per_minute: No more requests in any minute; None for no limit.
        tokens_per_minute: No more tokens in any minute; None for no limit.
    """

    def __init__(self, path: Path, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._path = path
        # The burst is part of the minute, so that no minute holds more than the limit.
        window = 60 + _BURST_SECONDS
        self._seconds = {
            "requests": window / requests_per_minute if requests_per_minute else 0.0,
            "tokens": window / tokens_per_minute if tokens_per_minute else 0.0,
        }

    @classmethod
    def from_settings(cls, settings: Settings) -> "RateLimiter":
        """The limiter of the configured endpoint; its file lies in the data folder."""
        config = settings.config.summaries
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return cls(settings.data_dir / "model.pace", config.requests_per_minute, config.tokens_per_minute)

    async def acquire(self, tokens: int) -> None:
        """Wait until a request of about that many tokens may go, in the order of asking."""
        delay = self._reserve({"requests": 1, "tokens": tokens})
        while delay > 0:
            await asyncio.sleep(delay)
            delay = self._get_pause_left()

    def correct(self, tokens: int) -> None:
        """Count tokens that a call used beyond (or, negative, below) those that it was let through with."""
        if self._seconds["tokens"]:
            self._reserve({"tokens": tokens})

    def pause(self, seconds: float) -> None:
        """Let nobody through for some seconds: the endpoint said so."""
        with file_lock(self._path) as descriptor:
            state = _read_state(descriptor)
            state["paused"] = max(state.get("paused", 0.0), time.time() + min(seconds, _MAX_PAUSE_SECONDS))
            _write_state(descriptor, state)

    def _reserve(self, amounts: dict[str, int]) -> float:
        """Reserve the amounts; the seconds until they may be used."""
        with file_lock(self._path) as descriptor:
            state, now = _read_state(descriptor), time.time()
            delay = state.get("paused", 0.0) - now
            for name, amount in amounts.items():
                used_up = max(state.get(name, 0.0), now)
                delay = max(delay, used_up - now - _BURST_SECONDS)
                state[name] = used_up + amount * self._seconds[name]
            _write_state(descriptor, state)
        return delay

    def _get_pause_left(self) -> float:
        with file_lock(self._path, shared=True) as descriptor:
            return _read_state(descriptor).get("paused", 0.0) - time.time()


def _read_state(descriptor: int) -> dict[str, float]:
    try:
        state = {name: float(value) for name, value in json.loads(os.pread(descriptor, 1024, 0)).items()}
    except (ValueError, AttributeError):
        return {}
    # What was written in the future was written before the clock was set back.
    return state if state.get("written", 0.0) <= time.time() + 1 else {}


def _write_state(descriptor: int, state: dict[str, float]) -> None:
    written = json.dumps({**state, "written": time.time()})
    os.pwrite(descriptor, written.ljust(256).encode("ascii"), 0)
