"""The Dagster asset, check, job and sensor of the deliveries, which follow the reports and never fail a day."""

from collections import Counter
from typing import Any

import dagster as dg
from pydantic import Field

from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.delivery.outbox import deliver, get_last_events, get_utc_now, load_due
from digest_assets.delivery.recipients import list_recipients
from digest_assets.delivery.tables import DELIVERIES, DeliveryRow
from digest_assets.orchestration.digest_asset import ON_NEW_REPORT, digest_asset
from digest_assets.orchestration.table_asset import build_column_schema
from digest_assets.reports.assets import reports
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.assets import weekly


class DeliveryRunConfig(dg.Config):
    """The run config of `deliveries`."""

    again: bool = Field(False, description="Try all that failed now, also what was left alone after many attempts.")


@digest_asset(
    description=DELIVERIES.description + " A failed delivery is tried again, hours apart, and never fails the day.",
    group_name="site",
    kinds={"duckdb"},
    code_version="1",
    deps=[reports, weekly],
    automation_condition=ON_NEW_REPORT,
    metadata={
        "dagster/column_schema": build_column_schema(DELIVERIES),
        "dagster/table_name": f"main.{DELIVERIES.name}",
    },
)
def deliveries(
    context: dg.AssetExecutionContext, config: DeliveryRunConfig, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[Any]:
    outcomes = deliver(settings, again=config.again)
    for row in outcomes:
        if row.state == "failed":
            context.log.warning("%s of %s to %s failed: %s", row.report, row.day, row.recipient, row.note)
    states = Counter(row.state for row in outcomes)
    return dg.MaterializeResult(
        metadata={
            "recipients": len(list_recipients(settings.config.delivery, settings.config.readers)),
            "sent": states["sent"],
            "failed": states["failed"],
            "what": dg.MetadataValue.md(_format_outcomes(outcomes)),
        }
    )


@dg.asset_check(
    asset=deliveries,
    description="All that was tried last time arrived. When it is red, read the reasons in the metadata of "
    "`deliveries`; what failed is tried again by itself. After mending a setting or a secret, materialise "
    "`deliveries` with `again: true`.",
)
def deliveries_arrived(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    rows = DELIVERIES.to_rows(open_warehouse(settings).read(DELIVERIES))
    waiting = [row for row in get_last_events(rows).values() if row.state != "sent"]
    return dg.AssetCheckResult(
        passed=not waiting,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(waiting)} deliveries did not arrive." if waiting else "All arrived.",
        metadata={"not arrived": len(waiting), "what": dg.MetadataValue.md(_format_outcomes(waiting))},
    )


delivery = dg.define_asset_job(
    "delivery",
    selection=dg.AssetSelection.assets(deliveries),
    description="Editions brought to their recipients: what is due, or with `again: true` all that failed.",
)


@dg.sensor(
    job=delivery,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Delivers what is due: editions that had to wait for their page to fill, and failed deliveries, tried "
    "again after ten minutes, then three times as long each time.",
)
def deliveries_due(settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    waiting = load_due(settings, now=get_utc_now())
    if not waiting:
        return dg.SensorResult(skip_reason="no delivery is due")
    names = (f"{item.recipient.name} {item.row.day} {item.row.report} {item.attempt}" for item in waiting)
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key="; ".join(sorted(names)))])


def _format_outcomes(rows: list[DeliveryRow]) -> str:
    head = ("day", "report", "recipient", "state", "attempt", "note")
    cells = [(row.day, row.report, row.recipient, row.state, row.attempt, row.note or "") for row in rows]
    return build_markdown_table(head, cells, max_rows=len(cells))
