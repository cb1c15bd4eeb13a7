"""What Dagster knows of the days: which are made, under way, failed or missing, and how often they were tried."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import dagster as dg
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionsFilter, BulkActionStatus
from dagster._core.storage.partition_status_cache import AssetPartitionStatus

from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.warehouse.registry import TABLES

DayState = Literal["made", "under way", "failed", "missing"]

UNFINISHED_STATUSES = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
PARTITION_TAG = "dagster/partition"
_PROJECT_ERROR = re.compile(
    r"^(?:digest_assets\.common\.errors\.\w+|dagster\.[\w.]+\.Failure): "
)  # its message says it all
ATTEMPT_TAG = "digest/attempt"  # on a run that a sensor asked for: whose attempt of the day it is, like `missed_days 2`


def get_day_states(instance: dg.DagsterInstance, days: Sequence[date]) -> dict[date, DayState]:
    """How each day stands: under way if any run of it is; else failed or missing if any of its tables is; else made.

    It counts whoever made the day: the schedule, a sensor, a backfill, the command line or a click.
    """
    keys = [str(day) for day in days]
    tables = [instance.get_status_by_partition(dg.AssetKey(name), keys, daily_partitions) or {} for name in TABLES]
    alive = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED_STATUSES))
    running = {run.tags[PARTITION_TAG] for run in alive if PARTITION_TAG in run.tags}
    return {
        day: "under way" if key in running else _combine_table_states([table.get(key) for table in tables])
        for day, key in zip(days, keys, strict=True)
    }


def _combine_table_states(tables: Iterable[AssetPartitionStatus | None]) -> DayState:
    found = set(tables)
    if AssetPartitionStatus.IN_PROGRESS in found:
        return "under way"
    if AssetPartitionStatus.FAILED in found:
        return "failed"
    return "missing" if None in found else "made"


def taken(instance: dg.DagsterInstance, day: date) -> bool:
    """Whether the day is made or being made, so that nobody needs to ask for it."""
    return get_day_states(instance, [day])[day] in ("made", "under way")


def list_run_ends(instance: dg.DagsterInstance, day: date, sensor_name: str | None = None) -> list[datetime]:
    """When the day's runs ended, in order; with `asker`, one time for each attempt that this sensor asked for.

    A crashed run that Dagster ran again is the same attempt.
    """
    last: dict[str, datetime] = {}
    for record in instance.get_run_records(dg.RunsFilter(tags={PARTITION_TAG: str(day)})):
        run = record.dagster_run
        attempt = run.tags.get(ATTEMPT_TAG, "")
        if sensor_name is not None and attempt.rpartition(" ")[0] != sensor_name:
            continue
        at = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.create_timestamp
        name = attempt or run.run_id
        last[name] = max(at, last.get(name, at))
    return sorted(last.values())


def was_canceled(instance: dg.DagsterInstance, day: date) -> bool:
    """Whether somebody cancelled the day's last run: then nobody asks for it again unbidden."""
    runs = instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: str(day)}), limit=1)
    return bool(runs) and runs[0].status == dg.DagsterRunStatus.CANCELED


def get_newest_run_id(instance: dg.DagsterInstance, day: str) -> str | None:
    """The id of the day's newest run."""
    runs = instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: day}), limit=1)
    return runs[0].run_id if runs else None


def is_retried_by_dagster(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether Dagster itself runs a failed run again.

    It means to where the run crashed, and then does not where the run's backfill is over, as one of the command line is
    as soon as its runs are queued.
    """
    if run.tags.get("dagster/will_retry") != "true":
        return False
    if "dagster/backfill" not in run.tags:
        return True
    backfill = instance.get_backfill(run.tags["dagster/backfill"])
    return backfill is not None and backfill.status not in BULK_ACTION_TERMINAL_STATUSES


def is_backfill_starting(instance: dg.DagsterInstance) -> bool:
    """Whether a backfill was asked for a moment ago, so that its runs may not be in the queue yet."""
    recent = BulkActionsFilter(
        statuses=[BulkActionStatus.REQUESTED], created_after=datetime.now(UTC) - timedelta(minutes=3)
    )
    return bool(instance.get_backfills(filters=recent, limit=1))


def describe_failure(event: dg.DagsterEvent) -> str:
    """Why a step failed, in one line: the error that was written for a person, else the innermost; no stack."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and not _PROJECT_ERROR.match(error.message):
        error = error.cause
    lines = (error.message if error else event.message or "no reason given").strip().splitlines()
    return _PROJECT_ERROR.sub("", lines[0]) if lines else "no reason given"
