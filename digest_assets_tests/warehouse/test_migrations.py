"""Tables of an older or newer program: brought up to date on the first write, or refused.

`released.json` holds the columns of every version of every table, by the name that it had. A change of a table adds an
entry there; here a database of each old version is written and used with the present program.
"""

import importlib
import json
import pkgutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import BaseModel, Field

import digest_assets
from digest_assets.common.errors import StorageError
from digest_assets.tables import ALL_TABLES
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.migrations import TABLE_VERSIONS, create_or_migrate, get_stored_columns
from digest_assets.warehouse.tables import DayRow, OldNames, Table

DAY, NEXT = date(2025, 12, 5), date(2025, 12, 6)
RELEASED: dict[str, dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "released.json").read_text("utf-8")
)


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
        return get_stored_columns(connection, table.name)


def get_released(table: Table[Any]) -> dict[int, tuple[str, dict[str, str]]]:
    """A table's versions, each with the name and the columns that it had."""
    return {
        int(version): (name, columns)
        for name in (table.renamed_from.table or table.name, table.name)
        for version, columns in RELEASED.get(name, {}).items()
    }


@pytest.mark.parametrize("name", ALL_TABLES)
def test_a_changed_table_has_a_new_version_that_is_written_down(name: str) -> None:
    versions = get_released(ALL_TABLES[name])
    assert max(versions) == ALL_TABLES[name].version
    assert (name, stored(ALL_TABLES[name])) == versions[ALL_TABLES[name].version], (
        f"table {name} differs from its released version {ALL_TABLES[name].version}: raise its version, give new columns "
        "defaults, state what was renamed, and write its columns down in released.json"
    )


@pytest.mark.parametrize(
    ("name", "version"), [(name, version) for name, table in ALL_TABLES.items() for version in get_released(table)]
)
def test_every_released_version_can_be_read_and_written(name: str, version: int, tmp_path: Path) -> None:
    warehouse, now = Warehouse(tmp_path / "digest.duckdb"), ALL_TABLES[name]
    old_name, old_columns = get_released(now)[version]
    columns = ", ".join(f'"{column}" {kind}' for column, kind in old_columns.items())
    with duckdb.connect(str(warehouse.path)) as connection:
        if name != TABLE_VERSIONS.name:
            connection.execute("CREATE TABLE table_versions (table_name VARCHAR, version BIGINT)")
        connection.execute(f"CREATE TABLE {old_name} ({columns})")
        connection.execute("INSERT INTO table_versions VALUES (?, ?)", [old_name, version])
    assert warehouse.read(now).schema == now.schema
    with warehouse.begin() as connection:
        create_or_migrate(connection, now)
        assert get_stored_columns(connection, name) == stored(now)
        assert old_name == name or not get_stored_columns(connection, old_name)


def test_every_declared_table_is_listed() -> None:
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(digest_assets.__path__, "digest_assets.")
        if module.name.endswith(".tables") or ".warehouse." in module.name
    ]
    declared = {value.name for module in modules for value in vars(module).values() if isinstance(value, Table)}
    assert declared == set(ALL_TABLES)


class OldCallRow(DayRow):
    id: str = Field(description="Key.")
    at: str = Field(description="Renamed.")
    outcome: str = Field(description="Has values that were renamed.")


class CallRow(DayRow):
    id: str = Field(description="Key.")
    ended_at: str = Field(description="Was `at`.")
    outcome: str = Field(description="`truncated` was `cut`.")
    retries: int = Field(0, description="New.")


OLD_CALLS = Table("calls", OldCallRow, ("day", "id"), "For tests.")
CALLS = Table(
    "llm_requests",
    CallRow,
    ("day", "id"),
    "For tests.",
    version=2,
    renamed_from=OldNames("calls", columns={"ended_at": "at"}, values={"outcome": {"cut": "truncated"}}),
)
MIGRATED = [
    CallRow(day=DAY, id="a", ended_at="noon", outcome="ok"),
    CallRow(day=DAY, id="b", ended_at="noon", outcome="truncated"),
]


@pytest.fixture
def old_calls(tmp_path: Path) -> Warehouse:
    """A database of the old program, with a table whose name, columns and values were renamed since."""
    warehouse = Warehouse(tmp_path / "digest.duckdb")
    rows = [OldCallRow(day=DAY, id="a", at="noon", outcome="ok"), OldCallRow(day=DAY, id="b", at="noon", outcome="cut")]
    warehouse.append(OLD_CALLS, rows)
    return warehouse


def test_renamed_tables_columns_and_values_are_read_by_their_new_names(old_calls: Warehouse) -> None:
    before = Path(old_calls.path).read_bytes()
    assert CALLS.to_rows(old_calls.read(CALLS)) == MIGRATED
    counts = old_calls.query(
        "SELECT outcome, sum(retries)::INT FROM llm_requests GROUP BY ALL ORDER BY ALL", tables=[CALLS]
    )
    assert counts.rows() == [("ok", 0), ("truncated", 0)]
    assert Path(old_calls.path).read_bytes() == before


def test_renamed_tables_columns_and_values_are_rewritten_on_the_first_write(old_calls: Warehouse) -> None:
    later = CallRow(day=NEXT, id="c", ended_at="night", outcome="truncated", retries=1)
    old_calls.append(CALLS, [later])
    assert CALLS.to_rows(old_calls.read(CALLS)) == [*MIGRATED, later]
    with duckdb.connect(str(old_calls.path)) as connection:
        assert get_stored_columns(connection, "calls") == {}


def test_an_older_program_does_not_make_a_renamed_table_anew(old_calls: Warehouse) -> None:
    old_calls.append(CALLS, [])
    with pytest.raises(StorageError, match="newer version"):
        old_calls.append(OLD_CALLS, [])


def test_a_migration_that_is_rolled_back_leaves_the_old_table(old_calls: Warehouse) -> None:
    def migrate_then_fail() -> None:
        with old_calls.begin() as connection:
            create_or_migrate(connection, CALLS)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        migrate_then_fail()
    assert old_calls.read(OLD_CALLS)["outcome"].to_list() == ["ok", "cut"]


class Part(BaseModel):
    name: str


class PartWithPage(Part):
    page: int | None = None


class PartsRow(DayRow):
    parts: tuple[Part, ...] = Field(description="Nested.")


class PartsWithPageRow(DayRow):
    parts: tuple[PartWithPage, ...] = Field(description="Nested, with a new field.")


def test_a_new_field_of_a_nested_model_is_null_in_older_rows(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "digest.duckdb")
    old, new = Table("paged", PartsRow, ("day",), "Old."), Table("paged", PartsWithPageRow, ("day",), "New.", version=2)
    warehouse.append(old, [PartsRow(day=DAY, parts=(Part(name="a"),))])
    expected = [PartsWithPageRow(day=DAY, parts=(PartWithPage(name="a"),))]
    assert new.to_rows(warehouse.read(new)) == expected
    warehouse.append(new, [])
    assert new.to_rows(warehouse.read(new)) == expected
