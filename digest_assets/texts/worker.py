"""Worker processes that parse files and can be killed: one that hangs, crashes or balloons takes only its own paper.

A worker is `python -m digest_assets.texts.worker`: it reads a job, a JSON line naming a file, replies with a JSON line, and
so on. It inherits no environment (so no secret), replies with data alone (nothing is unpickled), cannot take more
memory than its limit, and ends itself shortly after its time is over, and at once when whoever started it is gone.
"""

import asyncio
import contextlib
import gc
import json
import math
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from digest_assets.common.errors import ReadingError
from digest_assets.common.processes import end_with_parent
from digest_assets.texts.document import Document, Figure, Picture
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.pictures import draw_figure, shrink_image

if TYPE_CHECKING:
    from digest_assets.config.texts import TextsConfig

FileKind = Literal["html", "pdf"]

_MAX_REPLY_BYTES = 64 * 2**20  # a line of JSON: hundreds of times the text of a long paper
_GRACE_SECONDS = 2  # in which a process that crashed can be waited for
_ROOT = str(Path(__file__).parents[2])


class WorkerPool:
    """A few parsing processes, started when first needed and replaced when they die. Use as a context manager.

    Args:
        count: How many.
        limits: The settings that say what parsing one file may take: seconds, memory, pages.
    """

    def __init__(self, count: int, limits: "TextsConfig") -> None:
        self._limits = limits
        self._idle: asyncio.Queue[_WorkerProcess] = asyncio.Queue()
        self._all = [_WorkerProcess(limits) for _ in range(max(count, 1))]
        for worker in self._all:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> "WorkerPool":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._all:
            await worker.stop()

    async def parse(self, kind: FileKind, path: Path) -> Document:
        """The paper in a file. Raises `ReadingError` with a short reason, also if the parser hung or crashed."""
        return Document.from_json(await self._run({"kind": kind, "path": str(path), "pages": self._limits.max_pages}))

    async def make_picture(self, path: Path, figure: Figure | None = None) -> Picture:
        """The image in a file made small, or what a PDF shows of a figure. Raises `ReadingError` like `parse`."""
        job: dict[str, Any] = {"kind": "image" if figure is None else "figure", "path": str(path)}
        if figure is not None:
            job |= {"caption": figure.caption, "page": figure.page}
        return Picture.from_json(await self._run(job))

    async def _run(self, job: dict[str, Any]) -> dict[str, Any]:
        async with self._borrow() as worker:
            # That somebody killed the process says nothing about the file, unless it happens again.
            reply = await worker.run(job) or await worker.run(job) or {"reason": "the parser crashed"}
        if "reason" in reply:
            raise ReadingError(reply["reason"])
        return reply

    @contextlib.asynccontextmanager
    async def _borrow(self) -> AsyncIterator["_WorkerProcess"]:
        worker = await self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put_nowait(worker)


class _WorkerProcess:
    """One parsing process, seen from outside."""

    def __init__(self, limits: "TextsConfig") -> None:
        self._limits = limits
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """The reply; an empty one if the process was killed. Raises `ReadingError` if it hung or crashed."""
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            reply = await asyncio.wait_for(process.stdout.readline(), self._limits.timeout_seconds)
        except TimeoutError:
            await self.stop()
            raise ReadingError(f"parsing took more than {self._limits.timeout_seconds:g} s") from None
        except (ConnectionError, ValueError, asyncio.LimitOverrunError):
            reply = b""
        except BaseException:  # cancelled in the midst of a reply: the next one must not get it
            await self.stop()
            raise
        if not reply.endswith(b"\n"):
            # Waited for before it is told to stop: whoever signals a process that has ended takes its status away.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            await self.stop()
            if process.returncode == -signal.SIGKILL:
                return {}
            raise ReadingError("the parser crashed")
        parsed: dict[str, Any] = json.loads(reply)
        return parsed

    async def _start(self) -> asyncio.subprocess.Process:
        seconds = math.ceil(self._limits.timeout_seconds) + _GRACE_SECONDS
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__, str(self._limits.memory_bytes), str(seconds), str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join([_ROOT, *filter(None, sys.path)])},
            limit=_MAX_REPLY_BYTES,
        )
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def main(memory_bytes: int, seconds: int, parent: int) -> None:
    """The worker's side: a job a line, a reply a line, until the input ends or the process that started it."""
    end_with_parent(parent)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not come between the replies
    with contextlib.suppress(ValueError, OSError):  # macOS does not know this limit
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(100_000)  # a paper is many small objects and no cycles
    for line in sys.stdin.buffer:
        signal.alarm(seconds)  # nobody handles it, so the kernel ends a process whose time is over
        reply = json.dumps(run_job(json.loads(line))).encode() + b"\n"
        signal.alarm(0)
        view = memoryview(reply)
        while view:
            view = view[replies.write(view) :]


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """What the job asks for of the file that it names: its text (`html`, `pdf`), or a picture (`image`, `figure`)."""
    path = Path(job["path"])
    try:
        match job["kind"]:
            case "pdf":
                return read_pdf(path, max_pages=job["pages"]).to_json()
            case "html":
                return read_html(path.read_bytes()).to_json()
            case "image":
                return shrink_image(path).to_json()
            case _:
                return draw_figure(path, Figure(job["caption"], job["page"])).to_json()
    except ReadingError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "parsing took too much memory"}
    except Exception as error:  # a parser's bug on a strange file is that paper's trouble
        return {"reason": f"the parser failed ({type(error).__name__})"}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
