"""From a PDF's lines to a paper: furniture off, paragraphs joined, headings found.

Works on what pdfium gives: lines in the order of the file, which LaTeX writes column by column.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from digest_assets.texts.document import Part
from digest_assets.texts.sections import Builder, is_references, split_number


@dataclass(slots=True)
class Line:
    """A line of a page: its text, left and right end and base line in points, and its first letter's size."""

    text: str
    x0: float = 0.0
    x1: float = 0.0
    y: float = 0.0
    size: float = 0.0


@dataclass(slots=True)
class Page:
    """A page's size in points and its lines."""

    width: float
    height: float
    lines: list[Line]


_PAGE_NUMBER = re.compile(r"^[-–— ]*(page )?\d{1,4}( of \d+)?[-–— ]*$", re.IGNORECASE)
_STAMP = re.compile(r"^arXiv:\S+v\d+\s+\[[\w.-]+\]\s+\d+ \w+ \d{4}$")
_UNNUMBERED = re.compile(
    r"^(abstract|introduction|related works?|background|methods?|methodology|experiments?|results|discussion|conclusions?"
    r"|limitations?|references|bibliography|acknowledge?ments?|appendix|summary)[.:]?$",
    re.IGNORECASE,
)
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": ""}
)


def clean(text: str) -> str:
    """Ligatures spelt out, accents composed, control characters dropped."""
    text = unicodedata.normalize("NFC", text.translate(_LIGATURES))
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def parts_of(pages: Sequence[Page]) -> list[Part]:
    """The paper's parts, references and furniture left out."""
    builder = Builder()
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            builder.paragraph(clean(join(paragraph)))
            paragraph.clear()

    for page in pages:
        for line in page.lines:
            text = line.text
            if _PAGE_NUMBER.match(text) or _STAMP.match(text):
                continue
            number, heading = split_number(text)
            if _UNNUMBERED.match(heading) or (
                number and len(heading) < 60 and heading[:1].isupper() and line.size > 11
            ):
                flush()
                level = number.count(".") + 1
                builder.heading(
                    0 if heading.lower().strip(".:") == "abstract" else level, clean(heading.strip(".:")), number
                )
                if is_references(heading):
                    pass
            else:
                paragraph.append(text)
    flush()
    builder.close()
    return builder.parts


def join(lines: Sequence[str]) -> str:
    """Lines as one text, words divided at a line's end mended."""
    text = ""
    for line in lines:
        if text.endswith(("\ufffe", "\x02")) or (text.endswith("-") and line[:1].islower()):
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text
