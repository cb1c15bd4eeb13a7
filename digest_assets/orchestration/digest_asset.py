"""What all assets of this project have in common: owner, code version, a link to the code, and how their errors end.
Tables have more in common: `table_asset.py`.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from digest_assets.orchestration.failures import stop_futile_retries

# Dagster calls links to the code, assets with owners that are observed, and mappings to partitions before the first one a
# beta, and would warn at every load.
warnings.filterwarnings(
    "ignore",
    message=r".*\b(\w*CodeReference|multi_observable_source_asset|allow_nonexistent_upstream_partitions)",
    category=dg.BetaWarning,
)

OWNER = "team:digest"

# As often as the standing checks: each time is a run of its own, and every day reads what is observed anyway.
_OBSERVATION_CRON = "0 */6 * * *"

# For assets over all days, which follow the reports. While a run is in progress nothing new is started: the next run
# takes all that changed meanwhile.
ON_NEW_REPORT = (dg.AutomationCondition.any_deps_updated() & ~dg.AutomationCondition.in_progress()).with_label(
    "a report is new"
)
# For a week that was made: a report of its days, or of the weeks before, is made again or late. It waits until no day is
# being made, so that a backfill costs it one run.
ON_CHANGED_DAY = (
    dg.AutomationCondition.any_deps_updated().since(
        dg.AutomationCondition.newly_updated() | dg.AutomationCondition.newly_requested()
    )
    & ~dg.AutomationCondition.missing()
    & ~dg.AutomationCondition.in_progress()
    & ~dg.AutomationCondition.any_deps_in_progress()
).with_label("a day of a week that was made changed")
# Reports are made every day of the week: a mailing's by 05:00 UTC, a day's without one by 13:00 UTC of the next day.
# The longest pause is from a Friday's mailing to the Saturday, 32 hours. A day and a half is late, another day wrong.
DAILY_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=60), warn_window=timedelta(hours=36))


def digest_asset(
    *, code_version: str, description: str, group_name: str, metadata: Mapping[str, Any] | None = None, **options: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """`dagster.asset` with what all assets of the project have in common; takes its options.

    `code_version` changes when the same input gives another output: Dagster then shows what was made before as stale.
    Where prompts or templates decide, it is their hash; else a number that whoever changes the output raises.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        asset: dg.AssetsDefinition = dg.asset(
            code_version=code_version,
            description=description,
            group_name=group_name,
            owners=[OWNER],
            metadata={"dagster/code_references": _build_code_reference(function), **(metadata or {})},
            **options,
        )(stop_futile_retries(function))
        return asset

    return decorate


def observed_asset(
    *, code_version: str, description: str, group_name: str, kinds: set[str], metadata: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """What others change and we only look at: Dagster observes it four times a day, and shows what is made from it as stale.

    The function has the asset's name and returns its version, which differs when the content does, with metadata.
    """

    def decorate(function: Callable[..., tuple[str, Mapping[str, Any]]]) -> dg.AssetsDefinition:
        name = function.__name__
        spec = dg.AssetSpec(
            name,
            description=description,
            group_name=group_name,
            owners=[OWNER],
            kinds=kinds,
            code_version=code_version,
            automation_condition=dg.AutomationCondition.on_cron(_OBSERVATION_CRON),
            metadata={"dagster/code_references": _build_code_reference(function), **(metadata or {})},
        )

        def observe(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Any]) -> dg.ObserveResult:
            version, found = stop_futile_retries(function)(settings)
            return dg.ObserveResult(asset_key=name, data_version=dg.DataVersion(version), metadata=dict(found))

        asset: dg.AssetsDefinition = dg.multi_observable_source_asset(specs=[spec], name=name)(observe)
        return asset

    return decorate


def _build_code_reference(function: Callable[..., Any]) -> dg.CodeReferencesMetadataValue:
    function = inspect.unwrap(function)
    file, line = inspect.getsourcefile(function) or "", inspect.getsourcelines(function)[1]
    reference = dg.LocalFileCodeReference(file_path=file, line_number=line, label=function.__name__)
    return dg.CodeReferencesMetadataValue(code_references=[reference])
