"""PDF text lines: characters normalised, words divided at line ends joined, running heads and page numbers removed.

Furniture is what a page shows and its authors did not write for the reader of the text: running heads, page and
line numbers, stamps in the margin. Positions of paragraphs, columns and headings are `layout`'s.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from statistics import median

from digest_assets.texts.captions import CAPTION

HYPHEN_MARK = "\ufffe"  # pdfium writes it for the hyphen of a word that goes on in the next line


@dataclass(slots=True)
class Grid:
    """A table's cells by rows, spans repeated: how many rows at the top are heads, which cells are bold or
    underlined."""

    caption: str  # its first line, as it stands on the page
    rows: list[list[str]]
    head_rows: int
    bold: set[tuple[int, int]]
    underlined: set[tuple[int, int]]


@dataclass(slots=True, eq=False)  # compared by identity
class PdfLine:
    """A line of a page, in points from the lower left: its ends, base line and letter size.

    pdfium makes one line of two where a word is divided between them; `end` is the base line of the last sign.
    """

    text: str
    x0: float = 0.0
    x1: float = 0.0
    y: float = 0.0
    end_y: float = 0.0
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    rotated: bool = False  # not written from left to right
    first: int = 0  # its first and last sign in the page's list of characters
    last: int = -1
    grid: Grid | None = None  # a table's rows, which stand here as one line


@dataclass
class PdfPage:
    """A page's size in points and its lines, in the order of the file."""

    width: float
    height: float
    lines: list[PdfLine]

    @cached_property
    def leading(self) -> float:
        """The usual distance of two lines."""
        gaps = [
            gap for above, below in itertools.pairwise(self.lines) if 4 < (gap := above.end_y - below.y) < 40
        ]  # points
        return median(gaps) if gaps else 12.0  # that of 10-point letters


_get_y = attrgetter("y")


# Signs

_COMBINING = dict(
    zip("´`¨ˆ˜ˇ¸˚¯˙˘˝", "\u0301\u0300\u0308\u0302\u0303\u030c\u0327\u030a\u0304\u0307\u0306\u030b", strict=True)
)
_LOOSE_ACCENT = re.compile(r"(?:(?<=[^\W\d_]) )?([´¨ˆ˜ˇ¸˚¯˙˘˝]|(?<=[^\W\d_])`) ?([^\W\d_])")
_MATHEMATICAL = re.compile("[\U0001d400-\U0001d7ff]")  # letters
_ACCENT = re.compile("[´`¨ˆ˜ˇ¸˚¯˙˘˝]")
# Ligatures, accents, mathematical letters: one look says that there are none, as mostly.
_UNUSUAL = re.compile("[ﬀ-ﬆ´`¨ˆ˜ˇ¸˚¯˙˘˝\U0001d400-\U0001d7ff]")
_TRANSLATION = {
    **{ord(sign): spelt for sign, spelt in zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)},
    **dict.fromkeys(
        map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t"), " "
    ),
    # control signs, halves of signs, and the private ones by which fonts draw the pieces of large brackets
    **dict.fromkeys(
        (*range(32), *range(127, 160), *range(0xD800, 0xF900), 0xAD, 0x200B, 0x200C, 0x2060, 0xFEFF, 0xFFFF), None
    ),
    9: " ",
    10: "\n",
    2: HYPHEN_MARK,  # pdfium's other sign for it, at the end of a line
}


def normalize_characters(text: str) -> str:
    """Ligatures spelt out, accents put on their letters, control signs dropped, mathematical letters made plain."""
    if text.isascii() and text.isprintable():
        return text
    unusual = _UNUSUAL.search(text)
    # All that is in the table but ligatures is not printable; nor is the mark, which is not in it.
    if unusual or not (text.isprintable() or text.replace(HYPHEN_MARK, "").isprintable()):
        text = text.translate(_TRANSLATION)
    if "‘‘" in text or "’’" in text:
        text = text.replace("‘‘", "“").replace("’’", "”")
    if unusual and not text.isascii():
        if _ACCENT.search(text):
            text = _LOOSE_ACCENT.sub(_compose_accent, text)
        text = _MATHEMATICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text).strip()


def _compose_accent(match: re.Match[str]) -> str:
    letter = {"ı": "i", "ȷ": "j"}.get(match[2], match[2])
    return letter + _COMBINING[match[1]]


# Words

_MAX_ADDRESS = 200  # characters: two lines of print
_START = re.compile(r"\w[\w-]{0,59}")  # the end of a text, read backwards
_END = re.compile(r"\s*(\w+)")


