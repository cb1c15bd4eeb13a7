"""Settings and environment variables under which this process asks a `LoopbackServer` in place of the real services."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.testing.loopback.server import LoopbackServer


class LoopbackEndpoint(Protocol):
    """A server that tells what environment points its clients at it."""

    def get_environment(self) -> dict[str, str]:
        """The environment variables of a client."""


def create_settings(server: LoopbackServer, data_dir: Path, config: Mapping[str, Any] | None = None) -> Settings:
    """Settings whose arXiv is the server, without a pause between requests unless `config` says so.

    Hugging Face's place is a variable of its own library: see `override_environment`.
    """
    given = {"sources": {"arxiv": {"delay_seconds": 0}}} if config is None else config
    environment = Environment.from_variables({**server.get_environment(), "DIGEST_DATA_DIR": str(data_dir)})
    return Settings(config=Config.model_validate(given), environment=environment)


@contextmanager
def override_environment(server: LoopbackEndpoint) -> Iterator[None]:
    """The server's variables in this process' environment while the block runs."""
    variables = server.get_environment()
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
