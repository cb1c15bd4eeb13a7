"""The asset checks of the week: its file follows its format and holds its row, and no paper is named by two weeks."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import get_partition_days, weekly_partitions
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.assets import weekly
from digest_assets.weekly.tables import WEEKLY, WeeklyRow
from digest_assets.weekly.validate import parse_week


@dg.asset_check(
    asset=weekly,
    partitions_def=weekly_partitions,
    description="The week's file, read back strictly, follows its format and names exactly the papers and terms of its row. "
    "When it is red: materialise the week again. If it stays red, the message names the line where the format breaks: "
    "a fault in the report's template, so keep the file from readers until that is mended.",
)
def weekly_format(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    return _build_result(list(find_format_problems(settings, get_partition_days(context))))


@dg.asset_check(
    asset=weekly,
    partitions_def=weekly_partitions,
    description="No paper of the week is named by another week's report. When it is red: days before were made or changed "
    "after a week's report; materialise the weeks that the message names again, the earlier first.",
)
def named_by_one_week(
    context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.AssetCheckResult:
    return _build_result(list(find_repeats(settings, get_partition_days(context))))


CHECKS = [weekly_format, named_by_one_week]


def find_format_problems(settings: Settings, weeks: Sequence[date]) -> Iterator[str]:
    """What is wrong with the files of these weeks, each in a sentence."""
    for row in WEEKLY.to_rows(open_warehouse(settings).read(WEEKLY, weeks)):
        if problem := _find_problem(row, settings):
            yield f"the week of {row.day}: {problem}"


def find_repeats(settings: Settings, weeks: Sequence[date]) -> Iterator[str]:
    """The papers of these weeks that another week names, each in a sentence."""
    rows = WEEKLY.to_rows(open_warehouse(settings).read(WEEKLY))
    naming: dict[str, list[date]] = {}
    for row in sorted(rows, key=lambda row: row.day):
        for paper in row.named:
            naming.setdefault(paper.id, []).append(row.day)
    for id_, days in naming.items():
        if len(days) > 1 and set(days) & set(weeks):
            yield f"{id_} is named by the weeks of {' and '.join(map(str, days))}"


def _find_problem(row: WeeklyRow, settings: Settings) -> str | None:
    try:
        data = (settings.data_dir / row.path).read_bytes()
        parsed = parse_week(data.decode("utf-8"))
    except OSError as error:
        return f"{row.path} cannot be read: {error.strerror}"
    except (ReportError, UnicodeDecodeError) as error:
        return str(error)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        return f"{row.path} was changed since it was written"
    if parsed.day != row.day:
        return f"it is dated {parsed.day}"
    if parsed.ids != tuple(paper.id for paper in row.named):
        return f"it names {len(parsed.ids)} papers {parsed.ids}, its row {len(row.named)}"
    if len(parsed.rising) + len(parsed.fading) != len(row.terms):
        return f"it names {len(parsed.rising) + len(parsed.fading)} terms, its row {len(row.terms)}"
    return None


def _build_result(problems: Sequence[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(problems[:3]) or "The week reads back as its row, and repeats no other.",
        metadata={"problems": len(problems), "what": dg.MetadataValue.md("\n".join(f"- {line}" for line in problems))},
    )
