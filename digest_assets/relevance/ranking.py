"""Ranking: which papers of a field are worth a review, by a learned prior, interests and votes, without a model.

score = 0.6 prior + 0.2 interests + 0.2 upvotes, each between 0 and 1:

- prior: how likely a paper is one that Hugging Face's readers pick (see `prior`), divided by the best of the day. A field
  that the prior was not trained on is ranked by words instead: BM25 against the field's name and the interests;
- interests: BM25 (Robertson and Zaragoza, 2009) of title and abstract against the configured phrases, divided by the best
  of the day; 0 for all where none are configured;
- upvotes: log(1 + Hugging Face upvotes), divided by the best of the day.

The prior counts most, since only it is known of every paper; interests and votes each move a paper past those that are
alike without them. A day's order is by these alone: no paper is left out for its score.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.prior import PriorScore, load_prior
from digest_assets.relevance.word_match import match_words

_PRIOR, _INTERESTS, _UPVOTES = 0.6, 0.2, 0.2


@dataclass(frozen=True, slots=True)
class RankedPaper:
    """A paper with its score (0 to 1) and the reason in words."""

    paper: PaperRow
    score: float
    reason: str


def rank_papers(papers: Sequence[PaperRow], field: FieldReviewConfig) -> list[RankedPaper]:
    """The papers by falling score; of equals the newest first, then the smallest id."""
    if not papers:
        return []
    priors = load_prior().score(papers)
    by_words = match_words(papers, [field.field, *field.interests])
    likely = _divide_by_best([prior.probability if prior.is_trained else 0.0 for prior in priors])
    interests = match_words(papers, field.interests)
    upvotes = _divide_by_best([math.log1p(max(paper.hf_upvotes or 0, 0)) for paper in papers])
    ranked = []
    for index, (paper, prior) in enumerate(zip(papers, priors, strict=True)):
        first = likely[index] if prior.is_trained else by_words[index]
        score = round(_PRIOR * first + _INTERESTS * interests[index] + _UPVOTES * upvotes[index], 4)
        reasons = [_explain_prior(paper, prior)]
        if interests[index]:
            reasons.append(f"interests {interests[index]:.2f}")
        if paper.hf_upvotes:
            reasons.append(f"{paper.hf_upvotes} upvotes on Hugging Face")
        ranked.append(RankedPaper(paper, score, f"score {score:.2f}: {'; '.join(reasons)}"))
    return sorted(ranked, key=lambda item: (-item.score, *get_newest_first_key(item.paper)))


def get_newest_first_key(paper: PaperRow) -> tuple[float, str]:
    """A sort key: newest submission first, then id."""
    return (-paper.published.timestamp() if paper.published else 0.0, paper.id)


def _explain_prior(paper: PaperRow, prior: PriorScore) -> str:
    if not prior.is_trained:
        return f"by the words of the field, since no order was learned for {paper.primary_category or 'its field'}"
    reasons = f" ({', '.join(prior.reasons)})" if prior.reasons else ""
    return f"{prior.probability:.0%} likely among Hugging Face's picks{reasons}"


def _divide_by_best(values: Sequence[float]) -> list[float]:
    best = max(values)
    return [value / best if best > 0 else 0.0 for value in values]
