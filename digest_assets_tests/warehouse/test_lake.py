"""The same warehouse as a DuckLake with its catalogue in PostgreSQL, which many machines share."""

import itertools
import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from pydantic import Field

from digest_assets.common.errors import StorageError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.testing.backfilled_days import load_stored_days, serve_days
from digest_assets.testing.row_factories import make_text
from digest_assets.texts.expiry import expire_texts
from digest_assets.texts.tables import PAPER_TEXTS, Section
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.warehouse.tables import DayRow, Table
from digest_assets_tests.warehouse.postgres import PASSWORD, Postgres, running

pytest.importorskip("duckdb_extension_ducklake", reason="the extra many-machines is not installed")

DAY = date(2025, 12, 5)
NEXT = DAY + timedelta(days=1)
_names = itertools.count(1)


class NoteRow(DayRow):
    id: str = Field(description="Key.")
    tags: tuple[str, ...] = Field((), description="A list.")


NOTES = Table("notes", NoteRow, ("day", "id"), "For tests.")


def notes(day: date, *ids: str) -> pl.DataFrame:
    return NOTES.to_frame(NoteRow(day=day, id=id_, tags=("a", id_)) for id_ in ids)


class LaterRow(NoteRow):
    count: int = Field(7, description="A column that came later.")


LATER = Table("notes", LaterRow, ("day", "id"), "For tests.", version=2)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def lake(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    where = postgres.make_database(f"lake{next(_names)}")
    return Warehouse(f"ducklake:postgres:{where}", wait_seconds=30, files=str(tmp_path / "tables"))


def test_a_partition_is_replaced_whole_and_others_are_left_alone(lake: Warehouse) -> None:
    lake.replace_days(NOTES, [DAY], notes(DAY, "a", "b"))
    lake.replace_days(NOTES, [NEXT], notes(NEXT, "x"))
    lake.replace_days(NOTES, [DAY], notes(DAY, "c"))
    assert lake.read(NOTES).equals(pl.concat([notes(DAY, "c"), notes(NEXT, "x")]))


def test_a_day_written_empty_differs_from_one_never_written(lake: Warehouse) -> None:
    assert lake.read(NOTES).is_empty()
    lake.replace_days(NOTES, [DAY], NOTES.to_frame())
    assert lake.find_written_days("notes", [DAY, NEXT]) == {DAY}
    assert lake.read(NOTES, [DAY]).schema == NOTES.schema


def test_an_error_inside_the_transaction_rolls_everything_back(lake: Warehouse) -> None:
    lake.replace_days(NOTES, [DAY], notes(DAY, "a"))

    def delete_then_fail() -> None:
        with lake.begin() as connection:
            connection.execute("DELETE FROM notes")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        delete_then_fail()
    assert lake.read(NOTES)["id"].to_list() == ["a"]


def test_a_commit_that_conflicts_is_done_again(lake: Warehouse) -> None:
    lake.replace_days(NOTES, [DAY], notes(DAY, "old"))
    tries = []

    def work(connection: object) -> None:
        connection.execute("DELETE FROM notes WHERE day = ?", [DAY])  # type: ignore[attr-defined]
        tries.append(1)
        if len(tries) == 1:  # somebody else is faster
            lake.replace_days(NOTES, [DAY], notes(DAY, "faster"))

    lake.run_in_transaction(work)
    assert len(tries) == 2
    assert lake.read(NOTES).is_empty()


def test_an_older_table_is_brought_up_to_date_on_the_first_write(lake: Warehouse) -> None:
    lake.replace_days(NOTES, [DAY], notes(DAY, "a"))
    before = LaterRow(day=DAY, id="a", tags=("a", "a"))
    assert LATER.to_rows(lake.read(LATER)) == [before]
    later = LaterRow(day=NEXT, id="b", count=1)
    lake.replace_days(LATER, [NEXT], LATER.to_frame([later]))
    assert LATER.to_rows(lake.read(LATER)) == [before, later]


_KILLED_WRITER = """
import os, signal, sys
from digest_assets.warehouse import Warehouse
with Warehouse(sys.argv[1], files=sys.argv[2]).begin() as connection:
    connection.execute("DELETE FROM notes")
    connection.execute("INSERT INTO notes BY NAME SELECT date '2025-12-05' AS day, 'half' AS id")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_killed_inside_its_transaction_leaves_the_old_rows(lake: Warehouse) -> None:
    lake.replace_days(NOTES, [DAY], notes(DAY, "a", "b"))
    done = subprocess.run([sys.executable, "-c", _KILLED_WRITER, str(lake.path), lake.files], check=False)
    assert done.returncode == -signal.SIGKILL
    assert lake.read(NOTES)["id"].to_list() == ["a", "b"]
    lake.replace_days(NOTES, [DAY], notes(DAY, "c"))
    assert lake.read(NOTES)["id"].to_list() == ["c"]


def _write_days(path: str, files: str, first: int, count: int) -> None:
    for number in range(first, first + count):
        day = DAY + timedelta(days=number)
        Warehouse(path, files=files).replace_days(
            NOTES, [day], notes(day, *(f"{number}-{row:02}" for row in range(20)))
        )


@pytest.mark.long
def test_processes_that_write_at_once_lose_nothing(lake: Warehouse) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_days, args=(lake.path, lake.files, 5 * n, 5)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    days = [DAY + timedelta(days=number) for number in range(20)]
    assert lake.find_written_days("notes", days) == set(days)
    assert lake.read(NOTES).group_by("day").len()["len"].to_list() == [20] * 20


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_backfill_into_a_lake_whose_catalogue_restarts_gives_what_one_into_a_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with running() as server, serve_days() as served:
        served.backfill(tmp_path / "file")
        lake = Warehouse(f"ducklake:postgres:{server.make_database('lake')}", files=str(tmp_path / "tables"))
        ended = threading.Event()
        restarts = threading.Thread(target=_restart_some_times, args=(server, ended))
        restarts.start()
        try:
            served.backfill(tmp_path / "lake", {"database": str(lake.path), "database_files": lake.files})
        finally:
            ended.set()
            restarts.join()
        in_file = load_stored_days(served.days, Warehouse(tmp_path / "file" / "digest.duckdb"), tmp_path / "file")
        # Three days hardly are an archive in which something near could be found.
        assert {name for name, frame in in_file.tables.items() if frame.is_empty()} <= {"similar_papers"}
        assert in_file.find_differences(load_stored_days(served.days, lake, tmp_path / "lake")) == []
        calls = lake.read(LLM_CALLS)
        assert calls["key"].n_unique() == len(calls) > 0  # with four days at once, none asked again what another had


def _restart_some_times(server: Postgres, ended: threading.Event) -> None:
    """Stop the catalogue for some seconds, every twenty seconds: a step rarely is done in between. Not for ever: on a
    busy machine no step would ever be done.
    """
    for _ in range(8):
        if ended.wait(15):
            return
        _stop_and_start(server, 5)


def _stop_and_start(server: Postgres, seconds: float) -> None:
    server.control("stop", "-m", "immediate")
    time.sleep(seconds)
    server.control("start", "-o", f"-p {server.port} -k {server.home} -c listen_addresses=127.0.0.1")


def test_a_wrong_password_is_a_clear_error_that_does_not_hold_it(
    lake: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "not-the-secret")
    with pytest.raises(StorageError, match="password authentication failed") as caught:
        lake.read(NOTES)
    assert not caught.value.can_retry
    assert "not-the-secret" not in str(caught.value)


def test_a_catalogue_that_is_down_is_waited_for_and_then_a_clear_error(tmp_path: Path) -> None:
    lake = Warehouse("ducklake:postgres:host=127.0.0.1 port=1 dbname=x", wait_seconds=0.5, files=str(tmp_path))
    with pytest.raises(StorageError, match=r"host=127\.0\.0\.1 port=1 .*its catalogue was gone for 0\.5 s") as caught:
        lake.read(NOTES)
    assert caught.value.can_retry


def test_the_settings_name_a_lake_and_refuse_a_password(tmp_path: Path) -> None:
    config = Config.model_validate({"database": "ducklake:postgres:host=db dbname=digest"})
    settings = Settings(config=config, environment=Environment(data_dir=tmp_path))
    assert open_warehouse(settings).files == str(tmp_path / "tables")
    with pytest.raises(ValueError, match="set PGPASSWORD"):
        Config.model_validate({"database": "ducklake:postgres:host=db password=secret-word"})


def test_old_texts_of_a_lake_are_let_go_by_a_setting(lake: Warehouse, tmp_path: Path) -> None:
    config = {"database": str(lake.path), "database_files": lake.files, "texts": {"keep_days": 40}}
    settings = Settings(config=Config.model_validate(config), environment=Environment(data_dir=tmp_path))
    read = {"sections": (Section(role="method", level=1, heading="Method", text="It works."),), "characters": 9}
    rows = [make_text("2512.00001", DAY, **read), make_text("2512.00002", DAY, **read, source="abstract")]
    lake.replace_days(PAPER_TEXTS, [DAY], PAPER_TEXTS.to_frame(rows))
    lake.replace_days(PAPER_TEXTS, [NEXT], PAPER_TEXTS.to_frame([make_text("2512.00003", NEXT, **read)]))
    assert expire_texts(settings, DAY + timedelta(days=41)) == 1  # the next day is kept for a day more
    expired, abstract, kept = PAPER_TEXTS.to_rows(lake.read(PAPER_TEXTS))
    assert (expired.is_expired, abstract, kept) == (True, rows[1], make_text("2512.00003", NEXT, **read))
    assert expire_texts(settings, DAY + timedelta(days=41)) == 0


@pytest.mark.long
def test_a_catalogue_that_restarts_in_mid_query_and_mid_write_costs_waiting_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with running() as server:
        where = server.make_database("lake")
        shared = Warehouse(f"ducklake:postgres:{where}", wait_seconds=60, files=str(tmp_path / "tables"))
        days = [DAY + timedelta(days=number) for number in range(40)]
        ended = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not ended.is_set():
                    for day in days:
                        shared.replace_days(NOTES, [day], notes(day, "a", "b"))
                        assert len(shared.read(NOTES, [day])) == 2
            except BaseException as error:
                failures.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(3):
            time.sleep(1.5)
            _stop_and_start(server, 3)
        time.sleep(3)
        ended.set()
        worker.join(90)
        assert failures == []
        assert len(shared.read(NOTES)) >= 2
