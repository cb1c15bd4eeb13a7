"""arXiv and Hugging Face from the corpus of real days: the collection that a `LoopbackServer` serves to tests.

with create_corpus_server(corpus) as server:
    settings = create_settings(server, data_dir)
"""

import gzip
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from digest_assets.testing.loopback.server import LoopbackServer, ServedPaper

CORPUS_VARIABLE = "DIGEST_TEST_CORPUS"
CATEGORIES = ("cs.CV", "cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.CY", "cs.RO")


def find_corpus() -> Path | None:
    """The folder of recorded real days that the environment names, if it names one."""
    folder = os.environ.get(CORPUS_VARIABLE)
    if not folder:
        return None
    corpus = Path(folder)
    assert (corpus / "arxiv").is_dir(), f"{CORPUS_VARIABLE}={folder} holds no corpus"
    return corpus


def require_corpus() -> Path:
    """The same folder; a program that has none ends with a line that says so."""
    return find_corpus() or sys.exit(f"{CORPUS_VARIABLE} is not set: no corpus of real days")


def load_listing_rows(corpus: Path, day: date) -> list[dict[str, Any]]:
    """One mailing's rows as they are recorded."""
    with gzip.open(corpus / "arxiv" / f"{day}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def list_corpus_days(corpus: Path) -> list[date]:
    """The recorded mailings, oldest first."""
    return sorted(date.fromisoformat(path.name.split(".")[0]) for path in (corpus / "arxiv").glob("*.jsonl.gz"))


def load_new_ids(corpus: Path, day: date, categories: Iterable[str] = CATEGORIES) -> set[str]:
    """The ids of a mailing's new papers that have one of the categories."""
    asked_categories = set(categories)
    return {
        row["id"]
        for row in load_listing_rows(corpus, day)
        if row["announce_type"] == "new" and asked_categories & set(row["categories"])
    }


def load_corpus_papers(corpus: Path, days: Iterable[date] | None = None, *, files: bool = False) -> list[ServedPaper]:
    """The papers of the recorded mailings, each once. With `files`, recorded HTML and PDF files stand in for theirs:
    of four papers in a row one has HTML, one PDF, one both and one neither.
    """
    papers: dict[str, ServedPaper] = {}
    for day in days or list_corpus_days(corpus):
        for row in load_listing_rows(corpus, day):
            known = papers.get(row["id"])
            announced = {**(known.announced if known else {}), day: row["announce_type"]}
            papers[row["id"]] = replace(_build_served_paper(row), announced=announced)
    return list(_add_files(corpus, papers.values()) if files else papers.values())


def _build_served_paper(row: Mapping[str, Any]) -> ServedPaper:
    primary = row["primary_category"]
    return ServedPaper(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=(primary, *(name for name in row["categories"] if name != primary)),
        published=datetime.fromisoformat(row["published"]),
        comment=row["comment"],
        doi=row["doi"],
        journal_ref=row["journal_ref"],
    )


def _add_files(corpus: Path, papers: Iterable[ServedPaper]) -> Iterator[ServedPaper]:
    pages = cycle([(corpus / "html" / name).read_bytes() for name in ("1706.03762.html", "2310.06825.html")])
    files = cycle([path.read_bytes() for path in sorted((corpus / "pdf").glob("*.pdf")) if _is_small(path)])
    for number, paper in enumerate(sorted(papers, key=lambda paper: paper.id)):
        has_html, has_pdf = number % 4 in (0, 2), number % 4 in (1, 2)
        yield replace(paper, html=next(pages) if has_html else None, pdf=next(files) if has_pdf else None)


def _is_small(path: Path) -> bool:
    return path.stat().st_size < 1_000_000


def load_hf_pages(corpus: Path) -> dict[date, list[dict[str, Any]]]:
    """The recorded pages by day, unchanged."""
    return {
        date.fromisoformat(path.stem): json.loads(path.read_text("utf-8"))
        for path in sorted((corpus / "hf").glob("*.json"))
    }


def create_corpus_server(
    corpus: Path, *, days: Iterable[date] | None = None, files: bool = False, **more: Any
) -> LoopbackServer:
    """A server of the corpus; `more` goes to `LoopbackServer`."""
    return LoopbackServer(load_corpus_papers(corpus, days, files=files), load_hf_pages(corpus), **more)
