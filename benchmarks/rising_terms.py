"""Measures whether the terms that a week calls rising stay up: their share in the week after, against the weeks before.

    DIGEST_TEST_CORPUS=... python -m benchmarks.rising_terms [--show] [--weeks WEEKS]

The corpus' mailings and the training days of `relevance/train.jsonl.gz` are put together by week. A week is measured
where some of the four weeks before it and the week after it are known. Of each way's ten terms it is counted how many had
a larger share of papers in the week after than in the weeks before, and how much larger (the median ratio). The peers: the
ten terms whose share grew most as a ratio among those with three papers; the ten with the most papers; and what a term
does by chance: all terms with as many papers as a rising one needs.
"""

import argparse
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, median

from rich.console import Console
from rich.table import Table

from digest_assets.testing.corpus import require_corpus
from digest_assets.weekly.terms import MIN_PAPERS, TermCounts, find_rising_terms, fold_plural

TERMS = 10  # of a week, as the report shows
WEEKS_BEFORE = 4
FEW_PAPERS = 3  # of a term, for the naive ratio
LEAST_PAPERS = 300  # of a week that is compared: less than one full mailing says nothing

Way = Callable[[TermCounts, TermCounts], list[str]]


def read_weeks(corpus: Path) -> dict[date, list[tuple[str, str]]]:
    """Title and abstract of each new paper of a week, by the week's Monday; each paper once."""
    papers: dict[str, tuple[date, tuple[str, str]]] = {}
    files = [*sorted((corpus / "arxiv").glob("*.jsonl.gz")), corpus / "relevance" / "train.jsonl.gz"]
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row.get("announce_type", "new") == "new":
                    day = date.fromisoformat(row.get("announced") or row["day"])
                    papers.setdefault(row["id"], (day, (row["title"], row["abstract"])))
    weeks: dict[date, list[tuple[str, str]]] = defaultdict(list)
    for _, (day, text) in sorted(papers.items()):
        weeks[day - timedelta(days=day.weekday())].append(text)
    return dict(weeks)


def choose_rising(week: TermCounts, earlier: TermCounts) -> list[str]:
    return [fold_plural(change.term) for change in find_rising_terms(week, earlier, TERMS)]


def choose_by_ratio(week: TermCounts, earlier: TermCounts) -> list[str]:
    grown = {
        term: week.get_share(term) / max(earlier.get_share(term), 1 / (earlier.total + 1))
        for term, papers in week.papers.items()
        if len(papers) >= FEW_PAPERS
    }
    return sorted(grown, key=lambda term: (-grown[term], term))[:TERMS]


def choose_by_count(week: TermCounts, _: TermCounts) -> list[str]:
    return sorted(week.papers, key=lambda term: (-len(week.papers[term]), term))[:TERMS]


def choose_all(week: TermCounts, _: TermCounts) -> list[str]:
    return sorted(term for term, papers in week.papers.items() if len(papers) >= MIN_PAPERS)


WAYS: dict[str, Way] = {
    "rising": choose_rising,
    "largest ratio": choose_by_ratio,
    "most papers": choose_by_count,
    "any term": choose_all,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each week's figures, and those of all weeks' terms together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, help="weeks of the corpus, the first ones; all where not given")
    parser.add_argument("--show", action="store_true", help="print the terms that are called rising")
    options = parser.parse_args(arguments)
    weeks = dict(sorted(read_weeks(require_corpus()).items())[: options.weeks])
    counts = {monday: TermCounts(papers) for monday, papers in sorted(weeks.items())}
    table = Table("week", "papers", "before", "after", *WAYS, title="Terms that stay above their earlier share")
    stayed: dict[str, list[bool]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    for monday, week in counts.items():
        before = [paper for back in range(1, WEEKS_BEFORE + 1) for paper in weeks.get(monday - timedelta(7 * back), ())]
        after = counts.get(monday + timedelta(days=7))
        if min(week.total, len(before), after.total if after else 0) < LEAST_PAPERS or after is None:
            continue
        earlier = TermCounts(before)
        cells = []
        for name, choose in WAYS.items():
            terms = choose(week, earlier)
            shares = [(after.get_share(term), earlier.get_share(term)) for term in terms]
            stayed[name] += [now > then for now, then in shares]
            ratios[name] += [now / max(then, 1 / (earlier.total + 1)) for now, then in shares]
            cells.append(f"{sum(now > then for now, then in shares):,} of {len(terms):,}")
        table.add_row(str(monday), *(f"{number:,}" for number in (week.total, earlier.total, after.total)), *cells)
        if options.show:
            for change in find_rising_terms(week, earlier, TERMS):
                now = after.get_share(fold_plural(change.term))
                print(f"{monday} {change.term}: {change.papers} papers, {change.earlier_share:.2%} before, "
                      f"{change.share:.2%}, {now:.2%} after, {change.deviation:.1f}")  # fmt: skip
    shares_stayed = (f"{fmean(stayed[name]):.2f}" if stayed[name] else "–" for name in WAYS)
    table.add_row("all weeks", "", "", "", *shares_stayed, style="bold")
    table.add_row(
        "median ratio", "", "", "", *(f"{median(ratios[name]):.2f}" if ratios[name] else "–" for name in WAYS)
    )
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
