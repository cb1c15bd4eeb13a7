"""Abstract features: what a learned model sees of a sentence of an abstract: its cues, its numbers, and its place.

What the features are worth is learned: for a field in `field_scores`, for what a sentence does in `rhetorical_moves`.
"""

import re
from collections.abc import Mapping, Sequence

from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement

Features = Mapping[str, float]

_FIRST_PERSON = re.compile(r"(?:\w+[, ]+){0,6}?we\b", re.IGNORECASE)
_OUR = re.compile(r"\bour\b", re.IGNORECASE)
_THIS_PAPER = re.compile(r"\bthis (?:paper|work|study)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# A name or a number: what a sentence is about in particular.
NAME = re.compile(r"\b(?:[A-Za-z]{0,20}[A-Z][A-Za-z]{0,20}[A-Z]\w*|\d[\d.,]*)")
OUTCOME_CUES = frozenset({"experiments_show", "outperforms", "we_find", "change"})
_SHORT, _LONG = 80, 280  # characters: a tenth of the sentences of abstracts are shorter, a tenth longer


def describe_words(sentence: Sentence) -> dict[str, float]:
    """The features of a sentence by itself, wherever it stands."""
    text = sentence.text
    flags = {
        "measurement": has_measurement(text),
        "digit": _DIGIT.search(text),
        "name": NAME.search(text),
        "short": len(text) < _SHORT,
        "long": len(text) > _LONG,
        "names_subject": sentence.names_subject,
        "leans": sentence.leans,
        "first_person": _FIRST_PERSON.match(text),
        "our": _OUR.search(text),
        "this_paper": _THIS_PAPER.search(text),
    }
    features = {name: 1.0 for name, holds in flags.items() if holds}
    features["salience"] = sentence.salience
    return features | dict.fromkeys(find_cues(text), 1.0)


def find_pivot(sentences: Sequence[Sentence]) -> int | None:
    """Which of an abstract's sentences is the first to say what the paper brings."""
    return next((n for n, one in enumerate(sentences) if "we_propose" in find_cues(one.text)), None)


def describe_abstract(sentences: Sequence[Sentence]) -> list[dict[str, float]]:
    """The features of an abstract's sentences: their words, their places, and where they stand to the sentence that says
    what the paper brings, and to the first result after it.
    """
    cues = [find_cues(sentence.text) for sentence in sentences]
    pivot = find_pivot(sentences)
    results = OUTCOME_CUES
    first_result = next(
        (n for n, found in enumerate(cues) if n > (-1 if pivot is None else pivot) and not found.isdisjoint(results)),
        None,
    )
    last = len(sentences) - 1
    described = []
    for n, sentence in enumerate(sentences):
        flags = {"first": n == 0, "second": n == 1, "last": n == last, "last_but_one": n == last - 1}
        if pivot is None:
            flags["no_pivot"] = True
        else:
            flags |= {
                "before_pivot": n < pivot,
                "just_before_pivot": n == pivot - 1,
                "pivot": n == pivot,
                "just_after_pivot": n == pivot + 1,
                "after_pivot": n > pivot,
            }
        if first_result is not None:
            flags |= {"first_result": n == first_result, "after_first_result": n > first_result}
        place = n / last if last else 0.5
        features = describe_words(sentence) | {name: 1.0 for name, holds in flags.items() if holds}
        described.append(features | {"place": place, "place_squared": place * place})
    return described
