"""A small graph: the day's assets by name and order, without their work, for tests of sensors, schedules and runs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from digest_assets.automation import jobs, schedules, sensors
from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings
from digest_assets.orchestration.failures import stop_futile_retries
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.tables import DAY_TABLES
from digest_assets.warehouse import open_warehouse

SOURCES = ("arxiv_listing", "arxiv_topic_hits", "hf_daily_papers")
_FLOW = {
    "papers": SOURCES,
    "earlier_days": ("papers",),
    "relevance": ("papers",),
    "paper_groups": ("relevance",),
    "similar_papers": ("paper_groups", "earlier_days"),
    "paper_texts": ("paper_groups",),
    "paper_summaries": ("paper_texts",),
    "claims": ("paper_summaries",),
    "day_overviews": ("paper_summaries", "earlier_days"),
    "reports": ("paper_summaries", "day_overviews"),
}
REST = frozenset(_FLOW)  # of a day: what follows its sources
TODAY = datetime.now(UTC).date()


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def build_small_graph(
    settings: Settings,
    trouble: Path,
    real: Sequence[dg.AssetsDefinition] = (),
    checks: Sequence[dg.AssetChecksDefinition] = (),
) -> dg.Definitions:
    """Assets that only say that they ran; one whose name stands in the file `trouble` fails, for good if `!` follows.

    Those in `real` stand for themselves, with these checks.
    """

    def asset(name: str) -> dg.AssetsDefinition:
        @dg.asset(
            name=name,
            partitions_def=daily_partitions,
            group_name="sources" if name in SOURCES else "rest",
            deps=list(_FLOW.get(name, ())),
        )
        @stop_futile_retries
        def made() -> None:
            names = trouble.read_text().split() if trouble.exists() else []
            if f"{name}!" in names:
                raise SourceError(f"{name} is in trouble for good")
            if name in names:
                raise RuntimeError(f"{name} is in trouble")

        return made

    @dg.asset(name="site", group_name="site", deps=["reports"])
    def site() -> None: ...

    assert set(DAY_TABLES) == {*SOURCES, *_FLOW}
    named = {name for definition in real for name in (key.to_user_string() for key in definition.keys)}
    return dg.Definitions(
        assets=[*real, *(asset(name) for name in DAY_TABLES if name not in named), site],
        asset_checks=checks,
        jobs=[jobs.daily_digest],
        schedules=[schedules.weekday_mailing],
        sensors=[
            sensors.missed_days,
            sensors.papers_to_retry,
            sensors.unfinished_days,
            sensors.continue_after_source_failure,
            sensors.run_failure_alert,
        ],
        resources={"settings": settings, "warehouse": WarehouseIOManager(DAY_TABLES, open_warehouse(settings))},
        executor=dg.in_process_executor,
    )


def run_day(defs: dg.Definitions, instance: dg.DagsterInstance, day: date, **how: Any) -> dg.ExecuteInProcessResult:
    """A run of the daily job in this process."""
    return defs.resolve_job_def("daily_digest").execute_in_process(
        instance=instance, partition_key=str(day), raise_on_error=False, **how
    )


def mark_made(instance: dg.DagsterInstance, *days: date) -> None:
    """Let the days count as made without a run, which is quicker."""
    for day in days:
        for name in DAY_TABLES:
            instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(name), partition=str(day)))
