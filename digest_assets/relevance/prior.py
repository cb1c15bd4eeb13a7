"""The learned prior: how likely a paper is one that Hugging Face's readers pick, from its metadata alone.

A logistic regression on TF-IDF of the words of title and abstract and of their pairs, on how often the authors were picked
before, on facts of the metadata and on the paper's place in the day (see `paper_features`).
`benchmarks.train_relevance` learns the weights and writes `prior.json`; `prior.md` is their card: what they were learned
from, what they are biased to, how good they are.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.paper_features import (
    count_pairs,
    count_words,
    describe_authors,
    describe_metadata,
    describe_places,
)
from digest_assets.relevance.reasons import choose_reasons

_OFTEN = math.log(10)  # of a named author's rate: ten times as often as anybody, which one pick of one paper is not
_MIN_SHOWN = 0.01  # a smaller likelihood is not told from none


class TermWeights(BaseModel):
    """What the terms of one text weigh: term → (inverse document frequency, weight)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: dict[str, tuple[float, float]]

    def weigh(self, counts: Counter[str]) -> dict[str, float]:
        """The log-odds that each known term adds: its share of the text's TF-IDF vector of length 1, times its weight."""
        known = {term: self.terms[term] for term in counts if term in self.terms}
        values = {term: (1 + math.log(counts[term])) * idf for term, (idf, _) in known.items()}
        norm = math.sqrt(math.fsum(value * value for value in values.values())) or 1.0
        return {term: value / norm * known[term][1] for term, value in values.items()}


@dataclass(frozen=True, slots=True)
class PriorScore:
    """The probability that readers pick a paper, what speaks for it, and whether its field was trained on."""

    probability: float
    reasons: tuple[str, ...]
    is_trained: bool


class RelevancePrior(BaseModel):
    """The weights, as `prior.json` holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intercept: float
    words: TermWeights
    pairs: TermWeights
    authors: dict[str, float]  # who had a paper picked: by how much more often than anybody, as a logarithm
    metadata: dict[str, float]
    trained_categories: frozenset[str]

    def score(self, papers: Sequence[PaperRow], among: Sequence[PaperRow] = ()) -> list[PriorScore]:
        """Score the new papers of one day or several, in their order. One whose categories were not trained on is said
        to be so. `among` are the days' papers, where these are a part of them: a new paper's place is one among all new ones.
        """
        places = describe_places(papers, among)
        return [self._score(paper, place) for paper, place in zip(papers, places, strict=True)]

    def _score(self, paper: PaperRow, place: Mapping[str, float]) -> PriorScore:
        text = f"{paper.title}\n{paper.abstract}"
        terms = self.words.weigh(count_words(text)) | self.pairs.weigh(count_pairs(text))
        authors = describe_authors(paper.authors, self.authors)
        facts = {
            name: value * self.metadata[name]
            for name, value in {**describe_metadata(paper), **place, **authors}.items()
            if name in self.metadata
        }
        log_odds = self.intercept + math.fsum([*terms.values(), *facts.values()])
        by_authors = math.fsum(facts.get(name, 0.0) for name in authors)
        known = {author: self.authors[author] for author in set(paper.authors) & self.authors.keys()}
        total = math.fsum(known.values())
        names = {author: by_authors * rate / total for author, rate in known.items() if rate >= _OFTEN}
        return PriorScore(
            probability=1 / (1 + math.exp(-max(min(log_odds, 30.0), -30.0))),  # beyond, a float says no more
            reasons=choose_reasons(paper.title, terms, facts, names),
            is_trained=bool(self.trained_categories & set(paper.categories)),
        )


@cache
def load_prior() -> RelevancePrior:
    """The weights that ship with the package."""
    return RelevancePrior.model_validate(json.loads(files(__package__).joinpath("prior.json").read_text("utf-8")))


def describe_prior(paper: PaperRow, prior: PriorScore) -> str:
    """What the prior says of a paper, in words."""
    if not prior.is_trained:
        return f"by the words of the field, since no order was learned for {paper.primary_category or 'its field'}"
    reasons = f" ({', '.join(prior.reasons)})" if prior.reasons else ""
    if paper.hf_position is not None:
        return f"among Hugging Face's picks{reasons}"
    likely = f"{prior.probability:.0%}" if prior.probability >= _MIN_SHOWN else f"less than {_MIN_SHOWN:.0%}"
    return f"{likely} likely among Hugging Face's picks{reasons}"
