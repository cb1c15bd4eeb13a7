"""While a run lasts, Dagster's databases stay open, so that no event empties a write-ahead log into its database."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.orchestration.run_databases import build_settings_resource, hold_databases_open


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


def list_open_logs(home: Path) -> set[str]:
    """The databases whose write-ahead log is there: the last connection that is closed takes it away."""
    return {path.name.removesuffix("-wal") for path in (home / "history").rglob("*-wal")}


def run_and_look(instance: dg.DagsterInstance, home: Path, resource: object) -> tuple[str, set[str]]:
    """A run of one step: its id, and what is open within the step."""
    seen: list[tuple[str, set[str]]] = []

    @dg.asset
    def words(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
        seen.append((context.run.run_id, list_open_logs(home)))

    assert dg.materialize([words], instance=instance, resources={"settings": resource}).success
    return seen[0]


def test_a_run_holds_its_databases_open_and_lets_them_go(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path))
    assert run_and_look(instance, tmp_path, settings)[1] == set()  # without, each event closes what it opened
    run_id, seen = run_and_look(instance, tmp_path, build_settings_resource(settings))
    assert f"{run_id}.db" in seen
    assert list_open_logs(tmp_path) == set()


def test_a_database_is_held_from_when_the_run_is_created(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    with hold_databases_open(tmp_path):
        instance.report_engine_event("made", run_id="00000000-0000-0000-0000-000000000000", job_name="any")
        assert "00000000-0000-0000-0000-000000000000.db" in list_open_logs(tmp_path)
    assert list_open_logs(tmp_path) == set()


def test_commits_to_its_databases_do_not_wait_for_the_disk_and_others_do(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()

    def get_synchronous(path: Path) -> int:
        with create_engine(f"sqlite:///{path}").connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    normal, full = 1, 2
    with hold_databases_open(tmp_path / "home"), hold_databases_open(tmp_path / "home"):
        assert get_synchronous(tmp_path / "home" / "runs.db") == normal
        assert get_synchronous(tmp_path / "others.db") == full
    assert get_synchronous(tmp_path / "home" / "runs.db") == full


def test_a_broken_database_is_left_to_dagster(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_bytes(b"no database at all" * 100)
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    with (
        hold_databases_open(tmp_path),
        engine.connect() as connection,
        pytest.raises(DatabaseError, match="not a database"),
    ):
        connection.exec_driver_sql("SELECT * FROM runs")


def test_outside_of_a_run_the_settings_are_the_settings(tmp_path: Path) -> None:
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path))
    with dg.build_resources({"settings": build_settings_resource(settings)}) as resources:
        assert resources.settings is settings
