"""The jobs that people and schedules start."""

import dagster as dg

# Everything that a day has; `site` is of all days together and follows by itself.
DAY_ASSETS = dg.AssetSelection.all() - dg.AssetSelection.groups("site")

# What can still be made of a day when a source failed: reports whose own source is there.
REST_OF_DAY = dg.AssetSelection.assets("papers").downstream() - dg.AssetSelection.groups("site")

daily_digest = dg.define_asset_job(
    "daily_digest",
    selection=DAY_ASSETS,
    description="A day, from what was announced to the reports. Backfill it for a range of dates.",
    tags={"digest/kind": "day"},
)

site = dg.define_asset_job(
    "site",
    selection=dg.AssetSelection.groups("site"),
    description="The static site, brought up to date with the days whose reports changed.",
)
