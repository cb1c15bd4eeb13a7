"""Forgetting old runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from digest_assets.automation.runs import get_day_states
from digest_assets.cli.prune import find_superfluous_runs
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
    for run_id in runs:
        instance.delete_run(run_id)
    assert [run.run_id for run in instance.get_runs()] == [second.run_id]
    assert get_day_states(instance, [DAY])[DAY] == "made"


def test_young_runs_and_runs_on_their_way_stay(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    run_day(defs, instance, DAY)
    run_day(defs, instance, DAY)
    instance.create_run_for_job(defs.resolve_job_def("daily_digest"), status=dg.DagsterRunStatus.STARTED)
    assert find_superfluous_runs(instance, datetime.now(UTC) - timedelta(days=1)) == []
    assert len(find_superfluous_runs(instance, LATER)) == 1
