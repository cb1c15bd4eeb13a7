"""How long it takes to score a day for readers, and to look through a large archive; and how much memory.

    python -m benchmarks.relevance_speed [--papers 1000] [--readers 50] [--library 300] [--archive 500000]

Papers are made of invented words, as frequent as words are (Zipf), as long as arXiv's abstracts. Seconds are the
processor's, of one core: Polars gets one thread. The archive is a DuckDB file of that many papers, of which the day's
first fifty ask for their nearest.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np

from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.personal import KnownPaper, ReaderProfile, build_texts
from digest_assets.relevance.scoring import score_day_to_frame
from digest_assets.relevance.similarity import TermWeighting, find_nearest, read_archive
from digest_assets.warehouse import Warehouse

DAY = date(2025, 12, 5)
WORDS = np.array([f"word{chr(97 + n % 26)}{n}" for n in range(60_000)])
GOALS = {"one reader": 5.0, "all readers": 30.0, "MB": 500.0}
ASKING = 50  # papers of a day that reports show
PER_DAY = 800


def make_words(random: np.random.Generator, count: int) -> str:
    return " ".join(WORDS[np.minimum(random.zipf(1.2, count) - 1, len(WORDS) - 1)])


def make_papers(random: np.random.Generator, count: int, day: date, first: int = 1) -> list[PaperRow]:
    return [
        PaperRow(
            day=day,
            id=f"{(first + number) // 99_999 + 1001}.{(first + number) % 99_999:05d}",
            title=make_words(random, 10),
            abstract=make_words(random, 180),
            authors=tuple(f"Author {name}" for name in random.integers(0, 5_000, 6)),
            categories=("cs.CV", "cs.LG"),
            primary_category="cs.CV",
            sources=("arxiv_listing",),
            announce_type="new",
            mailing=day,
        )
        for number in range(count)
    ]


def fill_archive(warehouse: Warehouse, count: int) -> None:
    """Days of papers: some are made, the others are these under other ids, with a word of their own."""
    warehouse.replace_days(PAPERS, [DAY], PAPERS.to_frame(make_papers(np.random.default_rng(1), PER_DAY, DAY)))
    copies = count // PER_DAY
    with warehouse.begin() as connection:
        connection.execute(
            "INSERT INTO papers BY NAME SELECT papers.* REPLACE (day - n::INTEGER AS day, "
            "'0' || (100 + n // 99) || '.' || n % 99 || right(id, 4) AS id, abstract || ' copy' || n AS abstract) "
            "FROM papers, range(1, ?) AS copies(n)",
            [copies + 1],
        )


def get_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("papers", 1_000), ("readers", 50), ("library", 300), ("archive", 500_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args(arguments)
    random = np.random.default_rng(0)
    papers = make_papers(random, options.papers, DAY)
    measured: dict[str, float] = {}
    if options.archive:
        with tempfile.TemporaryDirectory() as folder:
            warehouse = Warehouse(Path(folder) / "digest.duckdb")
            filler = get_context("spawn").Process(target=fill_archive, args=(warehouse, options.archive))
            filler.start()  # in a process of its own, so that what it takes does not count
            filler.join()
            weighting = TermWeighting.fit(build_texts(papers))
            start = time.process_time()
            asking = weighting.vectorize(build_texts(papers[:ASKING]))
            found = find_nearest(asking, read_archive(warehouse, weighting, DAY), 3)
            seconds = time.process_time() - start
        print(
            f"archive of {options.archive:,}: {ASKING} papers' nearest in {seconds:.0f} s, {sum(map(len, found))} found"
        )
    print(f"memory: {get_memory():.0f} MB")
    readers = [
        ReaderProfile(
            f"reader{number}",
            library=tuple(
                KnownPaper(paper.id, paper.title, paper.abstract, paper.authors, paper.categories)
                for paper in make_papers(random, options.library, DAY - timedelta(days=1), 200_000)
            ),
        )
        for number in range(options.readers)
    ]
    score_day_to_frame(DAY, papers[:10], readers[:1])  # what is loaded once
    for name, of in (("one reader", readers[:1]), ("all readers", readers)):
        start = time.process_time()
        rows = score_day_to_frame(DAY, papers, of)
        measured[name] = time.process_time() - start
        print(f"{name}: {len(papers)} papers, {len(of)} x {options.library} in libraries: {measured[name]:.1f} s, "
              f"{len(rows):,} rows")  # fmt: skip
        del rows
    measured["MB"] = get_memory()
    print(f"memory with all readers: {measured['MB']:.0f} MB")
    return int(any(measured[name] > goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
