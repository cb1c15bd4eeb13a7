"""Learn what a sentence of an abstract does (background, gap, aim, method, …) from labelled abstracts.

    DIGEST_TEST_CORPUS=... python -m benchmarks.train_moves [--write]

`abstract_moves.tsv` holds our labels: an id, and for each sentence where it begins in the abstract and the first letter
of its move (`x` for resource). The texts are looked up in the corpus. The model is a linear chain (a conditional random
field), fitted by L-BFGS. Papers are split into five parts by a hash of their id: what is printed is measured on each
part with the model of the other four. `--write` stores the model of all.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import logsumexp

from benchmarks.extractive import build_rows
from digest_assets.summaries.extractive import rhetorical_moves
from digest_assets.summaries.extractive.rhetorical_moves import MOVES, Move, MoveModel, describe_moves
from digest_assets.summaries.extractive.sentence_features import Sentence, extract_sentences
from digest_assets.testing.corpus import list_corpus_days, load_listing_rows, require_corpus

LABELS = Path(__file__).with_name("abstract_moves.tsv")
PARTS = 5
PENALTY = 2.0  # of 0.5 to 2, which differ by less than a point
_MIN_PAPERS = 5  # a word of fewer papers is left out
_MIN_WEIGHT = 0.1  # below, a weight is written as nothing: a quarter of the names, 0.05% of the sentences
_LETTERS: Mapping[str, Move] = {move[0]: move for move in MOVES if move != "resource"} | {"x": "resource"}
_CARD = (
    "A linear chain over the moves of an abstract's sentences, learned from {papers} abstracts of arXiv (September and "
    "December 2025, all fields) whose {sentences} sentences were labelled one by one; written by benchmarks.train_moves. "
    "It holds weights of features, words and pairs of words, no text."
)

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelledAbstract:
    """An abstract's sentences, their features and their moves."""

    id: str
    sentences: tuple[Sentence, ...]
    features: Sequence[Mapping[str, float]]
    moves: tuple[Move, ...]


def load_labelled(corpus: Path) -> list[LabelledAbstract]:
    """The labelled abstracts, with the sentences that the engine sees."""
    labels = dict(line.split("\t") for line in LABELS.read_text("utf-8").splitlines())
    rows = {row["id"]: row for day in list_corpus_days(corpus) for row in load_listing_rows(corpus, day)}
    found = []
    for paper, places in labels.items():
        by_start = {int(start): _LETTERS[letter] for start, letter in (one.split(":") for one in places.split())}
        row = rows[paper]
        sentences = tuple(
            one for one in extract_sentences(*build_rows(row["title"], row["abstract"])) if not one.is_availability
        )
        # Where sentences are divided further than when they were labelled, both parts have the whole one's move.
        moves = tuple(by_start[max(start for start in by_start if start <= one.span.start)] for one in sentences)
        found.append(LabelledAbstract(paper, sentences, describe_moves(sentences), moves))
    return found


def get_part(paper: str) -> int:
    """Which part a paper belongs to."""
    return int(hashlib.sha256(paper.encode()).hexdigest(), 16) % PARTS


