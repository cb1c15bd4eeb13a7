"""What may open a field: a sentence that stands on its own."""

import pytest

from digest_assets.summaries.extractive.openings import leans_on_another
from digest_assets_tests.summaries.extractive.invented_paper import (
    ABSTRACT,
    extract_from_abstract,
    list_strings,
)


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("We overcome this limitation by folding.", True),
        ("In this paper, we instantiate two of them.", True),
        ("Distributed drawing (DD) addresses this challenge by folding.", True),
        ("(2) Discs for hubs, which are folded.", True),
        ("It is also found that hubs fold.", True),
        ("It remains challenging due to hubs.", True),
        ("These components work together.", True),
        ("For example, hubs may be folded.", True),
        ("and draws the rest as discs.", True),
        ("This brief survey covers hubs.", False),
        ("We study the problem of those networks that have hubs.", False),
        ("It is known that hubs fold.", False),
        ("Our experiments show the worth of this framework.", False),
        ("In principle this drawn framework suits hubs.", True),
        ("Beyond hubs, this approach opens a way to folding.", True),
        ("We call this layout, an old approach, HubFold.", True),
        ("Results on roads show that this approach folds hubs.", False),
        ("mmFold draws hubs.", False),
        ("We introduce HubFold, a framework for drawings that tackles these three challenges.", True),
        ("We propose Discs to unlock the full potential of this valuable resource.", True),
        ("This paper presents a layout that unifies the strengths of both families.", True),
        ("We show that the drawing of hubs is faster than the latter.", True),
        ("Although readers need to follow such edges, many drawings hide them.", True),
        ("Drawings are read by many, but these readers do not know the networks.", False),
        ("We collect drawings of networks and show that these drawings are read quickly.", False),
        ("HubFold first draws hubs as discs and then folds these shapes.", False),
        ("We fit discs to both small and large networks.", False),
        ("Compared with a list of edges, it is read twice as fast.", True),
        ("To address the above challenges, we draw hubs as discs.", False),
        ("The eight techniques differ in what they draw.", True),
        ("The two sides of the drawing are read alike.", False),
        ("We compare two layouts and find that the two layouts agree.", False),
        ("HubFold is faster on the three networks.", False),
        ("We demonstrate it in a network of roads.", True),
        ("At 20 hubs, it draws all discs.", True),
        ("We bridge this research gap by discs.", True),
        ("One particular reason is that hubs hide the rest.", True),
        ("Addressing both challenges is critical to layouts that are quick, small, and readable.", True),
        ("Complementarily, whereas the pace of these layouts is known, we measure ours.", True),
        ("However, using these slow, large layouts remains hard.", True),
        ("Despite its age, HubFold is read with ease.", False),
        ("Despite its age, it is read with ease.", True),
    ],
)
def test_a_sentence_that_points_at_the_one_before_does_not_open_a_field(sentence: str, leans: bool) -> None:
    assert leans_on_another(sentence) is leans


@pytest.mark.parametrize(
    "fragment",
    [
        "J. Theor.",
        "Two gaps remain: 1) hubs are not drawn apart in large networks.",
        "Our parts are:",
        "Net (cf. Doe, Inf.",
    ],
)
def test_a_fragment_of_an_abstract_is_no_field(fragment: str) -> None:
    texts = list_strings(
        extract_from_abstract("category_digest", f"{ABSTRACT[0]} {ABSTRACT[2]} {ABSTRACT[4]}\n\n{fragment}")
    )
    assert not any(fragment in text for text in texts)


def test_a_last_sentence_without_a_stop_gets_one() -> None:
    digest = extract_from_abstract("category_digest", " ".join([*ABSTRACT[:4], ABSTRACT[4].rstrip(".")]))
    assert digest["result"] == ABSTRACT[4]


def test_what_says_that_it_is_a_result_is_the_result() -> None:
    found = "It is found that hubs hide the rest of the network in many drawings."
    assert extract_from_abstract("category_digest", " ".join([*ABSTRACT[:4], found]))["result"] == found
