"""Tables of a PDF's page: which lines are rows, which columns their gaps make, and what the heads span.

A table is looked for above and below each caption: lines with several numbers or wide gaps are rows, running text ends
them. A column's edge is where no row of numbers has a sign. Rows are handed on as one line that holds a grid.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from digest_assets.texts.captions import CAPTION, TABLE_CAPTION
from digest_assets.texts.lines import HYPHEN_MARK, Grid, PdfLine
from digest_assets.texts.pdf_chars import PageText, Word
from digest_assets.texts.pdf_rules import Rule

_NUMBER = re.compile(r"^[(\[±+−–~≈<>$↑↓-]*\d[%MKBkx×)\]†‡*∗⋆↑↓,;GT¹²³⁴^\d.±-]*$|^[-–—−✓✗✔✘×]$")
_LIST_MARKS = frozenset("-–—−")
_COLUMN_GAP = 0.4  # of a size: more than a space (0.25 to 0.34), less than the tightest columns of real papers (0.42)
_PHRASE_GAP = 0.7  # of a size, between heads: the widest space of a justified line
_WIDE_GAP = 1.5  # of a size: no space within running text
_RULE_SLACK = 0.35  # of a size: how far a rule's end may be from that of the text that it underlines
_MAX_CAPTION_GAP = 4.5  # sizes between a caption and its table: 3.5 in real papers, a section's heading stands between
_MAX_ROW_GAP = 3.4  # sizes between two rows: rules and groups' spacing, less than what floats keep clear
_LARGER = 1.2  # times a row's size: heads of tables are no larger, headings are
_MAX_HEADS = 4  # rows of heads: no table of the corpus has more
_MAX_HEAD_WORDS = 3.5  # a phrase, on average: running text has longer ones between wide spaces
_MAX_TABLE_ROWS = 200  # a page has 90 lines
_FAR = 1e6  # points: farther than any page is wide
_PROSE_WORD = 4.5  # sizes: running text has a word every 2.5 to 3.5, a row of heads or labels fewer
_PROSE_WIDTH = 0.72  # of the column: a shorter line without gaps may be a row


_get_left, _get_y = attrgetter("x0"), attrgetter("y")


@dataclass(slots=True, eq=False)  # compared by identity
class _Row:
    """What stands on one base line of a column."""

    lines: list[PdfLine]
    text: PageText
    _words: list[Word] | None = None
    _tabular: bool | None = None
    _counts: tuple[int, int] | None = None
    _size: float = 0.0

    @property
    def y(self) -> float:
        return self.lines[0].y

    @property
    def size(self) -> float:
        if not self._size:
            self._size = max([line.size for line in self.lines])
        return self._size

    @property
    def words(self) -> list[Word]:
        if self._words is None:
            words = [word for line in self.lines for word in self.text.measure_words(line)]
            words.sort(key=_get_left)
            self._words = words
        return self._words

    def count_numbers(self) -> tuple[int, int]:
        """How many numbers and how many words."""
        if self._counts is None:
            words = [word for line in self.lines for word in line.text.split()]
            numbers = len(list(filter(None, map(_NUMBER.match, words))))
            if words and words[0] in _LIST_MARKS:  # before an indented label it stands for no missing value
                numbers -= 1
            self._counts = numbers, len(words)
        return self._counts

    def is_tabular(self) -> bool:
        """Whether it looks like a table's row: several numbers, or wide gaps."""
        if self._tabular is None:
            self._tabular = self._look_tabular()
        return self._tabular

    def _look_tabular(self) -> bool:
        numbers, words = self.count_numbers()
        if numbers >= 2 and numbers >= 0.3 * words and words < 60:
            return True
        if any(HYPHEN_MARK in line.text for line in self.lines):
            return False
        size = self.size
        gaps = [after.x0 - before.x1 for before, after in pairwise(self.words)]
        if gaps and max(gaps) > _WIDE_GAP * size:
            return True
        limit = _PHRASE_GAP * size
        phrases = 1 + sum([gap > limit for gap in gaps])
        return phrases >= 3 and words <= _MAX_HEAD_WORDS * phrases

    def is_head(self, left: float) -> bool:
        """Whether it may stand over a table that begins at `left`: apart from its first column, or in pieces."""
        return self.words[0].x0 > left + 2 * self.size or len(self.split_phrases()) >= 2

    def split_phrases(self, gap: float = _PHRASE_GAP) -> list[list[Word]]:
        """The words that stand close together."""
        phrases: list[list[Word]] = []
        limit, end = gap * self.size, -_FAR
        for word in self.words:
            if word.x0 - end <= limit:
                phrases[-1].append(word)
            else:
                phrases.append([word])
            end = word.x1
        return phrases


