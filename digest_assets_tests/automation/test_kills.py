"""`kill -9` at random points of a backfill: afterwards every day is as if nothing had happened.

`DIGEST_TEST_KILLS` says how many kills (3), `DIGEST_TEST_DAYS` which days (see `testing/backfilled_days.py`).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from digest_assets.llm.tables import LLM_CALLS
from digest_assets.testing.backfilled_days import IN_FLIGHT, PROJECT, load_stored_days, serve_days
from digest_assets.testing.dagster_ui import DagsterUI, find_processes, run_dagster_ui, stop_process, wait_until
from digest_assets.warehouse import Warehouse

KILLS = int(os.environ.get("DIGEST_TEST_KILLS", "3"))
AT_ONCE = 4  # runs, by dagster.yaml

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500 + 120 * KILLS)]

ALIVE = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")
KINDS = {  # by what its command line holds
    "tail -F": "watcher",
    "digest webserver": "web server",
    "dagster-daemon run": "daemon",
    "dagster api grpc": "code server",
    "dagster code-server": "code server",
    "digest_assets.texts.worker": "parser",
    "digest_assets.cli ui": "digest ui",
    "watch_orphans": "watcher",
    "resource_tracker": "watcher",
    "multiprocessing": "run, or a process of one",
}


def processes_of(ui: DagsterUI) -> dict[str, list[int]]:
    """The living processes of this Dagster, by kind."""
    found = defaultdict(list)
    for process, command in find_processes(ui.process.pid).items():
        found[next((name for words, name in KINDS.items() if words in command), "other")].append(process)
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def states(ui: DagsterUI, days: Sequence[date]) -> dict[date, str]:
    """How the newest run of each of these days stands."""
    newest = {
        tag["value"]: run["status"]
        for run in reversed(ui.fetch_runs())
        for tag in run["tags"]
        if tag["key"] == "dagster/partition"
    }
    return {day: newest[str(day)] for day in days if str(day) in newest}


def backfill(ui: DagsterUI, days: Sequence[date], variables: Mapping[str, str]) -> None:
    """Queue days, a run each, as a person does on the command line."""
    command = [sys.executable, "-m", "dagster", "job", "backfill", "-w", "workspace.yaml", "-j", "daily_digest"]
    partitions = ["--partitions", ",".join(map(str, days)), "--noprompt"]
    environment = {**os.environ, **variables, "DAGSTER_HOME": str(ui.home)}
    subprocess.run([*command, *partitions], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)


def left(ui: DagsterUI, days: Sequence[date]) -> list[date]:
    """The days that are neither made nor under way. Dagster does not run them again: to it, a backfill of the command
    line is over when its runs are queued.
    """
    known = states(ui, days)
    return [day for day in days if known.get(day) not in (*ALIVE, "SUCCESS")]


def done(ui: DagsterUI, days: Sequence[date]) -> bool:
    """Whether all days are made and nothing more happens."""
    return states(ui, days) == dict.fromkeys(days, "SUCCESS")


def test_a_backfill_with_random_kills_ends_like_an_undisturbed_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = random.Random(20251205)
    with serve_days() as served:
        days = served.days
        folder = tmp_path_factory.mktemp("k")  # a short name: the path of a socket has a hundred characters at most
        calm, wild = folder / "calm", folder / "wild"
        served.backfill(calm)
        calm_calls = len(served.model.calls)

        variables = served.write_config(wild)
        with run_dagster_ui(wild, variables) as ui:
            ui.stop_automation()
        killed: Counter[str] = Counter()
        for _ in range(KILLS):
            begun = time.time()
            with run_dagster_ui(wild, variables) as ui:
                if done(ui, days):
                    backfill(ui, days, variables)

                def goes_on(ui: DagsterUI = ui, begun: float = begun) -> bool:
                    # Those that the last start ended count as under way until they are found.
                    if rest := left(ui, days):
                        backfill(ui, rest, variables)
                    return any((run["startTime"] or 0) > begun for run in ui.fetch_runs())

                wait_until(goes_on, 300, every=1)
                time.sleep(chance.uniform(0, 8))
                kind, victims = chance.choice(list(processes_of(ui).items()))
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed[kind] += 1
                print(f"kill {killed.total()}: {kind}")
                time.sleep(chance.uniform(0, 3))
            # Leaving the block ends the rest of its processes, too, however far they are.
        with run_dagster_ui(wild, variables) as ui:

            def ended() -> bool:
                if rest := left(ui, days):
                    backfill(ui, rest, variables)
                return done(ui, days)

            wait_until(ended, 1800, every=2)
        calls = len(served.model.calls) - calm_calls

    houses = {folder: load_stored_days(days, Warehouse(folder / "digest.duckdb"), folder) for folder in (calm, wild)}
    # An answer and its ledger entry are kept together: a second entry would be a finished summary asked for again.
    ledgers = {folder: Warehouse(folder / "digest.duckdb").read(LLM_CALLS) for folder in (calm, wild)}
    repeated = {
        folder: ledger.filter(ledger["outcome"] == "ok")["key"].is_duplicated().sum()
        for folder, ledger in ledgers.items()
    }
    print(
        f"{KILLS} kills: {dict(killed)}; {len(houses[wild].tables)} tables of {len(days)} days, "
        f"{sum(map(len, houses[wild].tables.values()))} rows and {len(houses[wild].reports)} report files compared; "
        f"model calls: {calm_calls} undisturbed; {calls} with kills, of which {len(ledgers[wild])} were recorded and "
        f"{calls - len(ledgers[wild])} lost in flight; finished answers asked again: {repeated[wild]}"
    )
    assert houses[calm].reports
    # The sensors were stopped: nobody measured days again that were made at the same time.
    assert houses[calm].find_differences(houses[wild], but=["earlier_days"]) == [], killed
    assert repeated == {calm: 0, wild: 0}
    # Nothing is lost but calls in flight and answers not yet committed, of the runs that a kill or restart ended.
    assert 0 <= calls - len(ledgers[wild]) <= KILLS * 2 * AT_ONCE * 2 * IN_FLIGHT


@pytest.mark.parametrize(("by", "seconds"), [(signal.SIGKILL, 10), (signal.SIGINT, 10)], ids=["kill -9", "Ctrl-C"])
def test_a_backfill_that_is_ended_leaves_no_process_and_no_file_elsewhere(
    tmp_path: Path, by: signal.Signals, seconds: int
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serve_days() as served:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
        variables = {**inherited, **served.write_config(data), "TMPDIR": str(elsewhere), "HOME": str(elsewhere)}
        command = [sys.executable, "-m", "digest_assets.cli", "backfill", str(served.days[0]), str(served.days[-1])]
        process = subprocess.Popen(
            command, cwd=PROJECT, env=variables, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            # Runs, parsers and the processes behind them are all at work.
            wait_until(lambda: len(served.model.calls) > 20, 600, every=0.05)
            begun = find_processes(process.pid)
            process.send_signal(by)
            process.wait(seconds)
            wait_until(lambda: not find_processes(process.pid), seconds, every=0.1)
        finally:
            stop_process(process)
        # The next one clears what this one left in the data folder.
        subprocess.run([*command[:-1], command[-2]], cwd=PROJECT, env=variables, check=True, stderr=subprocess.DEVNULL)
    left_files = [path for path in elsewhere.rglob("*") if path.is_file()]
    print(f"{len(begun)} processes before, 0 after; files outside the data folder: {len(left_files)}")
    assert len(begun) > 3
    assert left_files == []
    assert [path.name for path in (data / "tmp").iterdir()] == ["lock"]
