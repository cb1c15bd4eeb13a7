"""How fast papers are parsed, beside plain text extraction by pypdfium2 on the same cores, and in how much memory.

    DIGEST_TEST_CORPUS=... python benchmarks/reading_speed.py [files] [processes]

Both sides read the same files (the corpus' papers, repeated) from the disk in the same number of processes, and are
measured in turns; the ratio is of their best times. Ours is what a run does: worker processes that can be killed,
each paper's sections sent back. Memory is the peak of all our processes together.
"""

import asyncio
import multiprocessing
import multiprocessing.pool
import os
import sys
import threading
import time
from pathlib import Path

import pypdfium2

from digest_assets.errors import ReadingError
from digest_assets.texts.worker import Limits, Workers

ROUNDS = 3
LIMIT = 1.3
MEMORY_LIMIT = 1 << 30


def plain(path: Path) -> int:
    """The text of all pages."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return sum(len(page.get_textpage().get_text_range()) for page in document)
    except pypdfium2.PdfiumError:
        return 0


def time_plain(files: list[Path], pool: multiprocessing.pool.Pool) -> float:
    started = time.perf_counter()
    signs = sum(pool.imap_unordered(plain, files))
    assert signs
    return time.perf_counter() - started


async def time_ours(files: list[Path], processes: int) -> tuple[float, int]:
    async with Workers(processes, Limits(pages=10_000)) as workers:

        async def parse(path: Path) -> int:
            try:
                return (await workers.parse("pdf", path)).characters
            except ReadingError:
                return 0

        # Starting the processes belongs to a run, not to a file: the plain side's are started too.
        await asyncio.gather(*(parse(files[0]) for _ in range(processes)))
        peak = Peak(os.getpid())
        started = time.perf_counter()
        with peak:
            characters = sum(await asyncio.gather(*map(parse, files)))
        assert characters
        return time.perf_counter() - started, peak.bytes


class Peak:
    """Watches the memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._stop = threading.Event()

    def __enter__(self) -> "Peak":
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
            self.bytes = max(self.bytes, sum(resident(pid) for pid in (str(self._pid), *children)))


def resident(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def main(count: int, processes: int) -> None:
    folder = Path(os.environ["DIGEST_TEST_CORPUS"]) / "pdf"
    papers = sorted(folder.glob("*.pdf"))
    files = [papers[place % len(papers)] for place in range(count)]
    best_plain = best_ours = float("inf")
    peak = 0
    with multiprocessing.Pool(processes) as pool:
        pool.map(plain, files[:processes])
        for _ in range(ROUNDS):
            best_plain = min(best_plain, time_plain(files, pool))
            seconds, used = asyncio.run(time_ours(files, processes))
            best_ours, peak = min(best_ours, seconds), max(peak, used)
    print(f"{count} PDFs, {processes} processes, best of {ROUNDS}")
    print(f"{'plain pypdfium2':20}{best_plain:>8.2f} s")
    print(f"{'digest_assets':20}{best_ours:>8.2f} s   {best_ours / best_plain:.2f} × (limit {LIMIT})")
    print(f"{'memory, all processes':20}{peak / 2**20:>6.0f} MiB (limit {MEMORY_LIMIT >> 20})")
    if best_ours > LIMIT * best_plain or peak > MEMORY_LIMIT:
        sys.exit("over the limit")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [100, 2][len(arguments) :]))
