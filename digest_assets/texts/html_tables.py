"""Tables of a LaTeXML page: its rows and cells with spans expanded, its heads, and what is bold or underlined."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from digest_assets.texts.document import Emphasis, Table
from digest_assets.texts.html_elements import get_classes
from digest_assets.texts.html_formulas import is_math, read_tex
from digest_assets.texts.table_records import MAX_CELLS, build_table, parse_value, rank_marks

_MAX_SPAN = 100  # columns or rows of one cell: wider than any page
_MAX_REPEATED_CHARACTERS = 300  # of a cell that stands in several places: a longer one is a text and no name of rows
_SPAN_CLASS = re.compile(r"ltx_(?P<kind>col|row)span_(?P<count>\d{1,3})")
_BOLD_CLASSES = frozenset({"ltx_font_bold"})
_UNDERLINED_CLASSES = frozenset({"ltx_framed_underline", "ltx_underline", "ltx_framed_uuline"})
_NOT_BOLD_CLASSES = frozenset({"ltx_font_medium"})
_BOLD_TEX = re.compile(r"\\(?:mathbf|boldsymbol|bm|textbf|pmb)\b")
_UNDERLINED_TEX = re.compile(r"\\(?:underline|uline|ul)\b")


@dataclass(frozen=True, slots=True)
class _GridCell:
    text: str
    is_head: bool  # of a column
    is_label: bool  # of a row
    bold: bool
    underlined: bool


_EMPTY = _GridCell("", False, False, False, False)


def is_table(element: etree._Element) -> bool:
    """Whether the element is a table of cells."""
    return element.tag == "table" or "ltx_tabular" in get_classes(element)


def read_table(
    element: etree._Element,
    read_inline: Callable[[etree._Element], str],
    *,
    caption: str = "",
    anchor: str = "",
    expand: bool = True,
) -> Table:
    """The table as records; `read_inline` gives a cell's text. Spanned cells are repeated, if they are to `expand`."""
    grid = _drop_empty_columns(_build_grid(element, read_inline, expand=expand))
    heads = {index for index, row in enumerate(grid) if _is_head_row(row)}
    body = [row for index, row in enumerate(grid) if index not in heads]
    labels = 0
    width = len(grid[0]) if grid else 0
    while labels < width and body and sum(row[labels].is_label for row in body) * 2 > len(body):
        labels += 1
    if not body:
        heads = set()  # everything is marked as a head, so nothing is
    return build_table(
        [[cell.text for cell in row] for row in grid],
        caption=caption,
        element=anchor,
        head_rows=heads or None,
        min_label_columns=labels,
        emphasis=_find_emphasis(grid, heads),
    )


def list_texts(element: etree._Element) -> list[str]:
    """All texts in the element that may hold numbers, formulas as TeX: to see whether what was read holds them too."""
    texts = []
    waiting = [element]
    while waiting:
        part = waiting.pop()
        if is_math(part):
            texts.append(read_tex(part))
        else:
            texts += [part.text or "", *(child.tail or "" for child in part)]
            waiting += [child for child in part if isinstance(child.tag, str)]
    return [text for text in texts if "." in text]


def find_rows(table: etree._Element) -> list[etree._Element]:
    """The table's own rows, in order; a table within a cell keeps its own."""
    rows = []
    waiting = list(reversed(table))
    while waiting:
        element = waiting.pop()
        if element.tag == "tr" or "ltx_tr" in get_classes(element):
            rows.append(element)
        elif not is_table(element):
            waiting.extend(reversed(element))
    return rows


