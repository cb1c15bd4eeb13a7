"""What operating costs: the database as its history grows, Dagster's overhead, a backfill against the model's limit.

    python -m benchmarks.operations [history] [overhead] [backfill] [--json FILE]
        [--days 3650] [--backfill-days 30] [--papers 100] [--concurrency 20] [--latency 1.0]

Every figure stands beside one measured in the same run, so that ratios hold on other machines, too: writing and
reading a partition at the end of a long history against the first; an empty day through Dagster against the start
of Python and of the definitions; a backfill against papers x latency / calls in flight.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.warehouse import Warehouse
from digest_assets_tests.stand_ins.model import KEY
from digest_assets_tests.summaries.days import fill_day, materialise, with_model

_FIRST = date(2016, 1, 1)
_SAMPLES = 31


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="history, overhead, backfill; all of them if none is given")
    parser.add_argument("--json", type=Path, help="write the figures into this file, too")
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--backfill-days", type=int, default=30)
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    given = parser.parse_args()
    parts: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "history": history,
        "overhead": overhead,
        "backfill": backfill,
    }
    figures: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    }
    for name in given.parts or parts:
        figures[name] = parts[name](given)
        print(f"\n| {name} | |\n|---|---:|")
        for what, value in figures[name].items():
            print(f"| {what} | {value} |")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def history(given: argparse.Namespace) -> dict[str, Any]:
    """A partition of papers written and read, beside one day and beside years of them, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = (Warehouse(Path(folder) / f"{name}.duckdb") for name in ("short", "long"))
        short.replace(PAPERS, [_FIRST], PAPERS.frame(_papers(_FIRST, given.papers)))
        # A hundred days a transaction: what is measured is the history, not the making of it.
        days = [_FIRST + timedelta(days=number) for number in range(given.days)]
        for start in range(0, len(days), 100):
            some = days[start : start + 100]
            long.replace(PAPERS, some, PAPERS.frame(row for day in some for row in _papers(day, given.papers)))
        pairs = [
            (_write_and_read(short, _FIRST, given.papers), _write_and_read(long, days[-1 - number], given.papers))
            for number in range(_SAMPLES)
        ]
        size = Path(long.path).stat().st_size
    figures: dict[str, Any] = {}
    for place, what in enumerate(("write", "read")):
        one, many = (statistics.median(pair[history][place] for pair in pairs) for history in (0, 1))
        ratio = statistics.median(pair[1][place] / pair[0][place] for pair in pairs)
        figures[f"{what} beside 1 day and {given.days} days, ms"] = f"{one:.1f}, {many:.1f}"
        figures[f"{what}, median ratio of {_SAMPLES} pairs"] = round(ratio, 2)
    return {**figures, "megabytes": round(size / 1e6, 1)}


def _write_and_read(warehouse: Warehouse, day: date, papers: int) -> tuple[float, float]:
    """Milliseconds for one partition."""
    frame = PAPERS.frame(_papers(day, papers))
    started = time.perf_counter()
    warehouse.replace(PAPERS, [day], frame)
    between = time.perf_counter()
    found = warehouse.read(PAPERS, [day])
    ended = time.perf_counter()
    assert found.equals(frame)
    return 1000 * (between - started), 1000 * (ended - between)


def _papers(day: date, count: int) -> list[PaperRow]:
    return [
        PaperRow(
            day=day,
            id=f"{day:%y%m}.{number:05}",
            title=f"A study of the {number}th thing on {day}",
            abstract=f"{pow(7919, number + day.toordinal(), 2**4096):x}",  # a thousand characters that do not compress
            authors=("A. Author", "B. Author"),
            categories=("cs.CV", "cs.LG"),
            sources=("arxiv_listing",),
        )
        for number in range(count)
    ]


_START = {
    "python alone": "pass",
    "the settings": "from digest_assets.config import load_settings; load_settings()",
    "the definitions": "from digest_assets.definitions import defs",
}


def overhead(given: argparse.Namespace) -> dict[str, Any]:
    """Starting up, and an empty day (a Sunday, without Hugging Face) through Dagster."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "digest.yaml").write_text("sources: {huggingface: {enabled: false}}\n", "utf-8")
        variables = {**os.environ, "DIGEST_DATA_DIR": folder, "DIGEST_CONFIG": str(Path(folder) / "digest.yaml")}
        variables["DAGSTER_HOME"] = ""
        starts = {
            name: min(_seconds([sys.executable, "-c", code], variables) for _ in range(3))
            for name, code in _START.items()
        }
        make = [sys.executable, "-m", "digest_assets.automation.days"]
        one = _seconds([*make, "2025-12-07"], variables)
        weekend = ["2025-12-13", "2025-12-14"]
        two = _seconds([*make, *weekend, "--at-once", "1"], variables)
    return {
        **{f"start of {name}, s": round(seconds, 2) for name, seconds in starts.items()},
        "an empty day by the command, s": round(one, 2),
        "two empty days, one after the other, s": round(two, 2),
    }


def _seconds(command: list[str], variables: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=variables, check=True, capture_output=True)
    return time.perf_counter() - started


def backfill(given: argparse.Namespace) -> dict[str, Any]:
    """Days of papers summarised by a model with the given latency, and the same days again."""
    command = [sys.executable, "-m", "digest_assets_tests.stand_ins.model", "--latency", str(given.latency)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        base_url = server.stdout.readline().strip()
        os.environ.update(OPENAI_BASE_URL=base_url, OPENAI_API_KEY=KEY)
        walls, again = [], []
        for number in range(given.backfill_days):
            settings = with_model(Path(folder) / str(number), concurrency=given.concurrency)
            fill_day(settings, given.papers, ["daily_table"], paragraphs=60)
            for times in (walls, again):
                started = time.perf_counter()
                materialise(settings)
                times.append(time.perf_counter() - started)
        with urlopen(base_url.removesuffix("/v1") + "/seen") as response:
            seen = json.load(response)
        server.stdin.close()
    limit = given.backfill_days * -(-given.papers // given.concurrency) * given.latency
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "papers": given.backfill_days * given.papers,
        "calls at the endpoint": seen["calls"],
        "limit by the model, s": limit,
        "first time, s": round(sum(walls), 1),
        "ratio to the limit": round(sum(walls) / limit, 3),
        "the same days again, s": round(sum(again), 1),
        "peak memory, MB": round(peak),
    }


if __name__ == "__main__":
    main()
