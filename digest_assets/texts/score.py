"""The score of reading: how much of what a file surely holds is in what was read of it. It is how a bad layout is noticed."""

import re
from collections import Counter
from collections.abc import Iterable

from digest_assets.texts.document import Document, ReadingScore, count_characters

_CAPTION = re.compile(r"^(?:table|tab\.|表)\s?[A-Z]?\.?\d{1,3}\b", re.IGNORECASE)
# Begins only where a run of digits does: linear. With a digit, by which it is found quickly.
_DECIMAL = re.compile(r"[0-9](?<!\d\d)\d{0,14}\.\d{1,15}")
_LETTER = re.compile(r"^[A-Z][.:]?\s")  # an appendix's, which the paper may call `Appendix A`
_NOT_A_LETTER = re.compile(r"[\W\d_]+")
_MIN_ROWS = 2  # of a table that was found: a head and a row


def score_reading(document: Document, *, outline: Iterable[str] = (), raw: Iterable[str] = ()) -> ReadingScore:
    """How well a paper was read.

    Args:
        document: What was read.
        outline: The headings that the file itself names, without those of parts that are dropped on purpose.
        raw: The texts of the file in which numbers stand that should be kept: its tables, or the pages with tables.
    """
    return ReadingScore(
        headings=_score_headings(document, outline),
        decimals=_score_decimals(document, raw),
        rows=_score_rows(document),
        named=_score_roles(document),
    )


def _score_headings(document: Document, outline: Iterable[str]) -> float | None:
    title = _fold(document.title or "")
    expected = [heading for heading in outline if _fold(heading) not in ("", title)]  # the root names the paper
    found = {_fold(f"{section.number} {section.heading}") for section in document.sections}
    found |= {_fold(section.heading) for section in document.sections}  # an outline may leave the numbers out
    kept = sum(_fold(heading) in found or _fold(_LETTER.sub("", heading)) in found for heading in expected)
    return _share(kept, len(expected))


def _fold(heading: str) -> str:
    """A heading by its letters alone: numbers, spaces and dashes are written in many ways."""
    return _NOT_A_LETTER.sub("", heading).casefold()


def _score_decimals(document: Document, raw: Iterable[str]) -> float | None:
    expected = Counter(number for text in raw for number in _DECIMAL.findall(text))
    if not expected:
        return None
    found = Counter(number for section in document.sections for number in _DECIMAL.findall(section.text))
    return _share(sum((expected & found).values()), sum(expected.values()))


def _score_rows(document: Document) -> float | None:
    captions = {line for section in document.sections for line in section.text.split("\n") if _CAPTION.match(line)} | {
        table.caption for table in document.tables if _CAPTION.match(table.caption)
    }
    numbers = {match[0].casefold() for match in map(_CAPTION.match, captions) if match}
    filled = {
        match[0].casefold()
        for table in document.tables
        if len(table.rows) >= _MIN_ROWS and (match := _CAPTION.match(table.caption))
    }
    return _share(len(filled), len(numbers))


def _score_roles(document: Document) -> float | None:
    named = count_characters([section for section in document.sections if section.role != "other"])
    return _share(named, document.characters)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
