"""Tables as records: from a grid of texts, whatever file it was in, to rows with joined heads and cells with values.

How a grid is found is the matter of `html` and the PDF's modules.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from digest_assets.texts.document import Cell, Emphasis, Table

MAX_CELLS = 20_000  # of one table: some 50 pages of print; a page made to hurt may claim millions
_MAX_HEAD_ROWS = 4  # of a guess: no table of the corpus has more
_NUMERIC_SHARE = 0.5  # of the body's cells in a column, from which it holds values and not labels

# A number with its sign, thousands and decimals, and what stands right behind it: a unit, an error, a change.
_VALUE = re.compile(
    r"^[^\w+\-−–.]{0,3}(?P<number>[+\-−–]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,15})?|[+\-−–]?\.\d{1,15})"
    r"(?:[eE](?P<exponent>[+\-−]?\d{1,2})|\s?(?:\\cdot|\\times|[×·])\s?10\^?\{?(?P<power>[\-−]?\d{1,2})\}?)?"
    r"(?:\s?(?P<unit>%|×|°C|°|[A-Za-zµμ][A-Za-zµμ/]{0,7}(?![A-Za-z])))?(?P<rest>.{0,60})$"
)
_REST = re.compile(r"[\s\d.,%×±+\-−–()\[\]/†‡*∗§¶^{}_$↑↓\\pm]*")  # what may follow a value: an error, a change, marks
# In brackets at a head's end stand other things too (`dev`, `ours`): there only what is known as a unit is one.
_HEAD_UNIT = re.compile(
    r"[(\[](?P<unit>(?:%|×|°C?|[$€]|[KMBT]|dB|[kKMGTPmcµμn]?(?:s|m|g|W|J|V|A|Hz|eV|L|B|bits?|bps|FLOPs?|FLOPS|OPS)"
    r"|secs?|seconds|mins?|minutes|h|hrs?|hours|days|px|pixels|pt|fps|FPS|tokens|words|images|samples|epochs|steps|points|USD)"
    r"(?:/[A-Za-zµμ]{1,8})?)[)\]]\s*(?:[↑↓]\s*)?$"
)


def build_table(
    grid: Sequence[Sequence[str]],
    *,
    caption: str = "",
    page: int | None = None,
    element: str = "",
    head_rows: Collection[int] | None = None,
    min_label_columns: int = 1,
    emphasis: Mapping[tuple[int, int], Emphasis] | None = None,
) -> Table:
    """A table from its grid, in which spanned cells are repeated in every place that they cover.

    Args:
        grid: The rows' texts; short rows are filled up.
        caption: With its number, as it stands.
        page: Where it stands in a PDF.
        element: Its id in an HTML page.
        head_rows: Which rows are heads, where the file says so; guessed if not given.
        min_label_columns: How many columns at the left name the row, as far as the file says so; more may be found.
        emphasis: By row and column of the grid.
    """
    width = min(max(map(len, grid), default=0), MAX_CELLS)
    texts = [(*row[:width], *[""] * (width - len(row))) for row in grid[: MAX_CELLS // max(width, 1)]]
    heads = guess_head_rows(texts) if head_rows is None else set(head_rows)
    body = [row for index, row in enumerate(texts) if index not in heads]
    labels = min(max(guess_label_columns(body), min_label_columns), max(width - 1, 0))
    rows: list[tuple[str, ...]] = []
    cells: list[Cell] = []
    head: tuple[str, ...] = ("",) * width
    stacked: list[tuple[str, ...]] = []
    for index, row in enumerate(texts):
        if index in heads:
            stacked.append(row)
            continue
        if stacked:
            head, stacked = join_heads(stacked), []
            rows.append(head)
        if is_spanning(row):
            rows.append((row[0],))  # it names the rows that follow
            continue
        if not any(row):
            continue
        label = join_label(row[:labels])
        for column in range(labels, width):
            if row[column]:
                value, unit = parse_value(row[column], head[column])
                mark = (emphasis or {}).get((index, column), "")
                over = (head[column],) if head[column] else ()
                cells.append(Cell(len(rows), column, row[column], over, label, value, unit, mark))
        rows.append(row)
    if stacked:
        rows.append(join_heads(stacked))
    return Table(caption, page, tuple(rows), tuple(cells), element)


def rank_marks(
    bold: Iterable[tuple[int, int]], underlined: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Emphasis]:
    """Bold is best and underlined second; where nothing is bold, underlined is best."""
    best: dict[tuple[int, int], Emphasis] = dict.fromkeys(bold, "best")
    marks: dict[tuple[int, int], Emphasis] = dict.fromkeys(underlined, "second" if best else "best")
    return {**marks, **best}


def format_rows(table: Table) -> str:
    """The rows as lines, cells divided by bars: how a table stands in a section's text."""
    return "\n".join(" | ".join(row) for row in table.rows if any(row))


def join_heads(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Head rows as one: `CIFAR` over `Top-1` is `CIFAR Top-1`, a head that spans both rows stands once."""
    return tuple(" ".join(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True))


def join_label(cells: Sequence[str]) -> str:
    """What names a row: the cells at its start, each once."""
    return " ".join(dict.fromkeys(filter(None, cells)))


def is_spanning(row: Sequence[str]) -> bool:
    """Whether one text covers the whole row: it is no record, but names those that follow."""
    return len(row) > 1 and bool(row[0]) and len(set(row)) == 1 and parse_value(row[0])[0] is None


def guess_head_rows(rows: Sequence[Sequence[str]]) -> set[int]:
    """The rows at the top without any value, if there are values below."""
    heads: set[int] = set()
    for index, row in enumerate(rows[: _MAX_HEAD_ROWS + 1]):
        if any(parse_value(text)[0] is not None for text in row[1:]):
            return heads if index <= _MAX_HEAD_ROWS else set()
        if not (is_spanning(row) and heads):
            heads.add(index)
    return {0} if len(rows) > 1 and all(rows[0]) else set()


def guess_label_columns(body: Sequence[Sequence[str]]) -> int:
    """How many columns at the left hold names and not values: up to the first values that follow a name."""
    width = len(body[0]) if body else 0
    named = False
    records = [row for row in body if not is_spanning(row)]
    for column in range(width):
        filled = [row[column] for row in records if row[column]]
        if sum(parse_value(text)[0] is not None for text in filled) <= _NUMERIC_SHARE * len(filled):
            named = True
        elif named:
            return column
    return min(1, max(width - 1, 0))


@lru_cache(maxsize=4096)  # each cell is asked for up to three times, to find heads and labels first
def parse_value(text: str, head: str = "") -> tuple[float | None, str]:
    """The number that a cell holds, and its unit: from the cell, else from the brackets at its head's end."""
    match = _VALUE.match(text.strip())
    if match is None or not _REST.fullmatch(match["rest"]):
        return None, ""
    digits = match["number"].replace(",", "").replace("−", "-").replace("–", "-")
    exponent = (match["exponent"] or match["power"] or "0").replace("−", "-")
    unit = match["unit"] or ""
    if not unit and (found := _HEAD_UNIT.search(head)):
        unit = found["unit"]
    return float(f"{digits}e{exponent}"), unit
