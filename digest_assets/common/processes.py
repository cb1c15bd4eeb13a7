"""Processes of our own that end with the one that started them, and temporary files that go with their process.

A `kill -9` asks nobody: whoever is started here notices by itself that its parent is gone. What a process does is not
here.
"""

import ctypes
import fcntl
import gc
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import file_lock

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_LOOK_SECONDS = 0.5  # where the kernel does not tell; some wake-ups a second cost nothing
_GRACE_SECONDS = 5.0  # for a day to write down that it was canceled; then it is killed, which harms nothing either


def end_with_parent(parent: int | None = None, by: signal.Signals = signal.SIGKILL) -> None:
    """Have this process end, by this signal, when the one that started it has ended, however it ended.

    `parent` is its id, for a process that `multiprocessing` did not start. Linux counts the thread that started this
    process as its parent: one that starts processes must outlive them.
    """
    if parent is None:
        starter = multiprocessing.parent_process()
        parent = os.getppid() if starter is None or starter.pid is None else starter.pid
    if not _ask_kernel(by):
        threading.Thread(target=_watch, args=(parent, by), daemon=True, name="end-with-parent").start()
    elif os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), by)


def _ask_kernel(by: signal.Signals) -> bool:
    """Whether the kernel sends the signal (https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html)."""
    return sys.platform == "linux" and bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0) == 0)


def _watch(parent: int, by: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), by)


# Objects made since the last look for circles among them; Python's own 700 has it look 300 times while Dagster is loaded.
_OBJECTS_BEFORE_A_LOOK = 20_000


def collect_garbage_rarely() -> None:
    """Let Python look for garbage seldom: what is loaded stays, and to look through it took a seventh of the loading."""
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)


class WorkerProcesses(ProcessPoolExecutor):
    """A pool of processes that end with this one, and at once when its block is left by an error or Ctrl-C.

    They start afresh, since neither DuckDB nor threads nor Dagster's instance survive a fork; modules to `preload` are
    imported by one fresh process of which all others are forked. Ctrl-C is for this process alone, which tells them by
    SIGTERM.
    """

    def __init__(
        self, count: int, initializer: Callable[[], None] | None = None, *, preload: Sequence[str] = ()
    ) -> None:
        context = multiprocessing.get_context("forkserver" if preload else "spawn")
        if preload:
            context.set_forkserver_preload(list(preload))
        super().__init__(count, mp_context=context, initializer=_begin_worker, initargs=(initializer, bool(preload)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.shutdown()
            return
        workers = list((self._processes or {}).values())  # from Python 3.14 on there is kill_workers()
        self.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in workers:
            worker.join(max(deadline - time.monotonic(), 0))
            worker.kill()


def _begin_worker(initializer: Callable[[], None] | None, is_forked: bool) -> None:
    # The process that forks them ends when its own starter does, and they with it.
    end_with_parent(os.getppid() if is_forked else None)
    starter = multiprocessing.parent_process()
    if starter is not None and not starter.is_alive():
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what was imported stays: looking through it again and again took a tenth of a worker's time
    if initializer is not None:
        initializer()


@contextmanager
def hold_temporary_folder(parent: Path) -> Iterator[Path]:
    """Keep this process's and its children's temporary files in a folder of their own, which goes when the block ends.

    What a killed process left in `parent` goes when the next one begins: the kernel tells by a lock who is gone.
    Raises `StorageError` if there is no writing.
    """
    before = os.environ.get("TMPDIR")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with file_lock(parent / "lock"):
            _remove_left_folders(parent)
            folder = Path(tempfile.mkdtemp(prefix="", dir=parent))
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        raise StorageError(
            f"{parent} cannot hold temporary files: {error.strerror}; free some space there, or give the folder to "
            "this user"
        ) from error
    try:
        _set_temporary_folder(str(folder))
        yield folder
    finally:
        _set_temporary_folder(before)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove_left_folders(parent: Path) -> None:
    for folder in parent.iterdir():
        if not folder.is_dir():
            continue
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its process lives
        finally:
            os.close(descriptor)


def _set_temporary_folder(folder: str | None) -> None:
    if folder is None:
        os.environ.pop("TMPDIR", None)
    else:
        os.environ["TMPDIR"] = folder
    tempfile.tempdir = None  # Python keeps the last answer


def run_program(parent: int, name: str, arguments: list[str]) -> None:
    """Become an installed program (a console script of this environment) that ends with its parent, by SIGTERM.

    `python -m digest_assets.common.processes PARENT NAME ARGUMENTS…` starts one.
    """
    from importlib.metadata import entry_points

    end_with_parent(parent, signal.SIGTERM)
    script = next(iter(entry_points(group="console_scripts", name=name)))
    sys.argv = [name, *arguments]
    sys.exit(script.load()())


if __name__ == "__main__":
    run_program(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
