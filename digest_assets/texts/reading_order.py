"""Reading order of a PDF's page: down the left column, then the right one, between what spans both."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest_assets.texts.lines import PdfLine, PdfPage


def order_lines(page: PdfPage) -> list[PdfLine]:
    """The page's lines in reading order: down the left column, then the right one, between what spans both."""
    runs = list(_split_runs(page.lines))
    gutter = _find_gutter(page)
    if gutter is None:
        by_height = sorted(runs, key=lambda run: -run[0].y)
        stacked = all(below[0].y <= above[-1].end_y for above, below in itertools.pairwise(by_height))
        return [line for run in (by_height if stacked else runs) for line in run]
    boxes = [_ColumnBox.from_lines(run, gutter) for run in runs]
    boxes.sort(key=lambda box: -box.top)
    ordered: list[PdfLine] = []
    band: list[_ColumnBox] = []
    for box in [*boxes, None]:
        if box is None or box.column == 0:
            for column in (1, 2):
                for part in band:
                    if part.column == column:
                        ordered += part.lines
            band = []
            if box is not None:
                ordered += box.lines
        else:
            band.append(box)
    return ordered


@dataclass(slots=True)
class _ColumnBox:
    """Lines that follow one another, and the column they stand in: 1, 2, or 0 for both."""

    lines: list[PdfLine]
    top: float
    column: int

    @classmethod
    def from_lines(cls, lines: list[PdfLine], gutter: float) -> "_ColumnBox":
        across = sum(line.x0 < gutter - 4 and line.x1 > gutter + 4 for line in lines)
        left = sum(line.x1 <= gutter + 4 for line in lines)
        column = 0 if across > 0.3 * len(lines) else 1 if left * 2 >= len(lines) else 2
        return cls(lines, max(line.y for line in lines), column)


def _split_runs(lines: Sequence[PdfLine]) -> Iterator[list[PdfLine]]:
    """Lines that the file has one after the other and that stand close below one another."""
    run: list[PdfLine] = []
    for line in lines:
        if run:
            before = run[-1]
            size = before.size if before.size > line.size else line.size
            down = before.end_y - line.y
            near = -1.5 * size < down < 2.5 * size
            moved = down > 1.2 * size and abs(line.x0 - before.x0) > 3 * size
            beside = near and line.x0 < before.x1 + 3 * size and before.x0 < line.x1 + 3 * size
            if moved or not beside:
                yield run
                run = []
        run.append(line)
    if run:
        yield run


def _find_gutter(page: PdfPage) -> float | None:
    """The middle between two columns; None if the page has one column."""
    least = 0.15 * page.width
    lines = [line for line in page.lines if line.x1 - line.x0 > least]
    edges = [line.x0 for line in lines if 0.35 * page.width < line.x0 < 0.65 * page.width]
    if len(lines) < 8 or len(edges) <= 0.15 * len(lines):
        return None
    best, most = None, 0.6 * len(lines)
    for candidate in (page.width / 2, *(edge - 5.0 for edge, _ in Counter(map(round, edges)).most_common(3))):
        left = sum(line.x1 <= candidate + 4 for line in lines)
        right = sum(line.x0 >= candidate - 4 for line in lines)
        if left + right > most and min(left, right) > 0.15 * len(lines):
            best, most = candidate, left + right
    return best
