"""Dagster assets of the reports (their files and rows) and of the exports made from them."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.common.errors import TemplateError
from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import get_report_source
from digest_assets.orchestration.day_table import IN_SHORT, build_day_table, link_page
from digest_assets.orchestration.digest_asset import digest_asset
from digest_assets.orchestration.partitions import daily_partitions, get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.relevance.library import load_reader_marks
from digest_assets.reports import urls
from digest_assets.reports.changes import store_changes
from digest_assets.reports.edition import DayTables
from digest_assets.reports.exports import export_day
from digest_assets.reports.load import load_reader_tables
from digest_assets.reports.render import hash_templates
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import WrittenReport, build_editions, find_missing_sources, write_report
from digest_assets.sources.tables import ARXIV_WITNESSES
from digest_assets.warehouse import open_warehouse

GROUP = "reports"
_SHOWN_FILES = 50  # the forms of some days, and the first notes
_PREVIEW_CHARACTERS = 12_000  # some ten papers: Dagster keeps metadata for ever, and shows it in one piece


@table_asset(REPORTS, group=GROUP, kinds={"markdown"}, code_version=hash_templates())
def reports(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    papers: pl.DataFrame,
    paper_groups: pl.DataFrame,
    paper_texts: pl.DataFrame,
    paper_summaries: pl.DataFrame,
    day_overviews: pl.DataFrame,
) -> pl.DataFrame:
    days = get_partition_days(context)
    warehouse = open_warehouse(settings)
    config = settings.config.reports
    sources_shown = sorted({get_report_source(name, config) for name in config.enabled_reports()})
    changes = store_changes(warehouse, days)
    with warehouse.hold_open():
        written = {source: warehouse.find_written_days(source, days) for source in sources_shown}
        witnesses = warehouse.read(ARXIV_WITNESSES, days)
        of_readers = load_reader_tables(warehouse, days)
        marked = load_reader_marks(settings)
    written_reports: list[WrittenReport] = []
    missing: list[str] = []
    for day in days:
        sources = [source for source, source_days in written.items() if day in source_days]
        tables = DayTables.from_frames(
            day,
            papers=papers,
            paper_groups=paper_groups,
            paper_texts=paper_texts,
            paper_summaries=paper_summaries,
            day_overviews=day_overviews,
            arxiv_witnesses=witnesses,
            **of_readers,
        )
        tables = replace(tables, marked=marked)
        for edition in build_editions(tables, settings, sources):
            try:
                written_reports.append(write_report(edition, settings))
            except TemplateError as error:  # of a custom report; the others are made
                missing.append(f"{edition.report} of {day}: {error}")
        missing += [
            f"{report} of {day}: {source} has no partition"
            for report, source in find_missing_sources(settings, sources).items()
        ]
    for reason in missing:
        context.log.warning("not made: %s", reason)
    metadata = _build_metadata(written_reports, missing, settings)
    context.add_output_metadata({**metadata, "new versions of papers shown before": len(changes)})
    return REPORTS.to_frame(item.row for item in written_reports)


@digest_asset(
    description="The day's papers for other programs: BibTeX, RIS, CSL-JSON, CSV, Parquet, JSONL, and notes for Obsidian.",
    group_name=GROUP,
    kinds={"parquet", "csv"},
    code_version="2",
    partitions_def=daily_partitions,
    deps=[reports],
)
def exports(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[Any]:
    started = time.monotonic()
    days = get_partition_days(context)
    warehouse = open_warehouse(settings)
    files: list[PurePosixPath] = []
    for day in days:
        files += export_day(warehouse, settings, day)
    cells = {"files": len(files), "seconds": f"{time.monotonic() - started:.1f}"}
    return dg.MaterializeResult(
        metadata={
            IN_SHORT: build_day_table(days, cells),
            "files": dg.MetadataValue.md("\n".join(f"- `{settings.data_dir / path}`" for path in files[:_SHOWN_FILES])),
            "count": len(files),
        }
    )


def _build_metadata(
    written_reports: Sequence[WrittenReport], missing: Sequence[str], settings: Settings
) -> dict[str, Any]:
    rows = [item.row for item in written_reports]
    numbers = sum(row.numbers_total for row in rows)
    requested = sum(row.requested_in_full for row in rows)
    read, traced = sum(row.read_in_full for row in rows), sum(row.numbers_traced for row in rows)
    cost_usd = sum(row.cost_usd for row in rows)
    metadata: dict[str, Any] = {
        "by report": dg.MetadataValue.md(_build_counts_table(written_reports)),
        "reports": len(rows),
        "papers": sum(row.papers for row in rows),
        "failures": sum(row.failures for row in rows),
        "cost (USD)": round(cost_usd, 6),
    }
    if requested:
        metadata["share read in full"] = round(read / requested, 4)
    if numbers:
        metadata["share of figures traced"] = round(traced / numbers, 4)
    if missing:
        metadata["not made"] = dg.MetadataValue.md("\n".join(f"- {reason}" for reason in missing))
    for item in written_reports:
        if item.row.day == max(row.day for row in rows):  # of a range of days, the newest is shown
            metadata[f"{item.row.report} (file)"] = dg.MetadataValue.path(str(settings.data_dir / item.row.path))
            page = urls.report_page(item.row.day, item.row.report)
            metadata[f"{item.row.report} (page)"] = link_page(settings.config.feeds.base_url, page)
            metadata[item.row.report] = dg.MetadataValue.md(_shorten_preview(item.markdown))
    return metadata


def _build_counts_table(reports: Sequence[WrittenReport]) -> str:
    head = ("day", "report", "papers", "read in full", "failures", "figures traced", "USD")
    rows = [
        (
            row.day,
            row.report,
            row.papers,
            f"{row.read_in_full}/{row.requested_in_full}",
            row.failures,
            f"{row.numbers_traced}/{row.numbers_total}",
            f"{row.cost_usd:.4f}",
        )
        for row in (report.row for report in reports)
    ]
    return build_markdown_table(head, rows, max_rows=len(rows))


def _shorten_preview(markdown: str) -> str:
    """The beginning of a report, cut at a line."""
    if len(markdown) <= _PREVIEW_CHARACTERS:
        return markdown
    return markdown[: markdown.rindex("\n", 0, _PREVIEW_CHARACTERS)] + "\n\n… (the rest is in the file)"
