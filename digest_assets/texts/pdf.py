"""PDF extraction with pdfium: the text lines of each page with position, size and weight. `layout` makes sections."""

import ctypes
import re
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, count_characters
from digest_assets.texts.layout import build_sections, find_title
from digest_assets.texts.lines import HYPHEN_MARK, PdfLine, PdfPage
from digest_assets.texts.sections import assign_roles

MIN_CHARACTERS_PER_PAGE = 50  # on average: less is a stamp or a page number on scanned pictures

_ERROR_REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: "password",
    pdfium_c.FPDF_ERR_SECURITY: "unsupported encryption",
}
_BOLD_FONT = re.compile(rb"bold|black|heavy|demi|medi(um)?$|(cm|sf|ec|lm\w*)-?b(x|sr)|BX\d|-B$", re.IGNORECASE)
# OpenType: 400 is regular, 600 semi-bold. Below 400, fonts do not tell the truth and their names are asked.
_BOLD_WEIGHT, _REGULAR_WEIGHT = 540, 400
_MAX_DENSITY = 5.0  # signs that fit in a line, as a multiple of its width by its letters' size
_MAX_HEADING_CHARACTERS = 100  # as in `headings`: a longer line's font is not asked for


def read_pdf(path: Path, *, max_pages: int) -> Document:
    """The paper in a PDF file, up to `max_pages` pages.

    Raises `ReadingError` with a short reason for a file that pdfium cannot open and for one without text.
    """
    pages, total = read_pages(path, max_pages=max_pages)
    if not pages:
        raise ReadingError("no pages")
    signs = sum(len(line.text) for page in pages for line in page.lines)
    if not signs:
        raise ReadingError("no text layer")
    if signs < MIN_CHARACTERS_PER_PAGE * len(pages):
        raise ReadingError(f"hardly any text ({signs} characters on {len(pages)} pages)")
    sections = assign_roles(build_sections(pages))
    if not count_characters(sections):
        raise ReadingError("no text of a paper")
    title = find_title(pages[0])
    note = f"first {len(pages)} of {total} pages" if total > len(pages) else None
    return Document(sections, len(pages), note, title)


def read_pages(path: Path, *, max_pages: int) -> tuple[list[PdfPage], int]:
    """The lines of a file's first pages, and how many pages it has."""
    try:
        # From memory, pdfium reads a twentieth faster than from the disk.
        with pdfium.PdfDocument(path.read_bytes()) as document:
            total = len(document)
            return [_read_page(document, index) for index in range(min(total, max_pages))], total
    except pdfium.PdfiumError as error:
        reason = _ERROR_REASONS.get(getattr(error, "err_code", 0), "damaged or not a PDF")
        raise ReadingError(reason) from error


def _read_page(document: pdfium.PdfDocument, index: int) -> PdfPage:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return PdfPage(0, 0, [])  # one damaged page: the others are read
    try:
        width, height = page.get_size()
        text_page = page.get_textpage()
        try:
            return PdfPage(width, height, _read_lines(text_page))
        finally:
            text_page.close()
    finally:
        page.close()


def _read_lines(text_page: pdfium.PdfTextPage) -> list[PdfLine]:
    text = text_page.get_text_range()
    handle = text_page.raw
    # pdfium counts in units of UTF-16. Where it left out or put in signs, a place in the text is not the same place
    # in its list of characters.
    wide = not text.isascii() and max(text) > "\uffff"
    same = _count_utf16_units(text, wide) == text_page.count_chars()
    lines: list[PdfLine] = []
    line: PdfLine | None = None
    start = 0
    for content in text.split("\r\n"):
        units = _count_utf16_units(content, wide) if wide else len(content)
        stripped = content.strip()
        if stripped:
            first, last = start, start + units - 1
            if stripped != content:
                first += len(content) - len(content.lstrip())
                last -= len(content) - len(content.rstrip())
            if not same:
                first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(handle, first)
                last = pdfium_c.FPDFText_GetCharIndexFromTextIndex(handle, last)
            line = _read_line(handle, stripped, first, last, line)
            if len(stripped) * line.size > _MAX_DENSITY * (line.x1 - line.x0) and _is_crowded(line):
                lines.extend(_split_line(handle, line, first, last))
            else:
                lines.append(line)
        start += units + 2
    return lines


