"""The Dagster asset of the site: one over all days, which renders the days that changed."""

from typing import Any

import dagster as dg
from pydantic import Field

from digest_assets.config.settings import Settings
from digest_assets.orchestration.day_table import link_page
from digest_assets.orchestration.digest_asset import DAILY_FRESHNESS, ON_NEW_REPORT, digest_asset
from digest_assets.reports.assets import reports
from digest_assets.search.update import update_index
from digest_assets.site.build import build_site
from digest_assets.site.pages import hash_sources
from digest_assets.weekly.assets import weekly


class SiteRunConfig(dg.Config):
    """The run config of `site`."""

    everything: bool = Field(False, description="Render every day again, not only those whose reports changed.")


@digest_asset(
    description="The static web site of all days: pages, search and charts in the data folder's `site`.",
    group_name="site",
    kinds={"html"},
    deps=[reports, weekly],
    code_version=hash_sources(),
    automation_condition=ON_NEW_REPORT,
    freshness_policy=DAILY_FRESHNESS,
)
def site(
    context: dg.AssetExecutionContext, config: SiteRunConfig, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[Any]:
    built = build_site(
        settings, everything=config.everything, progress=lambda day: context.log.info("rendering %s", day)
    )
    indexed = update_index(settings)
    return dg.MaterializeResult(
        metadata={
            "front page": link_page(settings.config.feeds.base_url, "index.html"),
            "folder": dg.MetadataValue.path(str(built.folder)),
            "days indexed": indexed,
            "days": built.days,
            "days rendered": len(built.rendered),
            "days removed": len(built.removed),
            "files written": built.files_written,
            "files unchanged": built.files_unchanged,
            "files removed": built.files_removed,
        }
    )
