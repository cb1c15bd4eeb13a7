"""The pace of requests to a site, kept by all processes of this machine and, with a lake, by all of its machines.

On one machine a locked file holds the time of the last request. Where the tables are a DuckLake whose catalogue is in
PostgreSQL, that server holds it for every machine: an advisory lock
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS), which ends with its connection, around a
row with the time of the last request by the server's own clock.
"""

import importlib
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from digest_assets.common.errors import StorageError, TransientStorageError
from digest_assets.common.locks import rate_limited
from digest_assets.config.settings import Settings
from digest_assets.warehouse.backends import LAKE_PREFIX

logger = logging.getLogger(__name__)

_POSTGRES_PREFIX = f"{LAKE_PREFIX}postgres:"
_RETRY_SECONDS = 1.0  # a server takes some to restart
_CONNECT_SECONDS = 10
_POLL_MILLISECONDS = 2_000  # how long the server lets one wait for the lock before the deadline is looked at
_CREATE = """
    CREATE TABLE IF NOT EXISTS digest_request_times (site text PRIMARY KEY, last_request timestamptz NOT NULL)
"""
_SECONDS_SINCE = """
    SELECT extract(epoch FROM clock_timestamp() - last_request)::float8 FROM digest_request_times WHERE site = %s
"""
_SET_NOW = """
    INSERT INTO digest_request_times VALUES (%s, clock_timestamp())
    ON CONFLICT (site) DO UPDATE SET last_request = excluded.last_request
"""


def get_shared_catalogue(settings: Settings) -> str | None:
    """How to connect to the PostgreSQL that all machines of a lake share; None where the database is not such a lake."""
    return settings.database.removeprefix(_POSTGRES_PREFIX) if settings.database.startswith(_POSTGRES_PREFIX) else None


@contextmanager
def keep_pace(
    settings: Settings, site: str, interval: float, *, one_at_a_time: bool = False, timeout: float = 3600.0
) -> Iterator[None]:
    """Run the block no sooner than `interval` seconds after the last one of that site began, on whichever machine.

    With `one_at_a_time` the blocks do not overlap either, and the interval counts from a block's end. Raises
    `TransientStorageError` after `timeout` seconds without a turn, on this machine or among all.
    """
    turn = rate_limited(settings.data_dir / "locks" / site, interval, one_at_a_time=one_at_a_time, timeout=timeout)
    catalogue = get_shared_catalogue(settings)
    if catalogue is None:
        with turn:
            yield
    else:
        with turn, _take_turn(_SharedLock(catalogue, site), interval, one_at_a_time, timeout):
            yield


@contextmanager
def _take_turn(lock: "_SharedLock", interval: float, one_at_a_time: bool, timeout: float) -> Iterator[None]:
    seconds_since = lock.acquire(timeout)
    try:
        time.sleep(min(max(interval - seconds_since, 0.0), interval))
        if one_at_a_time:
            try:
                yield
            finally:
                lock.record_request(interval)
            return
        lock.record_request(interval)
    finally:
        lock.release()
    yield


class _SharedLock:
    """An advisory lock of a site on a connection of its own, and the time of the site's last request."""

    def __init__(self, catalogue: str, site: str) -> None:
        self._client = _import_client()
        self._catalogue, self._site = catalogue, site
        self._connection: Any = None

    def acquire(self, timeout: float) -> float:
        """Wait for the lock, also through a restart of the server; the seconds since the site's last request."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self._try_to_acquire()
            except self._client.errors.LockNotAvailable:
                why = "other machines hold it"
            except self._client.OperationalError as error:
                self.release()
                why = " ".join(str(error).split())
                time.sleep(_RETRY_SECONDS)
            if time.monotonic() > deadline:
                self.release()
                raise TransientStorageError(
                    f"waited {timeout:.0f} s for the turn at {self._site} that all machines share: {why}"
                )

    def _try_to_acquire(self) -> float:
        if self._connection is None:
            self._connection = self._client.connect(self._catalogue, connect_timeout=_CONNECT_SECONDS)
            self._connection.autocommit = True
            self._execute(f"SET lock_timeout = {_POLL_MILLISECONDS}")
        self._execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", f"digest:{self._site}")
        with suppress(self._client.errors.UniqueViolation):  # made for another site in this moment
            self._execute(_CREATE)
        found = self._execute(_SECONDS_SINCE, self._site)
        return float(found[0][0]) if found else math.inf

    def record_request(self, interval: float) -> None:
        """Let the interval begin; where the server was lost, wait it out here, so that nobody comes too soon."""
        try:
            self._execute(_SET_NOW, self._site)
        except self._client.OperationalError as error:
            logger.warning("the pace of %s: %s", self._site, error)
            time.sleep(interval)

    def release(self) -> None:
        """Let others have it: it ends with the connection."""
        if self._connection is not None:
            with suppress(self._client.Error):  # lost already
                self._connection.close()
            self._connection = None

    def _execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []


def _import_client() -> Any:
    try:
        return importlib.import_module("psycopg2")
    except ModuleNotFoundError:
        raise StorageError(
            "database is a DuckLake in PostgreSQL, but the package psycopg2 is not installed; "
            "install digest-assets with its extra [many-machines]"
        ) from None
