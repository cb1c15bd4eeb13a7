"""What every room's tests share: the corpus of real days, and settings in a temporary folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.testing.corpus import CORPUS_VARIABLE, find_corpus
from digest_assets_tests.browser import open_browser

_USUAL_SECONDS = 4.0  # of a long test that sets no limit of its own


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real days, papers and feeds."""
    return find_corpus() or pytest.skip(f"{CORPUS_VARIABLE} is not set: no corpus of real days")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which keeps the event loop to itself: so it is closed with its module."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings that keep everything in the test's own folder."""
    return Settings(config=Config(), environment=Environment(data_dir=tmp_path / "data"))


@pytest.fixture(scope="session", autouse=True)
def _unstamped_memory() -> Iterator[None]:
    """An instance in memory is never migrated, but to stamp its schema's version Dagster reads 178 files, each time."""
    with pytest.MonkeyPatch.context() as patch:
        for storage in ("runs", "event_log"):
            patch.setattr(f"dagster._core.storage.{storage}.in_memory.stamp_alembic_rev", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _single_threaded_duckdb() -> Iterator[None]:
    """The tests' tables are small and each worker has a core: DuckDB's own threads only hand work to each other, which
    costs a third more of processor time. Programs that tests start have theirs.
    """
    connect: Callable[..., Any] = duckdb.connect

    def connect_with_one_thread(*args: Any, config: dict[str, Any] | None = None, **options: Any) -> Any:
        return connect(*args, config={"threads": 1, **(config or {})}, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect_with_one_thread)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that may take longest come first, so that no worker waits for another's last file."""
    seconds: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        limit = float(marker.args[0]) if marker else 0.0
        seconds[item.path] = max(seconds.get(item.path, 0.0) + _USUAL_SECONDS, limit)
    items.sort(key=lambda item: -seconds[item.path])
