"""The characters of a PDF's page as pdfium places them: lines, words with their extents, raised figures, weight.

What lines mean (furniture, columns, headings) is not known here.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import pypdfium2.raw as pdfium_c

from digest_assets.texts.line_numbers import BARE_NUMBER, Place, find_line_numbers, may_have_line_numbers
from digest_assets.texts.lines import HYPHEN_MARK, PdfLine
from digest_assets.texts.pdf_calls import call_directly
from digest_assets.texts.pdf_rules import Rule, list_short_rules
from digest_assets.texts.pdf_signs import join_surrogates, read_signs
from digest_assets.texts.raised_numbers import MAY_BE_RAISED, find_maybe_raised, spell_raised

_BOLD_FONT = re.compile(rb"bold|black|heavy|demi|medi(um)?$|(cm|sf|ec|lm\w*)-?b(x|sr)|BX\d|-B$", re.IGNORECASE)
_ITALIC_FONT = re.compile(rb"ital|obli|slant|CMTI|CMSL|-It\b|-I$", re.IGNORECASE)
_ITALIC_FLAG = 1 << 6  # PDF 32000-1, table 123
_MAY_COUNT = re.compile(r"^([A-Z]|\d{1,2}(\.\d{1,2}){0,3}|[IVX]{1,5})[.)]?\s+[A-Z]")
# OpenType: 400 is regular, 600 semi-bold. Below 400, fonts do not tell the truth and their names are asked.
_BOLD_WEIGHT, _REGULAR_WEIGHT = 540, 400
_MAX_DENSITY = 5.0  # signs that fit in a line, as a multiple of its width by its letters' size
_MAX_HEADING_CHARACTERS = 100  # as in `headings`: a longer line's font is not asked for
_SMALLEST, _LARGEST = 4.0, 40.0  # points: outside, the font's size is scaled by the text's matrix, which is asked
_RAISED_SIZE = 0.86  # of the line's: raised figures have 0.6 to 0.8, small capitals and old-style figures more
_RAISED_BY = 0.15  # of the line's size: less is a subscript or rounding
_SAME_LINE = 0.6  # of a size: a raised or lowered sign is nearer to its line's base
_UNDERLINE_DEPTH = 0.45  # of a size: TeX underlines at 0.2 to 0.3, a table's own rules stand lower
_MAX_MARK = 3  # digits of a note's number
_WORD_GAP = 0.25  # of a size: the narrowest space of a font
_BEFORE_MARKS = frozenset('abcdefghijklmnopqrstuvwxyz.,;:)]”"’?!')  # a note's mark stands behind these
_LEADING_MARK = re.compile(r"\d{1,3}(?!\d)")  # at a line's beginning
_WORD = re.compile(r"[^\s\x00-\x1f]+")
# Bullets and footnotes' marks: smaller, larger or higher than the text behind them, which tells the line's size and base.
_OPENING_MARKS = frozenset("•·∙◦▪‣■●○►–*∗†‡§¶")
_SPACES = re.compile(r" {2,}")
_BLANKS = "".join(map(chr, range(ord(" ") + 1)))  # the space and control signs


class Word(NamedTuple):
    """A word of a line and its ends, in points from the left."""

    text: str
    x0: float
    x1: float
    start: int  # of its first sign in the page's list


# Places for pdfium's answers, and its functions, made once: they are used for every line.
_x, _y, _box = ctypes.c_double(), ctypes.c_double(), pdfium_c.FS_RECTF()
_x_at, _y_at, _box_at = ctypes.byref(_x), ctypes.byref(_y), ctypes.byref(_box)
_matrix, _name, _flags = pdfium_c.FS_MATRIX(), ctypes.create_string_buffer(64), ctypes.c_int()
_matrix_at, _name_at, _flags_at = ctypes.byref(_matrix), ctypes.byref(_name), ctypes.byref(_flags)
_name_bytes = ctypes.c_ulong(len(_name))
_get_origin = call_directly(pdfium_c.FPDFText_GetCharOrigin)
_get_box = call_directly(pdfium_c.FPDFText_GetLooseCharBox)
_get_size = call_directly(pdfium_c.FPDFText_GetFontSize)
_get_weight = call_directly(pdfium_c.FPDFText_GetFontWeight)
_get_font = call_directly(pdfium_c.FPDFText_GetFontInfo)
_get_matrix = call_directly(pdfium_c.FPDFText_GetMatrix)


@lru_cache(maxsize=512)  # a paper has some tens of fonts
def _is_bold_name(name: bytes) -> bool:
    return _BOLD_FONT.search(name) is not None


class PageText:
    """The text of one page, in which a place is the place in pdfium's list of characters."""

    def __init__(self, text_page: pdfium_c.FPDF_TEXTPAGE, page: pdfium_c.FPDF_PAGE, next_number: int = 0) -> None:
        """`next_number` is the one that the page's lines begin with, if the pages before had numbered lines."""
        self.next_number = next_number
        self._page = page
        self._rules: list[Rule] | None = None  # looked for where there is a table
        self._handle = ctypes.cast(text_page, ctypes.c_void_p)
        self._raised: dict[int, tuple[int, str]] = {}  # from a raised figure's place to its end and what stands for it
        text, self._wide = read_signs(self._handle)
        self._broken = self._wide and len(join_surrogates(text).encode("utf-16-le")) < 2 * len(text)
        self._numbered = bool(next_number) or may_have_line_numbers(text)
        if self._numbered:
            text = self._blank_line_numbers(text)
        self._text: str = text
        self._maybe_raised = find_maybe_raised(text)[::-1]  # the next one last: taken off as lines are read

    def read_lines(self) -> list[PdfLine]:
        """The page's lines, in the order of the file."""
        if self._broken:  # where signs lost a half, pdfium does not know its own lines
            return list(self._build_lines(0, len(self._text) - 1))
        lines: list[PdfLine] = []
        line: PdfLine | None = None
        start = 0
        for content in self._text.split("\r\n"):
            stripped = content.strip()
            if stripped:
                first, last = start, start + len(content) - 1
                if stripped != content:
                    first += len(content) - len(content.lstrip())
                    last -= len(content) - len(content.rstrip())
                if self._wide:
                    stripped = join_surrogates(stripped)
                if self._numbered:
                    stripped = _SPACES.sub(" ", stripped)  # a number was within the line
                if stripped:
                    read = self._read_line(stripped, first, last, line)
                    if line is None or len(stripped) > 3 or not _attach_raised(line, read):
                        line = read
                        if len(stripped) * line.size > _MAX_DENSITY * (line.x1 - line.x0) and _is_crowded(line):
                            lines.extend(self._split_line(line))
                        else:
                            lines.append(line)
            start += len(content) + 2
        return lines

    def _blank_line_numbers(self, text: str) -> str:
        """The page's text with spaces for the numbers of its lines."""
        bare = [
            place
            for match in BARE_NUMBER.finditer(text)
            for place in self._measure_numbers(text, match.start(), match.end())
        ]
        found = find_line_numbers(bare, cache(lambda: self._measure_lines(text)), self.next_number)
        for number in found:
            text = f"{text[: number.start]}{' ' * (number.end - number.start)}{text[number.end :]}"
            self.next_number = max(self.next_number, int(number.text) + 1)
        return text

    def _measure_lines(self, text: str) -> list[Place]:
        """The page's lines without the bare numbers at their ends."""
        lines, start = [], 0
        for content in BARE_NUMBER.sub(_blank, text).split("\r\n"):
            if inner := content.strip(_BLANKS):
                first = start + content.index(inner[0])
                lines.append(self._measure(text, first, first + len(inner)))
            start += len(content) + 2
        return lines

    def _measure_numbers(self, text: str, start: int, end: int) -> list[Place]:
        """The number there, or one for each digit where they stand below one another."""
        first, last = self._measure(text, start, start + 1), self._measure(text, end - 1, end)
        if first.y - last.y > _SMALLEST:
            return [self._measure(text, place, place + 1) for place in range(start, end)]
        return [first._replace(end=end, x1=last.x1, text=text[start:end])]

    def _measure(self, text: str, start: int, end: int) -> Place:
        _get_origin(self._handle, start, _x_at, _y_at)
        _get_box(self._handle, start, _box_at)
        left = _box.left
        _get_box(self._handle, end - 1, _box_at)
        return Place(start, end, left, _box.right, _y.value, text[start:end])

    def measure_words(self, line: PdfLine) -> list[Word]:
        """The line's words with their ends."""
        words: list[Word] = []
        handle, wide, first, last = self._handle, self._wide, line.first, line.last
        raised = any(first <= place <= last for place in self._raised)
        for match in _WORD.finditer(self._text, first, last + 1):
            start, end = match.span()
            _get_box(handle, start, _box_at)
            left = _box.left
            if end > start + 1:
                _get_box(handle, end - 1, _box_at)
            text = self._mark_raised(start, end) if raised else match[0]
            words.append(Word(join_surrogates(text) if wide else text, left, _box.right, start))
        return words

    def is_bold(self, index: int) -> bool:
        """Whether the sign's font is a heavy one."""
        weight = _get_weight(self._handle, index)
        if weight >= _REGULAR_WEIGHT:
            return bool(weight >= _BOLD_WEIGHT)
        _get_font(self._handle, index, _name_at, _name_bytes, _flags_at)
        return _is_bold_name(_name.value)

    def find_underlines(self, y: float, size: float) -> list[Rule]:
        """The short rules right under a row of this base line and letter size."""
        if self._rules is None:
            self._rules = list_short_rules(self._page)
        return [rule for rule in self._rules if y - _UNDERLINE_DEPTH * size < rule.y < y]

    def _is_italic_heading(self, line: PdfLine) -> bool:
        """Whether a line that may be a numbered heading is italic: others are not headings by that alone."""
        if line.bold or line.text[1:2].islower() or not _MAY_COUNT.match(line.text):
            return False
        _get_font(self._handle, line.last, _name_at, _name_bytes, _flags_at)
        return bool(_flags.value & _ITALIC_FLAG) or _ITALIC_FONT.search(_name.value) is not None

    def _read_line(self, text: str, first: int, last: int, before: PdfLine | None) -> PdfLine:
        handle = self._handle
        _get_origin(handle, first, _x_at, _y_at)
        _get_box(handle, last, _box_at)
        x, y = _x.value, _y.value
        sized = first
        if text[0] in _OPENING_MARKS and last > first + 2:
            sized += len(text) - len(text[1:].lstrip())
            _get_origin(handle, sized, _x_at, _y_at)
            y = _y.value
        font_size = size = _get_size(handle, sized)
        end, turned = y, False
        if not _SMALLEST <= size <= _LARGEST or abs(_box.bottom - y) > 2 * size:
            # A size of 1 is scaled by the matrix, which also tells whether the text is turned.
            _get_matrix(handle, first, _matrix_at)
            size *= (_matrix.b**2 + _matrix.d**2) ** 0.5
            turned = abs(_matrix.b) > abs(_matrix.d)
        if HYPHEN_MARK in text:
            base = last  # a note's mark at the end stands above the line's base
            while base > first and last - base < _MAX_MARK and self._text[base].isdigit():
                base -= 1
            _get_origin(handle, base, _x_at, _y_at)
            end = _y.value
        left, right = _box.left, _box.right
        line = PdfLine(text, x if x < left else left, x if x > right else right, y, end, size)
        line.first, line.last, line.rotated = first, last, turned
        if len(text) <= _MAX_HEADING_CHARACTERS:
            line.bold = _may_be_heading(text, before) and self.is_bold(first)
            line.italic = text[0] < "[" and self._is_italic_heading(line)  # a capital or a digit
        places: list[int] = []
        while self._maybe_raised and self._maybe_raised[-1] <= last:
            places.append(self._maybe_raised.pop())
        if (places or text[0].isdigit()) and size > 0 and not turned:
            self._find_raised(line, font_size, [place for place in places if place > first])
        return line

    def _find_raised(self, line: PdfLine, font_size: float, places: Sequence[int]) -> None:
        """Set figures that stand raised in the line apart: a power as `10^3`, a note's mark as `²`.

        They begin the line, or at one of the places.
        """
        handle, text, first = self._handle, self._text, line.first
        if text[first].isdigit():  # it may be raised itself: then the next sign tells the line's size and base
            for behind in range(first, line.last + 1):
                if not text[behind].isdigit() and text[behind] > " ":
                    break
            else:
                behind = first
            size = _get_size(handle, behind)
            if font_size < size * _RAISED_SIZE:
                _get_origin(handle, behind, _x_at, _y_at)
                line.size *= size / font_size
                font_size = size
                if line.end_y == line.y:
                    line.end_y = _y.value
                line.y = _y.value
            places = (first, *places)
        limit = font_size * _RAISED_SIZE
        found = False
        for place in places:
            match = (_LEADING_MARK if place == first else MAY_BE_RAISED).match(text, place, line.last + 1)
            if match is None:
                continue
            start, end = match.span()
            lowest = start - 1 if text[start - 1] in "−-" and start > first else start
            if _get_size(handle, end - 1) <= limit:
                start = end - 1
                while start > lowest and _get_size(handle, start - 1) <= limit:
                    start -= 1
            elif not (start > first and end - start <= 2 and text[start - 1] in _BEFORE_MARKS):
                continue  # Word raises marks without making them smaller in the font's own measure
            _get_origin(handle, end - 1, _x_at, _y_at)
            y = _y.value
            above = y - (line.y if abs(y - line.y) <= abs(y - line.end_y) else line.end_y)
            if not _RAISED_BY * line.size < above < _SAME_LINE * line.size:
                continue
            found = True
            self._raised[start] = (end, spell_raised(text[max(first, start - 12) : start], text[start:end]))
        if found:
            marked: str = self._mark_raised(first, line.last + 1)
            line.text = join_surrogates(marked) if self._wide else marked

    def _mark_raised(self, start: int, end: int) -> str:
        """The text between two places with its raised figures set apart."""
        text = ""
        for place, (behind, sign) in self._raised.items():  # found from left to right
            if start <= place < end:
                text += self._text[start:place]
                at_start = not text or text[-1].isspace()
                start = behind
                follows = start < end and self._text[start].isalnum()
                text += sign + (" " if at_start and follows else "")
        return text + self._text[start:end]

    def _build_lines(self, first: int, last: int) -> Iterator[PdfLine]:
        """The lines that the signs' own places make."""
        handle, text = self._handle, self._text
        line: PdfLine | None = None
        for index in range(first, last + 1):
            sign = text[index]
            if sign.isspace() or sign < " ":
                if line is not None and sign in " \xa0" and line.text[-1] != " ":
                    line.text += " "
                continue
            low = text[index + 1] if index < last else ""
            if "\udc00" <= sign <= "\udfff" or ("\ud800" <= sign <= "\udbff" and not "\udc00" <= low <= "\udfff"):
                continue  # a half of a sign
            if "\ud800" <= sign <= "\udbff":
                sign = join_surrogates(sign + low)
            _get_origin(handle, index, _x_at, _y_at)
            x, y = _x.value, _y.value
            _get_box(handle, index, _box_at)
            right = max(_box.right, x)
            if line is None or abs(y - line.y) > _SAME_LINE * line.size or x < line.x1 - 2 * line.size:
                if line is not None:
                    yield self._finish_line(line)
                line = self._read_line(sign, index, index, None)
            else:
                if x > line.x1 + _WORD_GAP * line.size and line.text[-1] != " ":
                    line.text += " "
                line.text += sign
                line.x1, line.last = max(line.x1, right), index
        if line is not None:
            yield self._finish_line(line)

    def _finish_line(self, line: PdfLine) -> PdfLine:
        line.text = line.text.strip()
        line.italic = self._is_italic_heading(line)
        return line

    def _split_line(self, line: PdfLine) -> list[PdfLine]:
        """The lines in one that has more signs than fit: the text under a scanned page has sizes that are not true."""
        handle = self._handle
        texts: list[str] = []
        rows: list[tuple[float, float, float]] = []  # left, right, base line
        spans: list[tuple[int, int]] = []  # their first and last signs
        back = 0.3 * (line.x1 - line.x0)
        for index in range(line.first, line.last + 1):
            sign = self._text[index]
            if sign in "\r\n\0":
                continue
            _get_origin(handle, index, _x_at, _y_at)
            x, blank = _x.value, sign.isspace()
            if not rows or (x < rows[-1][1] - back and not blank):
                texts.append("")
                rows.append((x, x, _y.value))
                spans.append((index, index))
            texts[-1] += sign
            if not blank:
                rows[-1] = (rows[-1][0], max(x, rows[-1][1]), rows[-1][2])
                spans[-1] = (spans[-1][0], index)
        if len(rows) < 2:
            return [line]
        size = min(line.size, max(abs(rows[0][2] - rows[-1][2]) / (len(rows) - 1), 1.0))
        return [
            PdfLine(stripped, left, right, y, y, size, first=first, last=last)
            for text, (left, right, y), (first, last) in zip(texts, rows, spans, strict=True)
            if (stripped := join_surrogates(text).strip())
        ]


