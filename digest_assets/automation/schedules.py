"""The schedules: each mailing's day once arXiv has had time to index it, and a look at what no day's run sees."""

from datetime import timedelta

import dagster as dg

from digest_assets.automation.jobs import daily_digest, standing_checks
from digest_assets.automation.runs import states
from digest_assets.config import Settings

# A mailing dated D goes out at 20:00 US Eastern of the evening before, Sunday to Thursday; the API's index
# follows it within about an hour.
MAILING_CRON = "30 21 * * 0-4"


@dg.schedule(
    job=daily_digest,
    cron_schedule=MAILING_CRON,
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
        return dg.SkipReason(f"{day} has no arXiv mailing; its Hugging Face page is read when the day is over")
    state = states(context.instance, [day])[day]
    if state in ("made", "under way"):
        return dg.SkipReason(f"{day} is {state} already")
    return dg.RunRequest(run_key=str(day), partition_key=str(day))


look_after = dg.ScheduleDefinition(
    name="look_after",
    job=standing_checks,
    cron_schedule="15 */6 * * *",
    execution_timezone="UTC",
    description="Four times a day: whether a day was left missing or failed, and whether the engine has its key.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
