"""What Dagster's daemon looks after by itself: missed days, papers to try again, what a failed source leaves.

Each sensor gathers facts, asks a pure function of `attempts.py`, and turns the answer into run requests. A run key
names the sensor, the day and the attempt, so that the same attempt never runs twice.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from digest_assets.automation import alerts
from digest_assets.automation.jobs import AFTER_SOURCES, daily_digest
from digest_assets.automation.retry_plan import HOUR, RetryCandidate, RetryPlan, find_missed_days, plan_retries
from digest_assets.automation.runs import (
    ATTEMPT_TAG,
    PARTITION_TAG,
    describe_failure,
    get_day_states,
    get_newest_run_id,
    is_backfill_starting,
    is_retried_by_dagster,
    list_run_ends,
    was_canceled,
)
from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.settings import Settings
from digest_assets.llm.client import explain_missing_key
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import open_warehouse

LOOK_BACK_DAYS = 14
MISSED_WAITS = (timedelta(0), HOUR, 6 * HOUR, 24 * HOUR)
RETRY_DAYS = 7  # what arXiv has not made readable by then, it rarely does
RETRY_WAITS = (HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR)
GRACE_PERIOD = timedelta(
    hours=12
)  # after a mailing is out: the schedule, the index's lag and the run have had their time


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Asks for days of the last {LOOK_BACK_DAYS} that are missing or failed, weekends too, as soon as they are due: "
        f"at most {len(MISSED_WAITS)} attempts a day. Older gaps are for a backfill; days that were never begun, before "
        "the first day that is made, are left alone, and so is a day whose run somebody cancelled."
    ),
)
def missed_days(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look back for days that should be there and are not."""
    if is_backfill_starting(context.instance):
        return dg.SensorResult(skip_reason="a backfill is just being started: looking again afterwards")
    now = datetime.now(UTC)
    due = compute_due_times(settings.calendar, now)
    known = get_day_states(context.instance, list(due))
    ends = {
        day: max(list_run_ends(context.instance, day), default=None) for day, state in known.items() if state != "made"
    }
    candidates = [
        RetryCandidate(day, f"is {known[day]}", list_run_ends(context.instance, day, "missed_days"), since)
        for day, since in find_missed_days(known, due, ends, now).items()
        if not was_canceled(context.instance, day)
    ]
    nothing = f"no day of the last {LOOK_BACK_DAYS} is missing or failed"
    return build_sensor_result(context, plan_retries(candidates, now, MISSED_WAITS, nothing))


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=900,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Asks again for days of the last {RETRY_DAYS} with papers that could not be read or summarised though "
        f"another try may help: at most {len(RETRY_WAITS)} attempts a day, further and further apart. What is done "
        "is not done or paid again."
    ),
)
def papers_to_retry(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look for papers whose failure may pass."""
    assert context.repository_def is not None
    graph = context.repository_def.asset_graph
    now = datetime.now(UTC)
    unread, unsummarised = count_papers_to_retry(settings, now.date())
    if explain_missing_key(settings):
        unsummarised = {}  # another try without a key would fail as this one did
    known = get_day_states(context.instance, sorted({*unread, *unsummarised}))
    candidates = []
    for day, state in known.items():
        ends = list_run_ends(context.instance, day)
        if state != "in_progress" and ends:
            why = f"has {unread.get(day, 0)} texts and {unsummarised.get(day, 0)} summaries to try again"
            candidates.append(
                RetryCandidate(day, why, list_run_ends(context.instance, day, "papers_to_try_again"), ends[-1])
            )
    planned = plan_retries(
        candidates, now, RETRY_WAITS, f"no paper of the last {RETRY_DAYS} days waits for another try"
    )

    def selection(day: date) -> Sequence[dg.AssetKey]:
        first = PAPER_TEXTS.name if day in unread else PAPER_SUMMARIES.name
        everything = dg.AssetSelection.assets(first).downstream() - dg.AssetSelection.groups("site")
        return sorted(everything.resolve(graph))

    return build_sensor_result(context, planned, selection)


@dg.run_failure_sensor(
    request_job=daily_digest,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "When a day failed because of its sources alone, asks for the rest of that day, so that the reports of the "
        "other sources are made. The failed source is asked again by `missed_days`."
    ),
)
def continue_after_source_failure(context: dg.RunFailureSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Make what does not need the failed sources."""
    assert context.repository_def is not None
    graph = context.repository_def.asset_graph
    run = context.dagster_run
    sources = dg.AssetSelection.groups("sources").resolve(graph)
    rest = AFTER_SOURCES.resolve(graph) & (run.asset_selection or graph.get_all_asset_keys())
    failed = {event.step_key or "" for event in context.get_step_failure_events()}
    if not failed or not failed <= {key.to_python_identifier() for key in sources}:
        return dg.SkipReason(f"run {run.run_id[:8]}: not a failure of sources alone")
    if PARTITION_TAG not in run.tags or not rest:
        return dg.SkipReason(f"run {run.run_id[:8]}: was not to make the rest of one day")
    if get_newest_run_id(context.instance, run.tags[PARTITION_TAG]) != run.run_id:
        return dg.SkipReason(f"run {run.run_id[:8]}: the day was run again since")
    return dg.RunRequest(
        run_key=f"rest_of_day {run.run_id}",
        partition_key=run.tags[PARTITION_TAG],
        asset_selection=sorted(rest),
        tags={ATTEMPT_TAG: "rest_of_day 1", "digest/without": ", ".join(sorted(failed))},
    )


@dg.run_failure_sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Tells the address in {alerts.WEBHOOK_VARIABLE} (Slack, Mattermost or any webhook that takes JSON with a `text`) of "
        "every failed run that Dagster does not run again by itself. Does nothing where the variable is not set."
    ),
)
def run_failure_alert(context: dg.RunFailureSensorContext) -> dg.SkipReason:
    """Tell people; whatever happens to the message, the tick goes on."""
    run = context.dagster_run
    if is_retried_by_dagster(context.instance, run):
        return dg.SkipReason(f"run {run.run_id[:8]} crashed and is run again")
    reasons = {event.step_key or "run": describe_failure(event) for event in context.get_step_failure_events()}
    text = alerts.format_failure(
        job=run.job_name,
        day=run.tags.get(PARTITION_TAG),
        run_id=run.run_id,
        reasons=reasons or {"run": context.failure_event.message or "no reason given"},
    )
    return dg.SkipReason(alerts.send_alert(text))


