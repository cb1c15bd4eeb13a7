"""`kill -9` at random points of a backfill: afterwards every day is as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from digest_assets import sample
from digest_assets.sample.server import LoopbackServer
from digest_assets.tables import TABLES
from digest_assets.warehouse import Warehouse
from digest_assets_tests.stand_ins.dagster_ui import PROJECT, DagsterUI, dagster_ui, wait_for
from digest_assets_tests.stand_ins.model import StandInModel

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

FIRST, LAST = "2025-10-02", "2025-10-04"
DAYS = [date(2025, 10, day) for day in (2, 3, 4)]
KILLS = int(os.environ.get("DIGEST_TEST_KILLS", "5"))
IN_FLIGHT = 8


def variables_of(data: Path, server: LoopbackServer, model: StandInModel) -> dict[str, str]:
    """The environment of an installation that asks the model; its settings are written beside its data."""
    data.mkdir(parents=True, exist_ok=True)
    settings = yaml.safe_load((PROJECT / "digest_assets/sample/digest.yaml").read_text("utf-8"))
    settings["summaries"] = {"engine": "openai", "concurrency": IN_FLIGHT}
    # No paper in two days: else its kept answer would be the one of the day that came first.
    settings["reports"] = {"topic_digest": {"lookback_days": 1}}
    (data / "digest.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return {
        **server.variables(),
        **model.variables(),
        "HF_HUB_OFFLINE": "0",
        "DIGEST_CONFIG": str(data / "digest.yaml"),
        "DIGEST_DATA_DIR": str(data),
    }


def backfill(ui: DagsterUI, variables: Mapping[str, str]) -> None:
    """Queue the three days, a run each, as a person does on the command line."""
    command = [sys.executable, "-m", "dagster", "job", "backfill", "-w", "workspace.yaml", "-j", "daily_digest"]
    environment = {**os.environ, **variables, "DAGSTER_HOME": str(ui.home)}
    range_ = ["--from", FIRST, "--to", LAST, "--noprompt"]
    subprocess.run([*command, *range_], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)


def processes_of(ui: DagsterUI) -> dict[int, str]:
    """The living processes of this Dagster, by id, with their command lines."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == ui.process.pid and fields[0] != "Z":
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):  # it has ended meanwhile
            continue
    return found


def ended(ui: DagsterUI) -> bool:
    """Whether no run is queued or under way, though there were some."""
    runs = ui.runs()
    return bool(runs) and not any(run["status"] in ("QUEUED", "STARTING", "STARTED", "NOT_STARTED") for run in runs)


def tables(data: Path) -> dict[str, pl.DataFrame]:
    warehouse = Warehouse(data / "digest.duckdb")
    return {name: warehouse.read(table, DAYS) for name, table in TABLES.items()}


def reports(data: Path) -> dict[str, bytes]:
    files = (path for day in DAYS for path in sorted((data / "reports" / str(day)).rglob("*.md")))
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in files}


def test_a_backfill_with_random_kills_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    chance = random.Random(20251205)
    with sample.served(port=0) as server, StandInModel(latency=0.2) as model:
        calm, wild = tmp_path / "calm", tmp_path / "wild"
        variables = variables_of(calm, server, model)
        command = [sys.executable, "-m", "digest_assets.automation.days", FIRST, LAST]
        done = subprocess.run(
            command, cwd=PROJECT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

        variables = variables_of(wild, server, model)
        killed = []
        for _ in range(KILLS):
            with dagster_ui(wild, variables) as ui:
                backfill(ui, variables)
                wait_for(lambda ui=ui: [run for run in ui.runs() if run["status"] == "STARTED"] or ended(ui), 180)
                time.sleep(chance.uniform(0, 8))
                victim, name = chance.choice(sorted(processes_of(ui).items()))
                os.kill(victim, signal.SIGKILL)
                killed.append(name)
                time.sleep(chance.uniform(0, 3))
            # Leaving the block ends the rest of its processes, too, however far they are.
        with dagster_ui(wild, variables) as ui:
            backfill(ui, variables)
            wait_for(lambda: ended(ui), 900, every=2)
            # `backfill` queued three days each time: every run has ended, and none is lost.
            last = {
                tag["value"]: run["status"]
                for run in reversed(ui.runs())
                for tag in run["tags"]
                if tag["key"] == "dagster/partition"
            }
            assert [last[str(day)] for day in DAYS] == ["SUCCESS"] * 3

    for name, expected in tables(calm).items():
        assert tables(wild)[name].equals(expected), f"{name} differs after kill -9 of {killed}"
    assert reports(wild) == reports(calm)
    # An answer and its ledger entry are kept together: a second entry would be a finished summary asked for again.
    twice = "SELECT key FROM model_calls WHERE outcome = 'ok' GROUP BY key HAVING count(*) > 1"
    assert Warehouse(wild / "digest.duckdb").query(twice).is_empty()
