"""The I/O manager: an asset's Polars frame is its partition's rows in the warehouse."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.common.errors import StorageError
from digest_assets.orchestration.failures import stop_futile_retries
from digest_assets.orchestration.partitions import parse_partition_key
from digest_assets.warehouse.database import Warehouse
from digest_assets.warehouse.tables import Table

OPTIONAL = "optional"  # the key in an input's metadata that `allow_missing_partition` sets


class WarehouseIOManager(dg.IOManager):
    """Stores each asset's Polars frame in the table of the same name, one transaction for its partitions.

    Args:
        tables: The declared tables, by asset name.
        warehouse: The database; opened when first needed, so that definitions load without one.
    """

    def __init__(self, tables: Mapping[str, Table[Any]], warehouse: Warehouse) -> None:
        self._tables = tables
        self._warehouse = warehouse

    @stop_futile_retries
    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Replace the run's partitions of the table with the frame."""
        table = self._tables[context.asset_key.path[-1]]
        days = [parse_partition_key(key) for key in context.asset_partition_keys]
        self._warehouse.replace_days(table, days, obj)
        context.add_output_metadata({"dagster/row_count": len(obj)})

    @stop_futile_retries
    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """Read the partitions that the downstream asset needs; all days where it is not partitioned.

        Raises `StorageError` for a day that was never written, except for an optional input.
        """
        table = self._tables[context.asset_key.path[-1]]
        if not context.has_asset_partitions:
            return self._warehouse.read(table)
        days = [parse_partition_key(key) for key in context.asset_partition_keys]
        frame = self._warehouse.read(table, days)
        without_rows = sorted(set(days) - set(frame["day"]))  # written empty, which is rare, or never
        if without_rows and not (context.definition_metadata or {}).get(OPTIONAL):
            written = self._warehouse.find_written_days(table.name, without_rows)
            if never := [str(day) for day in without_rows if day not in written]:
                raise StorageError(f"{table.name} was never written for {', '.join(never)}; materialise it first")
        return frame
