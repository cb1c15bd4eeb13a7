"""How near papers are to one another: the cosine of their TF-IDF vectors of title and abstract, and nearest neighbours.

Polars splits and counts the words (as fast as it takes to read them), numpy holds the vectors; both are there already,
for the tables and for bm25s, while scipy and scikit-learn would be 150 MB more for one product of sparse matrices.

Nothing of the archive is kept: its titles and abstracts are read in batches of some thousand papers, compared with the
day's and forgotten. So half a million archived papers need no more memory than two batches.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from digest_assets.papers.tables import PAPERS
from digest_assets.warehouse import Warehouse

Matrix = npt.NDArray[np.float32]

TEXT_SCHEMA = pl.Schema({"id": pl.String, "title": pl.String, "abstract": pl.String})

_WORD = r"[a-z][a-z0-9]+|[0-9]{1,3}d\b"
_MOST_CHARACTERS = 20_000  # of a text; arXiv's abstracts end at 1,920
_TITLE_COUNT = 3  # a word of the title counts like three of the abstract: titles have 10 words where abstracts have 180
_FEWEST = 100  # papers that terms are counted as being among: a term of one of two papers is not common
_BLOCK = 500  # papers that stand as a dense matrix at once: about 40 MB
_BATCH = 4_000  # papers of the archive in memory at once: about 60 MB while their words are counted
_DIGITS = 4  # of a similarity: beyond them papers are equally near, and their ids decide


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A paper that is near another, and how near, between 0 and 1."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class PaperVectors:
    """TF-IDF vectors of length 1, a row for each paper: the terms of row i stand from `starts[i]` to `starts[i + 1]`."""

    ids: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    values: Matrix

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, first: int, end: int) -> "PaperVectors":
        """Some rows."""
        start, stop = self.starts[first], self.starts[end]
        return PaperVectors(
            self.ids[first:end],
            self.starts[first : end + 1] - start,
            self.columns[start:stop],
            self.values[start:stop],
        )

    def list_terms(self, row: int) -> list[tuple[int, float]]:
        """A paper's terms by column, with their values."""
        start, end = self.starts[row], self.starts[row + 1]
        return list(zip(self.columns[start:end].tolist(), self.values[start:end].tolist(), strict=True))

    def compare(self, others: "PaperVectors") -> Matrix:
        """The similarity of each paper (row) to each of the others (column); vectors of the same `TermWeighting` only."""
        result = np.zeros((len(self), len(others)), dtype=np.float32)
        for first in range(0, len(others), _BLOCK):
            end = min(first + _BLOCK, len(others))
            self._compare_block(others.select(first, end), result[:, first:end])
        return result

    def _compare_block(self, others: "PaperVectors", result: Matrix) -> None:
        known = np.unique(others.columns)
        dense = np.zeros((len(known), len(others)), dtype=np.float32)
        rows = np.repeat(np.arange(len(others)), np.diff(others.starts))
        dense[np.searchsorted(known, others.columns), rows] = others.values
        if not len(known):
            return
        places = np.searchsorted(known, self.columns).clip(max=len(known) - 1)
        is_known = known[places] == self.columns
        for row, (start, end) in enumerate(zip(self.starts, self.starts[1:], strict=False)):
            shared = is_known[start:end]
            result[row] = self.values[start:end][shared] @ dense[places[start:end][shared]]


