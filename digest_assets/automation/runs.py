"""What Dagster's instance says of days and runs: states, attempts, why a step failed. It asks for no run.

Nothing here imports Dagster's private modules: statuses that have no public class are compared by their names, which
are those of its GraphQL API.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import dagster as dg

from digest_assets.orchestration.failures import CAN_RETRY
from digest_assets.orchestration.partitions import PARTITION_TAG, daily_partitions, format_partition_key
from digest_assets.tables import DAY_TABLES

DayState = Literal["made", "in_progress", "failed", "missing"]

UNFINISHED_STATUSES = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
ATTEMPT_TAG = "digest/attempt"  # on a run that a sensor asked for: whose attempt of the day it is, like `missed_days 2`
REASON_TAG = "digest/why"  # on a run that a sensor asked for: what it saw
MAX_REASON_CHARACTERS = 400  # of a tag, which the list of runs shows on a line
_UNFINISHED_BACKFILL = ("REQUESTED", "CANCELING", "FAILING")
# From the request of a backfill until its runs are queued: seconds, for a year of days under half a minute.
_BACKFILL_START_TIME = timedelta(minutes=3)
_RECENT_BACKFILLS = 10  # a person asks for one, seldom two, within that time
# An error whose message says it all.
_PROJECT_ERROR = re.compile(r"^(?:digest_assets\.common\.errors\.\w+|dagster\.[\w.]+\.Failure): ")


def get_day_states(instance: dg.DagsterInstance, days: Sequence[date]) -> dict[date, DayState]:
    """How each day stands: in progress if any run of it is; else failed or missing if any of its tables is; else made.

    It counts whoever made the day: the schedule, a sensor, a backfill, the command line or a click.
    """
    keys = [format_partition_key(day) for day in days]
    tables = [instance.get_status_by_partition(dg.AssetKey(name), keys, daily_partitions) or {} for name in DAY_TABLES]
    running = find_days_in_progress(instance)
    return {
        day: "in_progress" if key in running else _combine_table_states([table.get(key) for table in tables])
        for day, key in zip(days, keys, strict=True)
    }


def find_days_in_progress(instance: dg.DagsterInstance) -> set[str]:
    """The partitions that a run is in progress for, or queued."""
    unfinished = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED_STATUSES))
    return {run.tags[PARTITION_TAG] for run in unfinished if PARTITION_TAG in run.tags}


def _combine_table_states(tables: Iterable[dg.AssetPartitionStatus | None]) -> DayState:
    statuses = set(tables)
    if dg.AssetPartitionStatus.IN_PROGRESS in statuses:
        return "in_progress"
    if dg.AssetPartitionStatus.FAILED in statuses:
        return "failed"
    return "missing" if None in statuses else "made"


def list_run_ends(instance: dg.DagsterInstance, day: date, sensor_name: str | None = None) -> list[datetime]:
    """When the day's runs ended, in order; with `sensor_name`, one time for each attempt that this sensor asked for.

    A crashed run that Dagster ran again is the same attempt.
    """
    ends: dict[str, datetime] = {}
    for record in instance.get_run_records(dg.RunsFilter(tags={PARTITION_TAG: format_partition_key(day)})):
        run = record.dagster_run
        attempt = run.tags.get(ATTEMPT_TAG, "")
        if sensor_name is not None and attempt.rpartition(" ")[0] != sensor_name:
            continue
        end = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.create_timestamp
        name = attempt or run.run_id
        ends[name] = max(end, ends.get(name, end))
    return sorted(ends.values())


def was_canceled(instance: dg.DagsterInstance, day: date) -> bool:
    """Whether somebody canceled the day's last run: then nobody asks for it again unbidden."""
    runs = instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: format_partition_key(day)}), limit=1)
    return bool(runs) and runs[0].status == dg.DagsterRunStatus.CANCELED


def find_permanent_failure(instance: dg.DagsterInstance, day: date) -> str | None:
    """Why the day's newest failed run failed, if a rerun cannot clear it; None if it may."""
    failed = dg.RunsFilter(tags={PARTITION_TAG: format_partition_key(day)}, statuses=[dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(failed, limit=1):
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            event = entry.dagster_event
            failure = event.step_failure_data.user_failure_data if event else None
            can_retry = failure.metadata.get(CAN_RETRY) if failure else None
            if event and can_retry is not None and not can_retry.value:
                return f"{event.step_key}: {describe_failure(event)}"
    return None


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
    return backfill is not None and backfill.status.value in _UNFINISHED_BACKFILL


def is_backfill_starting(instance: dg.DagsterInstance) -> bool:
    """Whether a backfill was asked for a moment ago, so that its runs may not be in the queue yet."""
    since = (datetime.now(UTC) - _BACKFILL_START_TIME).timestamp()
    return any(
        backfill.status.value == "REQUESTED" and backfill.backfill_timestamp > since
        for backfill in instance.get_backfills(limit=_RECENT_BACKFILLS)
    )


def describe_failure(event: dg.DagsterEvent) -> str:
    """Why a step failed, in one line: the error that was written for a person, else the innermost; no stack."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and not _PROJECT_ERROR.match(error.message):
        error = error.cause
    lines = (error.message if error else event.message or "no reason given").strip().splitlines()
    return _PROJECT_ERROR.sub("", lines[0]) if lines else "no reason given"
