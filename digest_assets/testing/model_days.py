"""Whole days by a model's endpoint, in this process: stored papers and texts, then ranking, summaries and reports.

Everything runs through Dagster as in a real run, but for the download of papers, which no model has a part in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.assets import paper_groups
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.assets import reports
from digest_assets.reports.tables import REPORTS
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.summaries.assets import day_overviews, paper_summaries
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES, OverviewRow, SummaryRow
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.stored_once import fill_database
from digest_assets.testing.summary_days import DAY, make_numbered_paper, make_sectioned_text
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table, open_warehouse

_ASSETS = (paper_groups, paper_summaries, day_overviews, reports)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class ModelDay:
    """What was made of a day.

    Attributes:
        settings: Where it is.
        rows: Its summaries, by paper and report.
        overviews: Its reports' overviews.
        calls: The ledger, in the order in which the calls ended.
        texts: The reports' Markdown, by name.
    """

    settings: Settings
    rows: list[SummaryRow]
    overviews: list[OverviewRow]
    calls: list[LLMCallRow]
    texts: Mapping[str, str]


def make_model_settings(
    folder: Path, of_reports: Sequence[str] = ("daily_table",), language: str = "en", **summaries: Any
) -> Settings:
    """Settings of a day with these reports alone, whose engine is a model."""
    enabled = {name: {"enabled": name in of_reports, "language": language} for name in FORMATS}
    choice = {"engine": "openai", "model": "fake-llm", "concurrency": 1, "deadline_seconds": 10, **summaries}
    config = Config.model_validate({"summaries": choice, "reports": enabled})
    return Settings(config=config, environment=Environment(data_dir=folder))


def store_papers(settings: Settings, count: int, paragraphs: int = 3) -> None:
    """Store a day of so many papers with their texts, each in every report that is made."""
    topics = tuple(topic.name for topic in settings.config.reports.topic_digest.topics[:1])
    fill_database(settings, _write_papers, count, paragraphs, topics)


def _write_papers(settings: Settings, count: int, paragraphs: int, topics: tuple[str, ...]) -> None:
    papers = [
        make_numbered_paper(number, announce_type="new", topics=topics, hf_position=number, hf_upvotes=9)
        for number in range(1, count + 1)
    ]
    warehouse = open_warehouse(settings)
    sources: tuple[Table[Any], ...] = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)
    for source in sources:
        warehouse.replace_days(source, [DAY], source.to_frame([]))
    warehouse.replace_days(PAPERS, [DAY], PAPERS.to_frame(papers))
    texts = [make_sectioned_text(paper, paragraphs) for paper in papers]
    warehouse.replace_days(PAPER_TEXTS, [DAY], PAPER_TEXTS.to_frame(texts))


def run_model_day(settings: Settings, *, refresh: bool = False) -> ModelDay:
    """Make the stored day, from the ranking to the reports. Raises `AssertionError` if its run fails."""
    upstream = {key for asset in _ASSETS for key in asset.dependency_keys} - {asset.key for asset in _ASSETS}
    specs = [
        dg.AssetSpec(key, partitions_def=daily_partitions).with_io_manager_key("warehouse") for key in sorted(upstream)
    ]
    result = dg.materialize(
        [*_ASSETS, *specs],
        selection=list(_ASSETS),
        partition_key=DAY.isoformat(),
        resources={"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings))},
        run_config={"ops": {"paper_summaries": {"config": {"refresh": refresh}}}, **_QUIET},
    )
    assert result.success
    return load_model_day(settings)


def load_model_day(settings: Settings) -> ModelDay:
    """Read what was made of a day."""
    warehouse = open_warehouse(settings)
    calls = LLM_CALLS.to_rows(warehouse.read(LLM_CALLS))
    made = REPORTS.to_rows(warehouse.read(REPORTS, [DAY]))
    return ModelDay(
        settings=settings,
        rows=PAPER_SUMMARIES.to_rows(warehouse.read(PAPER_SUMMARIES, [DAY])),
        overviews=DAY_OVERVIEWS.to_rows(warehouse.read(DAY_OVERVIEWS, [DAY])),
        calls=sorted(calls, key=lambda call: call.ended_at),
        texts={row.report: (settings.data_dir / row.path).read_text("utf-8") for row in made},
    )


def make_model_day(folder: Path, papers: int = 2, *, paragraphs: int = 3, **choices: Any) -> ModelDay:
    """Store a day and make it; the choices are those of `make_model_settings`."""
    settings = make_model_settings(folder, **choices)
    store_papers(settings, papers, paragraphs)
    return run_model_day(settings)
