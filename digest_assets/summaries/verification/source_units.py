"""Source units: the sentences and table rows of the text that was read, each with its place and its words.

A claim is compared with units, never with the text as a whole: what it says has to stand in one place, or in a few.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, islice
from math import log

from digest_assets.summaries.verification.numbers import NumberIndex
from digest_assets.summaries.verification.quantities import NumberMention, find_numbers
from digest_assets.summaries.verification.words import Name, PlainWord, Word, find_names, find_words, list_words
from digest_assets.texts.document import Place
from digest_assets.texts.sentences import find_sentence_spans
from digest_assets.texts.spans import Span, find_spans
from digest_assets.texts.table_records import guess_head_rows, guess_label_columns, join_heads, join_label
from digest_assets.texts.tables import Section, TextRow

METADATA = -1  # the section of what is no part of the text: title, addresses of code and project

_BAR = " | "
_CAPTION = re.compile(r"(?:Table|TABLE|Tab\.|表)\s?[A-Z]?\.?[\dIVX]")
_DIGITS = re.compile(r"\d+")
_NOT_LETTERS = re.compile(r"[^\w\n]+|_+")
_PROPOSES = re.compile(r"\b(?:propos|introduc|present|call|develop|nam|dub|term)(?:e|es|ed|s|bed|ing)?\b")
_PROPOSED_CHARACTERS = 80  # behind "we propose" in which the proposed thing is named
_OPENING_UNITS = 15  # the title and the abstract, which has 5 to 12 sentences
_MAX_ROWS = 500  # of one table: the longest of the corpus has some 200
_MAX_COMPARED = 40  # rows of a table with which one is compared
_MAX_UNITS = 20_000  # of a paper: a book of 1,000 pages


@dataclass(frozen=True)
class SourceUnit:
    """A sentence or a table's row. `heads` and `label` are a row's; `group` numbers the table, None for a sentence."""

    span: Span
    text: str
    label: str = ""
    heads: tuple[str, ...] = ()
    caption: str = ""
    group: int | None = None

    @cached_property
    def words(self) -> list[Word]:
        """The words of its own text."""
        return find_words(self.text)

    @cached_property
    def plain_words(self) -> list[PlainWord]:
        """The words of its own text without their places."""
        return list_words(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words, and of what a row's heads and caption add."""
        stems = {word.stem for word in self.plain_words}
        if self.group is not None:
            stems.update(word.stem for word in list_words(" ".join((*self.heads, self.caption))))
        return frozenset(stems - {""})

    @cached_property
    def letters(self) -> str:
        """Its letters and digits in lower case, without what stands between them."""
        return _NOT_LETTERS.sub("", self.text).replace("\n", "").lower()

    @cached_property
    def lowers(self) -> frozenset[str]:
        """Its words in lower case."""
        return frozenset(word.lower for word in self.plain_words)

    @cached_property
    def names(self) -> list[Name]:
        """The names that it gives."""
        return find_names(self.text)

    @cached_property
    def mentions(self) -> list[NumberMention]:
        """The numbers that it states, where they stand."""
        return find_numbers(self.text)

    @cached_property
    def numbers(self) -> NumberIndex:
        """What numbers it states; a row's with the units of its heads."""
        if self.group is None:
            return NumberIndex.from_texts([self.text])
        return NumberIndex.from_row(split_row(self.text), self.heads)


