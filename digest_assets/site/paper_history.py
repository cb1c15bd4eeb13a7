"""Paper histories: the editions of a day, and every published day's word on its papers, loaded for the site's pages.

A day's papers are looked up in every other published day too, so that a paper's page holds all its summaries whichever
day is rendered. The long texts that were read are left where they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import polars as pl

from digest_assets.archive.tables import SIMILAR_PAPERS, SimilarPaperRow
from digest_assets.config.fields import FormatName
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow, PaperRow
from digest_assets.relevance.library import load_reader_marks
from digest_assets.relevance.tables import RELEVANCE
from digest_assets.reports import urls
from digest_assets.reports.edition import DayTables, Edition, EditionEntry, build_edition
from digest_assets.reports.paper_pages import select_with_page
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.sources.tables import ARXIV_WITNESSES
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS, PROVENANCE_COLUMNS, StoredPicture, is_picture_allowed
from digest_assets.warehouse import Table, Warehouse

_TABLES: tuple[Table[Any], ...] = (
    PAPERS,
    PAPER_GROUPS,
    PAPER_TEXTS,
    PAPER_SUMMARIES,
    DAY_OVERVIEWS,
    REPORTS,
    ARXIV_WITNESSES,
    PAPER_CHANGES,
    RELEVANCE,
    SIMILAR_PAPERS,
)
_READERS = "day = ? AND is_personal AND (reader = '' OR position <= 100)"  # more places than any report shows
# By how much they say of a paper; custom reports come last.
_PREFERRED_REPORTS: tuple[FormatName, ...] = (
    "field_review",
    "topic_digest",
    "deep_read",
    "category_digest",
    "daily_table",
    "for_you",
)


@dataclass(frozen=True, slots=True)
class Appearance:
    """A paper in a group of an edition."""

    edition: Edition
    group: str
    entry: EditionEntry


@dataclass(frozen=True, slots=True)
class FirstFigure:
    """A paper's first figure, as far as the settings let it be shown."""

    caption: str
    picture: StoredPicture


@dataclass(frozen=True, slots=True)
class PaperHistory:
    """All that the published days say about a paper, newest day first."""

    rows: tuple[PaperRow, ...]
    appearances: tuple[Appearance, ...]
    figure: FirstFigure | None = None
    changes: tuple[PaperChangeRow, ...] = ()  # newest first
    found_similar: tuple["SimilarPaper", ...] = ()  # of all days, the nearest of each first
    has_page: bool = False  # of its own: see reports/paper_pages.py

    @property
    def paper(self) -> PaperRow:
        """The newest row."""
        return self.rows[0]

    @property
    def upvotes(self) -> int | None:
        """The newest count of Hugging Face upvotes."""
        return next((row.hf_upvotes for row in self.rows if row.hf_upvotes is not None), None)

    def list_similar(self, day: date | None = None) -> list["SimilarPaper"]:
        """What is near the paper, as the day found it; without one, the newest day that found something."""
        day = day or max((similar.row.day for similar in self.found_similar), default=None)
        return [similar for similar in self.found_similar if similar.row.day == day]

    def get_row(self, day: date) -> PaperRow:
        """The paper as the day has it."""
        return next(row for row in self.rows if row.day == day)

    def is_of_day(self, day: date) -> bool:
        """Whether the day brought or shows it; other papers of a day match a topic, and were announced before."""
        row = self.get_row(day)
        brought = {*row.sources} != {"arxiv_topic_hits"} or row.mailing in (None, day)
        return brought or bool(self.list_appearances(day))

    def list_topics(self, day: date) -> tuple[str, ...]:
        """The topics that found the paper, and those under which the day's digest shows it."""
        shown = (item.group for item in self.list_appearances(day) if item.edition.report == "topic_digest")
        return tuple(dict.fromkeys((*self.get_row(day).topics, *shown)))

    def list_summaries(self) -> list[Appearance]:
        """The newest summary for each report and language, in the order of preference."""
        newest: dict[tuple[str, str], Appearance] = {}
        for appearance in self.appearances:
            newest.setdefault((appearance.edition.report, appearance.edition.language), appearance)
        return sorted(newest.values(), key=_preference_key)

    def list_appearances(self, day: date) -> list[Appearance]:
        """The day's appearances, in the order of preference."""
        return sorted(
            (appearance for appearance in self.appearances if appearance.edition.day == day), key=_preference_key
        )


