"""Who stands in which report, where, why, and how deep it is to be read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from digest_assets.config.fields import FormatName, ReportName
from digest_assets.config.report_formats import CategoryDigestConfig, FieldReviewConfig, ReportConfig, TopicDigestConfig
from digest_assets.config.reports import ReportsConfig
from digest_assets.groups.tables import GroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.ranking import Ranked, newest_first, rank

HUGGING_FACE = "Hugging Face"

# The source that a report shows: without it the report is not made, rather than made empty.
_SOURCE_OF: dict[FormatName, str] = {
    "topic_digest": "arxiv_topic_hits",
    "daily_table": "hf_daily_papers",
    "field_review": "arxiv_listing",
    "category_digest": "arxiv_listing",
    "deep_read": "hf_daily_papers",
}


def source_of(report: ReportName, reports: ReportsConfig) -> str:
    """The table of the source that a report shows."""
    return _SOURCE_OF[reports.get_format(report)]


Ranking = Callable[[Sequence[PaperRow], FieldReviewConfig], list[Ranked]]


def group(
    day: date,
    papers: Sequence[PaperRow],
    reports: ReportsConfig,
    *,
    sources: frozenset[str],
    ranking: Ranking = rank,
) -> list[GroupRow]:
    """The places of one day's papers in every enabled report whose source is among `sources`."""
    rows: list[GroupRow] = []
    for name in reports.enabled_reports():
        if source_of(name, reports) not in sources:
            continue
        choice = reports.get_selection(name)
        for group_position, (part, places) in enumerate(_parts(choice, papers, ranking), start=1):
            rows.extend(
                GroupRow(
                    day=day,
                    report=name,
                    group=part,
                    group_position=group_position,
                    position=position,
                    id=paper.id,
                    reason=reason,
                    read=choice.read,
                    score=score,
                )
                for position, (paper, reason, score) in enumerate(places, start=1)
            )
    return rows


Place = tuple[PaperRow, str, float | None]


def _parts(choice: ReportConfig, papers: Sequence[PaperRow], ranking: Ranking) -> Iterator[tuple[str, list[Place]]]:
    match choice:
        case TopicDigestConfig():
            yield from ((topic.name, _topic(topic.name, choice, papers)) for topic in choice.topics)
        case FieldReviewConfig():
            yield choice.field, _field(choice, papers, ranking)
        case CategoryDigestConfig():
            yield from _categories(choice, papers)
        case _:
            yield HUGGING_FACE, _page(papers)


def _topic(topic: str, choice: TopicDigestConfig, papers: Sequence[PaperRow]) -> list[Place]:
    matching = sorted((paper for paper in papers if topic in paper.topics), key=newest_first)
    return [(paper, f"matches the topic {topic}", None) for paper in matching[: choice.papers_per_topic]]


def _page(papers: Sequence[PaperRow]) -> list[Place]:
    shown = [(paper.hf_position, paper) for paper in papers if paper.hf_position is not None]
    return [
        (paper, f"on the Hugging Face page with {paper.hf_upvotes or 0} upvotes", None)
        for _, paper in sorted(shown, key=lambda item: (item[0], item[1].id))
    ]


def _field(choice: FieldReviewConfig, papers: Sequence[PaperRow], ranking: Ranking) -> list[Place]:
    candidates = [
        paper for paper in papers if paper.announce_type == "new" and set(choice.categories) & set(paper.categories)
    ]
    return [(item.paper, item.reason, item.score) for item in ranking(candidates, choice)[: choice.papers]]


def _categories(choice: CategoryDigestConfig, papers: Sequence[PaperRow]) -> Iterator[tuple[str, list[Place]]]:
    sections: dict[str, list[Place]] = {category: [] for category in choice.categories}
    for paper in sorted(papers, key=lambda paper: paper.id):
        section = section_of(paper, choice.categories)
        if paper.announce_type == "new" and section is not None:
            how = (
                "primary category"
                if section == paper.primary_category
                else f"cross-listed from {paper.primary_category}"
            )
            sections[section].append((paper, f"new in {section} ({how})", None))
    # In the configured order, which covers every section: nothing is left for the alphabet.
    yield from ((category, places) for category, places in sections.items() if places)


def section_of(paper: PaperRow, categories: Sequence[str]) -> str | None:
    """The category under which a report shows a paper: its primary one if the report has it, else the report's first."""
    if paper.primary_category in categories:
        return paper.primary_category
    return next((category for category in categories if category in paper.categories), None)
