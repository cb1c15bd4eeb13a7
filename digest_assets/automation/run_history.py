"""Dagster's old runs: which can be forgotten, and the job that forgets them every night.

Dagster keeps every run for ever, some hundred kilobytes each. A finished run can go when nothing rests on it: one that
made the newest materialisation of any partition stays, because the UI, the sensors and the checks know by it that the
day is made.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from digest_assets.automation.runs import UNFINISHED_STATUSES
from digest_assets.common import clock
from digest_assets.config.settings import Settings
from digest_assets.texts.expiry import expire_texts

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


def forget_superfluous_runs(instance: dg.DagsterInstance, days: int) -> int:
    """Forget the superfluous runs that ended more than so many days ago; returns how many."""
    runs = find_superfluous_runs(instance, datetime.now(UTC) - timedelta(days=days))
    for run_id in runs:
        instance.delete_run(run_id)
    return len(runs)


@dg.op
def forget_old_runs(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Forget the runs, and let go the texts, that are older than the settings say."""
    days = settings.config.run_history_days
    texts = expire_texts(settings, clock.get_utc_now().date())
    context.log.info("%s papers' texts were let go (`texts.keep_days`)", texts)
    context.log.info(
        "%s runs of more than %s days ago were forgotten", forget_superfluous_runs(context.instance, days), days
    )


@dg.job(
    executor_def=dg.in_process_executor,
    description="Forgets Dagster's old runs on which nothing rests, and lets go old texts where `texts.keep_days` is set, as "
    "`digest prune` does; all other tables and the reports stay.",
)
def prune_runs() -> None:
    """Forget old runs."""
    forget_old_runs()


prune_runs_schedule = dg.ScheduleDefinition(
    name="prune_runs_schedule",
    job=prune_runs,
    cron_schedule="45 14 * * *",  # between the mailings of two days
    execution_timezone="UTC",
    description="Once a day: runs of more than `run_history_days` ago are forgotten, unless they made what is newest.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
