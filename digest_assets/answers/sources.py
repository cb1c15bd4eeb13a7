"""Sources: which paper, version, section, page and address something stands in; and texts as they were read, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest_assets.common.arxiv_ids import ArxivId, parse_arxiv_id
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.requests import build_abstract_text
from digest_assets.texts.spans import build_span_url
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow, parse_text_rows
from digest_assets.warehouse import Warehouse

_NEWEST_PAPERS = """
    SELECT * FROM papers WHERE list_contains(?, id) QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1
"""
# The newest text that says more than the abstract, and is still kept.
_NEWEST_TEXTS = """
    SELECT * EXCLUDE (picture), NULL AS picture FROM paper_texts WHERE list_contains(?, id) AND len(sections) > 0
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY source = 'abstract', day DESC) = 1
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where something stands."""

    id: str
    version: int | None
    title: str
    section: str = ""
    page: int | None = None
    element: str = ""

    @property
    def url(self) -> str:
        """The address at which a reader finds it."""
        return build_span_url(ArxivId(self.id, self.version), self.page, self.element)

    def describe(self) -> dict[str, Any]:
        """For JSON; what is not known is left out."""
        known = {
            "id": str(ArxivId(self.id, self.version)),
            "title": self.title,
            "section": self.section,
            "page": self.page,
            "url": self.url,
        }
        return {name: value for name, value in known.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class ArchivedPaper:
    """A paper as its newest day has it, and the newest text that was read of it: at least title and abstract."""

    row: PaperRow
    text: TextRow

    def make_source(self, section: int = -1, page: int | None = None, element: str = "") -> Source:
        """A place in the paper; -1 is what is known of it besides its text."""
        inside = self.text.sections[section] if 0 <= section < len(self.text.sections) else None
        title = to_single_line(self.row.title) or self.row.id
        version = self.text.version if self.text.source != "abstract" else self.row.version
        return Source(self.row.id, version, title, "" if inside is None else name_section(inside), page, element)


def name_section(section: Section) -> str:
    """A section by its number and heading, or else by what it is for."""
    heading = to_single_line(section.heading) or section.role.replace("_", " ")
    return f"{section.number} {heading}".strip()


def parse_id(text: str) -> str:
    """The id of a paper, without version. Raises `ReportError`."""
    try:
        return parse_arxiv_id(text).id
    except ValueError as error:
        raise ReportError(str(error)) from None


def parse_day(text: str, default: date) -> date:
    """A day, or the default for an empty text. Raises `ReportError`."""
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        raise ReportError(f"not a day: {text[:40]!r} (expected like 2025-12-05)") from None


def load_papers(warehouse: Warehouse, ids: Sequence[str]) -> list[ArchivedPaper]:
    """These papers, in this order; one that no day has is left out."""
    unique_ids = list(dict.fromkeys(ids))
    with warehouse.hold_open():
        papers = warehouse.query(_NEWEST_PAPERS, [unique_ids], tables=[PAPERS]).select(PAPERS.schema.names())
        texts = warehouse.query(_NEWEST_TEXTS, [unique_ids], tables=[PAPER_TEXTS]).select(PAPER_TEXTS.schema.names())
    rows = {row.id: row for row in PAPERS.to_rows(papers)}
    read = {row.id: row for row in parse_text_rows(texts.cast({"picture": PAPER_TEXTS.schema["picture"]}))}
    return [
        ArchivedPaper(rows[id_], read.get(id_) or build_abstract_text(rows[id_])) for id_ in unique_ids if id_ in rows
    ]


def load_paper(warehouse: Warehouse, id_: str) -> ArchivedPaper:
    """One paper. Raises `ReportError` if no day has it."""
    found = load_papers(warehouse, [parse_id(id_)])
    if not found:
        raise ReportError(f"the archive has no paper {id_}; search_papers finds papers by words")
    return found[0]
