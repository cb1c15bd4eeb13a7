"""The jobs that people, schedules and sensors start."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from digest_assets.orchestration.partitions import daily_partitions

EXAMPLE_ID = "2512.05117"  # in the launchpad, to be replaced
# What is of all days together: it follows the reports by itself, and no day's run holds it.
ALL_DAYS_ASSETS = dg.AssetSelection.groups("site")
WEEKLY_ASSETS = dg.AssetSelection.groups("weekly")
# What no day's run holds.
NOT_OF_A_DAY = ALL_DAYS_ASSETS | WEEKLY_ASSETS

# What can still be made of a day when a source failed: reports whose own source is there.
AFTER_SOURCES = dg.AssetSelection.assets("papers").downstream() - NOT_OF_A_DAY

daily_digest = dg.define_asset_job(
    "daily_digest",
    selection=dg.AssetSelection.all() - NOT_OF_A_DAY,
    description="A day, from what was announced to the reports. Backfill it for a range of dates.",
    tags={"digest/kind": "day"},
)


def build_rebuild_config(ids: Sequence[str]) -> dict[str, Any]:
    """Build the run config with which the job `rebuild_papers` makes these papers anew."""
    return {
        "ops": {name: {"config": {"only": list(ids), "refresh": True}} for name in ("paper_texts", "paper_summaries")}
    }


def build_rebuild_job(*, with_example: bool) -> Any:
    """Build the job that reads and summarises some papers of a day again, and makes the reports from them and the others.

    `with_example` fills the launchpad in. Dagster refuses that where a run may hold several days.
    """
    example = None
    if with_example:  # of a partition, not of the job: the launchpad shows the former alone
        example = dg.PartitionedConfig(
            daily_partitions, run_config_for_partition_key_fn=lambda _: build_rebuild_config([EXAMPLE_ID])
        )
    return dg.define_asset_job(
        "rebuild_papers",
        selection=dg.AssetSelection.assets("paper_texts").downstream() - NOT_OF_A_DAY,
        config=example,
        description="Some papers of a day alone, read and summarised again. Beside *Materialize all*, open the "
        f"launchpad: choose the day, write the papers' ids in place of the example's `{EXAMPLE_ID}`, twice, in quotes, "
        "and launch. The day's other papers keep what they have; the reports are made from both. (`digest run DAY "
        "--paper ID` does the same.)",
        tags={"digest/kind": "papers"},
    )


weekly_digest = dg.define_asset_job(
    "weekly_digest",
    selection=WEEKLY_ASSETS,
    description="A week that is over: what mattered, rising and fading terms, what to catch up on. A day of it that is "
    "missing is named as missing; a week without papers is an empty report.",
    tags={"digest/kind": "week"},
)

# Whether a day was left out asks for each table's history, and is no matter of what is published.
_NO_MISSING_DAYS = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("site"), "no_missing_days"))

publish = dg.define_asset_job(
    "publish",
    selection=ALL_DAYS_ASSETS - _NO_MISSING_DAYS,
    description="The site and the feeds, brought up to date with the days whose reports changed, and what is to be "
    "delivered of the newest.",
)

standing_checks = dg.define_asset_job(
    "standing_checks",
    selection=dg.AssetSelection.checks_for_assets("site")
    | dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("paper_summaries"), "api_key_present")),
    description="What no day's run sees: days that were left missing or failed, a key that went missing.",
)


# What is measured against the days before is made again from what is stored: no model is asked.
EARLIER_DAYS_CONFIG = {"ops": {"day_overviews": {"config": {"keep_answers": True}}}}


def select_downstream(asset: str, repository: dg.RepositoryDefinition | None) -> list[dg.AssetKey]:
    """Select an asset and what is made from it within a day, as a sensor's run request takes it."""
    assert repository is not None, "a tick has its repository"
    return sorted((dg.AssetSelection.assets(asset).downstream() - NOT_OF_A_DAY).resolve(repository.asset_graph))
