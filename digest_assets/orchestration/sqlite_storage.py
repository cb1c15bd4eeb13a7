"""Dagster's SQLite storage with connections that stay open, which `dagster.yaml` names. What is stored, and where, is the same.

Dagster's own opens a file, waits for the disk and closes the file again for each of the some hundred events of a day, which
took more time than the day's other work (`python -m benchmarks.operations overhead`); it has no setting for that. Where
its insides change, naming `sqlite` in `dagster.yaml` again is all that is to be done.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy.pool import QueuePool

_WAIT_SECONDS = 30  # for another process' write, as Dagster's own
# Files of a storage: the index and those of the runs at once (four, in dagster.yaml), and some that are looked at.
_MAX_OPEN = 8


class _OpenFiles:
    """An engine for each address, whose connection stays open; the least recently used ones are closed."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()

    @contextmanager
    def begin(self, address: str) -> Iterator[db.Connection]:
        with self.get(address).begin() as connection:
            yield connection

    def get(self, address: str) -> db.Engine:
        engine = self._engines.pop(address, None) or _create_engine(address)
        self._engines[address] = engine
        while len(self._engines) > _MAX_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def close(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()


def _create_engine(address: str) -> db.Engine:
    engine = db.create_engine(
        address,
        poolclass=QueuePool,
        max_overflow=-1,  # as many at once as there are threads, like Dagster's own
        connect_args={"timeout": _WAIT_SECONDS},
    )
    db.event.listen(engine, "connect", _wait_less)
    return engine


def _wait_less(connection: Any, _: object) -> None:
    # With a write-ahead log a killed process loses nothing by this, and a power cut the history's last moments, as if the
    # run had been killed then; nothing is torn (https://sqlite.org/pragma.html#pragma_synchronous).
    connection.execute("PRAGMA synchronous = NORMAL")


class _EventLogStorage(SqliteEventLogStorage):
    def __init__(self, base_dir: str) -> None:
        self._files = _OpenFiles()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            engine = self._files.get(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def wipe(self) -> None:
        self._files.close()  # before the files are deleted
        super().wipe()

    def dispose(self) -> None:
        super().dispose()
        self._files.close()


class _RunStorage(SqliteRunStorage):
    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        self._files = _OpenFiles()
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        with self._files.begin(self._conn_string) as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        self._files.close()


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage, in the same files below `base_dir`."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        history = Path(base_dir) / "history"
        self._run_storage = _RunStorage.from_local(str(history))
        self._event_log_storage = _EventLogStorage(str(history / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "SqliteStorage":
        """Make one of what `dagster.yaml` says."""
        return cls.from_local(inst_data=inst_data, **config_value)
