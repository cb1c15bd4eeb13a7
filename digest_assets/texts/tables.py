"""The table of texts: one row is what was read of a paper, with its sections. And how stored rows become texts again."""

from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from digest_assets.texts.document import ParsedSection
from digest_assets.warehouse.tables import DayRow, Table

Role = Literal[
    "abstract", "introduction", "related_work", "method", "results", "ablation", "limitations", "conclusion", "other"
]


class Section(BaseModel):
    """A part of a paper under one heading, without its subsections."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role = Field(description="What the section is for, from its heading or its parent's.")
    level: int = Field(description="1 for a section, 2 for a subsection and so on; 0 for the abstract.")
    heading: str = Field(description="The heading without its number; empty for text before the first heading.")
    number: str = Field("", description="The heading's number, like `3.1` or `A`; empty if it has none.")
    text: str = Field(description="Paragraphs divided by blank lines; formulas as TeX.")

    @classmethod
    def from_parsed(cls, parsed: ParsedSection) -> "Section":
        """What is stored of a parsed section."""
        return cls.model_validate({name: getattr(parsed, name) for name in cls.model_fields})


class TextRow(DayRow):
    """What was read of a paper."""

    id: str = Field(description="arXiv id without version.")
    version: int | None = Field(None, description="The version that was read, where known.")
    source: Literal["html", "pdf", "abstract"] = Field(description="Where the text comes from.")
    sections: tuple[Section, ...] = Field(description="The text, in reading order; references and boilerplate dropped.")
    characters: int = Field(description="Length of all sections' texts.")
    pages: int | None = Field(None, description="Pages that were read, for a PDF.")
    sha256: str = Field(description="Hash of the sections, the text's identity for whoever summarises it.")
    reason: str | None = Field(
        None,
        description="Why no better source was read, like `html: HTTP 404; pdf: password`, and what was left out, like "
        "`pdf: first 200 of 345 pages`; null if nothing better was wanted.",
    )
    can_retry: bool = Field(False, description="Whether reading again later may give more.")


PAPER_TEXTS = Table(
    "paper_texts", TextRow, ("day", "id"), "What was read of each paper that a report shows, and why not more."
)

# What says where a text comes from: all columns but the text itself, which is most of the database.
PROVENANCE_COLUMNS = tuple(name for name in PAPER_TEXTS.schema.names() if name != "sections")


def parse_text_rows(frame: pl.DataFrame, *, sections: bool = True) -> list[TextRow]:
    """Stored texts as rows.

    Without `sections` the rows say where each text comes from and hold none of it: `frame` needs the
    `PROVENANCE_COLUMNS` only, and nothing long is validated.
    """
    if not sections:
        none = pl.Series("sections", [[]] * len(frame), dtype=PAPER_TEXTS.schema["sections"])
        frame = frame.with_columns(none)
    return PAPER_TEXTS.to_rows(frame)


def ensure_abstract(sections: tuple[Section, ...], abstract: str) -> tuple[Section, ...]:
    """The sections, with arXiv's abstract as the first where the file showed none."""
    if any(section.role == "abstract" for section in sections):
        return sections
    return (Section(role="abstract", level=0, heading="Abstract", text=abstract), *sections)
