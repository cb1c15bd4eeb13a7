"""How well papers match a few words: BM25 (Robertson and Zaragoza, 2009) of title and abstract, the title counted twice."""

import logging
from collections.abc import Sequence

from digest_assets.papers.tables import PaperRow


def match_words(papers: Sequence[PaperRow], phrases: Sequence[str]) -> list[float]:
    """Each paper's score, 1 for the best; 0 for all where there are no phrases, or none of their words stands in any."""
    import bm25s  # half a second of imports that only a day with papers needs

    words = bm25s.tokenize([" ".join(phrases)], return_ids=False, show_progress=False)[0]
    if not words:
        return [0.0] * len(papers)
    texts = [f"{paper.title} {paper.title} {paper.abstract}" for paper in papers]
    scores = score_texts(bm25s.tokenize(texts, return_ids=False, show_progress=False), words)
    best = max(scores) or 1.0
    return [score / best for score in scores]


def score_texts(texts: Sequence[Sequence[str]], words: Sequence[str]) -> list[float]:
    """The BM25 score of each text, given as its words, for these words."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells every index that it makes
    index = bm25s.BM25()
    index.index(list(texts), show_progress=False)
    return [float(score) for score in index.get_scores(list(words))]
