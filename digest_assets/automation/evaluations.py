"""Evaluations as metadata of the asset `summary_scores`, so that a worse prompt or model shows beside the last.

The asset has no definition, and so no job can include it: an evaluation may ask a model, and a person starts it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

from digest_assets.orchestration.partitions import format_partition_key

SUMMARY_SCORES = dg.AssetKey("summary_scores")
_SEARCHED = 50  # evaluations of a day: more than anybody makes between two changes


def store_evaluation(
    instance: dg.DagsterInstance, day: date, scores: Mapping[str, Mapping[str, float]], **conditions: str | int
) -> None:
    """Write scores by report, with the conditions that they were got under, such as engine, model, papers and language."""
    flat = {f"{report}: {name}": value for report, mine in scores.items() for name, value in mine.items()}
    metadata: dict[str, Any] = {**conditions, "scores": dg.MetadataValue.json(scores), **flat}
    event = dg.AssetMaterialization(SUMMARY_SCORES, metadata=metadata, partition=format_partition_key(day))
    instance.report_runless_asset_event(event)


def find_last_evaluation(
    instance: dg.DagsterInstance, day: date, **conditions: str | int
) -> Mapping[str, Mapping[str, float]] | None:
    """The scores of the day's last evaluation under the same conditions; None if there is none."""
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(SUMMARY_SCORES, asset_partitions=[format_partition_key(day)]), limit=_SEARCHED
    )
    for record in found.records:
        metadata = record.asset_materialization.metadata if record.asset_materialization else {}
        if all(name in metadata and metadata[name].value == value for name, value in conditions.items()):
            scores: Any = metadata["scores"].value
            return scores  # type: ignore[no-any-return]
    return None
