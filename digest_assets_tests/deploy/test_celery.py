"""A backfill whose steps Celery's workers run, with PostgreSQL, Redis and a DuckLake, as `deploy/` sets them up."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from dagster import DagsterInstance, DagsterRun, RunsFilter

from digest_assets.tables import DAY_TABLES
from digest_assets.testing.backfilled_days import ServedDays, StoredDays, load_stored_days, serve_days
from digest_assets.warehouse import Warehouse
from digest_assets_tests.deploy.machines import Machines, wait_for
from digest_assets_tests.warehouse.postgres import PASSWORD, running

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

for package in ("dagster_celery", "dagster_postgres", "duckdb_extension_ducklake"):
    pytest.importorskip(package, reason="the extra many-machines is not installed")
if not shutil.which("redis-server"):
    pytest.skip("Redis is not installed (Debian: apt-get install redis-server)", allow_module_level=True)


@dataclass
class Backfill:
    """What two ways of making the same days left behind: Celery's workers, and processes of one machine."""

    served: ServedDays
    runs: list[DagsterRun]
    steps: dict[str, set[str]]
    celery: StoredDays
    local: StoredDays
    kept_in_redis: str


@pytest.fixture(scope="module")
def backfill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfill]:
    local = tmp_path_factory.mktemp("local")
    with serve_days() as served, running() as postgres:
        machines = Machines(tmp_path_factory.mktemp("machines"), postgres)
        machines.prepare(served.config, **served.variables)
        with machines.running("redis", "code", "worker", "worker-paced"):
            machines.stop_schedules_and_sensors()
            with machines.running("daemon"):
                runs, steps = _backfill(machines, served)
            kept = "".join(machines.redis("-n", number, "--scan") for number in ("0", "1"))
            (machines.folder / "dump.rdb").unlink(missing_ok=True)
            machines.redis("SAVE")
            kept += (machines.folder / "dump.rdb").read_bytes().decode("latin-1")
        served.backfill(local)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
                patch.setenv(name, machines.variables[name])
            data = machines.folder / "data"
            lake = Warehouse("ducklake:postgres:dbname=lake", files=str(data / "tables"))
            celery = load_stored_days(served.days, lake, data)
        yield Backfill(
            served, runs, steps, celery, load_stored_days(served.days, Warehouse(local / "digest.duckdb"), local), kept
        )


def _backfill(machines: Machines, served: ServedDays) -> tuple[list[DagsterRun], dict[str, set[str]]]:
    """Start it as a person does, and wait for its end; returns its runs, and the workers of each step."""
    machines.call(
        *("dagster", "job", "backfill", "--workspace", str(machines.folder / "workspace.yaml")),
        *("--job", "daily_digest", "--partitions", served.partitions, "--noprompt"),
    )
    with machines.instance() as instance:
        # The command line's backfill counts as completed when its runs are queued: the runs say when it is over.
        wait_for(
            "end of the backfill",
            lambda: [run.is_finished for run in _runs(instance)] == [True] * len(served.days),
            machines.folder / "daemon.log",
            seconds=300 + 100 * len(served.days),
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
    assert sorted(run.tags["dagster/partition"] for run in backfill.runs) == [str(day) for day in backfill.served.days]
    assert {run.status.value for run in backfill.runs} == {"SUCCESS"}


def test_every_table_and_report_is_that_of_runs_in_one_process(backfill: Backfill) -> None:
    # Three days hardly are an archive in which something near could be found.
    assert {name for name, frame in backfill.local.tables.items() if frame.is_empty()} <= {"similar_papers"}
    assert backfill.local.reports
    # The sensors were stopped: nobody measured days again that were made at the same time.
    assert backfill.local.find_differences(backfill.celery, but=["earlier_days"]) == []


def test_what_asks_the_outside_runs_on_the_machine_that_keeps_the_pace(backfill: Backfill) -> None:
    paced = {"arxiv_listing", "arxiv_topic_hits", "hf_daily_papers", "paper_texts"}
    workers = {step: names for step, names in backfill.steps.items() if step in DAY_TABLES}
    assert workers.keys() == DAY_TABLES.keys()
    pacing = set().union(*(workers[step] for step in paced))
    others = set().union(*(names for step, names in workers.items() if step not in paced))
    assert len(pacing) == 1
    assert pacing.isdisjoint(others)


def test_no_password_travels_through_redis(backfill: Backfill) -> None:
    assert "celery-task-meta" in backfill.kept_in_redis
    assert PASSWORD not in backfill.kept_in_redis
