"""Locks between processes: on a file, on a rate of requests, and on names.

The kernel releases all of them when a process dies, so a killed run never leaves one behind. They hold on one machine;
a local disk is needed (not NFS).
"""

import asyncio
import errno
import fcntl
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Self

from digest_assets.common.errors import TransientStorageError

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.02  # a transaction of the database takes about as long
_NAME_POLL_SECONDS = 0.1  # names are held for as long as a model answers, seconds
_LOG_WAIT_AFTER_SECONDS = 10.0  # ordinary waits are shorter and would fill the log


@contextmanager
def file_lock(path: Path, *, shared: bool = False, timeout: float = 600.0) -> Iterator[int]:
    """Hold the lock file `path` while the block runs; yields its file descriptor.

    `shared` holders go together; an exclusive one goes alone. A wait of more than ten seconds for another process is
    logged with its id. Raises `TransientStorageError` after `timeout` seconds.
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
    logged = False
    while True:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - started
            if waited > timeout:
                raise TransientStorageError(
                    f"waited {waited:.0f} s for the lock {path}, which {_describe_holder(path)} holds; "
                    "stop that process or try again later"
                ) from None
            if waited > _LOG_WAIT_AFTER_SECONDS and not logged and not _is_held_by_this_process(path):
                logger.warning("waiting for the lock %s, which %s holds", path, _describe_holder(path))
                logged = True
            time.sleep(_POLL_SECONDS)
        else:
            return


def find_lock_holder(path: Path) -> str | None:
    """The process that holds the lock now, with its command, as far as the kernel tells (Linux only)."""
    try:
        inode = path.stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].endswith(f":{inode}"):
                return f"process {fields[4]}{_read_command_line(fields[4])}"
    except (OSError, IndexError):
        pass
    return None


def find_listener(port: int) -> str | None:
    """The process that listens on a TCP port of this machine, with its command, as far as the kernel tells (Linux only)."""
    try:
        lines = [
            line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]
        ]
        sockets = {
            f"socket:[{fields[9]}]" for fields in lines if fields[3] == "0A" and fields[1].endswith(f":{port:04X}")
        }
    except OSError:
        return None
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in sockets:
                return f"process {link.parts[2]}{_read_command_line(link.parts[2])}"
        except OSError:  # it has ended, or is another user's
            continue
    return None


def find_open_processes(path: Path) -> list[str]:
    """The other processes that have the file open, with their commands, as far as the kernel tells (Linux only)."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.parts[2] != str(os.getpid()) and link.samefile(path):
                found.add(link.parts[2])
        except OSError:  # it has ended, or is another user's
            continue
    return [f"process {process}{_read_command_line(process)}" for process in sorted(found)]


def _is_held_by_this_process(path: Path) -> bool:
    """Whether this process holds the lock itself, as where its own requests keep their pace."""
    return (find_lock_holder(path) or "").startswith(f"process {os.getpid()} ")


def _describe_holder(path: Path) -> str:
    return find_lock_holder(path) or "another process"


def _read_command_line(process: str) -> str:
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
    words = " ".join(line.split())
    return f" ({words[:120]})" if words else ""


@contextmanager
def rate_limited(
    path: Path, interval: float, *, one_at_a_time: bool = False, timeout: float = 3600.0
) -> Iterator[None]:
    """Run the block no sooner than `interval` seconds after the last one began, across all processes.

    With `one_at_a_time` the lock is held while the block runs, and the interval counts from its end: one request at
    a time. Without it, only the starts are spaced, and blocks may overlap.
    """
    with file_lock(path, timeout=timeout) as descriptor:
        _sleep_until_due(descriptor, interval)
        if one_at_a_time:
            try:
                yield
            finally:
                _write_start_time(descriptor)
            return
        _write_start_time(descriptor)
    yield


def _sleep_until_due(descriptor: int, interval: float) -> None:
    text = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
    try:
        last = float(text)
    except ValueError:
        return
    # A clock that was set back must not make anybody wait for longer than one interval.
    time.sleep(min(max(last + interval - time.time(), 0.0), interval))


def _write_start_time(descriptor: int) -> None:
    os.pwrite(descriptor, f"{time.time():<32.6f}".encode("ascii"), 0)


class NamedLocks:
    """Locks on names, so that one process at a time works on each; a context manager. A byte of the file stands for a name.

    A process has one of them for a file at a time: by POSIX's rules, closing the file releases all its names.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @asynccontextmanager
    async def hold(self, name: str, timeout: float) -> AsyncIterator[None]:
        """Hold the name while the block runs. Raises `TimeoutError` if another process holds it for so long."""
        offset = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
        async with asyncio.timeout(timeout):
            while not self._try_lock(offset):
                await asyncio.sleep(_NAME_POLL_SECONDS)
        try:
            yield
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, offset)

    def _try_lock(self, offset: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            return False
        return True
