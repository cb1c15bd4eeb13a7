"""Editions: a report's day as plain data, from which the Markdown report, site, feeds, exports and messages are made.

Built from the day's tables here; read back from the warehouse in load.py. An edition holds raw, unescaped text:
whoever renders it escapes it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from digest_assets.common.arxiv_ids import is_arxiv_id
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import Language, ReportName
from digest_assets.config.report_formats import ForYouConfig, ReportConfig, TopicDigestConfig
from digest_assets.config.reports import get_summary_report
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow, PaperRow
from digest_assets.relevance.ranking import get_newest_first_key
from digest_assets.relevance.scoring import select_candidates
from digest_assets.relevance.tables import RELEVANCE, NearPaper, RelevanceRow
from digest_assets.reports.filler_fields import remove_filler
from digest_assets.reports.labels import (
    BLANKS,
    OLD_UNTRANSLATED_NOTE,
    SOLE_WITNESS_NOTES,
    UNTRANSLATED_NOTES,
    get_display_name,
)
from digest_assets.sources.tables import ARXIV_WITNESSES
from digest_assets.sources.witnesses import find_sole_witness
from digest_assets.summaries.extractive.summarize import build_withdrawal_notice, extract_summary
from digest_assets.summaries.requests import build_abstract_text
from digest_assets.summaries.schemas import find_unasked_fields, load_fields
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES, OverviewRow, SummaryRow
from digest_assets.texts.tables import TextRow, parse_text_rows
from digest_assets.warehouse.tables import R, Table

EXTRACTIVE = "extractive"

_SOURCE_NAMES = {"html": "HTML", "pdf": "PDF", "abstract": "abstract"}
_MAX_NOTE_CHARACTERS = 300  # two sentences: a provider's error may be pages long

# What `str(Provenance)` gives; a writer's name and the notes are free text on one line.
PROVENANCE_PATTERN = r"Read: (?:HTML|PDF|abstract) · written by .+? · \d+/\d+ figures traced.*?"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was read of a paper, who wrote its summary, whether every sentence is the paper's own, how many numbers were
    found and how many sentences nothing supports, and what else to know.
    """

    read: str
    writer: str
    numbers_traced: int
    numbers_total: int
    notes: tuple[str, ...] = ()
    is_quoted: bool = False
    unsupported: int = 0

    def __str__(self) -> str:
        parts = [f"Read: {self.read}", f"written by {self.writer}"]
        parts += ["quoted"] if self.is_quoted else []
        parts += [f"{self.numbers_traced}/{self.numbers_total} figures traced"]
        parts += [f"{self.unsupported} unsupported"] if self.unsupported else []
        return " · ".join((*parts, *self.notes))


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """A paper where a report shows it, with the fields of its summary.

    Custom templates written for 0.1.0 say `place` and `profile` for `placement` and `fields`.
    """

    placement: PaperGroupRow
    paper: PaperRow
    fields: Any
    provenance: Provenance
    summary: SummaryRow | None
    read_version: int | None = None  # of the paper, where known
    relevance: RelevanceRow | None = None  # for the reader whose report it is

    @property
    def place(self) -> PaperGroupRow:
        """The older name of `placement`."""
        return self.placement

    @property
    def profile(self) -> Any:
        """The older name of `fields`."""
        return self.fields

    @property
    def anchor(self) -> str:
        """The id with its version; version 1 where no source gave one."""
        return f"{self.paper.id}v{self.paper.version or 1}"

    @property
    def near_papers(self) -> tuple[NearPaper, ...]:
        """What is near it in the library of the reader whose report it is."""
        return self.relevance.nearest if self.relevance else ()

    @property
    def title(self) -> str:
        """The title on one line; the id where it has none."""
        return to_single_line(self.paper.title) or self.paper.id

    @property
    def by_model(self) -> bool:
        """Whether a model wrote the fields' texts, which may be Markdown then; else they are the paper's own."""
        return self.provenance.writer != EXTRACTIVE

    @property
    def stated_fields(self) -> frozenset[str]:
        """The names of the fields that hold something."""
        return frozenset(name for name, value in self.fields if value)

    def get_blank(self, language: Language) -> str:
        """What stands for a field that the text which was read does not speak of."""
        return BLANKS[language][self.provenance.read != "abstract"]

    @property
    def published(self) -> date:
        """When version 1 was submitted, in UTC; the mailing where no source gave a date."""
        return self.paper.published.date() if self.paper.published else self.paper.mailing or self.placement.day


