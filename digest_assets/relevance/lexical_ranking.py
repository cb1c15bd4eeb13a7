"""Lexical ranking: which papers are about a field, by BM25 and metadata; the smallest part of the ranking by a model.

It stays as it is: another order of a stored day's papers would be another question about the day, to be paid for again.

score = 0.5 relevance + 0.2 primary category + 0.2 upvotes + 0.1 code, each between 0 and 1:

- relevance: BM25 (Robertson and Zaragoza, 2009) of title and abstract against the field's name, its categories'
  subjects and the configured interests, divided by the best of the day;
- primary category: 1 if the paper's primary category is one of the field's;
- upvotes: log(1 + Hugging Face upvotes), divided by the best of the day;
- code: 1 if a code repository is linked.

The weights were set by hand: what a paper is about counts as much as all that is known of it besides.
"""

import math
from collections.abc import Sequence

from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.ranking import RankedPaper, get_newest_first_key
from digest_assets.relevance.word_match import match_words

# What the names of the categories leave unsaid to a lexical score: words that papers of the field use.
_SUBJECTS = {
    "cs.CV": "image video visual vision segmentation detection recognition 3D reconstruction rendering generation diffusion",
    "cs.CL": "language model text translation question answering dialogue reasoning LLM tokens corpus",
    "cs.LG": "learning training neural network generalization optimization gradient representation",
    "cs.AI": "reasoning planning agents knowledge search decision artificial intelligence",
    "cs.IR": "retrieval recommendation ranking search query user item",
    "cs.RO": "robot manipulation navigation policy control grasping locomotion embodied",
    "cs.CY": "society education policy fairness ethics governance users",
}


def rank_lexically(papers: Sequence[PaperRow], field: FieldReviewConfig) -> list[RankedPaper]:
    """The papers by falling score; of equals the newest first, then the smallest id."""
    if not papers:
        return []
    subjects = [_SUBJECTS.get(category, "") for category in field.categories]
    matches = match_words(papers, [field.field, *subjects, *field.interests])
    relevance = [round(score, 4) for score in matches]
    upvotes = [math.log1p(paper.hf_upvotes or 0) for paper in papers]
    most = max(upvotes) or 1.0
    ranked = [
        _score_paper(paper, paper_relevance, paper_upvotes / most, field)
        for paper, paper_relevance, paper_upvotes in zip(papers, relevance, upvotes, strict=True)
    ]
    return sorted(ranked, key=lambda ranked: (-ranked.score, *get_newest_first_key(ranked.paper)))


def _score_paper(paper: PaperRow, relevance: float, upvotes: float, field: FieldReviewConfig) -> RankedPaper:
    primary = paper.primary_category in field.categories
    score = 0.5 * relevance + 0.2 * primary + 0.2 * upvotes + 0.1 * (paper.code_url is not None)
    reasons = [f"relevance {relevance:.2f}"]
    if primary:
        reasons.append(f"primary category {paper.primary_category}")
    if paper.hf_upvotes:
        reasons.append(f"{paper.hf_upvotes} upvotes on Hugging Face")
    if paper.code_url is not None:
        reasons.append("code linked")
    return RankedPaper(paper, round(score, 4), f"score {score:.2f}: {', '.join(reasons)}")
