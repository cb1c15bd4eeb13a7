"""The weekday schedule: each mailing's day, once arXiv has had time to announce and index it."""

from datetime import timedelta

import dagster as dg

from digest_assets.automation.jobs import daily_digest
from digest_assets.automation.runs import taken
from digest_assets.config import Settings

# A mailing dated D goes out at 20:00 US Eastern of the evening before, Sunday to Thursday; the API's index
# follows it within about an hour.
CRON = "30 21 * * 0-4"


@dg.schedule(
    job=daily_digest,
    cron_schedule=CRON,
    execution_timezone="America/New_York",
    description="Sunday to Thursday at 21:30 US Eastern: the mailing that is dated the next day.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def weekday_mailing(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Request the day, unless something else already has."""
    day = context.scheduled_execution_time.date() + timedelta(days=1)
    if not settings.calendar.is_mailing(day):
        return dg.SkipReason(f"{day} has no arXiv mailing")
    if taken(context.instance, day):
        return dg.SkipReason(f"{day} is already made or being made")
    return dg.RunRequest(run_key=str(day), partition_key=str(day))
