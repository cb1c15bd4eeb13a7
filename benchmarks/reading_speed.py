"""How fast papers are parsed, beside plain text extraction by pypdfium2 on the same cores, and in how much memory.

    DIGEST_TEST_CORPUS=... python -m benchmarks.reading_speed [--files 100] [--processes 2] [--rounds 5]

Both sides read the same files (the corpus' papers, repeated) from the disk in the same number of processes, and are
measured in turns; the median of the rounds' ratios counts. Ours is what a run does: worker processes that can be killed,
each paper's sections sent back. The time on the wall is held against the limit; beside it stands how long processors
worked, which other programs on the machine disturb less. Memory is the sum of our processes' peaks: to watch what they
have together would be work that is not the parsers'.
"""

import argparse
import asyncio
import multiprocessing
import multiprocessing.pool
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from digest_assets.common.errors import ReadingError
from digest_assets.config.texts import TextsConfig
from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.worker import WorkerPool

LIMIT = 2.0  # times plain extraction, for layout, sections and tables: 1.57 and 1.74 measured; the aim is 1.5
MEMORY_LIMIT = 1 << 30  # of all processes: a small machine's memory leaves as much beside Dagster


def extract_with_pdfium(path: Path) -> int:
    """The text of all pages, as pypdfium2's documentation gets it."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return sum(len(page.get_textpage().get_text_bounded()) for page in document)
    except pypdfium2.PdfiumError:
        return 0


def time_plain(files: list[Path], pool: multiprocessing.pool.Pool) -> tuple[float, float]:
    started, worked = time.perf_counter(), get_processor_seconds()
    signs = sum(pool.imap_unordered(extract_with_pdfium, files))
    assert signs
    return get_processor_seconds() - worked, time.perf_counter() - started


async def time_ours(files: list[Path], processes: int) -> tuple[float, float, int]:
    others = set(list_children(os.getpid()))  # the plain side's
    async with WorkerPool(processes, TextsConfig(max_pages=10_000)) as workers:

        async def parse(path: Path) -> int:
            try:
                return (await workers.parse("pdf", path)).characters
            except ReadingError:
                return 0

        # Starting the processes belongs to a run, not to a file: the plain side's are started too.
        await asyncio.gather(*(parse(files[0]) for _ in range(processes)))
        started, worked = time.perf_counter(), get_processor_seconds()
        characters = sum(await asyncio.gather(*map(parse, files)))
        assert characters
        times = get_processor_seconds() - worked, time.perf_counter() - started
        ours = {str(os.getpid()), *list_children(os.getpid())} - others
        return *times, sum(map(read_peak_bytes, ours))


def list_children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def get_processor_seconds() -> float:
    """Seconds that processors worked for this process and its living children."""
    ticks = 0
    for pid in list_children(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def read_peak_bytes(pid: str) -> int:
    """The most memory that a process had at a time."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code says whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    processes = given.processes
    papers = sorted((require_corpus() / "pdf").glob("*.pdf"))
    files = [papers[place % len(papers)] for place in range(given.files)]
    plain_times, our_times, peak = [], [], 0
    with multiprocessing.Pool(processes) as pool:
        pool.map(extract_with_pdfium, files[:processes])
        for _ in range(given.rounds):
            plain_times.append(time_plain(files, pool))
            *times, used = asyncio.run(time_ours(files, processes))
            our_times.append((times[0], times[1]))
            peak = max(peak, used)
    # A machine that others share is now quicker, now slower: what is side by side is compared, round by round.
    work, wall = (
        statistics.median(ours[place] / plain[place] for plain, ours in zip(plain_times, our_times, strict=True))
        for place in (0, 1)
    )
    print(f"{given.files} PDFs, {processes} processes, median of {given.rounds} rounds")
    print(f"{'':24}{'worked':>10}{'wall':>10}")
    for name, rounds in (("plain pypdfium2", plain_times), ("digest_assets", our_times)):
        print(f"{name:24}" + "".join(f"{statistics.median(column):>8.2f} s" for column in zip(*rounds, strict=True)))
    print(f"{'ratio':24}{work:>8.2f} ×{wall:>8.2f} × (limit {LIMIT})")
    print(f"{'memory, all processes':24}{peak / 2**20:>6.0f} MiB (limit {MEMORY_LIMIT >> 20})")
    return 1 if wall > LIMIT or peak > MEMORY_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