def _build_grid(
    table: etree._Element, read_inline: Callable[[etree._Element], str], *, expand: bool
) -> list[list[_GridCell]]:
    grid: list[list[_GridCell]] = []
    below: dict[int, tuple[int, _GridCell]] = {}  # by column: how many rows more a cell covers
    count = 0
    for row in find_rows(table):
        parent = row.getparent()
        in_head = parent is not None and parent.tag == "thead"
        cells: list[_GridCell] = []
        again: dict[int, tuple[int, _GridCell]] = {}
        for element in [*filter(_is_cell, row), None]:
            # Before the next cell comes what reaches down to here; after the last one all that still does.
            while len(cells) in below or (element is None and below):
                left, cell = below.pop(len(cells), (1, _EMPTY))
                if left > 1:
                    again[len(cells)] = (left - 1, cell)
                cells.append(cell)
            if element is None or count > MAX_CELLS:
                continue
            cell = _read_cell(element, read_inline, in_head=in_head)
            columns, rows = _get_span(element, "col"), _get_span(element, "row")
            if len(cell.text) > _MAX_REPEATED_CHARACTERS or not expand:
                columns = rows = 1
            if rows > 1:
                again.update(dict.fromkeys(range(len(cells), len(cells) + columns), (rows - 1, cell)))
            cells += [cell] * columns
            count += columns
        below = again
        grid.append(cells)
        count += 1
        if count > MAX_CELLS:
            break
    width = max(map(len, grid), default=0)
    return [[*row, *[_EMPTY] * (width - len(row))] for row in grid[: MAX_CELLS // max(width, 1) + 1]]


def _is_cell(element: etree._Element) -> bool:
    return element.tag in ("td", "th") or "ltx_td" in get_classes(element)


def _read_cell(element: etree._Element, read_inline: Callable[[etree._Element], str], *, in_head: bool) -> _GridCell:
    classes = get_classes(element)
    text = read_inline(element)
    is_label = "ltx_th_row" in classes
    is_head = "ltx_th_column" in classes or in_head or (element.tag == "th" and not is_label)
    if parse_value(text)[0] is None:
        return _GridCell(text, is_head, is_label, False, False)
    bold = _is_marked(element, _BOLD_CLASSES, ("b", "strong"), _BOLD_TEX)
    return _GridCell(
        text, is_head, is_label, bold, _is_marked(element, _UNDERLINED_CLASSES, ("u", "ins"), _UNDERLINED_TEX)
    )


def _is_marked(element: etree._Element, classes: frozenset[str], tags: tuple[str, ...], tex: re.Pattern[str]) -> bool:
    """Whether a digit of the cell stands within such an element."""
    for found in element.iter():
        if not isinstance(found.tag, str):
            continue
        if is_math(found):
            if tex.search(read_tex(found)):
                return True
            continue
        marks = classes.intersection(get_classes(found)) or found.tag in tags
        underlined = classes is _UNDERLINED_CLASSES and "underline" in (found.get("style") or "")
        if (marks or underlined) and any(map(str.isdigit, "".join(map(str, found.itertext())))):
            return not _NOT_BOLD_CLASSES.intersection(get_classes(found))
    return False


def _get_span(element: etree._Element, kind: str) -> int:
    """How many columns or rows the cell covers: by attribute, or by class where the page is made of spans."""
    written = element.get(f"{kind}span") or ""
    if not written:
        for match in map(_SPAN_CLASS.fullmatch, get_classes(element)):
            if match is not None and match["kind"] == kind:
                written = match["count"]
    count = int(written) if re.fullmatch(r"[0-9]{1,6}", written) else 1
    return min(max(count, 1), _MAX_SPAN)


def _drop_empty_columns(grid: list[list[_GridCell]]) -> list[list[_GridCell]]:
    """Without the columns that only keep others apart."""
    width = len(grid[0]) if grid else 0
    kept = [column for column in range(width) if any(row[column].text for row in grid)]
    return [[row[column] for column in kept] for row in grid]


def _is_head_row(row: list[_GridCell]) -> bool:
    filled = [cell for cell in row if cell.text]
    return bool(filled) and all(cell.is_head for cell in filled)


def _find_emphasis(grid: list[list[_GridCell]], heads: set[int]) -> dict[tuple[int, int], Emphasis]:
    """What bold and underlined cells mean. What marks all marks nothing."""
    values = {
        (row, column): cell
        for row, cells in enumerate(grid)
        if row not in heads
        for column, cell in enumerate(cells)
        if parse_value(cell.text)[0] is not None
    }
    bold = {place for place, cell in values.items() if cell.bold}
    underlined = {place for place, cell in values.items() if cell.underlined}
    bold, underlined = (marked if len(marked) < len(values) else set() for marked in (bold, underlined))
    return rank_marks(bold, underlined)
