"""A model's talk goes, its answer stays."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest_assets.summaries.sanitize import repair_bold, sanitize_summary, strip_chat_phrases
from digest_assets.summaries.schemas import CategoryDigest, FieldReview, Finding, RelatedWork, TopicDigest


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Sure, here is the summary:\n\nThe model is fast.", "The model is fast."),
        ("Certainly! Here's an analysis of the paper.\n\nThe model is fast.", "The model is fast."),
        ("As an AI expert, I will analyse this. The model is fast.", "The model is fast."),
        ("The model is fast.\n\nI hope this helps! Let me know if you need more.", "The model is fast."),
        ("好的，作为一名专家，我将根据您提供的摘要进行分析。\n\n模型很快。", "模型很快。"),
        ("好的，这是对论文“X”的全面中文摘要：\n\n模型很快。", "模型很快。"),
        ("模型很快。\n\n希望这份摘要能为您提供有价值的参考。", "模型很快。"),
        ("模型很快。希望它对您有帮助。", "模型很快。"),
        ("```markdown\nThe model is fast.\n```", "The model is fast."),
        ("Sure, the model is fast.", "The model is fast."),
    ],
)
def test_talk_goes(said: str, meant: str) -> None:
    assert strip_chat_phrases(said) == meant


@pytest.mark.parametrize(
    "answer",
    [
        "Here we show that the model is fast.",
        "We hope that others build on it.",
        "The assistant says: sure, here is the answer.",
        "本文希望解决这一问题。",
        "As an agent, the model acts.",
        "- **Input**: a text\n- **Output**: a class",
        "It holds that $a ** b$ is small.",
        "当前方法有局限。",
        "It takes 3 ** 4 steps.",
    ],
)
def test_an_answer_is_left_as_it_is(answer: str) -> None:
    assert strip_chat_phrases(answer) == answer


def test_a_title_that_repeats_the_papers_goes() -> None:
    said = "# On Models: a research report\n\n**Title:** On Models\n\n**Authors:** A. Author\n\n## Method\n\nIt reads."
    assert strip_chat_phrases(said) == "#### Method\n\nIt reads."


def test_headings_start_below_those_of_the_reports_and_keep_their_order() -> None:
    said = "## Method:\n\nA.\n\n### Part\n\nB.\n\n## Result\n\nC."
    assert strip_chat_phrases(said) == "#### Method\n\nA.\n\n##### Part\n\nB.\n\n#### Result\n\nC."


def test_rules_go_but_not_in_code() -> None:
    assert strip_chat_phrases("A.\n\n---\n\nB.\n***\n\n```\n---\n```") == "A.\n\nB.\n\n```\n---\n```"


def test_bullets_that_say_nothing_go() -> None:
    said = "- **Baselines**: A\n- **Ablations**: N/A\n  - N/A: N/A\n  - N/A: it is slow\n- Not specified in the paper."
    assert strip_chat_phrases(said) == "- **Baselines**: A\n  - it is slow"


def test_fillers_of_a_summary_are_absent() -> None:
    digest = CategoryDigest(tldr="Sure! It reads fast.", motivation="N/A", method="未提及", result=" ", conclusion=None)
    assert sanitize_summary(digest) == CategoryDigest(
        tldr="It reads fast.", motivation=None, method=None, result=None, conclusion=None
    )


def test_a_list_item_that_says_nothing_goes_and_one_without_evidence_stays() -> None:
    review = FieldReview(
        contribution=None, method=None, results=None, limitations=None, impact=None, relevance=None,
        key_findings=(Finding(finding="It is fast.", evidence=None), Finding(finding="N/A", evidence="It is.")),
    )  # fmt: skip
    assert sanitize_summary(review).key_findings == (Finding(finding="It is fast.", evidence=None),)
    work = (RelatedWork(work="N/A", challenge="N/A"), RelatedWork(work="A", challenge="It is slow"))
    empty = dict.fromkeys(TopicDigest.model_fields, None) | {
        name: () for name, field in TopicDigest.model_fields.items() if "tuple" in str(field.annotation)
    }
    assert sanitize_summary(TopicDigest.model_validate(empty | {"related_work": work})).related_work == work[1:]


@pytest.mark.parametrize(
    "line",
    ["用**方法（MSTH）**机制", "通过**“草图”**规划", "**重点：**内容", "一个**孤立的星", "**a****b**", "** spaced **"],
)
def test_no_stars_are_left_to_see(line: str) -> None:
    shown = re.sub(r"<[^>]+>", "", MarkdownIt().render(repair_bold(line)))
    assert "**" not in shown


def test_bold_keeps_its_words() -> None:
    assert repair_bold("用**方法（MSTH）**机制") == "用**方法（MSTH）** 机制"


@given(st.text(alphabet="aB1 .!#-*\n`：，好的希望N/A|>", max_size=120))
def test_sanitizing_twice_is_sanitizing_once(text: str) -> None:
    once = strip_chat_phrases(text)
    assert strip_chat_phrases(once) == once


@given(st.text(alphabet="aB #-*=_\n`", max_size=120))
def test_no_rule_and_no_heading_of_a_reports_own_level_is_left(text: str) -> None:
    outside = re.sub(r"(?ms)^\s{0,3}```.*?(^\s{0,3}```|\Z)", "", strip_chat_phrases(text))
    assert not re.search(r"(?m)^#{1,3} \S", outside)
    assert not re.search(r"(?m)^ {0,3}(---+|\*\*\*+|___+)\s*$", outside)


def test_abstracts_are_left_as_they_are(corpus: Path) -> None:
    from digest_assets.testing.labelled_numbers import load_reference_summaries

    changed = [
        text
        for source, _, text in load_reference_summaries(corpus)
        if source == "abstract" and strip_chat_phrases(text).split() != text.split()
    ]
    assert changed == []
