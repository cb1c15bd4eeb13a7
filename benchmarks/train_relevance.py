"""Learn what is read first: writes the weights of the relevance prior, and prints how good they are.

    DIGEST_TEST_CORPUS=... python -m benchmarks.train_relevance [--write] [--days DAYS] [--validate] [--variants]

Learned on `relevance/train.jsonl.gz` alone: every new paper of 23 mailings of 2025-08 and 2025-09, and which of them
Hugging Face picked. Its constants were chosen by four-fold cross-validation over those days. Measured on the corpus'
December days, without votes: the mean share of Hugging Face's picks among the first ten of cs.CV and cs.RO, and of all
categories, beside chance and beside a logistic regression on TF-IDF of title and abstract with seven facts of the
metadata (a day that is better than that regression's is counted). `--variants` cross-validates ours with other smoothing and
scales of the authors' rates, by the training days alone: the one with the highest mean over both fields is to be taken.
"""

import argparse
import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import digest_assets.relevance
from digest_assets.papers.metadata import split_categories
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.paper_features import (
    count_pairs,
    count_words,
    describe_authors,
    describe_metadata,
    describe_places,
)
from digest_assets.relevance.prior import RelevancePrior, TermWeights
from digest_assets.testing.corpus import require_corpus

Vector = npt.NDArray[np.float64]
Scorer = Callable[[Sequence[PaperRow]], list[float]]  # all papers of a day in, a score for each out

FIELD = {"cs.CV", "cs.RO"}
TOP = 10
FOLDS = 4  # of the training days
GOALS = {"cs.CV and cs.RO": 0.36, "all categories": 0.34}
REGULARISATION = 1.0  # scikit-learn's C
# Words of title and abstract, their pairs, authors, metadata: how large each kind's features are beside the words',
# which have length 1. The smaller, the more regularised.
SCALES = {"words": 1.0, "pairs": 0.6, "authors": 0.1, "metadata": 0.5}
MIN_PAPERS = {"words": 3, "pairs": 3}  # of the training days that have it
# An author's rate is as if three more papers had been picked as often as anybody's: one pick of one paper is luck. Both
# this and the authors' scale by cross-validation (`--variants`).
USUAL_PAPERS = 3
VARIANTS = ((3, 10, 30), (0.1, 0.2, 0.4))  # of the number above, and of the authors' scale
LEAST_WEIGHT = 0.02  # of a term: what is below changes no order, and would be half of the file
TRAINED_PAPERS = 100  # of a category, for it to count as trained: about three picks
DIGITS = 3  # of the weights that are written


@dataclass(frozen=True)
class TrainingDays:
    """Papers by day, whether Hugging Face picked each, and how much each counts: a pick by the logarithm of its votes."""

    papers: list[PaperRow]
    picked: npt.NDArray[np.bool_]
    weights: Vector
    usual_papers: int = USUAL_PAPERS

    def select(self, kept: Sequence[bool]) -> "TrainingDays":
        """Some of the papers."""
        mask = np.array(kept)
        papers = [paper for paper, keep in zip(self.papers, kept, strict=True) if keep]
        return replace(self, papers=papers, picked=self.picked[mask], weights=self.weights[mask])

    def describe(self) -> list[dict[str, float]]:
        """Facts of the metadata and of the place in the day."""
        places = describe_places(self.papers)
        return [{**describe_metadata(paper), **place} for paper, place in zip(self.papers, places, strict=True)]

    def rate_authors(self) -> dict[str, float]:
        """Of each author who had a paper picked: by how much more often than anybody, as a logarithm."""
        papers, picks = self._count_authors()
        rates = {author: self._rate(picks[author], papers[author]) for author in sorted(picks)}
        return {author: round(rate, DIGITS) for author, rate in rates.items() if rate > 0}

    def describe_authors(self) -> list[dict[str, float]]:
        """Facts of each paper's authors, as if the paper itself were not known yet."""
        papers, picks = self._count_authors()
        described = []
        for paper, own in zip(self.papers, self.weights * self.picked, strict=True):
            rates = {name: self._rate(picks[name] - own, papers[name] - 1) for name in set(paper.authors)}
            described.append(describe_authors(paper.authors, rates))
        return described

    def _count_authors(self) -> tuple[Counter[str], dict[str, float]]:
        """Each author's papers, and picks: a pick counts by its votes here, too."""
        papers = Counter(name for paper in self.papers for name in set(paper.authors))
        picks = dict.fromkeys(papers, 0.0)
        for paper, pick in zip(self.papers, self.weights * self.picked, strict=True):
            for name in set(paper.authors):
                picks[name] += float(pick)
        return papers, picks

    def _rate(self, picks: float, papers: int) -> float:
        if picks < 1e-9:  # what is left of a sum of floats, where the paper itself was the only pick
            return 0.0
        usual = float(self.picked.mean())
        return math.log((picks + usual * self.usual_papers) / (papers + self.usual_papers) / usual)


