"""Dagster's view of the papers: merged from the sources, and grouped into reports."""

from collections import Counter

import dagster as dg
import polars as pl

from digest_assets.config import Settings
from digest_assets.model.engine import Spending
from digest_assets.papers.grouping import SOURCE_OF, group
from digest_assets.papers.judging import PROMPTS, Judge
from digest_assets.papers.merge import merge
from digest_assets.papers.tables import PAPER_GROUPS, PAPERS
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
    rows = [
        row
        for day in days
        for row in merge(day, listing[day], hits[day], page[day], calendar=settings.calendar, topic_order=topics)
    ]
    context.add_output_metadata(
        {
            "papers": len(rows),
            "from the listing": sum("arxiv_listing" in row.sources for row in rows),
            "from topics": sum("arxiv_topic_hits" in row.sources for row in rows),
            "from Hugging Face": sum("hf_daily_papers" in row.sources for row in rows),
            "with code": sum(row.code_url is not None for row in rows),
            "primary categories": dg.MetadataValue.md(
                counts_table("category", Counter(row.primary_category or "not known" for row in rows))
            ),
        }
    )
    return PAPERS.frame(rows)


@table_asset(PAPER_GROUPS, group=GROUP, code_version=PROMPTS.revision("ranking"))
def paper_groups(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], papers: pl.DataFrame
) -> pl.DataFrame:
    days = days_of(context)
    warehouse = settings.warehouse()
    written = {source.name: warehouse.written(source.name, days) for source in _SOURCES}
    by_day = rows_by_day(PAPERS, papers, days)
    rows, spending = [], Spending()
    for day in days:
        sources = frozenset(name for name, known in written.items() if day in known)
        judge = Judge(settings, day)
        rows.extend(group(day, by_day[day], settings.config.reports, sources=sources, ranking=judge))
        spending += judge.spending
        missing = sorted(report for report, source in SOURCE_OF.items() if source not in sources)
        if missing:
            context.log.warning("%s: no %s, because their source has no partition of the day", day, ", ".join(missing))
    context.add_output_metadata(
        {
            "places": len(rows),
            "papers shown": len({(row.day, row.id) for row in rows}),
            "to be read in full": len({(row.day, row.id) for row in rows if row.read == "full"}),
            **spending.told(),
            "places per report": dg.MetadataValue.md(counts_table("report", Counter(row.report for row in rows))),
        }
    )
    return PAPER_GROUPS.frame(rows)


def counts_table(what: str, counts: Counter[str]) -> str:
    """Counts as a Markdown table, the largest first."""
    lines = [f"| {name} | {count} |" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return "\n".join([f"| {what} | papers |", "|---|---:|", *lines])
