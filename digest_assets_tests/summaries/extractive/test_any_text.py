"""Whatever text a paper has, invented or real, its summary is valid, whole and not too long."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.fields import FORMATS
from digest_assets.summaries.extractive.cues import is_availability
from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.prose import strip_citations
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.summaries.schemas import get_schema
from digest_assets.texts.sentences import split_sentences
from digest_assets_tests.examples import take_examples
from digest_assets_tests.summaries.extractive.invented_paper import (
    ABSTRACT,
    extract_from_abstract,
    list_strings,
    make_paper,
    make_text,
)

_ABSTRACTS = 60  # of a real day: some seconds; the long test_printed_text reads those of every real day


@pytest.mark.parametrize("report", FORMATS)
def test_an_empty_text_gives_an_empty_summary(report: str) -> None:
    texts = [text for text in list_strings(extract_from_abstract(report, "")) if text]
    assert texts == []


@pytest.mark.parametrize("report", FORMATS)
@take_examples(25)
@given(
    abstract=st.lists(st.sampled_from([*ABSTRACT, "$a. B$", "It is. (", "5% [3].", "本文提出。", ""]), max_size=9).map(" ".join),
    body=st.text(alphabet="aB1 .%$\\|()[]\n中。", max_size=60),
)  # fmt: skip
def test_any_text_gives_a_valid_summary_and_the_same_one_twice(report: str, abstract: str, body: str) -> None:
    text = make_text(("abstract", abstract), ("results", body))
    once = extract_summary(report, make_paper(abstract), text)
    assert extract_summary(report, make_paper(abstract), text) == once
    assert get_schema(report).model_validate(once.model_dump()) == once


@pytest.mark.parametrize("report", ["category_digest", "daily_table", "field_review", "topic_digest"])
def test_no_sentence_of_a_real_abstract_is_cut(corpus: Path, report: str) -> None:
    with gzip.open(corpus / "arxiv" / "2025-12-05.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:_ABSTRACTS]
    for row in rows:
        paper = make_paper(row["abstract"], row["title"])
        sentences = [strip_citations(sentence) for sentence in split_sentences(row["abstract"])]
        whole = {part.rstrip(". ") for sentence in sentences for part in (sentence, drop_connective(sentence))}
        summary = extract_summary(report, paper, make_text(("abstract", row["abstract"]))).model_dump()
        summary.pop("related_work", None)
        joined = re.sub(r"\s", "", "".join(whole))
        for text in list_strings(summary):
            for part in split_sentences(text):
                assert part.rstrip(". ") in whole or re.sub(r"[\s.]", "", part) in joined.replace(".", ""), row["id"]


def test_no_daily_table_of_a_real_day_is_empty_or_too_long(corpus: Path) -> None:
    with gzip.open(corpus / "arxiv" / "2025-12-05.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:_ABSTRACTS]
    for row in rows:
        summary = extract_summary(
            "daily_table", make_paper(row["abstract"], row["title"]), make_text(("abstract", row["abstract"]))
        )
        count = len(split_sentences(summary.model_dump()["summary"]))
        said = [sentence for sentence in split_sentences(row["abstract"]) if not is_availability(sentence)]
        assert min(3, len(said)) <= count <= 8, row["id"]  # a sentence that leans on another brings it along