@dataclass(frozen=True)
class SourceIndex:
    """The units of a text, to look claims up in."""

    units: tuple[SourceUnit, ...]
    postings: Mapping[str, Sequence[int]] = field(repr=False)
    letters: str = field(repr=False)
    clean: Callable[[str], str] = field(default=str, repr=False)  # how a writer quotes: without citations, say

    @classmethod
    def from_text(cls, text: TextRow, metadata: Iterable[str] = (), clean: Callable[[str], str] = str) -> "SourceIndex":
        """The units of a text that was read, and of what is known of the paper besides: its title, addresses."""
        units = [SourceUnit(Span(METADATA, 0, 0, len(one)), one) for one in metadata if one]
        return cls.from_units([*units, *list_text_units(text)][:_MAX_UNITS], clean)

    @classmethod
    def from_units(cls, units: Iterable[SourceUnit], clean: Callable[[str], str] = str) -> "SourceIndex":
        """An index of these units."""
        units = tuple(units)
        postings: defaultdict[str, list[int]] = defaultdict(list)
        for index, unit in enumerate(units):
            for key in (*unit.stems, *{f"#{digits}" for digits in _DIGITS.findall(unit.text)}):
                postings[key].append(index)
        letters = _NOT_LETTERS.sub("", "".join(f"{unit.text}\n" for unit in units)).lower()
        return cls(units, dict(postings), letters, clean)

    @cached_property
    def capitalized(self) -> frozenset[str]:
        """Words that have a capital within a sentence."""
        return frozenset(
            word.text
            for unit in self.units
            for place, word in enumerate(unit.plain_words)
            if word.text[0].isupper() and (place or not unit.text.startswith(word.text))
        )

    @cached_property
    def initials(self) -> str:
        """The first letters of all words, in order: an acronym's letters stand among them."""
        return "".join([word.lower[0] for unit in self.units for word in unit.plain_words])

    def weigh(self, stem: str) -> float:
        """How much it says that a unit has this word: the rarer it is in the text, the more."""
        return log(1 + len(self.units) / (len(self.postings.get(stem, ())) + 1))

    def rank(self, claim: str, stems: Iterable[str], most: int) -> list[int]:
        """The units that share most with a claim, the best first; numbers count as words."""
        scores: defaultdict[int, float] = defaultdict(float)
        for key in {*stems, *(f"#{digits}" for digits in _DIGITS.findall(claim))}:
            weight = self.weigh(key)
            for index in self.postings.get(key, ()):
                scores[index] += weight
        return sorted(scores, key=lambda index: (-scores[index] / (8 + len(self.units[index].stems)) ** 0.5, index))[
            :most
        ]

    @cached_property
    def tables(self) -> dict[tuple[int, int], list[SourceUnit]]:
        """The rows of each table that have a label, by section and place."""
        tables: defaultdict[tuple[int, int], list[SourceUnit]] = defaultdict(list)
        for unit in self.units:
            if unit.group is not None:
                tables[unit.span.section, unit.group].append(unit)
        return dict(tables)

    def get_table(self, unit: SourceUnit) -> list[SourceUnit]:
        """All rows of a row's table."""
        assert unit.group is not None
        return self.tables[unit.span.section, unit.group]

    def list_columns(self, unit: SourceUnit) -> list[list[NumberMention]]:
        """For each number of a row, itself and those of its column in the other rows."""
        rows = [[find_numbers(cell) for cell in split_row(row.text)] for row in self.get_table(unit)[:_MAX_COMPARED]]
        own = [find_numbers(cell) for cell in split_row(unit.text)]
        return [
            [numbers[0], other[place][0]]
            for place, numbers in enumerate(own)
            for other in rows
            if numbers and place < len(other) and other[place]
        ]

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The names of what the paper brings: those of its title, and what its first sentences propose."""
        names = [name for unit in self.units if unit.span.section == METADATA for name in unit.names]
        for unit in self.units[:_OPENING_UNITS]:
            if match := _PROPOSES.search(unit.text):
                names += [name for name in unit.names if 0 <= name.start - match.end() < _PROPOSED_CHARACTERS]
        return frozenset(name.key for name in names)

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """The stems of the own names."""
        return frozenset(word.stem for name in self.own_names for word in list_words(name)) - {""}

    @cached_property
    def positions(self) -> dict[int, int]:
        """Where each unit stands among the units, by its identity."""
        return {id(unit): place for place, unit in enumerate(self.units)}

    def get_previous(self, unit: SourceUnit) -> list[SourceUnit]:
        """A unit and the one before it in its section."""
        place = self.positions[id(unit)]
        return [one for one in self.units[max(0, place - 1) : place + 1] if one.span.section == unit.span.section]

    def get_context(self, index: int) -> list[SourceUnit]:
        """A unit with its neighbours in the same section: a sentence leans on the one before it."""
        section = self.units[index].span.section
        return [unit for unit in self.units[max(0, index - 1) : index + 2] if unit.span.section == section]


def list_text_units(text: TextRow) -> list[SourceUnit]:
    """The sentences and table rows of a text that was read, in order."""
    units: list[SourceUnit] = []
    for index, section in enumerate(text.sections):
        units.extend(_list_units(index, section, text.get_places(index)))
    return units[:_MAX_UNITS]


def find_unit_starts(text: TextRow) -> Iterator[tuple[int, int]]:
    """Where the units of `list_text_units` begin: their sections and places, without making them, in a third of the time."""
    found = (
        (index, start + place)
        for index, section in enumerate(text.sections)
        for start, end in find_sentence_spans(section.text)
        for place in _find_row_starts(section.text[start:end])
    )
    return islice(found, _MAX_UNITS)


def _find_row_starts(text: str) -> Iterable[int]:
    """Where the rows of a table begin; a sentence begins at 0."""
    if not _is_table(text):
        return (0,)
    return accumulate((len(line) + 1 for line in text.split("\n")[:_MAX_ROWS][:-1]), initial=0)


def split_row(line: str) -> list[str]:
    """The cells of a row; an empty one at either end has lost its blank there."""
    return [cell.strip() for cell in f" {line} ".split(_BAR)]


def _is_table(text: str) -> bool:
    return _BAR in text and "\n" in text


def _list_units(index: int, section: Section, places: Sequence[Place]) -> Iterator[SourceUnit]:
    """The sentences of a section, a table's rows each for itself."""
    for span in find_spans(index, section.text, places):
        text = section.text[span.start : span.end]
        if _is_table(text):
            yield from _list_rows(section.text, text, span)
        else:
            yield SourceUnit(span, " ".join(text.split()))


def _list_rows(section: str, text: str, span: Span) -> Iterator[SourceUnit]:
    lines = text.split("\n")[:_MAX_ROWS]
    grid = [split_row(line) for line in lines]
    width = max(map(len, grid))
    filled = [(*row, *[""] * (width - len(row))) for row in grid]
    heads = guess_head_rows(filled)
    head = join_heads([filled[row] for row in sorted(heads)]) if heads else ("",) * width
    labels = guess_label_columns([row for place, row in enumerate(filled) if place not in heads])
    caption, above, start = _find_caption(section, span), "", span.start
    for place, (line, row) in enumerate(zip(lines, filled, strict=True)):
        unit_span = Span(span.section, span.paragraph, start, start + len(line), span.page, span.element)
        start += len(line) + 1
        if len(grid[place]) == 1:
            above = line  # it names the rows that follow
        label = join_label(row[:labels])
        is_head = place in heads
        yield SourceUnit(
            unit_span,
            line,
            "" if is_head else f"{above} {label}".strip(),
            head,
            caption,
            None if is_head else span.start,
        )


def _find_caption(section: str, span: Span) -> str:
    """The paragraph before or after a table that says what it is."""
    before = section[: span.start].rstrip().rsplit("\n\n", 1)[-1]
    after = section[span.end :].lstrip().split("\n\n", 1)[0]
    return next((text for text in (before, after) if _CAPTION.match(text)), "")
