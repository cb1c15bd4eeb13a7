"""Number tracing: each number of a summary is looked up in the text that was read, and marked where it is missing.

A number is *found* when the text states it, in whatever notation (`1M` is `1,000,000`, `one million` and `100万`;
`0.917` is `91.7%`; what doubles is `2×`). It is *derived* when it follows from numbers of the text: a rounding, or
the difference or ratio of two numbers that stand together. Otherwise it is *missing*, and the reader is warned. How
often this is right is measured by `benchmarks.numbers` on labelled summaries.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Literal

from digest_assets.summaries.verification.derivations import find_derivation, find_share
from digest_assets.summaries.verification.evidence import strip_to_letters
from digest_assets.summaries.verification.quantities import (
    NumberMention,
    Quantity,
    find_numbers,
    find_numbers_and_names,
)
from digest_assets.summaries.verification.units import MAGNITUDE, PERCENT, POINTS, TIMES, UNITS
from digest_assets.texts.sentences import find_math_spans, find_sentence_spans

WARNING = " ⚠"

_CLAUSE_END = re.compile(r"[。；;：:!?！？]|包[含括]|\.\s")
_LIST = re.compile(r"^[^.。；;:：(（]{0,60}[:：(（—]\s*([^。.;；)）]+)")
_BRACKET = re.compile(r"[^()]{0,30}\(([^()]{3,400})\)")  # behind what it lists: "public benchmarks (A, B, and C)"
_SEPARATOR = re.compile(r"(?:[,，]\s*(?:and|or)\s|[、，,/]|(?<=[\u3400-\u9fff])[-–—]|\s(?:and|or)\s|以及|[和与及或])")
_WORD_BEFORE = re.compile(r"([A-Za-z][\w.-]{0,40})([\s-]?)$")
_SIZE = re.compile(r"\d{1,4}(?:\.\d)?[BM]")
_TABLE = re.compile(r"^[^\n]*\S \| [^\n]*(?:\n[^\n]+)*", re.MULTILINE)
_IN_BRACKETS = re.compile(r"[(\[]\s*\\?([^()\[\]\s]{1,12})\s*[)\]]")  # no unit of ours is longer than "milliseconds"
_RATE = re.compile(
    r"accurac|precision|recall|\brates?\b|\bF1\b|\bm?AP\b|IoU|\bAUC\b|\btop-\d|pass@|exact match|准确率|精度|召回率|成功率"
)
_COMMA = re.compile(r"[，,]\s?(?!and|or)")
_REFERS_BACK = re.compile(r"\b(?:the|these|those|between|any)\s$|[这该]$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![\d.])[(（]?(\d{1,2})(?:[)）、]|\.(?=\s|[\u3400-\u9fff]))")

# How far around a number is looked, in characters: a name of one word before it; a list in the same sentence or the
# next; a numbered list over some paragraphs.
_MIN_LISTED = 3  # things in a list that a text need not count: any "and" makes two
_NAME_CHARACTERS, _LIST_CHARACTERS, _NUMBERED_LIST_CHARACTERS = 40, 400, 1_500
# A bare decimal is a percentage where a word like "accuracy" stands this near, as before ("accuracy of 91.7") or after.
_RATE_BEFORE, _RATE_AFTER = 40, 20

Status = Literal["found", "derived", "missing"]


@dataclass(frozen=True, slots=True)
class NumberTrace:
    """A number of a summary: where it stands there, and what it rests on in the text."""

    start: int
    end: int
    text: str
    status: Status
    source: str | None


@dataclass(frozen=True, slots=True)
class NumberIndex:
    """All numbers of the text that was read, and its names that hold a number."""

    sources: dict[Quantity, str]
    names: frozenset[str]

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "NumberIndex":
        """Index the parts of a text: its title, abstract and sections."""
        sources: dict[Quantity, str] = {}
        names: set[str] = set()
        for text in texts:
            stated, named = find_numbers_and_names(text)
            context = _Context(text)
            for number in stated:
                for reading in (*number.readings, *context.infer_readings(number)):
                    sources.setdefault(reading, number.text)
            names.update(map(strip_to_letters, named))
        return cls(sources, frozenset(names))

    @classmethod
    def from_row(cls, cells: Sequence[str], heads: Sequence[str]) -> "NumberIndex":
        """Index a table's row: what a bare number means stands in the head of its column."""
        sources: dict[Quantity, str] = {}
        names: set[str] = set()
        for cell, head in zip_longest(cells, heads, fillvalue=""):
            units = [UNITS[unit] for unit in _IN_BRACKETS.findall(head) if unit in UNITS]
            stated, named = find_numbers_and_names(cell)
            for number in stated:
                readings = [*number.readings, *_infer_cell_readings(number, units)]
                for reading in readings:
                    sources.setdefault(reading, number.text)
            names.update(map(strip_to_letters, named))
        return cls(sources, frozenset(names))

    @classmethod
    def merge(cls, indexes: Iterable["NumberIndex"]) -> "NumberIndex":
        """Several places as one."""
        sources: dict[Quantity, str] = {}
        names: set[str] = set()
        for index in indexes:
            for reading, source in index.sources.items():
                sources.setdefault(reading, source)
            names |= index.names
        return cls(sources, frozenset(names))

    def match(self, number: NumberMention) -> list[Quantity]:
        """The quantities of the text that a number states or rounds."""
        exact = [same for reading in number.readings for same in _iterate_notations(reading) if same in self.sources]
        return exact or [
            stated
            for unit, value in number.readings
            for stated in self.sources
            if (other := _convert(stated, unit)) is not None and number.stands_for(value, other)
        ]

    def states(self, number: NumberMention, before: str) -> bool:
        """Whether the text states a number, more exactly perhaps, or has it in a name."""
        return bool(self.match(number)) or self.find_source(number, before) is not None

    def find_source(self, number: NumberMention, before: str) -> str | None:
        """The text's own writing of a number, if it states it; `before` is what precedes the number."""
        for reading in number.readings:
            for same in _iterate_notations(reading):
                if same in self.sources:
                    return self.sources[same]
        if _SIZE.fullmatch(number.text):  # "the 72B model" of "Qwen-72B"
            size = strip_to_letters(number.text)
            if name := next((name for name in sorted(self.names) if name.endswith(size)), None):
                return name
        # "Gemini 2.5" in a summary is the "Gemini-2.5" of the text.
        word = _WORD_BEFORE.search(before)
        if word and number.text[0].isalnum() and strip_to_letters(word[1] + number.text) in self.names:
            return word[1] + word[2] + number.text
        return None


