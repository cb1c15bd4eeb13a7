"""Where a summary's figures come from: each is looked up in the text that was read.

A figure is *found* when the text states it, in whatever notation (`1M` is `1,000,000`, `one million` and `100万`;
`0.917` is `91.7%`; what doubles is `2×`). It is *derived* when it follows from figures of the text: a rounding, or
the difference or ratio of two figures that stand together. Otherwise it is *missing*, and the reader is warned.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import Literal

from digest_assets.summaries.quantities import MAGNITUDE, PERCENT, POINTS, TIMES, Figure, Quantity, figures
from digest_assets.summaries.sentences import math_spans, sentence_spans

WARNING = " ⚠"

Status = Literal["found", "derived", "missing"]


@dataclass(frozen=True, slots=True)
class Traced:
    """A figure of a summary: where it stands there, and what it rests on in the text."""

    start: int
    end: int
    text: str
    status: Status
    source: str | None


@dataclass(frozen=True, slots=True)
class FigureIndex:
    """All figures of the text that was read."""

    sources: dict[Quantity, str]
    letters: str

    @classmethod
    def of(cls, texts: Iterable[str]) -> "FigureIndex":
        """Index the parts of a text: its title, abstract and sections."""
        sources: dict[Quantity, str] = {}
        letters = []
        for text in texts:
            for figure in figures(text):
                for reading in figure.readings:
                    sources.setdefault(reading, figure.text)
            letters.append(_letters(text))
        return cls(sources, " ".join(letters))

    def source_of(self, figure: Figure, before: str) -> str | None:
        """The text's own writing of a figure, if it states it; `before` is what precedes the figure."""
        for reading in figure.readings:
            for same in _equals(reading):
                if same in self.sources:
                    return self.sources[same]
        word = re.search(r"([A-Za-z][\w-]*)[\s-]?$", before)
        if word and _letters(word[1] + figure.text) in self.letters:
            return f"{word[1]} {figure.text}"
        return None


def trace(text: str, index: FigureIndex) -> tuple[Traced, ...]:
    """Look up every figure of a summary's text, in order."""
    traced = []
    for start, end in sentence_spans(text):
        stated = figures(text[start:end])
        sources = [index.source_of(figure, text[start : start + figure.start][-40:]) for figure in stated]
        anchors = [figure for figure, source in zip(stated, sources, strict=True) if source]
        for figure, source in zip(stated, sources, strict=True):
            status: Status = "found" if source else "missing"
            if not source and (derivation := _rounded(figure, index) or _derived(figure, anchors)):
                status, source = "derived", derivation
            traced.append(Traced(start + figure.start, start + figure.end, figure.text, status, source))
    return tuple(traced)


def marked(text: str, traced: Iterable[Traced]) -> str:
    """The text with ` ⚠` directly after each missing figure; after the formula, if it stands in one."""
    formulas = math_spans(text)
    places = set()
    for figure in traced:
        if figure.status == "missing":
            inside = next((end for start, end in formulas if start < figure.end < end), figure.end)
            places.add(inside)
    for place in sorted(places, reverse=True):
        if not text.startswith(WARNING, place):
            text = text[:place] + WARNING + text[place:]
    return text


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _equals(reading: Quantity) -> Iterator[Quantity]:
    """The same quantity in every notation that a text may use."""
    yield reading
    unit, value = reading
    if unit == PERCENT:
        if 0 < abs(value) < 100:
            yield Quantity("", (value / 100).normalize())
    elif unit == "" and 0 < abs(value) < 1:
        yield Quantity(PERCENT, (value * 100).normalize())
    elif unit == MAGNITUDE and value == value.to_integral_value() and 0 < value < 30:
        yield Quantity(TIMES, Decimal(1).scaleb(int(value)).normalize())
    elif unit == TIMES and value >= 10 and value.normalize().as_tuple().digits == (1,):
        yield Quantity(MAGNITUDE, Decimal(value.adjusted()).normalize())


def _rounded(figure: Figure, index: FigureIndex) -> str | None:
    """The more exact figure of the text that this one rounds; with fewer than two digits nothing is a rounding."""
    if figure.digits < 2:
        return None
    for unit, value in figure.readings:
        for (other_unit, other), source in index.sources.items():
            if unit == other_unit and other != value and _rounds_to(other, value):
                return source
    return None


def _rounds_to(exact: Decimal, value: Decimal) -> bool:
    if len(exact.as_tuple().digits) <= len(value.as_tuple().digits):
        return False
    return exact.quantize(Decimal(1).scaleb(int(value.normalize().as_tuple().exponent))) == value


def _derived(figure: Figure, anchors: list[Figure]) -> str | None:
    """How the figure follows from two that the text states and that stand beside it in the summary."""
    unit, value = figure.readings[0]
    for first, second in permutations(anchors, 2):
        one, two = first.readings[0], second.readings[0]
        if one.unit != two.unit:
            continue
        difference = one.value - two.value
        if value == difference and unit in (one.unit, POINTS):
            return f"{first.text} − {second.text}"
        if not two.value:
            continue
        if unit == TIMES and _close(one.value / two.value, value, figure.digits):
            return f"{first.text} / {second.text}"
        if unit == PERCENT and _close(100 * difference / two.value, value, figure.digits):
            return f"({first.text} − {second.text}) / {second.text}"
    return None


def _close(exact: Decimal, value: Decimal, digits: int) -> bool:
    return digits > 1 and abs(exact) == abs(value) or _rounds_to(exact, value)
