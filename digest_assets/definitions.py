"""The project's table of contents: every asset, check, job, schedule, sensor and resource, by name.

The code location of the UI and the daemons is the same list with another backfill policy: see `code_location.py`.
"""

from typing import Any

import dagster as dg

from digest_assets.archive import assets as archive
from digest_assets.automation import (
    batches,
    earlier_days,
    jobs,
    new_mailing,
    orphaned_runs,
    run_history,
    schedules,
    sensors,
)
from digest_assets.automation import checks as day_checks
from digest_assets.common.errors import ConfigError
from digest_assets.config.reports import ReportsConfig
from digest_assets.config.settings import Settings, load_settings
from digest_assets.delivery import assets as delivery
from digest_assets.feeds import assets as feeds
from digest_assets.groups import assets as groups
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.run_databases import build_settings_resource
from digest_assets.papers import assets as papers
from digest_assets.relevance import assets as relevance
from digest_assets.reports import assets as reports
from digest_assets.reports.custom import try_templates
from digest_assets.site import assets as site
from digest_assets.sources import assets as sources
from digest_assets.summaries import assets as summaries
from digest_assets.tables import ASSET_TABLES
from digest_assets.texts import assets as texts
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly import assets as weekly
from digest_assets.weekly import checks as weekly_checks

ASSETS = [
    sources.arxiv_listing,
    sources.arxiv_topic_hits,
    sources.hf_daily_papers,
    papers.papers,
    archive.earlier_days,
    relevance.library,
    relevance.marks,
    relevance.relevance,
    groups.paper_groups,
    archive.similar_papers,
    texts.paper_texts,
    summaries.paper_summaries,
    summaries.claims,
    summaries.day_overviews,
    reports.reports,
    reports.exports,
    weekly.weekly,
    site.site,
    feeds.feeds,
    delivery.deliveries,
]
CHECKS = [
    *day_checks.CHECKS,
    *weekly_checks.CHECKS,
    delivery.deliveries_arrived,
]
JOBS: list[Any] = [  # jobs of assets, whose class Dagster does not export, and one of an op
    jobs.daily_digest,
    jobs.weekly_digest,
    jobs.publish,
    delivery.delivery,
    jobs.standing_checks,
    run_history.prune_runs,
]
SCHEDULES = [
    schedules.weekday_mailing,
    schedules.weekly_schedule,
    schedules.standing_checks_schedule,
    run_history.prune_runs_schedule,
]
SENSORS: list[dg.SensorDefinition] = [
    new_mailing.new_mailing,
    new_mailing.huggingface_page_changes,
    sensors.missed_days,
    sensors.papers_to_retry,
    sensors.unfinished_days,
    earlier_days.earlier_days_changed,
    batches.batch_results,
    sensors.continue_after_source_failure,
    sensors.run_failure_alert,
    orphaned_runs.orphaned_runs,
    sensors.publish_new_reports,
    sensors.library_changes,
    delivery.deliveries_due,
]


def build_definitions(
    settings: Settings | None = None, *, backfill_policy: dg.BackfillPolicy | None = None
) -> dg.Definitions:
    """Everything Dagster needs to know. The settings are validated here, once: a wrong one stops the loading.

    `backfill_policy` says how a range of days is launched: None lets the person choose in the UI (by default one
    run a day, several at once).
    """
    settings = settings or load_settings()
    try_templates(settings)
    assets = [_add_custom_report_version(asset, settings.config.reports) for asset in ASSETS]
    return dg.Definitions(
        assets=[
            asset.with_attributes(backfill_policy=backfill_policy) if backfill_policy and asset.is_executable else asset
            for asset in assets
        ],
        asset_checks=CHECKS,
        jobs=[*JOBS, jobs.build_rebuild_job(with_example=backfill_policy is None)],
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={
            "settings": build_settings_resource(settings),
            "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings)),
        },
        executor=_choose_executor(settings),
    )


def _add_custom_report_version(asset: dg.AssetsDefinition, config: ReportsConfig) -> dg.AssetsDefinition:
    """Let an asset's code version say how the custom reports are made, too: a change of theirs shows as stale."""
    if not config.custom or asset not in (summaries.paper_summaries, reports.reports):
        return asset
    version = "-".join(report.revision for report in config.custom.values())
    return asset.map_asset_specs(lambda spec: spec.replace_attributes(code_version=f"{spec.code_version}-{version}"))


def _choose_executor(settings: Settings) -> dg.ExecutorDefinition:
    if settings.config.executor == "celery":
        try:
            from dagster_celery import celery_executor  # an extra: only many machines need it
        except ModuleNotFoundError:
            raise ConfigError(
                "executor: celery needs the package dagster-celery; install digest-assets with its extra [many-machines]"
            ) from None
        return celery_executor
    # Steps are light or wait for models and networks, in parallel inside the asset: a process per step would
    # cost five times the processor time.
    return dg.in_process_executor


defs = build_definitions(backfill_policy=dg.BackfillPolicy.single_run())
