"""How many files and bytes the site has after years: real days are built, counted by kind, and multiplied.

    DIGEST_TEST_CORPUS=... python -m benchmarks.site_scale [--days 4]

What a day adds is counted from the corpus' days by their papers, what a month adds from a month; a year's files of the search
from `site/search_words.py`. A day of the corpus has a hundred reports' papers or so that are read in full, as the default
reports have; pictures, one for each at most, come on top.
"""

import argparse
import gzip
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from digest_assets.config.settings import Environment, Settings
from digest_assets.site.build import build_site
from digest_assets.site.search_words import YEAR_SHARDS
from digest_assets.testing.corpus import list_corpus_days, require_corpus
from digest_assets.testing.site_days import store_corpus_day

PAGE_LIMIT = 300_000  # bytes of a page, compressed: what a phone loads in two seconds at 1.6 Mbit/s
_DAILY = ("days", "papers", "data/search")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code says whether every page is within the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=4, help="of the corpus, the last ones")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(environment=Environment(data_dir=Path(name)))
        days = list_corpus_days(corpus)[-given.days :]
        papers = sum(store_corpus_day(settings, corpus, day) for day in days)
        folder = build_site(settings).folder
        files: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        largest = ("", 0)
        for path in folder.rglob("*"):
            if path.is_file():
                page = path.relative_to(folder).as_posix()
                kind = next((kind for kind in _DAILY if page.startswith(f"{kind}/")), "of months and all")
                files[kind] += 1
                sizes[kind] += path.stat().st_size
                if path.suffix == ".html":
                    largest = max(largest, (page, len(gzip.compress(path.read_bytes(), 6))), key=lambda pair: pair[1])
    print(f"{papers} papers of {given.days} days")
    for kind, count in sorted(files.items()):
        print(f"{kind:<20} {count:>6} files {sizes[kind] / 1e6:>8.1f} MB")
    print(f"largest page: {largest[0]}, {largest[1]:,} bytes compressed")
    daily_files, daily_bytes = (sum(counts[kind] for kind in _DAILY) / papers for counts in (files, sizes))
    months = len({day.strftime("%Y-%m") for day in days})
    for words, per_day, total_days, years in (("3 years of 300", 300, 750, 3), ("1 year of 1,000", 1000, 250, 1)):
        every = 12 * years * files["of months and all"] / months + years * YEAR_SHARDS
        words_bytes = sizes["of months and all"] / papers * per_day * total_days
        print(
            f"{words}: {daily_files * per_day * total_days + every:,.0f} files, "
            f"{(daily_bytes * per_day * total_days + words_bytes) / 1e6:,.0f} MB"
        )
    return 0 if largest[1] <= PAGE_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
