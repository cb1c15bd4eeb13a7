"""A sample paper as a PDF: one or two columns of real text, a scan without text, or a file that does not open.

The fonts are the fourteen that every PDF reader has, so a file is small; they hold Latin-1 only, and a paper that
needs more is written as HTML.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
from fpdf import FPDF
from fpdf.enums import Align

from digest_assets.testing.sample.source import (
    Block,
    EquationBlock,
    HeadingBlock,
    ParagraphBlock,
    ReferencesBlock,
    SourcePaper,
    TableBlock,
)

_MARGIN_MM = 20.0
_GUTTER_MM = 7.0
_LINE_HEIGHT = 1.3
_BODY_POINTS = 10.0
_SCAN_DOTS_PER_POINT = 1.2
_POINT_MM = 25.4 / 72
_COURIER_EM = 0.6  # every letter's width
_TEX_TO_TEXT = ((r"\\mathcal\{(\w)\}", r"\1"), (r"\\sqrt\{(\w+)\}", r"sqrt(\1)"), (r"\\times *", "×"))
_UNDIVIDED = str.maketrans("łŁ", "lL")  # letters with marks that Unicode does not divide from them


def render_pdf(paper: SourcePaper) -> bytes:
    """The file, of the paper's form. The same paper gives the same bytes.

    Raises `ValueError` for a sign or a TeX command that the fonts do not have.
    """
    match paper.front_matter.form:
        case "pdf, two columns":
            return _typeset(paper, columns=2)
        case "scanned pdf":
            return _scanned(paper, _typeset(paper, columns=1))
        case "damaged pdf":
            return _typeset(paper, columns=1)[:600]
        case _:
            return _typeset(paper, columns=1)


class _Page(FPDF):
    """A4 pages of one or two columns, with page numbers."""

    def __init__(self, paper: SourcePaper) -> None:
        super().__init__(format="A4")
        self.set_creation_date(paper.updated)
        self.set_title(_latin(paper.front_matter.title))
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, _MARGIN_MM)
        self.add_page()

    def footer(self) -> None:
        """The page's number."""
        self.set_y(-15)
        self.set_font("Times", size=9)
        self.cell(0, 5, str(self.page_no()), align=Align.C)


def _typeset(paper: SourcePaper, *, columns: int) -> bytes:
    page = _Page(paper)
    for text, size, style in (
        (paper.front_matter.title, 16, "B"),
        (", ".join(_without_marks(name) for name in paper.front_matter.authors), 11, ""),
    ):
        page.set_font("Times", style, size)
        page.multi_cell(0, size * 0.45, _latin(text), align=Align.C, new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    width = (page.epw - (columns - 1) * _GUTTER_MM) / columns
    pieces = [_Piece("Abstract", "B", 12.0), _Piece(paper.abstract)]
    pieces.extend(piece for block in paper.body for piece in _pieces(block, width))
    with page.text_columns(ncols=columns, gutter=_GUTTER_MM, line_height=_LINE_HEIGHT) as flow:
        for piece in pieces:
            page.set_font(piece.font, piece.style, piece.size)
            before = 1.6 if piece.style == "B" else 0
            align = Align.J if piece.size == _BODY_POINTS and not piece.style else Align.L
            with flow.paragraph(text_align=align, top_margin=before, bottom_margin=1.6) as paragraph:
                paragraph.write(_latin(piece.text))
    return bytes(page.output())


@dataclass(frozen=True)
class _Piece:
    """A paragraph in one font; its size is in points."""

    text: str
    style: str = ""
    size: float = _BODY_POINTS
    font: str = "Times"


def _pieces(block: Block, width: float) -> Iterator[_Piece]:
    """A block for a column of this width in millimetres."""
    match block:
        case HeadingBlock(level, number, text):
            yield _Piece(f"{number}  {text}", "B", 12.0 if level == 1 else 11.0)
        case ParagraphBlock(text):
            yield _Piece(text)
        case EquationBlock(number, tex):
            yield _Piece(f"${tex}$    ({number})", "I")
        case TableBlock(number, caption, rows):
            yield _Piece(f"Table {number}: {caption}", size=9.0)
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
            fitting = (width - 2) / max(map(len, lines)) / _COURIER_EM / _POINT_MM
            yield _Piece("\n".join(lines), size=min(8.0, fitting), font="Courier")
        case ReferencesBlock(entries):
            yield _Piece("References", "B", 12.0)
            for number, entry in enumerate(entries, start=1):
                yield _Piece(f"[{number}] {entry}", size=9.0)


def _latin(text: str) -> str:
    """The text as the fonts can show it, its simple TeX spelt out."""

    shown = re.sub(r"\$([^$]+)\$", lambda match: _plain(match[1]), text)
    wrong = sorted({sign for sign in shown if sign == "\\" or ord(sign) > 0xFF})
    if wrong:
        raise ValueError(f"a PDF sample cannot show {' '.join(wrong)} in {shown[:60]!r}; write the paper as HTML")
    return shown


def _plain(tex: str) -> str:
    for command, sign in _TEX_TO_TEXT:
        tex = re.sub(command, sign, tex)
    return tex.strip()


def _without_marks(name: str) -> str:
    """An author's name; the few letters that the fonts lack are written without their marks."""
    return "".join(
        sign if ord(sign) <= 0xFF else unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
        for sign in name.translate(_UNDIVIDED)
    )


def _scanned(paper: SourcePaper, file: bytes) -> bytes:
    """The pages of a file as pictures."""
    scan = FPDF(format="A4")
    scan.set_creation_date(paper.updated)
    with pdfium.PdfDocument(file) as document:
        for page in document:
            picture = io.BytesIO()
            page.render(scale=_SCAN_DOTS_PER_POINT, grayscale=True).to_pil().save(picture, "PNG")
            scan.add_page()
            scan.image(picture, 0, 0, scan.w, scan.h)
    return bytes(scan.output())
