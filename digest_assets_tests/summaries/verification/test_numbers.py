"""A summary's numbers are found in the text, follow from it, or are marked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.summaries.verification.numbers import NumberIndex, mark_missing, trace_numbers
from digest_assets.testing.labelled_numbers import generate_labelled_numbers, load_reference_summaries


def _statuses(text: str, summary: str) -> list[str]:
    return [number.status for number in trace_numbers(summary, NumberIndex.from_texts([text]))]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("an accuracy of 91.7%", "91.7 percent"),
        ("an accuracy of 0.917", "91.7%"),
        ("an accuracy of 91.7%", "0.917"),
        ("with 1M images", "1,000,000 images"),
        ("with 1,000,000 images", "one million images"),
        ("with one million images", "100万张图像"),
        ("with 7B parameters", "70亿参数"),
        ("it doubles the speed", "2x faster"),
        ("it is 2× faster", "速度翻倍"),
        ("a 100-fold gain", "two orders of magnitude"),
        ("in 1.5 s", "1500 ms"),
        ("three benchmarks", "3个基准"),
        ("in 3 tasks", "三项任务"),
        ("from 45 to 97%", "45%"),
        ("with Gemini-2.5", "with Gemini 2.5"),
        ("half of the cost", "50%"),
        ("Model | Acc (%) | Latency (ms)\nOurs | 91.7 | 12", "91.7% in 12 ms"),
        ("Model | Accuracy\nOurs | 91.7", "91.7%"),
        ("it achieves 61.4 accuracy", "61.4%"),
    ],
)
def test_another_notation_of_the_same_number_is_found(text: str, summary: str) -> None:
    assert set(_statuses(text, summary)) == {"found"}


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("an accuracy of 91.7%", "91.8%"),
        ("an accuracy of 91.7%", "91.7 ms"),
        ("an accuracy of 91.7%", "an accuracy of 91.7"),
        ("a change of 3.2%", "a change of -3.2%"),
        ("a change of -3.2%", "a change of 3.2%"),
        ("with 7M parameters", "7B parameters"),
        ("12 datasets", "12% of datasets"),
        ("24 GB", "24 MB"),
        ("3x faster", "3%"),
        ("with GPT-4", "4 models"),
        ("on CIFAR-10", "10 datasets"),
        ("in 2024", "in 2025"),
        ("84.73%", "84.70%"),
        ("three tasks", "four tasks"),
    ],
)
def test_another_number_is_missing(text: str, summary: str) -> None:
    assert "missing" in _statuses(text, summary)


@pytest.mark.parametrize(
    ("summary", "source"),
    [
        ("from 74.1% to 84.8%, a gain of 10.7 points", "84.8% − 74.1%"),
        ("from 100 ms to 80 ms, or 20% less", "(80 ms − 100 ms) / 100 ms"),
        ("from 100 ms to 80 ms, or 1.25x", "100 ms / 80 ms"),
    ],
)
def test_a_difference_or_ratio_of_numbers_beside_it_is_derived(summary: str, source: str) -> None:
    index = NumberIndex.from_texts(["from 74.1% to 84.8%, from 100 ms to 80 ms"])
    derived = trace_numbers(summary, index)[-1]
    assert derived.status == "derived"
    assert {part.strip() for part in (derived.source or "").split(" ")} == {part.strip() for part in source.split(" ")}


def test_a_difference_of_numbers_that_are_not_named_is_missing() -> None:
    assert _statuses("from 74.1% to 84.8%", "a gain of 10.7 points") == ["missing"]


def test_a_rounding_is_derived_but_one_digit_is_no_rounding() -> None:
    assert _statuses("3,214,567 images and 27.98%", "3.2 million images, 28%") == ["derived", "derived"]
    assert _statuses("27.98% and 3.4 tasks", "3 tasks") == ["missing"]


def test_a_number_in_words_that_counts_what_the_summary_lists_is_derived() -> None:
    assert _statuses("no number", "three parts: a reader, a writer and a judge") == ["derived"]
    assert _statuses("no number", "包含编码器、解码器和判别器三个模块") == ["derived"]
    assert _statuses("no number", "four parts: a reader, a writer and a judge") == ["missing"]


def test_words_that_state_no_number_are_left_alone() -> None:
    assert _statuses("nothing", "one framework for zero-shot use; the two go together") == []


def test_a_missing_number_is_marked_directly_after_it() -> None:
    text = "It improves by 97% over 5 tasks, and $12\\%$ more."
    traced = trace_numbers(text, NumberIndex.from_texts(["on 5 tasks"]))
    assert mark_missing(text, traced) == "It improves by 97% ⚠ over 5 tasks, and $12\\%$ ⚠ more."


def test_marking_twice_marks_once() -> None:
    index = NumberIndex.from_texts([""])
    once = mark_missing("It gains 97%.", trace_numbers("It gains 97%.", index))
    assert mark_missing(once, trace_numbers(once, index)) == once


_FIGURES = st.sampled_from(
    ["91.7%", "$3.2\\times$", "1.5M", "100万", "two-stage", "12 ms", "-3.2 points", "3,000", "GPT-4", "10^{-3}", "三个",
     "doubles", "45 to 97%", "2025-12-04", "[12]", "3D", "an order of magnitude", "8×A100", "0.85", "$5M", "1024×768", "top-5"]
)  # fmt: skip


@given(st.lists(_FIGURES, min_size=1, max_size=6), st.sampled_from([" and ", ", ", " with ", "，", " of "]))
def test_a_text_finds_every_number_of_its_own(parts: list[str], between: str) -> None:
    text = f"It is {between.join(parts)} here."
    assert "missing" not in _statuses(text, text)


@given(st.lists(_FIGURES, min_size=1, max_size=6))
def test_marks_are_all_that_marking_adds(parts: list[str]) -> None:
    text = f"It is {' with '.join(parts)} here."
    assert mark_missing(text, trace_numbers(text, NumberIndex.from_texts([""]))).replace(" ⚠", "") == text


def test_numbers_of_real_abstracts_are_found_in_them(corpus: Path) -> None:
    flagged = [
        (summary[number.start - 20 : number.end + 10], number.text)
        for source, text, summary in load_reference_summaries(corpus)
        if source == "abstract"
        for number in trace_numbers(summary, NumberIndex.from_texts([text]))
        if number.status == "missing"
    ]
    assert flagged == []


@pytest.mark.long
def test_altered_numbers_are_caught_and_true_ones_left_alone(corpus: Path) -> None:
    judged: dict[bool, list[bool]] = {True: [], False: []}
    for case in generate_labelled_numbers(corpus):
        traced = trace_numbers(case.summary, NumberIndex.from_texts([case.text]))
        flagged = any(t.status == "missing" for t in traced if t.start < case.end and t.end > case.start)
        judged[case.kind in ("true", "rewritten")].append(flagged)
    false_alarms = sum(judged[True]) / len(judged[True])
    recall = sum(judged[False]) / len(judged[False])
    assert false_alarms <= 0.02
    assert recall >= 0.99