def trace_numbers(text: str, index: NumberIndex) -> tuple[NumberTrace, ...]:
    """Look up every number of a summary's text, in order."""
    traced = []
    for start, end in find_sentence_spans(text):
        every = find_numbers(text[start:end])
        stated = [number for number in every if not _is_article(number, text[start : start + number.start])]
        sources = [
            index.find_source(number, text[start : start + number.start][-_NAME_CHARACTERS:]) for number in stated
        ]
        anchors = [number for number, source in zip(stated, sources, strict=True) if source]
        for number, source in zip(stated, sources, strict=True):
            status: Status = "found" if source else "missing"
            if not source and (
                derivation := next((index.sources[stated] for stated in index.match(number)), None)
                or find_derivation(number, anchors)
                or find_share(every, every.index(number), text[start:end], index.sources)
                or _find_list_count(number, text[start : start + number.start], text[start + number.end :])
            ):
                status, source = "derived", derivation
            traced.append(NumberTrace(start + number.start, start + number.end, number.text, status, source))
    return tuple(traced)


def mark_missing(text: str, traced: Iterable[NumberTrace], more: Iterable[int] = ()) -> str:
    """The text with ` ⚠` directly after each missing number, and at `more` places; after the formula, if it is in one."""
    formulas = find_math_spans(text)
    ends = {*more, *(number.end for number in traced if number.status == "missing")}
    places = {next((end for start, end in formulas if start < place < end), place) for place in ends}
    for place in sorted(places, reverse=True):
        if not text.startswith(WARNING, place):
            text = text[:place] + WARNING + text[place:]
    return text


class _Context:
    """What a text leaves unsaid of its bare numbers: in tables the unit stands in the head, an accuracy is a percentage.

    The rows of tables are lines of cells divided by ` | `.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tables = [
            (table.start(), table.end(), [UNITS[unit] for unit in _IN_BRACKETS.findall(table[0]) if unit in UNITS])
            for table in _TABLE.finditer(text)
        ]

    def infer_readings(self, number: NumberMention) -> Iterator[Quantity]:
        """What a bare number may mean where it stands."""
        unit, value = number.readings[0]
        if unit:
            return
        for start, end, units in self._tables:
            if start <= number.start < end:
                yield from _infer_cell_readings(number, units)
                return
        if (
            1 < value < 100
            and value != int(value)
            and _RATE.search(self._text, number.start - _RATE_BEFORE, number.end + _RATE_AFTER)
        ):
            yield Quantity(PERCENT, value)


def _infer_cell_readings(number: NumberMention, units: Sequence[tuple[str, Decimal]]) -> Iterator[Quantity]:
    """What a table's bare number may mean: in the units that heads name, else perhaps a percentage."""
    unit, value = number.readings[0]
    if unit:
        return
    yield from (Quantity(dimension, (value * factor).normalize()) for dimension, factor in units)
    if not units and 0 <= value <= 100:
        yield Quantity(PERCENT, value)


