"""Dagster's view of the reports: the files that people read, and their rows."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.common.errors import TemplateError
from digest_assets.config.settings import Settings
from digest_assets.feeds.feeds import write_feeds
from digest_assets.groups.grouping import source_of
from digest_assets.orchestration.partitions import daily
from digest_assets.orchestration.table_asset import OWNER, days_of, table_asset
from digest_assets.reports import urls
from digest_assets.reports.edition import DayTables
from digest_assets.reports.exports import write_exports
from digest_assets.reports.load import load_editions
from digest_assets.reports.render import hash_templates
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import WrittenReport, build_editions, find_missing_sources, write_report

GROUP = "reports"
# Runs that are under way gather what changed meanwhile: the next one takes it all.
A_REPORT_IS_NEW = (dg.AutomationCondition.any_deps_updated() & ~dg.AutomationCondition.in_progress()).with_label(
    "a report is new"
)
_PREVIEW_CHARACTERS = 12_000


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
    days = days_of(context)
    warehouse = settings.warehouse()
    choices = settings.config.reports
    shown = sorted({source_of(name, choices) for name in choices.enabled_reports()})
    written = {source: warehouse.written(source, days) for source in shown}
    made: list[WrittenReport] = []
    missing: list[str] = []
    for day in days:
        sources = [source for source, known in written.items() if day in known]
        tables = DayTables.from_frames(
            day,
            papers=papers,
            paper_groups=paper_groups,
            paper_texts=paper_texts,
            paper_summaries=paper_summaries,
            day_overviews=day_overviews,
        )
        for edition in build_editions(tables, settings, sources):
            try:
                made.append(write_report(edition, settings))
            except TemplateError as error:  # of a report of one's own; the others are made
                missing.append(f"{edition.report} of {day}: {error}")
        missing += [
            f"{report} of {day}: {source} has no partition"
            for report, source in find_missing_sources(settings, sources).items()
        ]
    for reason in missing:
        context.log.warning("not made: %s", reason)
    context.add_output_metadata(_metadata(made, missing, settings))
    return REPORTS.frame(item.row for item in made)


@dg.asset(
    description="The day's papers for other programs: BibTeX, CSV and Parquet.",
    group_name=GROUP,
    kinds={"parquet", "csv"},
    owners=[OWNER],
    partitions_def=daily,
    deps=[reports],
)
def exports(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[Any]:
    warehouse = settings.warehouse()
    files: list[PurePosixPath] = []
    for day in days_of(context):
        files += write_exports(day, [edition for _, edition in load_editions(warehouse, settings, day)], settings)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md("\n".join(f"- `{settings.data_dir / path}`" for path in files))}
    )


@dg.asset(
    description="Atom and JSON feeds of each report and topic, beside the pages of the site.",
    group_name="site",
    kinds={"xml", "json"},
    owners=[OWNER],
    deps=[reports],
    automation_condition=A_REPORT_IS_NEW,
)
def feeds(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[Any]:
    if not settings.config.feeds.enabled:
        return dg.MaterializeResult(metadata={"feeds": 0, "why": "feeds.enabled is false in the settings"})
    written = write_feeds(settings)
    listed = [f"| {feed.title} | {feed.path} | {len(feed.items)} |" for feed in written]
    return dg.MaterializeResult(
        metadata={
            "feeds": len(written),
            "items": sum(len(feed.items) for feed in written),
            "folder": dg.MetadataValue.path(str(settings.data_dir / "site" / "feeds")),
            "what": dg.MetadataValue.md("\n".join(["| feed | file | items |", "|---|---|---:|", *listed])),
        }
    )


def _metadata(made: Sequence[WrittenReport], missing: Sequence[str], settings: Settings) -> dict[str, Any]:
    rows = [item.row for item in made]
    figures = sum(row.figures_total for row in rows)
    wanted = sum(row.wanted_in_full for row in rows)
    metadata: dict[str, Any] = {
        "reports": len(rows),
        "papers": sum(row.papers for row in rows),
        "failures": sum(row.failures for row in rows),
        "cost (USD)": round(sum(row.cost_usd for row in rows), 6),
        "counts": dg.MetadataValue.md(_counts(made)),
    }
    if wanted:
        metadata["share read in full"] = round(sum(row.read_in_full for row in rows) / wanted, 4)
    if figures:
        metadata["share of figures traced"] = round(sum(row.figures_traced for row in rows) / figures, 4)
    if missing:
        metadata["not made"] = dg.MetadataValue.md("\n".join(f"- {reason}" for reason in missing))
    for item in made:
        if item.row.day == max(row.day for row in rows):  # of a range of days, the newest is shown
            metadata[f"{item.row.report} (file)"] = dg.MetadataValue.path(str(settings.data_dir / item.row.path))
            page = settings.data_dir / "site" / urls.report_page(item.row.day, item.row.report)
            metadata[f"{item.row.report} (page)"] = dg.MetadataValue.url(page.as_uri())
            metadata[item.row.report] = dg.MetadataValue.md(_preview(item.markdown))
    return metadata


def _counts(made: Sequence[WrittenReport]) -> str:
    lines = [
        f"| {row.day} | {row.report} | {row.papers} | {row.read_in_full}/{row.wanted_in_full} | {row.failures} "
        f"| {row.figures_traced}/{row.figures_total} | {row.cost_usd:.4f} |"
        for row in (item.row for item in made)
    ]
    head = (
        "| day | report | papers | read in full | failures | figures traced | USD |\n|---|---|---:|---:|---:|---:|---:|"
    )
    return "\n".join([head, *lines])


def _preview(markdown: str) -> str:
    """The beginning of a report, cut at a line: metadata is kept for ever and shown in one piece."""
    if len(markdown) <= _PREVIEW_CHARACTERS:
        return markdown
    return markdown[: markdown.rindex("\n", 0, _PREVIEW_CHARACTERS)] + "\n\n… (the rest is in the file)"
