"""The sensors that repair and report: missed days, papers to retry, the rest of a day whose source failed, alerts, and
the automation of the site. Those that wait for the sources are in `new_mailing.py`.

Each gathers facts, asks a pure function of `retry_plan.py`, and turns the answer into run requests. A run key names the
sensor, the day and the attempt, so that the same attempt never runs twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import dagster as dg

from digest_assets.automation import alerts
from digest_assets.automation.jobs import AFTER_SOURCES, NOT_OF_A_DAY, daily_digest, select_downstream
from digest_assets.automation.retry_plan import HOUR, RetryCandidate, RetryPlan, find_missed_days, plan_retries
from digest_assets.automation.runs import (
    ATTEMPT_TAG,
    MAX_REASON_CHARACTERS,
    REASON_TAG,
    describe_failure,
    find_permanent_failure,
    get_day_states,
    get_newest_run_id,
    is_backfill_starting,
    is_retried_by_dagster,
    list_run_ends,
    was_canceled,
)
from digest_assets.common import clock
from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.settings import Settings
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.orchestration.partitions import PARTITION_TAG, format_partition_key
from digest_assets.sources.completeness import find_unfinished_days
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import open_warehouse

LOOK_BACK_DAYS = 14  # a holiday of two weeks with the machine off; older gaps are for a backfill
# A cause that passes within minutes, an outage of an hour, of a night, of a day. A missing day is due at once; a paper
# was just tried by the day's run, so that its first wait is an hour, and fewer hours at a time matter.
MISSED_WAITS = (timedelta(0), HOUR, 6 * HOUR, 24 * HOUR)
RETRY_WAITS = (HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR)
RETRY_DAYS = 7  # what arXiv has not made readable by then, it rarely does
NONE_FAILED = "While no run fails, its ticks have Dagster's own words: “Sensor function returned an empty result”."
GRACE_PERIOD = timedelta(hours=12)  # after a mailing is out: time for the schedule, the index's lag and the run


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Asks for days of the last {LOOK_BACK_DAYS} that are missing or failed, weekends too, as soon as they are due: "
        f"at most {len(MISSED_WAITS)} attempts a day. Older gaps are for a backfill; days that were never begun, before "
        "the first day that is made, are left alone, and so is a day whose run somebody canceled, or failed for what no "
        "rerun can clear."
    ),
)
def missed_days(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look back for days that should be there and are not."""
    if is_backfill_starting(context.instance):
        return dg.SensorResult(skip_reason="a backfill is just being started: looking again afterwards")
    now = clock.get_utc_now()
    instance = context.instance
    due_times = compute_due_times(settings.calendar, now)
    states = get_day_states(instance, list(due_times))
    last_ends = {
        day: max(list_run_ends(instance, day), default=None) for day, state in states.items() if state != "made"
    }
    candidates = [
        RetryCandidate(
            day,
            f"is {states[day]}",
            list_run_ends(instance, day, context.sensor_name),
            since,
            find_permanent_failure(instance, day) if states[day] == "failed" else None,
        )
        for day, since in find_missed_days(states, due_times, last_ends, now).items()
        if not was_canceled(instance, day)
    ]
    message_if_none = f"no day of the last {LOOK_BACK_DAYS} is missing or failed"
    return build_sensor_result(context, plan_retries(candidates, now, MISSED_WAITS, message_if_none))


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
    instance = context.instance
    now = clock.get_utc_now()
    texts, summaries = count_papers_to_retry(settings, now.date())
    if explain_unready_models(settings):
        summaries = {}  # another try without a key would fail as this one did
    candidates = []
    for day, state in get_day_states(instance, sorted({*texts, *summaries})).items():
        ends = list_run_ends(instance, day)
        if state != "in_progress" and ends:
            papers = f"has {texts.get(day, 0)} texts and {summaries.get(day, 0)} summaries to try again"
            attempt_ends = list_run_ends(instance, day, context.sensor_name)
            candidates.append(RetryCandidate(day, papers, attempt_ends, ends[-1]))
    message_if_none = f"no paper of the last {RETRY_DAYS} days waits for another try"
    plan = plan_retries(candidates, now, RETRY_WAITS, message_if_none)

    def select(day: date) -> Sequence[dg.AssetKey]:
        first = PAPER_TEXTS if day in texts else PAPER_SUMMARIES
        return select_downstream(first.name, context.repository_def)

    return build_sensor_result(context, plan, select)


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=900,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Makes mailings of the last {LOOK_BACK_DAYS} days again that were listed while a source was down, wrong or behind: "
        f"at most {len(RETRY_WAITS)} attempts a day. The newest mailing is for `new_mailing`. Only papers that are new cost "
        "anything."
    ),
)
def unfinished_days(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look for days that their sources can complete."""
    instance, now = context.instance, clock.get_utc_now()
    latest = settings.calendar.get_latest(now)
    days = [latest - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
    reasons = find_unfinished_days(days, settings)
    candidates = []
    for day, state in get_day_states(instance, sorted(reasons)).items():
        ends = list_run_ends(instance, day)
        if state == "made" and ends and not was_canceled(instance, day):
            attempt_ends = list_run_ends(instance, day, context.sensor_name)
            candidates.append(RetryCandidate(day, reasons[day], attempt_ends, ends[-1]))
    message_if_none = f"no mailing of the last {LOOK_BACK_DAYS} days, before {latest}, waits for a source"
    return build_sensor_result(context, plan_retries(candidates, now, RETRY_WAITS, message_if_none))


@dg.run_failure_sensor(
    request_job=daily_digest,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "When a day failed because of its sources alone, asks for the rest of that day, so that the reports of the "
        f"other sources are made. The failed source is asked again by `missed_days`. {NONE_FAILED}"
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
        run_key=f"continue_after_source_failure {run.run_id}",
        partition_key=run.tags[PARTITION_TAG],
        asset_selection=sorted(rest),
        tags={ATTEMPT_TAG: "continue_after_source_failure 1", "digest/without": ", ".join(sorted(failed))},
    )


@dg.run_failure_sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        f"Tells the address in {alerts.WEBHOOK_VARIABLE} (Slack, Mattermost or any webhook that takes JSON with a `text`) of "
        f"every failed run that Dagster does not run again by itself. Does nothing where the variable is not set. {NONE_FAILED}"
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
    """Compute when each day of the look-back should have been made.

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
    """Count, by day, the texts and the summaries whose failure another try may clear."""
    warehouse = open_warehouse(settings)
    days = [today - timedelta(days=back) for back in range(RETRY_DAYS + 1)]
    texts = warehouse.query(  # not read whole: a day's texts are tens of megabytes
        "SELECT day, count(*)::INT AS papers FROM paper_texts WHERE can_retry AND day >= ? GROUP BY day",
        [days[-1]],
        tables=[PAPER_TEXTS],
    )
    summaries = warehouse.query(
        "SELECT day, count(*)::INT AS papers FROM paper_summaries WHERE can_retry AND day >= ? GROUP BY day",
        [days[-1]],
        tables=[PAPER_SUMMARIES],
    )
    return dict(texts.iter_rows()), dict(summaries.iter_rows())


def build_sensor_result(
    context: dg.SensorEvaluationContext,
    plan: RetryPlan,
    select: Callable[[date], Sequence[dg.AssetKey] | None] = lambda _: None,
    run_config: Mapping[str, Any] | None = None,
) -> dg.SensorResult:
    """Build what Dagster takes of a plan: a run request for each due day, or the message that says why there is none."""
    if not plan.requests:
        return dg.SensorResult(skip_reason=plan.message)
    sensor = context.sensor_name
    context.log.info(plan.message)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{sensor} {request.day} {request.attempt}",
                partition_key=format_partition_key(request.day),
                asset_selection=select(request.day),
                run_config=run_config,
                tags={
                    ATTEMPT_TAG: f"{sensor} {request.attempt}",
                    REASON_TAG: request.reason[:MAX_REASON_CHARACTERS],
                },
            )
            for request in plan.requests
        ]
    )


publish_new_reports = dg.AutomationConditionSensorDefinition(
    "publish_new_reports",
    target=NOT_OF_A_DAY,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=60,
    description="Brings the site and the feeds up to date when a day's reports were made, and delivers the newest; makes a "
    "week again that was made, when its days, or those that it is compared with, changed.",
)


library_changes = dg.AutomationConditionSensorDefinition(
    "library_changes",
    target=dg.AssetSelection.assets("library", "marks"),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=600,
    description="Four times a day: looks whether the readers' libraries or marks changed, so that days scored with the earlier "
    "ones show as stale.",
)
