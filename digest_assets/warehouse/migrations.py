"""Tables as they are stored against tables as they are declared: made, brought up to date, or refused.

Every table carries the version with which it was declared when last written. An older one gets its new columns on the
first write, each old row with the column's default; before that, readers see it so already. One that a newer program
wrote is refused, so that an old program never undoes what a new one added.
"""

from typing import Any

import duckdb
import polars as pl
from pydantic import Field
from pydantic_core import PydanticUndefined

from digest_assets.common.errors import StorageError
from digest_assets.warehouse.tables import R, Row, Table


class TableVersionRow(Row):
    """With which version of its declaration a table was last written."""

    table_name: str = Field(description="The table.")
    version: int = Field(description="Its declaration's version.")


TABLE_VERSIONS = Table("table_versions", TableVersionRow, ("table_name",), "The version of each table's declaration.")


class _Stream:
    """A frame as an Arrow stream, which DuckDB scans without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def create_or_migrate(connection: duckdb.DuckDBPyConnection, table: Table[R]) -> None:
    """Make the table with its declared columns if it is not there yet, else bring it up to date.

    Raises `StorageError` if a newer program wrote it, or if its stored columns cannot become the declared ones.
    """
    _make(connection, TABLE_VERSIONS)
    found = connection.execute("SELECT version FROM table_versions WHERE table_name = ?", [table.name]).fetchone()
    stored = get_stored_columns(connection, table.name)
    if found is not None and found[0] > table.version:
        raise StorageError(
            f"table {table.name} was written by a newer version of this program ({found[0]}, this one knows "
            f"{table.version}); update the program, or give this one a database of its own"
        )
    if not stored:
        _make(connection, table)
    else:
        _bring_up_to_date(connection, table, stored)
    if found is None:
        insert_rows(connection, TABLE_VERSIONS, TABLE_VERSIONS.to_frame([TableVersionRow(table_name=table.name, version=table.version)]))
    elif found[0] < table.version:
        connection.execute("UPDATE table_versions SET version = ? WHERE table_name = ?", [table.version, table.name])


def insert_rows(connection: duckdb.DuckDBPyConnection, table: Table[R], frame: pl.DataFrame) -> None:
    """Add a frame's rows, column by column name."""
    rows = _Stream(frame)  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"INSERT INTO {table.name} BY NAME FROM rows")


def read_older(
    connection: duckdb.DuckDBPyConnection, table: Table[R], where: str, parameters: list[Any]
) -> pl.DataFrame:
    """The rows of a table that lacks declared columns, with the defaults that they will get when it is written."""
    stored = get_stored_columns(connection, table.name)
    names = ", ".join(f'"{name}"' for name in table.schema if name in stored)
    frame = pl.DataFrame(connection.sql(f"SELECT {names} FROM {table.name} {where}", params=parameters))  # noqa: S608
    new = {name: kind for name, kind in table.schema.items() if name not in stored}
    filled = [pl.Series(name, [get_column_default(table, name)] * len(frame), kind) for name, kind in new.items()]
    return frame.with_columns(filled).select(table.schema.names()).sort(table.sort_columns)


def get_stored_columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """The stored columns of a table with their DuckDB types; none if there is no such table."""
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ? ORDER BY column_index",
        [name],
    )
    return dict(found.fetchall())


def get_column_default(table: Table[R], name: str) -> Any:
    """What a new column holds in rows that are older than it: its field's default, as stored."""
    info = table.row.model_fields[name]
    default = info.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        raise StorageError(
            f"table {table.name} was stored before its column {name} was declared, and {name} has no default for the "
            "older rows; give the field a default"
        )
    return list(default) if isinstance(default, tuple) else default


def _make(connection: duckdb.DuckDBPyConnection, table: Table[R]) -> None:
    empty = _Stream(pl.DataFrame(schema=table.schema))  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} AS FROM empty LIMIT 0")


def _bring_up_to_date(connection: duckdb.DuckDBPyConnection, table: Table[R], stored: dict[str, str]) -> None:
    empty = _Stream(pl.DataFrame(schema=table.schema))  # noqa: F841 - DuckDB finds it by name
    declared = {name: kind for name, kind, *_ in connection.execute("DESCRIBE FROM empty").fetchall()}
    for name, kind in declared.items():
        if stored.get(name, kind) != kind:
            raise StorageError(
                f"column {name} of table {table.name} is stored as {stored[name]} and declared as {kind}; set the "
                "database aside (its answers from sources and models are kept beside it) and make the days again"
            )
    new = {name: get_column_default(table, name) for name in declared if name not in stored}
    if new:
        # In one statement: DuckDB does not write to a table that the same transaction has altered.
        values = ", ".join(f'CAST(? AS {declared[name]}) AS "{name}"' for name in new)
        rebuild = f"CREATE OR REPLACE TABLE {table.name} AS SELECT *, {values} FROM {table.name}"  # noqa: S608
        connection.execute(rebuild, list(new.values()))