def _is_crowded(line: PdfLine) -> bool:
    """Whether the line has more signs than fit in it."""
    fits = _MAX_DENSITY * max(line.x1 - line.x0, line.size)
    return len(line.text) * line.size > fits and not line.rotated and HYPHEN_MARK not in line.text


def _count_utf16_units(text: str, wide: bool) -> int:
    return len(text) + (sum(sign > "\uffff" for sign in text) if wide else 0)


# Places for pdfium's answers, and its functions, made once: they are used for every line.
_x, _y, _box = ctypes.c_double(), ctypes.c_double(), pdfium_c.FS_RECTF()
_origin_at, _box_at = (ctypes.byref(_x), ctypes.byref(_y)), ctypes.byref(_box)
_get_origin, _get_box = pdfium_c.FPDFText_GetCharOrigin, pdfium_c.FPDFText_GetLooseCharBox
_get_size, _get_weight = pdfium_c.FPDFText_GetFontSize, pdfium_c.FPDFText_GetFontWeight
_matrix = pdfium_c.FS_MATRIX()
_name = ctypes.create_string_buffer(64)
_flags = ctypes.c_int()


def _read_line(handle: pdfium_c.FPDF_TEXTPAGE, text: str, first: int, last: int, before: PdfLine | None) -> PdfLine:
    _get_origin(handle, first, *_origin_at)
    _get_box(handle, last, _box_at)
    x, y = _x.value, _y.value
    size = _get_size(handle, first)
    end, turned = y, False
    if size < 4 or abs(_box.bottom - y) > 2 * size:
        # A size of 1 is scaled by the matrix, which also tells whether the text is turned.
        pdfium_c.FPDFText_GetMatrix(handle, first, _matrix)
        size *= (_matrix.b**2 + _matrix.d**2) ** 0.5
        turned = abs(_matrix.b) > abs(_matrix.d)
    if HYPHEN_MARK in text:
        _get_origin(handle, last, *_origin_at)
        end = _y.value
    bold = len(text) <= _MAX_HEADING_CHARACTERS and _may_be_heading(text, before) and _is_bold(handle, first)
    left, right = _box.left, _box.right
    return PdfLine(text, x if x < left else left, x if x > right else right, y, end, size, bold, turned)


def _split_line(handle: pdfium_c.FPDF_TEXTPAGE, line: PdfLine, first: int, last: int) -> list[PdfLine]:
    """The lines in one that has more signs than fit: the text under a scanned page has sizes that are not true."""
    texts: list[str] = []
    rows: list[tuple[float, float, float]] = []  # left, right, base line
    for index in range(first, last + 1):
        sign = chr(pdfium_c.FPDFText_GetUnicode(handle, index))
        _get_origin(handle, index, *_origin_at)
        if sign in "\r\n\0":
            continue
        if not rows or (_x.value < rows[-1][1] - 0.3 * (line.x1 - line.x0) and not sign.isspace()):
            texts.append("")
            rows.append((_x.value, _x.value, _y.value))
        texts[-1] += sign
        if not sign.isspace():
            rows[-1] = (rows[-1][0], max(_x.value, rows[-1][1]), rows[-1][2])
    if len(rows) < 2:
        return [line]
    size = min(line.size, max(abs(rows[0][2] - rows[-1][2]) / (len(rows) - 1), 1.0))
    return [
        PdfLine(text.strip(), left, right, y, y, size)
        for text, (left, right, y) in zip(texts, rows, strict=True)
        if text.strip()
    ]


def _may_be_heading(text: str, before: PdfLine | None) -> bool:
    """Whether the line can be a heading or its second line, so that it is worth asking for its font."""
    if before is None or before.bold:
        return True
    end = before.text[-1]
    within_sentence = len(before.text) > 30 and (end.islower() or end in (",", HYPHEN_MARK))
    return not within_sentence and (text[0].isupper() or text[0].isdigit())


def _is_bold(handle: pdfium_c.FPDF_TEXTPAGE, index: int) -> bool:
    weight = _get_weight(handle, index)
    if weight >= _REGULAR_WEIGHT:
        return bool(weight >= _BOLD_WEIGHT)
    pdfium_c.FPDFText_GetFontInfo(handle, index, _name, 64, _flags)
    return _BOLD_FONT.search(_name.value) is not None
