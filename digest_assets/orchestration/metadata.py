"""Small Markdown tables for an asset's metadata. Texts from outside are shown, never interpreted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_CELL_CHARACTERS = 120
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#!~$])")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, most: int = 10) -> str:
    """The first rows as a table, and how many more there are."""
    every = list(rows)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(str(value)) for value in row) + " |" for row in every[:most]]
    if len(every) > most:
        lines.append(f"\n… and {len(every) - most} more")
    return "\n".join(lines)


def counts_table(what: str, counts: Counter[str]) -> str:
    """Counts as a table, the largest first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return markdown_table((what, "papers"), rows, most=50)


def _cell(text: str) -> str:
    short = text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"
    return _ACTIVE.sub(r"\\\1", " ".join(short.split()))
