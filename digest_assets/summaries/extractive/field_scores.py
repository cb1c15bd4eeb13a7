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
from math import log
from typing import Literal, get_args

from digest_assets.summaries.extractive.abstract_features import (
    OUTCOME_CUES,
    Features,
    describe_abstract,
    describe_words,
)
from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.rhetorical_moves import Move, MoveModel, Probabilities, estimate_moves
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement

ScoredField = Literal["tldr", "motivation", "method", "result", "conclusion"]
FIELDS: tuple[ScoredField, ...] = get_args(ScoredField)


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


def describe_fields(sentences: Sequence[Sentence], moves: Sequence[Probabilities]) -> list[dict[str, float]]:
    """The features by which fields are scored: those of an abstract, and what each sentence does."""
    return [
        features | {f"move:{move}": chance for move, chance in chances.items()}
        for features, chances in zip(describe_abstract(sentences), moves, strict=True)
    ]


def score_abstract(
    sentences: Sequence[Sentence], moves: Sequence[Probabilities], weights: Weights
) -> list[dict[ScoredField, float]]:
    """Each sentence's score for each field."""
    return [
        {field: weights[field].score(features) for field in FIELDS} for features in describe_fields(sentences, moves)
    ]


def score_words(sentence: Sentence, field: ScoredField) -> float:
    """The score of a sentence from outside the abstract, by its words alone."""
    return load_weights()[field].score(describe_words(sentence))


# What a field's sentence may do. Where an abstract draws no conclusion, what it found last stands for one.
_MOVES_OF: Mapping[ScoredField, tuple[Move, ...]] = {
    "tldr": ("aim", "method"),
    "motivation": ("background", "gap"),
    "method": ("aim", "method"),
    "result": ("result",),
    "conclusion": ("conclusion", "result"),
}
# How sure it must be that a sentence does so, and what being sure is worth beside an expected ROUGE-L. In the labelled
# abstracts, with moves learned from others, 2.8% of the fields hold another's sentence.
_MIN_FIT = 0.5
_MIN_RESULT_FIT = 0.3  # with words of a result, which most abstracts have; else as others
_MIN_CONCLUSION_FIT = 0.8  # at 0.6 twice as many conclusions (4.8%) are none, and an eighth fewer blanks are false
# To go on with a field: of a method's sentences below, more than a tenth are of another field, and what goes on with a
# motivation makes it nearer to the English references from here on only (ROUGE-L 26.5 to 27.1).
_MIN_NEXT_FIT: Mapping[ScoredField, float] = {"motivation": 0.97, "method": 0.92, "result": 0.92}
_MIN_LATE_FIT = 0.6  # of a motivation behind what the paper does: 0.5 to 0.6 were mostly none
_LIKELY = 0.5
_SURE = 0.8  # of 27 papers' results without a number the five that are none have 0.6 to 0.78
_RESULT_AS_TLDR = 0.8  # what a paper brings goes before what it found, and that before what was known
_FIT_WEIGHT = 0.65  # at 0.5 an eighth more fields hold another's sentence, at 0.8 as many more blanks are false
# A sentence that says what the paper brings, and names in a clause what is wrong without it, is its motivation where no
# other sentence gives one.
_PURPOSE = re.compile(
    r"\b(?:address|tackl|overcom|solv|resolv|mitigat|alleviat|bridg|handl|counter)\w*\b.{0,60}?\b(?:lack|need|challeng\w+"
    r"|limit\w+|gaps?|issues?|difficult\w+|impractical\w*|poor|inconsisten\w+|scarc\w+|shortcomings?)\b"
    r"|\b(?:where|which|that) .{0,60}?\b(?:is|are|remains?) (?:\w+ly )?(?:critical|essential|crucial|needed"
    r"|difficult|hard|limited)\b"
    r"|\bto (?:reduce|avoid|prevent|lower|minimi[sz]e) the (?:time|effort|cost|need|risk|burden|energy)\b",
    re.IGNORECASE,
)
# How many sentences a field may have where one goes on with what the one before it tells. A second one makes motivations
# and methods nearer to the English references (ROUGE-L 25.3 to 27.4 and 34.5 to 37.6); a method's third and a result's
# second are as near (37.6, 38.8 for 39.1), and nearer to the Chinese ones (55.8 to 60.8, 72.2 to 75.2), which tell more.
_GO_ON: Mapping[ScoredField, int] = {"motivation": 2, "method": 3, "result": 2}
# An abstract's last sentences, where it may say what follows from it.
_CLOSING_SENTENCES = 2
# How a field's score counts against the others' where they want the same sentence: a paper's only result is its result,
# not its conclusion (of 1 to 5, by the training papers).
_IMPORTANCE: Mapping[ScoredField, float] = {"motivation": 1.4, "result": 3.0, "conclusion": 1.5}
# Below, a sentence is no nearer to a summary than any other of the abstract, and the field stays empty.
_MIN_SCORE = -0.1
# A result with a number goes before one without, unless that fits much better.
_NUMBER_BONUS = 0.1
# A pair instead of one sentence costs as much as the second sentence dilutes the first (measured: 0.05 to 0.06).
_PAIR_COST = 0.05
# "We propose X to solve both." may lean on a sentence that leans on a third; a field of four would be the abstract again.
_MAX_BEFORE = 2

