"""The asset `papers`: merged from the sources, one row a paper."""

from collections import Counter

import dagster as dg
import polars as pl

from digest_assets.common.markdown import build_counts_table
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import format_partition_key, get_partition_days
from digest_assets.orchestration.table_asset import allow_missing_partition, group_rows_by_day, table_asset
from digest_assets.papers.merge import merge_papers
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.sources.records import load_records
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS

GROUP = "papers"
_SOURCES = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)


@table_asset(PAPERS, group=GROUP, code_version="1", ins={source.name: allow_missing_partition() for source in _SOURCES})
def papers(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    arxiv_listing: pl.DataFrame,
    arxiv_topic_hits: pl.DataFrame,
    hf_daily_papers: pl.DataFrame,
) -> pl.DataFrame:
    days = get_partition_days(context)
    listing = group_rows_by_day(ARXIV_LISTING, arxiv_listing, days)
    hits = group_rows_by_day(ARXIV_TOPIC_HITS, arxiv_topic_hits, days)
    page = group_rows_by_day(HF_DAILY_PAPERS, hf_daily_papers, days)
    reports = settings.config.reports
    rows: list[PaperRow] = []
    for day in days:
        ids = {row.id for row in listing[day]} | {row.id for row in hits[day]} | {row.id for row in page[day]}
        merged = merge_papers(
            day,
            listing[day],
            hits[day],
            page[day],
            calendar=settings.calendar,
            topics=reports.topics,
            lookback_days=reports.topic_digest.lookback_days,
            records=load_records(day, settings, ids),
        )
        context.add_asset_metadata(
            {
                "papers": len(merged),
                "from the listing": sum("arxiv_listing" in row.sources for row in merged),
                "from topics": sum("arxiv_topic_hits" in row.sources for row in merged),
                "from Hugging Face": sum("hf_daily_papers" in row.sources for row in merged),
                "with code": sum(row.code_url is not None for row in merged),
                "primary categories": dg.MetadataValue.md(
                    build_counts_table("category", Counter(row.primary_category or "not known" for row in merged))
                ),
            },
            partition_key=format_partition_key(day),
        )
        rows.extend(merged)
    return PAPERS.to_frame(rows)