def train_model(abstracts: Sequence[LabelledAbstract]) -> MoveModel:
    """The model of these abstracts."""
    papers = Counter(name for one in abstracts for name in {name for row in one.features for name in row})
    names = sorted(name for name, count in papers.items() if count >= _MIN_PAPERS)
    places = {name: n for n, name in enumerate(names)}
    rows = _build_matrix([row for one in abstracts for row in one.features], places)
    gold = np.array([MOVES.index(move) for one in abstracts for move in one.moves])
    lengths = np.array([len(one.moves) for one in abstracts])
    # Where each sentence stands in a grid of abstracts by places, so that all abstracts are run through at once.
    grid = (np.repeat(np.arange(len(lengths)), lengths), np.concatenate([np.arange(length) for length in lengths]))
    size, count = rows.shape[1], len(MOVES)
    there = np.zeros((len(gold), count))
    there[np.arange(len(gold)), gold] = 1.0
    first = grid[1] == 0
    pairs = np.zeros((count, count))
    np.add.at(pairs, (gold[:-1][~first[1:]], gold[1:][~first[1:]]), 1.0)

    def unpack(flat: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        weights, rest = flat[: size * count].reshape(size, count), flat[size * count :]
        return weights, rest[:count], rest[count:].reshape(count, count)

    def compute_loss(flat: Matrix) -> tuple[float, Matrix]:
        weights, starts, transitions = unpack(flat)
        flat_scores = rows @ weights
        scores = np.zeros((len(lengths), int(lengths.max()), count))
        scores[grid] = flat_scores
        forward, backward = _run_chains(scores, lengths, starts, transitions)
        totals = logsumexp(forward[np.arange(len(lengths)), lengths - 1], axis=1)
        chances = np.exp(forward + backward - totals[:, None, None])[grid]
        expected = np.zeros_like(transitions)
        for n in range(1, scores.shape[1]):
            here = lengths > n
            behind = (scores[here, n] + backward[here, n])[:, None, :]
            joint = forward[here, n - 1][:, :, None] + transitions + behind - totals[here][:, None, None]
            expected += np.exp(joint).sum(axis=0)
        fit = (flat_scores * there).sum() + (starts * there[first].sum(axis=0)).sum() + (transitions * pairs).sum()
        gradient = np.concatenate(
            [
                (rows.T @ (chances - there)).ravel(),
                (chances - there)[first].sum(axis=0),
                (expected - pairs).ravel(),
            ]
        )
        return float(totals.sum() - fit) + PENALTY / 2 * float(flat @ flat), gradient + PENALTY * flat

    begin = np.zeros(size * count + count + count * count)
    fitted = minimize(compute_loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    weights, starts, transitions = unpack(fitted.x)
    kept = {name: weights[n].round(2).tolist() for name, n in places.items() if np.abs(weights[n]).max() >= _MIN_WEIGHT}
    return MoveModel(kept, weights[-1].round(2).tolist(), starts.round(2).tolist(), transitions.round(2).tolist())


def _build_matrix(described: Sequence[Mapping[str, float]], places: Mapping[str, int]) -> csr_array:
    """A row for each sentence; the last column is 1."""
    found = [
        (n, places[name], value) for n, row in enumerate(described) for name, value in row.items() if name in places
    ]
    found += [(n, len(places), 1.0) for n in range(len(described))]
    lines, columns, values = zip(*found, strict=True)
    return csr_array((values, (lines, columns)), shape=(len(described), len(places) + 1))


def _run_chains(scores: Matrix, lengths: Matrix, starts: Matrix, transitions: Matrix) -> tuple[Matrix, Matrix]:
    """The sums over all ways to a sentence's move, and over all ways on from it."""
    forward, backward = np.zeros_like(scores), np.zeros_like(scores)
    forward[:, 0] = starts + scores[:, 0]
    for n in range(1, scores.shape[1]):
        forward[:, n] = scores[:, n] + logsumexp(forward[:, n - 1][:, :, None] + transitions, axis=1)
    for n in range(scores.shape[1] - 2, -1, -1):
        on = logsumexp(transitions + (scores[:, n + 1] + backward[:, n + 1])[:, None, :], axis=2)
        backward[:, n] = np.where((lengths > n + 1)[:, None], on, 0.0)
    return forward, backward


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the model reaches on papers that it was not learned from; write it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store the model in the package")
    given = parser.parse_args(arguments)
    abstracts = load_labelled(require_corpus())
    confusion: Counter[tuple[Move, Move]] = Counter()
    for part in range(PARTS):
        model = train_model([one for one in abstracts if get_part(one.id) != part])
        for one in abstracts:
            if get_part(one.id) == part:
                for move, chances in zip(one.moves, model.estimate(one.features), strict=True):
                    confusion[move, max(MOVES, key=lambda name: chances[name])] += 1
    console = Console()
    total = sum(confusion.values())
    right = sum(confusion[move, move] for move in MOVES)
    console.print(f"{right / total:.1%} of {total} sentences of {len(abstracts)} abstracts right", highlight=False)
    for move in MOVES:
        said, there = (sum(n for pair, n in confusion.items() if pair[side] == move) for side in (1, 0))
        row = " ".join(f"{confusion[move, other]:4d}" for other in MOVES)
        console.print(
            f"{move:11s} {row} "
            f" precision {confusion[move, move] / max(1, said):.0%} recall {confusion[move, move] / max(1, there):.0%}",
            highlight=False,
        )
    if given.write:
        model = train_model(abstracts)
        card = _CARD.format(papers=len(abstracts), sentences=total)
        stored = {
            "card": card,
            "moves": MOVES,
            "intercepts": model.intercepts,
            "starts": model.starts,
            "transitions": model.transitions,
            "weights": model.weights,
        }
        path = Path(str(rhetorical_moves.__file__)).with_name("move_weights.json")
        lines = json.dumps(stored).replace('"weights": {', '"weights": {\n').replace("], ", "],\n")
        path.write_text(lines + "\n", encoding="utf-8")
        console.print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
