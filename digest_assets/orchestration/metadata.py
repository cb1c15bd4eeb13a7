"""Small Markdown tables for an asset's metadata. Texts from outside are shown, never interpreted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_CELL_CHARACTERS = 120
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#!~$])")


def build_markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, max_rows: int = 10) -> str:
    """The first rows as a table, and how many more there are."""
    every = list(rows)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_escape_cell(str(value)) for value in row) + " |" for row in every[:max_rows]]
    if len(every) > max_rows:
        lines.append(f"\n… and {len(every) - max_rows} more")
    return "\n".join(lines)


def build_counts_table(what: str, counts: Counter[str]) -> str:
    """Counts as a table, the largest first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return build_markdown_table((what, "papers"), rows, max_rows=50)


def _escape_cell(text: str) -> str:
    short = text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"
    return _ACTIVE.sub(r"\\\1", " ".join(short.split()))