class Dehyphenator:
    """The words of a paper, by which the hyphen at a line's end is known to belong to its word or not.

    Made from texts that `join` made, where a divided word has a mark in it and is none.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = frozenset(" ".join(texts).lower().split(" "))
        # What is looked for has no space in it: each word once is a third of the text to search.
        self._vocabulary = " ".join(self._words)

    def dehyphenate(self, text: str) -> str:
        """Put divided words together."""
        if HYPHEN_MARK not in text:
            return text
        whole, *pieces = text.split(HYPHEN_MARK)
        for piece in pieces:
            start, end = _START.match(whole[:-61:-1]), _END.match(piece)
            if "://" in whole and "://" in whole[-_MAX_ADDRESS:].rpartition(" ")[2]:
                whole += f"-{piece}"  # a web address is divided at its own hyphen
            elif start and end:
                whole += ("-" if self._is_compound(start[0][::-1], end[1]) else "") + piece.lstrip()
            else:
                whole += piece
        return whole

    def _is_compound(self, start: str, end: str) -> bool:
        if "-" in start or not end[0].islower() or start[-1].isdigit():
            return True
        start, end = start.lower(), end.lower()
        if start + end in self._words or start + end in self._vocabulary:
            return False
        return f"{start}-{end}" in self._vocabulary or (len(start) > 2 and start in self._words and end in self._words)


_ADDRESS_BREAKS = frozenset("/_=?&#~%.-")  # where lines are broken within a web address
# What goes on with one has an address's signs in it, or ends a clause or a line: a word that a sentence goes on with
# has neither. Behind a stop it is a path, or the rest of a number.
_AFTER_BREAK = re.compile(r"[\w%]{1,99}(?:[-/.=?&#_~:]\w|[^\w\s]|$)")
_AFTER_STOP = re.compile(r"[a-z\d][\w.-]{0,99}/\w|\d{1,9}(?:[^\w\s]|$)")


def join_lines(lines: Iterable[str], *, addresses: bool = True) -> str:
    """Lines as one; where a word was divided, the mark that `Dehyphenator` understands.

    With `addresses`, web addresses go on in the next line, which must then be the paragraph's and no page number.
    """
    text = ""
    for line in lines:
        end = text[-1:]
        if end.isalnum():  # as at most lines' ends
            # A stop that follows a raised sign stands on a line of its own.
            text += line if line[0] in ",.;:)]" and line[1:2] in ("", " ") else f" {line}"
        elif end == HYPHEN_MARK or (addresses and end in _ADDRESS_BREAKS and _is_address_divided(text, line)):
            text += line
        elif end in ("-", "‐") and text[-2:-1].isalnum() and line[:1].isalpha():
            text = text[:-1] + HYPHEN_MARK + line
        else:
            text = f"{text} {line}" if text else line
    return text


def join_and_dehyphenate(lines: Iterable[str]) -> str:
    """The text of lines whose places are not known: made clean, divided words put together."""
    texts = [text for line in lines if (text := normalize_characters(line))]
    text = join_lines(texts, addresses=False)
    return Dehyphenator([text]).dehyphenate(text)


def _is_address_divided(text: str, line: str) -> bool:
    """Whether a web address at a text's end goes on in the next line."""
    last = text[-_MAX_ADDRESS:].rpartition(" ")[2]
    if "://" not in last and "www." not in last:
        return False
    if text[-1] == "-":
        return True
    if text[-1] == ".":
        return _AFTER_STOP.match(line) is not None and (text[-2:-1].isdigit() or not line[0].isdigit())
    return _AFTER_BREAK.match(line) is not None


# Furniture

