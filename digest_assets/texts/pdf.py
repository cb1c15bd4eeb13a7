"""PDF extraction with pdfium: the text lines of each page with position, size and weight. `layout` makes sections."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, count_characters
from digest_assets.texts.layout import build_parts, find_title
from digest_assets.texts.lines import PdfPage, normalize_characters
from digest_assets.texts.outline import OutlineEntry
from digest_assets.texts.pdf_chars import PageText
from digest_assets.texts.pdf_tables import collapse_tables
from digest_assets.texts.score import score_reading
from digest_assets.texts.sections import assign_roles, is_dropped, split_number

MIN_CHARACTERS_PER_PAGE = 50  # on average: less is a stamp or a page number on scanned pictures

_MAX_OUTLINE_DEPTH = 6  # of headings: LaTeX has no deeper ones
_MAX_OUTLINE_ENTRIES = 600  # ten a page of a long paper: a file made to hurt may have millions

_ERROR_REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: "password",
    pdfium_c.FPDF_ERR_SECURITY: "unsupported encryption",
}


def read_pdf(path: Path, *, max_pages: int) -> Document:
    """The paper in a PDF file, up to `max_pages` pages.

    Raises `ReadingError` with a short reason for a file that pdfium cannot open and for one without text.
    """
    pages, total, outline = read_file(path, max_pages=max_pages)
    if not pages:
        raise ReadingError("no pages")
    signs = sum(sum([len(line.text) for line in page.lines]) for page in pages)
    if not signs:
        raise ReadingError("no text layer")
    if signs < MIN_CHARACTERS_PER_PAGE * len(pages):
        raise ReadingError(f"hardly any text ({signs} characters on {len(pages)} pages)")
    tables = [line.text for page in pages for line in page.lines if line.grid is not None]  # before they are laid out
    parts = build_parts(pages, outline)
    sections = assign_roles(parts.sections)
    if not count_characters(sections):
        raise ReadingError("no text of a paper")
    title = find_title(pages[0])
    note = f"first {len(pages)} of {total} pages" if total > len(pages) else None
    document = Document(sections, len(pages), note, title, parts.tables, parts.figures)
    expected = [entry.title for entry in outline if entry.page is None or entry.page <= len(pages)]
    kept = [heading for heading in expected if not is_dropped(split_number(heading)[1])]
    return replace(document, score=score_reading(document, outline=kept, raw=tables))


def read_pages(path: Path, *, max_pages: int) -> tuple[list[PdfPage], int]:
    """The lines of a file's first pages, and how many pages it has."""
    pages, total, _ = read_file(path, max_pages=max_pages)
    return pages, total


def read_file(path: Path, *, max_pages: int) -> tuple[list[PdfPage], int, list[OutlineEntry]]:
    """The lines of a file's first pages, how many pages it has, and its outline."""
    try:
        # From memory, pdfium reads a twentieth faster than from the disk.
        with pdfium.PdfDocument(path.read_bytes()) as document:
            total = len(document)
            pages, next_number = [], 0
            for index in range(min(total, max_pages)):
                page, next_number = _read_page(document, index, next_number)
                pages.append(page)
            return pages, total, _read_outline(document)
    except pdfium.PdfiumError as error:
        reason = _ERROR_REASONS.get(getattr(error, "err_code", 0), "damaged or not a PDF")
        raise ReadingError(reason) from error


def _read_outline(document: pdfium.PdfDocument) -> list[OutlineEntry]:
    """The file's outline, as far as it can be read: it is evidence, and never a reason to lose the paper."""
    entries: list[OutlineEntry] = []
    try:
        for bookmark in islice(document.get_toc(max_depth=_MAX_OUTLINE_DEPTH), _MAX_OUTLINE_ENTRIES):
            target = bookmark.get_dest()
            index = target.get_index() if target is not None else None
            title = normalize_characters(bookmark.get_title())
            if title:
                entries.append(OutlineEntry(bookmark.level + 1, title, None if index is None else index + 1))
    except (pdfium.PdfiumError, ValueError, UnicodeError):
        return entries
    return entries


def _read_page(document: pdfium.PdfDocument, index: int, next_number: int) -> tuple[PdfPage, int]:
    """The page, and the number that the next page's lines begin with, if lines are numbered."""
    # pypdfium2's own page keeps accounts of who closes whom, which takes as long as a tenth of reading its lines.
    page = pdfium_c.FPDF_LoadPage(document.raw, index)
    if not page:
        return PdfPage(0, 0, []), next_number  # one damaged page: the others are read
    try:
        width, height = pdfium_c.FPDF_GetPageWidthF(page), pdfium_c.FPDF_GetPageHeightF(page)
        text_page = pdfium_c.FPDFText_LoadPage(page)
        if not text_page:
            return PdfPage(width, height, []), next_number
        try:
            text = PageText(text_page, page, next_number)
            return PdfPage(width, height, collapse_tables(text, text.read_lines(), width)), text.next_number
        finally:
            pdfium_c.FPDFText_ClosePage(text_page)
    finally:
        pdfium_c.FPDF_ClosePage(page)
