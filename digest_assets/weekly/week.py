"""A week as plain data: its row, its terms, and its papers as an edition, from which report, page, feed and mail are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from digest_assets.common.markdown import to_single_line
from digest_assets.config.fields import FOR_YOU, WEEKLY_REPORT, Language
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.ranking import RankedPaper
from digest_assets.reports.edition import EXTRACTIVE, Edition, EditionEntry, EditionGroup, Provenance
from digest_assets.reports.load import load_editions
from digest_assets.reports.snippets import format_gist, format_words
from digest_assets.summaries.extractive.sentence_features import has_measurement, is_repetition
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.summaries.requests import build_abstract_text
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.summaries.verification.numbers import WARNING
from digest_assets.texts.sentences import split_sentences
from digest_assets.warehouse import Warehouse
from digest_assets.weekly.choose import WEEK, choose_late_papers, find_marked, list_week_days, load_week_papers
from digest_assets.weekly.tables import MarkedPaper, Section, WeekPaper, WeekTerm
from digest_assets.weekly.terms import TermChange, TermCounts, find_fading_terms, find_rising_terms

WEEKS_BEFORE = 4  # that a week's terms are compared with: a month smooths a conference's deadline, and is still recent
SECTION_TITLES: Mapping[Section, str] = {"mattered": "What mattered", "catch_up": "To catch up on"}
_RESULT_FIELDS = ("main_results", "results", "result", "experimental_results")
# Whose summary is quoted: by how much a report says of a paper's contribution and results in few words.
_PREFERRED_REPORTS = ("field_review", "topic_digest", "deep_read", "category_digest", "daily_table")


@dataclass(frozen=True, slots=True)
class WeekContent:
    """What a week's report says, before it is written."""

    day: date
    language: Language
    days: int
    announced: int
    terms: tuple[WeekTerm, ...]
    named: tuple[WeekPaper, ...]
    marked: tuple[MarkedPaper, ...]

    @property
    def last_day(self) -> date:
        """The week's Sunday."""
        return self.day + WEEK - timedelta(days=1)

    def list_terms(self, direction: str) -> list[WeekTerm]:
        """The rising or the fading terms."""
        return [term for term in self.terms if term.direction == direction]


def make_week(warehouse: Warehouse, settings: Settings, monday: date) -> WeekContent:
    """Choose what a week's report says, from the tables of its days and of the weeks before."""
    config = settings.config.weekly
    week = load_week_papers(warehouse, settings, monday)
    late = choose_late_papers(warehouse, settings, monday) if config.catch_up else []
    chosen: list[tuple[Section, RankedPaper]] = [("mattered", item) for item in week.mattered]
    chosen += [("catch_up", item) for item in late]
    sources = _find_summaries(warehouse, settings, [item.paper.id for _, item in chosen], monday)
    return WeekContent(
        day=monday,
        language=config.language,
        days=len(warehouse.find_written_days("reports", list_week_days(monday))),
        announced=len(week.ranked),
        terms=tuple(_find_terms(warehouse, monday, config.terms)) if config.terms else (),
        named=tuple(_name_paper(section, item, sources) for section, item in chosen),
        marked=tuple(find_marked(warehouse, week, monday)),
    )


def _name_paper(section: Section, item: RankedPaper, sources: Mapping[str, tuple[date, str]]) -> WeekPaper:
    day, report = sources.get(item.paper.id, (item.paper.day, None))
    return WeekPaper(section=section, id=item.paper.id, day=day, report=report, score=item.score, reason=item.reason)


def _find_summaries(
    warehouse: Warehouse, settings: Settings, ids: Sequence[str], monday: date
) -> dict[str, tuple[date, str]]:
    """The day and report whose summary of a paper is quoted: one that did not fail, of the report that says most in few
    words, the newest.
    """
    query = """
        SELECT paper_groups.id, paper_groups.day, paper_groups.report, language, failed FROM paper_groups
        JOIN paper_summaries USING (id, day, report)
        WHERE paper_groups.day BETWEEN ? AND ? AND list_contains(?, paper_groups.id)
    """
    last = monday + WEEK - timedelta(days=1)
    rows = warehouse.query(query, [monday - WEEK, last, list(ids)], tables=[PAPER_GROUPS, PAPER_SUMMARIES]).rows()
    names = dict.fromkeys((*_PREFERRED_REPORTS, *settings.config.reports.names))
    order = {name: place for place, name in enumerate(names)}
    best: dict[str, tuple[tuple[object, ...], date, str]] = {}
    for id_, day, report, language, failed in rows:
        if report not in settings.config.reports.names or report.startswith(FOR_YOU):
            continue
        key = (failed, language != settings.config.weekly.language, order[report], -day.toordinal())
        if id_ not in best or key < best[id_][0]:
            best[id_] = (key, day, report)
    return {id_: (day, report) for id_, (_, day, report) in best.items()}


