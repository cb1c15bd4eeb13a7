"""A sample paper as it is written: one file in `papers/`, named by its arXiv id, made up for the purpose.

---
title: 'Tidepool: ...'                  # YAML: see `Front`
authors: [...]
categories: [cs.CV]                     # the primary one first
published: 2025-09-30T19:20:00Z         # its mailing follows from this
form: html                              # see `Form`
---
The abstract, one paragraph.

# Introduction                          # `##` is a subsection; the numbers are set by the program
A paragraph with $TeX$ and a citation [1].

$$
a numbered equation
$$

Table: The caption.
| Method | Score |                      # the first row is the head
| Ours | 4.2 |

# References
- A. Author. Title. Venue, 2024.        # [1]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from digest_assets.common.arxiv_ids import parse_arxiv_id

# What the paper's body is served as; `none` is 404 for both, a scan has no text layer, a damaged file does not open.
Form = Literal["html", "pdf, one column", "pdf, two columns", "scanned pdf", "damaged pdf", "none"]


_FILE = re.compile(r"---\n(.*?\n)---\n(.*\S.*)", re.DOTALL)


class HuggingFaceEntry(BaseModel):
    """The paper's entry on a Hugging Face page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    upvotes: int = 0
    comments: int = 0
    summary: str
    keywords: tuple[str, ...] = ()
    code: str | None = None
    stars: int | None = None
    project: str | None = None
    organization: str | None = None


class FrontMatter(BaseModel):
    """The head of a paper's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    authors: tuple[str, ...] = Field(min_length=1)
    categories: tuple[str, ...] = Field(min_length=1)
    published: AwareDatetime
    replaced: AwareDatetime | None = Field(None, description="When version 2 was submitted.")
    comment: str | None = None
    form: Form
    hugging_face: HuggingFaceEntry | None = None


@dataclass(frozen=True)
class HeadingBlock:
    """A section (level 1) or subsection (level 2)."""

    level: int
    number: str
    text: str


@dataclass(frozen=True)
class ParagraphBlock:
    """Running text with `$TeX$` and `[1]`."""

    text: str


@dataclass(frozen=True)
class EquationBlock:
    """A displayed formula."""

    number: int
    tex: str


@dataclass(frozen=True)
class TableBlock:
    """A table; the first row is its head."""

    number: int
    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ReferencesBlock:
    """The reference list, which ends a paper."""

    entries: tuple[str, ...]


Block = HeadingBlock | ParagraphBlock | EquationBlock | TableBlock | ReferencesBlock


@dataclass(frozen=True)
class SourcePaper:
    """A sample paper, read from its file."""

    id: str
    front_matter: FrontMatter
    abstract: str
    body: tuple[Block, ...]

    @property
    def updated(self) -> datetime:
        """When the newest version was submitted."""
        return self.front_matter.replaced or self.front_matter.published


def read_paper(path: Path) -> SourcePaper:
    """Read a paper's file. Raises `ValueError` (or pydantic's, which is one) naming what is not as it must be."""
    identifier = parse_arxiv_id(path.stem).id
    match = _FILE.fullmatch(path.read_text("utf-8"))
    if match is None:
        raise ValueError(f"{path.name} must begin with a line ---, its head and another line ---, then the abstract")
    head, text = match.groups()
    abstract, *blocks = (block.strip("\n") for block in re.split(r"\n\s*\n", text.strip()))
    return SourcePaper(
        identifier,
        FrontMatter.model_validate(yaml.safe_load(head)),
        _collapse_space(abstract),
        tuple(_parse_body(blocks)),
    )


def _parse_body(blocks: list[str]) -> Iterator[Block]:
    section = subsection = equations = tables = 0
    for block in blocks:
        first, _, rest = block.partition("\n")
        if first == "# References":
            yield ReferencesBlock(tuple(_collapse_space(line.removeprefix("- ")) for line in rest.splitlines()))
            continue
        if first.startswith("## "):
            subsection += 1
            yield HeadingBlock(2, f"{section}.{subsection}", first[3:])
        elif first.startswith("# "):
            section, subsection = section + 1, 0
            yield HeadingBlock(1, str(section), first[2:])
        elif first == "$$":
            equations += 1
            yield EquationBlock(equations, _collapse_space(rest.removesuffix("$$")))
            continue
        elif first.startswith("Table: "):
            tables += 1
            yield TableBlock(tables, first.removeprefix("Table: "), tuple(map(_split_cells, rest.splitlines())))
            continue
        else:
            rest = block
        if rest:
            yield ParagraphBlock(_collapse_space(rest))


def _split_cells(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.strip().strip("|").split("|"))


def _collapse_space(text: str) -> str:
    return " ".join(text.split())
