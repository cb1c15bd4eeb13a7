"""Dagster's SQLite storage with open connections: the same files, shared with other processes, and no more of them open."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.orchestration import sqlite_storage

STORAGE = {
    "module": "digest_assets.orchestration.sqlite_storage",
    "class": "SqliteStorage",
    "config": {"base_dir": {"env": "DAGSTER_HOME"}},
}


@dg.asset
def thing() -> None: ...


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    overrides = {"telemetry": {"enabled": False}, "storage": {"custom": STORAGE}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=overrides) as made:
        yield made


def list_open_databases(folder: Path) -> set[str]:
    targets = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return {target for target in targets if target.startswith(str(folder)) and target.endswith(".db")}


def test_what_is_stored_is_read_by_dagsters_own_storage(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = dg.materialize([thing], instance=instance).run_id
    with dg.DagsterInstance.local_temp(str(tmp_path)) as other:  # while the first still has its connections
        assert other.get_run_by_id(run_id).status == dg.DagsterRunStatus.SUCCESS  # type: ignore[union-attr]
        assert len(other.all_logs(run_id)) == len(instance.all_logs(run_id)) > 5
        assert other.get_latest_materialization_event(thing.key) is not None
        second = dg.materialize([thing], instance=other).run_id
    assert instance.get_latest_materialization_event(thing.key).run_id == second  # type: ignore[union-attr]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_few_files_stay_open_and_none_at_the_end(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_storage, "_MAX_OPEN", 2)
    runs = [dg.materialize([thing], instance=instance).run_id for _ in range(3)]
    assert len(list_open_databases(tmp_path)) <= 4  # of two storages
    assert all(instance.all_logs(run_id) for run_id in runs)
    instance.dispose()
    assert not list_open_databases(tmp_path)


def test_after_a_wipe_new_runs_are_stored(instance: dg.DagsterInstance) -> None:
    dg.materialize([thing], instance=instance)
    instance.wipe()
    run_id = dg.materialize([thing], instance=instance).run_id
    assert instance.all_logs(run_id)
    assert len(instance.get_runs()) == 1


_KILLED = """
import os, signal, dagster as dg
@dg.asset
def thing(): ...
@dg.asset(deps=[thing])
def end(): os.kill(os.getpid(), signal.SIGKILL)
with dg.DagsterInstance.get() as instance:
    dg.materialize([thing, end], instance=instance)
"""


def test_a_killed_process_leaves_all_that_it_had_stored(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\nstorage: {custom: {module: digest_assets.orchestration.sqlite_storage, "
        "class: SqliteStorage, config: {base_dir: {env: DAGSTER_HOME}}}}\n"
    )
    done = subprocess.run([sys.executable, "-c", _KILLED], env=os.environ, check=False)
    assert done.returncode == -9
    (run,) = instance.get_runs()
    events = {entry.dagster_event.event_type_value for entry in instance.all_logs(run.run_id) if entry.dagster_event}
    assert "ASSET_MATERIALIZATION" in events
    assert instance.get_latest_materialization_event(thing.key) is not None
