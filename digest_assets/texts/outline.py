"""The PDF's outline: its entries, and the lines of the text that they name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest_assets.texts.lines import PdfLine
from digest_assets.texts.sections import split_number

LETTERED = re.compile(r"^([A-Z])\s+((?:[A-Z]|\d[A-Z]).*)$")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ASCII_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_MAX_OUTLINE_CHARACTERS = 200  # of an entry: a longer one is no heading
MAX_LINES = 4  # of a heading: in a narrow column, thirty characters each


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An entry of the PDF's outline: its depth from 1, its title and its page from 1, if it names one."""

    level: int
    title: str
    page: int | None


@dataclass(frozen=True, slots=True)
class OutlineAnchor:
    """Where an entry stands: its words as the text has them, on how many lines, and what follows on the last."""

    entry: OutlineEntry
    text: str
    lines: int
    rest: str


def match_outline(pages: Sequence[Sequence[PdfLine]], outline: Sequence[OutlineEntry]) -> dict[int, OutlineAnchor]:
    """The lines that the outline's entries name, by identity."""
    if [entry.level for entry in outline].count(1) == 1 and len(outline) > 1:  # the root is the paper's title
        outline = [replace(entry, level=entry.level - 1) for entry in outline if entry.level > 1]
    anchors: dict[int, OutlineAnchor] = {}
    shapes: dict[int, list[str]] = {}
    at = (1, -1)  # page and place of the last entry's line: the next one stands behind it, mostly
    for entry in outline:
        title = fold_title(entry.title)
        if len(title) < 2 or len(entry.title) > _MAX_OUTLINE_CHARACTERS:
            continue
        bare = fold_title(split_number(entry.title)[1]) or title
        number = entry.page or at[0]
        start, bare_start = title[:3], bare[:3]
        best: tuple[tuple[int, ...], int, int, OutlineAnchor] | None = None
        for page in (number, number + 1, number - 1):
            if not 1 <= page <= len(pages):
                continue
            lines = pages[page - 1]
            if page not in shapes:
                # A heading does not begin with a small letter; its second line may, and is folded when it is needed.
                shapes[page] = ["" if line.text[0].islower() else fold_title(line.text[:80]) for line in lines]
            for place, shape in enumerate(shapes[page]):
                if shape[:3] != start and bare_start not in shape:
                    continue
                if not shape or lines[place].grid is not None or id(lines[place]) in anchors:
                    continue
                anchor = _match_entry(entry, title, bare, lines, shapes[page], place)
                if anchor is None:
                    continue
                line = lines[place]
                rank = (not anchor.rest, line.bold or line.size > 11, page == number, (page, place) > at, -place)
                if best is None or rank > best[0]:
                    best = rank, page, place, anchor
            if best is not None:
                break
        if best is not None:
            _, page, place, anchor = best
            anchors[id(pages[page - 1][place])] = anchor
            at = (page, place)
    return anchors


def _match_entry(
    entry: OutlineEntry, title: str, bare: str, lines: Sequence[PdfLine], shapes: Sequence[str], place: int
) -> OutlineAnchor | None:
    """The entry at a line, if its words stand there, with or without its number, on up to three lines."""
    text, joined = lines[place].text, shapes[place]
    for count in range(1, MAX_LINES + 1):
        stem = _strip_number_shape(text, joined)
        if joined in (title, bare) or stem == bare:
            return OutlineAnchor(entry, text, count, "")
        if count == 1 and len(bare) > 5 and (joined.startswith(title) or stem.startswith(bare)):
            letters = len(title) if joined.startswith(title) else len(joined) - len(stem) + len(bare)
            cut = _find_cut(text, letters)
            rest = text[cut:].lstrip(" .:—–-")
            # Within a sentence the words may be those of a heading: it begins its line in another font.
            if rest and (lines[place].bold or lines[place].italic or text[cut : cut + 1] in ".:"):
                return OutlineAnchor(entry, text[:cut], 1, rest)
            return None
        if not (title.startswith(joined) or bare.startswith(stem)) or place + count >= len(lines):
            return None
        text = f"{text} {lines[place + count].text}"
        joined += fold_title(lines[place + count].text)
    return None


def _strip_number_shape(text: str, shape: str) -> str:
    number = split_number(text)[0] or (match[1] if (match := LETTERED.match(text)) else "")
    return shape[len(fold_title(number)) :]


def _find_cut(text: str, letters: int) -> int:
    seen = 0
    for place, sign in enumerate(text):
        seen += len(fold_title(sign))
        if seen >= letters:
            return place + 1
    return len(text)


def fold_title(text: str) -> str:
    """A title's letters and digits alone, by which an outline's entry is known in the text."""
    if text.isascii():
        return text.encode().translate(None, _ASCII_SIGNS).decode().lower()
    return _NOT_ALPHANUMERIC.sub("", text).casefold()
