"""Grouping: which paper stands in which group of which report, at which position, why, and how deep it is to be read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.fields import FormatName, ReportName
from digest_assets.config.report_formats import (
    CategoryDigestConfig,
    FieldReviewConfig,
    ForYouConfig,
    ReportConfig,
    TopicDigestConfig,
)
from digest_assets.config.reports import ReportsConfig
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.groups.topics import select_topic_papers
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.ranking import RankedPaper, rank_papers
from digest_assets.relevance.tables import RelevanceRow

HUGGING_FACE = "Hugging Face"
FOR_YOU_GROUP = "For you"

# A field's papers, and those of the day that they are among.
RankFunction = Callable[[Sequence[PaperRow], FieldReviewConfig, Sequence[PaperRow]], list[RankedPaper]]
GroupEntry = tuple[PaperRow, str, float | None]  # a paper, why it is there, and its score

# The source that a report shows: without it the report is not made, rather than made empty.
REPORT_SOURCES: dict[FormatName, str] = {
    "topic_digest": "arxiv_topic_hits",
    "daily_table": "hf_daily_papers",
    "field_review": "arxiv_listing",
    "category_digest": "arxiv_listing",
    "deep_read": "hf_daily_papers",
    "for_you": "relevance",
}


def get_report_source(report: ReportName, reports: ReportsConfig) -> str:
    """The table of the source that a report shows."""
    return REPORT_SOURCES[reports.get_format(report)]


def group_papers(
    day: date,
    papers: Sequence[PaperRow],
    reports: ReportsConfig,
    *,
    sources: frozenset[str],
    rank: RankFunction = rank_papers,
    calendar: MailingCalendar | None = None,
    relevance: Sequence[RelevanceRow] = (),
) -> list[PaperGroupRow]:
    """One day's papers in the groups of every enabled report whose source is among `sources`, and of readers' reports.

    `relevance` has the day's papers for each reader; that of the reader without a name orders what is for everybody.
    `calendar` has arXiv's known dates without a mailing where it is not given.
    """
    calendar = calendar or MailingCalendar.with_extra_dates()
    rows: list[PaperGroupRow] = []
    readers = reports.reader_reports()
    everybody = {row.id: row for row in relevance if row.reader == ""}
    for name in reports.possible_reports():
        if name not in readers and get_report_source(name, reports) not in sources:
            continue
        selection = reports.get_selection(name)
        if isinstance(selection, ForYouConfig):
            groups = _select_reader_papers(selection, [row for row in relevance if row.reader == readers[name]], papers)
        else:
            groups = _select_groups(selection, papers, rank, day, calendar, everybody)
        for group_position, (group, entries) in enumerate(groups, start=1):
            rows.extend(
                PaperGroupRow(
                    day=day,
                    report=name,
                    group=group,
                    group_position=group_position,
                    position=position,
                    id=paper.id,
                    reason=reason,
                    reading_depth=selection.read,
                    score=score,
                )
                for position, (paper, reason, score) in enumerate(entries, start=1)
            )
    return rows


def _select_reader_papers(
    selection: ForYouConfig, relevance: Sequence[RelevanceRow], papers: Sequence[PaperRow]
) -> Iterator[tuple[str, list[GroupEntry]]]:
    """The first papers in a reader's order; nothing for a reader of whom nothing is known."""
    by_id = {paper.id: paper for paper in papers}
    places = {
        row.position: row for row in relevance if row.is_personal and row.position is not None and row.id in by_id
    }
    shown = [places[position] for position in sorted(places)][: selection.papers]
    if shown:
        yield FOR_YOU_GROUP, [(by_id[row.id], row.reason, row.score) for row in shown]


def _select_groups(
    selection: ReportConfig,
    papers: Sequence[PaperRow],
    rank: RankFunction,
    day: date,
    calendar: MailingCalendar,
    relevance: Mapping[str, RelevanceRow],
) -> Iterator[tuple[str, list[GroupEntry]]]:
    match selection:
        case TopicDigestConfig():
            for topic in selection.topics:
                matches = [paper for paper in papers if topic.name in paper.topics]
                shown = select_topic_papers(matches, selection.papers_per_topic, day, calendar)
                yield topic.name, [(paper, f"matches the topic {topic.name}", None) for paper in shown]
        case FieldReviewConfig():
            yield selection.field, _select_field_papers(selection, papers, rank)
        case CategoryDigestConfig():
            yield from _select_category_groups(selection, papers, relevance)
        case _:
            yield HUGGING_FACE, _select_hugging_face_papers(papers)


def _select_hugging_face_papers(papers: Sequence[PaperRow]) -> list[GroupEntry]:
    shown = [(paper.hf_position, paper) for paper in papers if paper.hf_position is not None]
    return [
        (paper, f"on the Hugging Face page with {paper.hf_upvotes or 0} upvotes", None)
        for _, paper in sorted(shown, key=lambda item: (item[0], item[1].id))
    ]


def _select_field_papers(
    selection: FieldReviewConfig, papers: Sequence[PaperRow], rank: RankFunction
) -> list[GroupEntry]:
    candidates = [
        paper for paper in papers if paper.announce_type == "new" and set(selection.categories) & set(paper.categories)
    ]
    return [(item.paper, item.reason, item.score) for item in rank(candidates, selection, papers)[: selection.papers]]


def _select_category_groups(
    selection: CategoryDigestConfig, papers: Sequence[PaperRow], relevance: Mapping[str, RelevanceRow]
) -> Iterator[tuple[str, list[GroupEntry]]]:
    groups: dict[str, list[GroupEntry]] = {category: [] for category in selection.categories}

    def get_order_key(paper: PaperRow) -> tuple[float, str]:
        by_relevance = selection.order == "relevance" and paper.id in relevance
        return (-relevance[paper.id].score if by_relevance else 0.0, paper.id)

    for paper in sorted(papers, key=get_order_key):
        category = find_category(paper, selection.categories)
        if paper.announce_type == "new" and category is not None:
            how = (
                "primary category"
                if category == paper.primary_category
                else f"cross-listed from {paper.primary_category}"
            )
            groups[category].append((paper, f"new in {category} ({how})", None))
    # In the configured order, which covers every category: nothing is left for the alphabet.
    yield from ((category, entries) for category, entries in groups.items() if entries)


def find_category(paper: PaperRow, categories: Sequence[str]) -> str | None:
    """The category under which a report shows a paper: its primary one if the report has it, else the report's first."""
    if paper.primary_category in categories:
        return paper.primary_category
    return next((category for category in categories if category in paper.categories), None)
