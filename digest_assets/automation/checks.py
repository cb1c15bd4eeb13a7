"""The checks that Dagster shows beside the assets; what they look for is in `data_quality.py`.

A check stops what follows only where a report would be wrong. The others tell people. Each description says what to
do when the check is red.
"""

from datetime import UTC, date, datetime

import dagster as dg

from digest_assets.automation import data_quality
from digest_assets.automation.data_quality import QualityResult, QualityCheck
from digest_assets.automation.runs import get_day_states
from digest_assets.automation.sensors import LOOK_BACK_DAYS, compute_due_times
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse.registry import TABLES

_SHOWN = 50  # problems in the metadata
_LOOK_BACK = 30  # newest days that a check looks at when it is run for no day in particular

_RUN_AGAIN = (
    "When it is red: materialise the day's table again from the UI. If it stays red, the sentence names the fault."
)


def check_of(
    table: str, name: str, look: QualityCheck, *, meaning: str, todo: str, blocking: bool = False
) -> dg.AssetChecksDefinition:
    """A check of a table's asset: looks at the run's days alone, or at the newest ones if the run is for none."""

    @dg.asset_check(asset=table, name=name, description=f"{meaning} {todo}", blocking=blocking)
    def check(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        found = look(settings, days_to_check(context, settings, table))
        return as_result(found, severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN)

    return check


def days_to_check(context: dg.AssetCheckExecutionContext, settings: Settings, table: str) -> list[date]:
    """The run's partitions; without any, the newest days of the table."""
    if context.has_partition_key or context.has_partition_key_range:
        return [date.fromisoformat(key) for key in context.partition_keys]
    return settings.warehouse().find_newest_days(table, _LOOK_BACK)


def as_result(found: QualityResult, severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    """A finding as Dagster shows it: the first problems in the description, all numbers as metadata."""
    lines = [f"- {problem}" for problem in found.problems[:_SHOWN]]
    more = len(found.problems) - len(lines)
    metadata: dict[str, dg.MetadataValue] = {
        name: dg.MetadataValue.float(float(value)) if isinstance(value, float) else dg.MetadataValue.int(value)
        for name, value in found.metrics.items()
    }
    if found.problems:
        metadata["problems"] = dg.MetadataValue.md("\n".join([*lines, *([f"- and {more} more"] if more else [])]))
    return dg.AssetCheckResult(
        passed=not found.problems,
        severity=severity,
        description="; ".join(found.problems[:3])
        + (f"; and {len(found.problems) - 3} more" if len(found.problems) > 3 else ""),
        metadata=metadata,
    )


TABLES_STORED = [
    check_of(
        table.name,
        "stored_as_declared",
        data_quality.build_schema_check(table),
        meaning=f"The table has its declared columns, and ({', '.join(table.key)}) is never null and never repeated.",
        todo=_RUN_AGAIN,
        blocking=True,
    )
    for table in TABLES.values()
]

groups_hold_together = check_of(
    PAPER_GROUPS.name,
    "groups_hold_together",
    data_quality.check_groups_consistent,
    meaning="Every place in a report is a paper of the day, and parts and papers are numbered without gaps.",
    todo=_RUN_AGAIN,
    blocking=True,
)
texts_are_whole = check_of(
    PAPER_TEXTS.name,
    "texts_are_whole",
    data_quality.check_texts_complete,
    meaning="Every paper that a report shows has a text, be it the abstract; no other paper has one.",
    todo="When it is red: `paper_groups` was made again after the texts; materialise `paper_texts` of the day again.",
    blocking=True,
)
read_in_full = check_of(
    PAPER_TEXTS.name,
    "read_in_full",
    data_quality.check_full_text_rate,
    meaning=f"At least {data_quality.MIN_FULL_TEXT_RATE:.0%} of the papers that are wanted in full were read in full.",
    todo="When it is red: look at the reasons. Refusals and timeouts pass (the sensor `papers_to_try_again` reads "
    "again for some days); files that are too big or damaged stay, and the reports say so.",
)
summaries_are_whole = check_of(
    PAPER_SUMMARIES.name,
    "summaries_are_whole",
    data_quality.check_summaries_complete,
    meaning="Every paper in a report has a summary for it.",
    todo="When it is red: `paper_groups` was made again after the summaries; materialise `paper_summaries` of the day "
    "again. Finished summaries are not paid for again.",
    blocking=True,
)
figures_are_traced = check_of(
    PAPER_SUMMARIES.name,
    "figures_are_traced",
    data_quality.check_numbers_traced,
    meaning=f"At least {data_quality.MIN_TRACED_RATE:.0%} of the figures in the summaries were found in the text that was read.",
    todo="When it is red: the papers named have figures marked ⚠ in the reports. Look at one; if the model makes "
    "figures up, choose another under `summaries.model`.",
)
few_failures = check_of(
    PAPER_SUMMARIES.name,
    "few_failures",
    data_quality.check_failure_rate,
    meaning=f"At most {data_quality.MAX_FAILURE_RATE:.0%} of the summaries fell back because a call of the model failed.",
    todo="When it is red: look at the reasons. A busy endpoint passes (`papers_to_try_again` asks again for some days); "
    "else mend `summaries` in digest.yaml, then materialise `paper_summaries` of the day and what follows.",
)
within_budget = check_of(
    PAPER_SUMMARIES.name,
    "within_budget",
    data_quality.check_budget,
    meaning="The day cost no more than `summaries.budget_usd`, and nothing fell back because it was spent.",
    todo="When it is red: raise the budget or summarise less, then materialise `paper_summaries` of the day and what "
    "follows; what is finished is not paid for again.",
)
key_is_there = check_of(
    PAPER_SUMMARIES.name,
    "key_is_there",
    data_quality.check_api_key,
    meaning="The engine in the settings has the key that it needs.",
    todo="When it is red: export the variable it names where Dagster runs, restart it, and materialise "
    "`paper_summaries` of the day and what follows. Until then summaries are extractive and say so.",
)


@dg.asset_check(
    asset="site",  # of all days together, as this is
    description=f"No day of the last {LOOK_BACK_DAYS} is missing or failed once it is due, and the newest mailing's "
    "reports are there. When it is red: open the runs of the days named, mend what they say, and materialise these "
    "days. The sensor `missed_days` has asked for each some times before it gives up; see that it and the schedules are on.",
)
def no_day_is_left(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    now = datetime.now(UTC)
    due = compute_due_times(settings.calendar, now)
    return as_result(data_quality.check_missing_days(get_day_states(context.instance, list(due)), due, now), dg.AssetCheckSeverity.WARN)


CHECKS = [
    *TABLES_STORED,
    groups_hold_together,
    texts_are_whole,
    read_in_full,
    summaries_are_whole,
    figures_are_traced,
    few_failures,
    within_budget,
    key_is_there,
    no_day_is_left,
]
