"""The Dagster asset of the week: a partition a week, from the reports of its seven days."""

from typing import Any

import dagster as dg
import polars as pl

from digest_assets.config.settings import Settings
from digest_assets.orchestration.day_table import link_page
from digest_assets.orchestration.digest_asset import ON_CHANGED_DAY
from digest_assets.orchestration.partitions import get_partition_days, weekly_partitions
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.reports import urls
from digest_assets.reports.assets import reports
from digest_assets.weekly.tables import WEEKLY, WeeklyRow
from digest_assets.weekly.week import WEEKS_BEFORE
from digest_assets.weekly.write import hash_template, write_week


@table_asset(
    WEEKLY,
    group="weekly",
    kinds={"markdown"},
    code_version=hash_template(),
    partitions=weekly_partitions,
    # The week's days, and those of the weeks before that its terms are compared with, as far as there are such days.
    deps=[
        dg.AssetDep(
            reports,
            partition_mapping=dg.TimeWindowPartitionMapping(
                start_offset=-WEEKS_BEFORE, allow_nonexistent_upstream_partitions=True
            ),
        )
    ],
    automation_condition=ON_CHANGED_DAY,
)
def weekly(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> pl.DataFrame:
    if not settings.config.weekly.enabled:
        context.log.info("weekly.enabled is false in the settings: no week is made")
        return WEEKLY.to_frame()
    written = [write_week(settings, monday) for monday in get_partition_days(context)]
    newest = max(written, key=lambda week: week.row.day)
    context.add_output_metadata(_build_metadata(newest.row, newest.markdown, settings))
    return WEEKLY.to_frame(week.row for week in written)


def _build_metadata(row: WeeklyRow, markdown: str, settings: Settings) -> dict[str, Any]:
    return {
        "days with reports": row.days,
        "papers announced": row.announced,
        "papers named": row.papers,
        "rising terms": sum(term.direction == "rising" for term in row.terms),
        "fading terms": sum(term.direction == "fading" for term in row.terms),
        "page": link_page(settings.config.feeds.base_url, urls.week_page(row.day)),
        "file": dg.MetadataValue.path(str(settings.data_dir / row.path)),
        "report": dg.MetadataValue.md(markdown),
    }
