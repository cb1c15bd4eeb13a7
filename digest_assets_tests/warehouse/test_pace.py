"""Two machines that share a lake ask a site no sooner than one machine would: its catalogue's server keeps the pace."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from digest_assets.common.errors import TransientStorageError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.warehouse.pace import keep_pace
from digest_assets_tests.warehouse.postgres import PASSWORD, Postgres, running

pytest.importorskip("psycopg2", reason="the extra many-machines is not installed")
pytestmark = pytest.mark.long

INTERVAL = 0.2
Times = list[tuple[float, float]]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def machines(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Two machines, each with a data folder of its own, and one catalogue."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    where = postgres.make_database(f"pace_{tmp_path.name.lower()[:40].replace('-', '_')}")
    config = Config(database=f"ducklake:postgres:{where}", database_files=str(tmp_path / "tables"))
    return [Settings(config=config, environment=Environment(data_dir=tmp_path / name)) for name in ("a", "b")]


def ask(settings: Settings, times: int, one_at_a_time: bool) -> Times:
    """Ask a site some times, which takes a moment each; when each request began and ended."""
    asked = []
    for _ in range(times):
        with keep_pace(settings, "site", INTERVAL, one_at_a_time=one_at_a_time):
            began = time.monotonic()
            time.sleep(0.05)
            asked.append((began, time.monotonic()))
    return asked


def ask_at_once(machines: list[Settings], one_at_a_time: bool) -> Times:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        processes = [pool.submit(ask, settings, 4, one_at_a_time) for settings in machines * 2]
        return sorted(time for process in processes for time in process.result())


def test_requests_that_may_overlap_begin_the_interval_apart(machines: list[Settings]) -> None:
    asked = ask_at_once(machines, one_at_a_time=False)
    assert len(asked) == 16
    assert min(after[0] - before[0] for before, after in pairwise(asked)) > INTERVAL - 0.05  # the lock's own moment


def test_requests_that_go_one_at_a_time_begin_the_interval_after_the_last_end(machines: list[Settings]) -> None:
    asked = ask_at_once(machines, one_at_a_time=True)
    assert len(asked) == 16
    assert min(after[0] - before[1] for before, after in pairwise(asked)) > INTERVAL - 0.05


def test_a_machine_that_dies_in_its_turn_gives_it_back(machines: list[Settings]) -> None:
    context = get_context("spawn")
    held = context.Event()
    dies = context.Process(target=_hold_for_ever, args=(machines[0], held))
    dies.start()
    assert held.wait(60)
    waits = keep_pace(machines[1], "site", 0, one_at_a_time=True, timeout=0.1)
    with pytest.raises(TransientStorageError, match=r"turn at site .* other machines hold it"), waits:
        pass
    dies.kill()
    dies.join()
    with keep_pace(machines[1], "site", 0, one_at_a_time=True, timeout=30):
        pass


def _hold_for_ever(settings: Settings, held: Event) -> None:
    with keep_pace(settings, "site", 0, one_at_a_time=True):
        held.set()
        time.sleep(600)


def test_a_restart_of_the_server_costs_waiting(postgres: Postgres, machines: list[Settings]) -> None:
    restarts = threading.Thread(target=postgres.control, args=("restart", "-m", "immediate"))
    asked: Times = []
    for number in range(6):
        if number == 2:
            restarts.start()
        asked += ask(machines[number % 2], 1, one_at_a_time=True)
    restarts.join()
    assert min(after[0] - before[1] for before, after in pairwise(asked)) > INTERVAL - 0.05


def test_a_server_that_is_gone_ends_the_wait_with_its_words(machines: list[Settings]) -> None:
    gone = machines[0].config.model_copy(update={"database": "ducklake:postgres:host=127.0.0.1 port=9 dbname=x"})
    settings = Settings(config=gone, environment=machines[0].environment)
    waits = keep_pace(settings, "site", 0, timeout=0.5)
    with pytest.raises(TransientStorageError, match=r"all machines share: .*refused"), waits:
        pass
