"""The database: one transaction a partition, and processes that take turns."""

import multiprocessing
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pydantic import Field

from digest_assets.common.errors import StorageError
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.tables import DayRow, Table

DAY = date(2025, 12, 5)
NEXT = DAY + timedelta(days=1)


class NoteRow(DayRow):
    id: str = Field(description="Key.")
    text: str = Field("", description="Text.")
    other: str = Field("", description="Same type as text, to catch columns that change places.")


NOTES = Table("notes", NoteRow, ("day", "id"), "For tests.")


def notes(day: date, *ids: str, text: str = "") -> pl.DataFrame:
    return NOTES.to_frame(NoteRow(day=day, id=id_, text=text) for id_ in ids)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "digest.duckdb", wait_seconds=30)


def stored(warehouse: Warehouse, day: date = DAY) -> list[str]:
    return warehouse.read(NOTES, [day])["id"].to_list()


def test_a_partition_is_replaced_whole(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a", "b"))
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "c"))
    assert stored(warehouse) == ["c"]


def test_other_days_are_left_alone(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    warehouse.replace_days(NOTES, [NEXT], notes(NEXT, "b"))
    assert (stored(warehouse, DAY), stored(warehouse, NEXT)) == (["a"], ["b"])


def test_rows_that_are_there_already_are_not_written_again(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.replace_days(NOTES, [DAY, NEXT], pl.concat([notes(DAY, "a", "b"), notes(NEXT)]))
    before = (tmp_path / "digest.duckdb").read_bytes()
    warehouse.replace_days(NOTES, [DAY, NEXT], pl.concat([notes(NEXT), notes(DAY, "b", "a")]))
    assert (tmp_path / "digest.duckdb").read_bytes() == before
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a", "b", text="other"))
    assert (tmp_path / "digest.duckdb").read_bytes() != before


def test_several_days_go_in_one_transaction(warehouse: Warehouse) -> None:
    both = pl.concat([notes(DAY, "a"), notes(NEXT, "b")])
    warehouse.replace_days(NOTES, [DAY, NEXT], both)
    assert (stored(warehouse, DAY), stored(warehouse, NEXT)) == (["a"], ["b"])


def test_a_day_written_empty_differs_from_one_never_written(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], NOTES.to_frame())
    assert warehouse.find_written_days("notes", [DAY, NEXT]) == {DAY}
    assert warehouse.read(NOTES, [DAY]).schema == NOTES.schema


def test_reading_before_anything_was_written_gives_no_rows(warehouse: Warehouse) -> None:
    assert warehouse.read(NOTES).schema == NOTES.schema
    assert not Path(warehouse.path).exists()


def test_columns_go_by_name(warehouse: Warehouse) -> None:
    frame = NOTES.to_frame([NoteRow(day=DAY, id="a", text="text", other="other")])
    warehouse.replace_days(NOTES, [DAY], frame.select("other", "text", "id", "day"))
    assert NOTES.to_rows(warehouse.read(NOTES)) == NOTES.to_rows(frame)


def test_a_frame_that_does_not_fit_leaves_the_partition(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    with pytest.raises(ValueError, match="extra"):
        warehouse.replace_days(NOTES, [DAY], notes(DAY, "b").with_columns(extra=pl.lit(1)))
    with pytest.raises(ValueError, match="do not belong"):
        warehouse.replace_days(NOTES, [DAY], notes(NEXT, "b"))
    assert stored(warehouse) == ["a"]


def test_an_error_inside_the_transaction_rolls_everything_back(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))

    def delete_then_fail() -> None:
        with warehouse.begin() as connection:
            connection.execute("DELETE FROM notes")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        delete_then_fail()
    assert stored(warehouse) == ["a"]


def test_reads_within_a_block_share_one_opening_of_the_file(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    other = Warehouse(warehouse.path)  # as the next function opens it
    with warehouse.hold_open():
        Path(warehouse.path).rename(tmp_path / "elsewhere.duckdb")  # who has it open does not notice
        Path(warehouse.path).touch()  # and who opened this would find no database
        assert (stored(warehouse), stored(other), stored(other, NEXT)) == (["a"], ["a"], [])
        (tmp_path / "elsewhere.duckdb").rename(warehouse.path)
    warehouse.replace_days(NOTES, [NEXT], notes(NEXT, "b"))  # nobody holds it any more
    assert stored(other, NEXT) == ["b"]


def test_a_write_within_a_block_that_reads_is_an_error_and_no_endless_wait(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    with warehouse.hold_open(), pytest.raises(StorageError, match="holds it open for reading"):
        warehouse.replace_days(NOTES, [DAY], notes(DAY, "b"))
    assert stored(warehouse) == ["a"]


def test_a_query_of_an_unknown_table_says_which(warehouse: Warehouse) -> None:
    with pytest.raises(StorageError, match="no_such_table"):
        warehouse.query("SELECT * FROM no_such_table", tables=[])


_KILLED_WRITER = """
import os, signal, sys
from datetime import date
from pathlib import Path
from digest_assets.warehouse import Warehouse
with Warehouse(Path(sys.argv[1])).begin() as connection:
    connection.execute("DELETE FROM notes")
    connection.execute("INSERT INTO notes BY NAME SELECT date '2025-12-05' AS day, 'half' AS id")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_killed_inside_its_transaction_leaves_the_old_rows_and_no_lock(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a", "b"))
    done = subprocess.run([sys.executable, "-c", _KILLED_WRITER, str(warehouse.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert stored(warehouse) == ["a", "b"]
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "c"))
    assert stored(warehouse) == ["c"]


def _write_days(path: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        day = DAY + timedelta(days=number)
        Warehouse(path).replace_days(NOTES, [day], notes(day, *(f"{number}-{row}" for row in range(20))))


def test_processes_that_write_at_once_lose_nothing(warehouse: Warehouse) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_days, args=(warehouse.path, 10 * n, 10)) for n in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        frame = warehouse.read(NOTES)  # a reader beside them never sees half a partition
        assert set(frame.group_by("day").len()["len"]) <= {20}
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert warehouse.read(NOTES).height == 3 * 10 * 20


_FOREIGN_HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_a_writer_waits_for_a_program_that_holds_the_file(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    with subprocess.Popen(
        [sys.executable, "-c", _FOREIGN_HOLDER, str(warehouse.path), "1"], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        warehouse.replace_days(NOTES, [DAY], notes(DAY, "b"))
    assert stored(warehouse) == ["b"]


def test_a_writer_that_waited_long_enough_says_who_holds_the_file(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    hurried = Warehouse(warehouse.path, wait_seconds=0.3)
    with subprocess.Popen(
        [sys.executable, "-c", _FOREIGN_HOLDER, str(warehouse.path), "60"], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            with pytest.raises(StorageError, match=rf"nothing was changed; close it there.*{holder.pid}") as caught:
                hurried.replace_days(NOTES, [DAY], notes(DAY, "b"))
        finally:
            holder.kill()
    assert caught.value.can_retry


def test_a_file_that_is_no_database_is_a_clear_error(warehouse: Warehouse) -> None:
    Path(warehouse.path).write_bytes(b"not a database" * 1000)
    started = time.monotonic()
    with pytest.raises(StorageError, match=r"digest\.duckdb cannot be opened") as caught:
        warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    assert not caught.value.can_retry
    assert time.monotonic() - started < warehouse.wait_seconds


def test_people_can_copy_the_file_and_query_the_copy(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a"))
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(Path(warehouse.path).read_bytes())
    with duckdb.connect(copy, read_only=True) as connection:
        assert connection.sql("SELECT id FROM notes").fetchall() == [("a",)]


_FULL_DISK_WRITER = """
import os, resource, sys
from datetime import date
from pathlib import Path
from digest_assets.common.errors import StorageError
from digest_assets.warehouse import Warehouse
from digest_assets_tests.warehouse.test_database import DAY, NOTES, NoteRow
warehouse = Warehouse(Path(sys.argv[1]))
# As a disk that is full: no file may grow beyond this.
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
try:
    many = NOTES.to_frame(NoteRow(day=DAY, id=str(number), text=os.urandom(100).hex()) for number in range(20_000))
    warehouse.replace_days(NOTES, [DAY], many)
except StorageError as error:
    print(error.can_retry, error)
"""


def test_a_full_disk_leaves_the_old_rows_and_is_a_clear_error(warehouse: Warehouse) -> None:
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "a", "b"))
    command = [sys.executable, "-c", _FULL_DISK_WRITER, str(warehouse.path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.startswith("True "), done.stdout + done.stderr
    assert "could not be written" in done.stdout
    assert "`make doctor` says what to do" in done.stdout
    assert stored(warehouse) == ["a", "b"]
    warehouse.replace_days(NOTES, [DAY], notes(DAY, "c"))
    assert stored(warehouse) == ["c"]