@dataclass(frozen=True, slots=True)
class SimilarPaper:
    """An earlier paper near this one, and where it stands on the site, if it does."""

    row: SimilarPaperRow
    address: str | None


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """A published day."""

    day: date
    reports: tuple[ReportRow, ...]
    editions: tuple[Edition, ...]
    papers: tuple[PaperHistory, ...]
    scores: Mapping[str, float] = field(default_factory=dict)  # of the papers, for the settings' own reader
    with_page: frozenset[str] = frozenset()  # of the papers and of those that changed, which have pages of their own


def load_day(warehouse: Warehouse, settings: Settings, day: date) -> PublishedDay:
    """The day with its editions, and its papers with what other days say about them, ordered by id."""
    marked = load_reader_marks(settings)

    def load(connection: duckdb.DuckDBPyConnection) -> tuple[_PublishedPapers, list[ReportRow]]:
        ids = _select_column(connection, "SELECT id FROM papers WHERE day = ?", [day])
        found = _load_published(connection, settings, ids, day, marked)
        return found, _load_reports(connection, settings, [day])[day]

    found, reports = warehouse.run_queries(load, _TABLES)
    editions = {edition.report: edition for edition in found.editions.get(day, ())}
    return PublishedDay(
        day=day,
        reports=tuple(reports),
        editions=tuple(editions[report.report] for report in reports if report.report in editions),
        papers=found.histories(),
        scores=found.scores,
        with_page=found.with_page,
    )


def load_papers(warehouse: Warehouse, settings: Settings, ids: Sequence[str]) -> tuple[PaperHistory, ...]:
    """What the published days say about these papers, ordered by id; one that no day has is left out."""
    return warehouse.run_queries(lambda connection: _load_published(connection, settings, ids), _TABLES).histories()


@dataclass(frozen=True, slots=True)
class _PublishedPapers:
    rows: dict[str, list[PaperRow]]
    editions: dict[date, list[Edition]]
    figures: dict[str, FirstFigure]
    changes: dict[str, list[PaperChangeRow]]
    scores: dict[str, float]
    similar: dict[str, list[SimilarPaper]]
    with_page: frozenset[str]

    def histories(self) -> tuple[PaperHistory, ...]:
        seen: dict[str, list[Appearance]] = defaultdict(list)
        for day in sorted(self.editions, reverse=True):
            for edition in self.editions[day]:
                for group in edition.groups:
                    for entry in group.entries:
                        seen[entry.paper.id].append(Appearance(edition, group.name, entry))
        return tuple(
            PaperHistory(
                tuple(self.rows[paper]),
                tuple(seen[paper]),
                self.figures.get(paper),
                tuple(sorted(self.changes.get(paper, ()), key=lambda row: row.day, reverse=True)),
                tuple(self.similar.get(paper, ())),
                paper in self.with_page,
            )
            for paper in sorted(self.rows)
        )


def _load_published(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    ids: Sequence[str],
    whole: date | None = None,
    marked: Mapping[str, Collection[str]] | None = None,
) -> _PublishedPapers:
    """The papers' rows and editions of all published days; of the day `whole` also its overviews, witnesses, readers."""
    frames: dict[str, pl.DataFrame] = {
        table.name: _select_papers(connection, table, ids)
        for table in (PAPERS, PAPER_GROUPS, PAPER_TEXTS, PAPER_SUMMARIES)
    }
    frames["day_overviews"] = _select(connection, DAY_OVERVIEWS, "day = ?", [whole])
    frames["arxiv_witnesses"] = _select(connection, ARXIV_WITNESSES, "day = ?", [whole])
    frames["relevance"] = _select(connection, RELEVANCE, _READERS, [whole])
    frames["paper_changes"] = _select(connection, PAPER_CHANGES, "day = ?", [whole])
    days = sorted(set(frames["papers"]["day"]) | ({whole} if whole else set()), reverse=True)
    reports = _load_reports(connection, settings, days)
    rows: dict[str, list[PaperRow]] = defaultdict(list)
    editions: dict[date, list[Edition]] = {}
    for day in days:
        tables = replace(DayTables.from_frames(day, **frames), marked=marked or {})
        for paper in tables.papers.values():
            rows[paper.id].append(paper)
        editions[day] = [build_edition(row.report, tables, settings, row.language) for row in reports[day]]
    choice = settings.config.texts.pictures
    allowed = [paper for paper, seen in rows.items() if is_picture_allowed(choice, seen[0])]
    changes: dict[str, list[PaperChangeRow]] = defaultdict(list)
    for change in PAPER_CHANGES.to_rows(_select_papers(connection, PAPER_CHANGES, ids)):
        changes[change.id].append(change)
    personal = frames["relevance"].filter(pl.col("reader") == "")
    scores = dict(personal.select("id", "score").iter_rows())
    figures = _load_figures(connection, allowed)
    with_page = select_with_page(connection, {*ids, *frames["paper_changes"]["id"]})
    return _PublishedPapers(
        rows, editions, figures, changes, scores, _load_similar(connection, ids), frozenset(with_page)
    )