# Of a sentence that stands alone without a number: of the fields of 10,500 abstracts 30 would be shorter. A Chinese
# character, which says as much as three letters, has three bytes.
_MIN_BYTES = 40

_Assigned = dict[ScoredField, tuple[int, ...]]


class AbstractScores:
    """The sentences of an abstract with their scores, to be given to fields."""

    def __init__(
        self, sentences: Iterable[Sentence], weights: Weights | None = None, model: MoveModel | None = None
    ) -> None:
        self.sentences = [s for s in sentences if s.role == "abstract" and not s.is_availability]
        self.moves = estimate_moves(self.sentences, model)
        self.scores = score_abstract(self.sentences, self.moves, weights or load_weights())
        aims = [n for n, one in enumerate(self.moves) if one["aim"] > _LIKELY]
        self._closing = max(aims[0] + 1 if aims else 0, len(self.sentences) - _CLOSING_SENTENCES)
        # Where the paper speaks of its own work for the first time.
        self._own_part = next(
            (n for n, one in enumerate(self.moves) if one["aim"] + one["method"] + one["result"] > _LIKELY),
            len(self.moves),
        )
        self._motivates = any(one["background"] + one["gap"] > _LIKELY for one in self.moves)

    def find_best(self, field: ScoredField) -> list[Sentence]:
        """The sentence that serves one field best; where it leans on the one before, behind that."""
        return self.assign((field,)).get(field, [])

    def assign(
        self, fields: Sequence[ScoredField], used: Collection[Sentence] = ()
    ) -> dict[ScoredField, list[Sentence]]:
        """The sentences, each to at most one of the fields, so that the fields together score highest.

        None of `used` is taken.
        """
        assigned = self._assign_one_each(fields, used)
        return {field: [self.sentences[n] for n in taken] for field, taken in assigned.items()}

    def assign_paragraphs(
        self, fields: Sequence[ScoredField], used: Collection[Sentence] = (), shown_before: Collection[Sentence] = ()
    ) -> dict[ScoredField, list[Sentence]]:
        """As `assign`, and where a sentence goes on with what the one before it tells, the field has both.

        What was `shown_before` counts for nothing: it will not be told again.
        """
        assigned = self.assign(fields, used)
        taken = {*used, *(sentence for sentences in assigned.values() for sentence in sentences)}
        for field, most in _GO_ON.items():
            chosen = assigned.get(field, [])
            for n, sentence in enumerate(self.sentences):
                if (
                    chosen
                    and sum(one not in shown_before for one in chosen) < most
                    and sentence.follows(chosen[-1])
                    and sentence not in taken
                    and self._fit(n, field) + self.moves[n]["evaluation"] * (field == "method") > _MIN_NEXT_FIT[field]
                ):
                    chosen.append(sentence)
                    taken.add(sentence)
        # A measured result that the best one goes on with comes before it: "It falls by 9%. Decoding takes 2 s."
        results = assigned.get("result", [])
        for n, sentence in enumerate(self.sentences):
            if (
                len(results) == 1
                and results[0].follows(sentence)
                and sentence not in taken
                and not sentence.leans
                and self.moves[n]["result"] > _LIKELY
                and has_measurement(sentence.text)
            ):
                results.insert(0, sentence)
        return assigned

    def is_surely_result(self, sentences: Sequence[Sentence]) -> bool:
        """Whether one of these says so itself, or is told for a result beyond doubt."""
        return any(
            self.moves[n]["result"] >= _SURE or "we_establish" in find_cues(self.sentences[n].text)
            for n in map(self.sentences.index, sentences)
        )

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
                            and (self._says_enough(n) if len(taken) == 1 else self._may_lead(taken[0], field))
                            and (key not in best or total + gain > best[key][0])
                        ):
                            best[key] = (total + gain, {**assigned, field: taken})
            history.append(best)
        return max(history[-1].values(), key=lambda pair: pair[0])[1]

    def _value(self, n: int, field: ScoredField) -> float:
        bonus = _NUMBER_BONUS * (field == "result" and self._is_measured(n))
        return self.scores[n][field] + bonus + _FIT_WEIGHT * log(max(self._fit(n, field), _MIN_RESULT_FIT))

    def _may_serve(self, n: int, field: ScoredField) -> bool:
        """Whether a sentence does what a field tells."""
        shows = field == "result" and not find_cues(self.sentences[n].text).isdisjoint(OUTCOME_CUES)
        least = _MIN_RESULT_FIT if shows else _MIN_CONCLUSION_FIT if field == "conclusion" else _MIN_FIT
        return self._fit(n, field) >= least

    def _says_enough(self, n: int) -> bool:
        """Whether a sentence says something by itself: "We propose HubFold." is read with the next one or not at all."""
        text = self.sentences[n].text
        return len(text.encode()) >= _MIN_BYTES or any(map(str.isdigit, text))

    def _may_lead(self, n: int, field: ScoredField) -> bool:
        """Whether a field may begin with a sentence that another leans on: one of its own, "We propose it." before "It
        reaches …", which is no result without, or what is missing before "We address this by …", in a TL;DR.
        """
        moves = self.moves[n]
        return (
            self._fit(n, field) >= _MIN_FIT
            or (field == "result" and moves["aim"] + moves["method"] >= _MIN_FIT)
            or (field == "conclusion" and moves["result"] >= _MIN_FIT)
            or (field == "tldr" and moves["background"] + moves["gap"] >= _MIN_FIT)
        )

    def _fit(self, n: int, field: ScoredField) -> float:
        """How surely a sentence does what a field tells."""
        moves = self.moves[n]
        fit = sum(moves[move] for move in _MOVES_OF[field])
        if field == "tldr":
            return fit + moves["result"] * _RESULT_AS_TLDR
        if field == "motivation" and n > self._own_part and fit < _MIN_LATE_FIT:
            fit = 0.0
        if field == "motivation" and not self._motivates and _PURPOSE.search(self.sentences[n].text):
            return fit + moves["aim"]
        if field == "conclusion" and n < self._closing:
            return moves["conclusion"]
        if field == "conclusion" and "suggests" in find_cues(self.sentences[n].text):
            return fit + moves["aim"] + moves["method"]
        return fit

    def _is_measured(self, n: int) -> bool:
        text = self.sentences[n].text
        return has_measurement(text) and not find_cues(text).isdisjoint(OUTCOME_CUES)

    def _complete(self, n: int) -> tuple[int, ...]:
        """A sentence, behind those that it leans on; nothing where it cannot be read so either."""
        first = n
        while self.sentences[first].leans:
            if first == max(0, n - _MAX_BEFORE) or not self.sentences[first].follows(self.sentences[first - 1]):
                return ()
            first -= 1
        return tuple(range(first, n + 1))


def fill_fields(sentences: Iterable[Sentence], weights: Weights | None = None) -> dict[ScoredField, list[Sentence]]:
    """The fields of a digest. The details tell nothing twice among themselves; what the TL;DR says may be one of them, and
    that field then goes on with a sentence more.
    """
    abstract = AbstractScores(sentences, weights)
    filled: dict[ScoredField, list[Sentence]] = {"tldr": abstract.find_best("tldr")}
    return filled | abstract.assign_paragraphs(FIELDS[1:], shown_before=filled["tldr"])