def collapse_tables(text: PageText, lines: list[PdfLine], width: float) -> list[PdfLine]:
    """The lines, where those of each table with a caption are one line with a grid."""
    captions = [line for line in lines if line.text[:1] in "TtSE" and TABLE_CAPTION.match(line.text)]
    if not captions:
        return lines
    upright = [line for line in lines if not line.rotated]
    replaced: dict[int, PdfLine | None] = {}  # lines of tables by identity; the first of each holds its grid
    waiting = sorted(captions, key=lambda line: -line.y)
    postponed: set[int] = set()
    while waiting:
        caption = waiting.pop(0)
        low, high = _find_column(caption, upright, width)
        low, high = _part_neighbours(caption, captions, low, high)
        # Two points: an indented or hanging line is still the column's.
        inside = [
            line for line in upright if low - 2 <= (line.x0 + line.x1) / 2 <= high + 2 and id(line) not in replaced
        ]
        rows = _group_rows(inside, text)
        start = next((index for index, row in enumerate(rows) if caption in row.lines), None)
        if start is None or len(rows[start].lines) > 4:
            continue
        below, below_gap = _walk(rows[start], rows[start + 1 :], high - low, down=True)
        above, above_gap = _walk(rows[start], rows[:start][::-1], high - low, down=False)
        if len(below) > 1 and len(above) > 1 and waiting and id(caption) not in postponed:
            # Rows on both sides: another caption may have no others, and takes its own first.
            postponed.add(id(caption))
            waiting.append(caption)
            continue
        chosen = _choose_side(below, below_gap, above[::-1], above_gap)
        if not chosen:
            continue
        grid = _build_grid(caption.text, chosen)
        if grid is None:
            continue
        members = [line for row in chosen for line in row.lines]
        inside_table = dict.fromkeys(map(id, members))
        replaced |= inside_table
        first = next(line for line in lines if id(line) in inside_table)
        replaced[id(first)] = _make_grid_line(grid, members)
    if not replaced:
        return lines
    kept = (replaced.get(id(line), line) for line in lines)
    return [line for line in kept if line is not None]


def _make_grid_line(grid: Grid, members: Sequence[PdfLine]) -> PdfLine:
    x0, x1 = min(line.x0 for line in members), max(line.x1 for line in members)
    top, bottom = max(line.y for line in members), min(line.end_y for line in members)
    size = min(line.size for line in members)
    text = " ".join(cell for row in grid.rows for cell in dict.fromkeys(row) if cell)
    return PdfLine(text or grid.caption, x0, x1, top, bottom, size, grid=grid)


def _find_column(caption: PdfLine, lines: Sequence[PdfLine], width: float) -> tuple[float, float]:
    """The left and right edge of the column of text that the caption stands in."""
    middle = width / 2
    long = [line for line in lines if line.x1 - line.x0 > 0.3 * width]
    halves = [line for line in long if line.x1 < middle + 6 or line.x0 > middle - 6]
    left = min((line.x0 for line in lines), default=0.0)
    right = max((line.x1 for line in lines), default=width)
    if len(halves) < 8 or 2 * len(halves) < len(long):
        return left, right
    # A caption that is shorter than its column stands in its midst or at its left edge.
    if caption.x1 < middle + 6:
        return left, middle
    if caption.x0 > middle - 6:
        return middle, right
    return left, right


def _part_neighbours(caption: PdfLine, captions: Sequence[PdfLine], low: float, high: float) -> tuple[float, float]:
    """The part of a column that a caption has where another one stands beside it."""
    for other in captions:
        if other is not caption and abs(other.y - caption.y) < _MAX_ROW_GAP * caption.size:
            if caption.x1 <= other.x0:
                high = min(high, (caption.x1 + other.x0) / 2)
            elif other.x1 <= caption.x0:
                low = max(low, (other.x1 + caption.x0) / 2)
    return low, high


