"""The schedules: each mailing's day once arXiv has had time to index it, each week when it is over, and the checks that no
day's run holds.
"""

import dagster as dg

from digest_assets.automation.jobs import daily_digest, standing_checks, weekly_digest
from digest_assets.automation.runs import get_day_states
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import format_partition_key

# A mailing dated D goes out at 20:00 US Eastern of the evening before; its announcement feed follows at midnight and
# the API's index within hours. The sensor `new_mailing` starts the day when both are there; this makes sure of it.
MAILING_CRON = "30 3 * * 1-5"


@dg.schedule(
    job=daily_digest,
    cron_schedule=MAILING_CRON,
    execution_timezone="America/New_York",
    description="Monday to Friday at 03:30 US Eastern: the mailing of the date, unless a sensor has started it.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def weekday_mailing(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Request the day, unless something else already has."""
    day = context.scheduled_execution_time.date()
    if not settings.calendar.is_mailing(day):
        return dg.SkipReason(f"{day} has no arXiv mailing; its Hugging Face page is read when the day is over")
    match get_day_states(context.instance, [day])[day]:
        case "made":
            return dg.SkipReason(f"{day} is made already")
        case "in_progress":
            return dg.SkipReason(f"{day} is in progress already")
        case _:
            return dg.RunRequest(run_key=str(day), partition_key=format_partition_key(day))


# The Sunday's Hugging Face page is made by 13:00 UTC of the Monday, as a day without a mailing.
weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_digest,
    name="weekly_schedule",
    description="Mondays at 14:00 UTC: the week that is over.",
    hour_of_day=14,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

standing_checks_schedule = dg.ScheduleDefinition(
    name="standing_checks_schedule",
    job=standing_checks,
    cron_schedule="15 */6 * * *",
    execution_timezone="UTC",
    description="Four times a day: whether a day was left missing or failed, and whether the engine has its key.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
