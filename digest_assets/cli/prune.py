"""Which of Dagster's old runs can be forgotten, for `digest prune`.

Dagster keeps every run for ever, some hundred kilobytes each. A finished run can go when nothing rests on it: one that
made the newest materialisation of any partition stays, because the UI, the sensors and the checks know by it that the
day is made.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from digest_assets.automation.runs import UNFINISHED_STATUSES

_PAGE = 500  # records a query: few queries, and a page stays a few megabytes


def find_superfluous_runs(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    """The ids of runs that ended before this time and hold nothing's newest materialisation, the oldest first."""
    needed = set(_iterate_newest(instance))
    runs = []
    for record in _iterate_runs(instance):
        ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.create_timestamp
        run = record.dagster_run
        if run.status not in UNFINISHED_STATUSES and ended.replace(tzinfo=UTC) < before and run.run_id not in needed:
            runs.append(run.run_id)
    return runs[::-1]


def _iterate_runs(instance: dg.DagsterInstance) -> Iterator[dg.RunRecord]:
    cursor = None
    while page := instance.get_run_records(limit=_PAGE, cursor=cursor):
        yield from page
        cursor = page[-1].dagster_run.run_id


def _iterate_newest(instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that made the newest materialisation of an asset or of one of its partitions."""
    for key in instance.get_asset_keys():
        seen: set[str | None] = set()
        cursor = None
        while True:
            page = instance.fetch_materializations(key, limit=_PAGE, cursor=cursor)  # the newest first
            for record in page.records:
                if record.partition_key not in seen:
                    seen.add(record.partition_key)
                    yield record.run_id
            if not page.has_more:
                break
            cursor = page.cursor
