"""Grouping the day's papers into the reports."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import FORMATS
from digest_assets.config.report_formats import (
    CategoryDigestConfig,
    DailyTableConfig,
    DeepReadConfig,
    FieldReviewConfig,
    TopicDigestConfig,
)
from digest_assets.config.reports import ReportsConfig
from digest_assets.groups.grouping import group_papers
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.ranking import rank_papers

DAY = date(2025, 12, 5)
ALL = frozenset({"arxiv_listing", "arxiv_topic_hits", "hf_daily_papers"})


def paper(id_: str, *categories: str, **given_: Any) -> PaperRow:
    values = {
        "day": DAY,
        "id": id_,
        "version": 1,
        "title": f"Title {id_}",
        "abstract": "We study images.",
        "authors": ("Ann One",),
        "categories": categories or ("cs.CV",),
        "primary_category": (categories or ("cs.CV",))[0],
        "published": datetime(2025, 12, 4, 10, tzinfo=UTC),
        "sources": ("arxiv_listing",),
        "announce_type": "new",
        "mailing": DAY,
    }
    return PaperRow(**values | given_)


def only(**choices: Any) -> ReportsConfig:
    off = {name: {"enabled": False} for name in FORMATS}
    return ReportsConfig.model_validate(off | choices)


def places(rows: list[PaperGroupRow]) -> list[tuple[str, str]]:
    return [(row.group, row.id) for row in rows]


def test_a_topic_shows_its_newest_papers_first_ties_by_id() -> None:
    hour = timedelta(hours=1)
    start = datetime(2025, 12, 4, 10, tzinfo=UTC)
    papers = [
        paper("2512.00003", topics=("avatar",), published=start),
        paper("2512.00001", topics=("avatar",), published=start),
        paper("2512.00002", topics=("avatar",), published=start + hour),
        paper("2512.00004", topics=("avatar",), published=start - hour),
    ]
    rows = group_papers(
        DAY, papers, only(topic_digest=TopicDigestConfig(topics=("avatar",), papers_per_topic=3)), sources=ALL
    )
    assert [row.id for row in rows] == ["2512.00002", "2512.00001", "2512.00003"]


def test_topics_keep_their_place_when_one_has_no_paper() -> None:
    papers = [paper("2512.00001", topics=("second",))]
    rows = group_papers(DAY, papers, only(topic_digest=TopicDigestConfig(topics=("first", "second"))), sources=ALL)
    assert [(row.group, row.group_position) for row in rows] == [("second", 2)]


def test_hugging_face_reports_keep_the_pages_order() -> None:
    papers = [paper("2512.00001", hf_position=2), paper("2512.00002", hf_position=1), paper("2512.00003")]
    rows = group_papers(DAY, papers, only(daily_table=DailyTableConfig(), deep_read=DeepReadConfig()), sources=ALL)
    assert [(row.report, row.id) for row in rows] == [
        ("daily_table", "2512.00002"),
        ("daily_table", "2512.00001"),
        ("deep_read", "2512.00002"),
        ("deep_read", "2512.00001"),
    ]


def test_a_paper_stands_under_its_primary_category_else_under_the_reports_first() -> None:
    papers = [
        paper("2512.00001", "cs.LG", "cs.CV"),
        paper("2512.00002", "cs.GR", "cs.LG", "cs.CV"),
        paper("2512.00003", "cs.GR"),
    ]
    rows = group_papers(
        DAY, papers, only(category_digest=CategoryDigestConfig(categories=("cs.CV", "cs.LG"))), sources=ALL
    )
    assert places(rows) == [("cs.CV", "2512.00002"), ("cs.LG", "2512.00001")]


def test_the_category_digest_leaves_out_what_the_mailing_did_not_announce_as_new() -> None:
    papers = [paper("2512.00001"), paper("2512.00002", announce_type="cross"), paper("2512.00003", announce_type=None)]
    rows = group_papers(DAY, papers, only(category_digest=CategoryDigestConfig(categories=("cs.CV",))), sources=ALL)
    assert [row.id for row in rows] == ["2512.00001"]


def test_the_field_review_holds_the_best_papers_of_the_field_only() -> None:
    papers = [paper(f"2512.{n:05d}", hf_upvotes=n) for n in range(1, 6)] + [paper("2512.00009", "cs.CL", hf_upvotes=99)]
    rows = group_papers(DAY, papers, only(field_review=FieldReviewConfig(categories=("cs.CV",), papers=3)), sources=ALL)
    assert [row.id for row in rows] == ["2512.00005", "2512.00004", "2512.00003"]
    assert all(row.score is not None and "upvotes" in row.reason for row in rows)


def test_a_report_without_its_source_has_no_places() -> None:
    papers = [paper("2512.00001", topics=("avatar",), hf_position=1)]
    rows = group_papers(DAY, papers, ReportsConfig(), sources=frozenset({"hf_daily_papers"}))
    assert {row.report for row in rows} == {"daily_table", "deep_read"}


def test_abstracts_are_enough_for_the_category_digest_by_default() -> None:
    rows = group_papers(DAY, [paper("2512.00001", hf_position=1)], ReportsConfig(), sources=ALL)
    assert {row.report: row.reading_depth for row in rows} == {
        "daily_table": "full",
        "field_review": "full",
        "category_digest": "abstract",
        "deep_read": "full",
    }


@given(
    st.lists(
        st.tuples(st.integers(1, 99999), st.integers(0, 50), st.booleans()), unique_by=lambda item: item[0], max_size=30
    ),
    st.randoms(use_true_random=False),
)
def test_the_ranking_is_a_total_order_that_input_order_does_not_change(
    items: list[tuple[int, int, bool]], random: Any
) -> None:
    papers = [
        paper(f"2512.{n:05d}", hf_upvotes=votes, code_url="https://github.com/a/b" if code else None)
        for n, votes, code in items
    ]
    ranked = rank_papers(papers, FieldReviewConfig())
    shuffled = list(papers)
    random.shuffle(shuffled)
    assert ranked == rank_papers(shuffled, FieldReviewConfig())
    assert sorted(item.paper.id for item in ranked) == sorted(one.id for one in papers)
    assert all(0 <= item.score <= 1 for item in ranked)


def test_a_report_of_ones_own_shows_the_papers_of_the_one_that_it_is_like() -> None:
    def own(**papers: Any) -> CustomReport:
        return CustomReport.model_validate({"papers": papers, "fields": {"a": {"description": "b"}}, "read": "full"})

    robots = own(based_on="category_digest", categories=["cs.RO"])
    best = own(based_on="field_review", papers=1)
    reports = only().with_custom({"robots": robots, "best": best})
    papers = [paper("2512.00001", "cs.RO"), paper("2512.00002", "cs.CV"), paper("2512.00003", "cs.CV", "cs.RO")]
    rows = group_papers(DAY, papers, reports, sources=ALL)
    assert [row.id for row in rows if row.report == "robots"] == ["2512.00001", "2512.00003"]
    assert {(row.group, row.reading_depth) for row in rows if row.report == "robots"} == {("cs.RO", "full")}
    assert len([row for row in rows if row.report == "best"]) == 1
    assert [row.report for row in group_papers(DAY, papers, reports, sources=frozenset())] == []
