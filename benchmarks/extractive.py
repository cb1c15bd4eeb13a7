"""Extractive summaries beside lead-3 and a plain TextRank, on summaries by others.

    DIGEST_TEST_CORPUS=... python -m benchmarks.extractive [--limit REFERENCES]

ROUGE-L (F1, in per cent; Lin, 2004) against expert TL;DRs (the best of several references), an English category
digest, field by field, and a daily table. A paper that the engine's weights were learned from is summarised here with
weights learned from other papers. The Chinese digest shares only names and numbers with English sentences: for it, the
F1 of those. TextRank is Mihalcea and Tarau's (2004). Then milliseconds a paper.
"""

import argparse
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rich.console import Console
from rich.table import Table

from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.field_scores import fill_fields
from digest_assets.summaries.extractive.quotes import quote_text
from digest_assets.summaries.extractive.sentence_features import extract_sentences
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.html import read_html
from digest_assets.texts.sections import assign_roles
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import Section, TextRow

DAY = date(2025, 12, 5)
FIELDS = ("tldr", "motivation", "method", "result", "conclusion")


@dataclass(frozen=True)
class Reference:
    """A reference: what to compare our `field` of `report` with."""

    title: str
    abstract: str
    report: ReportName
    field: str
    references: tuple[str, ...]


def build_rows(title: str, abstract: str) -> tuple[PaperRow, TextRow]:
    """The rows of a paper of which only the abstract was read."""
    paper = PaperRow(
        day=DAY,
        id="2512.00001",
        title=title,
        abstract=abstract,
        authors=("A. Author",),
        categories=("cs.LG",),
        sources=(),
    )
    section = Section(role="abstract", level=0, heading="", text=abstract)
    text = TextRow(day=DAY, id=paper.id, source="abstract", sections=(section,), characters=len(abstract), sha256="")
    return paper, text


def load_references(corpus: Path) -> Iterator[tuple[str, Reference]]:
    """`(set, reference)` for every reference whose paper's abstract is known."""
    known = {row["id"]: row for path in sorted((corpus / "arxiv").glob("*.gz")) for row in _read_rows(path)}
    folder = corpus / "references"
    for row in _read_rows(folder / "scitldr_dev.jsonl.gz"):
        abstract = " ".join(row["source"])
        yield "SciTLDR", Reference(row["title"], abstract, "category_digest", "tldr", tuple(row["target"]))
    for name, language in (("category_digest_en_2025-09-12", "English"), ("category_digest_zh_2025-12-05", "Chinese")):
        for row in _read_rows(folder / f"{name}.jsonl.gz"):
            abstract = known.get(row["id"], {}).get("abstract") or " ".join(row["summary"].split())
            for field in FIELDS:
                if row["AI"].get(field):
                    yield (
                        f"{language} digest",
                        Reference(row["title"], abstract, "category_digest", field, (row["AI"][field],)),
                    )
    with gzip.open(folder / "daily_table_2025-09-11.md.gz", "rt", encoding="utf-8") as table:
        for match in re.finditer(r"arxiv\.org/abs/([\d.]+)\)[^|]*\|[^|]*\| (.+) \|", table.read()):
            if match[1] in known:
                row = known[match[1]]
                yield "daily table", Reference(row["title"], row["abstract"], "daily_table", "summary", (match[2],))


def _read_rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def score_rouge_l(candidate: str, reference: str) -> float:
    """F1 of the longest common subsequence of words."""
    one, two = (re.findall(r"[a-z0-9]+", text.lower()) for text in (candidate, reference))
    return _compute_f1(LCSseq.similarity(one, two), len(one), len(two))


def score_names_and_numbers(candidate: str, reference: str) -> float:
    """F1 of the words with a digit or with capitals inside: what a translation keeps."""
    one, two = (
        set(re.findall(r"[A-Za-z]*(?:[A-Z0-9][A-Za-z]*){2,}|\d+(?:\.\d+)?", text)) for text in (candidate, reference)
    )
    return _compute_f1(len(one & two), len(one), len(two)) if two else float("nan")


def _compute_f1(common: int, one: int, two: int) -> float:
    return 2 * common / (one + two) if one + two else 0.0


def take_lead(count: int) -> Callable[[Reference], str]:
    """The first sentences."""
    return lambda reference: " ".join(split_sentences(reference.abstract)[:count])


def rank_sentences(count: int) -> Callable[[Reference], str]:
    """The sentences that PageRank over word overlap puts first, in their order."""

    def summary(reference: Reference) -> str:
        lines = split_sentences(reference.abstract)
        chosen = sorted(sorted(range(len(lines)), key=lambda n: (-_compute_pagerank(lines)[n], n))[:count])
        return " ".join(lines[n] for n in chosen)

    return summary


