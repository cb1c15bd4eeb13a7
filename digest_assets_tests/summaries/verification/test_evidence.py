"""Evidence stands in the text, or it does not."""

import pytest

from digest_assets.summaries.verification.claims import find_quote
from digest_assets.summaries.verification.evidence import is_copied_from
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.texts.sentences import find_sentence_spans
from digest_assets.texts.spans import Span

TEXT = "We train a model. It reaches an accuracy of 91.7% on the first benchmark that we built. Nothing else is known."


def find(quote: str) -> str | None:
    units = [SourceUnit(Span(0, 0, start, end), TEXT[start:end]) for start, end in find_sentence_spans(TEXT)]
    return " ".join(unit.text for unit in find_quote(quote, SourceIndex.from_units(units))) or None


def test_a_sentence_of_the_text_is_found_as_the_text_has_it() -> None:
    found = find("it reaches an accuracy of 91.7 % on the first benchmark that we built")
    assert found == "It reaches an accuracy of 91.7% on the first benchmark that we built."


def test_small_differences_of_spelling_do_not_matter() -> None:
    found = find("It reaches an accuracy of 91.7% on the first bench- mark that we build.")
    assert found == "It reaches an accuracy of 91.7% on the first benchmark that we built."


def test_evidence_over_two_sentences_is_found() -> None:
    both = "We train a model. It reaches an accuracy of 91.7% on the first benchmark that we built."
    assert find(both) == both


@pytest.mark.parametrize(
    "invented",
    [
        "It reaches an accuracy of 97.1% on the first benchmark that we built.",
        "It fails on the second benchmark.",
        "model",
        "",
    ],
)
def test_what_does_not_stand_in_the_text_is_not_found(invented: str) -> None:
    assert find(invented) is None


def test_an_empty_text_has_no_evidence() -> None:
    assert find_quote("It reaches an accuracy of 91.7%.", SourceIndex.from_units([])) == ()


@pytest.mark.parametrize(
    "finding",
    [
        "It reaches an accuracy of 91.7% on the first benchmark that we built.",
        "it reaches an accuracy of 91.7 % on the first benchmark",
        "It reaches accuracy of 91.7% on the first benchmark that we built.",
    ],
)
def test_a_finding_that_copies_the_abstract_is_recognised(finding: str) -> None:
    assert is_copied_from(TEXT, finding)


@pytest.mark.parametrize("finding", ["On the new benchmark, accuracy rises to 91.7%.", ""])
def test_a_finding_in_own_words_is_no_copy(finding: str) -> None:
    assert not is_copied_from(TEXT, finding)