def _blank(match: re.Match[str]) -> str:
    """Spaces for what was matched, so that all other signs keep their places."""
    return " " * len(match[0])


def _is_crowded(line: PdfLine) -> bool:
    """Whether the line has more signs than fit in it."""
    fits = _MAX_DENSITY * max(line.x1 - line.x0, line.size)
    return len(line.text) * line.size > fits and not line.rotated and HYPHEN_MARK not in line.text


def _attach_raised(line: PdfLine, mark: PdfLine) -> bool:
    """Put a raised figure, which the file has on a line of its own, behind the line that it belongs to."""
    size = line.size
    if (
        not mark.text.isdecimal()
        or mark.size > _RAISED_SIZE * size
        or not _RAISED_BY * size < mark.y - line.end_y < _SAME_LINE * size
        or not -0.5 * size < mark.x0 - line.x1 < 0.5 * size
    ):
        return False
    line.text += spell_raised(line.text, mark.text)
    line.x1 = mark.x1
    return True


def _may_be_heading(text: str, before: PdfLine | None) -> bool:
    """Whether the line can be a heading or its second line, so that it is worth asking for its font."""
    if before is None or before.bold:
        return True
    if not (text[0].isupper() or text[0].isdigit()):
        return False
    end = before.text[-1]
    return len(before.text) <= 30 or not (end.islower() or end in (",", HYPHEN_MARK))  # within a sentence
