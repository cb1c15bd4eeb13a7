"""The learned prior of relevance, and the ranking that stands on it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.paper_features import describe_places
from digest_assets.relevance.prior import load_prior
from digest_assets.relevance.ranking import rank_papers
from digest_assets.testing.summary_days import make_numbered_paper

FIELD = FieldReviewConfig()
WORDS = st.sampled_from(
    ["video", "diffusion", "agents", "graph", "of", "a", "3D", "$x$", "百", "https://github.com/a/b"]
)


def make_paper(number: int, **fields: Any) -> PaperRow:
    return make_numbered_paper(number).model_copy(
        update={"categories": ("cs.CV",), "primary_category": "cs.CV", "announce_type": "new", **fields}
    )


def find_order(*papers: PaperRow, field: FieldReviewConfig = FIELD) -> list[str]:
    return [item.paper.id for item in rank_papers(papers, field)]


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=8), st.data())
def test_the_order_is_total_and_does_not_depend_on_the_input_order(abstracts: list[str], data: st.DataObject) -> None:
    papers = [make_paper(number, abstract=abstract) for number, abstract in enumerate(abstracts, start=1)]
    ranked = rank_papers(papers, FIELD)
    assert rank_papers(data.draw(st.permutations(papers)), FIELD) == ranked
    assert {item.paper.id for item in ranked} == {paper.id for paper in papers}
    assert all(0 <= item.score <= 1 for item in ranked)


def test_a_paper_like_those_that_readers_picked_comes_first_and_says_why() -> None:
    usual = make_paper(1, title="A Survey of Bridge Inspection", abstract="We list old methods.", comment="3 pages")
    liked = make_paper(
        2,
        title="OmniWorld: Scaling Multimodal Agents with Video Diffusion",
        abstract="We release code and a project page: https://omniworld.github.io for large language model agents.",
        authors=tuple(f"Author {number}" for number in range(12)),
    )
    ranked = rank_papers([usual, liked], FIELD)
    assert [item.paper.id for item in ranked] == [liked.id, usual.id]
    assert "likely among Hugging Face's picks (" in ranked[0].reason
    assert "a project page" in ranked[0].reason


def test_a_paper_that_is_a_pick_is_not_called_likely_to_be_one() -> None:
    (ranked,) = rank_papers([make_paper(1, title="A Survey of Bridge Inspection", hf_position=1, hf_upvotes=3)], FIELD)
    assert "among Hugging Face's picks" in ranked.reason
    assert "likely" not in ranked.reason


def test_a_paper_by_authors_who_were_picked_before_comes_before_one_like_it_and_names_them() -> None:
    known = max(load_prior().authors, key=lambda author: load_prior().authors[author])
    papers = [make_paper(number, title="The same", abstract="The same.", authors=("Nobody Yet",)) for number in (1, 2)]
    scores = load_prior().score([papers[0], papers[1].model_copy(update={"authors": (known, "Nobody Yet")})])
    assert scores[1].probability > scores[0].probability
    assert f"by {known}" in scores[1].reasons


def test_a_papers_place_is_that_among_the_papers_of_its_own_day() -> None:
    days = [make_paper(number).model_copy(update={"day": date(2025, 12, 1 + number // 3)}) for number in range(6)]
    assert load_prior().score(days) == [*load_prior().score(days[:3]), *load_prior().score(days[3:])]


def test_votes_move_a_paper_past_one_that_is_like_it() -> None:
    papers = [make_paper(number, abstract="The same.", title="The same") for number in (1, 2, 3)]
    assert find_order(*papers[:2], papers[2].model_copy(update={"hf_upvotes": 40}))[0] == papers[2].id


def test_interests_lift_the_papers_that_speak_of_them_and_no_other() -> None:
    papers = [make_paper(1, abstract="We draw roads."), make_paper(2, abstract="We draw reefs.")]
    before = {item.paper.id: item.score for item in rank_papers(papers, FIELD)}
    after = {item.paper.id: item.score for item in rank_papers(papers, FieldReviewConfig(interests=("reefs",)))}
    assert after[papers[0].id] == before[papers[0].id]
    assert after[papers[1].id] == pytest.approx(before[papers[1].id] + 0.2, abs=1e-4)


def test_a_field_that_was_not_learned_is_ranked_by_its_words_and_says_so() -> None:
    field = FieldReviewConfig(field="Algebraic Topology", categories=("math.AT",))
    math = {"categories": ("math.AT",), "primary_category": "math.AT"}
    near = make_paper(1, title="On algebraic topology", abstract="Of spheres.", **math)
    ranked = rank_papers([make_paper(2, title="Knots", abstract="Of ropes.", **math), near], field)
    assert ranked[0].paper.id == near.id
    assert "no order was learned for math.AT" in ranked[0].reason


def test_classes_of_other_systems_are_no_categories_of_the_prior() -> None:
    paper = make_paper(1)
    classed = paper.model_copy(update={"categories": (*paper.categories, "I.2", "68T45")})
    assert load_prior().score([classed]) == load_prior().score([paper])
    assert not [name for name in load_prior().metadata if name.startswith("in ") and name[3].isupper()]


def test_what_hugging_face_says_is_no_feature_of_the_prior() -> None:
    paper = make_paper(1)
    voted = paper.model_copy(update={"hf_upvotes": 99, "hf_position": 1, "organization": "A Lab", "code_stars": 5})
    assert load_prior().score([paper]) == load_prior().score([voted])


def test_an_empty_paper_has_a_score() -> None:
    bare = PaperRow(
        day=datetime(2025, 12, 5, tzinfo=UTC).date(),
        id="2512.00009",
        title="",
        abstract="",
        authors=(),
        categories=(),
        sources=(),
    )
    (score,) = load_prior().score([bare])
    assert score.probability == pytest.approx(0.0, abs=0.2)
    assert not score.is_trained


def test_a_papers_place_is_one_among_its_whole_day_not_among_its_field() -> None:
    day = [make_paper(number) for number in range(1, 41)]
    field = day[20:30]
    whole = {paper.id: score for paper, score in zip(day, load_prior().score(day), strict=True)}
    assert load_prior().score(field, day) == [whole[paper.id] for paper in field]
    assert load_prior().score(field) != [whole[paper.id] for paper in field]


def test_a_paper_of_an_earlier_mailing_moves_no_other_papers_place_and_has_none() -> None:
    day = [make_paper(number) for number in range(11, 31)]
    earlier = make_paper(1, announce_type=None)
    alone, beside = load_prior().score(day), load_prior().score([earlier, *day])
    assert beside[1:] == alone
    assert describe_places([earlier, *day])[0] == {}
