"""The database: short connections, one transaction a partition, turns between processes.

DuckDB lets one process at a time open a file for writing, and then no other even read it
(https://duckdb.org/docs/stable/connect/concurrency), so processes take turns at a lock file beside it and hold
their connection for milliseconds.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from digest_assets.errors import StorageError
from digest_assets.turns import turn
from digest_assets.warehouse.tables import R, Row, Table

_RETRY_SECONDS = 0.25


class PartitionRow(Row):
    """That a table's day was written, also when it was written empty."""

    table_name: str
    day: date
    rows: int


PARTITIONS = Table("partitions", PartitionRow, ("table_name", "day"), "Which days of which tables were written.")


class _Stream:
    """A frame as an Arrow stream, which DuckDB scans without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True)
class Warehouse:
    """One DuckDB database file of declared tables.

    Args:
        path: The database file; its folder is made when first needed.
        wait_seconds: How long to wait for a turn, and for other programs that hold the file.
    """

    path: Path
    wait_seconds: float = 600.0

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection; readers go together, never beside a writer."""
        if not self.path.exists():  # a read-only connection cannot make the file
            connection = duckdb.connect()
            try:
                yield connection
            finally:
                connection.close()
            return
        with turn(self._lock, shared=True, timeout=self.wait_seconds), self._connection(read_only=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed when the block ends, rolled back when it raises."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with turn(self._lock, timeout=self.wait_seconds), self._connection(read_only=False) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def replace(self, table: Table[R], days: Sequence[date], frame: pl.DataFrame) -> None:
        """Make the frame (which may be empty) the whole content of these days of a daily table.

        Raises `ValueError` if the frame does not fit the table's declaration or holds another day.
        """
        frame = table.checked(frame)
        foreign = set(frame["day"].unique()) - set(days)
        if foreign:
            raise ValueError(f"table {table.name}: rows of {sorted(foreign)} do not belong to the days {list(days)}")
        counts = dict(frame.group_by("day").len().iter_rows())
        marks = PARTITIONS.frame(PartitionRow(table_name=table.name, day=day, rows=counts.get(day, 0)) for day in days)
        with self.writing() as connection:
            create(connection, table)
            create(connection, PARTITIONS)
            connection.execute(f"DELETE FROM {table.name} WHERE list_contains(?, day)", [list(days)])  # noqa: S608
            insert(connection, table, frame)
            connection.execute(
                "DELETE FROM partitions WHERE table_name = ? AND list_contains(?, day)", [table.name, list(days)]
            )
            insert(connection, PARTITIONS, marks)

    def append(self, table: Table[R], rows: Iterable[R]) -> None:
        """Add rows to a table that is not partitioned."""
        frame = table.checked(table.frame(rows))
        with self.writing() as connection:
            create(connection, table)
            insert(connection, table, frame)

    def read(self, table: Table[R], days: Sequence[date] | None = None) -> pl.DataFrame:
        """The rows of these days (of all, if not given) in the table's order; none if never written."""
        where = "" if days is None else "WHERE list_contains(?, day)"
        query = f"SELECT {_names(table.schema)} FROM {table.name} {where} ORDER BY {_names(table.sorted_by)}"  # noqa: S608
        return self.query(query, [] if days is None else [list(days)], missing=table.frame())

    def query(self, sql: str, parameters: Sequence[Any] = (), *, missing: pl.DataFrame | None = None) -> pl.DataFrame:
        """A query's answer; `missing` (else an error) if a table that it names was never written."""
        with self.reading() as connection:
            try:
                relation = connection.sql(sql, params=list(parameters))
            except duckdb.CatalogException as error:
                if missing is None:
                    raise StorageError(f"{self.path}: {error}") from error
                return missing
            return pl.DataFrame(relation)

    def written(self, table: str, days: Sequence[date]) -> set[date]:
        """Which of these days of a daily table were written, also empty."""
        found = self.query(
            "SELECT day FROM partitions WHERE table_name = ? AND list_contains(?, day)",
            [table, list(days)],
            missing=PARTITIONS.frame(),
        )
        return set(found["day"])

    def newest(self, table: str, count: int) -> list[date]:
        """The last `count` days of a daily table that were written, also empty, in order."""
        found = self.query(
            "SELECT day FROM partitions WHERE table_name = ? ORDER BY day DESC LIMIT ?",
            [table, count],
            missing=PARTITIONS.frame(),
        )
        return sorted(found["day"])

    @property
    def _lock(self) -> Path:
        return self.path.with_name(self.path.name + ".lock")

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._open(read_only)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def _open(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return duckdb.connect(self.path, read_only=read_only)
            except duckdb.IOException as error:
                # A program that does not take turns (a notebook, the duckdb shell) may hold the file for a while.
                locked = "lock" in str(error)
                if not locked or time.monotonic() > deadline:
                    raise StorageError(f"{self.path} cannot be opened: {error}", can_retry=locked) from error
                time.sleep(_RETRY_SECONDS)


def create(connection: duckdb.DuckDBPyConnection, table: Table[R]) -> None:
    """Make the table with its declared columns, if it is not there yet."""
    empty = _Stream(pl.DataFrame(schema=table.schema))  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} AS FROM empty LIMIT 0")


def insert(connection: duckdb.DuckDBPyConnection, table: Table[R], frame: pl.DataFrame) -> None:
    """Add a frame's rows, column by column name."""
    rows = _Stream(frame)  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"INSERT INTO {table.name} BY NAME FROM rows")


def _names(columns: Iterable[str]) -> str:
    """Column names as SQL: quoted, since one may be a word of the language, like `group`."""
    return ", ".join(f'"{name}"' for name in columns)