@dataclass(frozen=True)
class TermWeighting:
    """How much each term weighs: its inverse document frequency among the papers that it was fitted on.

    Terms are words, and pairs of neighbouring words of the title.
    """

    terms: pl.DataFrame  # term, column, idf
    unknown_idf: float

    @classmethod
    def fit(cls, texts: pl.DataFrame) -> Self:
        """Fit on papers (`TEXT_SCHEMA`): a day's, and those that they are to be compared with, if they are few."""
        counts = _count_terms(texts.with_row_index("row"))
        frequency = counts.group_by("term").agg(pl.len().alias("papers")).sort("term").with_row_index("column")
        papers = max(len(texts), _FEWEST)
        idf = (pl.lit(1.0 + papers) / (pl.col("papers") + 1)).log().cast(pl.Float64)
        terms = frequency.select("term", pl.col("column").cast(pl.Int64), idf.alias("idf"))
        return cls(terms, float(np.log1p(papers)))

    def vectorize(self, texts: pl.DataFrame) -> PaperVectors:
        """The vectors of these papers (`TEXT_SCHEMA`). A term that is not known has a share of the length, no place."""
        counts = _count_terms(texts.with_row_index("row")).join(self.terms, on="term", how="left")
        weighted = counts.select(
            pl.col("row").cast(pl.Int64),
            pl.col("column").fill_null(-1),
            ((1 + pl.col("count").log()) * pl.col("idf").fill_null(self.unknown_idf)).alias("value"),
        ).sort("row", "column", "value")
        rows, columns = weighted["row"].to_numpy(), weighted["column"].to_numpy()
        values = weighted["value"].to_numpy()
        squares = np.bincount(rows, weights=values * values, minlength=len(texts))
        lengths = np.sqrt(squares)
        values = values / np.where(lengths > 0, lengths, 1.0)[rows]
        has_place = columns >= 0
        sizes = np.bincount(rows[has_place], minlength=len(texts))
        return PaperVectors(
            tuple(texts["id"]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            columns[has_place],
            values[has_place].astype(np.float32),
        )


def find_nearest(
    papers: PaperVectors, archive: Iterable[PaperVectors], count: int, *, least: float = 0.0
) -> list[list[Neighbour]]:
    """For each paper the `count` nearest of the archive, nearest first, without itself; of equals the smallest id.

    What is nearer than `least` alone is a neighbour. A batch has a paper once; of several batches' the nearest counts.
    """
    best: list[dict[str, float]] = [{} for _ in papers.ids]
    for batch in archive:
        similarities = batch.compare(papers).T
        for id_, row, found in zip(papers.ids, similarities, best, strict=True):
            most = min(count + 1, len(row))  # one more, since the paper itself is left out
            floor = np.partition(row, -most)[-most] - 10**-_DIGITS if most else 0.0  # all that are equal to the last
            for place in np.flatnonzero((row >= floor) & (row > least)):
                other, similarity = batch.ids[place], round(float(row[place]), _DIGITS)
                if other != id_:
                    found[other] = max(similarity, found.get(other, 0.0))
            kept = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:count]
            found.clear()
            found.update(kept)
    return [[Neighbour(id_, similarity) for id_, similarity in found.items()] for found in best]


def read_archive(warehouse: Warehouse, weighting: TermWeighting, before: date) -> Iterator[PaperVectors]:
    """The vectors of all papers of earlier days, batch by batch; a paper of several days as the newest has it."""
    counts = warehouse.query(
        "SELECT day, count(*) FROM papers WHERE day < ? GROUP BY day ORDER BY day", [before], tables=[PAPERS]
    )
    for days in _split_to_batches(counts.rows()):
        texts = warehouse.query(
            "SELECT id, title, abstract FROM papers WHERE day BETWEEN ? AND ? "
            "QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1 ORDER BY id",
            [days[0], days[-1]],
            tables=[PAPERS],
        )
        yield weighting.vectorize(texts)


def _split_to_batches(counts: Iterable[tuple[date, int]]) -> Iterator[Sequence[date]]:
    days: list[date] = []
    papers = 0
    for day, count in counts:
        if days and papers + count > _BATCH:
            yield days
            days, papers = [], 0
        days.append(day)
        papers += count
    if days:
        yield days


def _count_terms(texts: pl.DataFrame) -> pl.DataFrame:
    """How often each term stands in each paper, those of the title counted thrice: row, term, count."""
    title, abstract = _split_to_words(texts, "title"), _split_to_words(texts, "abstract")
    follows = pl.col("row") == pl.col("row").shift(-1)
    pairs = title.select("row", (pl.col("term") + " " + pl.col("term").shift(-1)).alias("term"), follows.alias("pair"))
    counted = [
        title.select("row", "term", pl.lit(_TITLE_COUNT).alias("count")),
        pairs.filter("pair").select("row", "term", pl.lit(_TITLE_COUNT).alias("count")),
        abstract.select("row", "term", pl.lit(1).alias("count")),
    ]
    return pl.concat(counted).group_by("row", "term").agg(pl.col("count").sum())


def _split_to_words(texts: pl.DataFrame, column: str) -> pl.DataFrame:
    words = pl.col(column).str.slice(0, _MOST_CHARACTERS).str.to_lowercase().str.extract_all(_WORD)
    return texts.select("row", words.alias("term")).explode("term").drop_nulls("term")
