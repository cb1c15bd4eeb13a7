"""Field scores: how well each sentence of an abstract answers each field of a digest, by weights learned from data.

A score is the ROUGE-L (0 to 1) that the sentence is expected to reach against a summary by others. The weights and
how they were learned stand in `field_weights.json`, which `benchmarks.train_extractive` writes. Which field then gets
which sentence is decided together, so that none is told twice.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, get_args

from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement

ScoredField = Literal["tldr", "motivation", "method", "result", "conclusion"]
FIELDS: tuple[ScoredField, ...] = get_args(ScoredField)

Features = Mapping[str, float]

_FIRST_PERSON = re.compile(r"(?:\w+[, ]+){0,6}?we\b", re.IGNORECASE)
_OUR = re.compile(r"\bour\b", re.IGNORECASE)
_THIS_PAPER = re.compile(r"\bthis (?:paper|work|study)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# A name or a number: what a sentence is about in particular.
_NAME = re.compile(r"\b(?:[A-Za-z]{0,20}[A-Z][A-Za-z]{0,20}[A-Z]\w*|\d[\d.,]*)")
OUTCOME_CUES = frozenset({"experiments_show", "outperforms", "we_find", "change", "result_zh"})
_SHORT, _LONG = 80, 280  # characters: a tenth of the sentences of abstracts are shorter, a tenth longer


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """A field's linear model."""

    intercept: float
    weights: Mapping[str, float]

    def score(self, features: Features) -> float:
        """The expected ROUGE-L of a sentence with these features."""
        return self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in features.items())


Weights = Mapping[ScoredField, FieldWeights]


@cache
def load_weights() -> Weights:
    """The weights that the package ships."""
    data = json.loads(resources.files(__package__).joinpath("field_weights.json").read_text(encoding="utf-8"))
    return {field: FieldWeights(**data["fields"][field]) for field in FIELDS}


