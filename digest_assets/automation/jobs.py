"""The jobs that people and schedules start."""

from typing import Any

import dagster as dg
from pydantic import Field

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


class PapersAgain(dg.Config):
    """Which papers of a day are read and summarised again."""

    only: list[str] = Field(description="arXiv ids, like 2512.05117.")
    refresh: bool = Field(default=True, description="Fetch, read and ask the model again although answers were kept.")


@dg.config_mapping
def _again(config: PapersAgain) -> dict[str, Any]:
    given = {"config": {"only": config.only, "refresh": config.refresh}}
    return {"ops": {"paper_texts": given, "paper_summaries": given}}


papers_again = dg.define_asset_job(
    "papers_again",
    selection=dg.AssetSelection.assets("paper_texts").downstream() - dg.AssetSelection.groups("site"),
    config=_again,
    description="Some papers of a day alone, read and summarised again: `{only: [ids], refresh: true}`. The other "
    "papers of the day keep what they have; the reports are made from both.",
    tags={"digest/kind": "papers"},
)

site = dg.define_asset_job(
    "site",
    selection=dg.AssetSelection.groups("site"),
    description="The static site, brought up to date with the days whose reports changed.",
)
