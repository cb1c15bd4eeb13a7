"""Numbers traced to the cell of a table in which they stand: `92.2, DROP, DeepSeek R1 (Table 4)`. A pure function."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest_assets.texts.document import Cell, Table
from digest_assets.texts.table_records import parse_value
from digest_assets.texts.tables import StoredCell, StoredTable

_TABLE_NAME = re.compile(r"(?:table|tab\.|表)\s?[A-Z]?\.?(?:\d{1,3}|[IVX]{1,5})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_MAX_SENTENCE_CHARACTERS = 2_000  # of what stands around a number: more is no sentence


@dataclass(frozen=True, slots=True)
class CellReference:
    """A cell, and the name of its table (`Table 4`), as far as the caption gives one."""

    cell: Cell | StoredCell
    table: str

    def __str__(self) -> str:
        words = ", ".join(filter(None, (self.cell.text, self.cell.row_label, *self.cell.heads)))
        return f"{words} ({self.table})" if self.table else words


def trace_to_cell(number: str, sentence: str, tables: Sequence[Table] | Sequence[StoredTable]) -> CellReference | None:
    """The cell that holds a number which a sentence gives.

    Of several cells with the number, the one whose row and heads share most words with the sentence; none where two
    share as many. A whole number, which stands in many places, needs such a word also where it is the only one.
    """
    value, unit = parse_value(number)
    if value is None:
        return None
    words = _list_words(sentence[:_MAX_SENTENCE_CHARACTERS])
    found: list[tuple[tuple[int, int], CellReference]] = []
    for table in tables:
        for cell in table.cells:
            if cell.value == value and (not unit or not cell.unit or unit == cell.unit):
                name = _TABLE_NAME.match(table.caption)
                found.append((_count_shared(cell, words), CellReference(cell, name[0] if name else "")))
    if not found:
        return None
    best = max(score for score, _ in found)
    candidates = [reference for score, reference in found if score == best]
    if len(candidates) > 1 or (best == (0, 0) and value.is_integer()):
        return None
    return candidates[0]


def _count_shared(cell: Cell | StoredCell, words: frozenset[str]) -> tuple[int, int]:
    """Whether row and heads are named, as a count; and how many of their words are."""
    row, head = _list_words(cell.row_label) & words, _list_words(" ".join(cell.heads)) & words
    return bool(row) + bool(head), len(row | head)


def _list_words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))
