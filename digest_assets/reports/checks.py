"""The asset check of the reports: each file, read back, follows its format and holds its papers."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import get_report_source
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.table_checks import table_check
from digest_assets.reports.render import describe_missing
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.reports.validate import parse_report
from digest_assets.warehouse import open_warehouse


@table_check(
    REPORTS,
    "Every report file, read back strictly, follows its format and holds exactly the papers of its groups. "
    "When it is red, materialise the day's reports again. If it stays red, the message names the line where the "
    "format breaks: a fault in the report's template, so keep the file from readers until that is mended.",
)
def report_format(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    problems = list(find_problems(settings, days))
    return dg.AssetCheckResult(
        passed=not problems,
        description="; ".join(problems[:3]) or "Every report reads back as its groups.",
        metadata={"problems": len(problems), "what": dg.MetadataValue.md("\n".join(f"- {line}" for line in problems))},
    )


def find_problems(settings: Settings, days: Sequence[date] | None = None) -> Iterator[str]:
    """What is wrong with the report files of these days (of all, if not given), each in a sentence."""
    warehouse = open_warehouse(settings)
    groups = PAPER_GROUPS.to_rows(warehouse.read(PAPER_GROUPS, days))
    rows = REPORTS.to_rows(warehouse.read(REPORTS, days))
    names = settings.config.reports.names
    for row in (row for row in rows if row.report in names):
        expected_ids = tuple(group.id for group in groups if (group.day, group.report) == (row.day, row.report))
        problem = _find_problem(row, expected_ids, settings)
        if problem:
            yield f"{row.report} of {row.day}: {problem}"
    made = {(row.day, row.report) for row in rows}
    choices = settings.config.reports
    for report in choices.custom.keys() & choices.enabled_reports().keys():  # their templates may fail
        written = warehouse.find_written_days(get_report_source(report, choices), days or [])
        for day in sorted(day for day in written if (day, report) not in made):
            yield f"{report} of {day} was not made: the log of reports says where its template fails"


def _find_problem(row: ReportRow, expected_ids: tuple[str, ...], settings: Settings) -> str | None:
    path = settings.data_dir / row.path
    try:
        data = path.read_bytes()
        markdown = data.decode("utf-8")
        if row.report in settings.config.reports.custom:
            parsed, missing = None, describe_missing(markdown, sorted(set(expected_ids)))
        else:
            parsed, missing = parse_report(row.report, markdown, row.language), None
    except OSError as error:
        return f"{row.path} cannot be read: {error.strerror}"
    except (ReportError, UnicodeDecodeError) as error:
        return str(error)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        return f"{row.path} was changed since it was written"
    if parsed is None:
        return missing
    if parsed.day != row.day:
        return f"it is dated {parsed.day}"
    if parsed.ids != expected_ids:
        return f"it holds {len(parsed.ids)} papers {parsed.ids}, its groups {len(expected_ids)} {expected_ids}"
    return None
