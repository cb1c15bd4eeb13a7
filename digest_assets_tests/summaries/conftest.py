"""Loopback endpoints for the tests of the summaries."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint
from digest_assets_tests.llm.conftest import endpoint

__all__ = ["endpoint", "serve"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[dict[str, Any]], ScriptedAnswer]], Any]]:
    """Starts an endpoint with a script and points the environment at it."""
    with ExitStack() as stack:

        def start(script: Callable[[dict[str, Any]], ScriptedAnswer]) -> ScriptedEndpoint:
            running = stack.enter_context(ScriptedEndpoint(script))
            for name, value in running.get_environment().items():
                monkeypatch.setenv(name, value)
            return running

        yield start
