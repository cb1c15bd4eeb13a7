"""The fake LLM in a process of its own, for measurements that its work must not disturb."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict

import httpx2

from digest_assets.testing.fake_llm.server import API_KEY


class Statistics(TypedDict):
    """The calls that the endpoint got, the most in flight at once, seconds from the first call to the last answer.

    `first_call` is a time of the machine's monotonic clock.
    """

    calls: int
    max_in_flight: int
    seconds: float
    first_call: float


@dataclass(frozen=True)
class FakeLLMProcess:
    """A running endpoint."""

    base_url: str

    def get_environment(self) -> dict[str, str]:
        """The environment of a client that is to use this endpoint."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": API_KEY}

    def fetch_statistics(self) -> Statistics:
        """What the endpoint counted so far."""
        statistics: Statistics = httpx2.get(self.base_url.removesuffix("/v1") + "/statistics").json()
        return statistics


@contextmanager
def run_fake_llm(latency: float) -> Iterator[FakeLLMProcess]:
    """Start the endpoint; it ends with the block."""
    command = [sys.executable, "-m", "digest_assets.testing.fake_llm", "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield FakeLLMProcess(server.stdout.readline().strip())
        finally:
            server.stdin.close()
