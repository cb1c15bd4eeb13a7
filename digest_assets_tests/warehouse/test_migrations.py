"""Tables of an older or newer program: brought up to date on the first write, or refused.

`released.json` holds the columns of every table's every released version. A change of a table adds an entry there,
and this file writes a database of each old version and uses it with the present program.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import Field

from digest_assets.common.errors import StorageError
from digest_assets.delivery.tables import DELIVERIES
from digest_assets.llm.ledger import LLM_CACHE, LLM_CALLS
from digest_assets.sources.tables import ARXIV_ANNOUNCED
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.migrations import create_or_migrate
from digest_assets.warehouse.migrations import get_stored_columns as columns_of
from digest_assets.warehouse.registry import TABLES
from digest_assets.warehouse.tables import DayRow, Table

DAY, NEXT = date(2025, 12, 5), date(2025, 12, 6)
RELEASED: dict[str, dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "released.json").read_text("utf-8")
)
EVERY = {**TABLES, **{table.name: table for table in (ARXIV_ANNOUNCED, LLM_CALLS, LLM_CACHE, DELIVERIES)}}


class OldRow(DayRow):
    id: str = Field(description="Key.")


class NewRow(OldRow):
    note: str | None = Field(None, description="New, may be null.")
    count: int = Field(7, description="New, with a default.")
    tags: tuple[str, ...] = Field((), description="New, a list.")


class DemandingRow(OldRow):
    needed: str = Field(description="New, without a default.")


class OtherTypeRow(DayRow):
    id: int = Field(description="Of another type than before.")


def table(row: type[Any], version: int = 1) -> Table[Any]:
    return Table("notes", row, ("day", "id"), "For tests.", version=version)


OLD, NEW = table(OldRow), table(NewRow, 2)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A database of the old program, with a row."""
    warehouse = Warehouse(tmp_path / "digest.duckdb")
    warehouse.replace_days(OLD, [DAY], OLD.to_frame([OldRow(day=DAY, id="a")]))
    return warehouse


def test_an_older_table_gets_new_columns_with_their_defaults_on_the_first_write(warehouse: Warehouse) -> None:
    warehouse.replace_days(NEW, [NEXT], NEW.to_frame([NewRow(day=NEXT, id="b", note="n", count=1, tags=("t",))]))
    assert NEW.to_rows(warehouse.read(NEW)) == [
        NewRow(day=DAY, id="a"),
        NewRow(day=NEXT, id="b", note="n", count=1, tags=("t",)),
    ]


def test_an_older_table_reads_the_same_before_the_first_write(warehouse: Warehouse) -> None:
    assert NEW.to_rows(warehouse.read(NEW, [DAY])) == [NewRow(day=DAY, id="a")]
    assert warehouse.read(NEW).schema == NEW.schema


def test_an_older_program_is_refused_by_a_newer_table_and_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.replace_days(NEW, [NEXT], NEW.to_frame([NewRow(day=NEXT, id="b")]))
    with pytest.raises(StorageError, match=r"written by a newer version of this program \(2, this one knows 1\)"):
        warehouse.replace_days(OLD, [DAY], OLD.to_frame())
    assert warehouse.read(NEW).height == 2


def test_a_column_without_a_default_is_refused_before_anything_changes(warehouse: Warehouse) -> None:
    demanding = table(DemandingRow, 2)
    with pytest.raises(StorageError, match="needed has no default"):
        warehouse.replace_days(demanding, [NEXT], demanding.to_frame())
    assert warehouse.read(OLD)["id"].to_list() == ["a"]


def test_a_column_of_another_type_says_what_to_do(warehouse: Warehouse) -> None:
    other = table(OtherTypeRow, 2)
    with pytest.raises(StorageError, match="is stored as VARCHAR and declared as BIGINT; set the database aside"):
        warehouse.replace_days(other, [NEXT], other.to_frame())


def test_a_table_from_before_versions_were_kept_counts_as_old(warehouse: Warehouse) -> None:
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("DROP TABLE table_versions")
    warehouse.replace_days(NEW, [NEXT], NEW.to_frame())
    assert NEW.to_rows(warehouse.read(NEW)) == [NewRow(day=DAY, id="a")]


def stored(table: Table[Any]) -> dict[str, str]:
    """A table's columns with their DuckDB types, as a new database gets them."""
    with duckdb.connect() as connection:
        create_or_migrate(connection, table)
        return columns_of(connection, table.name)


@pytest.mark.parametrize("name", EVERY)
def test_a_changed_table_has_a_new_version_that_is_written_down(name: str) -> None:
    versions = RELEASED[name]
    assert max(map(int, versions)) == EVERY[name].version
    assert stored(EVERY[name]) == versions[str(EVERY[name].version)], (
        f"table {name} differs from its released version {EVERY[name].version}: raise its version, give new columns "
        "defaults, and write its columns down in released.json"
    )


@pytest.mark.parametrize(("name", "version"), [(name, version) for name in EVERY for version in RELEASED[name]])
def test_every_released_version_can_be_read_and_written(name: str, version: str, tmp_path: Path) -> None:
    warehouse, now = Warehouse(tmp_path / "digest.duckdb"), EVERY[name]
    columns = ", ".join(f'"{column}" {kind}' for column, kind in RELEASED[name][version].items())
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute("CREATE TABLE table_versions (table_name VARCHAR, version BIGINT)")
        connection.execute("INSERT INTO table_versions VALUES (?, ?)", [name, int(version)])
    assert warehouse.read(now).schema == now.schema
    with warehouse.begin() as connection:
        create_or_migrate(connection, now)
        assert columns_of(connection, name) == RELEASED[name][str(now.version)]
