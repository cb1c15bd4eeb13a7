"""Who stands in which report, where, why, and how deep it is to be read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from digest_assets.config.fields import FormatName, ReportName
from digest_assets.config.report_formats import CategoryDigestConfig, FieldReviewConfig, ReportConfig, TopicDigestConfig
from digest_assets.config.reports import ReportsConfig
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.ranking import RankedPaper, newest_first_key, rank_lexically

HUGGING_FACE = "Hugging Face"

# The source that a report shows: without it the report is not made, rather than made empty.
_REPORT_SOURCES: dict[FormatName, str] = {
    "topic_digest": "arxiv_topic_hits",
    "daily_table": "hf_daily_papers",
    "field_review": "arxiv_listing",
    "category_digest": "arxiv_listing",
    "deep_read": "hf_daily_papers",
}


def get_report_source(report: ReportName, reports: ReportsConfig) -> str:
    """The table of the source that a report shows."""
    return _REPORT_SOURCES[reports.get_format(report)]


RankFunction = Callable[[Sequence[PaperRow], FieldReviewConfig], list[RankedPaper]]


def group_papers(
    day: date,
    papers: Sequence[PaperRow],
    reports: ReportsConfig,
    *,
    sources: frozenset[str],
    rank: RankFunction = rank_lexically,
) -> list[PaperGroupRow]:
    """The places of one day's papers in every enabled report whose source is among `sources`."""
    rows: list[PaperGroupRow] = []
    for name in reports.enabled_reports():
        if get_report_source(name, reports) not in sources:
            continue
        choice = reports.get_selection(name)
        for group_position, (part, places) in enumerate(_select_groups(choice, papers, rank), start=1):
            rows.extend(
                PaperGroupRow(
                    day=day,
                    report=name,
                    group=part,
                    group_position=group_position,
                    position=position,
                    id=paper.id,
                    reason=reason,
                    reading_depth=choice.read,
                    score=score,
                )
                for position, (paper, reason, score) in enumerate(places, start=1)
            )
    return rows


Place = tuple[PaperRow, str, float | None]


def _select_groups(choice: ReportConfig, papers: Sequence[PaperRow], ranking: RankFunction) -> Iterator[tuple[str, list[Place]]]:
    match choice:
        case TopicDigestConfig():
            yield from ((topic.name, _select_topic_papers(topic.name, choice, papers)) for topic in choice.topics)
        case FieldReviewConfig():
            yield choice.field, _select_field_papers(choice, papers, ranking)
        case CategoryDigestConfig():
            yield from _select_category_groups(choice, papers)
        case _:
            yield HUGGING_FACE, _select_hugging_face_papers(papers)


def _select_topic_papers(topic: str, choice: TopicDigestConfig, papers: Sequence[PaperRow]) -> list[Place]:
    matching = sorted((paper for paper in papers if topic in paper.topics), key=newest_first_key)
    return [(paper, f"matches the topic {topic}", None) for paper in matching[: choice.papers_per_topic]]


def _select_hugging_face_papers(papers: Sequence[PaperRow]) -> list[Place]:
    shown = [(paper.hf_position, paper) for paper in papers if paper.hf_position is not None]
    return [
        (paper, f"on the Hugging Face page with {paper.hf_upvotes or 0} upvotes", None)
        for _, paper in sorted(shown, key=lambda item: (item[0], item[1].id))
    ]


def _select_field_papers(choice: FieldReviewConfig, papers: Sequence[PaperRow], ranking: RankFunction) -> list[Place]:
    candidates = [
        paper for paper in papers if paper.announce_type == "new" and set(choice.categories) & set(paper.categories)
    ]
    return [(item.paper, item.reason, item.score) for item in ranking(candidates, choice)[: choice.papers]]


def _select_category_groups(choice: CategoryDigestConfig, papers: Sequence[PaperRow]) -> Iterator[tuple[str, list[Place]]]:
    sections: dict[str, list[Place]] = {category: [] for category in choice.categories}
    for paper in sorted(papers, key=lambda paper: paper.id):
        section = find_category(paper, choice.categories)
        if paper.announce_type == "new" and section is not None:
            how = (
                "primary category"
                if section == paper.primary_category
                else f"cross-listed from {paper.primary_category}"
            )
            sections[section].append((paper, f"new in {section} ({how})", None))
    # In the configured order, which covers every section: nothing is left for the alphabet.
    yield from ((category, places) for category, places in sections.items() if places)


def find_category(paper: PaperRow, categories: Sequence[str]) -> str | None:
    """The category under which a report shows a paper: its primary one if the report has it, else the report's first."""
    if paper.primary_category in categories:
        return paper.primary_category
    return next((category for category in categories if category in paper.categories), None)
