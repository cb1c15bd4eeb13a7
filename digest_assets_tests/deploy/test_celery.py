"""A backfill whose steps Celery's workers run, with PostgreSQL, Redis and a DuckLake, as `deploy/` sets them up."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import yaml
from dagster import DagsterInstance, DagsterRun, RunsFilter

from digest_assets import sample
from digest_assets.tables import TABLES
from digest_assets.warehouse import Warehouse
from digest_assets_tests.deploy.machines import PROJECT, Machines, wait_for
from digest_assets_tests.warehouse.postgres import PASSWORD, running

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

for package in ("dagster_celery", "dagster_postgres", "duckdb_extension_ducklake"):
    pytest.importorskip(package, reason="the extra many-machines is not installed")
if not shutil.which("redis-server"):
    pytest.skip("Redis is not installed (Debian: apt-get install redis-server)", allow_module_level=True)

SAMPLE_SETTINGS = PROJECT / "digest_assets" / "sample" / "digest.yaml"
DAYS = sample.DAYS[:2]


@dataclass
class Backfill:
    """What two ways of making the same days left behind: Celery's workers, and processes of one machine."""

    machines: Machines
    runs: list[DagsterRun]
    steps: dict[str, set[str]]
    tables: dict[str, pl.DataFrame]
    local_tables: dict[str, pl.DataFrame]
    local: Path
    kept_in_redis: str


@pytest.fixture(scope="module")
def backfill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfill]:
    local = tmp_path_factory.mktemp("local")
    with sample.served() as server, running() as postgres:
        machines = Machines(tmp_path_factory.mktemp("machines"), postgres)
        machines.prepare(yaml.safe_load(SAMPLE_SETTINGS.read_text("utf-8")), **server.variables())
        with machines.running("redis", "code", "worker", "worker-paced"):
            machines.stop_schedules_and_sensors()
            with machines.running("daemon"):
                runs, steps = _backfill(machines)
            kept = "".join(machines.redis("-n", number, "--scan") for number in ("0", "1"))
            (machines.folder / "dump.rdb").unlink(missing_ok=True)
            machines.redis("SAVE")
            kept += (machines.folder / "dump.rdb").read_bytes().decode("latin-1")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
        mine = {"DIGEST_DATA_DIR": str(local), "DIGEST_CONFIG": str(SAMPLE_SETTINGS), **server.variables()}
        subprocess.run(
            [sys.executable, "-m", "digest_assets.automation.days", str(DAYS[0]), str(DAYS[-1])],
            cwd=PROJECT,
            env={**inherited, **mine},
            check=True,
        )
        with pytest.MonkeyPatch.context() as patch:
            for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
                patch.setenv(name, machines.variables[name])
            lake = Warehouse("ducklake:postgres:dbname=lake", files=str(machines.folder / "data" / "tables"))
            tables = {name: lake.read(table) for name, table in TABLES.items()}
        file = Warehouse(local / "digest.duckdb")
        yield Backfill(
            machines, runs, steps, tables, {name: file.read(table) for name, table in TABLES.items()}, local, kept
        )


def _backfill(machines: Machines) -> tuple[list[DagsterRun], dict[str, set[str]]]:
    """Start it as a person does, and wait for its end; returns its runs, and the workers of each step."""
    machines.call(
        *("dagster", "job", "backfill", "--workspace", str(machines.folder / "workspace.yaml")),
        *("--job", "daily_digest", "--from", str(DAYS[0]), "--to", str(DAYS[-1]), "--noprompt"),
    )
    with machines.instance() as instance:
        # The command line's backfill counts as completed when its runs are queued: the runs say when it is over.
        wait_for(
            "end of the backfill",
            lambda: [run.is_finished for run in _runs(instance)] == [True] * len(DAYS),
            machines.folder / "daemon.log",
            seconds=600,
        )
        runs = _runs(instance)
        steps: dict[str, set[str]] = {}
        for run in runs:
            for entry in instance.all_logs(run.run_id):
                event = entry.dagster_event
                if event and event.is_engine_event and "Celery worker" in event.engine_event_data.metadata:
                    worker = str(event.engine_event_data.metadata["Celery worker"].value)
                    steps.setdefault(str(event.step_key), set()).add(worker)
    return runs, steps


def _runs(instance: DagsterInstance) -> list[DagsterRun]:
    return list(instance.get_runs(RunsFilter(job_name="daily_digest")))


def test_every_run_of_the_backfill_succeeds(backfill: Backfill) -> None:
    assert sorted(run.tags["dagster/partition"] for run in backfill.runs) == [str(day) for day in DAYS]
    assert {run.status.value for run in backfill.runs} == {"SUCCESS"}


def test_every_table_is_that_of_runs_in_one_process(backfill: Backfill) -> None:
    assert {name for name, frame in backfill.local_tables.items() if frame.is_empty()} == set()
    for name, frame in backfill.local_tables.items():
        assert backfill.tables[name].equals(frame), name


def test_every_report_is_that_of_runs_in_one_process(backfill: Backfill) -> None:
    def reports(folder: Path) -> dict[str, str]:
        files = [path for path in (folder / "reports").rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    assert reports(backfill.machines.folder / "data") == reports(backfill.local) != {}


def test_what_asks_the_outside_runs_on_the_machine_that_keeps_the_pace(backfill: Backfill) -> None:
    paced = {"arxiv_listing", "arxiv_topic_hits", "hf_daily_papers", "paper_texts"}
    workers = {step: names for step, names in backfill.steps.items() if step in TABLES}
    assert workers.keys() == TABLES.keys()
    pacing = set().union(*(workers[step] for step in paced))
    others = set().union(*(names for step, names in workers.items() if step not in paced))
    assert len(pacing) == 1
    assert pacing.isdisjoint(others)


def test_no_password_travels_through_redis(backfill: Backfill) -> None:
    assert "celery-task-meta" in backfill.kept_in_redis
    assert PASSWORD not in backfill.kept_in_redis
