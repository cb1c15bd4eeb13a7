"""The asset checks of the day's tables and of the automation itself: their names, words, severity and partitions.
What they look for is in `data_quality.py`; those of sources and reports are in their rooms.

A check stops what follows only where a report would be wrong. The others tell people. Each description says what to
do when the check is red.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from digest_assets.automation import data_quality
from digest_assets.automation.data_quality import QualityCheck, QualityResult
from digest_assets.automation.runs import get_day_states
from digest_assets.automation.sensors import LOOK_BACK_DAYS, compute_due_times
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.partitions import daily_partitions, weekly_partitions
from digest_assets.orchestration.table_checks import TableCheck, build_table_checks
from digest_assets.reports.checks import report_format
from digest_assets.sources.checks import CHECKS as SOURCE_CHECKS
from digest_assets.summaries.tables import CLAIMS, PAPER_SUMMARIES
from digest_assets.tables import ASSET_TABLES, DAY_TABLES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table

_MAX_PROBLEMS = 50  # in the metadata, which Dagster keeps for ever: some kilobytes
_MAX_DESCRIBED = 3  # in the description, which is shown as a line

_RUN_AGAIN = (
    "When it is red: materialise the day's table again from the UI. If it stays red, the sentence names the fault."
)


def _build_check(
    table: Table[Any], name: str, run: QualityCheck, *, meaning: str, todo: str, blocking: bool = False
) -> TableCheck:
    return TableCheck(
        table.name,
        name,
        f"{meaning} {todo}",
        lambda settings, days: build_check_result(run(settings, days), blocking=blocking),
        blocking,
        daily_partitions if table.name in DAY_TABLES else weekly_partitions,
    )


SCHEMA_CHECKS = [
    _build_check(
        table,
        "table_schema",
        data_quality.build_schema_check(table),
        meaning=f"The table has its declared columns, and ({', '.join(table.key)}) is never null and never repeated.",
        todo=_RUN_AGAIN,
        blocking=True,
    )
    for table in ASSET_TABLES.values()
]
DAY_CHECKS = [
    _build_check(
        PAPER_GROUPS,
        "groups_consistent",
        data_quality.check_groups_consistent,
        meaning="Every place in a report is a paper of the day, and parts and papers are numbered without gaps.",
        todo=_RUN_AGAIN,
        blocking=True,
    ),
    _build_check(
        PAPER_TEXTS,
        "texts_complete",
        data_quality.check_texts_complete,
        meaning="Every paper that a report shows has a text, be it the abstract; no other paper has one.",
        todo="When it is red: `paper_groups` was made again after the texts; materialise `paper_texts` of the day again.",
        blocking=True,
    ),
    _build_check(
        PAPER_TEXTS,
        "full_text_rate",
        data_quality.check_full_text_rate,
        meaning=f"At least {data_quality.MIN_FULL_TEXT_RATE:.0%} of the papers that are wanted in full were read in full.",
        todo="When it is red: look at the reasons. Refusals and timeouts pass (the sensor `papers_to_retry` reads "
        "again for some days); files that are too big or damaged stay, and the reports say so.",
    ),
    _build_check(
        PAPER_TEXTS,
        "reading_quality",
        data_quality.check_reading_quality,
        meaning=f"At most {data_quality.MAX_POORLY_READ_RATE:.0%} of the papers were read badly, by headings, decimals, "
        "table rows and roles; the worst are named in the metadata.",
        todo="When it is red: look at a paper that is named with `digest read FILE`; if its layout is read wrongly, "
        "report it. Its summary may miss results.",
    ),
    _build_check(
        PAPER_SUMMARIES,
        "summaries_complete",
        data_quality.check_summaries_complete,
        meaning="Every paper in a report has a summary for it.",
        todo="When it is red: `paper_groups` was made again after the summaries; materialise `paper_summaries` of the "
        "day again. Finished summaries are not paid for again.",
        blocking=True,
    ),
    _build_check(
        PAPER_SUMMARIES,
        "numbers_traced",
        data_quality.check_numbers_traced,
        meaning=f"At least {data_quality.MIN_TRACED_RATE:.0%} of the numbers in the summaries were found in the text that "
        "was read.",
        todo="When it is red: the papers named have numbers marked ⚠ in the reports. Look at one; if the model makes "
        "numbers up, choose another under `summaries.model`.",
    ),
    _build_check(
        CLAIMS,
        "claims_stand",
        data_quality.check_claims_stand,
        meaning="What a sentence of a summary quotes stands in the text at the place that it names, and at most "
        f"{data_quality.MAX_UNSUPPORTED_RATE:.0%} of the sentences are supported by nothing.",
        todo="When it is red: if it names places, the texts were read again after the summaries; materialise "
        "`paper_summaries` of the day and what follows. Else look at the sentences marked ⚠, and choose another model.",
    ),
    _build_check(
        PAPER_SUMMARIES,
        "failure_rate",
        data_quality.check_failure_rate,
        meaning=f"At most {data_quality.MAX_FAILURE_RATE:.0%} of the summaries fell back because a call of the model failed.",
        todo="When it is red: look at the reasons. A busy endpoint passes (`papers_to_retry` asks again for some days); "
        "else mend `summaries` in digest.yaml, then materialise `paper_summaries` of the day and what follows.",
    ),
    _build_check(
        PAPER_SUMMARIES,
        "within_budget",
        data_quality.check_budget,
        meaning="The day cost no more than `summaries.budget_usd`, and nothing fell back because it was spent.",
        todo="When it is red: raise the budget or summarise less, then materialise `paper_summaries` of the day and what "
        "follows; what is finished is not paid for again.",
    ),
]


def build_check_result(result: QualityResult, *, blocking: bool = False) -> dg.AssetCheckResult:
    """Build what Dagster shows of a result: the first problems in the description, all numbers as metadata."""
    lines = [f"- {problem}" for problem in result.problems[:_MAX_PROBLEMS]]
    more = len(result.problems) - len(lines)
    metadata: dict[str, dg.MetadataValue] = {
        name: dg.MetadataValue.float(float(value)) if isinstance(value, float) else dg.MetadataValue.int(value)
        for name, value in result.metrics.items()
    }
    if result.problems:
        metadata["problems"] = dg.MetadataValue.md("\n".join([*lines, *([f"- and {more} more"] if more else [])]))
    unnamed = len(result.problems) - _MAX_DESCRIBED
    return dg.AssetCheckResult(
        passed=not result.problems,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join(result.problems[:_MAX_DESCRIBED]) + (f"; and {unnamed} more" if unnamed > 0 else ""),
        metadata=metadata,
    )


def build_standing_check(
    asset: str, name: str, description: str, run: Callable[[dg.AssetCheckExecutionContext, Settings], QualityResult]
) -> dg.AssetChecksDefinition:
    """Build a check of the present, not of a day: the job `standing_checks` runs it by itself."""

    @dg.asset_check(asset=asset, name=name, description=description)
    def run_check(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        return build_check_result(run(context, settings))

    return run_check


def _check_missing_days(context: dg.AssetCheckExecutionContext, settings: Settings) -> QualityResult:
    now = datetime.now(UTC)
    due_times = compute_due_times(settings.calendar, now)
    return data_quality.check_missing_days(get_day_states(context.instance, list(due_times)), due_times, now)


TABLE_CHECKS = build_table_checks([*SCHEMA_CHECKS, *DAY_CHECKS, *SOURCE_CHECKS, report_format])
api_key_present = build_standing_check(
    PAPER_SUMMARIES.name,
    "api_key_present",
    "The engine in the settings has the key that it needs. When it is red: export the variable it names where Dagster "
    "runs, restart it, and materialise `paper_summaries` of the day and what follows. Until then summaries are "
    "extractive and say so.",
    lambda _, settings: data_quality.check_api_key(settings),
)
no_missing_days = build_standing_check(
    "site",  # of all days together, as this is
    "no_missing_days",
    f"No day of the last {LOOK_BACK_DAYS} is missing or failed once it is due, and the newest mailing's reports are "
    "there. When it is red: open the runs of the days named, mend what they say, and materialise these days. The sensor "
    "`missed_days` has asked for each some times before it gives up; see that it and the schedules are on.",
    _check_missing_days,
)
CHECKS = [*TABLE_CHECKS, api_key_present, no_missing_days]
