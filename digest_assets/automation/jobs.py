"""The jobs that people and schedules start."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

# Everything that a day has; the group `site` is of all days together and follows by itself.
DAY_ASSETS = dg.AssetSelection.all() - dg.AssetSelection.groups("site")

# What can still be made of a day when a source failed: reports whose own source is there.
AFTER_SOURCES = dg.AssetSelection.assets("papers").downstream() - dg.AssetSelection.groups("site")

daily_digest = dg.define_asset_job(
    "daily_digest",
    selection=DAY_ASSETS,
    description="A day, from what was announced to the reports. Backfill it for a range of dates.",
    tags={"digest/kind": "day"},
)

rebuild_papers = dg.define_asset_job(
    "papers_again",
    selection=dg.AssetSelection.assets("paper_texts").downstream() - dg.AssetSelection.groups("site"),
    description="Some papers of a day alone, read and summarised again: in the launchpad, give the ops `paper_texts` "
    "and `paper_summaries` the config `{only: [2512.05117], refresh: true}`. The day's other papers keep what they "
    "have; the reports are made from both.",
    tags={"digest/kind": "papers"},
)

publish = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.groups("site"),
    description="The site and the feeds, brought up to date with the days whose reports changed, and what is to be "
    "delivered of the newest.",
)


def build_rebuild_config(ids: Sequence[str]) -> dict[str, Any]:
    """The run config with which `papers_again` makes these papers anew."""
    given = {"config": {"only": list(ids), "refresh": True}}
    return {"ops": {"paper_texts": given, "paper_summaries": given}}


standing_checks = dg.define_asset_job(
    "standing_checks",
    selection=dg.AssetSelection.checks_for_assets("site")
    | dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("paper_summaries"), "key_is_there")),
    description="What no day's run sees: days that were left missing or failed, a key that went missing.",
)
