"""Sentences end where a reader would end them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.texts.sentences import find_math_spans, find_sentence_spans, split_sentences


@pytest.mark.parametrize(
    "whole",
    [
        "We follow Smith et al. (2020) in this.",
        "The method (see Fig. 3) works, cf. Tab. 2.",
        "Results are in Sec. 4.1 and Eq. (2) of the text.",
        "It uses a 3.5 B model, i.e. a small one, with p < 0.05.",
        "On MATH vs. GSM8K it gains 3.2%.",
        "By J. R. Smith and A. Jones.",
        "Formulas such as $x. Y \\in Z$ stay whole.",
        "Formulas such as \\(a. B\\) and $$c. D$$ stay whole.",
        "Version 2.0 is at https://example.org/a.b now.",
        "1. First we read.",
    ],
)
def test_what_is_no_end_does_not_end_a_sentence(whole: str) -> None:
    assert split_sentences(whole) == [whole]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is fast. It is small.", ["It is fast.", "It is small."]),
        ("It is fast.However, it is {small.} {It is} new.", ["It is fast.", "However, it is {small.}", "{It is} new."]),
        ("It rose to 12. Then it fell.", ["It rose to 12.", "Then it fell."]),
        ("We call it A.B! Why? Because.", ["We call it A.B!", "Why?", "Because."]),
        ('He said "yes." Then he left.', ['He said "yes."', "Then he left."]),
        ("It holds [3]. We show it.[4] So it is.", ["It holds [3].", "We show it.[4]", "So it is."]),
        ("It is $x$. $Y$ is next.", ["It is $x$.", "$Y$ is next."]),
        ("It has two parts. (i) It reads. (ii) It writes.", ["It has two parts.", "(i) It reads.", "(ii) It writes."]),
        ("We use A, B, etc. The rest is new.", ["We use A, B, etc.", "The rest is new."]),
        ("本文提出方法。它达到91.7%！为什么？", ["本文提出方法。", "它达到91.7%！", "为什么？"]),
        ("使用GPT-4.5模型。Then English.", ["使用GPT-4.5模型。", "Then English."]),
        ("A heading without stop\n\nA paragraph.", ["A heading without stop", "A paragraph."]),
        ("", []),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


@given(st.text(alphabet="aB1 .!?。$\\()\n\t[]\"'—é中", max_size=120))
def test_spans_are_in_order_and_leave_out_nothing_but_white_space(text: str) -> None:
    spans = find_sentence_spans(text)
    place = 0
    for start, end in spans:
        assert not text[place:start].strip()
        assert start < end
        place = end
    assert not text[place:].strip()


@given(st.lists(st.sampled_from(["We. Go", " $a. B$ ", "\\(c. D\\)", " x. Y", "$$e. F$$"]), max_size=8))
def test_no_formula_is_cut(parts: list[str]) -> None:
    text = " ".join(parts)
    ends = {end for _, end in find_sentence_spans(text)}
    assert not any(start < end < stop for start, stop in find_math_spans(text) for end in ends)
