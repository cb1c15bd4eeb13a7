"""Looking things up in what was made: for the readers' command line. Nothing here writes."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from digest_assets.cli.arguments import describe_empty
from digest_assets.common.errors import ReportError
from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.write import get_report_path
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.warehouse import Warehouse

_WORDS = re.compile(r'"([^"]+)"|(\S+)')
_SHOWN_DAYS = 5

_SEARCH = """
    WITH said AS (
        SELECT day, id, string_agg(fields, ' ' ORDER BY report, language) AS fields
        FROM paper_summaries GROUP BY day, id
    ), found AS (
        SELECT
            p.day, p.id, p.title, p.authors, p.primary_category, p.topics, p.hf_upvotes, p.code_url,
            strip_accents(lower(p.title)) AS headline,
            strip_accents(lower(concat_ws(' ', p.title, array_to_string(p.authors, ' '), p.abstract, s.fields))) AS body
        FROM papers AS p LEFT JOIN said AS s USING (day, id)
        WHERE p.day BETWEEN $2 AND $3
        QUALIFY row_number() OVER (PARTITION BY p.id ORDER BY p.day DESC) = 1
    )
    SELECT * EXCLUDE (headline, body)
    FROM found
    WHERE list_bool_and(list_transform($1, lambda word: contains(body, strip_accents(word))))
    ORDER BY
        len(list_filter($1, lambda word: contains(headline, strip_accents(word)))) DESC, day DESC, id
    LIMIT $4
"""

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
    made = list_reports(settings, day)
    path = settings.data_dir / get_report_path(day, report)
    if report not in made:
        raise ReportError(f"{day} has no {report}; it has {', '.join(made)}")
    return ReportFile(day, report, path, path.read_text("utf-8"))


def search_papers(warehouse: Warehouse, query: str, *, since: date, until: date, most: int) -> pl.DataFrame:
    """Papers in whose title, authors, abstract or summaries every word stands, those with it in the title first.

    Words are parted by spaces, phrases stand in double quotes; capitals and accents do not matter. A paper of
    several days is found once, as of its newest day.
    """
    words = [(phrase or word).lower() for phrase, word in _WORDS.findall(query)]
    if not words:
        raise ReportError("say at least one word to search for")
    return warehouse.query(_SEARCH, [words, since, until, most], tables=[PAPERS, PAPER_SUMMARIES])


def sum_costs(warehouse: Warehouse, since: date) -> pl.DataFrame:
    """What models cost, by day, model and purpose, newest day first."""
    return warehouse.query(_COSTS, [since], tables=[LLM_CALLS])
