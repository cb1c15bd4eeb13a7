"""Simulated readers: how often a reader's own next paper is among the first ten of its day, and what the weights are.

    DIGEST_TEST_CORPUS=... python -m benchmarks.relevance_readers [--write]

A reader is a last author with 5 to 40 earlier papers in the corpus; their library is these papers, from days before
alone; the truth is their own new paper of the day. The reader's name is taken off the paper and the library, so that
only what the papers say, co-authors, categories and the prior can find it. The weights are learned on the days of August
and September (`relevance/train.jsonl.gz` and the mailings of September) and measured on the mailings of December, without
the readers that they were learned from.

Beside ours stand chance, the prior alone, and plain TF-IDF against the library (scikit-learn's, nearest and mean).
"""

import argparse
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import digest_assets.relevance
from benchmarks.train_relevance import build_paper
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.author_names import AuthorIndex
from digest_assets.relevance.personal import (
    DayCandidates,
    KnownPaper,
    PersonalWeights,
    ReaderProfile,
    Vector,
    describe_library,
    load_weights,
)
from digest_assets.testing.corpus import require_corpus

TOP = 10
LEAST_PAPERS, MOST_PAPERS = 5, 40
LEAST_PAPERS_TRAINING = 3  # the training days are few: with five, a tenth of the readers would be left
GOAL = 0.35
SPLIT = date(2025, 12, 1)
REGULARISATION = 1.0  # scikit-learn's C
DIGITS = 3


@dataclass(frozen=True)
class Reader:
    """A last author on a day: their library, and the papers of the day that are theirs."""

    day: date
    name: str
    library: tuple[KnownPaper, ...]
    truth: frozenset[str]


def read_days(corpus: Path) -> dict[date, list[PaperRow]]:
    """The new papers of every day that the corpus has, each paper once, by day."""
    rows: dict[str, dict[str, Any]] = {}
    files = [corpus / "relevance" / "train.jsonl.gz", *sorted((corpus / "arxiv").glob("*.jsonl.gz"))]
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row.get("announce_type", "new") == "new":
                    rows.setdefault(row["id"], {**row, "day": row.get("day") or row["announced"]})
    days: dict[date, list[PaperRow]] = defaultdict(list)
    for row in rows.values():
        paper = build_paper(row, row["day"])
        days[paper.day].append(paper)
    return dict(sorted(days.items()))


def find_readers(days: Mapping[date, Sequence[PaperRow]], least: int, *, initials: bool = False) -> Iterator[Reader]:
    """The readers of each day, from the papers of the days before."""
    earlier: dict[str, list[KnownPaper]] = defaultdict(list)
    for day, papers in days.items():
        own: dict[str, set[str]] = defaultdict(set)
        for paper in papers:
            if paper.authors:
                own[paper.authors[-1]].add(paper.id)
        for name in sorted(own):
            if least <= len(earlier[name]) <= MOST_PAPERS:
                yield Reader(day, name, tuple(earlier[name]), frozenset(own[name]))
        for paper in papers:
            if paper.authors:  # a library holds what the author wrote, whichever their place among the authors
                for name in dict.fromkeys(paper.authors):
                    earlier[name].append(make_known(paper, name, initials))


def make_known(paper: PaperRow, reader: str, initials: bool) -> KnownPaper:
    """A paper in its author's library, without the author's own name."""
    own = AuthorIndex([(reader, reader)])
    others = tuple(name for name in paper.authors if not own.find(name))
    if initials:
        others = tuple(f"{name[:1]}. {name.split()[-1]}" for name in others if name.split())
    return KnownPaper(paper.id, paper.title, paper.abstract, others, paper.categories)


class Day:
    """A day's candidates, and the plain TF-IDF beside them."""

    def __init__(self, papers: Sequence[PaperRow]) -> None:
        self.candidates = DayCandidates.from_papers(papers)
        self.plain = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        self.vectors = self.plain.fit_transform([f"{p.title}\n{p.abstract}" for p in self.candidates.papers])

    def describe(self, reader: Reader) -> dict[str, Vector]:
        similarity = self.candidates.compare(reader.library)
        return describe_library(
            self.candidates.papers, reader.library, similarity, self.candidates.priors, self.candidates.namesakes
        )

    def compare_plainly(self, reader: Reader) -> Vector:
        library = self.plain.transform([f"{p.title}\n{p.abstract}" for p in reader.library])
        return np.asarray((self.vectors @ library.T).mean(axis=1)).ravel()

    def find_hits(self, reader: Reader, scores: Vector) -> list[bool]:
        """For each of the reader's own papers of the day whether it is among the first ten."""
        papers = self.candidates.papers
        order = sorted(range(len(papers)), key=lambda index: (-scores[index], papers[index].id))
        top = {papers[index].id for index in order[:TOP]}
        return [id_ in top for id_ in sorted(reader.truth)]