def _find_terms(warehouse: Warehouse, monday: date, most: int) -> list[WeekTerm]:
    week = TermCounts(_read_papers(warehouse, monday, monday + WEEK))
    earlier = TermCounts(_read_papers(warehouse, monday - WEEKS_BEFORE * WEEK, monday))
    rising = find_rising_terms(week, earlier, most)
    fading = find_fading_terms(week, earlier, most)
    return [*(_make_term("rising", change) for change in rising), *(_make_term("fading", change) for change in fading)]


def _make_term(direction: Literal["rising", "fading"], change: TermChange) -> WeekTerm:
    return WeekTerm(
        direction=direction,
        term=change.term,
        papers=change.papers,
        share=round(change.share, 6),
        earlier_share=round(change.earlier_share, 6),
        deviation=change.deviation,
    )


def _read_papers(warehouse: Warehouse, first: date, end: date) -> list[tuple[str, str]]:
    """Title and abstract of the papers that arXiv announced as new, each on its first day; by id."""
    query = """
        SELECT title, abstract FROM papers
        JOIN (SELECT id, min(day) AS day FROM papers WHERE day < ? GROUP BY id) USING (id, day)
        WHERE papers.day >= ? AND list_contains(sources, 'arxiv_listing') AND coalesce(announce_type, 'new') = 'new'
        ORDER BY id
    """
    return warehouse.query(query, [end, first], tables=[PAPERS]).rows()


def load_edition(warehouse: Warehouse, settings: Settings, content: WeekContent) -> Edition:
    """The week's papers as an edition, each with the summary that the row names; the abstract's own sentences where that
    summary is not there any more.
    """
    days = sorted({named.day for named in content.named if named.report})
    entries = {
        (day, row.report, entry.paper.id): entry
        for day in days
        for row, edition in load_editions(warehouse, settings, day)
        for entry in edition.papers
    }
    papers = _load_papers(warehouse, content.named)
    groups = []
    for number, (section, title) in enumerate(SECTION_TITLES.items(), 1):
        shown: list[EditionEntry] = []
        for named in content.named:
            entry = entries.get((named.day, named.report or "", named.id)) or _quote_abstract(papers.get(named.id))
            if named.section == section and entry is not None:
                placement = _make_placement(content.day, title, number, len(shown) + 1, named)
                shown.append(replace(entry, placement=placement))
        groups.append(EditionGroup(title, tuple(shown)))
    return Edition(
        report=WEEKLY_REPORT,
        day=content.day,
        language=content.language,
        mailing=True,
        groups=tuple(groups),
        head_note=describe_terms(content) or None,
    )


def _load_papers(warehouse: Warehouse, named: Sequence[WeekPaper]) -> dict[str, PaperRow]:
    query = "SELECT * FROM papers WHERE list_contains(?, id) AND list_contains(?, day) ORDER BY id, day"
    parameters = [sorted({one.id for one in named}), sorted({one.day for one in named})]
    frame = warehouse.query(query, parameters, tables=[PAPERS])
    rows = PAPERS.to_rows(frame.select(PAPERS.schema.names()))
    return {row.id: row for row in rows if any((one.id, one.day) == (row.id, row.day) for one in named)}


def _quote_abstract(paper: PaperRow | None) -> EditionEntry | None:
    if paper is None:
        return None
    return EditionEntry(
        placement=PaperGroupRow(
            day=paper.day, report=WEEKLY_REPORT, group="", group_position=1, position=1, id=paper.id, reason="",
            reading_depth="abstract",
        ),
        paper=paper,
        fields=extract_summary("category_digest", paper, build_abstract_text(paper)),
        provenance=Provenance("abstract", EXTRACTIVE, 0, 0, ("no report summarised it: taken from the abstract",)),
        summary=None,
        read_version=paper.version,
    )  # fmt: skip


def _make_placement(monday: date, group: str, group_position: int, position: int, named: WeekPaper) -> PaperGroupRow:
    return PaperGroupRow(
        day=monday,
        report=WEEKLY_REPORT,
        group=group,
        group_position=group_position,
        position=position,
        id=named.id,
        reason=named.reason,
        reading_depth="abstract",
        score=named.score,
    )


def describe_terms(content: WeekContent) -> str:
    """The terms in two sentences, for a mail's or a page's head."""
    sentences = []
    for direction, words in (("rising", "Rising"), ("fading", "Fading")):
        if terms := [term.term for term in content.list_terms(direction)]:
            sentences.append(f"{words}: {', '.join(terms)}.")
    return " ".join(sentences)


def find_result(entry: EditionEntry) -> str | None:
    """A paper's first result with a number that was found in the text, in plain words, unless its gist says the same."""
    gist = format_gist(entry)
    for name in _RESULT_FIELDS:
        value = getattr(entry.fields, name, None) or ()
        for text in (value,) if isinstance(value, str) else value:
            for sentence in split_sentences(format_words(text, entry)):
                if has_measurement(sentence) and WARNING not in sentence and not is_repetition(sentence, gist):
                    return to_single_line(sentence)
    return None


def get_date(edition: Edition) -> date:
    """The day on which an edition can be made at the earliest: its own, or the Monday after its week."""
    return edition.day + WEEK if edition.report == WEEKLY_REPORT else edition.day
