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

# What a run has read is not read again for its next step: a day's tables have some 10 MB, of which most are its texts.
_MAX_KEPT_BYTES = 64 * 1024**2
OPTIONAL = "optional"  # the key in an input's metadata that `allow_missing_partition` sets


class WarehouseIOManager(dg.IOManager):
    """Stores each asset's Polars frame in the table of the same name, one transaction for its partitions.

    One is made for each run: what it has read it gives again.

    Args:
        tables: The declared tables, by asset name.
        warehouse: The database; opened when first needed, so that definitions load without one.
    """

    def __init__(self, tables: Mapping[str, Table[Any]], warehouse: Warehouse) -> None:
        self._tables = tables
        self._warehouse = warehouse
        self._frames: dict[tuple[str, tuple[str, ...]], pl.DataFrame] = {}

    @stop_futile_retries
    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Replace the run's partitions of the table with the frame."""
        table = self._tables[context.asset_key.path[-1]]
        days = [parse_partition_key(key) for key in context.asset_partition_keys]
        self._frames = {of: frame for of, frame in self._frames.items() if of[0] != table.name}
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
        keys = tuple(context.asset_partition_keys)
        if (kept := self._frames.get((table.name, keys))) is not None:
            return kept
        days = [parse_partition_key(key) for key in keys]
        with self._warehouse.hold_open():
            never = sorted(set(days) - self._warehouse.find_written_days(table.name, days))
            if never and not (context.definition_metadata or {}).get(OPTIONAL):
                names = ", ".join(str(day) for day in never)
                raise StorageError(f"{table.name} was never written for {names}; materialise it first")
            frame = self._warehouse.read(table, days)
        size = sum(other.estimated_size() for other in (frame, *self._frames.values()))
        if not never and size <= _MAX_KEPT_BYTES:
            self._frames[table.name, keys] = frame
        return frame
