"""Editions of days whose reports are written, loaded from the tables: for exports, feeds, messages, which come later."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS
from digest_assets.relevance.library import load_reader_marks
from digest_assets.relevance.tables import RELEVANCE
from digest_assets.reports.edition import DayTables, Edition, build_edition
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.sources.tables import ARXIV_WITNESSES
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS, PROVENANCE_COLUMNS
from digest_assets.warehouse import Warehouse


def list_report_days(warehouse: Warehouse, newest: int) -> list[date]:
    """The newest days that have reports, the newest first."""
    days = warehouse.query("SELECT DISTINCT day FROM reports ORDER BY day DESC LIMIT ?", [newest], tables=[REPORTS])
    return list(days["day"])


def load_editions(warehouse: Warehouse, settings: Settings, day: date) -> list[tuple[ReportRow, Edition]]:
    """The editions of a day, each with its row, in its own language whatever the settings say today."""
    names = settings.config.reports.names  # others are of earlier settings
    with warehouse.hold_open():
        rows = [row for row in REPORTS.to_rows(warehouse.read(REPORTS, [day])) if row.report in names]
        if not rows:
            return []
        tables = DayTables.from_frames(
            day,
            papers=warehouse.read(PAPERS, [day]),
            paper_groups=warehouse.read(PAPER_GROUPS, [day]),
            paper_texts=_read_texts(warehouse, day),
            paper_summaries=warehouse.read(PAPER_SUMMARIES, [day]),
            day_overviews=warehouse.read(DAY_OVERVIEWS, [day]),
            arxiv_witnesses=warehouse.read(ARXIV_WITNESSES, [day]),
            **load_reader_tables(warehouse, [day]),
        )
        tables = replace(tables, marked=load_reader_marks(settings))
    return [(row, build_edition(row.report, tables, settings, row.language)) for row in rows]


def load_reader_tables(warehouse: Warehouse, days: Sequence[date]) -> dict[str, pl.DataFrame]:
    """What readers' reports need besides, as `DayTables.from_frames` takes it."""
    relevance = warehouse.query(
        "SELECT * FROM relevance WHERE list_contains(?, day) AND is_personal AND (reader = '' OR position <= 100) "
        "ORDER BY day, reader, position",
        [list(days)],
        tables=[RELEVANCE],
    )
    return {
        "relevance": relevance.select(RELEVANCE.schema.names()),
        "paper_changes": warehouse.read(PAPER_CHANGES, days),
    }


def load_newest_editions(warehouse: Warehouse, settings: Settings, newest: int) -> Iterator[tuple[ReportRow, Edition]]:
    """The editions of the newest days, the newest day first."""
    for day in list_report_days(warehouse, newest):
        yield from load_editions(warehouse, settings, day)


def _read_texts(warehouse: Warehouse, day: date) -> pl.DataFrame:
    """What was read, without the texts themselves: an edition shows where they come from only."""
    query = f"SELECT {', '.join(PROVENANCE_COLUMNS)} FROM paper_texts WHERE day = ?"  # noqa: S608 - declared names
    return warehouse.query(query, [day], tables=[PAPER_TEXTS])
