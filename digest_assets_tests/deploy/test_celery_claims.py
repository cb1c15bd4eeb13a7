"""A Celery worker that is killed in the middle of a step: its steps go to another soon, those of the living stay theirs."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from dagster import DagsterRun

from digest_assets.testing.backfilled_days import serve_days
from digest_assets_tests.deploy.machines import Machines, wait_for
from digest_assets_tests.warehouse.postgres import running

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

for package in ("dagster_celery", "dagster_postgres", "duckdb_extension_ducklake"):
    pytest.importorskip(package, reason="the extra many-machines is not installed")
if not shutil.which("redis-server"):
    pytest.skip("Redis is not installed (Debian: apt-get install redis-server)", allow_module_level=True)

TIMEOUT = 8  # of a claim, seconds, instead of two minutes
LATENCY = 4.0  # of the model: some turns of it take longer than a claim lasts


@dataclass
class KilledWorker:
    """What became of a day whose worker was killed while it summarised the papers."""

    run: DagsterRun
    begun: dict[str, list[float]]  # of each step: when workers began it
    killed: float
    calls: int
    questions: int


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KilledWorker]:
    with serve_days() as served, running() as postgres:
        served.model.latency = LATENCY
        machines = Machines(tmp_path_factory.mktemp("machines"), postgres)
        machines.prepare({**served.config, "executor": "celery"}, **served.variables)
        settings = machines.folder / "celery.yaml"
        settings.write_text(
            re.sub(r"(visibility_timeout): \d+", rf"\1: {TIMEOUT}", settings.read_text("utf-8")), "utf-8"
        )
        with machines.running("redis", "code", "worker-paced"):
            machines.stop_schedules_and_sensors()
            with machines.running("daemon", "worker") as processes:
                _start_day(machines, served.days[0])
                wait_for(
                    "summaries",
                    lambda: bool(_read_begun(machines).get("paper_summaries")),
                    machines.folder / "daemon.log",
                )
                time.sleep(LATENCY / 2)  # in the middle of the first questions
                _kill(processes["worker"])
                when = time.time()
                with machines.running("worker"):
                    wait_for(
                        "end of the run",
                        lambda: _get_run(machines).is_finished,
                        machines.folder / "daemon.log",
                        seconds=600,
                    )
        calls = served.model.calls
        questions = {call.prompt for call in calls}
        yield KilledWorker(_get_run(machines), _read_begun(machines), when, len(calls), len(questions))


def _start_day(machines: Machines, day: date) -> None:
    machines.call(
        *("dagster", "job", "backfill", "--workspace", str(machines.folder / "workspace.yaml")),
        *("--job", "daily_digest", "--partitions", str(day), "--noprompt"),
    )


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _get_run(machines: Machines) -> DagsterRun:
    with machines.instance() as instance:
        (run,) = instance.get_runs()
        return run


def _read_begun(machines: Machines) -> dict[str, list[float]]:
    begun: dict[str, list[float]] = {}
    with machines.instance() as instance:
        for run in instance.get_runs():
            for entry in instance.all_logs(run.run_id):
                event = entry.dagster_event
                if event and event.is_engine_event and "Celery worker" in event.engine_event_data.metadata:
                    begun.setdefault(str(event.step_key), []).append(entry.timestamp)
    return begun


def test_the_day_is_made(killed: KilledWorker) -> None:
    assert killed.run.status.value == "SUCCESS"


def test_another_worker_takes_the_step_within_a_minute(killed: KilledWorker) -> None:
    first, second, *more = killed.begun["paper_summaries"]
    assert not more  # the second took longer than a claim lasts, and kept its step
    assert first < killed.killed < second < killed.killed + 60


def test_no_other_step_is_done_twice(killed: KilledWorker) -> None:
    assert [step for step, begun in killed.begun.items() if len(begun) > 1] == ["paper_summaries"]


def test_the_model_is_asked_again_only_for_what_was_under_way(killed: KilledWorker) -> None:
    assert killed.calls - killed.questions <= 8
