"""Processes that end with the one that started them, however it ended, and temporary files that go with it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest_assets.common.errors import StorageError
from digest_assets.common.processes import hold_temporary_folder

# Two workers at four tasks, each of which notes that it began and that it ended, and takes far longer than a test.
_PARENT = """
import os, signal, sys, time
from pathlib import Path
from digest_assets.common import processes

def work(folder, name):
    (Path(folder) / f"{name}.{os.getpid()}").touch()
    try:
        time.sleep(120)
    finally:
        (Path(folder) / f"{name}.cleared").touch()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
    folder = sys.argv[1]
    with processes.hold_temporary_folder(Path(sys.argv[2])), processes.WorkerProcesses(2) as pool:
        for future in [pool.submit(work, folder, name) for name in "abcd"]:
            future.result()
"""
_WATCHING = "from digest_assets.common import processes\nprocesses._ask_kernel = lambda _: False\n"


@contextmanager
def parent(tmp_path: Path, prelude: str = "") -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """A process with two workers that are at work; their ids."""
    folder = tmp_path / "began"
    folder.mkdir()
    (tmp_path / "parent.py").write_text(prelude + _PARENT)
    command = [sys.executable, str(tmp_path / "parent.py"), str(folder), str(tmp_path / "temporary")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            while len(found := list(folder.iterdir())) < 2:
                assert process.poll() is None
                time.sleep(0.02)
            yield process, [int(path.suffix[1:]) for path in found]
        finally:
            process.kill()


def wait_for_end(workers: list[int], seconds: float) -> list[int]:
    """Those that are still there after so many seconds."""
    deadline = time.monotonic() + seconds
    while (alive := [worker for worker in workers if is_alive(worker)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("prelude", ["", _WATCHING], ids=["told by the kernel", "watching"])
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, prelude: str) -> None:
    with parent(tmp_path, prelude) as (process, workers):
        process.kill()
        assert wait_for_end(workers, 10) == []


def test_ctrl_c_ends_what_runs_and_begins_nothing_more(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, workers):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) != 0
        assert wait_for_end(workers, 0) == []
    assert len([path for path in (tmp_path / "began").iterdir() if path.suffix != ".cleared"]) == 2
    assert [path.name for path in (tmp_path / "temporary").iterdir()] == ["lock"]


def test_what_a_killed_process_left_goes_when_the_next_begins_and_a_living_ones_stays(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    with hold_temporary_folder(folder) as mine:
        with parent(tmp_path) as (process, _):
            (other,) = [path for path in folder.iterdir() if path.is_dir() and path != mine]
            process.kill()
            process.wait()
        with hold_temporary_folder(folder) as another:
            assert {path for path in folder.iterdir() if path.is_dir()} == {mine, another}
        assert not other.exists()


def test_temporary_files_lie_in_the_folder_and_go_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with hold_temporary_folder(tmp_path / "temporary") as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        assert os.environ["TMPDIR"] == str(folder)
    assert not folder.exists()
    assert tempfile.gettempdir() == str(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot hold temporary files"), hold_temporary_folder(tmp_path / "file"):
        pass
