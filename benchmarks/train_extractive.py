"""Learn the weights by which the extractive engine gives an abstract's sentences to a digest's fields.

    DIGEST_TEST_CORPUS=... python -m benchmarks.train_extractive [--write]

A ridge regression for each field, of the ROUGE-L that a sentence reaches against the references (SciTLDR's and the
English digest's), over the features of `extractive.field_scores`. Sentences compete within a paper, so features and
target are taken as differences from the paper's mean. Papers are split into five parts by a hash of their title:
what is printed is measured on each part with the weights of the other four. `--write` stores the weights of all.
"""

import argparse
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from rich.console import Console
from sklearn.linear_model import Ridge

from benchmarks.extractive import Reference, build_rows, load_references, score_rouge_l
from digest_assets.summaries.extractive import field_scores
from digest_assets.summaries.extractive.field_scores import FIELDS, FieldWeights, ScoredField, Weights
from digest_assets.summaries.extractive.quotes import quote_text
from digest_assets.summaries.extractive.rhetorical_moves import estimate_moves
from digest_assets.summaries.extractive.sentence_features import Sentence, extract_sentences
from digest_assets.testing.corpus import require_corpus

# What the references of a set weigh: the five fields of a digest are what is printed; a TL;DR of SciTLDR is shorter
# and there are nine times as many.
SETS: Mapping[str, float] = {"SciTLDR": 0.25, "English digest": 1.0}
PARTS = 5
ALPHA = 10.0  # of 3, 10, 30 and 100, which differ by less than a point
_CARD = (
    "Ridge regressions of the ROUGE-L F1 of an abstract's sentence against expert TL;DRs (SciTLDR, dev) and a digest "
    "written by a language model (English, 2025-09-12); written by benchmarks.train_extractive, which says how. "
    "It holds weights of the features in field_scores.py only, no text. It knows English and some Chinese cue words, "
    "and abstracts of computer science best."
)


@dataclass(frozen=True)
class TrainingPaper:
    """A paper's sentences with their features, and its references by field."""

    title: str
    weight: float
    sentences: tuple[Sentence, ...]
    features: Sequence[Mapping[str, float]]
    references: Mapping[ScoredField, tuple[str, ...]]


def load_papers(references: Iterable[tuple[str, Reference]]) -> list[TrainingPaper]:
    """The papers of the sets that are learned from."""
    grouped: dict[tuple[str, str], list[Reference]] = {}
    for name, reference in references:
        if name in SETS:
            grouped.setdefault((name, reference.title), []).append(reference)
    papers = []
    for (name, title), found in grouped.items():
        sentences = [
            sentence
            for sentence in extract_sentences(*build_rows(title, found[0].abstract))
            if not sentence.is_availability
        ]
        fields = {field: one.references for one in found for field in FIELDS if field == one.field}
        if sentences:
            described = field_scores.describe_fields(sentences, estimate_moves(sentences))
            papers.append(TrainingPaper(title, SETS[name], tuple(sentences), described, fields))
    return papers


def get_part(title: str) -> int:
    """Which part a paper belongs to, whatever set it stands in."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % PARTS


def train_weights(papers: Collection[TrainingPaper]) -> Weights:
    """The weights of every field."""
    return {field: _train_field(field, [paper for paper in papers if field in paper.references]) for field in FIELDS}


def _train_field(field: ScoredField, papers: Collection[TrainingPaper]) -> FieldWeights:
    names = sorted({name for paper in papers for features in paper.features for name in features})
    differences, gains, sizes, means, averages = [], [], [], [], []
    for paper in papers:
        rows = np.array([[features.get(name, 0.0) for name in names] for features in paper.features])
        reached = np.array(
            [max(score_rouge_l(one.text, other) for other in paper.references[field]) for one in paper.sentences]
        )
        differences.append(rows - rows.mean(axis=0))
        gains.append(reached - reached.mean())
        sizes.append(np.full(len(rows), paper.weight))
        means.append(rows.mean(axis=0) * paper.weight)
        averages.append(reached.mean() * paper.weight)
    model = Ridge(alpha=ALPHA, fit_intercept=False)
    model.fit(np.vstack(differences), np.concatenate(gains), sample_weight=np.concatenate(sizes))
    total = sum(paper.weight for paper in papers)
    intercept = sum(averages) / total - float(np.sum(means, axis=0) @ model.coef_) / total
    weights = {name: round(float(weight), 4) for name, weight in zip(names, model.coef_, strict=True)}
    return FieldWeights(round(float(intercept), 4), {name: weight for name, weight in weights.items() if weight})


def train_on_others(papers: Collection[TrainingPaper]) -> list[Weights]:
    """For each part, the weights learned from the papers of the others."""
    return [train_weights([paper for paper in papers if get_part(paper.title) != part]) for part in range(PARTS)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the weights reach on papers that they were not learned from; write them if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store the weights in the package")
    given = parser.parse_args(arguments)
    papers = load_papers(load_references(require_corpus()))
    parts = train_on_others(papers)
    scores: dict[tuple[float, ScoredField], list[float | None]] = {}  # a blank has none
    for paper in papers:
        filled = field_scores.fill_fields(paper.sentences, parts[get_part(paper.title)])
        for field, references in paper.references.items():
            text = quote_text(filled.get(field, []))
            reached = max(score_rouge_l(text, one) for one in references) if text else None
            scores.setdefault((paper.weight, field), []).append(reached)
    console = Console()
    for (weight, field), all_reached in scores.items():
        name = next(name for name, other in SETS.items() if other == weight)
        printed = [score for score in all_reached if score is not None]
        console.print(
            f"{name}, {field}: {fmean(printed) * 100:.2f} where it is printed, in {len(printed)} of {len(all_reached)} papers; "
            f"{sum(printed) / len(all_reached) * 100:.2f} if a blank counts 0",
            highlight=False,
        )
    if given.write:
        fields = {field: asdict(weights) for field, weights in train_weights(papers).items()}
        path = Path(str(field_scores.__file__)).with_name("field_weights.json")
        path.write_text(json.dumps({"card": _CARD, "fields": fields}, indent=1) + "\n", encoding="utf-8")
        console.print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
