"""What is known of a day's runs."""

from datetime import date

import dagster as dg

ALIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def taken(instance: dg.DagsterInstance, day: date) -> bool:
    """Whether a run of the daily job for this day is under way or has succeeded."""
    runs = instance.get_runs(
        dg.RunsFilter(
            job_name="daily_digest",
            tags={"dagster/partition": str(day)},
            statuses=[*ALIVE, dg.DagsterRunStatus.SUCCESS],
        ),
        limit=1,
    )
    return bool(runs)
