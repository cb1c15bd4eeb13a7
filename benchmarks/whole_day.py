"""How near a whole day by the command comes to the model's own limit: calls / calls in flight x latency.

    python -m benchmarks.whole_day [--papers 215] [--concurrency 20] [--latency 1.0] [--reports category_digest all]

A loopback server gives the listing, a fake LLM in a process of its own answers after the latency, and `digest run` makes
the day from nothing, with start, checks, site and feeds; then the same day again, which must make no call. The limit counts
the calls that the endpoint got: `all` five reports read some papers for several of them.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from digest_assets.config.reports import ReportsConfig
from digest_assets.testing.fake_llm.process import FakeLLMProcess, run_fake_llm
from digest_assets.testing.loopback.server import LoopbackServer, ServedPaper
from digest_assets.testing.summary_days import make_numbered_paper
from digest_assets.testing.synthetic import generate_hf_pages, generate_papers

DAY = date(2025, 12, 3)
CATEGORIES = ["cs.CV", "cs.RO"]
_MOST_TIMES_LIMIT, _MOST_SECONDS_AGAIN = 1.5, 4.0


def generate_day(count: int) -> list[ServedPaper]:
    """Papers of our categories, with abstracts of five sentences."""
    return [
        replace(
            paper,
            categories=(CATEGORIES[number % 2],),
            title=(like := make_numbered_paper(number)).title,
            abstract=like.abstract,
        )
        for number, paper in enumerate(generate_papers([DAY], each=count))
    ]


def run_day(config: Path, data: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Seconds on the wall and of the processor that the command and its processes take."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
    ours = {"DIGEST_CONFIG": str(config), "DIGEST_DATA_DIR": str(data), "HF_HUB_OFFLINE": "0"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "digest_assets.cli", "run", str(DAY)]
    subprocess.run(command, env={**inherited, **variables, **ours}, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(given: argparse.Namespace, report: str, server: LoopbackServer, llm: FakeLLMProcess) -> None:
    """Print a line for the day with this report, or with all."""
    names = ReportsConfig().enabled_reports()
    reports: dict[str, Any] = {"category_digest": {"categories": CATEGORIES}}
    for name in names:
        if report not in (name, "all"):
            reports.setdefault(name, {})["enabled"] = False
    config = {
        "sources": {"arxiv": {"categories": CATEGORIES, "delay_seconds": 0}},
        "reports": reports,
        "texts": {"requests_per_second": 1000, "connections": 8},
        "summaries": {
            "engine": "openai",
            "model": "fake-llm",
            "concurrency": given.concurrency,
        },
    }
    variables = {**server.get_environment(), **llm.get_environment()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.yaml"
        path.write_text(json.dumps(config), "utf-8")
        before = llm.fetch_statistics()["calls"]
        wall, processor = run_day(path, Path(folder) / "data", variables)
        calls = llm.fetch_statistics()["calls"] - before
        again, processor_again = run_day(path, Path(folder) / "data", variables)
        more = llm.fetch_statistics()["calls"] - before - calls
    limit = calls / given.concurrency * given.latency
    print(
        f"| {report} | {calls} | {limit:.1f} | {wall:.1f} | {wall / limit:.2f} | {processor:.1f} | {again:.1f} "
        f"| {processor_again:.1f} | {more} |",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each choice of reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=215)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--reports", nargs="+", default=["category_digest", "all"])
    given = parser.parse_args(arguments)
    print(
        f"{given.papers} papers, {given.concurrency} in flight, a model of {given.latency} s; aims: "
        f"{_MOST_TIMES_LIMIT} x the limit, {_MOST_SECONDS_AGAIN:g} s again\n"
    )
    print("| reports | calls | limit, s | wall, s | x limit | processor, s | again, s | processor, s | calls |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    papers = generate_day(given.papers)
    with LoopbackServer(papers, generate_hf_pages(papers)) as server, run_fake_llm(given.latency) as llm:
        for report in given.reports:
            measure(given, report, server, llm)


if __name__ == "__main__":
    main()
