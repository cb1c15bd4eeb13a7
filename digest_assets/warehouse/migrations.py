"""Migrations: tables as they are stored against tables as they are declared.

Every table carries the version of the declaration with which it was last written. An older one is rebuilt on the
first write, inside its transaction: tables, columns and values that were renamed get their new names, new columns
their defaults. Before that, readers see it so already, by a view. A table that a newer program wrote is refused, so
that an old program neither misreads nor undoes what a new one added.
"""

from collections.abc import Collection, Iterable
from typing import Any

import duckdb
import polars as pl
from pydantic import Field
from pydantic_core import PydanticUndefined

from digest_assets.common.errors import StorageError
from digest_assets.warehouse.backends import quote_literal
from digest_assets.warehouse.tables import R, Row, Table


class TableVersionRow(Row):
    """With which version of its declaration a table was last written."""

    table_name: str = Field(description="The table.")
    version: int = Field(description="Its declaration's version.")


TABLE_VERSIONS = Table(
    "table_versions", TableVersionRow, ("table_name",), "The version of each table's declaration when last written."
)


class _Stream:
    """A frame as an Arrow stream, which DuckDB scans without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def create_or_migrate(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    """Create the table with its declared columns, or bring an older one up to date.

    Raises `StorageError` if a newer program wrote it, or if its stored columns cannot become the declared ones.
    """
    _create_empty(connection, TABLE_VERSIONS)
    if _is_current(table, _read_versions(connection)):
        return
    name, stored = _find_stored(connection, table)
    if not stored:
        _create_empty(connection, table)
    else:
        # In one statement: DuckDB does not write to a table that the same transaction has altered.
        columns = ", ".join([*_build_columns(connection, table, stored), *_quote_unknown(table, stored)])
        connection.execute(f"CREATE OR REPLACE TABLE {table.name} AS SELECT {columns} FROM {name}")  # noqa: S608
        if name != table.name:
            connection.execute(f"DROP TABLE {name}")
    names = [table.name] if table.renamed_from.table is None else [table.name, table.renamed_from.table]
    connection.execute("DELETE FROM table_versions WHERE list_contains(?, table_name)", [names])
    # The old name is kept with the new version, so that an older program refuses to make that table anew.
    versions = [TableVersionRow(table_name=known, version=table.version) for known in names]
    insert_rows(connection, TABLE_VERSIONS, TABLE_VERSIONS.to_frame(versions))


def create_views(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table[Any]]) -> None:
    """Let this connection's queries see the tables as declared, also those that are older or were never written.

    Each of those is shadowed by a temporary view of its name, which works on a read-only database too. Raises
    `StorageError` like `create_or_migrate`.
    """
    versions = _read_versions(connection)
    for table in tables:
        if _is_current(table, versions):
            continue
        name, stored = _find_stored(connection, table)
        source = "WHERE false" if not stored else f"FROM {_qualify(connection, name)}"
        columns = ", ".join(_build_columns(connection, table, stored, empty=not stored))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {table.name} AS SELECT {columns} {source}")


def insert_rows(connection: duckdb.DuckDBPyConnection, table: Table[R], frame: pl.DataFrame) -> None:
    """Add a frame's rows, column by column name."""
    rows = _Stream(frame)  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"INSERT INTO {table.name} BY NAME FROM rows")


def get_stored_columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """The stored columns of a table with their DuckDB types; none if there is no such table."""
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ? ORDER BY column_index",
        [name],
    )
    return dict(found.fetchall())


def _read_versions(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    try:
        return dict(connection.execute("SELECT table_name, version FROM table_versions").fetchall())
    except duckdb.CatalogException:  # nothing was written yet, or by a program from before versions were kept
        return {}


def _is_current(table: Table[Any], versions: dict[str, int]) -> bool:
    """Whether the table is stored as declared. Raises `StorageError` if a newer program wrote it."""
    version = versions.get(table.name, 0)
    if version > table.version:
        raise StorageError(
            f"table {table.name} was written by a newer version of this program ({version}, this one knows "
            f"{table.version}); update the program, or give this one a database of its own"
        )
    return version == table.version


def _find_stored(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> tuple[str, dict[str, str]]:
    """Under which name the table is stored, with its columns; no columns if it never was."""
    stored = get_stored_columns(connection, table.name)
    if not stored and table.renamed_from.table is not None:
        return table.renamed_from.table, get_stored_columns(connection, table.renamed_from.table)
    return table.name, stored


def _build_columns(
    connection: duckdb.DuckDBPyConnection, table: Table[Any], stored: dict[str, str], *, empty: bool = False
) -> list[str]:
    """The declared columns as SQL expressions over the stored ones; only their types if `empty`."""
    return [
        f'{f"CAST(NULL AS {kind})" if empty else _build_column(table, name, kind, stored)} AS "{name}"'
        for name, kind in _get_declared_types(connection, table).items()
    ]


def _build_column(table: Table[Any], name: str, kind: str, stored: dict[str, str]) -> str:
    source = name if name in stored else table.renamed_from.columns.get(name, name)
    if source not in stored:
        return f"CAST({_to_literal(_get_default(table, name))} AS {kind})"
    # A struct that got a field is cast by its fields' names; the new field is null.
    if stored[source] != kind and not (stored[source].startswith("STRUCT") and kind.startswith("STRUCT")):
        raise StorageError(
            f"column {name} of table {table.name} is stored as {stored[source]} and declared as {kind}; set the "
            "database aside (its answers from sources and models are kept beside it) and make the days again"
        )
    renamed = table.renamed_from.values.get(name, {})
    cases = " ".join(f"WHEN {_to_literal(old)} THEN {_to_literal(new)}" for old, new in renamed.items())
    value = f'CASE "{source}" {cases} ELSE "{source}" END' if cases else f'"{source}"'
    return value if stored[source] == kind else f"CAST({value} AS {kind})"


def _quote_unknown(table: Table[Any], stored: Collection[str]) -> list[str]:
    """The stored columns that no declared one is made from: they are kept as they are."""
    return [
        f'"{name}"' for name in stored if name not in table.schema and name not in table.renamed_from.columns.values()
    ]


def _get_default(table: Table[Any], name: str) -> Any:
    """What a new column holds in rows that are older than it: its field's default."""
    default = table.row.model_fields[name].get_default(call_default_factory=True)
    if default is PydanticUndefined:
        raise StorageError(
            f"table {table.name} was stored before its column {name} was declared, and {name} has no default for the "
            "older rows; give the field a default"
        )
    return default


def _to_literal(value: Any) -> str:
    """A default as SQL: a view takes no parameters."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_to_literal, value))}]"
    return str(value) if isinstance(value, bool | int | float) else quote_literal(str(value))


def _get_declared_types(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> dict[str, str]:
    empty = _Stream(pl.DataFrame(schema=table.schema))  # noqa: F841 - DuckDB finds it by name
    return {name: kind for name, kind, *_ in connection.execute("DESCRIBE FROM empty").fetchall()}


def _create_empty(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    empty = _Stream(pl.DataFrame(schema=table.schema))  # noqa: F841 - DuckDB finds it by name
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} AS FROM empty LIMIT 0")


def _qualify(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The stored table's full name, which a view of the same name does not shadow."""
    (database,) = connection.execute("SELECT current_database()").fetchone() or ("memory",)
    return f'"{database}".main.{name}'
