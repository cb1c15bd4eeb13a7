"""Tests of hedged numbers: "nearly triples" may stand for 2.89 times, and not for 2.1."""

import pytest

from digest_assets.summaries.verification.claims import check_claims
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.texts.spans import Span


def check(text: str, claim: str) -> str:
    index = SourceIndex.from_units([SourceUnit(Span(0, 0, 0, len(text)), text)])
    (checked,) = check_claims(claim, index)
    return checked.verdict


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Lantern improves throughput by 2.89 times.", "Throughput nearly triples with Lantern."),
        ("Lantern reduces tail latency by 69%.", "Lantern cuts tail latency by over two thirds."),
        ("Lantern reduces tail latency by 83.73%.", "Lantern cuts tail latency by more than 80%."),
        ("Lantern raises the success rate by 48%.", "Lantern raises the success rate by almost half."),
        ("Lantern finds 4.02% of the lamps.", "Lantern finds about 4% of the lamps."),
        ("69% of the users preferred Lantern.", "Roughly seven out of ten users preferred Lantern."),
        ("Lantern completes 90% of the instructions.", "Lantern completes nine of ten instructions."),
        ("We record 17+ hours of walks with lamps.", "Over 17 hours of walks with lamps are recorded."),
    ],
)
def test_a_hedged_number_stands_for_a_more_exact_one(text: str, claim: str) -> None:
    assert check(text, claim) == "supported"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Lantern improves throughput by 2.1 times.", "Throughput nearly triples with Lantern."),
        ("Lantern reduces tail latency by 48%.", "Lantern cuts tail latency by over two thirds."),
        ("Lantern finds over 48% of the lamps.", "Lantern finds over 43% of the lamps."),
        ("Lantern answers about 21K questions.", "Lantern answers about 24K questions."),
    ],
)
def test_a_hedge_excuses_no_other_number(text: str, claim: str) -> None:
    assert check(text, claim) == "unsupported"


@pytest.mark.parametrize(
    ("text", "claim", "verdict"),
    [
        (
            "Lantern beats Moth, Wick, and Ember by 83%, 61%, and 28%, respectively.",
            "Lantern beats Ember by 61%.",
            "unsupported",
        ),
        (
            "Lantern beats Moth, Wick, and Ember by 83%, 61%, and 28%, respectively.",
            "Lantern beats Wick by 61%.",
            "supported",
        ),
        (
            "69% of users rated it best for motion consistency, and 62.1% for embodiment correctness.",
            "69% of users rated it best for embodiment correctness.",
            "unsupported",
        ),
    ],
)
def test_a_number_belongs_to_the_words_beside_it(text: str, claim: str, verdict: str) -> None:
    assert check(text, claim) == verdict


def test_who_is_compared_with_whom_is_not_turned_about() -> None:
    text = "The Lantern protocol reduces bandwidth by up to 50% compared to standard MOTH."
    assert check(text, "Lantern reduces bandwidth by up to 50% compared with MOTH.") == "supported"
    assert check(text, "MOTH reduces bandwidth by up to 50% compared with Lantern.") == "unsupported"
