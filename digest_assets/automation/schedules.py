"""The schedules: each mailing's day once arXiv has had time to index it, and the Hugging Face page as it fills."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from digest_assets.automation.jobs import daily_digest
from digest_assets.automation.runs import states
from digest_assets.config import Settings
from digest_assets.sources.tables import HF_DAILY_PAPERS

# A mailing dated D goes out at 20:00 US Eastern of the evening before, Sunday to Thursday; the API's index
# follows it within about an hour.
MAILING_CRON = "30 21 * * 0-4"

# The page of D fills while it is D in UTC; at three o'clock it is yesterday's that has settled.
PAGE_CRON = "0 3,10,16,22 * * *"


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


@dg.schedule(
    job=daily_digest,
    cron_schedule=PAGE_CRON,
    execution_timezone="UTC",
    description=(
        "Three times a day, and once more when the day is over: the day's Hugging Face page and what follows from it. "
        "Only papers that are new to the page cost anything. Days that are not made yet are left to the others."
    ),
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def hugging_face_page(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Request the page's assets again, where the day stands."""
    if not settings.config.sources.huggingface.enabled:
        return dg.SkipReason("sources.huggingface.enabled is false")
    assert context.repository_def is not None
    tick = context.scheduled_execution_time.astimezone(UTC)
    day = page_of(tick)
    state = states(context.instance, [day])[day]
    if state != "made":
        return dg.SkipReason(f"{day} is {state}: its page is read when the day is made")
    page = dg.AssetSelection.assets(HF_DAILY_PAPERS.name).downstream() - dg.AssetSelection.groups("site")
    return dg.RunRequest(
        run_key=f"page {tick:%Y-%m-%d %H}",
        partition_key=str(day),
        asset_selection=sorted(page.resolve(context.repository_def.asset_graph)),
    )


def page_of(tick: datetime) -> date:
    """Which day's page a tick looks at: in the small hours yesterday's, which has settled."""
    return (tick - timedelta(hours=6)).date()
