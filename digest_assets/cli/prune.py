"""Forget old runs: `python -m digest_assets.cli.prune [--older-than DAYS] [--dry-run]`.

Dagster keeps every run for ever, some hundred kilobytes each. What is forgotten here are finished runs that nothing
rests on: one that made the newest materialisation of any partition stays, because the UI, the sensors and the checks
know by it that the day is made. Tables and reports are not touched.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from rich.console import Console

from digest_assets.automation.runs import UNFINISHED_STATUSES

_AT_ONCE = 500


def superfluous(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    """The ids of runs that ended before this time and hold nothing's newest materialisation, the oldest first."""
    needed = set(_newest(instance))
    found = []
    for record in _records(instance):
        ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.create_timestamp
        run = record.dagster_run
        if run.status not in UNFINISHED_STATUSES and ended.replace(tzinfo=UTC) < before and run.run_id not in needed:
            found.append(run.run_id)
    return found[::-1]


def _records(instance: dg.DagsterInstance) -> Iterator[dg.RunRecord]:
    cursor = None
    while page := instance.get_run_records(limit=_AT_ONCE, cursor=cursor):
        yield from page
        cursor = page[-1].dagster_run.run_id


def _newest(instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that made the newest materialisation of an asset or of one of its partitions."""
    for key in instance.get_asset_keys():
        seen: set[str | None] = set()
        cursor = None
        while True:
            page = instance.fetch_materializations(key, limit=_AT_ONCE, cursor=cursor)  # the newest first
            for record in page.records:
                if record.partition_key not in seen:
                    seen.add(record.partition_key)
                    yield record.run_id
            if not page.has_more:
                break
            cursor = page.cursor


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m digest_assets.cli.prune", description=__doc__)
    parser.add_argument("--older-than", type=int, default=90, metavar="DAYS", help="since the run's end (default 90)")
    parser.add_argument("--dry-run", action="store_true", help="only say how many runs would be forgotten")
    given = parser.parse_args(arguments)
    out = Console(highlight=False)
    with dg.DagsterInstance.get() as instance:
        runs = superfluous(instance, datetime.now(UTC) - timedelta(days=given.older_than))
        for run_id in () if given.dry_run else runs:
            instance.delete_run(run_id)
    out.print(f"{len(runs)} runs {'would be' if given.dry_run else 'were'} forgotten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
