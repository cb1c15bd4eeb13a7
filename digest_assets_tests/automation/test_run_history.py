"""Forgetting old runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from digest_assets.automation.run_history import find_superfluous_runs, forget_superfluous_runs, prune_runs
from digest_assets.automation.runs import get_day_states
from digest_assets.config.settings import Settings
from digest_assets_tests.automation.small_graph import days_ago, run_day

LATER = datetime.now(UTC) + timedelta(days=1)
DAY = days_ago(3)


def test_runs_that_nothing_rests_on_are_forgotten_and_the_day_stays_made(
    defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
) -> None:
    trouble.write_text("papers")
    failed = run_day(defs, instance, DAY)
    trouble.unlink()
    first = run_day(defs, instance, DAY)
    reports_again = run_day(defs, instance, DAY, asset_selection=[dg.AssetKey("reports")])
    assert find_superfluous_runs(instance, LATER) == [failed.run_id]
    second = run_day(defs, instance, DAY)
    runs = find_superfluous_runs(instance, LATER)
    assert runs == [failed.run_id, first.run_id, reports_again.run_id]
    assert forget_superfluous_runs(instance, -1) == 3
    assert [run.run_id for run in instance.get_runs()] == [second.run_id]
    assert get_day_states(instance, [DAY])[DAY] == "made"


def test_young_runs_and_runs_on_their_way_stay(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    run_day(defs, instance, DAY)
    run_day(defs, instance, DAY)
    instance.create_run_for_job(defs.resolve_job_def("daily_digest"), status=dg.DagsterRunStatus.STARTED)
    assert find_superfluous_runs(instance, datetime.now(UTC) - timedelta(days=1)) == []
    assert len(find_superfluous_runs(instance, LATER)) == 1


def test_the_job_forgets_what_is_older_than_the_settings_say(
    defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
) -> None:
    run_day(defs, instance, DAY)
    run_day(defs, instance, DAY)
    assert prune_runs.execute_in_process(instance=instance, resources={"settings": settings}).success
    assert len(instance.get_runs()) == 3  # they are young