def _group_rows(lines: Iterable[PdfLine], text: PageText) -> list[_Row]:
    rows: list[_Row] = []
    y = _FAR  # of the last row
    for line in sorted(lines, key=_get_y, reverse=True):
        if y - line.y < 0.35 * line.size:
            rows[-1].lines.append(line)
        else:
            rows.append(_Row([line], text))
            y = line.y
    return rows


def _walk(caption: _Row, rows: Sequence[_Row], width: float, *, down: bool) -> tuple[list[_Row], float]:
    """The rows of a table from its caption on, and how far from it they begin."""
    found: list[_Row] = []
    before, first_gap = caption, 0.0
    for row in rows[:_MAX_TABLE_ROWS]:
        gap = abs((before.lines[-1].end_y if down else before.y) - (row.y if down else row.lines[-1].end_y))
        if gap > (_MAX_ROW_GAP if found else _MAX_CAPTION_GAP) * max(row.size, before.size):
            break
        if any(line.grid or CAPTION.match(line.text) for line in row.lines):
            break
        if found and row.size > _LARGER * found[0].size and row.count_numbers()[0] < 2:
            break  # a heading
        if not row.is_tabular():
            beside = sum(line.x1 - line.x0 for line in row.lines)
            if down and not found and abs(row.size - caption.size) < 0.3 and gap < 1.5 * row.size:
                before = row  # the caption goes on
                continue
            dense = _PROSE_WORD * row.size * row.count_numbers()[1] > beside
            if (beside > _PROSE_WIDTH * width and dense) or any(HYPHEN_MARK in line.text for line in row.lines):
                break
        if not found:
            first_gap = gap
        found.append(row)
        before = row
    tabular = [index for index, row in enumerate(found) if row.is_tabular()]
    if not tabular:
        return [], first_gap
    first, last = tabular[0], tabular[-1]
    left = min(line.x0 for row in found[first : last + 1] for line in row.lines)
    # Heads stand above the first row, which is the last that was found from below.
    for _ in range(_MAX_HEADS):
        if down and first > 0 and found[first - 1].is_head(left):
            first -= 1
        elif not down and last + 1 < len(found) and found[last + 1].is_head(left):
            last += 1
    return found[first : last + 1], first_gap


def _choose_side(below: list[_Row], below_gap: float, above: list[_Row], above_gap: float) -> list[_Row]:
    """The rows that belong to the caption: the side that has some, of two the nearer one."""
    counts = [sum(row.is_tabular() for row in side) for side in (below, above)]
    if counts[0] >= 2 and counts[1] >= 2:
        return below if below_gap <= above_gap else above
    return below if counts[0] >= 2 else above if counts[1] >= 2 else []


def _build_grid(caption: str, rows: Sequence[_Row]) -> Grid | None:
    counts = [row.count_numbers()[0] for row in rows]
    most = max(counts)
    if most >= 2:
        # Rows with at least half of the numbers of the fullest; heads may span what these divide.
        data = [row for row, count in zip(rows, counts, strict=True) if count >= max(2, most / 2)]
    else:
        data = [row for row in rows if len(row.split_phrases(_WIDE_GAP)) > 1]
    columns = _find_columns(data)
    if len(columns) < 2:
        return None
    first_data = next(index for index, row in enumerate(rows) if row is data[0]) if most >= 2 else min(1, len(rows) - 1)
    grid: list[list[str]] = []
    bold: set[tuple[int, int]] = set()
    underlined: set[tuple[int, int]] = set()
    for index, row in enumerate(rows):
        if row in data:
            cells, heavy, ruled = _fill_cells(row, columns)
            bold |= {(index, column) for column in heavy}
            underlined |= {(index, column) for column in ruled}
        else:
            cells = _spread_phrases(row, columns, head=index < first_data)
        grid.append(cells)
    return Grid(caption, grid, first_data, _keep_rare(bold, grid), _keep_rare(underlined, grid))