def describe_words(sentence: Sentence) -> dict[str, float]:
    """The features of a sentence by itself, wherever it stands."""
    text = sentence.text
    flags = {
        "measurement": has_measurement(text),
        "digit": _DIGIT.search(text),
        "name": _NAME.search(text),
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
    proposes = {"we_propose", "contribution_zh"}
    return next((n for n, one in enumerate(sentences) if not find_cues(one.text).isdisjoint(proposes)), None)


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


def score_abstract(sentences: Sequence[Sentence], weights: Weights) -> list[dict[ScoredField, float]]:
    """Each sentence's score for each field."""
    return [{field: weights[field].score(features) for field in FIELDS} for features in describe_abstract(sentences)]


def score_words(sentence: Sentence, field: ScoredField) -> float:
    """The score of a sentence from outside the abstract, by its words alone."""
    return load_weights()[field].score(describe_words(sentence))


# How a field's score counts against the others' where they want the same sentences: motivations and conclusions are the
# least alike to other sentences (of 1 to 1.8, by the training papers).
_IMPORTANCE: Mapping[ScoredField, float] = {"motivation": 1.4, "result": 1.1, "conclusion": 1.8}
# Below, a sentence is no nearer to a summary than any other of the abstract, and the field stays empty.
_MIN_SCORE = 0.08
# What says what a paper brings is its conclusion too where it surely sums it up and nothing later can stand alone.
_MIN_PIVOT_CONCLUSION = 0.12
# A result with a number goes before one without, unless that fits much better.
_NUMBER_BONUS = 0.1
# A pair instead of one sentence costs as much as the second sentence dilutes the first (measured: 0.05 to 0.06).
_PAIR_COST = 0.05
# What a second sentence must expect for itself to stand beside the first (of 0.12 to 0.22, by the training papers).
_MIN_SECOND = 0.18
_MAY_HAVE_TWO: tuple[ScoredField, ...] = ("motivation", "method")

_Assigned = dict[ScoredField, tuple[int, ...]]


class AbstractScores:
    """The sentences of an abstract with their scores, to be given to fields."""

    def __init__(self, sentences: Iterable[Sentence], weights: Weights | None = None) -> None:
        self.sentences = [s for s in sentences if s.role == "abstract" and not s.is_availability]
        self.scores = score_abstract(self.sentences, weights or load_weights())
        self._pivot = find_pivot(self.sentences)

    def find_best(self, field: ScoredField) -> list[Sentence]:
        """The sentence that serves one field best; where it leans on the one before, behind that."""
        return self.assign((field,)).get(field, [])

    def assign(
        self, fields: Sequence[ScoredField], used: Collection[Sentence] = (), *, second: bool = False
    ) -> dict[ScoredField, list[Sentence]]:
        """The sentences, each to at most one of the fields, so that the fields together score highest.

        None of `used` is taken. With `second`, method and motivation may have another sentence that nothing else needs.
        """
        assigned = self._assign_one_each(fields, used)
        if second:
            self._add_second(assigned, used)
        return {field: [self.sentences[n] for n in taken] for field, taken in assigned.items()}

    def find_background(self, before: Sequence[Sentence], used: Collection[Sentence]) -> list[Sentence]:
        """A sentence that motivates more than it does anything else, from before the contribution."""
        end = min((sentence.order for sentence in before), default=0)
        spare = [
            (scores["motivation"], -n)
            for n, (sentence, scores) in enumerate(zip(self.sentences, self.scores, strict=True))
            if sentence.order < end
            and sentence not in used
            and not sentence.leans
            and scores["motivation"] == max(scores.values())
        ]
        return [self.sentences[-max(spare)[1]]] if spare else []

    def _assign_one_each(self, fields: Sequence[ScoredField], used: Collection[Sentence]) -> _Assigned:
        # After n sentences, for every set of filled fields, the best total and what each field has got.
        history: list[dict[frozenset[ScoredField], tuple[float, _Assigned]]] = [{frozenset(): (0.0, {})}]
        for n in range(len(self.sentences)):
            best = dict(history[n])
            taken = self._complete(n)
            if taken and not any(self.sentences[one] in used for one in taken):
                cost = _PAIR_COST * (len(taken) - 1)
                for filled, (total, assigned) in history[taken[0]].items():
                    for field in fields:
                        gain = (self._value(n, field) - cost - _MIN_SCORE) * _IMPORTANCE.get(field, 1.0)
                        key = filled | {field}
                        if (
                            gain > 0
                            and field not in filled
                            and self._may_serve(n, field)
                            and (key not in best or total + gain > best[key][0])
                        ):
                            best[key] = (total + gain, {**assigned, field: taken})
            history.append(best)
        return max(history[-1].values(), key=lambda pair: pair[0])[1]

    def _value(self, n: int, field: ScoredField) -> float:
        return self.scores[n][field] + _NUMBER_BONUS * (field == "result" and self._is_measured(n))

    def _may_serve(self, n: int, field: ScoredField) -> bool:
        """Whether a field may have a sentence that stands there: a motivation leads to the contribution, the method is told
        with it or after it, result and conclusion follow. A result may be told with it too, if it is one for sure.
        """
        if self._pivot is None or field == "tldr":
            return True
        if field == "motivation":
            return n <= self._pivot
        if field == "conclusion" and n == self._pivot:
            return self.scores[n][field] >= _MIN_PIVOT_CONCLUSION
        return n > self._pivot or (n == self._pivot and (field == "method" or self._is_measured(n)))

    def _is_measured(self, n: int) -> bool:
        text = self.sentences[n].text
        return has_measurement(text) and not find_cues(text).isdisjoint(OUTCOME_CUES)

    def _complete(self, n: int) -> tuple[int, ...]:
        """A sentence, behind the one that it leans on; nothing where it cannot be read so either."""
        sentence = self.sentences[n]
        if not sentence.leans:
            return (n,)
        if n and not self.sentences[n - 1].leans and sentence.follows(self.sentences[n - 1]):
            return (n - 1, n)
        return ()

    def _add_second(self, assigned: _Assigned, used: Collection[Sentence]) -> None:
        """A second sentence that names something which the first does not."""
        for field in _MAY_HAVE_TWO:
            if len(assigned.get(field, ())) != 1:
                continue
            [first] = assigned[field]
            named = set(_NAME.findall(self.sentences[first].text))
            elsewhere = {n for taken in assigned.values() for n in taken}
            spare = [
                n
                for n, sentence in enumerate(self.sentences)
                if n not in elsewhere
                and sentence not in used
                and self._may_serve(n, field)
                and (not sentence.leans or n == first + 1)
                and self.scores[n][field] >= _MIN_SECOND
                and self.scores[n][field] == max(self.scores[n][other] for other in FIELDS if other != "tldr")
                and set(_NAME.findall(sentence.text)) - named
            ]
            if spare:
                assigned[field] = tuple(sorted((first, max(spare, key=lambda n: (self.scores[n][field], -n)))))


def fill_fields(sentences: Iterable[Sentence], weights: Weights | None = None) -> dict[ScoredField, list[Sentence]]:
    """The fields of a digest. The details tell nothing twice among themselves; what the TL;DR says may be one of them,
    since it stands for them where they are folded.
    """
    abstract = AbstractScores(sentences, weights)
    filled: dict[ScoredField, list[Sentence]] = {"tldr": abstract.find_best("tldr")}
    return filled | abstract.assign(FIELDS[1:], second=True)
