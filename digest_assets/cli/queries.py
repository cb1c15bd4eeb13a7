"""Looking things up in what was made: for the readers' command line. Nothing here writes.

Rooms that load tables or templates are imported where they are needed: a search must not wait for them.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from digest_assets.cli.arguments import describe_empty
from digest_assets.common.errors import ReportError
from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from digest_assets.warehouse import Warehouse

_SHOWN_DAYS = 5

# Its columns are keys of `digest costs --json`, which other programs read: they keep their names.
_COSTS = """
    SELECT
        day, model, purpose, count(*)::BIGINT AS calls, sum(input_tokens)::BIGINT AS tokens_in,
        sum(cached_tokens)::BIGINT AS tokens_cached, sum(output_tokens)::BIGINT AS tokens_out,
        count(*) FILTER (outcome <> 'ok')::BIGINT AS not_ok, round(sum(cost_usd), 6) AS cost_usd
    FROM llm_calls WHERE day >= ?
    GROUP BY ALL ORDER BY day DESC, model, purpose
"""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as it lies in the data folder."""

    day: date
    report: ReportName
    path: Path
    markdown: str


def list_days(settings: Settings) -> list[date]:
    """The days that have report files, newest first."""
    folder = settings.data_dir / "reports"
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted((date.fromisoformat(name) for name in names if re.fullmatch(r"\d{4}-\d\d-\d\d", name)), reverse=True)


def list_reports(settings: Settings, day: date) -> list[ReportName]:
    """The reports that a day has, in the fixed order. Raises `ReportError` if it has none."""
    from digest_assets.reports.write import get_report_path  # loads the reports' whole room

    made = [
        report
        for report in settings.config.reports.names
        if (settings.data_dir / get_report_path(day, report)).is_file()
    ]
    if not made:
        days = list_days(settings)
        if not days:
            raise ReportError(describe_empty(settings))
        newest = ", ".join(map(str, days[:_SHOWN_DAYS]))
        raise ReportError(
            f"{settings.data_dir / 'reports'} has no reports of {day}; the newest days are {newest}; "
            f"`digest run {day}` makes it"
        )
    return made


def read_report(settings: Settings, day: date, report: ReportName) -> ReportFile:
    """A report's file. Raises `ReportError` that names what there is instead."""
    from digest_assets.reports.write import get_report_path

    made = list_reports(settings, day)
    path = settings.data_dir / get_report_path(day, report)
    if report not in made:
        raise ReportError(f"{day} has no {report}; it has {', '.join(made)}")
    return ReportFile(day, report, path, path.read_text("utf-8"))


def sum_costs(warehouse: "Warehouse", since: date) -> "pl.DataFrame":
    """What models cost, by day, model and purpose, newest day first."""
    from digest_assets.llm.tables import LLM_CALLS

    return warehouse.query(_COSTS, [since], tables=[LLM_CALLS])
