"""The warehouse: reads, queries, and writes of whole days, over short connections, one transaction a write.

Where the database is and how processes share it is `backends.py`; older and newer databases are `migrations.py`.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import polars as pl
from pydantic import Field

from digest_assets.common.errors import StorageError, TransientStorageError
from digest_assets.config.settings import Settings
from digest_assets.warehouse.backends import DOCTOR_COMMAND, LAKE_PREFIX, Backend, is_transient, select_backend
from digest_assets.warehouse.migrations import create_or_migrate, create_views, insert_rows
from digest_assets.warehouse.tables import R, Row, Table

T = TypeVar("T")

_CATALOGUE_SECONDS = 1.0  # a server takes some to restart, and each try is a connection


class PartitionRow(Row):
    """That a table's day was written, also when it was written empty."""

    table_name: str = Field(description="The table.")
    day: date = Field(description="The day that was written.")
    rows: int = Field(description="How many rows it has.")


PARTITIONS = Table("partitions", PartitionRow, ("table_name", "day"), "Which days of which tables were written.")


@dataclass(frozen=True)
class Warehouse:
    """One DuckDB database of declared tables.

    Args:
        path: The database file, whose folder is made when first needed, or a DuckLake attach string.
        wait_seconds: How long to wait for a turn, for other programs that hold the file, and for a commit.
        files: Where a DuckLake keeps its tables' files: a folder, or an address of an object store.
    """

    path: Path | str
    wait_seconds: float = 600.0
    files: str = ""

    @cached_property
    def _backend(self) -> Backend:
        return select_backend(self.path, self.files, self.wait_seconds)

    @contextmanager
    def _connect(self, tables: Iterable[Table[Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to read from, on which these tables are as declared, whatever release wrote them, if any."""
        with self._backend.connect(read_only=True) as connection:
            try:
                create_views(connection, tables)
                yield connection
            except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
                raise StorageError(
                    f"{self.path} could not be read: {error}; {DOCTOR_COMMAND} says what to do"
                ) from error

    def hold_open(self) -> AbstractContextManager[None]:
        """Let this thread's reads within the block share one connection. For a moment only: writers wait meanwhile, and
        nothing may be written within the block. Raises `StorageError`.
        """
        return self._backend.hold_open()

    @contextmanager
    def begin(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed when the block ends, rolled back when it raises.

        In a lake the commit may conflict with another process's: `run_in_transaction` does it again, which a block cannot.
        """
        with self._backend.connect(read_only=False) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(duckdb.Error):  # a commit that failed has ended its transaction already
                    connection.execute("ROLLBACK")
                if isinstance(error, duckdb.Error) and (_is_disk_failure(error) or _is_lost(error)):
                    raise TransientStorageError(
                        f"{self.path} could not be written: {error}; {DOCTOR_COMMAND} says what to do"
                    ) from error
                raise

    def run_in_transaction(
        self, work: Callable[[duckdb.DuckDBPyConnection], None], *, can_repeat: bool = False
    ) -> None:
        """Do the work in one transaction; all of it again when its commit conflicts with another process's.

        Work that `can_repeat` ends the same when it is done twice: then it is also done again when a lake's catalogue
        was lost in its midst, when nobody knows whether it was committed. Raises `StorageError` if it conflicts, or the
        catalogue is gone, for longer than `wait_seconds`.
        """
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                with self.begin() as connection:
                    work(connection)
                return
            except (duckdb.Error, StorageError) as error:
                if not isinstance(error, duckdb.TransactionException) or "conflict" not in str(error).lower():
                    if not can_repeat:
                        raise
                    self._await_catalogue(error, deadline)
                    continue
                if time.monotonic() > deadline:
                    raise TransientStorageError(f"{self.path}: other processes were always faster: {error}") from error
                time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - only so that two do not meet again

    def replace_days(self, table: Table[R], days: Sequence[date], frame: pl.DataFrame) -> None:
        """Make the frame (which may be empty) the whole content of these days of a daily table.

        Raises `ValueError` if the frame does not fit the table's declaration or holds another day.
        """
        frame = table.validate_frame(frame)
        foreign = set(frame["day"].unique()) - set(days)
        if foreign:
            raise ValueError(f"table {table.name}: rows of {sorted(foreign)} do not belong to the days {list(days)}")
        counts = dict(frame.group_by("day").len().iter_rows())
        written = PARTITIONS.to_frame(
            PartitionRow(table_name=table.name, day=day, rows=counts.get(day, 0)) for day in days
        )

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            _replace_rows(connection, table, _in_days(days), frame)
            _replace_rows(connection, PARTITIONS, f"table_name = '{table.name}' AND {_in_days(days)}", written)

        self.run_in_transaction(work, can_repeat=True)

    def replace_all(self, table: Table[R], frame: pl.DataFrame) -> None:
        """Make the frame the whole content of a table that is not partitioned."""
        frame = table.validate_frame(frame)
        self.run_in_transaction(lambda connection: _replace_rows(connection, table, "TRUE", frame), can_repeat=True)

    def append(self, table: Table[R], rows: Iterable[R]) -> None:
        """Add rows to a table that is not partitioned."""
        frame = table.validate_frame(table.to_frame(rows))

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            create_or_migrate(connection, table)
            insert_rows(connection, table, frame)

        self.run_in_transaction(work)

    def read(self, table: Table[R], days: Sequence[date] | None = None) -> pl.DataFrame:
        """The rows of these days (of all, if not given) in the table's order; none if never written."""
        where = "" if days is None else f"WHERE {_in_days(days)}"
        order = f"ORDER BY {_quote_columns(table.sort_columns)}"
        sql = f"SELECT {_quote_columns(table.schema)} FROM {table.name} {where} {order}"  # noqa: S608
        return self.query(sql, tables=[table])

    def query(self, sql: str, parameters: Sequence[Any] = (), *, tables: Iterable[Table[Any]]) -> pl.DataFrame:
        """A query's answer. `tables` are those that it names: one that was never written has no rows."""
        return self.run_queries(lambda connection: pl.DataFrame(connection.sql(sql, params=list(parameters))), tables)

    def run_queries(self, work: Callable[[duckdb.DuckDBPyConnection], T], tables: Iterable[Table[Any]] = ()) -> T:
        """What the work reads over one connection, on which these tables are as declared, also if never written.

        It is done again from its start when a lake's catalogue was lost in its midst, so it must change nothing. Raises
        `StorageError`.
        """
        tables = tuple(tables)
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                with self._connect(tables) as connection:
                    return work(connection)
            except duckdb.CatalogException as error:
                raise StorageError(f"{self.path}: {error}") from error
            except (duckdb.Error, StorageError) as error:
                self._await_catalogue(error, deadline)

    def _await_catalogue(self, error: Exception, deadline: float) -> None:
        """Wait a moment where a lake's catalogue was lost and there is time left; else raise the error."""
        lost = next((one for one in (error, error.__cause__) if one is not None and is_transient(one)), None)
        if lost is None or not str(self.path).startswith(LAKE_PREFIX):
            raise error
        if time.monotonic() > deadline:
            raise TransientStorageError(
                f"{self.path}: its catalogue was gone for {self.wait_seconds:g} s: {lost}"
            ) from error
        time.sleep(_CATALOGUE_SECONDS)

    def find_written_days(self, table: str, days: Sequence[date]) -> set[date]:
        """Which of these days of a daily table were written, also empty."""
        found = self.query(
            "SELECT day FROM partitions WHERE table_name = ? AND list_contains(?, day)",
            [table, list(days)],
            tables=[PARTITIONS],
        )
        return set(found["day"])


def open_warehouse(settings: Settings) -> Warehouse:
    """The database that the settings name. Nothing is opened before it is first read or written."""
    return Warehouse(settings.database, settings.config.lock_wait_seconds, files=settings.database_files)


def _replace_rows(connection: duckdb.DuckDBPyConnection, table: Table[R], where: str, frame: pl.DataFrame) -> None:
    """Make the frame the rows that fit a condition. Rows that are these already stay: a day that is made again as it was
    costs the database no writing and does not grow it.
    """
    create_or_migrate(connection, table)
    columns = _quote_columns(table.schema)
    stored = pl.DataFrame(connection.sql(f"SELECT {columns} FROM {table.name} WHERE {where}"))  # noqa: S608
    if not stored.sort(table.sort_columns).equals(frame.sort(table.sort_columns)):
        connection.execute(f"DELETE FROM {table.name} WHERE {where}")  # noqa: S608
        insert_rows(connection, table, frame)


def _in_days(days: Sequence[date]) -> str:
    """A condition on the column `day`.

    The bounds let DuckDB skip the blocks of all other days, which a list alone does not: so years of days cost nothing.
    Literals, since the client copies all rows of a query with parameters, which takes longer than reading them.
    """
    if not days:
        return "false"
    literals = [f"DATE '{day:%Y-%m-%d}'" for day in sorted(days)]
    return f"day BETWEEN {literals[0]} AND {literals[-1]} AND day IN ({', '.join(literals)})"


def _is_disk_failure(error: duckdb.Error) -> bool:
    """Whether it is the disk's fault: DuckDB says so in several ways, a failed commit among them."""
    disk = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | duckdb.FatalException)
    return disk or "Could not write" in str(error)


def _is_lost(error: duckdb.Error) -> bool:
    """Whether a lake's catalogue was lost, which a commit tells as it tells of a conflict."""
    return is_transient(error) and "conflict" not in str(error).lower()


def _quote_columns(columns: Iterable[str]) -> str:
    """Column names as SQL: quoted, since one may be a word of the language, like `group`."""
    return ", ".join(f'"{name}"' for name in columns)
