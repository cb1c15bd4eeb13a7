"""Rhetorical moves: what each sentence of an abstract does, read from its words, its place and its neighbours.

A linear-chain model: how well a sentence's features fit each move, and how often one move follows another, summed over
all ways to read the abstract (forward-backward). The weights are learned from labelled abstracts by
`benchmarks.train_moves` and stand in `move_weights.json`.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import exp, log
from typing import Literal, get_args

from digest_assets.summaries.extractive.abstract_features import Features, describe_abstract
from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.sentence_features import Sentence

# What is known or wanted; what is missing; what the paper brings; how it does so; what it is measured on; what comes
# out; what follows from it; where code and data are.
Move = Literal["background", "gap", "aim", "method", "evaluation", "result", "conclusion", "resource"]
MOVES: tuple[Move, ...] = get_args(Move)
Probabilities = Mapping[Move, float]

_WORD = re.compile(r"[a-z][a-z'-]{1,24}|[\u3400-\u9fff]{2}")
_MAX_OPENING_WORDS = 2  # "In this", "To address", "We propose": the words that tell most


@dataclass(frozen=True, slots=True)
class MoveModel:
    """A linear-chain model of the moves of an abstract."""

    weights: Mapping[str, Sequence[float]]  # a feature's weight for each move
    intercepts: Sequence[float]
    starts: Sequence[float]  # how a first sentence's move weighs
    transitions: Sequence[Sequence[float]]  # how a move weighs behind another

    def estimate(self, described: Sequence[Features]) -> list[Probabilities]:
        """How probable each move is for each sentence."""
        scores = [self._score(features) for features in described]
        forward: list[list[float]] = []
        for n, row in enumerate(scores):
            before = (
                self.starts
                if n == 0
                else [_add_logs([forward[-1][i] + self.transitions[i][j] for i in _ALL]) for j in _ALL]
            )
            forward.append([row[j] + before[j] for j in _ALL])
        backward = [[0.0] * len(MOVES)]
        for row in reversed(scores[1:]):
            after = backward[-1]
            backward.append([_add_logs([self.transitions[i][j] + row[j] + after[j] for j in _ALL]) for i in _ALL])
        return [
            _normalise([a + b for a, b in zip(*pair, strict=True)])
            for pair in zip(forward, reversed(backward), strict=False)
        ]

    def _score(self, features: Features) -> list[float]:
        sums = list(self.intercepts)
        for name, value in features.items():
            if weights := self.weights.get(name):
                for j in _ALL:
                    sums[j] += weights[j] * value
        return sums


_ALL = range(len(MOVES))


def _add_logs(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + log(sum(exp(value - most) for value in logs))


def _normalise(logs: Sequence[float]) -> Probabilities:
    total = _add_logs(logs)
    return {move: exp(value - total) for move, value in zip(MOVES, logs, strict=True)}


@cache
def load_move_model() -> MoveModel:
    """The model that the package ships."""
    data = json.loads(resources.files(__package__).joinpath("move_weights.json").read_text(encoding="utf-8"))
    return MoveModel(data["weights"], data["intercepts"], data["starts"], data["transitions"])


def describe_moves(sentences: Sequence[Sentence]) -> list[dict[str, float]]:
    """The features by which moves are told: those of an abstract, each word and pair of words, and the neighbours' cues."""
    described = []
    cues: list[Collection[str]] = [(), *(find_cues(sentence.text) for sentence in sentences), ()]
    for n, (sentence, features) in enumerate(zip(sentences, describe_abstract(sentences), strict=True), start=1):
        words = _WORD.findall(sentence.text.lower())
        names = [f"word:{word}" for word in words]
        names += [f"words:{first} {second}" for first, second in pairwise(words)]
        names += [f"opens:{' '.join(words[:count])}" for count in range(1, _MAX_OPENING_WORDS + 1)]
        names += [f"behind:{cue}" for cue in cues[n - 1]] + [f"before:{cue}" for cue in cues[n + 1]]
        described.append(features | dict.fromkeys(names, 1.0))
    return described


def estimate_moves(sentences: Sequence[Sentence], model: MoveModel | None = None) -> list[Probabilities]:
    """How probable each move is for each sentence of an abstract."""
    return (model or load_move_model()).estimate(describe_moves(sentences)) if sentences else []