def _iterate_notations(reading: Quantity) -> Iterator[Quantity]:
    """The same quantity in every notation that a text may use."""
    yield reading
    unit, value = reading
    if unit == PERCENT:
        if 0 < abs(value) < 100:
            yield Quantity("", (value / 100).normalize())
        yield Quantity(TIMES, (1 + value / 100).normalize())  # "1.24x faster" is 24%
    elif unit == POINTS:  # many papers write points as per cent, or leave both out
        yield Quantity(PERCENT, value)
        if value != value.to_integral_value():
            yield Quantity("", value)
    elif unit == "" and 0 < abs(value) < 1:
        yield Quantity(PERCENT, (value * 100).normalize())
    elif unit == MAGNITUDE and value == value.to_integral_value() and 0 < value < 30:
        yield Quantity(TIMES, Decimal(1).scaleb(int(value)).normalize())
    elif unit == TIMES and value >= 10 and value.normalize().as_tuple().digits == (1,):
        yield Quantity(MAGNITUDE, Decimal(value.adjusted()).normalize())


def _convert(stated: Quantity, unit: str) -> Decimal | None:
    """A quantity of the text as a claim in another unit gives it: 0.624 as 62.4%, a rise of 598% as 6.98 times."""
    if stated.unit == unit or (unit == POINTS and stated.unit == PERCENT):
        return stated.value
    if unit == PERCENT and not stated.unit and 0 < stated.value < 1:
        return 100 * stated.value
    if not unit and stated.unit == PERCENT and 0 < stated.value < 100:
        return stated.value / 100
    if unit == TIMES and stated.unit == PERCENT and stated.value >= 100:
        return 1 + stated.value / 100
    return None


def _find_list_count(number: NumberMention, before: str, after: str) -> str | None:
    """Whether a small number counts the items that the summary lists beside it."""
    unit, value = number.readings[0]
    if unit or not number.is_spelled_out or not 2 <= value <= 10:
        return None
    listed = [_CLAUSE_END.split(before)[-1], *(match[1] for match in _LIST.finditer(after[:_LIST_CHARACTERS]))]
    counts = {count for items in listed for count in _count_items(items)}
    numbered = {int(mark) for mark in _NUMBERED.findall(after[:_NUMBERED_LIST_CHARACTERS])}
    in_order = {*range(1, int(value) + 1)} <= numbered and int(value) + 1 not in numbered
    if int(value) in counts or in_order:
        return f"{int(value)} listed"
    return None


def lists_as_many(number: NumberMention, place: tuple[int, int], text: str) -> bool:
    """Whether a text lists as many things as a small number counts, before or behind the word at `place` that names them:
    "the metrics A, B and C", "across A, B, and private cohorts".
    """
    unit, value = number.readings[0]
    if unit or not number.is_spelled_out or not _MIN_LISTED <= value <= 10:
        return False
    before = _CLAUSE_END.split(text[: place[0]])[-1][-_LIST_CHARACTERS:]
    after = _CLAUSE_END.split(text[place[1] :])[0][:_LIST_CHARACTERS]
    held = [bracket[1]] if (bracket := _BRACKET.match(after)) else []
    return any(int(value) in _count_items(items) for items in (before, after, *held))


def _count_items(items: str) -> set[int]:
    """How many items a list may have: all of them, or those after its last comma, or those that 、 divides."""
    return {
        len(_SEPARATOR.split(items)),
        len(_SEPARATOR.split(_COMMA.split(items)[-1])),
        len(_SEPARATOR.split(_COMMA.split(items)[0])),
    }


def _is_article(number: NumberMention, before: str) -> bool:
    """`one` and `zero` are words ("one framework", "zero-shot"), and "the two" refers back: they state no number."""
    if not number.is_spelled_out or number.readings[0].unit:
        return False
    return number.readings[0].value in (0, 1) or _REFERS_BACK.search(before) is not None
