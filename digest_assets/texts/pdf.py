"""Reading PDFs with pdfium: lines with their places, then (`layout`) reading order, paragraphs and headings."""

import ctypes
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from digest_assets.errors import ReadingError
from digest_assets.texts.document import Document
from digest_assets.texts.layout import Line, Page, parts_of
from digest_assets.texts.sections import with_roles

MIN_CHARACTERS_PER_PAGE = 50  # below this on average, the pages are pictures

_FAILURES = {
    pdfium_c.FPDF_ERR_PASSWORD: "password",
    pdfium_c.FPDF_ERR_FORMAT: "damaged or not a PDF",
    pdfium_c.FPDF_ERR_SECURITY: "unsupported encryption",
}


def read_pdf(path: Path, *, max_pages: int) -> Document:
    """The paper in a PDF file, up to `max_pages` pages.

    Raises `ReadingError` with a short reason for a file that pdfium cannot open and for one without text.
    """
    pages, total = read_pages(path, max_pages=max_pages)
    if not pages:
        raise ReadingError("no pages")
    if sum(len(line.text) for page in pages for line in page.lines) < MIN_CHARACTERS_PER_PAGE * len(pages):
        raise ReadingError("no text layer")
    note = f"first {len(pages)} of {total} pages" if total > len(pages) else None
    return Document(with_roles(parts_of(pages)), len(pages), note)


def read_pages(path: Path, *, max_pages: int) -> tuple[list[Page], int]:
    """The lines of a file's first pages, and how many pages it has."""
    try:
        with pdfium.PdfDocument(path) as document:
            total = len(document)
            return [_page(document, index) for index in range(min(total, max_pages))], total
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        raise ReadingError(_FAILURES.get(code, "damaged or not a PDF")) from error


def _page(document: pdfium.PdfDocument, index: int) -> Page:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return Page(0, 0, [])  # one damaged page: the others are read
    try:
        width, height = page.get_size()
        text_page = page.get_textpage()
        try:
            return Page(width, height, _lines(text_page))
        finally:
            text_page.close()
    finally:
        page.close()


def _lines(text_page: pdfium.PdfTextPage) -> list[Line]:
    text = text_page.get_text_range()
    handle = text_page.raw
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    lines = []
    start = 0
    for content in text.split("\r\n"):
        if content.strip():
            first = start + len(content) - len(content.lstrip())
            last = start + len(content.rstrip()) - 1
            pdfium_c.FPDFText_GetCharBox(handle, first, left, right, bottom, top)
            x0, y0 = left.value, bottom.value
            pdfium_c.FPDFText_GetCharBox(handle, last, left, right, bottom, top)
            size = pdfium_c.FPDFText_GetFontSize(handle, first)
            lines.append(Line(content.strip(), x0, right.value, y0, size))
        start += len(content) + 2
    return lines
