"""Synthetic mailings, for what needs many papers but no real ones: they hold only what a listing looks at."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from digest_assets.common.mailings import MailingCalendar
from digest_assets.testing.corpus import CATEGORIES
from digest_assets.testing.loopback.server import ServedPaper

MAILINGS = [date(2025, 12, day) for day in (1, 2, 3, 4, 5, 8, 9)]
_SUBJECTS = ("avatar", "neural rendering", "Gaussian Splatting", "video understanding", "graphs", "tables")


def generate_papers(days: Iterable[date] = MAILINGS, each: int = 230) -> list[ServedPaper]:
    """For each mailing, papers spread over its window, both ends included; every tenth has none of our categories."""
    calendar = MailingCalendar.with_extra_dates()
    papers = []
    for day in days:
        window = calendar.get_window(day)
        assert window is not None
        step = (window.end - window.start) / each
        for number in range(each):
            subject = _SUBJECTS[number % len(_SUBJECTS)]
            ours = CATEGORIES[number % len(CATEGORIES)]
            papers.append(
                ServedPaper(
                    id=f"{day:%y%m}.{day.day * 1000 + number:05}",
                    title=f"Paper {number} of {day}: on {subject}",
                    abstract=f"We study {subject}.\n  It is <em>paper</em> {number}.",
                    authors=("Ana Ødegård", "Li Wei"),
                    categories=("math.CO",) if number % 10 == 9 else (ours,) if number % 3 else ("stat.ML", ours),
                    published=(window.start + step * number).replace(microsecond=0),
                    comment="9 pages" if number % 2 else None,
                    announced={day: "new"},
                )
            )
        papers[-1] = replace(papers[-1], published=window.end - timedelta(seconds=1))
    return papers


def generate_hf_pages(papers: Iterable[ServedPaper], each: int = 4) -> dict[date, list[dict[str, Any]]]:
    """A Hugging Face page for each mailing, of its first papers."""
    pages: dict[date, list[dict[str, Any]]] = {}
    for paper in papers:
        page = pages.setdefault(next(iter(paper.announced)), [])
        if len(page) < each:
            entry = {"id": paper.id, "title": paper.title, "summary": paper.abstract, "upvotes": len(page)}
            entry["authors"] = [{"name": name} for name in paper.authors]
            page.append({"paper": entry, "title": paper.title, "numComments": 1})
    return pages
