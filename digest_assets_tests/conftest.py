"""What every room's tests share: the corpus of real days, and settings in a temporary folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster._core.storage.event_log import InMemoryEventLogStorage
from playwright.sync_api import Browser
from sqlalchemy import Connection, create_engine

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.testing.corpus import CORPUS_VARIABLE, find_corpus
from digest_assets_tests.browser import open_browser
from digest_assets_tests.examples import register_profiles

register_profiles()

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
def _light_memory() -> Iterator[None]:
    """Instances in memory, without what they do for none of our tests and what takes a fifth of a run's processor time.

    One is never migrated, but to stamp its schema's version Dagster reads 178 files. And each of a day's thousand
    statements has a new connection, told twice how to keep a file, though its lock lets one through at a time: here all
    have the connection that is held open anyway.
    """

    @contextmanager
    def hold_connection(storage: InMemoryEventLogStorage) -> Iterator[Connection]:
        with storage._db_lock, storage._held_conn.begin():
            yield storage._held_conn

    any_thread = partial(create_engine, connect_args={"check_same_thread": False})
    with pytest.MonkeyPatch.context() as patch:
        for storage in ("runs", "event_log"):
            patch.setattr(f"dagster._core.storage.{storage}.in_memory.stamp_alembic_rev", lambda *_: None)
        patch.setattr("dagster._core.storage.event_log.in_memory.create_engine", any_thread)
        patch.setattr(InMemoryEventLogStorage, "_connect", hold_connection)
        yield


@pytest.fixture(scope="session", autouse=True)
def _little_duckdb() -> Iterator[None]:
    """The tests' tables are small and each worker has a core: DuckDB's own threads only hand work to each other, which
    costs a third more of processor time. Nor does a file of theirs fill the usual blocks, of 256 KB. Programs that tests
    start have theirs.
    """
    connect: Callable[..., Any] = duckdb.connect
    small = {"threads": 1, "default_block_size": 16_384}

    def connect_for_little(*args: Any, config: dict[str, Any] | None = None, **options: Any) -> Any:
        return connect(*args, config={**small, **(config or {})}, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect_for_little)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that may take longest come first, so that no worker waits for another's last file."""
    seconds: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        limit = float(marker.args[0]) if marker else 0.0
        seconds[item.path] = max(seconds.get(item.path, 0.0) + _USUAL_SECONDS, limit)
    items.sort(key=lambda item: -seconds[item.path])