def compute_due_times(calendar: MailingCalendar, now: datetime) -> dict[date, datetime]:
    """The days of the look-back, and when each should have been made.

    A mailing's day is due some hours after the mailing is out; a day without one when it is over, and the
    Hugging Face page with it.
    """
    days = [now.date() - timedelta(days=back) for back in range(LOOK_BACK_DAYS, -1, -1)]
    return {
        day: (
            calendar.get_release_time(day)
            if calendar.is_mailing(day)
            else calendar.get_release_time(day + timedelta(days=1))
        )
        + GRACE_PERIOD
        for day in days
    }


def count_papers_to_retry(settings: Settings, today: date) -> tuple[dict[date, int], dict[date, int]]:
    """By day: texts that another try may make better, and summaries whose call failed."""
    warehouse = open_warehouse(settings)
    first = today - timedelta(days=RETRY_DAYS)
    none = pl.DataFrame(schema={"day": pl.Date, "papers": pl.Int32})
    texts = warehouse.query(
        "SELECT day, count(*)::INT AS papers FROM paper_texts WHERE can_retry AND day >= ? GROUP BY day",
        [first],
        missing=none,
    )
    summaries = warehouse.query(
        # Where the budget was spent, another try would end in the same way.
        "SELECT day, count(*)::INT AS papers FROM paper_summaries "
        "WHERE failed AND coalesce(note, '') NOT LIKE '%budget of $%' AND day >= ? GROUP BY day",
        [first],
        missing=none,
    )
    return dict(texts.iter_rows()), dict(summaries.iter_rows())


def build_sensor_result(
    context: dg.SensorEvaluationContext,
    planned: RetryPlan,
    selection: Callable[[date], Sequence[dg.AssetKey] | None] = lambda _: None,
) -> dg.SensorResult:
    """A plan as Dagster takes it: a run request for each due day, or the message that says why there is none."""
    if not planned.requests:
        return dg.SensorResult(skip_reason=planned.message)
    sensor = context.sensor_name
    context.log.info(planned.message)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{sensor} {request.day} {request.attempt}",
                partition_key=str(request.day),
                asset_selection=selection(request.day),
                tags={ATTEMPT_TAG: f"{sensor} {request.attempt}"},
            )
            for request in planned.requests
        ]
    )


publish_new_reports = dg.AutomationConditionSensorDefinition(
    "publishing",
    target=dg.AssetSelection.groups("site"),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=60,
    description="Brings the site and the feeds up to date when a day's reports were made, and delivers the newest.",
)