def _compute_pagerank(lines: Sequence[str]) -> npt.NDArray[np.float64]:
    words = [set(re.findall(r"[a-z0-9]+", line.lower())) for line in lines]
    size = len(lines)
    links = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            if i != j and len(words[i]) > 1 and len(words[j]) > 1:
                links[i, j] = len(words[i] & words[j]) / (np.log(len(words[i])) + np.log(len(words[j])))
    totals = links.sum(axis=0)
    links = np.divide(links, totals, out=np.full_like(links, 1 / max(size, 1)), where=totals > 0)
    rank = np.full(size, 1 / max(size, 1))
    for _ in range(30):
        rank = 0.15 / size + 0.85 * links @ rank
    return rank


def summarise_extractively(reference: Reference) -> str:
    """Our field; empty if it is absent."""
    return (
        getattr(extract_summary(reference.report, *build_rows(reference.title, reference.abstract)), reference.field)
        or ""
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, help="take only the first references and papers")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    # Imported here, since it takes its references from this module.
    from benchmarks.train_extractive import SETS, get_part, load_papers, train_on_others

    parts = train_on_others(load_papers(load_references(corpus)))

    def summarise(reference: Reference) -> str:
        """Our field; of a paper that the weights were learned from, by those learned from the others."""
        if reference.title not in learned:
            return summarise_extractively(reference)
        sentences = extract_sentences(*build_rows(reference.title, reference.abstract))
        filled = fill_fields(sentences, parts[get_part(reference.title)])
        found = next((found for field, found in filled.items() if field == reference.field), [])
        return quote_text(found) or ""

    learned = {reference.title for name, reference in load_references(corpus) if name in SETS}
    systems: dict[str, Callable[[Reference], str]] = {
        "ours": summarise,
        "lead-3": take_lead(3),
        "TextRank-3": rank_sentences(3),
        "lead-1": take_lead(1),
        "TextRank-1": rank_sentences(1),
    }
    scores: dict[tuple[str, str], dict[str, list[float]]] = {}
    filled: dict[tuple[str, str], list[bool]] = {}
    for name, reference in islice(load_references(corpus), given.limit):
        score = score_names_and_numbers if name == "Chinese digest" else score_rouge_l
        row = scores.setdefault((name, reference.field), {})
        for system, summary in systems.items():
            text = summary(reference)
            best = max(score(text, expected) for expected in reference.references)
            if best == best:
                row.setdefault(system, []).append(best)
            if system == "ours":
                filled.setdefault((name, reference.field), []).append(bool(text))
    console = Console(width=110)
    table = Table(title="ROUGE-L F1 × 100; for the Chinese digest, F1 × 100 of names and numbers")
    for head in ("set", "field", "papers", *systems, "filled"):
        table.add_column(head, justify="left" if head in ("set", "field") else "right")
    for (name, field), row in scores.items():
        means = [fmean(row[system]) * 100 for system in systems]
        cells = [f"[bold]{mean:.1f}[/bold]" if mean == max(means) else f"{mean:.1f}" for mean in means]
        table.add_row(name, field, str(len(row["ours"])), *cells, f"{fmean(filled[name, field]):.0%}")
    for name in dict.fromkeys(name for name, _ in scores):
        means = [
            fmean(fmean(row[system]) * 100 for (other, _), row in scores.items() if other == name) for system in systems
        ]
        table.add_row(
            name, "mean of fields", "", *(f"[bold]{m:.1f}[/bold]" if m == max(means) else f"{m:.1f}" for m in means)
        )
    console.print(table)

    rows = [
        build_rows(row["title"], row["abstract"]) for row in _read_rows(sorted((corpus / "arxiv").glob("*.gz"))[-1])
    ][: min(300, given.limit or 300)]
    _print_times(console, "an abstract", rows)
    _print_times(
        console,
        "a full paper",
        [_read_full_paper(path) for path in sorted((corpus / "html").glob("[0-9]*.html"))[: given.limit]],
    )


def _read_full_paper(path: Path) -> tuple[PaperRow, TextRow]:
    """The rows of a paper that was read from its page."""
    paper, text = build_rows(path.stem, "")
    sections = tuple(
        Section(role=part.role, level=part.level, heading=part.heading, text=part.text)
        for part in assign_roles(read_html(path.read_bytes()).sections)
    )
    return paper, text.model_copy(update={"sections": sections, "source": "html"})


def _print_times(console: Console, what: str, papers: Sequence[tuple[PaperRow, TextRow]]) -> None:
    for report in FORMATS:
        extract_sentences.cache_clear()
        started = time.perf_counter()
        for paper, text in papers:
            extract_summary(report, paper, text)
        console.print(f"{report}: {(time.perf_counter() - started) / len(papers) * 1e3:.1f} ms {what}")


if __name__ == "__main__":
    main()
