"""What operating costs: the database as its history grows, Dagster's overhead, a backfill against the model's limit.

    python -m benchmarks.operations [history] [overhead] [backfill] [--json FILE]
        [--days 3650] [--backfill-days 30] [--papers 100] [--concurrency 20] [--latency 1.0] [--repeats 8]

Every number stands beside one measured in the same run, so that ratios hold on other machines, too: writing and
reading a partition at the end of a long history against that of a year and the first; a sample day through Dagster
against the same day by the rooms' own functions; a backfill against papers x latency / calls in flight.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dagster as dg

from digest_assets.archive.earlier_days import describe_day, load_days
from digest_assets.archive.similar_papers import find_similar_papers
from digest_assets.archive.tables import EARLIER_DAYS, SIMILAR_PAPERS
from digest_assets.config.settings import Settings
from digest_assets.definitions import build_definitions
from digest_assets.groups.grouping import group_papers
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.run_databases import build_settings_resource
from digest_assets.papers.merge import merge_papers
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.library import load_profiles, refresh_library
from digest_assets.relevance.llm_ranking import LLMRanker
from digest_assets.relevance.scoring import score_day
from digest_assets.relevance.tables import RELEVANCE
from digest_assets.reports.edition import DayTables
from digest_assets.reports.exports import export_day
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import build_editions, write_report
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.huggingface import fetch_daily_page
from digest_assets.sources.listing import list_mailing
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, ARXIV_WITNESSES, HF_DAILY_PAPERS
from digest_assets.sources.topics import find_topic_papers
from digest_assets.summaries.assets import build_overview_requests
from digest_assets.summaries.overview import make_overviews
from digest_assets.summaries.requests import build_requests
from digest_assets.summaries.summarize import make_summaries
from digest_assets.summaries.tables import CLAIMS, DAY_OVERVIEWS, PAPER_SUMMARIES, list_claims
from digest_assets.tables import ASSET_TABLES, DAY_TABLES
from digest_assets.testing import sample
from digest_assets.testing.fake_llm.process import run_fake_llm
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.summary_days import make_llm_settings, materialise_asset, store_day
from digest_assets.texts.assets import build_read_requests
from digest_assets.texts.reader import read_papers
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Warehouse, open_warehouse

_FIRST = date(2016, 1, 1)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="history, overhead, backfill; all of them if none is given")
    parser.add_argument("--json", type=Path, help="write the numbers into this file, too")
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--backfill-days", type=int, default=30)
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument(
        "--repeats", type=int, default=8, help="of the overhead; the history is measured four times as often"
    )
    given = parser.parse_args(arguments)
    parts: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "history": measure_history,
        "overhead": measure_overhead,
        "backfill": measure_backfill,
    }
    numbers: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    }
    for name in given.parts or parts:
        # A process for each part: the peak memory of a backfill is not that of the history before it.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            numbers[name] = process.submit(parts[name], given).result()
        print(f"\n| {name} | |\n|---|---:|")
        for what, value in numbers[name].items():
            print(f"| {what} | {value} |")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")


def measure_history(given: argparse.Namespace) -> dict[str, Any]:
    """A partition of papers written and read, alone and beside more and more days, by turns."""
    lengths = {"1 day": 1, "10 days": 10, "365 days": 365, f"{given.days} days": given.days}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in lengths}
    with tempfile.TemporaryDirectory() as folder:
        wareboth = {name: Warehouse(Path(folder) / f"{name}.duckdb") for name in lengths}
        for name, length in lengths.items():
            # A hundred days a transaction: what is measured is the history, not the making of it.
            days = [_FIRST + timedelta(days=number) for number in range(length)]
            for start in range(0, length, 100):
                some = days[start : start + 100]
                rows = (row for day in some for row in _generate_papers(day, given.papers))
                wareboth[name].replace_days(PAPERS, some, PAPERS.to_frame(rows))
        for number in range(4 * given.repeats):
            for name, length in lengths.items():
                day = _FIRST + timedelta(days=max(length - 1 - number, 0))
                times[name].append(_write_and_read(wareboth[name], day, given.papers, number + 1))
        megabytes = {name: Path(warehouse.path).stat().st_size / 1e6 for name, warehouse in wareboth.items()}
    numbers: dict[str, Any] = {f"megabytes of {name}": round(size, 1) for name, size in megabytes.items()}
    for place, what in enumerate(("write", "read")):
        for name, pairs in times.items():
            ratios = [
                statistics.median(pair[place] / one[place] for pair, one in zip(pairs, times[base], strict=True))
                for base in ("1 day", "10 days")
            ]
            median = statistics.median(pair[place] for pair in pairs)
            numbers[f"{what} beside {name}, ms, ratio to 1 and to 10 days"] = (
                f"{median:.1f}, {ratios[0]:.2f}, {ratios[1]:.2f}"
            )
    return numbers


def _write_and_read(warehouse: Warehouse, day: date, papers: int, version: int) -> tuple[float, float]:
    """Milliseconds for one partition, whose rows are others than before: what stays is not written."""
    frame = PAPERS.to_frame(_generate_papers(day, papers, version))
    started = time.perf_counter()
    warehouse.replace_days(PAPERS, [day], frame)
    between = time.perf_counter()
    found = warehouse.read(PAPERS, [day])
    ended = time.perf_counter()
    assert found.equals(frame)
    return 1000 * (between - started), 1000 * (ended - between)


def _generate_papers(day: date, count: int, version: int = 0) -> list[PaperRow]:
    chance = random.Random(f"{day} {version}")
    return [
        PaperRow(
            day=day,
            id=f"{day:%y%m}.{number:05}",
            title=f"A study of the {number}th thing on {day}",
            abstract=chance.randbytes(500).hex(),  # a thousand characters that do not compress
            authors=("A. Author", "B. Author"),
            categories=("cs.CV", "cs.LG"),
            sources=("arxiv_listing",),
        )
        for number in range(count)
    ]


_START = {
    "python alone": "pass",
    "the settings": "from digest_assets.config.settings import load_settings; load_settings()",
    "the definitions": "from digest_assets.definitions import defs",
}


def measure_overhead(given: argparse.Namespace) -> dict[str, Any]:
    """Starting up, and a sample day: by the rooms' functions, through Dagster in a warm process, by the command."""
    with sample.create_sample_server() as server, tempfile.TemporaryDirectory() as folder, override_environment(server):
        config = Path(folder) / "digest.yaml"
        quick = {"sources": {"arxiv": {"delay_seconds": 0}}, "texts": {"requests_per_second": 1000}}
        config.write_text(json.dumps(quick), "utf-8")
        variables = {**os.environ, "DIGEST_DATA_DIR": f"{folder}/command", "DIGEST_CONFIG": str(config)}
        variables["DAGSTER_HOME"] = ""
        starts = {
            name: min(_time_command([sys.executable, "-c", code], variables) for _ in range(min(3, given.repeats)))
            for name, code in _START.items()
        }
        day = sample.DAYS[0]
        both = [create_settings(server, Path(folder) / name, quick) for name in ("plain", "dagster")]
        (Path(folder) / "home").mkdir()
        plain: list[float] = []
        through: list[float] = []
        empty: list[float] = []
        definitions = build_definitions(both[1])
        job, empty_job = definitions.resolve_job_def("daily_digest"), build_empty_job(definitions, both[1])
        with dg.DagsterInstance.local_temp(f"{folder}/home", overrides={"telemetry": {"enabled": False}}) as instance:
            for _ in range(given.repeats):
                plain.append(_time_call(lambda: make_day(day, both[0])))
                for times, one in ((through, job), (empty, empty_job)):
                    times.append(_time_call(partial(_run_job, one, instance, str(day))))
        command = [sys.executable, "-m", "digest_assets.cli", "run", str(day)]
        by_command = min(_time_command(command, variables) for _ in range(min(3, given.repeats)))
        differing = [
            table.name
            for table in DAY_TABLES.values()
            if not open_warehouse(both[0]).read(table, [day]).equals(open_warehouse(both[1]).read(table, [day]))
        ]
        assert not differing, differing
    # The first of each makes database and caches.
    by_hand, by_dagster, of_nothing = (statistics.median(times[1:]) for times in (plain, through, empty))
    return {
        **{f"start of {name}, s": round(seconds, 2) for name, seconds in starts.items()},
        "a day by the rooms' functions, s": round(by_hand, 2),
        "the same through Dagster, with all checks, s": round(by_dagster, 2),
        "Dagster's part, s": round(by_dagster - by_hand, 2),
        "a graph of the same assets and checks that do nothing, through Dagster, s": round(of_nothing, 2),
        "the same by the command, site and feeds too, s": round(by_command, 2),
    }


