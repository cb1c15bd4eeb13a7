"""The nearest earlier papers of the archive for each paper that a report shows, from the tables of earlier dates alone.

Similarity is `relevance.similarity`'s. The thresholds are chosen on 41 days of real papers, by `benchmarks/similar_papers.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from digest_assets.archive.tables import Kinship, SimilarPaperRow
from digest_assets.papers.tables import PAPERS
from digest_assets.relevance.similarity import Neighbour, TermWeighting, find_nearest, read_archive
from digest_assets.warehouse import Warehouse

MAX_NEIGHBOURS = 3  # of a paper: a glance
# A fifth of 1,790 papers had an earlier one so near, of 13,000; 68% of these share the primary category, by chance 12%.
MIN_SIMILARITY = 0.2
# 1.3% had one so near. Of papers rewritten to every second sentence, under another's title, 77% are so near to themselves.
MIN_KINSHIP = 0.35
_WEIGHTING_DAYS = 30  # whose papers say how usual a word is: some ten thousand, of the present language of the fields


def find_similar_papers(warehouse: Warehouse, day: date, shown: Sequence[str]) -> list[SimilarPaperRow]:
    """For each of a day's papers in `shown` the nearest of earlier days, by id and nearness; none where nothing is near."""
    query = "SELECT id, title, abstract, authors FROM papers WHERE day = ? AND list_contains(?, id) ORDER BY id"
    papers = warehouse.query(query, [day, list(shown)], tables=[PAPERS])
    if papers.is_empty():
        return []
    usual = warehouse.query(
        "SELECT id, title, abstract FROM papers WHERE day BETWEEN ? AND ? ORDER BY day, id",
        [day - timedelta(days=_WEIGHTING_DAYS), day],
        tables=[PAPERS],
    )
    weighting = TermWeighting.fit(usual)
    vectors = weighting.vectorize(papers.select("id", "title", "abstract"))
    nearest = find_nearest(vectors, read_archive(warehouse, weighting, day), MAX_NEIGHBOURS, least=MIN_SIMILARITY)
    found = {id_: neighbours for id_, neighbours in zip(vectors.ids, nearest, strict=True) if neighbours}
    earlier = _load_earlier(warehouse, day, {one.id for neighbours in found.values() for one in neighbours})
    authors = dict(papers.select("id", "authors").iter_rows())
    return [
        _make_row(day, id_, position, neighbour, authors[id_], earlier[neighbour.id])
        for id_, neighbours in found.items()
        for position, neighbour in enumerate(neighbours, 1)
    ]


def classify_kinship(similarity: float, shared_authors: int) -> Kinship:
    """What two papers that are so near are to one another."""
    if similarity < MIN_KINSHIP:
        return "near"
    return "same work" if shared_authors else "parallel work"


def count_shared_authors(authors: Sequence[str], others: Sequence[str]) -> int:
    """How many names two papers have in common, whatever their case and dots."""
    return len(set(map(_fold_name, authors)) & set(map(_fold_name, others)))


def _fold_name(name: str) -> str:
    return " ".join(name.replace(".", " ").casefold().split())


def _load_earlier(warehouse: Warehouse, before: date, ids: set[str]) -> Mapping[str, dict[str, Any]]:
    query = """
        SELECT id, min(day) AS day, arg_max(title, day) AS title, arg_max(authors, day) AS authors
        FROM papers WHERE day < ? AND list_contains(?, id) GROUP BY id
    """
    frame: pl.DataFrame = warehouse.query(query, [before, sorted(ids)], tables=[PAPERS])
    return {row["id"]: row for row in frame.iter_rows(named=True)}


def _make_row(
    day: date, id_: str, position: int, neighbour: Neighbour, authors: Sequence[str], earlier: Mapping[str, Any]
) -> SimilarPaperRow:
    shared = count_shared_authors(authors, earlier["authors"])
    return SimilarPaperRow(
        day=day,
        id=id_,
        position=position,
        similar_id=neighbour.id,
        similar_title=earlier["title"],
        similar_day=earlier["day"],
        similarity=neighbour.similarity,
        kinship=classify_kinship(neighbour.similarity, shared),
        shared_authors=shared,
    )
