"""Runs whose process is gone."""

import os
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from digest_assets.automation.orphaned_runs import is_process_alive, orphaned_runs, report_orphaned_runs


@pytest.fixture
def instance(stored_instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """Only where Dagster's storage is in files are the processes on this machine."""
    return stored_instance


def under_way(defs: dg.Definitions, instance: dg.DagsterInstance, process: int | None) -> dg.DagsterRun:
    """A run that counts as started, whose events name this process."""
    job = defs.resolve_job_def("daily_digest")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    if process is not None:
        data = EngineEventData({"pid": dg.MetadataValue.text(str(process))})
        instance.report_engine_event("Started process for run", run, data)
    return run


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_a_run_whose_process_is_gone_is_reported_as_failed(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    gone = under_way(defs, instance, dead_process())
    assert report_orphaned_runs(instance) == [gone.run_id]
    assert status(instance, gone) == dg.DagsterRunStatus.FAILURE
    assert report_orphaned_runs(instance) == []


def test_a_run_whose_process_lives_or_is_not_known_is_left_alone(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    under_way(defs, instance, os.getpid())
    under_way(defs, instance, None)
    assert report_orphaned_runs(instance) == []


def test_an_id_that_another_process_has_now_does_not_count(defs: dg.Definitions) -> None:
    assert is_process_alive(os.getpid(), time.time())
    assert not is_process_alive(os.getpid(), time.time() - 100_000)


def get_skip_message(context: dg.SensorEvaluationContext) -> str | None:
    tick = orphaned_runs(context)
    assert isinstance(tick, dg.SkipReason)
    return tick.skip_message


def test_a_tick_says_what_it_found(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    context = dg.build_sensor_context(instance=instance, definitions=defs)
    assert get_skip_message(context) == "every run's process lives"
    gone = under_way(defs, instance, dead_process())
    assert get_skip_message(context) == f"reported as failed: {gone.run_id[:8]}"
