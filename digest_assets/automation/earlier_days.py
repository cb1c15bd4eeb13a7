"""The sensor of days whose earlier days changed after they were made: what is measured against these is made again."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from digest_assets.archive.earlier_days import load_stale_days
from digest_assets.automation.jobs import EARLIER_DAYS_CONFIG, daily_digest, select_downstream
from digest_assets.automation.retry_plan import MAX_REQUESTS_PER_TICK, RetryCandidate, plan_retries
from digest_assets.automation.runs import (
    find_days_in_progress,
    find_permanent_failure,
    get_day_states,
    is_backfill_starting,
    list_run_ends,
    was_canceled,
)
from digest_assets.automation.sensors import MISSED_WAITS, build_sensor_result
from digest_assets.common import clock
from digest_assets.config.settings import Settings
from digest_assets.warehouse import open_warehouse

_CAUSE_CHARACTERS = 12  # of a hash: enough that no day ever meets the same twice


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "When a day was made or changed after days that follow it, makes again what these measure against the days before "
        f"(`earlier_days` with what follows), {MAX_REQUESTS_PER_TICK} days at a time, once no day is being made: then a "
        "backfill in any order ends as one day after the other would. Nothing is downloaded and no model is asked."
    ),
)
def earlier_days_changed(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Look for days that were measured against others than the days before them."""
    instance, now = context.instance, clock.get_utc_now()
    if is_backfill_starting(instance) or find_days_in_progress(instance):
        return dg.SensorResult(skip_reason="days are being made: looking again afterwards")
    stale = {one.day: one for one in load_stale_days(open_warehouse(settings))}
    candidates = []
    for day, state in get_day_states(instance, sorted(stale)).items():
        if state in ("made", "failed") and not was_canceled(instance, day):
            cause = stale[day].earlier_hash[:_CAUSE_CHARACTERS]  # when the days before change once more, it is another
            attempt_ends = list_run_ends(instance, day, f"{context.sensor_name} {cause}")
            reason = "was measured against other days before it than there are now"
            ends = list_run_ends(instance, day) or [now]  # of an old day no run is known any more
            permanent = find_permanent_failure(instance, day) if state == "failed" else None
            candidates.append(RetryCandidate(day, reason, attempt_ends, ends[-1], permanent, cause))

    def select(_: date) -> Sequence[dg.AssetKey]:
        return select_downstream("earlier_days", context.repository_def)

    plan = plan_retries(candidates, now, MISSED_WAITS, "every day was measured against those before it")
    return build_sensor_result(context, plan, select, EARLIER_DAYS_CONFIG)
