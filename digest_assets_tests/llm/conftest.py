"""A loopback endpoint for the tests of the model room."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from digest_assets.testing.fake_llm.server import FakeLLMServer


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeLLMServer]]:
    """Starts a fake LLM and points the environment at it."""
    with ExitStack() as stack:

        def start(**values: Any) -> FakeLLMServer:
            model = stack.enter_context(FakeLLMServer(**values))
            for name, value in model.get_environment().items():
                monkeypatch.setenv(name, value)
            return model

        yield start
