"""The sample days: the papers of `papers/` as the server serves them, and Hugging Face's pages of these days."""

import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from digest_assets.common.mailings import MailingCalendar
from digest_assets.testing.loopback.responses import ServedPaper
from digest_assets.testing.loopback.server import Fault, LoopbackServer
from digest_assets.testing.sample.html import render_html
from digest_assets.testing.sample.source import HuggingFaceEntry, SourcePaper, read_paper

# A Thursday, a Friday and a Saturday, which has no mailing.
DAYS = (date(2025, 10, 2), date(2025, 10, 3), date(2025, 10, 4))

_FOLDER = Path(__file__).parent / "papers"
_CALENDAR = MailingCalendar()
_TITLE_WIDTH = 72  # Hugging Face keeps the line breaks that arXiv puts into a long title


def create_sample_server(*, fault: Fault | None = None, port: int = 0) -> LoopbackServer:
    """A loopback server over the sample days, to be used in a `with` statement."""
    return LoopbackServer(load_papers(), build_hf_pages(), fault=fault, port=port)


@cache
def load_sources() -> tuple[SourcePaper, ...]:
    """Every sample paper as it is written, by id."""
    return tuple(read_paper(path) for path in sorted(_FOLDER.glob("*.md")))


@cache
def load_papers() -> tuple[ServedPaper, ...]:
    """Every sample paper with its files, as arXiv's side of the server serves it."""
    return tuple(map(_build_served_paper, load_sources()))


def _build_served_paper(paper: SourcePaper) -> ServedPaper:
    front = paper.front_matter
    announced = {_CALENDAR.find_mailing(front.published): "new"}
    if front.replaced is not None:
        announced[_CALENDAR.find_mailing(front.replaced)] = "replace"
    return ServedPaper(
        id=paper.id,
        title=front.title,
        abstract=paper.abstract,
        authors=front.authors,
        categories=front.categories,
        published=front.published,
        version=1 if front.replaced is None else 2,
        updated=front.replaced,
        comment=front.comment,
        announced=announced,
        html=render_html(paper) if front.form == "html" else None,
        pdf=_render_pdf(paper) if "pdf" in front.form else None,
    )


def _render_pdf(paper: SourcePaper) -> bytes:
    from digest_assets.testing.sample.pdf import render_pdf

    return render_pdf(paper)


def build_hf_pages() -> dict[date, list[Mapping[str, Any]]]:
    """Hugging Face's page of each sample day, the most upvotes first, in the JSON shape of its API."""
    pages: dict[date, list[tuple[HuggingFaceEntry, SourcePaper]]] = {day: [] for day in DAYS}
    for paper in load_sources():
        if paper.front_matter.hugging_face is not None:
            pages[paper.front_matter.hugging_face.day].append((paper.front_matter.hugging_face, paper))
    return {
        day: [
            _build_entry(shown, paper) for shown, paper in sorted(page, key=lambda item: (-item[0].upvotes, item[1].id))
        ]
        for day, page in pages.items()
    }


def _build_entry(shown: HuggingFaceEntry, paper: SourcePaper) -> Mapping[str, Any]:
    title = "\n  ".join(textwrap.wrap(paper.front_matter.title, _TITLE_WIDTH))
    published = _format_instant(paper.front_matter.published)
    user = {"_id": _build_document_id("reader"), "fullname": "A sample reader", "name": "sample-reader", "type": "user"}
    entry = {
        "id": paper.id,
        "authors": _build_authors(paper.front_matter.authors),
        "publishedAt": published,
        "submittedOnDailyAt": _format_instant(
            datetime.combine(shown.day, datetime.min.time(), UTC) + timedelta(minutes=26)
        ),
        "title": title,
        "submittedOnDailyBy": {**user, "user": "sample-reader"},
        "summary": paper.abstract,
        "upvotes": shown.upvotes,
        "discussionId": _build_document_id(paper.id),
        "ai_summary": shown.summary,
        "ai_keywords": list(shown.keywords),
    }
    optional = {"projectPage": shown.project, "githubRepo": shown.code, "githubStars": shown.stars}
    entry |= {name: value for name, value in optional.items() if value is not None}
    outer = {"publishedAt": published, "title": title, "summary": paper.abstract, "numComments": shown.comments}
    outer |= {"submittedBy": user, "isAuthorParticipating": False}
    if shown.organization is not None:
        group = {"_id": _build_document_id(shown.organization), "name": shown.organization.lower().replace(" ", "-")}
        entry["organization"] = outer["organization"] = {**group, "fullname": shown.organization}
    return {"paper": entry, **outer}


def _build_authors(names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"_id": _build_document_id(name), "name": name, "hidden": False} for name in names]


def _build_document_id(text: str) -> str:
    """A document key as MongoDB has them, from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _format_instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
