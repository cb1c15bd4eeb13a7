"""Dagster's view of the sources: a mailing's listing, the topics' newest papers, Hugging Face's page."""

from collections import Counter
from datetime import timedelta

import dagster as dg
import polars as pl

from digest_assets.common import clock
from digest_assets.common.markdown import build_counts_table, build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import format_partition_key, get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.duplicates import LOOK_BACK_DAYS, compute_duplicate_share, load_new_ids
from digest_assets.sources.huggingface import HuggingFacePage, fetch_daily_page
from digest_assets.sources.listing import list_mailing
from digest_assets.sources.records import store_records
from digest_assets.sources.tables import (
    ARXIV_LISTING,
    ARXIV_TOPIC_HITS,
    HF_DAILY_PAPERS,
    HuggingFaceRow,
    ListingRow,
    TopicHitRow,
)
from digest_assets.sources.topics import find_topic_papers
from digest_assets.warehouse import open_warehouse

GROUP = "sources"


@table_asset(ARXIV_LISTING, group=GROUP, code_version="1", kinds={"xml"}, rate_limited=True)
def arxiv_listing(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> pl.DataFrame:
    rows: list[ListingRow] = []
    for day in get_partition_days(context):
        with ArxivApi.from_settings(settings) as api:
            listing = list_mailing(day, settings, api, clock.get_utc_now())
        records = store_records(day, settings, {row.id for row in listing.rows}, clock.get_utc_now())
        new = {row.id for row in listing.rows if row.announce_type == "new"}
        earlier = load_new_ids(open_warehouse(settings), day - timedelta(LOOK_BACK_DAYS), day - timedelta(1))
        context.log.info("%s: %d papers; announcement feed %s", day, len(listing.rows), listing.feed_note)
        context.add_asset_metadata(
            {
                "papers": len(listing.rows),
                "new": len(new),
                **dict(
                    sorted(Counter(row.announce_type for row in listing.rows if row.announce_type != "new").items())
                ),
                "announcement feed": listing.feed_note,
                **{f"{witness} page": note for witness, note in listing.page_notes.items()},
                "version records": records,
                "announced, unknown to the API": len(listing.missing_ids),
                "of the window, announced elsewhere": len(listing.held_back_ids),
                "share of repeats": compute_duplicate_share({**earlier, day: new}, day),
                "requests": api.requests,
                "seconds asking": round(api.seconds, 3),
                "primary categories": dg.MetadataValue.md(
                    build_counts_table("category", Counter(row.primary_category for row in listing.rows))
                ),
                "preview": dg.MetadataValue.md(
                    build_markdown_table(
                        ("id", "announced as", "category", "title"),
                        [(row.id, row.announce_type, row.primary_category, row.title) for row in listing.rows],
                    )
                ),
            },
            partition_key=format_partition_key(day),
        )
        rows.extend(listing.rows)
    return ARXIV_LISTING.to_frame(rows)


@table_asset(ARXIV_TOPIC_HITS, group=GROUP, code_version="1", kinds={"xml"}, rate_limited=True)
def arxiv_topic_hits(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> pl.DataFrame:
    rows: list[TopicHitRow] = []
    topics = [topic.name for topic in settings.config.reports.topics]
    for day in get_partition_days(context):
        with ArxivApi.from_settings(settings) as api:
            hits = find_topic_papers(day, settings, api)
        found = Counter(dict.fromkeys(topics, 0) | Counter(hit.topic for hit in hits))
        context.add_asset_metadata(
            {
                "papers": len({hit.id for hit in hits}),
                "announced by an earlier mailing": len({hit.id for hit in hits if hit.mailing < day}),
                "topics without a paper": sum(not count for count in found.values()),
                "requests": api.requests,
                "seconds asking": round(api.seconds, 3),
                "topics": dg.MetadataValue.md(build_counts_table("topic", found)),
                "preview": dg.MetadataValue.md(
                    build_markdown_table(
                        ("topic", "id", "mailing", "title"),
                        [(hit.topic, hit.id, hit.mailing, hit.title) for hit in hits],
                    )
                ),
            },
            partition_key=format_partition_key(day),
        )
        rows.extend(hits)
    return ARXIV_TOPIC_HITS.to_frame(rows)


@table_asset(HF_DAILY_PAPERS, group=GROUP, code_version="1", kinds={"huggingface"}, rate_limited=True)
def hf_daily_papers(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> pl.DataFrame:
    rows: list[HuggingFaceRow] = []
    enabled = settings.config.sources.huggingface.enabled
    for day in get_partition_days(context):
        page = fetch_daily_page(day, settings) if enabled else HuggingFacePage()
        for entry in page.skipped:
            context.log.warning("%s: left out an entry that is no arXiv paper: %s", day, entry)
        context.add_asset_metadata(
            {
                "papers": len(page.rows),
                "upvotes": sum(row.upvotes for row in page.rows),
                "with code": sum(row.code_url is not None for row in page.rows),
                "page": "read" if enabled else "not read: sources.huggingface.enabled is false",
                "left out": len(page.skipped),
                "requests": page.requests,
                "preview": dg.MetadataValue.md(
                    build_markdown_table(
                        ("", "id", "upvotes", "title"),
                        [(row.position, row.id, row.upvotes, row.title) for row in page.rows],
                    )
                ),
            },
            partition_key=format_partition_key(day),
        )
        rows.extend(page.rows)
    return HF_DAILY_PAPERS.to_frame(rows)
