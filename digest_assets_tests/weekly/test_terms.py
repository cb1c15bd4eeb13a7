"""Rising and fading terms: what counts as a term, and when it rose."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.weekly.terms import (
    MIN_PAPERS,
    TermChange,
    TermCounts,
    extract_terms,
    find_fading_terms,
    find_rising_terms,
    fold_plural,
)

OTHERS = [
    ("Graph neural networks", "For molecules."),
    ("Robot grasping of cloth", "By hand."),
    ("Speech recognition", "Of dialects."),
]


def count(marked: int, total: int, title: str = "World models plan", abstract: str = "Ahead.") -> TermCounts:
    """So many papers, of which some have the words."""
    return TermCounts([(title, abstract) if number < marked else OTHERS[number % 3] for number in range(total)])


def list_terms(changes: list[TermChange]) -> list[str]:
    return [change.term for change in changes]


def test_a_term_is_a_word_or_a_phrase_within_a_clause_and_tells_something() -> None:
    terms = extract_terms("We propose Gaussian splatting, and fast 3D rendering.")
    phrases = {"gaussian splatting", "3d rendering", "fast 3d", "fast 3d rendering"}
    assert terms == {*phrases, "gaussian", "splatting", "fast", "rendering"}


@pytest.mark.parametrize(
    ("spelling", "key"), [("world-models", "world model"), ("bias", "bias"), ("class", "class"), ("agents", "agent")]
)
def test_plurals_and_hyphens_are_one_term(spelling: str, key: str) -> None:
    assert fold_plural(spelling) == key


def test_a_term_that_more_papers_have_than_before_rises_with_its_shares() -> None:
    (change, *_) = find_rising_terms(count(20, 200), count(10, 800), 5)
    assert (change.term, change.papers, change.share, change.earlier_share) == ("world models plan", 20, 0.1, 0.0125)
    assert change.deviation > 3


@pytest.mark.parametrize(
    ("week", "earlier", "why"),
    [
        (count(MIN_PAPERS - 1, 100), count(0, 400), "too few papers have it"),
        (count(20, 200), count(80, 800), "its share is what it was"),
        (count(20, 200), TermCounts([]), "there is nothing to compare with"),
        (TermCounts([]), count(20, 200), "the week has no papers"),
        (count(20, 200, "On it", "A clearly usual phrase."), count(0, 800), "no title has it"),
    ],
)
def test_a_term_does_not_rise_where(week: TermCounts, earlier: TermCounts, why: str) -> None:
    assert find_rising_terms(week, earlier, 5) == [], why


def test_a_rise_is_named_once_though_several_words_have_it() -> None:
    rising = find_rising_terms(count(20, 200), count(10, 800), 10)
    assert len([term for term in list_terms(rising) if "world" in term or "model" in term or "plan" in term]) == 1


def test_a_term_that_fewer_papers_have_fades() -> None:
    fading = find_fading_terms(count(2, 300), count(120, 1000), 5)
    assert [(change.term, change.papers) for change in fading] == [("world models plan", 2)]


@pytest.mark.parametrize("find", [find_rising_terms, find_fading_terms])
@given(data=st.data())
def test_no_more_than_asked_and_the_surest_first(
    find: Callable[[TermCounts, TermCounts, int], list[TermChange]], data: st.DataObject
) -> None:
    papers = st.lists(
        st.sampled_from([*OTHERS, ("World models", "Plan."), ("Tactile sensing", ""), ("", "")]), max_size=60
    )
    changes = find(TermCounts(data.draw(papers)), TermCounts(data.draw(papers)), 3)
    sure = [abs(change.deviation) for change in changes]
    assert len(changes) <= 3
    assert sure == sorted(sure, reverse=True)
