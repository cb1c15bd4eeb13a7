"""Parsing in processes that can be killed: a file that hangs, crashes or balloons takes only its own paper.

A worker is `python -m digest_assets.texts.worker`: it reads a JSON line naming a file, answers with a JSON line, and
so on. It inherits no environment (so no secret), answers with data alone (nothing is unpickled), cannot take more
memory than its limit, and ends itself shortly after its time is over, even if whoever started it is gone.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, ParsedSection
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf

FileKind = Literal["html", "pdf"]

_MAX_ANSWER_BYTES = 64 * 2**20
_GRACE_SECONDS = 2
_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What parsing one file may take."""

    seconds: float = 60
    memory_bytes: int = 1_000_000_000
    pages: int = 200


class WorkerPool:
    """A few parsing processes, started when first needed and replaced when they die. Use as a context manager."""

    def __init__(self, count: int, limits: ParseLimits) -> None:
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
        question = {"kind": kind, "path": str(path), "pages": self._limits.pages}
        async with self._borrow() as worker:
            # That somebody killed the process says nothing about the file, unless it happens again.
            answer = await worker.ask(question) or await worker.ask(question) or {"reason": "the parser crashed"}
        if "reason" in answer:
            raise ReadingError(answer["reason"])
        return Document(tuple(ParsedSection(**part) for part in answer["parts"]), answer["pages"], answer["note"])

    @contextlib.asynccontextmanager
    async def _borrow(self) -> AsyncIterator["_WorkerProcess"]:
        worker = await self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put_nowait(worker)


class _WorkerProcess:
    """One parsing process, seen from outside."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer; an empty one if the process was killed. Raises `ReadingError` if it hung or crashed."""
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            answer = await asyncio.wait_for(process.stdout.readline(), self._limits.seconds)
        except TimeoutError:
            await self.stop()
            raise ReadingError(f"parsing took more than {self._limits.seconds:g} s") from None
        except (ConnectionError, ValueError, asyncio.LimitOverrunError):
            answer = b""
        except BaseException:  # cancelled in the midst of an answer: the next one must not get it
            await self.stop()
            raise
        if not answer.endswith(b"\n"):
            # Waited for before it is told to stop: whoever signals a process that has ended takes its status away.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            await self.stop()
            if process.returncode == -signal.SIGKILL:
                return {}
            raise ReadingError("the parser crashed")
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    async def _start(self) -> asyncio.subprocess.Process:
        seconds = math.ceil(self._limits.seconds) + _GRACE_SECONDS
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__, str(self._limits.memory_bytes), str(seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join([_ROOT, *filter(None, sys.path)])},
            limit=_MAX_ANSWER_BYTES,
        )
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def main(memory_bytes: int, seconds: int) -> None:
    """The worker's side: a question a line, an answer a line, until the input ends."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not come between the answers
    with contextlib.suppress(ValueError, OSError):  # macOS does not know this limit
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(100_000)  # a paper is many small objects and no cycles
    for line in sys.stdin.buffer:
        signal.alarm(seconds)  # nobody handles it, so the kernel ends a process whose time is over
        answer = json.dumps(answer_question(json.loads(line))).encode() + b"\n"
        signal.alarm(0)
        view = memoryview(answer)
        while view:
            view = view[answers.write(view) :]


def answer_question(question: dict[str, Any]) -> dict[str, Any]:
    """Parse the file that the question names."""
    path = Path(question["path"])
    try:
        pdf = question["kind"] == "pdf"
        document = read_pdf(path, max_pages=question["pages"]) if pdf else read_html(path.read_bytes())
    except ReadingError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "parsing took too much memory"}
    except Exception as error:  # a parser's bug on a strange file is that paper's trouble
        return {"reason": f"the parser failed ({type(error).__name__})"}
    return {"parts": [asdict(part) for part in document.sections], "pages": document.pages, "note": document.note}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