def build_empty_job(definitions: dg.Definitions, settings: Settings) -> dg.JobDefinition:
    """A job of the same assets, dependencies and checks as the daily one, whose steps do nothing and store nothing: what
    Dagster itself takes for a day, whatever is made in it. Its databases are held open as in a real run.
    """
    graph = definitions.resolve_asset_graph()
    keys = definitions.resolve_job_def("daily_digest").asset_layer.selected_asset_keys
    assets, checks = [], []
    for key in sorted(keys):
        node = graph.get(key)

        @dg.asset(
            key=key,
            deps=sorted(node.parent_keys & keys),
            partitions_def=node.partitions_def,
            required_resource_keys={"settings"},
        )
        def make_nothing() -> None:
            pass

        assets.append(make_nothing)
        specs = [graph.get_check_spec(check) for check in sorted(graph.asset_check_keys) if check.asset_key == key]
        if specs:
            checks.append(_build_empty_checks(f"{key.to_python_identifier()}_checks", specs))
    job = dg.define_asset_job("of_nothing", dg.AssetSelection.assets(*keys))
    resources = {"settings": build_settings_resource(settings)}
    executor = dg.in_process_executor
    emptied = dg.Definitions(assets=assets, asset_checks=checks, jobs=[job], resources=resources, executor=executor)
    return emptied.resolve_job_def("of_nothing")


