"""How well and how fast claims are checked against the text that they speak of, on a labelled set of our own making.

    DIGEST_TEST_CORPUS=... python -m benchmarks.claims [--held-out] [--misses] [--limit CLAIMS]

For each kind of claim, how many were judged rightly (a true one supported, a false one not), the balanced accuracy
(limit 85%), the false alarms on true claims (limit 2%), and milliseconds a claim and a paper.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from rich.console import Console
from rich.table import Table

from digest_assets.summaries.verification.claims import check_claims
from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.testing.corpus import require_corpus
from digest_assets.testing.labelled_claims import load_labelled_claims, load_labelled_paper

SWAPS = ("row", "system")  # a number said of the wrong thing


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", action="store_true", help="claims about other papers (docs/evidence.md)")
    parser.add_argument("--misses", action="store_true", help="print each claim that was misjudged")
    parser.add_argument("--limit", type=int, help="take only the first claims")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    indexes: dict[str, SourceIndex] = {}
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    indexing = checking = 0.0
    for claim in islice(load_labelled_claims(corpus, held_out=given.held_out), given.limit):
        if claim.paper not in indexes:
            paper = load_labelled_paper(corpus, claim.paper)
            started = time.perf_counter()
            indexes[claim.paper] = paper.build_index()
            indexing += time.perf_counter() - started
        started = time.perf_counter()
        checked = check_claims(claim.claim, indexes[claim.paper])
        checking += time.perf_counter() - started
        is_refused = any(one.verdict == "unsupported" for one in checked)
        total[claim.kind] += 1
        right[claim.kind] += is_refused != (claim.kind == "true")
        if given.misses and is_refused == (claim.kind == "true"):
            print(claim.kind, claim.paper, claim.claim, [(one.verdict, one.reason) for one in checked], sep=" · ")
    table = Table(title="Claims judged rightly")
    for head in ("kind", "claims", "right", "share"):
        table.add_column(head, justify="left" if head == "kind" else "right")
    for kind in total:
        table.add_row(kind, str(total[kind]), str(right[kind]), f"{right[kind] / total[kind]:.1%}")
    console = Console(width=100)
    console.print(table)
    false = [kind for kind in total if kind != "true"]
    specificity = right["true"] / max(total["true"], 1)
    sensitivity = sum(right[kind] for kind in false) / max(sum(total[kind] for kind in false), 1)
    swaps = sum(right[kind] for kind in SWAPS) / max(sum(total[kind] for kind in SWAPS), 1)
    console.print(f"balanced accuracy: {(specificity + sensitivity) / 2:.1%} (limit 85%)")
    console.print(
        f"false alarms: {total['true'] - right['true']} of {total['true']} = {1 - specificity:.1%} (limit 2%)"
    )
    console.print(f"wrong row or wrong system found: {swaps:.1%} (limit 85%)")
    console.print(
        f"{checking / max(sum(total.values()), 1) * 1e3:.1f} ms a claim, "
        f"{indexing / max(len(indexes), 1) * 1e3:.0f} ms to index a paper"
    )


if __name__ == "__main__":
    main()