def _load_similar(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, list[SimilarPaper]]:
    """What is near each of these papers, as each day found it."""
    found: dict[str, list[SimilarPaper]] = defaultdict(list)
    rows = SIMILAR_PAPERS.to_rows(_select_papers(connection, SIMILAR_PAPERS, ids))
    with_page = select_with_page(connection, {row.similar_id for row in rows})
    published = set(_select_column(connection, "SELECT DISTINCT day FROM reports", []))
    for row in rows:
        address = urls.paper_place(row.similar_day, row.similar_id) if row.similar_day in published else None
        if row.similar_id in with_page:
            address = urls.paper_page(row.similar_id)
        found[row.id].append(SimilarPaper(row, address))
    return found


def _load_figures(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, FirstFigure]:
    """The newest picture of each of the papers that has one."""
    query = """
        SELECT id, figures[1].caption, picture FROM paper_texts
        WHERE picture IS NOT NULL AND id IN (SELECT unnest(?::VARCHAR[])) AND day IN (SELECT day FROM reports)
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1
    """
    found = connection.execute(query, [list(ids)]).fetchall() if ids else []
    return {id_: FirstFigure(caption or "", StoredPicture.model_validate(picture)) for id_, caption, picture in found}


def _load_reports(
    connection: duckdb.DuckDBPyConnection, settings: Settings, days: Iterable[date]
) -> dict[date, list[ReportRow]]:
    frame = _select(connection, REPORTS, "day IN (SELECT unnest(?::DATE[]))", [list(days)])
    found: dict[date, list[ReportRow]] = defaultdict(list)
    order = {name: index for index, name in enumerate(settings.config.reports.names)}
    rows = [row for row in REPORTS.to_rows(frame) if row.report in order]  # others are of earlier settings
    for row in sorted(rows, key=lambda row: order[row.report]):
        found[row.day].append(row)
    return found


def _select_papers(connection: duckdb.DuckDBPyConnection, table: Table[Any], ids: Sequence[str]) -> pl.DataFrame:
    where = "id IN (SELECT unnest(?::VARCHAR[])) AND day IN (SELECT day FROM reports)"
    return _select(connection, table, where, [list(ids)])


def _select(
    connection: duckdb.DuckDBPyConnection, table: Table[Any], where: str, parameters: list[Any]
) -> pl.DataFrame:
    """Rows of a table in its order, the sections of texts left out."""
    names = PROVENANCE_COLUMNS if table.name == PAPER_TEXTS.name else table.schema.names()
    columns = ", ".join(f'"{name}"' for name in names)
    order = ", ".join(f'"{name}"' for name in table.sort_columns)
    query = f"SELECT {columns} FROM {table.name} WHERE {where} ORDER BY {order}"  # noqa: S608 - declared names
    return pl.DataFrame(connection.sql(query, params=parameters))


def _select_column(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[Any]:
    return [value for (value,) in connection.execute(query, parameters).fetchall()]


def _preference_key(appearance: Appearance) -> tuple[bool, int, int]:
    report = appearance.edition.report
    rank = next((rank for rank, name in enumerate(_PREFERRED_REPORTS) if name == report), len(_PREFERRED_REPORTS))
    return (not appearance.entry.by_model, rank, appearance.entry.placement.group_position)
