"""Numbers that a manuscript has beside its lines: in the margin, one column of them, counting by one or by five.

They are found by their places before lines are made, since a file may have a number before its line, behind it, on a
line of its own, or within the line where a sign stands higher than the others.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

_MAX_DIGITS = 9  # `123456789` may be nine numbers: pdfium reads them downwards
BARE_NUMBER = re.compile(rf"(?<!\S)\d{{1,{_MAX_DIGITS}}}(?!\S)")
_FEWEST = {1: 10, 5: 5}  # numbers on a page by their step: fewer may be an axis, a list or the rows of a table
_IN_STEP = 0.8  # of the steps: a number that is printed over, or one on a drawing, is no line's
_SAME_COLUMN = 2.0  # points by which the numbers' right or left ends differ
_SAME_ROW = 6.0  # points between the base lines of a number and its line: half a line
_OUTSIDE = 0.9  # of the page's lines that must stand on one side: titles and wide tables may reach into the margin
_LINE_LETTERS = 25  # a numbered line is one of prose; the rows of a table and the lines of a program are shorter


class Place(NamedTuple):
    """Where a run of signs stands: its place in the page's list, and in points its ends and base line."""

    start: int
    end: int
    x0: float
    x1: float
    y: float
    text: str


def may_have_line_numbers(text: str) -> bool:
    """Whether so many of a page's bare numbers count up that it is worth asking where they stand."""
    known = {int(word) for word in filter(str.isdecimal, text.split()) if len(word) <= _MAX_DIGITS}
    return any(
        len(known.intersection([value + step for value in known])) >= fewest - 1 for step, fewest in _FEWEST.items()
    )


def find_line_numbers(
    numbers: Sequence[Place], measure_lines: Callable[[], Sequence[Place]], following: int
) -> list[Place]:
    """Those of a page's bare numbers that number its lines, `following` those of the pages before.

    `measure_lines` gives the page's lines without the numbers, which takes long: it is called where a column counts up.
    Where the numbers go on from the page before, a few are enough.
    """
    found: list[Place] = []
    for column in _list_columns(numbers):
        column.sort(key=lambda number: -number.y)
        goes_on = 0 < following == int(column[0].text) and _is_in_step(column, 1)
        if not goes_on and not _counts_up(column):
            continue
        lines = measure_lines()
        if (goes_on or _stands_by_prose(column, lines)) and _is_in_margin(column, lines):
            found.extend(number for number in column if number not in found)
    return found


def _list_columns(numbers: Sequence[Place]) -> Iterator[list[Place]]:
    """The numbers that end, or begin, at one place from the left."""
    for get_edge in (attrgetter("x1"), attrgetter("x0")):
        column: list[Place] = []
        for number in sorted(numbers, key=get_edge):
            if column and get_edge(number) - get_edge(column[-1]) > _SAME_COLUMN:
                yield column
                column = []
            column.append(number)
        if column:
            yield column


def _counts_up(column: Sequence[Place]) -> bool:
    return any(len(column) >= fewest and _is_in_step(column, step) for step, fewest in _FEWEST.items())


def _is_in_step(column: Sequence[Place], step: int) -> bool:
    steps = [int(below.text) - int(above.text) for above, below in pairwise(column)]
    return sum(one == step for one in steps) >= _IN_STEP * len(steps)


def _is_in_margin(column: Sequence[Place], lines: Sequence[Place]) -> bool:
    """Whether nearly all lines begin to the right of the numbers, or end to the left of them."""
    left, right = min(number.x0 for number in column), max(number.x1 for number in column)
    enough = _OUTSIDE * len(lines)
    return sum(line.x0 > right for line in lines) >= enough or sum(line.x1 < left for line in lines) >= enough


def _stands_by_prose(column: Sequence[Place], lines: Sequence[Place]) -> bool:
    """Whether what stands beside the numbers is prose, mostly. A ruler's numbers are at no line's own height."""
    top, bottom = column[0].y + _SAME_ROW, column[-1].y - _SAME_ROW
    beside = [sum(map(str.isalpha, line.text)) for line in lines if bottom < line.y < top]
    return bool(beside) and median(beside) >= _LINE_LETTERS
