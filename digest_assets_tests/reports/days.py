"""Days stored for tests: their tables alone, or with their reports written."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.grouping import get_report_source
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.orchestration.table_checks import build_table_checks
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.assets import reports
from digest_assets.reports.checks import report_format
from digest_assets.reports.edition import DayTables
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import build_editions, write_report
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, ARXIV_WITNESSES, HF_DAILY_PAPERS
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY
from digest_assets.testing.stored_once import fill_database
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table, open_warehouse

UPSTREAM: tuple[Table[Any], ...] = (PAPERS, PAPER_GROUPS, PAPER_TEXTS, PAPER_SUMMARIES, DAY_OVERVIEWS)
SOURCES = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)


def fill_tables(
    settings: Settings, day: date = FRIDAY, *, sources: Sequence[Table[Any]] = SOURCES, empty: bool = False
) -> None:
    """Write a day's tables: two papers in the category digest, one in the deep read."""
    fill_database(settings, _write_tables, day, tuple(sources), empty)


def _write_tables(settings: Settings, day: date, sources: Sequence[Table[Any]], empty: bool) -> None:
    warehouse = open_warehouse(settings)
    for source in sources:
        warehouse.replace_days(source, [day], source.to_frame())
    shown = [] if empty else ["2512.00001", "2512.00002"]
    groups = [row_factories.make_group_row(id_, "category_digest", place, day) for place, id_ in enumerate(shown, 1)]
    groups += [row_factories.make_group_row(id_, "deep_read", day=day, group="Hugging Face") for id_ in shown[:1]]
    warehouse.replace_days(PAPERS, [day], PAPERS.to_frame(row_factories.make_paper(id_, day) for id_ in shown))
    warehouse.replace_days(PAPER_GROUPS, [day], PAPER_GROUPS.to_frame(groups))
    warehouse.replace_days(PAPER_TEXTS, [day], PAPER_TEXTS.to_frame(row_factories.make_text(id_, day) for id_ in shown))
    rows = [row_factories.make_summary(row.id, row.report, day, cost_usd=0.01) for row in groups]
    warehouse.replace_days(PAPER_SUMMARIES, [day], PAPER_SUMMARIES.to_frame(rows))
    warehouse.replace_days(DAY_OVERVIEWS, [day], DAY_OVERVIEWS.to_frame())


def publish_day(settings: Settings, day: date = FRIDAY) -> Settings:
    """A data folder with a published day, made without Dagster; gives the settings back.

    The day is made once in a process, and copied.
    """
    shutil.copytree(_make_published_day(day).name, settings.data_dir, dirs_exist_ok=True)
    return settings


@cache
def _make_published_day(day: date) -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="published-day-")
    settings = Settings(config=Config(), environment=Environment(data_dir=Path(folder.name)))
    fill_tables(settings, day)
    warehouse = open_warehouse(settings)
    frames = {table.name: warehouse.read(table, [day]) for table in (*UPSTREAM, ARXIV_WITNESSES)}
    reports = settings.config.reports
    sources = {get_report_source(name, reports) for name in reports.enabled_reports()}
    editions = build_editions(DayTables.from_frames(day, **frames), settings, sources)
    warehouse.replace_days(
        REPORTS, [day], REPORTS.to_frame(write_report(edition, settings).row for edition in editions)
    )
    return folder


def materialize_reports(settings: Settings, day: date = FRIDAY) -> dg.ExecuteInProcessResult:
    """Make a day's reports by Dagster, from tables that are there."""
    upstream = [
        dg.AssetSpec(table.name, partitions_def=daily_partitions).with_io_manager_key("warehouse") for table in UPSTREAM
    ]
    return dg.materialize(
        [*upstream, reports, *build_table_checks([report_format])],
        selection=dg.AssetSelection.assets(reports),
        partition_key=day.isoformat(),
        resources={
            "settings": settings,
            "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings)),
        },
    )
