"""The table of texts: one row is what was read of a paper, with its sections. And how stored rows become texts again."""

import re
from dataclasses import asdict
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from digest_assets.config.texts import PictureChoice
from digest_assets.papers.tables import PaperRow
from digest_assets.texts.document import Document, Emphasis, ParsedSection, Picture, Place
from digest_assets.warehouse.tables import DayRow, Table

Role = Literal[
    "abstract",
    "introduction",
    "related_work",
    "statement",
    "method",
    "proof",
    "results",
    "ablation",
    "limitations",
    "conclusion",
    "other",
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


class StoredPlace(BaseModel):
    """Where a text stands, from a character on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: int = Field(description="Which of the sections, counted from 0.")
    start: int = Field(description="From which character of the section's text on; up to the next place.")
    page: int | None = Field(description="The page of a PDF, counted from 1.")
    element: str = Field(description="The id of the paragraph in an HTML page, like `S3.SS2.p1`; empty if it has none.")


class StoredCell(BaseModel):
    """A cell of a table's body."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int = Field(description="Its row among the table's rows, counted from 0.")
    column: int = Field(description="Its column, counted from 0.")
    text: str = Field(description="What stands in it.")
    heads: tuple[str, ...] = Field(description="The heads over it, joined over spans, like `CIFAR Top-1`.")
    row_label: str = Field(description="What stands at its row's start.")
    value: float | None = Field(description="Its number, if it is one.")
    unit: str = Field(description="The number's unit, from the cell or its head; empty if none is given.")
    emphasis: Emphasis = Field(
        description="`best` or `second` where the table marks it so, by bold or underlined type."
    )


class StoredTable(BaseModel):
    """A table of a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caption: str = Field(description="The caption with its number.")
    page: int | None = Field(description="The page of a PDF, counted from 1.")
    rows: tuple[tuple[str, ...], ...] = Field(description="All rows, spanned cells repeated, heads joined to one row.")
    cells: tuple[StoredCell, ...] = Field(description="The cells of the body.")
    element: str = Field(description="The table's id in an HTML page.")


class StoredFigure(BaseModel):
    """A figure of a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caption: str = Field(description="The caption with its number.")
    page: int | None = Field(description="The page of a PDF, counted from 1.")
    element: str = Field(description="The figure's id in an HTML page.")
    picture: str = Field(description="The address of its image, as from the HTML page's own; empty if it has none.")


class StoredPicture(BaseModel):
    """A small picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: bytes = Field(description="A WebP image.")
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")

    @classmethod
    def from_picture(cls, picture: Picture) -> "StoredPicture":
        """What is stored of a picture."""
        return cls(**asdict(picture))

    @property
    def data_url(self) -> str:
        """The image as an address that holds it."""
        return Picture(self.data, self.width, self.height).data_url


class StoredScore(BaseModel):
    """How well a paper was read; shares from 0 to 1, null where nothing can be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headings: float | None = Field(description="Of the headings in the PDF's outline, found.")
    decimals: float | None = Field(description="Of the decimals in the file's tables, kept.")
    rows: float | None = Field(description="Of the tables that have a caption, with rows.")
    named: float | None = Field(description="Of the characters, in sections whose role is known.")


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
    places: tuple[StoredPlace, ...] = Field((), description="Where the text stands in the file that was read.")
    tables: tuple[StoredTable, ...] = Field((), description="The paper's tables; the text has their rows too.")
    figures: tuple[StoredFigure, ...] = Field((), description="The paper's figures.")
    score: StoredScore | None = Field(None, description="How well the file was read; null if none was.")
    picture: StoredPicture | None = Field(
        None, description="The first figure, where `texts.pictures` allows it and it could be had."
    )

    @property
    def is_expired(self) -> bool:
        """Whether the text was let go (`expiry.py`); the row still says where it came from."""
        return self.source != "abstract" and not self.sections and self.characters > 0

    def get_places(self, section: int) -> tuple[Place, ...]:
        """The places of one of the sections, for `spans.find_spans`."""
        return tuple(Place(place.start, place.page, place.element) for place in self.places if place.section == section)


PAPER_TEXTS = Table(
    "paper_texts",
    TextRow,
    ("day", "id"),
    "What was read of each paper that a report shows, and why not more.",
    version=2,
)

# The text itself, which is most of the database; the other columns say where it comes from.
_CONTENT_COLUMNS = ("sections", "places", "tables", "figures", "picture")
PROVENANCE_COLUMNS = tuple(name for name in PAPER_TEXTS.schema.names() if name not in _CONTENT_COLUMNS)


def parse_text_rows(frame: pl.DataFrame, *, sections: bool = True) -> list[TextRow]:
    """Stored texts as rows.

    Without `sections` the rows say where each text comes from and hold none of it: `frame` needs the
    `PROVENANCE_COLUMNS` only, and nothing long is validated.
    """
    if not sections:
        frame = frame.with_columns(
            pl.Series(name, [None if name == "picture" else []] * len(frame), dtype=PAPER_TEXTS.schema[name])
            for name in _CONTENT_COLUMNS
        )
    return PAPER_TEXTS.to_rows(frame)


def add_structure(row: TextRow, document: Document) -> TextRow:
    """The row with the document's places, tables, figures and score; its last sections are the document's."""
    first = len(row.sections) - len(document.sections)
    places = tuple(
        StoredPlace(section=index, **asdict(place))
        for index, section in enumerate(document.sections, first)
        for place in section.places
    )
    return row.model_copy(
        update={
            "places": places,
            "tables": tuple(StoredTable.model_validate(table.to_dict()) for table in document.tables),
            "figures": tuple(StoredFigure.model_validate(asdict(figure)) for figure in document.figures),
            "score": StoredScore.model_validate(asdict(document.score)),
        }
    )


# Creative Commons' licences that let everybody show copies. Those with NC ask who shows them, those with ND how.
_SHOWABLE_LICENSE = re.compile(r"https?://creativecommons\.org/(?:licenses/by(?:-sa)?/|publicdomain/)")


def is_picture_allowed(choice: PictureChoice, paper: PaperRow) -> bool:
    """Whether a picture of the paper may be kept and shown; a licence that is not known allows nothing."""
    return choice == "own" or (choice == "licensed" and _SHOWABLE_LICENSE.match(paper.license or "") is not None)


def ensure_abstract(sections: tuple[Section, ...], abstract: str) -> tuple[Section, ...]:
    """The sections, with arXiv's abstract as the first where the file showed none."""
    if any(section.role == "abstract" for section in sections):
        return sections
    return (Section(role="abstract", level=0, heading="Abstract", text=abstract), *sections)