def _build_empty_checks(name: str, specs: Sequence[dg.AssetCheckSpec]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=name, specs=specs)
    def check_nothing() -> Iterator[dg.AssetCheckResult]:
        for spec in specs:
            yield dg.AssetCheckResult(passed=True, asset_key=spec.asset_key, check_name=spec.name)

    return check_nothing


def _run_job(job: dg.JobDefinition, instance: dg.DagsterInstance, day: str) -> None:
    assert job.execute_in_process(instance=instance, partition_key=day, run_config=_QUIET).success


def make_day(day: date, settings: Settings) -> None:
    """What the assets of a day do, without Dagster: the rooms' own functions, and the tables."""
    config, warehouse = settings.config, open_warehouse(settings)
    with ArxivApi.from_settings(settings) as api:
        listing = list_mailing(day, settings, api, datetime.now(UTC)).rows
        hits = find_topic_papers(day, settings, api)
    page = fetch_daily_page(day, settings).rows
    papers = merge_papers(
        day,
        listing,
        hits,
        page,
        calendar=settings.calendar,
        topics=config.reports.topics,
        lookback_days=config.reports.topic_digest.lookback_days,
    )
    sources = frozenset(table.name for table in (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS))
    reading = refresh_library(settings)
    relevance = score_day(day, papers, load_profiles(settings, reading.rows, reading.problems))
    groups = group_papers(
        day,
        papers,
        config.reports,
        sources=sources,
        rank=LLMRanker(settings, day, relevance),
        calendar=settings.calendar,
        relevance=relevance,
    )
    frames = {
        "papers": PAPERS.to_frame(papers),
        "relevance": RELEVANCE.to_frame(relevance),
        "paper_groups": PAPER_GROUPS.to_frame(groups),
    }
    requests = build_read_requests(frames["papers"], frames["paper_groups"], config.texts.pictures)
    texts = read_papers(requests, settings).rows
    summaries = make_summaries(build_requests(day, papers, groups, texts, config.reports), settings).rows
    overview_rows, _ = make_overviews(
        build_overview_requests(day, papers, groups, summaries, config.reports, texts, warehouse), settings
    )
    warehouse.replace_days(PAPERS, [day], frames["papers"])  # the nearest of the archive are found in the database
    similar = find_similar_papers(warehouse, day, sorted({row.id for row in groups}))
    frames |= {
        "similar_papers": SIMILAR_PAPERS.to_frame(similar),
        "earlier_days": EARLIER_DAYS.to_frame([describe_day(day, frames["papers"], load_days(warehouse, day))]),
        "arxiv_listing": ARXIV_LISTING.to_frame(listing),
        "arxiv_topic_hits": ARXIV_TOPIC_HITS.to_frame(hits),
        "hf_daily_papers": HF_DAILY_PAPERS.to_frame(page),
        "paper_texts": PAPER_TEXTS.to_frame(texts),
        "paper_summaries": PAPER_SUMMARIES.to_frame(summaries),
        "claims": CLAIMS.to_frame(list_claims(summaries)),
        "day_overviews": DAY_OVERVIEWS.to_frame(overview_rows),
    }
    stored = {
        name: frame
        for name, frame in frames.items()
        if not name.startswith(("arxiv", "hf", "claims", "similar", "earlier"))
    }
    tables = DayTables.from_frames(day, **stored, arxiv_witnesses=warehouse.read(ARXIV_WITNESSES, [day]))
    made = [write_report(edition, settings) for edition in build_editions(tables, settings, sources)]
    frames["reports"] = REPORTS.to_frame(item.row for item in made)
    for name, frame in frames.items():
        warehouse.replace_days(ASSET_TABLES[name], [day], frame)
    export_day(warehouse, settings, day)


def _time_call(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _time_command(command: list[str], variables: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=variables, check=True, capture_output=True)
    return time.perf_counter() - started


def measure_backfill(given: argparse.Namespace) -> dict[str, Any]:
    """Days of papers summarised by a model with the given latency, and the same days again."""
    walls: list[float] = []
    again: list[float] = []
    with tempfile.TemporaryDirectory() as folder, run_fake_llm(given.latency) as llm, override_environment(llm):
        for number in range(given.backfill_days):
            settings = make_llm_settings(Path(folder) / str(number), concurrency=given.concurrency)
            store_day(settings, given.papers, ["daily_table"], paragraphs=60)
            for times in (walls, again):
                times.append(_time_call(partial(materialise_asset, settings)))
        calls = llm.fetch_statistics()["calls"]
    limit = given.backfill_days * -(-given.papers // given.concurrency) * given.latency
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "papers": given.backfill_days * given.papers,
        "calls at the endpoint": calls,
        "limit by the model, s": limit,
        "first time, s": round(sum(walls), 1),
        "ratio to the limit": round(sum(walls) / limit, 3),
        "the same days again, s": round(sum(again), 1),
        "peak memory, MB": round(peak),
    }


if __name__ == "__main__":
    main()
