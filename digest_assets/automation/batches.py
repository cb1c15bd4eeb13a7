"""The sensor of the Batch API: days whose batch has ended are made again, and find their answers there."""

import dagster as dg

from digest_assets.automation.jobs import daily_digest, select_downstream
from digest_assets.automation.runs import ATTEMPT_TAG
from digest_assets.common.errors import DigestError
from digest_assets.config.settings import Settings
from digest_assets.llm.batches import find_ended_batches
from digest_assets.orchestration.partitions import format_partition_key
from digest_assets.summaries.tables import PAPER_SUMMARIES


@dg.sensor(
    job=daily_digest,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Looks whether a batch of questions (`summaries.mode: batch`) has ended, and asks for its days' summaries and "
        "reports: once for each batch and day. Does nothing while no batch is in progress."
    ),
)
def batch_results(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    """Ask for the days of batches that have ended."""
    try:
        ended = find_ended_batches(settings)
    except DigestError as error:
        return dg.SensorResult(skip_reason=f"{error}; looking again in the next tick")
    if not ended:
        return dg.SensorResult(skip_reason="no batch has ended that was not collected")
    selection = select_downstream(PAPER_SUMMARIES.name, context.repository_def)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"batch_results {id_} {day}",
                partition_key=format_partition_key(day),
                asset_selection=selection,
                tags={ATTEMPT_TAG: "batch_results 1"},
            )
            for id_, days in sorted(ended.items())
            for day in days
        ]
    )
