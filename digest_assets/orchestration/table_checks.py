"""The checks of a table's partitions: one step of a run for each table, in which they share the open database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import daily_partitions, get_partition_days
from digest_assets.warehouse import Table, open_warehouse


@dataclass(frozen=True)
class TableCheck:
    """A check of a table's partitions, which looks at these days alone. The description says what to do when it is red."""

    table: str
    name: str
    description: str
    run: Callable[[Settings, Sequence[date]], dg.AssetCheckResult]
    blocking: bool = False
    partitions: dg.PartitionsDefinition[Any] = daily_partitions

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """The check as Dagster knows it, with a result for each day."""
        return dg.AssetCheckSpec(
            self.name,
            asset=self.table,
            description=self.description,
            blocking=self.blocking,
            partitions_def=self.partitions,
        )


def table_check(
    table: Table[Any], description: str
) -> Callable[[Callable[[Settings, Sequence[date]], dg.AssetCheckResult]], TableCheck]:
    """Make a check of a function that has its name."""
    return lambda run: TableCheck(table.name, run.__name__, description, run)


def build_table_checks(checks: Iterable[TableCheck]) -> list[dg.AssetChecksDefinition]:
    """Build a step for each table; a person may run some of its checks alone."""
    of_table: dict[str, dict[str, TableCheck]] = {}
    for check in checks:
        of_table.setdefault(check.table, {})[check.name] = check
    return [_build_step(table, by_name) for table, by_name in of_table.items()]


def _build_step(table: str, by_name: dict[str, TableCheck]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=f"{table}_checks", specs=[check.spec for check in by_name.values()], can_subset=True)
    def run_checks(
        context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        days = get_partition_days(context)
        keys = sorted(context.selected_asset_check_keys)
        with open_warehouse(settings).hold_open():
            results = [by_name[key.name].run(settings, days) for key in keys]
        for key, result in zip(keys, results, strict=True):
            yield result._replace(asset_key=key.asset_key, check_name=key.name)

    return run_checks
