"""How well papers match a few words: BM25 (Robertson and Zaragoza, 2009) of title and abstract, the title counted twice."""

from collections.abc import Sequence

from digest_assets.papers.tables import PaperRow


def match_words(papers: Sequence[PaperRow], phrases: Sequence[str]) -> list[float]:
    """Each paper's score, 1 for the best; 0 for all where there are no phrases, or none of their words stands in any."""
    import bm25s  # half a second of imports that only a day with papers needs

    words = bm25s.tokenize([" ".join(phrases)], return_ids=False, show_progress=False)[0]
    if not words:
        return [0.0] * len(papers)
    corpus = bm25s.tokenize([f"{paper.title} {paper.title} {paper.abstract}" for paper in papers], show_progress=False)
    index = bm25s.BM25()
    index.index(corpus, show_progress=False)
    scores = [float(score) for score in index.get_scores(words)]
    best = max(scores) or 1.0
    return [score / best for score in scores]
