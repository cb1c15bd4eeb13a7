"""What a parser returns: a paper as sections under headings, in reading order. Plain data, no parsing.

Apart from the tables, so that a parsing process loads nothing but the parsers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """A heading and its own text, without its subsections.

    `level` is 1 for a section, 2 for a subsection and so on, 0 for the abstract and for text before the first
    heading. `text` holds paragraphs divided by blank lines. `page` counts from 1 and is that of the heading, in a PDF.
    """

    level: int
    heading: str
    text: str
    number: str = ""
    role: str = "other"
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed paper. `pages` counts what was read of a PDF; `note` says what was left out, if anything was."""

    sections: tuple[ParsedSection, ...]
    pages: int | None = None
    note: str | None = None
    title: str | None = None

    @property
    def characters(self) -> int:
        """Length of all sections' texts."""
        return count_characters(self.sections)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it; the names are those of release 0.1.0, so that what it cached is read."""
        parts = [asdict(section) for section in self.sections]
        return {"parts": parts, "pages": self.pages, "note": self.note, "title": self.title}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Document":
        """What `to_json` made. Raises `KeyError` or `TypeError` for something else."""
        sections = tuple(ParsedSection(**part) for part in data["parts"])
        return cls(sections, data["pages"], data["note"], data.get("title"))


def count_characters(sections: Sequence[ParsedSection]) -> int:
    """Length of the sections' texts."""
    return sum(len(section.text) for section in sections)
