"""A loopback site to read from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest_assets.testing.loopback.server import Fault, LoopbackServer, ServedPaper
from digest_assets_tests.texts.test_reader import Reader, ServeSite


@pytest.fixture
def site(tmp_path: Path) -> ServeSite:
    """Serves papers while a `with` block runs, and reads them."""

    @contextmanager
    def serve(
        *papers: ServedPaper, fault: Fault | None = None, **texts: object
    ) -> Iterator[tuple[Reader, LoopbackServer]]:
        with LoopbackServer(papers, fault=fault) as server:
            yield Reader(server, tmp_path, **texts), server

    return serve
