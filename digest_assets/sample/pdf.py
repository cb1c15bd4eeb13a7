"""A sample paper as a PDF: one or two columns of real text, a scan without text, or a file that does not open.

The fonts are the fourteen that every PDF reader has, so a file is small; they hold Latin-1 only, and a paper that
needs more is written as HTML.
"""

import io
import re

import pypdfium2 as pdfium
from fpdf import FPDF
from fpdf.enums import Align

from digest_assets.sample.source import Block, Equation, Heading, Paragraph, References, SourcePaper, Tabular

_MARGIN_MM = 22.0
_GUTTER_MM = 7.0
_LINE_MM = 4.6
_SCAN_DOTS_PER_POINT = 1.2
_TEX = {r"\times": "×", r"\sqrt": "sqrt", r"\mathcal": "", r"\,": " ", r"\;": " ", r"\%": "%", r"\pm": "±"}


def pdf_file(paper: SourcePaper) -> bytes:
    """The file, of the paper's form. The same paper gives the same bytes.

    Raises `ValueError` for a sign or a TeX command that the fonts do not have.
    """
    match paper.front.form:
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
        self.set_title(_latin(paper.front.title))
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
        (paper.front.title, 16, "B"),
        (", ".join(_ascii_name(name) for name in paper.front.authors), 11, ""),
    ):
        page.set_font("Times", style, size)
        page.multi_cell(0, size * 0.45, _latin(text), align=Align.C, new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    blocks: list[tuple[str, str, float]] = [("Abstract", "B", 12), (paper.abstract, "", 10)]
    for block in paper.body:
        blocks.extend(_lines(block))
    with page.text_columns(
        ncols=columns, gutter=_GUTTER_MM, text_align=Align.J, line_height=_LINE_MM / 10 / 0.352778
    ) as flow:
        for text, style, size in blocks:
            page.set_font("Times", style, size)
            align = Align.L if style or "\n" in text else Align.J
            with flow.paragraph(text_align=align, bottom_margin=1.6, top_margin=1.6 if style == "B" else 0) as paragraph:
                paragraph.write(_latin(text))
    return bytes(page.output())


def _lines(block: Block) -> list[tuple[str, str, float]]:
    """A block as paragraphs: text, font style and size in points."""
    match block:
        case Heading(level, number, text):
            return [(f"{number}  {text}", "B", 12 if level == 1 else 11)]
        case Paragraph(text):
            return [(text, "", 10)]
        case Equation(number, tex):
            return [(f"${tex}$    ({number})", "I", 10)]
        case Tabular(number, caption, rows):
            return [(f"Table {number}: {caption}", "", 9), ("\n".join("   ".join(row) for row in rows), "", 9)]
        case References(entries):
            listed = [(f"[{number}] {entry}", "", 9.0) for number, entry in enumerate(entries, start=1)]
            return [("References", "B", 12), *listed]


def _latin(text: str) -> str:
    """The text as the fonts can show it, its simple TeX spelt out."""

    def plain(match: re.Match[str]) -> str:
        tex = match[1]
        for command, sign in _TEX.items():
            tex = tex.replace(command, sign)
        return tex.replace("{", "(" if "sqrt" in tex else "").replace("}", ")" if "sqrt" in tex else "")

    shown = re.sub(r"\$([^$]+)\$", plain, text)
    wrong = sorted({sign for sign in shown if sign == "\\" or ord(sign) > 0xFF})
    if wrong:
        raise ValueError(f"a PDF sample cannot show {' '.join(wrong)} in {shown[:60]!r}; write the paper as HTML")
    return shown


def _ascii_name(name: str) -> str:
    """An author's name; the few letters that the fonts lack are written without their marks."""
    import unicodedata

    letters = str.maketrans("łŁ", "lL")
    return "".join(
        sign if ord(sign) <= 0xFF else unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
        for sign in name.translate(letters)
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
