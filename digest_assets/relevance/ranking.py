"""Ranking: which papers of a field are worth a review, by a learned prior, interests and votes, without a model.

score = 0.6 prior + 0.2 interests + 0.2 upvotes, each between 0 and 1:

- prior: how likely a paper is one that Hugging Face's readers pick (see `prior`), divided by the best of the day. A field
  that the prior was not trained on is ranked by words instead: BM25 against the field's name and the interests;
- interests: BM25 (Robertson and Zaragoza, 2009) of title and abstract against the configured phrases, divided by the best
  of the day; 0 for all where none are configured;
- upvotes: log(1 + Hugging Face upvotes), divided by the best of the day.

The prior counts most, since only it is known of every paper; interests and votes each move a paper past those that are
alike without them. A day's order is by these alone: no paper is left out for its score.

Where the settings have a library, or marks, half of the score is how much a paper is for that reader (see `personal`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.prior import describe_prior, load_prior
from digest_assets.relevance.tables import RelevanceRow
from digest_assets.relevance.word_match import match_words

_PERSONAL = 0.5  # what a paper is for the reader counts as much as what it is to the field
_PRIOR, _INTERESTS, _UPVOTES = 0.6, 0.2, 0.2


@dataclass(frozen=True, slots=True)
class RankedPaper:
    """A paper with its score (0 to 1) and the reason in words."""

    paper: PaperRow
    score: float
    reason: str


def rank_papers(
    papers: Sequence[PaperRow], field: FieldReviewConfig, among: Sequence[PaperRow] = ()
) -> list[RankedPaper]:
    """A field's papers by falling score; of equals the newest first, then the smallest id. `among` are the day's papers."""
    if not papers:
        return []
    priors = load_prior().score(papers, among)
    by_words = match_words(papers, [field.field, *field.interests])
    likely = _divide_by_best([prior.probability if prior.is_trained else 0.0 for prior in priors])
    interests = match_words(papers, field.interests)
    upvotes = _divide_by_best([math.log1p(max(paper.hf_upvotes or 0, 0)) for paper in papers])
    ranked = []
    for index, (paper, prior) in enumerate(zip(papers, priors, strict=True)):
        first = likely[index] if prior.is_trained else by_words[index]
        score = round(_PRIOR * first + _INTERESTS * interests[index] + _UPVOTES * upvotes[index], 4)
        reasons = [describe_prior(paper, prior)]
        if interests[index]:
            reasons.append(f"interests {interests[index]:.2f}")
        if paper.hf_upvotes:
            reasons.append(f"{paper.hf_upvotes} upvotes on Hugging Face")
        ranked.append(RankedPaper(paper, score, f"score {score:.2f}: {'; '.join(reasons)}"))
    return sorted(ranked, key=lambda item: (-item.score, *get_newest_first_key(item.paper)))


def add_personal_scores(ranked: Sequence[RankedPaper], relevance: Iterable[RelevanceRow]) -> list[RankedPaper]:
    """The papers ranked anew by what they are for the settings' own reader, too; as they were where none is known."""
    personal = {row.id: row for row in relevance if row.is_personal and row.reader == ""}
    best = max((personal[item.paper.id].score for item in ranked if item.paper.id in personal), default=0.0)
    if not best:
        return list(ranked)
    changed = []
    for item in ranked:
        row = personal.get(item.paper.id)
        share = row.score / best if row else 0.0
        score = round((1 - _PERSONAL) * item.score + _PERSONAL * share, 4)
        reason = item.reason.partition(": ")[2] or item.reason
        is_near = row is not None and (row.nearest or row.followed or row.topics)
        why = f"{row.reason}; {reason}" if row is not None and is_near else reason
        changed.append(RankedPaper(item.paper, score, f"score {score:.2f}: {why}"))
    return sorted(changed, key=lambda item: (-item.score, *get_newest_first_key(item.paper)))


def get_newest_first_key(paper: PaperRow) -> tuple[float, str]:
    """A sort key: newest submission first, then id."""
    return (-paper.published.timestamp() if paper.published else 0.0, paper.id)


def _divide_by_best(values: Sequence[float]) -> list[float]:
    best = max(values)
    return [value / best if best > 0 else 0.0 for value in values]
