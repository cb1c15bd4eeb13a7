"""The decorator that makes a Dagster asset of a daily table, and what such an asset's function needs of its frames."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.orchestration.day_table import with_day_table
from digest_assets.orchestration.digest_asset import digest_asset
from digest_assets.orchestration.io_manager import OPTIONAL
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.warehouse.tables import R, Table

RATE_LIMITED_QUEUE = "paced"  # of what asks arXiv or Hugging Face; deploy/compose.yaml has a worker for it


def table_asset(
    table: Table[R],
    *,
    group: str,
    code_version: str,
    kinds: set[str] | None = None,
    rate_limited: bool = False,
    ins: Mapping[str, dg.AssetIn] | None = None,
    retry_policy: dg.RetryPolicy | None = None,
    partitions: dg.PartitionsDefinition[Any] = daily_partitions,
    deps: Sequence[str | dg.AssetDep] | None = None,
    automation_condition: dg.AutomationCondition[Any] | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset of the table's name whose function returns the frame of its partitions.

    The function takes upstream tables by name (as Polars frames of the same days), `context`, and the resource
    `settings`; it may run for several days at once (`get_partition_days`). One that is `rate_limited` asks arXiv or
    Hugging Face: Celery gives it to a queue that one machine serves, since the pace is kept on a machine. A
    `retry_policy` is needed only beyond the retries within the function: none of ours has one. A table that is not daily
    names its `partitions`; `deps` is what the function reads by itself. The metadata of a daily one begin with its day
    table.
    """
    decorate = digest_asset(
        name=table.name,
        description=table.description,
        group_name=group,
        kinds={"duckdb", "polars"} | (kinds or set()),
        op_tags={"dagster-celery/queue": RATE_LIMITED_QUEUE} if rate_limited else None,
        partitions_def=partitions,
        io_manager_key="warehouse",
        code_version=code_version,
        ins=ins,
        deps=deps,
        retry_policy=retry_policy,
        automation_condition=automation_condition,
        metadata={
            "dagster/column_schema": build_column_schema(table),
            "dagster/table_name": f"main.{table.name}",
            "key": ", ".join(table.key),
        },
    )
    is_daily = partitions is daily_partitions
    return lambda function: decorate(with_day_table(function) if is_daily else function)


def allow_missing_partition() -> dg.AssetIn:
    """An upstream table whose partition may not have been written: then its frame is empty, not an error."""
    return dg.AssetIn(metadata={OPTIONAL: True})


def build_column_schema(table: Table[R]) -> dg.TableSchema:
    """The table's columns with their types and descriptions, as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=str(table.schema[name]),
                description=info.description,
                constraints=dg.TableColumnConstraints(nullable=name not in table.key),
            )
            for name, info in table.row.model_fields.items()
        ]
    )


def group_rows_by_day(table: Table[R], frame: pl.DataFrame, days: Sequence[date]) -> dict[date, list[R]]:
    """The frame's rows of each day, in the table's order; an empty list for a day without any."""
    rows: dict[date, list[R]] = {day: [] for day in days}
    for values in frame.iter_rows(named=True):
        rows[values["day"]].append(table.row.model_validate(values))
    return rows