_PAGE_NUMBER = re.compile(r"^[-–— ]*(page )?(\d{1,4}|[ivxl]{1,6})( ?(of|/) ?\d+)?[-–— ]*$", re.IGNORECASE)
_STAMP = re.compile(
    r"^(arXiv:\S+v\d|Downloaded (from|on|by)\b|Download date|Digitized by|Authorized licensed use|Published by\b"
    r"|Preprint\b|Under review\b|Published as a conference paper|Accepted (at|by|to)\b|Copyright\b|©|Proceedings of\b"
    r"|Permission to make digital|To appear in\b|Submitted to\b|Article number\b|https?://\S+$|doi:|Digital Object Identifier)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_MARGIN_ZONE = 0.12  # of the page's height, at its top and bottom: an inch and a third of a letter page
_NUMBER_ZONE = 0.25  # a small type area on a large sheet begins there
_END_NUMBER = re.compile(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$")
_EDGE_ZONE = 0.075  # where a line that stands alone is furniture even if it does not come again


def remove_furniture(pages: Sequence[PdfPage]) -> list[PdfPage]:
    """The pages without running heads, page numbers and stamps."""
    pages = [_drop_rotated(page) for page in pages]
    shapes = Counter(
        shape for page in pages for shape in {mask_numbers(line.text) for line in _find_margin_lines(page)}
    )
    enough = 2 if len(pages) <= 4 else 3
    repeated = {shape for shape, count in shapes.items() if count >= enough}
    few = len(pages) <= 2
    numbered = _find_page_numbers(pages)
    pages = [_without(page, numbered) for page in pages]
    text_top = min((_measure_text_top(page, repeated) for page in pages), default=0.0)
    return [_peel_furniture(page, repeated, text_top, few=few) for page in pages]


def _measure_text_top(page: PdfPage, repeated: set[str]) -> float:
    """How far below a page's top its running text begins, in points: the first of four lines that follow each other."""
    heights = [
        height for line in page.lines if mask_numbers(line.text) not in repeated for height in (line.y, line.end_y)
    ]
    heights.sort(reverse=True)
    rows = [height for above, height in itertools.pairwise([page.height, *heights]) if above - height > 3]
    for place in range(len(rows) - 3):
        if rows[place] - rows[place + 3] < 3 * 1.3 * page.leading:
            return page.height - rows[place]
    return page.height


def _find_page_numbers(pages: Sequence[PdfPage]) -> set[int]:
    """The lines at the pages' ends that hold the page's number: one that counts as the pages do."""
    found: dict[tuple[bool, int], list[PdfLine]] = {}
    ends: list[PdfLine] = []
    for index, page in enumerate(pages):
        lines = sorted([line for line in page.lines if line.grid is None], key=_get_y)
        if len(lines) <= 2:
            continue
        for top, line in ((False, lines[0]), (True, lines[-1])):
            depth = (page.height - line.y if top else line.y) / max(page.height, 1.0)
            if depth < _NUMBER_ZONE and len(line.text) < 150:
                ends.append(line)
                for number in {int(match[0]) for match in _END_NUMBER.finditer(line.text)}:
                    found.setdefault((top, number - index), []).append(line)
    enough = max(3, len(pages) // 3)
    shapes = {mask_numbers(line.text) for lines in found.values() if len(lines) >= enough for line in lines}
    return {id(line) for line in ends if mask_numbers(line.text) in shapes}


def _without(page: PdfPage, dropped: set[int]) -> PdfPage:
    if dropped.isdisjoint(map(id, page.lines)):
        return page
    return PdfPage(page.width, page.height, [line for line in page.lines if id(line) not in dropped])


def mask_numbers(text: str) -> str:
    """A line with its numbers made equal, so that a running head with a page number comes again."""
    return _DIGITS.sub("#", text).strip().casefold()


def _drop_rotated(page: PdfPage) -> PdfPage:
    upright = [line for line in page.lines if not line.rotated]
    if len(upright) == len(page.lines) or 2 * len(upright) < len(page.lines):
        return page
    return PdfPage(page.width, page.height, upright)


def _find_margin_lines(page: PdfPage) -> list[PdfLine]:
    low, high = page.height * _MARGIN_ZONE, page.height * (1 - _MARGIN_ZONE)
    lines = [line for line in page.lines if not low < line.y < high]
    lines.sort(key=_get_y)
    return lines[:4] + lines[4:][-4:]


def _peel_furniture(page: PdfPage, repeated: set[str], text_top: float, *, few: bool) -> PdfPage:
    """The page without the furniture at its top and bottom, peeled off from the outside."""
    lines = sorted(page.lines, key=_get_y)
    dropped: set[int] = set()
    for ordered, edge in ((lines, 0.0), (lines[::-1], page.height)):
        for place, line in enumerate(ordered[:6]):
            others = (ordered[other] for other in range(place + 1, len(ordered)))
            # A line that pdfium made of two ends a row lower than it begins.
            gaps = (
                line.end_y - other.y if edge else other.end_y - line.y for other in others if abs(other.y - line.y) > 3
            )
            gap = next((distance for distance in gaps if distance > 3), 99.0)
            depth = abs(line.y - edge) / max(page.height, 1.0)
            # What stands alone as high as text does on another page is a heading or the like.
            in_text = edge > 0 and page.height - line.y > text_top - 0.4 * page.leading
            if _is_furniture(line, depth, 0.0 if in_text else gap, page, repeated, few=few):
                dropped.add(id(line))
            elif gap > 3:
                break
    return PdfPage(page.width, page.height, [line for line in page.lines if id(line) not in dropped])


def _is_furniture(line: PdfLine, depth: float, gap: float, page: PdfPage, repeated: set[str], *, few: bool) -> bool:
    """`depth` is the distance from the page's edge as a share of its height, `gap` that to the text in points."""
    if _PAGE_NUMBER.match(line.text) or not any(map(str.isalnum, line.text)):
        return depth < _MARGIN_ZONE or gap / page.leading > 1.5
    if depth > _MARGIN_ZONE or line.grid is not None:
        return False
    if mask_numbers(line.text) in repeated or _STAMP.match(line.text):
        return True
    if CAPTION.match(line.text):
        return False  # of a float at the page's top or bottom
    if len(line.text) >= 150 or not (few or depth < _EDGE_ZONE) or not line.text[:1].isascii():
        return False
    return gap / page.leading > (1.5 if few else 1.7)
