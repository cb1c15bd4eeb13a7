"""The table of texts: one row is what was read of a paper."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
