"""What a parser returns: a paper as sections under headings, in reading order, with its tables and figures, and where
each stands. Plain data, no parsing.

Apart from the tables of the database, so that a parsing process loads nothing but the parsers.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Emphasis = Literal["", "best", "second"]


@dataclass(frozen=True, slots=True)
class Place:
    """From the character `start` of a section's text on, up to the next place, one is here.

    `page` counts from 1, of a PDF; `element` is the id of the paragraph in an HTML page, like `S3.SS2.p1`.
    """

    start: int
    page: int | None = None
    element: str = ""


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """A heading and its own text, without its subsections.

    `level` is 1 for a section, 2 for a subsection and so on, 0 for the abstract and for text before the first
    heading. `text` holds paragraphs divided by blank lines; a table is a paragraph with a line for each row. `page`
    counts from 1 and is that of the heading, in a PDF. `places` say where the text stands, in order.
    """

    level: int
    heading: str
    text: str
    number: str = ""
    role: str = "other"
    page: int | None = None
    places: tuple[Place, ...] = ()


class Cell(NamedTuple):
    """A cell of a table's body, with everything that says what it is.

    `heads` are those over it, joined over spans (`CIFAR Top-1`; several where heads are stacked anew), `row_label` is
    what stands at the row's start. `value` is its number with its `unit` (`%`, `ms`), where it is one.
    """

    row: int
    column: int
    text: str
    heads: tuple[str, ...] = ()
    row_label: str = ""
    value: float | None = None
    unit: str = ""
    emphasis: Emphasis = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as records. `rows` are all rows as text, spans repeated, joined heads as one row; `cells` the body's.

    `table_records.build_table` makes one from a grid. `element` is its id in an HTML page.
    """

    caption: str
    page: int | None
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[Cell, ...] = ()
    element: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, the cells' fields by their names."""
        return {**_read_fields(self), "cells": [cell._asdict() for cell in self.cells]}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's caption and where it stands; `picture` is the address of its image, as from the page's own."""

    caption: str
    page: int | None
    element: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small WebP image and its size in pixels."""

    data: bytes
    width: int
    height: int

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, the image as base64."""
        return {"data": base64.b64encode(self.data).decode(), "width": self.width, "height": self.height}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Picture":
        """What `to_json` made. Raises `KeyError`, `TypeError` or `ValueError` for something else."""
        return cls(base64.b64decode(data["data"], validate=True), data["width"], data["height"])

    @property
    def data_url(self) -> str:
        """The image as an address that holds it."""
        return f"data:image/webp;base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class ReadingScore:
    """How well a paper was read, each share from 0 to 1; none where nothing can be said.

    `headings` of the PDF's outline that were found, `decimals` of the file that are in the text, `rows` (table captions
    with rows under them), `named` (characters in sections whose role is known).
    """

    headings: float | None = None
    decimals: float | None = None
    rows: float | None = None
    named: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed paper. `pages` counts what was read of a PDF; `note` says what was left out, if anything was."""

    sections: tuple[ParsedSection, ...]
    pages: int | None = None
    note: str | None = None
    title: str | None = None
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    score: ReadingScore = ReadingScore()

    @property
    def characters(self) -> int:
        """Length of all sections' texts."""
        return count_characters(self.sections)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it; `parts` are the sections, as release 0.1.0 named them, and a cell is the list of its fields."""
        data = _read_fields(self)
        parts = [_read_fields(section, "places") for section in data.pop("sections")]
        tables = [_read_fields(table) for table in self.tables]
        figures = [_read_fields(figure) for figure in self.figures]
        return {"parts": parts, **data, "tables": tables, "figures": figures, "score": _read_fields(self.score)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Document":
        """What `to_json` made. Raises `KeyError` or `TypeError` for something else."""
        sections = tuple(
            ParsedSection(**{**part, "places": tuple(Place(**place) for place in part.get("places", ()))})
            for part in data["parts"]
        )
        return cls(
            sections,
            data["pages"],
            data["note"],
            data.get("title"),
            tuple(_parse_table(table) for table in data.get("tables", ())),
            tuple(Figure(**figure) for figure in data.get("figures", ())),
            ReadingScore(**data.get("score", {})),
        )


def _read_fields(record: Any, *lists: str) -> dict[str, Any]:
    """A record's fields by name, the records in those named as well. `dataclasses.asdict` takes ten times as long."""
    data = {name: getattr(record, name) for name in record.__slots__}
    for name in lists:
        data[name] = [_read_fields(each) for each in data[name]]
    return data


def _parse_table(data: Mapping[str, Any]) -> Table:
    cells = tuple(Cell(row, column, text, tuple(heads), *rest) for row, column, text, heads, *rest in data["cells"])
    return Table(**{**data, "rows": tuple(map(tuple, data["rows"])), "cells": cells})


def count_characters(sections: Sequence[ParsedSection]) -> int:
    """Length of the sections' texts."""
    return sum(len(section.text) for section in sections)
