"""How a daily table becomes a Dagster asset: one decorator, so that every asset says the same things."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from digest_assets.partitions import daily
from digest_assets.warehouse.tables import R, Table

OWNER = "team:digest"


def table_asset(
    table: Table[R],
    *,
    group: str,
    kinds: set[str] | None = None,
    code_version: str | None = None,
    tags: Mapping[str, str] | None = None,
    retry_policy: dg.RetryPolicy | None = None,
    deps: Sequence[Any] = (),
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset of the table's name whose function returns the frame of its partitions.

    The function takes upstream tables by name (as Polars frames of the same days), `context`, and the resource
    `settings`; it may run for several days at once (`days_of(context)`).
    """
    return dg.asset(
        name=table.name,
        description=table.description,
        group_name=group,
        kinds={"duckdb", "polars"} | (kinds or set()),
        owners=[OWNER],
        tags=dict(tags or {}),
        partitions_def=daily,
        io_manager_key="warehouse",
        code_version=code_version,
        retry_policy=retry_policy,
        deps=list(deps),
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": f"main.{table.name}",
            "key": ", ".join(table.key),
        },
    )


def column_schema(table: Table[R]) -> dg.TableSchema:
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


def days_of(context: dg.AssetExecutionContext) -> list[date]:
    """The days that this run materialises: one, or a range in a single run."""
    return [date.fromisoformat(key) for key in context.partition_keys]
