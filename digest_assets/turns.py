"""Taking turns between processes: a lock file for one-at-a-time, a pace file for politeness.

Both use `flock`, which the kernel releases when a process dies, so a killed run never leaves a turn taken.
They hold on one machine; a local disk is needed (not NFS).
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest_assets.errors import StorageError

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.02
_SAY_AFTER_SECONDS = 10.0


@contextmanager
def turn(path: Path, *, shared: bool = False, timeout: float = 600.0) -> Iterator[int]:
    """Hold the lock file `path` while the block runs; yields its file descriptor.

    `shared` turns go together; an exclusive one goes alone. A wait of more than ten seconds for another process is
    logged with its id. Raises `StorageError` (which a retry may clear) after `timeout` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _wait(descriptor, path, shared, timeout)
        yield descriptor
    finally:
        os.close(descriptor)  # closing releases the lock


def _wait(descriptor: int, path: Path, shared: bool, timeout: float) -> None:
    started = time.monotonic()
    said = False
    while True:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - started
            if waited > timeout:
                raise StorageError(
                    f"waited {waited:.0f} s for a turn at {path}, which {_holder(path)} holds; "
                    "stop that process or try again later",
                    can_retry=True,
                ) from None
            if waited > _SAY_AFTER_SECONDS and not said and not _is_ours(path):
                logger.warning("waiting for a turn at %s, which %s holds", path, _holder(path))
                said = True
            time.sleep(_POLL_SECONDS)
        else:
            return


def holder(path: Path) -> str | None:
    """The process that holds the lock now, with its command, as far as the kernel tells (Linux only)."""
    try:
        inode = path.stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].endswith(f":{inode}"):
                return f"process {fields[4]}{_command(fields[4])}"
    except (OSError, IndexError):
        pass
    return None


def _is_ours(path: Path) -> bool:
    """Whether this process holds the lock itself, as where its own requests keep their pace."""
    return (holder(path) or "").startswith(f"process {os.getpid()} ")


def _holder(path: Path) -> str:
    return holder(path) or "another process"


def _command(process: str) -> str:
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
    words = " ".join(line.split())
    return f" ({words[:120]})" if words else ""


@contextmanager
def paced(path: Path, interval: float, *, alone: bool = False, timeout: float = 3600.0) -> Iterator[None]:
    """Run the block no sooner than `interval` seconds after the last one began, across all processes.

    With `alone` the turn is held while the block runs, and the interval counts from its end: one request at
    a time. Without it, only the starts are spaced, and blocks may overlap.
    """
    with turn(path, timeout=timeout) as descriptor:
        _sleep_until_due(descriptor, interval)
        if alone:
            try:
                yield
            finally:
                _stamp(descriptor)
            return
        _stamp(descriptor)
    yield


def _sleep_until_due(descriptor: int, interval: float) -> None:
    text = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
    try:
        last = float(text)
    except ValueError:
        return
    # A clock that was set back must not make anybody wait for longer than one interval.
    time.sleep(min(max(last + interval - time.time(), 0.0), interval))


def _stamp(descriptor: int) -> None:
    os.pwrite(descriptor, f"{time.time():<32.6f}".encode("ascii"), 0)
