"""Turns between processes."""

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import file_lock, rate_limited

_HOLDER = """
import sys, time
from pathlib import Path
from digest_assets.common.locks import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def _start_holder(lock: Path) -> "subprocess.Popen[bytes]":
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def test_a_wait_that_is_too_long_names_the_holder(tmp_path: Path) -> None:
    with _start_holder(tmp_path / "lock") as holder:
        try:
            with pytest.raises(StorageError, match=r"waited .* which (process \d+ .*|another process) holds") as caught:
                file_lock(tmp_path / "lock", timeout=0.2).__enter__()
        finally:
            holder.kill()
    assert caught.value.can_retry


def test_only_a_wait_for_another_process_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if not Path("/proc/locks").exists():
        pytest.skip("only Linux tells who holds a lock")
    monkeypatch.setattr("digest_assets.common.locks._LOG_WAIT_AFTER_SECONDS", 0.0)

    def wait(lock: Path) -> None:
        with pytest.raises(StorageError):
            file_lock(lock, timeout=0.2).__enter__()

    with file_lock(tmp_path / "own"):
        wait(tmp_path / "own")
    assert caplog.messages == []
    with _start_holder(tmp_path / "other") as other:
        try:
            wait(tmp_path / "other")
        finally:
            other.kill()
    assert len(caplog.messages) == 1
    assert f"process {other.pid} " in caplog.messages[0]


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    with _start_holder(tmp_path / "lock") as holder:
        holder.kill()
        holder.wait()
        with file_lock(tmp_path / "lock", timeout=5):
            pass


def test_shared_turns_go_together(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock", shared=True), file_lock(tmp_path / "lock", shared=True, timeout=1):
        pass


def test_an_exclusive_turn_waits_for_shared_ones(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock", shared=True), pytest.raises(StorageError):
        file_lock(tmp_path / "lock", timeout=0.1).__enter__()


def _stamp(pace: Path, log: Path, one_at_a_time: bool, times: int) -> None:
    for _ in range(times):
        requested = time.time()
        with rate_limited(pace, 0.1, one_at_a_time=one_at_a_time):
            started = time.time()
            time.sleep(0.03)
            with log.open("a") as file:
                file.write(f"{requested} {started} {time.time()}\n")


@pytest.mark.parametrize("one_at_a_time", [True, False])
def test_the_rate_limit_holds_across_processes(tmp_path: Path, one_at_a_time: bool) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_stamp, args=(tmp_path / "pace", log, one_at_a_time, 3)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    spans = [tuple(map(float, line.split())) for line in log.read_text().splitlines()]
    requested, started, ended = (sorted(times) for times in zip(*spans, strict=True))
    assert len(spans) == 9
    # A block may begin later than it was let through, never earlier: so from the first that requested, not block to block.
    assert all(start - requested[0] >= 0.099 * number for number, start in enumerate(started))
    if one_at_a_time:  # from the end of one to the start of the next
        assert all(later - earlier >= 0.099 for earlier, later in zip(ended, started[1:], strict=False))


def test_a_clock_set_back_delays_by_one_interval_at_most(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text(str(time.time() + 3600))
    started = time.monotonic()
    with rate_limited(tmp_path / "pace", 0.1):
        pass
    assert time.monotonic() - started < 5
