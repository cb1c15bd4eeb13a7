"""How well and how fast claims are checked against the text that they speak of, on a labelled set of our own making.

    DIGEST_TEST_CORPUS=... python -m benchmarks.claims [--set SET] [--misses] [--limit CLAIMS] [--summaries]

For each kind of claim, how many were judged rightly (a true one supported, a false one not), the balanced accuracy
(limit 85%), the false alarms on true claims (limit 2%), and milliseconds a claim and a paper.

`--summaries` takes sentences that a model wrote about abstracts instead, whose truth nobody has labelled: how many are
doubted, and how many are supported by the abstract of another paper.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from digest_assets.summaries.verification.claims import check_claims
from digest_assets.summaries.verification.source_units import METADATA, SourceIndex, SourceUnit
from digest_assets.testing.corpus import require_corpus
from digest_assets.testing.labelled_claims import ClaimSet, load_labelled_claims, load_labelled_paper
from digest_assets.testing.labelled_numbers import load_reference_summaries
from digest_assets.texts.sentences import find_sentence_spans
from digest_assets.texts.spans import Span

SWAPS = ("row", "system")  # a number said of the wrong thing


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--set",
        choices=get_args(ClaimSet),
        default="labelled",
        help="which claims (docs/evidence.md says how each was used)",
    )
    parser.add_argument("--misses", action="store_true", help="print each claim that was misjudged")
    parser.add_argument("--limit", type=int, help="take only the first claims")
    parser.add_argument("--summaries", action="store_true", help="a model's sentences about abstracts")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    if given.summaries:
        measure_summaries(corpus)
        return
    indexes: dict[str, SourceIndex] = {}
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    indexing = checking = 0.0
    for claim in islice(load_labelled_claims(corpus, given.set), given.limit):
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


def measure_summaries(corpus: Path) -> None:
    """Print how a model's sentences fare against the abstract that they are about, and against another one."""
    found = [row for row in load_reference_summaries(corpus) if row[0] == "category_digest_en"]
    indexes = [_index_abstract(text) for _, text, _ in found]
    for name, shift in (("their own abstract", 0), ("another's", 1)):
        verdicts = Counter(
            (one.verdict, one.reason)
            for place, (_, _, summary) in enumerate(found)
            for one in check_claims(summary, indexes[(place + shift) % len(found)])
        )
        total = sum(verdicts.values())
        doubted = {reason: count for (verdict, reason), count in verdicts.items() if verdict == "unsupported"}
        share = sum(doubted.values()) / max(total, 1)
        print(f"{total} sentences against {name}: {share:.1%} doubted, by reason {doubted}")


def _index_abstract(text: str) -> SourceIndex:
    title, _, abstract = text.partition("\n")
    sentences = [(Span(0, 0, start, end), abstract[start:end]) for start, end in find_sentence_spans(abstract)]
    return SourceIndex.from_units(SourceUnit(*one) for one in ((Span(METADATA, 0, 0, len(title)), title), *sentences))


if __name__ == "__main__":
    main()
