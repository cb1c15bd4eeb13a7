"""The Dagster asset of the feeds."""

from typing import Any

import dagster as dg

from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.feeds.feeds import write_feeds
from digest_assets.orchestration.digest_asset import DAILY_FRESHNESS, ON_NEW_REPORT, digest_asset
from digest_assets.reports import urls
from digest_assets.reports.assets import reports
from digest_assets.weekly.assets import weekly


@digest_asset(
    description="Atom and JSON feeds of each report and topic, beside the pages of the site.",
    group_name="site",
    kinds={"xml", "json"},
    code_version="1",
    deps=[reports, weekly],
    automation_condition=ON_NEW_REPORT,
    freshness_policy=DAILY_FRESHNESS,
)
def feeds(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[Any]:
    if not settings.config.feeds.enabled:
        return dg.MaterializeResult(metadata={"feeds": 0, "why": "feeds.enabled is false in the settings"})
    written = write_feeds(settings)
    rows = [(feed.title, feed.path, len(feed.items)) for feed in written]
    return dg.MaterializeResult(
        metadata={
            "feeds": len(written),
            "items": sum(len(feed.items) for feed in written),
            "folder": dg.MetadataValue.path(str(settings.data_dir / urls.SITE_FOLDER / urls.FEEDS_FOLDER)),
            "what": dg.MetadataValue.md(build_markdown_table(("feed", "file", "items"), rows, max_rows=len(rows))),
        }
    )
