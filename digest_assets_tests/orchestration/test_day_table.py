"""The line that stands first in the metadata of every daily table's asset."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from digest_assets.orchestration.day_table import IN_SHORT, build_day_table, measure_frame
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.tables import DayRow, Table

DAY = "2025-12-05"


class SummaryRow(DayRow):
    id: str = Field(description="A paper.")
    failed: bool = Field(description="Whether it failed.")
    numbers_traced: int = Field(description="Numbers found.")
    numbers_total: int = Field(description="Numbers.")
    cost_usd: float = Field(description="Money.")


TABLE = Table("summed", SummaryRow, ("day", "id"), "A table.")


def make_rows(day: date) -> list[SummaryRow]:
    return [
        SummaryRow(day=day, id="a", failed=False, numbers_traced=2, numbers_total=3, cost_usd=0.25),
        SummaryRow(day=day, id="b", failed=True, numbers_traced=1, numbers_total=1, cost_usd=0.5),
    ]


@table_asset(TABLE, group="sums", code_version="1")
def summed(context: dg.AssetExecutionContext) -> pl.DataFrame:
    context.add_output_metadata({"papers": 2})
    return TABLE.to_frame(row for day in get_partition_days(context) for row in make_rows(day))


@table_asset(TABLE, group="sums", code_version="1")
def told(context: dg.AssetExecutionContext) -> pl.DataFrame:
    cells = {"read in full": "1/2"}
    context.add_output_metadata({"more": 1, IN_SHORT: build_day_table(get_partition_days(context), cells)})
    return TABLE.to_frame()


def materialise(asset: dg.AssetsDefinition, folder: Path, **how: Any) -> list[dict[str, Any]]:
    manager = WarehouseIOManager({TABLE.name: TABLE}, Warehouse(folder / "digest.duckdb"))
    result = dg.materialize([asset], resources={"warehouse": manager}, **how)
    found = result.asset_materializations_for_node(TABLE.name)
    return [{name: value.value for name, value in one.metadata.items()} for one in found]


def test_the_day_table_stands_first_and_is_made_of_the_rows(tmp_path: Path) -> None:
    (metadata,) = materialise(summed, tmp_path, partition_key=DAY)
    assert next(iter(metadata)) == IN_SHORT
    head, _, line = metadata[IN_SHORT].splitlines()
    assert head == "| day | papers | failed | figures traced | US$ | seconds |"
    assert line.startswith(f"| {DAY} | 2 | 1 | 3/4 | 0.7500 | ")


def test_a_run_of_several_days_has_one_line_for_all(tmp_path: Path) -> None:
    tags = {"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": "2025-12-07"}
    lines = {
        metadata[IN_SHORT].splitlines()[2].rpartition(" | ")[0] for metadata in materialise(summed, tmp_path, tags=tags)
    }
    assert lines == {f"| {DAY} to 2025-12-07 | 6 | 3 | 9/12 | 2.2500"}


def test_an_asset_that_knows_more_than_its_rows_says_it_itself(tmp_path: Path) -> None:
    (metadata,) = materialise(told, tmp_path, partition_key=DAY)
    assert next(iter(metadata)) == IN_SHORT
    assert metadata[IN_SHORT].splitlines()[2] == f"| {DAY} | 1/2 |"


def test_columns_that_speak_of_no_cell_fill_none() -> None:
    assert measure_frame(pl.DataFrame({"day": [date(2025, 12, 5)], "words": [3]})) == {}