def _find_columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """The columns' edges: what the rows' words cover, where gaps go through all rows."""
    spans = sorted((word.x0, word.x1) for row in rows for word in row.words)
    size = min((row.size for row in rows), default=1.0)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left - columns[-1][1] <= _COLUMN_GAP * size:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    return columns


def _fill_cells(row: _Row, columns: Sequence[tuple[float, float]]) -> tuple[list[str], set[int], set[int]]:
    """A row's cells, and which of them are bold and which underlined."""
    cells: list[list[Word]] = [[] for _ in columns]
    heavy: set[int] = set()
    ends = [right for _, right in columns[:-1]]
    for word in row.words:
        column = bisect_left(ends, (word.x0 + word.x1) / 2)
        cells[column].append(word)
        if column and column not in heavy and _has_digit(word.text) and row.text.is_bold(word.start):
            heavy.add(column)
    rules = row.text.find_underlines(row.y, row.size)
    ruled = {column for column, cell in enumerate(cells) if column and cell and _is_underlined(cell, rules, row.size)}
    return [" ".join([word.text for word in cell]) for cell in cells], heavy, ruled


def _has_digit(text: str) -> bool:
    return text[:1].isdigit() or any(map(str.isdigit, text))


def _is_underlined(cell: Sequence[Word], rules: Sequence[Rule], size: float) -> bool:
    """Whether a rule that is no wider than the cell's text stands under a number of it."""
    if not rules:
        return False
    slack = _RULE_SLACK * size
    low, high = cell[0].x0 - slack, cell[-1].x1 + slack
    fitting = [rule for rule in rules if low < rule.x0 and rule.x1 < high]
    return bool(fitting) and any(
        rule.x0 < word.x0 + slack and word.x1 - slack < rule.x1
        for word in cell
        if _has_digit(word.text)
        for rule in fitting
    )


def _spread_phrases(row: _Row, columns: Sequence[tuple[float, float]], *, head: bool) -> list[str]:
    """A head's or an odd row's texts, each in all columns that it spans."""
    phrases = row.split_phrases(_COLUMN_GAP if head else _PHRASE_GAP)
    cells = [""] * len(columns)
    bounds = [(phrase[0].x0, phrase[-1].x1) for phrase in phrases]
    taken = -1
    for place, (phrase, (left, right)) in enumerate(zip(phrases, bounds, strict=True)):
        limit = bounds[place + 1][0] if place + 1 < len(bounds) else float("inf")
        touched = [index for index, (low, high) in enumerate(columns) if low < right and high > left]
        if not touched:
            middle = (left + right) / 2
            touched = [min(range(len(columns)), key=lambda index: abs(sum(columns[index]) / 2 - middle))]
        first, last = touched[0], touched[-1]
        if head and first > 0:
            first, last = _widen_span(columns, first, last, (left + right) / 2, taken + 1, limit, row.size)
        elif not head and len(phrases) == 1 and (first > 0 or last > first):
            first, last = 0, len(columns) - 1
        text = " ".join(word.text for word in phrase)
        for column in range(first, last + 1):
            cells[column] = f"{cells[column]} {text}".strip()
        taken = last
    return cells


def _widen_span(
    columns: Sequence[tuple[float, float]],
    first: int,
    last: int,
    middle: float,
    lowest: int,
    limit: float,
    size: float,
) -> tuple[int, int]:
    """The columns that a head spans: those around it whose common middle is its own."""

    def distance(low: int, high: int) -> float:
        return abs((columns[low][0] + columns[high][1]) / 2 - middle)

    best = (first, last)
    if first == last and distance(first, last) < size:
        return best
    for low in range(first, max(1, min(lowest, first)) - 1, -1):
        for high in range(last, len(columns)):
            if columns[high][0] >= limit:
                break
            # Of two that are centred alike, the wider one is meant: the head has nothing else beside it.
            if distance(low, high) < max(distance(*best), size / 2):
                best = (low, high)
    return best


def _keep_rare(marked: set[tuple[int, int]], grid: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """The marked cells, if few are: where all numbers or whole rows are bold it marks no best value."""
    filled = sum(1 for row in grid for cell in row[1:] if cell)
    return marked if 2 * len(marked) < filled else set[tuple[int, int]]()
