"""How well and how fast numbers are traced to their places, on a labelled set made from reference summaries.

    DIGEST_TEST_CORPUS=... python -m benchmarks.numbers [--misses] [--limit CASES]

For each kind of case, how many were misjudged (a true number flagged, an altered one not), against the limits of 2%
false alarms and 99% recall; and milliseconds a summary.
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
from digest_assets.testing.labelled_claims import build_abstract_index
from digest_assets.testing.labelled_numbers import LabelledNumber, generate_labelled_numbers, load_reference_summaries

TRUE = ("true", "rewritten")


def is_misjudged(case: LabelledNumber, index: SourceIndex) -> bool:
    """Whether the verdict on the case's number, traced to a place, differs from its label."""
    traced = [number for claim in check_claims(case.summary, index) for number in claim.numbers]
    verdicts = [number.status for number in traced if number.start < case.end and number.end > case.start]
    flagged = "missing" in verdicts
    return flagged if case.kind in TRUE else not flagged


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="print each case that was misjudged")
    parser.add_argument("--limit", type=int, help="take only the first cases and summaries")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    judged: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    indexes: dict[str, SourceIndex] = {}
    for case in islice(generate_labelled_numbers(corpus), given.limit):
        if (index := indexes.get(case.text)) is None:
            index = indexes[case.text] = build_abstract_index(case.text)
        judged[case.source, case.kind] += 1
        if is_misjudged(case, index):
            wrong[case.source, case.kind] += 1
            if given.misses:
                print(case)
    console = Console(width=100)
    table = Table(title="Numbers misjudged")
    for head in ("source", "kind", "cases", "wrong", "share"):
        table.add_column(head, justify="left" if head in ("source", "kind") else "right")
    for key in sorted(judged):
        table.add_row(*key, str(judged[key]), str(wrong[key]), f"{wrong[key] / judged[key]:.2%}")
    console.print(table)
    for title, kinds, limit in (
        ("false alarms", TRUE, 0.02),
        ("altered numbers missed", ("digit", "unit", "sign"), 0.01),
    ):
        total = sum(n for (_, kind), n in judged.items() if kind in kinds)
        bad = sum(n for (_, kind), n in wrong.items() if kind in kinds)
        console.print(f"{title}: {bad} of {total} = {bad / total:.2%} (limit {limit:.0%})")

    references = islice(load_reference_summaries(corpus), given.limit)
    pairs = [(text, summary) for source, text, summary in references if source != "abstract"]
    started = time.perf_counter()
    built = [build_abstract_index(text) for text, _ in pairs]
    indexed = time.perf_counter()
    for index, (_, summary) in zip(built, pairs, strict=True):
        check_claims(summary, index)
    traced = time.perf_counter()
    console.print(
        f"{len(pairs)} papers: {(indexed - started) / len(pairs) * 1e3:.2f} ms to index an abstract, "
        f"{(traced - indexed) / len(pairs) * 1e3:.2f} ms to check a summary"
    )


if __name__ == "__main__":
    main()
