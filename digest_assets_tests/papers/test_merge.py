"""Merging the sources into one row a paper."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.report_formats import Topic
from digest_assets.papers.merge import merge_papers
from digest_assets.papers.tables import PaperRow
from digest_assets.sources.tables import HuggingFaceRow, ListingRow, TopicHitRow

DAY = date(2025, 12, 5)
TOPICS = [Topic(name="neural rendering"), Topic(name="avatar")]
IN_WINDOW = datetime(2025, 12, 4, 10, tzinfo=UTC)


def arxiv(id_: str, **given_: Any) -> dict[str, Any]:
    return {
        "day": DAY,
        "id": id_,
        "version": 1,
        "title": f"Title of {id_}",
        "abstract": "An abstract.",
        "authors": ("Ann One",),
        "categories": ("cs.CV",),
        "primary_category": "cs.CV",
        "published": IN_WINDOW,
    } | given_


def listed(id_: str, **given_: Any) -> ListingRow:
    return ListingRow(**arxiv(id_, **given_), announce_type="new", found_by="window")


def hit(
    id_: str,
    topic: str = "avatar",
    mailing: date = date(2025, 12, 3),
    lookback_days: int | None = 7,
    **given_: Any,
) -> TopicHitRow:
    return TopicHitRow(**arxiv(id_, **given_), topic=topic, position=1, mailing=mailing, lookback_days=lookback_days)


def shown(id_: str, position: int = 1, **given_: Any) -> HuggingFaceRow:
    values = {
        "day": DAY,
        "id": id_,
        "position": position,
        "title": "HF title",
        "abstract": "HF abstract.",
        "authors": ("Ann",),
    }
    return HuggingFaceRow(**values | given_)


def merged(listing: Any = (), hits: Any = (), page: Any = ()) -> list[PaperRow]:
    return merge_papers(DAY, listing, hits, page, calendar=MailingCalendar(), topics=TOPICS, lookback_days=7)


def test_a_paper_of_all_sources_is_one_row_that_names_them() -> None:
    (paper,) = merged([listed("2512.00001")], [hit("2512.00001")], [shown("2512.00001", upvotes=7)])
    assert paper.sources == ("arxiv_listing", "arxiv_topic_hits", "hf_daily_papers")
    assert (paper.title, paper.hf_upvotes, paper.mailing, paper.announce_type) == ("Title of 2512.00001", 7, DAY, "new")


def test_the_newest_version_wins() -> None:
    (paper,) = merged([listed("2512.00001")], [hit("2512.00001", version=2, title="Second title")])
    assert (paper.version, paper.title) == (2, "Second title")


def test_a_topic_paper_of_an_earlier_mailing_keeps_that_mailing_and_is_not_announced() -> None:
    (paper,) = merged(hits=[hit("2512.00001", mailing=date(2025, 12, 3))])
    assert (paper.mailing, paper.announce_type) == (date(2025, 12, 3), None)


def test_topics_stand_in_the_order_of_the_settings() -> None:
    (paper,) = merged(hits=[hit("2512.00001", "avatar"), hit("2512.00001", "neural rendering")])
    assert paper.topics == ("neural rendering", "avatar")


def test_a_paper_only_on_hugging_face_has_its_page_fields_and_the_mailing_of_its_submission() -> None:
    (paper,) = merged(
        page=[shown("2512.00001", published=datetime(2025, 12, 3, 15, tzinfo=UTC), code_url="https://github.com/a/b")]
    )
    assert (paper.version, paper.categories, paper.code_url) == (None, (), "https://github.com/a/b")
    assert paper.mailing == date(2025, 12, 4)


def test_links_come_from_the_comment_before_the_abstract() -> None:
    (paper,) = merged(
        [
            listed(
                "2512.00001",
                comment="Code: https://github.com/x/y.",
                abstract="See https://x.github.io/p and https://github.com/z/w",
            )
        ]
    )
    assert (paper.code_url, paper.project_url) == ("https://github.com/x/y", "https://x.github.io/p")


def test_metadata_is_stored_as_it_should_be() -> None:
    (paper,) = merged(
        [
            listed(
                "2512.00001",
                authors=("Team Lantern", ":", "Ada Example\\\\"),
                categories=("cs.CV", "I.2.10; I.4.8", "68T07"),
                doi="10.1103/PhysRevD.101.012001 10.1103/PhysRevD.102.012002",
            )
        ],
        page=[shown("2512.00001", code_url="https://github.com/a/b", code_stars=12)],
    )
    assert paper.authors == ("Team Lantern", "Ada Example")
    assert (paper.categories, paper.primary_category) == (("cs.CV",), "cs.CV")
    assert paper.subject_classes == ("I.2.10", "I.4.8", "68T07")
    assert paper.doi == "10.1103/PhysRevD.101.012001"
    assert (paper.code_url, paper.code_stars) == ("https://github.com/a/b", 12)


def test_a_withdrawn_paper_carries_its_authors_words() -> None:
    (paper,) = merged([listed("2512.00001", version=2, comment="Withdrawn: equation 3 is wrong")])
    assert paper.withdrawal == "Withdrawn: equation 3 is wrong"


ids = st.lists(st.sampled_from([f"2512.{n:05d}" for n in range(30)]), unique=True)


@given(ids, ids, ids, st.randoms(use_true_random=False))
def test_no_paper_is_lost_or_doubled_and_the_order_of_the_input_does_not_matter(
    a: list[str], b: list[str], c: list[str], random: Any
) -> None:
    def inputs() -> list[list[Any]]:
        every: list[list[Any]] = [[listed(i) for i in a], [hit(i) for i in b], [shown(i) for i in c]]
        for rows in every:
            random.shuffle(rows)
        return every

    rows = merged(*inputs())
    assert [row.id for row in rows] == sorted({*a, *b, *c})
    assert rows == merged(*inputs())


def test_new_papers_of_the_listing_match_topics_by_their_own_words() -> None:
    papers = [
        listed("2512.00001", title="Avatar: a head"),
        listed("2512.00002", abstract="On NEURAL-Rendering, and avatar."),
        listed("2512.00003", title="Avatars"),
        listed("2512.00004", title="An avatar", published=IN_WINDOW - timedelta(days=9)),
        ListingRow(**arxiv("2512.00005", title="An avatar"), announce_type="replace", found_by="feed"),
    ]
    found = {paper.id: paper.topics for paper in merged(papers, [hit("2512.00003")])}
    assert found == {
        "2512.00001": ("avatar",),
        "2512.00002": ("neural rendering", "avatar"),
        "2512.00003": ("avatar",),
        "2512.00004": (),
        "2512.00005": (),
    }


def test_a_day_of_which_the_newest_few_hits_alone_are_stored_gets_no_more_matches() -> None:
    papers = merged([listed("2512.00001", title="Avatar")], [hit("2512.00002", lookback_days=None)])
    assert [(paper.topics, paper.lookback_days) for paper in papers] == [((), None), (("avatar",), None)]
