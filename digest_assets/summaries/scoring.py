"""Scores of summaries by code: how much of a paper they cover, in which language, in whose words, with what in the fields.

Every score is between 0 and 1, higher is better, and says nothing (None) of a summary that it cannot judge. A summary
that the model did not give scores 0 everywhere: what was extracted instead is not the model's merit. Which papers are
judged, and beside what, is in `eval`; a score that a model gives, in `judge`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import Any

from digest_assets.summaries.acceptance import check_echo, check_language, find_stems
from digest_assets.summaries.extractive.sentence_features import STOPWORDS
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema, iterate_texts
from digest_assets.summaries.tables import SummaryRow
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.texts.sentences import split_sentences

Score = Callable[["ScoredSummary"], float | None]

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
# What stays the same in every language: numbers, and names with a capital or a digit inside ("ImageNet", "GPT-4").
_NAME = re.compile(r"\d+(?:\.\d+)?|\b[A-Za-z]+(?=[A-Z\d])[A-Za-z\d]+|\b[A-Z]{2,}\b")
_RESULT_FIELDS = ("result", "finding", "ablation", "summary")
_SENTENCE_WORDS = 8  # from here on a text is a sentence, which has function words
# Of the words of an English sentence: abstracts have 0.25 to 0.55 of these, lists of names less than 0.1, and who
# repeats one word all of them.
_FUNCTION_WORDS = (0.1, 0.75)


@dataclass(frozen=True)
class ScoredSummary:
    """A summary to be scored, with what it was made of.

    Args:
        request: The paper, report and language.
        row: As it was stored.
        summary: The row's fields.
        answer: The model's own words, as JSON data: before they were cleaned and checked.
        instruction: What the model was told.
    """

    request: SummaryRequest
    row: SummaryRow
    summary: SummarySchema
    answer: Any
    instruction: str

    @cached_property
    def texts(self) -> list[tuple[str, str]]:
        """The texts by field, without the sentences that are copied on purpose."""
        return [(path, text) for path, text in iterate_texts(self.summary) if not path.endswith("evidence")]

    @cached_property
    def paper_stems(self) -> frozenset[str]:
        """The content words of the paper, cut to their stems."""
        return frozenset(find_stems(" ".join(self.request.content.texts)))

    def is_in_language(self, text: str) -> bool:
        """Whether a text is one of sentences in the summary's language."""
        try:
            check_language(text, self.request.language)
        except ValueError:
            return False
        words = _WORD.findall(text.lower())
        if self.request.language != "en" or len(words) < _SENTENCE_WORDS:
            return True
        low, high = _FUNCTION_WORDS
        return low <= sum(word in STOPWORDS for word in words) / len(words) <= high

    def is_echo(self, text: str) -> bool:
        """Whether a text is the instruction, given back."""
        try:
            check_echo([text], type(self.summary), self.instruction)
        except ValueError:
            return True
        return False

    def is_about_paper(self, text: str) -> bool:
        """Whether a text says something of the paper: by its words, or by the language alone in another script."""
        if self.is_echo(text):
            return False
        is_sentence = len(_WORD.findall(text)) >= _SENTENCE_WORDS or not text.isascii()
        if is_sentence and not self.is_in_language(text):
            return False
        return self.request.language != "en" or bool(find_stems(text) & self.paper_stems)


def score_coverage(scored: ScoredSummary) -> float | None:
    """How much of the abstract the summary speaks of: of each of its sentences, the content words that one sentence of
    the summary has; in another language than the paper's, the names and numbers."""
    abstract = scored.request.content.paper.abstract
    if scored.request.language != "en":
        names = set(_NAME.findall(abstract))
        mentioned = set(_NAME.findall(" ".join(text for _, text in scored.texts)))
        return len(names & mentioned) / len(names) if names else None
    abstract_stems = [stems for sentence in split_sentences(abstract) if (stems := find_stems(sentence))]
    if not abstract_stems:
        return None
    summary_stems = [find_stems(sentence) for _, text in scored.texts for sentence in split_sentences(text)]
    found = sum(max((len(stems & stems_there) for stems_there in summary_stems), default=0) for stems in abstract_stems)
    return found / sum(map(len, abstract_stems))


def score_language(scored: ScoredSummary) -> float | None:
    """The share of the texts that are in the asked-for language; short ones, which may be names, are judged together."""
    long = [text for _, text in scored.texts if len(text.split()) >= _SENTENCE_WORDS or not text.isascii()]
    return _average([scored.is_in_language(text) for text in long or [" ".join(text for _, text in scored.texts)]])


def score_own_words(scored: ScoredSummary) -> float | None:
    """The share of the texts that do not give the instruction back."""
    return _average([not scored.is_echo(text) for _, text in scored.texts])


def score_answered_fields(scored: ScoredSummary) -> float | None:
    """The share of the report's fields in which something is said of the paper."""
    answered = {path.split(".")[0] for path, text in scored.texts if scored.is_about_paper(text)}
    return len(answered) / len(type(scored.summary).model_fields)


def score_results(scored: ScoredSummary) -> float | None:
    """The share of the results that name a number."""
    results = [text for path, text in scored.texts if any(word in path for word in _RESULT_FIELDS)]
    return _average([bool(find_numbers(text)) for text in results])


def score_numbers(scored: ScoredSummary) -> float | None:
    """The share of the numbers that stand in the paper."""
    return scored.row.numbers_traced / scored.row.numbers_total if scored.row.numbers_total else None


def score_citations(scored: ScoredSummary) -> float | None:
    """Of the places of the paper that the model cites, the share that exists and says the sentence."""
    total, confirmed = scored.row.citations_total, scored.row.citations_confirmed
    return (confirmed or 0) / total if total else None


def score_faithfulness(scored: ScoredSummary) -> float | None:
    """The share of the sentences that the text supports, of those that could be decided."""
    decided = [claim for claim in scored.row.claims if claim.verdict != "undecided"]
    return _average([claim.verdict != "unsupported" for claim in decided])


# By the name that is shown.
SCORES: Mapping[str, Score] = {
    "faithfulness": score_faithfulness,
    "coverage": score_coverage,
    "language": score_language,
    "own words": score_own_words,
    "fields answered": score_answered_fields,
    "results with figures": score_results,
    "figures traced": score_numbers,
    "citations confirmed": score_citations,
}
# What a summary is worth nothing without: below, `digest eval` fails. Extraction, which no model should be worse than, has
# 0.27 of the fields of `topic_digest` and more of all others, two thirds of the abstract, and 1 of the other two.
FLOORS: Mapping[str, float] = {"coverage": 0.15, "language": 0.8, "own words": 0.8, "fields answered": 0.15}
_MIN_LANGUAGE = 0.5  # a summary of which less is in its language is noise in every other respect too


def score_summaries(summaries: Sequence[ScoredSummary]) -> dict[str, float]:
    """The mean of each score over the summaries that it can judge; what the model did not give, or nobody can read in
    the asked-for language, counts 0."""
    scores = {}
    worthless = [scored.row.failed or (score_language(scored) or 0.0) < _MIN_LANGUAGE for scored in summaries]
    for name, score in SCORES.items():
        values = [0.0 if is_worthless else score(one) for is_worthless, one in zip(worthless, summaries, strict=True)]
        judged = [value for value in values if value is not None]
        if judged:
            scores[name] = mean(judged)
    return scores


def _average(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
