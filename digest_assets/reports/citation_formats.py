"""Papers for reference managers: RIS (https://en.wikipedia.org/wiki/RIS_(file_format)) and CSL-JSON
(https://docs.citationstyles.org). BibTeX is `bibtex.py`. Every value is one line, so that none begins another field.
"""

import json
from collections.abc import Sequence
from typing import Any

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.markdown import to_single_line
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.bibtex import NAME_SUFFIXES, is_group


def split_author(name: str) -> tuple[str, str]:
    """Family name and given names; a group's name, or one of a single word, is a family name alone."""
    family, comma, given = (part.strip() for part in to_single_line(name).partition(","))
    if comma and given.lower() not in NAME_SUFFIXES:
        return family, given
    words = to_single_line(name.replace(",", " ")).split()
    if len(words) < 2 or is_group(words):
        return " ".join(words), ""
    last = len(words) - (2 if len(words) > 2 and words[-1].lower() in NAME_SUFFIXES else 1)
    return " ".join(words[last:]), " ".join(words[:last])


def format_ris(papers: Sequence[PaperRow]) -> str:
    """The papers as RIS, each a preprint."""
    import rispy  # for this form alone

    class Writer(rispy.RisWriter):  # type: ignore[misc]
        """Without the numbers that rispy puts before entries, which are no RIS."""

        def set_header(self, count: int) -> str:
            return ""

    text: str = rispy.dumps([_make_ris_entry(paper) for paper in papers], implementation=Writer)
    return text


def _make_ris_entry(paper: PaperRow) -> dict[str, Any]:
    published = paper.published
    entry = {
        "type_of_reference": "UNPB",
        "id": paper.id,
        "title": to_single_line(paper.title) or paper.id,
        "authors": [", ".join(filter(None, split_author(name))) for name in paper.authors],
        "year": f"{published:%Y}" if published else "",
        "date": f"{published:%Y/%m/%d}" if published else "",
        "abstract": to_single_line(paper.abstract),
        "keywords": [to_single_line(category) for category in paper.categories],
        "doi": to_single_line(paper.doi or ""),
        "notes": [to_single_line(text) for text in (paper.journal_ref, paper.comment) if text],
        "publisher": "arXiv",
        "accession_number": f"arXiv:{paper.id}",
        "urls": [build_paper_url("abs", paper.id)],
    }
    return {name: value for name, value in entry.items() if value}


def format_csl_json(papers: Sequence[PaperRow]) -> str:
    """The papers as CSL-JSON, each an article of arXiv."""
    return json.dumps([_make_csl_item(paper) for paper in papers], ensure_ascii=False, indent=1) + "\n"


def _make_csl_item(paper: PaperRow) -> dict[str, Any]:
    day = paper.published.date() if paper.published else None
    item = {
        "id": paper.id,
        "type": "article",
        "title": to_single_line(paper.title) or paper.id,
        "author": [_make_csl_name(*split_author(name)) for name in paper.authors],
        "issued": {"date-parts": [[day.year, day.month, day.day]]} if day else None,
        "abstract": to_single_line(paper.abstract),
        "keyword": ", ".join(map(to_single_line, paper.categories)),
        "DOI": to_single_line(paper.doi or ""),
        "note": to_single_line(paper.journal_ref or ""),
        "number": f"arXiv:{paper.id}",
        "version": str(paper.version or ""),
        "publisher": "arXiv",
        "URL": build_paper_url("abs", paper.id),
    }
    return {name: value for name, value in item.items() if value}


def _make_csl_name(family: str, given: str) -> dict[str, str]:
    return {"family": family, "given": given} if given else {"literal": family}
