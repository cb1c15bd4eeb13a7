"""Topics by a paper's own words: as arXiv's API would find it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.report_formats import Topic
from digest_assets.sources.arxiv import build_topic_query
from digest_assets.sources.tables import ArxivRow
from digest_assets.sources.topics import match_topics
from digest_assets.testing.loopback.arxiv_query import SearchFields, fold_text, parse_query

PUBLISHED = datetime(2025, 12, 4, tzinfo=UTC)


def row(title: str, abstract: str = "Nothing.", categories: tuple[str, ...] = ("cs.CV",)) -> ArxivRow:
    return ArxivRow(
        day=date(2025, 12, 5),
        id="2512.00001",
        version=1,
        title=title,
        abstract=abstract,
        authors=(),
        categories=categories,
        primary_category=categories[0],
        published=PUBLISHED,
    )


@pytest.mark.parametrize(
    ("topic", "title", "matches"),
    [
        ("Gaussian Splatting", "Fast gaussian-splatting for all", True),
        ("Gaussian Splatting", "Gaussian noise and splatting", False),
        ({"name": "n", "any": ["NeRF", "radiance field"], "not": ["survey"]}, "A radiance field", True),
        ({"name": "n", "any": ["NeRF", "radiance field"], "not": ["survey"]}, "A survey of NeRF", False),
        ({"name": "n", "all": ["graph", "neural"]}, "Neural nets on a graph", True),
        ({"name": "n", "all": ["graph", "neural"]}, "Neural nets", False),
        ({"name": "n", "any": ["graph"], "categories": ["cs.LG"]}, "A graph", False),
        ("Erdős", "On Erdos numbers", True),
        ("扩散模型", "扩散模型 in use", True),
    ],
)
def test_a_topic_matches_phrases_of_whole_words(topic: object, title: str, matches: bool) -> None:
    assert bool(match_topics(row(title), [Topic.model_validate(topic)])) is matches


WORDS = st.lists(st.sampled_from(["deep", "Graph", "graphs", "neural-net", "of", "C++"]), min_size=1, max_size=4)
PHRASES = st.lists(WORDS.map(" ".join), max_size=2).map(tuple)


@given(PHRASES, PHRASES, PHRASES, WORDS, WORDS)
def test_what_the_apis_query_finds_is_what_the_words_match(
    any_of: tuple[str, ...], all_of: tuple[str, ...], none_of: tuple[str, ...], title: list[str], abstract: list[str]
) -> None:
    topic = Topic(name="graph", any=any_of, all=all_of, excluded=none_of)
    paper = row(" ".join(title), " ".join(abstract))
    texts = {"ti": fold_text(paper.title), "abs": fold_text(paper.abstract)}
    found = parse_query(build_topic_query(topic))(SearchFields(texts, paper.categories, paper.id, PUBLISHED))
    assert bool(match_topics(paper, [topic])) is found