def read_training_days(corpus: Path, days: int | None) -> TrainingDays:
    """The first `days` training days."""
    with gzip.open(corpus / "relevance" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    kept = set(sorted({row["day"] for row in rows})[:days])
    rows = sorted((row for row in rows if row["day"] in kept), key=lambda row: (row["day"], row["id"]))
    picked = np.array([row["hf_day"] is not None for row in rows])
    votes = np.array([1 + math.log1p(row["hf_upvotes"] or 0) for row in rows])
    weights = np.where(picked, votes / votes[picked].mean(), 1.0)
    return TrainingDays([build_paper(row, row["day"]) for row in rows], picked, weights)


def read_test_days(corpus: Path) -> tuple[dict[str, list[PaperRow]], set[str]]:
    """The new papers of each December mailing, and the ids that Hugging Face picked."""
    days: dict[str, list[PaperRow]] = {}
    for path in sorted((corpus / "arxiv").glob("2025-12-*.jsonl.gz")):
        day = path.name.removesuffix(".jsonl.gz")
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        days[day] = [build_paper(row, day) for row in rows if row["announce_type"] == "new"]
    pages = sorted((corpus / "hf").glob("2025-12-*.json"))
    return days, {entry["paper"]["id"] for page in pages for entry in json.loads(page.read_text("utf-8"))}


def build_paper(row: dict[str, Any], day: str) -> PaperRow:
    """A paper as arXiv alone gives it."""
    names = ("id", "title", "abstract", "authors", "comment")
    categories, classes = split_categories((row["primary_category"], *row["categories"]))
    return PaperRow(
        day=date.fromisoformat(day),
        sources=("arxiv_listing",),
        categories=categories,
        subject_classes=classes,
        primary_category=categories[0],
        **{name: row[name] for name in names},
    )


def train(days: TrainingDays, authors_scale: float = SCALES["authors"]) -> RelevancePrior:
    """Fit all features at once, and keep the weights that matter."""
    scales = SCALES | {"authors": authors_scale}
    texts = [count_words(f"{paper.title}\n{paper.abstract}") for paper in days.papers]
    neighbours = [count_pairs(f"{paper.title}\n{paper.abstract}") for paper in days.papers]
    words, pairs = find_idf(texts, MIN_PAPERS["words"]), find_idf(neighbours, MIN_PAPERS["pairs"])
    authors, facts = DictVectorizer(), DictVectorizer()
    blocks = {
        "words": vectorize(texts, words),
        "pairs": vectorize(neighbours, pairs),
        "authors": authors.fit_transform(days.describe_authors()),
        "metadata": facts.fit_transform(days.describe()),
    }
    model = fit(sparse.hstack([block * scales[name] for name, block in blocks.items()]).tocsr(), days)
    starts = np.cumsum([0, *(block.shape[1] for block in blocks.values())])
    weights = {
        name: model.coef_[0][start:end] * scales[name]
        for name, start, end in zip(blocks, starts, starts[1:], strict=False)
    }
    # Both classes counted the same: the intercept takes that back, so that scores are probabilities.
    balance = math.log(days.picked.sum() / (~days.picked).sum())
    categories = Counter(category for paper in days.papers for category in paper.categories)
    return RelevancePrior(
        intercept=round(float(model.intercept_[0]) + balance, DIGITS),
        words=join_weights(words, weights["words"]),
        pairs=join_weights(pairs, weights["pairs"]),
        authors=days.rate_authors(),
        metadata=keep_weights(
            [*facts.get_feature_names_out(), *authors.get_feature_names_out()],
            np.concatenate([weights["metadata"], weights["authors"]]),
        ),
        trained_categories=frozenset(name for name, count in categories.items() if count >= TRAINED_PAPERS),
    )


def fit(features: Any, days: TrainingDays) -> LogisticRegression:
    # By coordinate descent: on features as sparse as these many times faster than the default.
    model = LogisticRegression(
        C=REGULARISATION, max_iter=500, tol=1e-3, class_weight="balanced", solver="liblinear", random_state=0
    )
    return model.fit(features, days.picked, sample_weight=days.weights)


def find_idf(documents: Sequence[Counter[str]], min_documents: int) -> dict[str, float]:
    """Smoothed inverse document frequencies, by term in alphabetical order."""
    frequency = Counter(term for document in documents for term in document)
    return {
        term: round(math.log((1 + len(documents)) / (1 + count)) + 1, DIGITS)
        for term, count in sorted(frequency.items())
        if count >= min_documents
    }


def vectorize(documents: Sequence[Counter[str]], idf: dict[str, float]) -> Any:
    """TF-IDF vectors of length 1 by `TermWeights`' own rule, a row for each document."""
    columns = {term: column for column, term in enumerate(idf)}
    ones = TermWeights(terms={term: (value, 1.0) for term, value in idf.items()})
    rows = sparse.lil_array((len(documents), len(idf)))
    for row, document in enumerate(documents):
        values = ones.weigh(document)
        order = sorted(values, key=columns.__getitem__)
        rows.rows[row], rows.data[row] = [columns[term] for term in order], [values[term] for term in order]
    return rows.tocsr()


def join_weights(idf: dict[str, float], weights: Vector) -> TermWeights:
    """The terms with a document frequency and a weight. All stay that share a vector's length; the light weigh 0."""
    pairs = {
        term: (value, round(float(weight), DIGITS)) for (term, value), weight in zip(idf.items(), weights, strict=True)
    }
    return TermWeights(terms={term: pair for term, pair in pairs.items() if abs(pair[1]) >= LEAST_WEIGHT})


def keep_weights(names: Iterable[str], weights: Vector) -> dict[str, float]:
    rounded = {str(name): round(float(weight), DIGITS) for name, weight in zip(names, weights, strict=True)}
    return {name: weight for name, weight in sorted(rounded.items()) if weight}


def train_peer(days: TrainingDays) -> Scorer:
    """The peer: logistic regression on TF-IDF of title and abstract, with seven facts of the metadata."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=3, ngram_range=(1, 2))
    texts = vectorizer.fit_transform([f"{paper.title}\n{paper.abstract}" for paper in days.papers])
    facts = np.array([describe_seven(paper) for paper in days.papers])
    mean, deviation = facts.mean(axis=0), facts.std(axis=0) + 1e-9
    features = sparse.hstack([texts, sparse.csr_array((facts - mean) / deviation)]).tocsr()
    model = LogisticRegression(max_iter=3000, class_weight="balanced").fit(features, days.picked)

    def score(papers: Sequence[PaperRow]) -> list[float]:
        words = vectorizer.transform([f"{paper.title}\n{paper.abstract}" for paper in papers])
        seven = sparse.csr_array((np.array([describe_seven(paper) for paper in papers]) - mean) / deviation)
        return [float(value) for value in model.decision_function(sparse.hstack([words, seven]).tocsr())]

    return score


def describe_seven(paper: PaperRow) -> list[float]:
    words = f"{paper.comment or ''} {paper.abstract}".lower()
    return [
        math.log1p(len(paper.authors)),
        len(paper.categories),
        paper.comment is not None,
        "code" in words,
        "http" in words,
        ":" in paper.title,
        len(paper.title) / 100,
    ]


def measure(score: Scorer, days: dict[str, list[PaperRow]], picks: set[str]) -> dict[str, dict[str, float]]:
    """For each field and day the share of picks among the first ten."""
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for day, papers in days.items():
        ranked = sorted(zip(score(papers), papers, strict=True), key=lambda pair: (-pair[0], pair[1].id))
        order = [paper for _, paper in ranked]
        field = [paper for paper in order if FIELD & set(paper.categories)]
        for name, pool in (("cs.CV and cs.RO", field), ("all categories", order)):
            shares[name][day] = fmean(paper.id in picks for paper in pool[:TOP])
    return shares


def cross_validate(training: TrainingDays, learn: Callable[[TrainingDays], Scorer]) -> dict[str, dict[str, float]]:
    """The shares on each training day, learned on the days of the other three folds: every fourth day."""
    names = sorted({paper.day for paper in training.papers})
    picks = {paper.id for paper, picked in zip(training.papers, training.picked, strict=True) if picked}
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for fold in range(FOLDS):
        held_out = set(names[fold::FOLDS])
        days: dict[str, list[PaperRow]] = defaultdict(list)
        for paper in training.papers:
            if paper.day in held_out:
                days[str(paper.day)].append(paper)
        score = learn(training.select([paper.day not in held_out for paper in training.papers]))
        for name, by_day in measure(score, days, picks).items():
            shares[name] |= by_day
    return shares


def compare_variants(training: TrainingDays) -> None:
    """Print what other constants of the authors' rates give on the training days."""
    for usual_papers, scale in product(*VARIANTS):
        days = replace(training, usual_papers=usual_papers)
        found = cross_validate(days, lambda learned, scale=scale: make_scorer(train(learned, scale)))  # type: ignore[misc]
        shares = [fmean(found[name].values()) for name in GOALS]
        print(f"cross-validated, authors as {usual_papers} papers more, scale {scale}: "
              f"{', '.join(f'{share:.3f}' for share in shares)}, mean {fmean(shares):.4f}")  # fmt: skip


def make_scorer(prior: RelevancePrior) -> Scorer:
    return lambda papers: [score.probability for score in prior.score(papers)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, and write the weights where asked to. Returns 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    parser.add_argument("--validate", action="store_true", help="cross-validate on the training days, too")
    parser.add_argument("--variants", action="store_true", help="cross-validate other constants, too")
    parser.add_argument("--days", type=int, help="training days; all where not given")
    options = parser.parse_args(arguments)
    corpus = require_corpus()
    training = read_training_days(corpus, options.days)
    days, picks = read_test_days(corpus)
    prior = train(training)
    ours = measure(make_scorer(prior), days, picks)
    peer = measure(train_peer(training), days, picks)
    table = Table("field", "chance", "peer", "ours", "goal", "days better, worse", title="Picks among the first ten")
    for name, goal in GOALS.items():
        pools = [[p for p in ps if name == "all categories" or FIELD & set(p.categories)] for ps in days.values()]
        chance = fmean(fmean(paper.id in picks for paper in pool) for pool in pools)
        pairs = [(ours[name][day], peer[name][day]) for day in days]
        better, worse = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
        table.add_row(
            name, f"{chance:.3f}", f"{fmean(peer[name].values()):.3f}", f"{fmean(ours[name].values()):.3f}",
            f"{goal}", f"{better}, {worse} of {len(pairs)}",
        )  # fmt: skip
    Console().print(table)
    if options.variants:
        compare_variants(training)
    if options.validate:
        validated = [cross_validate(training, learn) for learn in (lambda days: make_scorer(train(days)), train_peer)]
        for name in GOALS:
            mine, theirs = (shares[name] for shares in validated)
            better, worse = sum(mine[day] > theirs[day] for day in mine), sum(mine[day] < theirs[day] for day in mine)
            print(f"cross-validated, {name}: ours {fmean(mine.values()):.3f}, peer {fmean(theirs.values()):.3f}; "
                  f"better on {better}, worse on {worse} of {len(mine)} days")  # fmt: skip
    if options.write:
        target = Path(digest_assets.relevance.__path__[0]) / "prior.json"
        data = prior.model_dump(mode="json") | {"trained_categories": sorted(prior.trained_categories)}
        target.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{target}: {target.stat().st_size:,} bytes")
    return int(any(fmean(ours[name].values()) < goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