def learn(days: Mapping[date, Day], readers: Sequence[Reader]) -> PersonalWeights:
    """A logistic regression: which paper of the day is the reader's own; each reader counts the same."""
    rows, truths, weights = [], [], []
    for reader in readers:
        described = days[reader.day].describe(reader)
        own = np.array([paper.id in reader.truth for paper in days[reader.day].candidates.papers])
        rows.append(np.column_stack(list(described.values())))
        truths.append(own)
        weights.append(np.where(own, 1.0 / own.sum(), 1.0 / (~own).sum()))
        names = list(described)
    model = LogisticRegression(C=REGULARISATION, max_iter=2000)
    model.fit(np.vstack(rows), np.concatenate(truths), sample_weight=np.concatenate(weights))
    learned = {name: round(float(weight), DIGITS) for name, weight in zip(names, model.coef_[0], strict=True)}
    # Own and other papers counted the same: of a day of some hundred papers a few are for a reader.
    rare = float(np.log(TOP / fmean(len(day.candidates.papers) for day in days.values())))
    return PersonalWeights(intercept=round(float(model.intercept_[0]) + rare, DIGITS), weights=learned)


def measure(days: Mapping[date, Day], readers: Sequence[Reader], weights: PersonalWeights) -> dict[str, list[bool]]:
    hits: dict[str, list[bool]] = defaultdict(list)
    for reader in readers:
        day = days[reader.day]
        features = day.describe(reader)
        scores = {
            "the prior alone": features["prior"],
            "plain TF-IDF, mean": day.compare_plainly(reader),
            "nearest": features["nearest"],
            "mean of the nearest": features["mean of the nearest"],
            "all but co-authors": combine(weights, features, without="authors of the library"),
            "all": combine(weights, features),
        }
        for name, values in scores.items():
            hits[name] += day.find_hits(reader, values)
    return hits


def combine(weights: PersonalWeights, features: Mapping[str, Vector], without: str = "") -> Vector:
    combined: Vector = np.sum(
        [weights.weights[name] * values for name, values in features.items() if name != without], axis=0
    )
    return combined


def count_reasons(days: Mapping[date, Day], readers: Iterable[Reader]) -> float:
    """The share of the papers found whose reason names a paper of the library."""
    named = []
    for reader in readers:
        candidates = days[reader.day].candidates
        profile = ReaderProfile(reader.name, library=reader.library)
        scores = dict(zip((paper.id for paper in candidates.papers), candidates.score(profile), strict=True))
        top = sorted(scores, key=lambda id_: (-scores[id_].score, id_))[:TOP]
        named += ["in your library" in scores[id_].reason for id_ in reader.truth & set(top)]
    return fmean(named) if named else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write personal.json")
    parser.add_argument("--initials", action="store_true", help="their libraries have first names as initials")
    parser.add_argument("--limit", type=int, help="as many readers to learn from, and to measure on")
    options = parser.parse_args(arguments)
    papers = read_days(require_corpus())
    training = [reader for reader in find_readers(papers, LEAST_PAPERS_TRAINING) if reader.day < SPLIT]
    known = {reader.name for reader in training}
    found = find_readers(papers, LEAST_PAPERS, initials=options.initials)
    measured = [reader for reader in found if reader.day >= SPLIT]
    strangers = [reader for reader in measured if reader.name not in known]
    training, measured, strangers = (readers[: options.limit] for readers in (training, measured, strangers))
    days = {day: Day(papers[day]) for day in {reader.day for reader in (*training, *measured, *strangers)}}
    weights = learn(days, training)
    print(json.dumps(weights.model_dump(), indent=1))
    if options.write:
        target = Path(digest_assets.relevance.__path__[0]) / "personal.json"
        target.write_text(json.dumps(weights.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
        load_weights.cache_clear()
    groups = {"other readers": strangers, "all readers": measured}
    table = Table("way", *(f"{name} ({len(readers)})" for name, readers in groups.items()), title="Recall among ten")
    results = {name: measure(days, readers, weights) for name, readers in groups.items()}
    chance = {name: fmean(TOP / len(days[r.day].candidates.papers) for r in rs) for name, rs in groups.items()}
    table.add_row("chance", *(f"{value:.3f}" for value in chance.values()))
    for way in next(iter(results.values())):
        table.add_row(way, *(f"{fmean(hits[way]):.3f}" for hits in results.values()))
    Console().print(table)
    print(f"learned from {len(training)} readers; reasons that name a paper: {count_reasons(days, strangers):.3f}")
    return int(fmean(results["other readers"]["all"]) < GOAL)


if __name__ == "__main__":
    sys.exit(main())
