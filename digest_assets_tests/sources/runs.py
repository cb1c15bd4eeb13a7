"""Real Dagster runs of the sources' assets and checks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from digest_assets.config.settings import Settings
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.table_checks import build_table_checks
from digest_assets.sources import assets, checks
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.corpus import CATEGORIES
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.warehouse import open_warehouse

PAGE_SIZE = 45  # a fifth of the usual one, as the invented mailings have a fifth of a real one's papers
# As fast as tests want it: no pause between requests, and short ones before repeats.
FAST: Mapping[str, Any] = {"sources": {"arxiv": {"delay_seconds": 0, "page_size": PAGE_SIZE}, "backoff_seconds": 0.02}}
DAY = date(2025, 12, 3)
WEEK = [date(2025, 12, day) for day in range(1, 6)]


def build_definitions(settings: Settings) -> dg.Definitions:
    every = [assets.arxiv_listing, assets.arxiv_topic_hits, assets.hf_daily_papers]
    return dg.Definitions(
        assets=[asset.with_attributes(backfill_policy=dg.BackfillPolicy.single_run()) for asset in every],
        asset_checks=build_table_checks(checks.CHECKS),
        jobs=[dg.define_asset_job("sources")],
        resources={"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings))},
        executor=dg.in_process_executor,
    )


def get_announced_ids(server: LoopbackServer, day: date, categories: Sequence[str] = CATEGORIES) -> set[str]:
    """The ids that a mailing announces as new in these categories."""
    return {
        paper.id
        for paper in server.papers
        if paper.announced.get(day) == "new" and set(paper.categories) & set(categories)
    }


def run_sources(settings: Settings, *days: date, only: Sequence[str] | None = None) -> dg.ExecuteInProcessResult:
    """One run of these successive days; of the named assets alone, if some are named."""
    span = {
        "dagster/asset_partition_range_start": str(days[0]),
        "dagster/asset_partition_range_end": str(days[-1]),
    }
    return (
        build_definitions(settings)
        .resolve_job_def("sources")
        .execute_in_process(
            partition_key=str(days[0]) if len(days) == 1 else None,
            tags=span if len(days) > 1 else None,
            asset_selection=[dg.AssetKey(name) for name in only] if only else None,
            raise_on_error=False,
        )
    )


def make_day(settings: Settings, day: date) -> bool:
    """A run of its own, for a process of its own."""
    return run_sources(settings, day).success


def get_metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of an asset's (first) materialization."""
    events = result.get_asset_materialization_events()
    event = next(event for event in events if event.asset_key == dg.AssetKey(asset))
    return {name: value.value for name, value in event.materialization.metadata.items()}


def get_error_message(result: dg.ExecuteInProcessResult, asset: str) -> str:
    """The innermost error of an asset's step."""
    event = next(event for event in result.all_events if event.is_step_failure and event.step_key == asset)
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and "SourceError" not in (error.cls_name or ""):
        error = error.cause
    assert error is not None
    return error.message


def get_check_evaluation(result: dg.ExecuteInProcessResult, name: str) -> dg.AssetCheckEvaluation:
    """The evaluation of a check."""
    return next(check for check in result.get_asset_check_evaluations() if check.check_name == name)
