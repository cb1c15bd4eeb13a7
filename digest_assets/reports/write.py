"""The report files of a day: which of them can be made, their paths, and the row with the counts of each."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from digest_assets.common.atomic_write import write_atomically
from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import get_report_source
from digest_assets.reports.edition import DayTables, Edition, EditionEntry, build_edition
from digest_assets.reports.render import render
from digest_assets.reports.tables import ReportRow


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report file that was just written: its row, and its Markdown for the preview."""

    row: ReportRow
    markdown: str


def build_editions(tables: DayTables, settings: Settings, sources: Collection[str]) -> list[Edition]:
    """The day's editions: the enabled reports whose source table is among `sources`, those written for the day; and
    readers' reports, of readers of whom anything is known.
    """
    reports = settings.config.reports
    names = [report for report in reports.enabled_reports() if get_report_source(report, reports) in sources]
    grouped = {row.report for row in tables.groups}
    names += [report for report in reports.reader_reports() if report in grouped]
    return [build_edition(report, tables, settings) for report in names]


def find_missing_sources(settings: Settings, sources: Collection[str]) -> dict[ReportName, str]:
    """The enabled reports that are not made, and the table of the source that failed."""
    reports = settings.config.reports
    needed = {report: get_report_source(report, reports) for report in reports.enabled_reports()}
    return {report: source for report, source in needed.items() if source not in sources}


def write_report(edition: Edition, settings: Settings) -> WrittenReport:
    """Write a report's file, whole or not at all. Raises `ReportError` when the disk does not take it."""
    markdown = render(edition, settings)
    data = markdown.encode("utf-8")
    path = get_report_path(edition.day, edition.report)
    write_atomically(settings.data_dir / path, data)
    return WrittenReport(_make_row(edition, path, data), markdown)


def get_report_path(day: date, report: ReportName) -> PurePosixPath:
    """The path of a report's file, relative to the data folder."""
    return PurePosixPath("reports", day.isoformat(), f"{report}.md")


def _make_row(edition: Edition, path: PurePosixPath, data: bytes) -> ReportRow:
    papers = edition.papers
    summaries = [entry.summary for entry in papers if entry.summary]
    overview = edition.overview.cost_usd if edition.overview else 0.0
    return ReportRow(
        day=edition.day,
        report=edition.report,
        language=edition.language,
        path=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        papers=len(papers),
        read_in_full=sum(entry.provenance.read != "abstract" for entry in papers),
        requested_in_full=sum(entry.placement.reading_depth == "full" for entry in papers),
        failures=sum(_is_failure(entry) for entry in papers),
        numbers_traced=sum(entry.provenance.numbers_traced for entry in papers),
        numbers_total=sum(entry.provenance.numbers_total for entry in papers),
        cost_usd=round(sum(summary.cost_usd for summary in summaries) + overview, 6),
    )


def _is_failure(entry: EditionEntry) -> bool:
    """Whether another try may give a paper a better block: not where it was withdrawn."""
    return entry.paper.withdrawal is None and (entry.summary is None or entry.summary.failed)
