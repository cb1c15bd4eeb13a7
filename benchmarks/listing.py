"""What a day's listing costs beyond what arXiv's terms ask for: wall time against requests x delay, and memory.

    python -m benchmarks.listing [--delay 3.0] [--page-size 200] [--papers 250 1000 4000]

A loopback server gives the papers; the listing runs in a process of its own, whose memory is measured at its peak beyond
what it had before: in all, and as Python counts it (without the rows themselves, which the day's table holds anyway).
"""

import argparse
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.listing import list_mailing
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.testing.synthetic import generate_papers

DAY = date(2025, 12, 3)
_MEGABYTE = 1_000_000
_TO_MEGABYTES = 1 / 1000 if sys.platform != "darwin" else 1 / _MEGABYTE


def measure_time(settings: Settings) -> tuple[int, int, float, float]:
    """Papers, requests, seconds, and megabytes of memory at the peak beyond what there was before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with ArxivApi.from_settings(settings) as api:
        listing = list_mailing(DAY, settings, api, datetime.now(UTC))
    wall = time.monotonic() - started
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * _TO_MEGABYTES
    return len(listing.rows), api.requests, wall, more


def measure_memory(settings: Settings) -> float:
    """Megabytes that Python had at the peak, without the rows that stay."""
    tracemalloc.start()
    with ArxivApi.from_settings(settings) as api:
        listing = list_mailing(DAY, settings, api, datetime.now(UTC))
    stays, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert listing.rows
    return (peak - stays) / _MEGABYTE


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each number of papers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=3.0)
    parser.add_argument("--page-size", type=int, default=200)
    parser.add_argument("--papers", type=int, nargs="+", default=[250, 1000, 4000])
    given = parser.parse_args(arguments)
    print(
        f"| papers, {given.delay} s apart | requests | limit, s | wall, s | x limit | peak, MB | beside the rows, MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for count in given.papers:
        papers = generate_papers([DAY], each=count * 10 // 9)  # every tenth has none of our categories
        assert all(paper.search_fields for paper in papers)
        with LoopbackServer(papers) as server, tempfile.TemporaryDirectory() as folder:
            arxiv = {"page_size": given.page_size}
            polite, quick = (
                create_settings(server, Path(folder), {"sources": {"arxiv": {**arxiv, "delay_seconds": delay}}})
                for delay in (given.delay, 0)
            )
            # A process of its own for each measurement: what one leaves behind is not the other's.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
                found, requests, wall, more = pool.submit(measure_time, polite).result()
                beside = pool.submit(measure_memory, quick).result()
        limit = requests * given.delay
        print(f"| {found} | {requests} | {limit:.1f} | {wall:.2f} | {wall / limit:.3f} | {more:.1f} | {beside:.1f} |")


if __name__ == "__main__":
    main()
