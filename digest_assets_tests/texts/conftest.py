"""A loopback site to read from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest_assets.testing.loopback.server import Fault, LoopbackServer, ServedPaper
from digest_assets_tests.texts.test_reader import Reader


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., object]:
    """`with site(papers, fault=..., **texts) as (read, server)`: the choices are those of the settings' `texts`."""

    @contextmanager
    def serve(
        *papers: ServedPaper, fault: Fault | None = None, **texts: object
    ) -> Iterator[tuple[Reader, LoopbackServer]]:
        with LoopbackServer(papers, fault=fault) as server:
            yield Reader(server, tmp_path, **texts), server

    return serve
