"""Counts in how many abstracts each word stands, for `digest_assets/summaries/verification/word_rarity.json`.

    DIGEST_TEST_CORPUS=... python -m benchmarks.count_words [--write]

Of the 11,825 papers from which the relevance prior is learned; the same papers give the same bytes. Without `--write` it
says how many words are how rare, and whether the file is what it would write.
"""

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log2
from pathlib import Path

from rich.console import Console
from rich.table import Table

import digest_assets.summaries.verification
from digest_assets.summaries.verification.words import list_words
from digest_assets.testing.corpus import require_corpus

# Papers that a word is thought to have more than were counted: one seen once is no rarer than one unseen.
_SMOOTHING = 3
_MIN_PAPERS = 12  # a rarer one counts as unknown: it would differ by two bits of ten, and make the file thrice as long


def main(arguments: Sequence[str] | None = None) -> None:
    """Count, and write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the file")
    given = parser.parse_args(arguments)
    target = Path(digest_assets.summaries.verification.__path__[0]) / "word_rarity.json"
    text = count_words(require_corpus())
    if given.write:
        target.write_text(text, "utf-8")
    table = Table("bits", "stems", title="Words by how rare they are")
    for bits, stems in json.loads(text)["stems"].items():
        table.add_row(bits, str(len(stems.split())))
    Console().print(table)
    print("as in the package" if target.read_text("utf-8") == text else "differs from the package")


def count_words(corpus: Path) -> str:
    """The file's text: for each number of bits, in halves, the stems that are worth so many."""
    with gzip.open(corpus / "relevance" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    counts = Counter(
        stem
        for paper in papers
        for stem in {word.stem for word in list_words(f"{paper['title']}. {paper['abstract']}")} - {""}
    )
    levels: defaultdict[float, list[str]] = defaultdict(list)
    for stem, count in counts.items():
        if count >= _MIN_PAPERS and stem.isascii():
            levels[_count_bits(len(papers), count)].append(stem)
    stems = {str(bits): " ".join(sorted(levels[bits])) for bits in sorted(levels)}
    return json.dumps({"papers": len(papers), "unknown": _count_bits(len(papers), 0), "stems": stems}, indent=1) + "\n"


def _count_bits(papers: int, count: int) -> float:
    return round(2 * log2(papers / (count + _SMOOTHING))) / 2


if __name__ == "__main__":
    main()
