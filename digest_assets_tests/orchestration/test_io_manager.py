"""Dagster's side of the database, in real runs."""

from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from pydantic import Field

from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import allow_missing_partition, table_asset
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.tables import DayRow, Table

DAY = "2025-12-05"


class WordRow(DayRow):
    word: str = Field(description="A word.")


FIRST = Table("first_words", WordRow, ("day", "word"), "Upstream.")
SECOND = Table("second_words", WordRow, ("day", "word"), "Downstream.")


@table_asset(FIRST, group="words", code_version="1")
def first_words(context: dg.AssetExecutionContext) -> pl.DataFrame:
    return FIRST.to_frame(WordRow(day=day, word=f"word of {day}") for day in get_partition_days(context))


@table_asset(SECOND, group="words", code_version="1")
def second_words(first_words: pl.DataFrame) -> pl.DataFrame:
    return first_words.with_columns(word=pl.col("word").str.to_uppercase())


@table_asset(SECOND, group="words", code_version="1", ins={"first_words": allow_missing_partition()})
def patient_words(first_words: pl.DataFrame) -> pl.DataFrame:
    return first_words


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "digest.duckdb")


def run(
    warehouse: Warehouse, *assets: dg.AssetsDefinition, raising: bool = True, **how: object
) -> dg.ExecuteInProcessResult:
    manager = WarehouseIOManager({table.name: table for table in (FIRST, SECOND)}, warehouse)
    return dg.materialize(list(assets), resources={"warehouse": manager}, raise_on_error=raising, **how)  # type: ignore[arg-type]


def test_an_assets_frame_becomes_its_partition_and_its_downstreams_input(warehouse: Warehouse) -> None:
    run(warehouse, first_words, second_words, partition_key=DAY)
    assert warehouse.read(SECOND)["word"].to_list() == [f"WORD OF {DAY}"]


def test_a_range_of_days_in_a_single_run_gives_the_same_as_day_by_day(warehouse: Warehouse, tmp_path: Path) -> None:
    tags = {"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": "2025-12-07"}
    run(warehouse, first_words, second_words, tags=tags)
    by_day = Warehouse(tmp_path / "by_day.duckdb")
    for key in ("2025-12-06", "2025-12-05", "2025-12-07"):
        run(by_day, first_words, second_words, partition_key=key)
    assert warehouse.read(SECOND).equals(by_day.read(SECOND))


def test_the_row_count_is_metadata(warehouse: Warehouse) -> None:
    result = run(warehouse, first_words, partition_key=DAY)
    (materialization,) = result.asset_materializations_for_node("first_words")
    assert materialization.metadata["dagster/row_count"].value == 1


def test_an_input_that_was_never_written_is_a_clear_failure(warehouse: Warehouse) -> None:
    result = run(warehouse, first_words, second_words, partition_key=DAY, selection=[second_words], raising=False)
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    error = failure.step_failure_data.error
    assert error is not None
    assert "first_words was never written for 2025-12-05" in str(error.to_string())


def test_an_optional_input_that_was_never_written_is_an_empty_frame(warehouse: Warehouse) -> None:
    run(warehouse, first_words, patient_words, partition_key=DAY, selection=[patient_words])
    assert warehouse.find_written_days("second_words", [date.fromisoformat(DAY)]) == {date.fromisoformat(DAY)}
    assert warehouse.read(SECOND).is_empty()


def test_an_asset_shows_its_columns_and_what_they_mean() -> None:
    schema = first_words.metadata_by_key[dg.AssetKey("first_words")]["dagster/column_schema"]
    assert [(column.name, column.type, column.description) for column in schema.columns] == [
        ("day", "Date", "The partition: the date of the arXiv mailing."),
        ("word", "String", "A word."),
    ]
