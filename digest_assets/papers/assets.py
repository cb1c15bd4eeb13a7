"""Dagster's view of the papers: merged from the sources, and grouped into reports."""

from collections import Counter

import dagster as dg
import polars as pl

from digest_assets.config import Settings
from digest_assets.papers.grouping import group, source_of
from digest_assets.papers.judging import PROMPTS, Judge
from digest_assets.papers.merge import merge
from digest_assets.papers.tables import PAPER_GROUPS, PAPERS, GroupRow, PaperRow
from digest_assets.sources.preview import counts_table, markdown_table
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.warehouse.table_asset import days_of, optional_input, rows_by_day, table_asset

GROUP = "papers"
_SOURCES = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)


@table_asset(PAPERS, group=GROUP, ins={source.name: optional_input() for source in _SOURCES})
def papers(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    arxiv_listing: pl.DataFrame,
    arxiv_topic_hits: pl.DataFrame,
    hf_daily_papers: pl.DataFrame,
) -> pl.DataFrame:
    days = days_of(context)
    listing = rows_by_day(ARXIV_LISTING, arxiv_listing, days)
    hits = rows_by_day(ARXIV_TOPIC_HITS, arxiv_topic_hits, days)
    page = rows_by_day(HF_DAILY_PAPERS, hf_daily_papers, days)
    topics = [topic.name for topic in settings.config.reports.topic_digest.topics]
    rows: list[PaperRow] = []
    for day in days:
        merged = merge(day, listing[day], hits[day], page[day], calendar=settings.calendar, topic_order=topics)
        context.add_asset_metadata(
            {
                "papers": len(merged),
                "from the listing": sum("arxiv_listing" in row.sources for row in merged),
                "from topics": sum("arxiv_topic_hits" in row.sources for row in merged),
                "from Hugging Face": sum("hf_daily_papers" in row.sources for row in merged),
                "with code": sum(row.code_url is not None for row in merged),
                "primary categories": dg.MetadataValue.md(
                    counts_table("category", Counter(row.primary_category or "not known" for row in merged))
                ),
            },
            partition_key=str(day),
        )
        rows.extend(merged)
    return PAPERS.frame(rows)


@table_asset(PAPER_GROUPS, group=GROUP, code_version=PROMPTS.revision("ranking"))
def paper_groups(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], papers: pl.DataFrame
) -> pl.DataFrame:
    days = days_of(context)
    warehouse = settings.warehouse()
    written = {source.name: warehouse.written(source.name, days) for source in _SOURCES}
    by_day = rows_by_day(PAPERS, papers, days)
    rows: list[GroupRow] = []
    for day in days:
        sources = frozenset(name for name, known in written.items() if day in known)
        judge = Judge(settings, day)
        places = group(day, by_day[day], settings.config.reports, sources=sources, ranking=judge)
        reports = settings.config.reports
        missing = sorted(report for report in reports.enabled() if source_of(report, reports) not in sources)
        if missing:
            context.log.warning("%s: no %s, because their source has no partition of the day", day, ", ".join(missing))
        titles = {row.id: row.title for row in by_day[day]}
        context.add_asset_metadata(
            {
                "places": len(places),
                "papers shown": len({row.id for row in places}),
                "to be read in full": len({row.id for row in places if row.read == "full"}),
                **judge.spending.told(),
                "reports without their source": ", ".join(missing) or "none",
                "places per report": dg.MetadataValue.md(counts_table("report", Counter(row.report for row in places))),
                "preview": dg.MetadataValue.md(
                    markdown_table(
                        ("report", "part", "", "title", "why"),
                        [(row.report, row.group, row.position, titles[row.id], row.reason) for row in places],
                    )
                ),
            },
            partition_key=str(day),
        )
        rows.extend(places)
    return PAPER_GROUPS.frame(rows)
