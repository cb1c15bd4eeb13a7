"""Measures the nearest earlier papers that a day is shown with, and from which similarity on two papers are one work.

    DIGEST_TEST_CORPUS=... python -m benchmarks.similar_papers [--days DAYS] [--papers PAPERS]

For the new papers of the corpus' December mailings, against all earlier papers of the corpus. There is no list of true twins,
so that three facts stand in for one: the share of nearest papers with the same primary category (chance beside it), the share
with an author in common by similarity (an author's own follow-up), and a rewritten paper: its own abstract with every second
sentence and the title of its nearest neighbour, which is to be found as the same work.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from digest_assets.archive.similar_papers import MIN_KINSHIP, MIN_SIMILARITY, count_shared_authors
from digest_assets.relevance.similarity import TermWeighting, find_nearest
from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.sentences import split_sentences

STEPS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)


def read_papers(corpus: Path) -> list[dict[str, Any]]:
    """Every new paper of the corpus once, by day."""
    papers: dict[str, dict[str, Any]] = {}
    for path in [corpus / "relevance" / "train.jsonl.gz", *sorted((corpus / "arxiv").glob("*.jsonl.gz"))]:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row.get("announce_type", "new") == "new":
                    papers.setdefault(row["id"], row | {"day": row.get("announced") or row["day"]})
    return sorted(papers.values(), key=lambda row: (row["day"], row["id"]))


def make_frame(papers: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame({name: [row[name] for row in papers] for name in ("id", "title", "abstract")})


def rewrite(paper: dict[str, Any], other_title: str) -> dict[str, Any]:
    """The same work in half of its sentences, under another title."""
    return paper | {"title": other_title, "abstract": " ".join(split_sentences(paper["abstract"])[::2])}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what stands above each similarity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=4, help="December mailings, the last ones")
    parser.add_argument("--papers", type=int, help="of the archive, the first ones, and of a day; all where not given")
    options = parser.parse_args(arguments)
    papers = read_papers(require_corpus())
    by_id = {row["id"]: row for row in papers}
    days = sorted({row["day"] for row in papers if date.fromisoformat(row["day"]).month == 12})[-options.days :]
    nearest: list[tuple[float, bool, int]] = []
    rewritten: list[float] = []
    chance: list[float] = []
    for day in days:
        todays = [row for row in papers if row["day"] == day][: options.papers]
        earlier = [row for row in papers if row["day"] < day][: options.papers]
        weighting = TermWeighting.fit(make_frame([*earlier[-10_000:], *todays]))
        archive = weighting.vectorize(make_frame(earlier))
        found = find_nearest(weighting.vectorize(make_frame(todays)), [archive], 1)
        for row, neighbours in zip(todays, found, strict=True):
            for one in neighbours:
                other = by_id[one.id]
                shared = count_shared_authors(row["authors"], other["authors"])
                nearest.append((one.similarity, row["primary_category"] == other["primary_category"], shared))
        shares = pl.Series([row["primary_category"] for row in earlier]).value_counts(normalize=True)
        usual = dict(shares.iter_rows())
        chance += [usual.get(row["primary_category"], 0.0) for row in todays]
        twins = [rewrite(row, by_id[n[0].id]["title"]) for row, n in zip(todays, found, strict=True) if n]
        vectors = weighting.vectorize(make_frame(twins))
        whole = weighting.vectorize(make_frame([by_id[row["id"]] for row in twins]))
        rewritten += [float(vectors.select(i, i + 1).compare(whole.select(i, i + 1))[0, 0]) for i in range(len(twins))]
    table = Table("similarity at least", "nearest papers", "same category", "shared author", "rewritten found")
    for step in STEPS:
        above = [one for one in nearest if one[0] >= step]
        table.add_row(
            f"{step}", f"{len(above) / len(nearest):.1%} ({len(above)})",
            f"{fmean(one[1] for one in above):.1%}" if above else "–",
            f"{fmean(one[2] > 0 for one in above):.1%}" if above else "–",
            f"{fmean(one >= step for one in rewritten):.1%}",
        )  # fmt: skip
    Console().print(table)
    print(f"{len(nearest)} papers of {len(days)} days; the same category by chance: {fmean(chance):.1%}; "
          f"shown from {MIN_SIMILARITY}, said to be the same or parallel work from {MIN_KINSHIP}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