@dataclass(frozen=True, slots=True)
class EditionGroup:
    """A topic, a category, or a report's only list; with a topic's other matches of its look-back, newest first."""

    name: str
    entries: tuple[EditionEntry, ...]
    other_matches: tuple[PaperRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EditionOverview:
    """The executive summary of an edition: untrusted Markdown, and who wrote it."""

    markdown: str
    writer: str
    note: str | None
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Edition:
    """One report's day."""

    report: ReportName
    day: date
    language: Language
    mailing: bool
    groups: tuple[EditionGroup, ...]
    overview: EditionOverview | None = None
    head_note: str | None = None  # what holds for the whole report
    candidates: int = 0  # the papers that the day brought, among which a reader's report chose
    nearly_in: tuple[tuple[PaperRow, RelevanceRow], ...] = ()  # of a reader's report
    changes: tuple[PaperChangeRow, ...] = ()  # of a reader's report: new versions of papers that the reader marked

    @property
    def parts(self) -> tuple[EditionGroup, ...]:
        """The older name of `groups`, for custom templates written for 0.1.0."""
        return self.groups

    @property
    def entries(self) -> tuple[EditionEntry, ...]:
        """All entries, in the report's order; a paper may have several in `topic_digest`."""
        return tuple(entry for group in self.groups for entry in group.entries)

    @property
    def papers(self) -> tuple[EditionEntry, ...]:
        """Each paper once, where it stands first."""
        return tuple({entry.paper.id: entry for entry in reversed(self.entries)}.values())[::-1]

    def lists_the_same(self, other: "Edition") -> bool:
        """Whether both have papers, the same ones under the same headings and in the same order, and nothing besides."""
        if any(edition.overview or edition.nearly_in or edition.changes for edition in (self, other)):
            return False
        lists = [
            [(group.name, [entry.paper.id for entry in group.entries]) for group in edition.groups if group.entries]
            for edition in (self, other)
        ]
        return lists[0] == lists[1] != []


@dataclass(frozen=True)
class DayTables:
    """One day's rows of the tables that editions are made from."""

    day: date
    papers: Mapping[str, PaperRow]
    groups: Sequence[PaperGroupRow]
    texts: Mapping[str, TextRow]
    summaries: Mapping[tuple[str, str, str], SummaryRow]
    overviews: Mapping[tuple[str, str], OverviewRow]
    sole_witness: str | None = None  # that carries the day, if it is one alone
    relevance: Sequence[RelevanceRow] = ()
    changes: Sequence[PaperChangeRow] = ()
    marked: Mapping[str, Collection[str]] = field(default_factory=dict)  # the papers that each reader marked

    @classmethod
    def from_frames(
        cls,
        day: date,
        *,
        papers: pl.DataFrame,
        paper_groups: pl.DataFrame,
        paper_texts: pl.DataFrame,
        paper_summaries: pl.DataFrame,
        day_overviews: pl.DataFrame,
        arxiv_witnesses: pl.DataFrame,
        relevance: pl.DataFrame | None = None,
        paper_changes: pl.DataFrame | None = None,
    ) -> "DayTables":
        """From the tables' frames, which may hold other days too; `paper_texts` may lack the long `sections`."""
        summaries = _read_rows(PAPER_SUMMARIES, paper_summaries, day)
        return cls(
            day=day,
            papers={row.id: row for row in _read_rows(PAPERS, papers, day)},
            groups=_read_rows(PAPER_GROUPS, paper_groups, day),
            texts={row.id: row for row in parse_text_rows(paper_texts.filter(pl.col("day") == day), sections=False)},
            summaries={(row.id, row.report, row.language): row for row in summaries},
            overviews={(row.report, row.language): row for row in _read_rows(DAY_OVERVIEWS, day_overviews, day)},
            sole_witness=find_sole_witness(_read_rows(ARXIV_WITNESSES, arxiv_witnesses, day)),
            relevance=[] if relevance is None else _read_rows(RELEVANCE, relevance, day),
            changes=[] if paper_changes is None else _read_rows(PAPER_CHANGES, paper_changes, day),
        )


def build_edition(
    report: ReportName, tables: DayTables, settings: Settings, language: Language | None = None
) -> Edition:
    """A report's day from its tables, in the settings' language or the one given.

    Raises `ReportError` if a table names a paper that `papers` does not hold.
    """
    reports = settings.config.reports
    selection, custom = reports.get_selection(report), reports.custom.get(report)
    language = language or selection.language
    groups: dict[str, list[EditionEntry]] = {}
    if isinstance(selection, TopicDigestConfig):  # a topic without papers stands in the report too
        groups = {topic.name: [] for topic in selection.topics}
    placements = [row for row in tables.groups if row.report == report]
    reader = reports.reader_reports().get(report)
    mine = [] if reader is None else [one for one in tables.relevance if one.reader == reader]
    relevance = {one.id: one for one in mine}
    for placement in sorted(placements, key=lambda row: (row.group_position, row.position, row.id)):
        entry = _build_entry(report, language, placement, tables, custom, relevance.get(placement.id))
        groups.setdefault(placement.group, []).append(entry)
    row = tables.overviews.get((report, language))
    return Edition(
        report=report,
        day=tables.day,
        language=language,
        mailing=settings.calendar.is_mailing(tables.day),
        groups=tuple(
            EditionGroup(name, tuple(entries), _list_other_matches(name, entries, tables, selection))
            for name, entries in groups.items()
        ),
        overview=None if row is None else EditionOverview(row.markdown, _get_writer(row), row.note, row.cost_usd),
        head_note=_build_head_note(language, tables, [entry for entries in groups.values() for entry in entries]),
        candidates=0 if reader is None else len(select_candidates(tables.day, tables.papers.values())),
        nearly_in=_list_nearly_in(mine, tables, selection),
        changes=() if reader is None else _list_changes(tables, tables.marked.get(reader, ())),
    )


def _build_head_note(language: Language, tables: DayTables, entries: Sequence[EditionEntry]) -> str | None:
    """What holds for the whole report: one witness alone carries the day; sentences are not translated."""
    shown = [entry for entry in entries if entry.paper.withdrawal is None]
    untranslated = [entry for entry in shown if not entry.by_model]
    notes = [SOLE_WITNESS_NOTES[language].get(tables.sole_witness or "")]
    if untranslated:
        notes.append(UNTRANSLATED_NOTES[language][len(untranslated) < len(shown)])
    return ("；" if language == "zh" else "; ").join(filter(None, notes)) or None


def _list_nearly_in(
    relevance: Sequence[RelevanceRow], tables: DayTables, selection: ReportConfig
) -> tuple[tuple[PaperRow, RelevanceRow], ...]:
    """The papers that follow those that are shown, in the reader's order."""
    if not isinstance(selection, ForYouConfig):
        return ()
    places = {one.position: one for one in relevance if one.position is not None and one.id in tables.papers}
    after = [places[position] for position in sorted(places)][selection.papers :][: selection.nearly]
    return tuple((tables.papers[one.id], one) for one in after)


def _list_changes(tables: DayTables, marked: Collection[str]) -> tuple[PaperChangeRow, ...]:
    return tuple(change for change in sorted(tables.changes, key=lambda change: change.id) if change.id in marked)


def _list_other_matches(
    topic: str, entries: Sequence[EditionEntry], tables: DayTables, selection: ReportConfig
) -> tuple[PaperRow, ...]:
    """What matches a topic besides the papers shown: by relevance where a reader is known, then newest first; nothing
    where 0.1.0 stored what was shown alone.
    """
    if not isinstance(selection, TopicDigestConfig):
        return ()
    shown = {entry.paper.id for entry in entries}
    others = [
        paper
        for paper in tables.papers.values()
        if topic in paper.topics and paper.lookback_days is not None and paper.id not in shown
    ]
    scores = {row.id: row.score for row in tables.relevance if row.reader == "" and row.is_personal}
    return tuple(sorted(others, key=lambda paper: (-scores.get(paper.id, 0.0), *get_newest_first_key(paper))))


def _build_entry(
    report: ReportName,
    language: str,
    placement: PaperGroupRow,
    tables: DayTables,
    custom: CustomReport | None,
    relevance: RelevanceRow | None,
) -> EditionEntry:
    paper = tables.papers.get(placement.id)
    if paper is None or not is_arxiv_id(placement.id):
        raise ReportError(
            f"{report} of {placement.day}: paper_groups names {placement.id!r}, which papers does not hold; "
            "materialise papers and paper_groups of the day again"
        )
    text = tables.texts.get(placement.id)
    summary = tables.summaries.get((placement.id, get_summary_report(report), language))
    if paper.withdrawal is not None:
        summary, fields = None, build_withdrawal_notice(report, paper.withdrawal, custom)
    elif summary:
        fields = load_fields(report, summary.fields, custom)
    else:
        fields = extract_summary(report, paper, build_abstract_text(paper), custom)
    return EditionEntry(
        placement=placement,
        paper=paper,
        fields=remove_filler(fields),
        provenance=_build_provenance(placement, paper, text, summary, custom),
        summary=summary,
        read_version=(text.version if text and placement.reading_depth == "full" else None) or paper.version,
        relevance=relevance,
    )


def _build_provenance(
    placement: PaperGroupRow,
    paper: PaperRow,
    text: TextRow | None,
    summary: SummaryRow | None,
    custom: CustomReport | None,
) -> Provenance:
    in_full = placement.reading_depth == "full" and summary is not None and text is not None
    read = _SOURCE_NAMES[text.source] if in_full and text else "abstract"
    notes = [
        f"listed {paper.mailing}" if paper.mailing and paper.mailing != placement.day else "",
        f"v{paper.version}" if paper.version and paper.version > 1 else "",
    ]
    if placement.reading_depth == "full" and summary is not None:
        reason = text.reason if text else "it was not read"
        if read == "abstract":
            notes.append(f"full text not available: {reason or 'no reason was kept'}")
        elif text:  # why HTML was not read is of no interest when the PDF was, but that it was read in part is
            notes += [clause for clause in (reason or "").split("; ") if clause.startswith(f"{text.source}: ")]
    if paper.withdrawal is not None:
        notes.append("withdrawn on arXiv: not summarised")
    elif summary is None:
        notes.append("no summary was made: taken from the abstract")
    else:
        clauses = (summary.note or "").split("; ")
        notes.append("; ".join(clause for clause in clauses if clause != OLD_UNTRANSLATED_NOTE))
        if unasked := find_unasked_fields(summary.report, summary.fields, custom):
            notes.append(f"made before the report asked for {', '.join(map(get_display_name, unasked))}")
    claims = summary.claims if summary else ()
    verdicts = {claim.verdict for claim in claims}
    return Provenance(
        read=read,
        writer=_get_writer(summary) if summary else EXTRACTIVE,
        numbers_traced=summary.numbers_traced if summary else 0,
        numbers_total=summary.numbers_total if summary else 0,
        is_quoted=bool(verdicts) and verdicts == {"quoted"},
        unsupported=sum(claim.verdict == "unsupported" for claim in claims),
        notes=tuple(short for note in notes if (short := _shorten_note(note))),
    )


def _get_writer(row: SummaryRow | OverviewRow) -> str:
    return EXTRACTIVE if row.engine == "extractive" else to_single_line(row.model or "") or "a model"


def _shorten_note(note: str) -> str:
    note = to_single_line(note)
    return note if len(note) <= _MAX_NOTE_CHARACTERS else note[: _MAX_NOTE_CHARACTERS - 1] + "…"


def _read_rows(table: Table[R], frame: pl.DataFrame, day: date) -> list[R]:
    return table.to_rows(frame.filter(pl.col("day") == day))
