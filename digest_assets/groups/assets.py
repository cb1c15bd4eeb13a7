"""The asset `paper_groups`: which paper stands in which report, at which position and why."""

from collections import Counter

import dagster as dg
import polars as pl

from digest_assets.common.markdown import build_counts_table, build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import get_report_source, group_papers
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.orchestration.partitions import format_partition_key, get_partition_days
from digest_assets.orchestration.table_asset import allow_missing_partition, group_rows_by_day, table_asset
from digest_assets.papers.tables import PAPERS
from digest_assets.relevance.llm_ranking import PROMPTS, LLMRanker
from digest_assets.relevance.tables import RELEVANCE
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.warehouse import open_warehouse

GROUP = "papers"
_SOURCES = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)


@table_asset(
    PAPER_GROUPS,
    group=GROUP,
    code_version=PROMPTS.hash_template("ranking"),
    ins={RELEVANCE.name: allow_missing_partition()},  # a day that 0.1.0 made has none
)
def paper_groups(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    papers: pl.DataFrame,
    relevance: pl.DataFrame,
) -> pl.DataFrame:
    days = get_partition_days(context)
    warehouse = open_warehouse(settings)
    with warehouse.hold_open():
        written_days = {source.name: warehouse.find_written_days(source.name, days) for source in _SOURCES}
    by_day = group_rows_by_day(PAPERS, papers, days)
    relevance_by_day = group_rows_by_day(RELEVANCE, relevance, days)
    rows: list[PaperGroupRow] = []
    for day in days:
        sources = frozenset(name for name, source_days in written_days.items() if day in source_days)
        ranker = LLMRanker(settings, day, relevance_by_day[day])
        entries = group_papers(
            day,
            by_day[day],
            settings.config.reports,
            sources=sources,
            rank=ranker,
            calendar=settings.calendar,
            relevance=relevance_by_day[day],
        )
        reports = settings.config.reports
        missing = sorted(
            report for report in reports.enabled_reports() if get_report_source(report, reports) not in sources
        )
        if missing:
            context.log.warning("%s: no %s, because their source has no partition of the day", day, ", ".join(missing))
        titles = {row.id: row.title for row in by_day[day]}
        context.add_asset_metadata(
            {
                "entries": len(entries),
                "papers shown": len({row.id for row in entries}),
                "to be read in full": len({row.id for row in entries if row.reading_depth == "full"}),
                **ranker.spending.to_metadata(),
                "reports without their source": ", ".join(missing) or "none",
                "entries per report": dg.MetadataValue.md(
                    build_counts_table("report", Counter(row.report for row in entries))
                ),
                "preview": dg.MetadataValue.md(
                    build_markdown_table(
                        ("report", "group", "", "title", "why"),
                        [(row.report, row.group, row.position, titles[row.id], row.reason) for row in entries],
                    )
                ),
            },
            partition_key=format_partition_key(day),
        )
        rows.extend(entries)
    return PAPER_GROUPS.to_frame(rows)
