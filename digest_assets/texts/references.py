"""Lists of references that no heading names, as in journals of physics: known by entries that count from 1 and have years."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from digest_assets.texts.headings import PdfHeading
from digest_assets.texts.lines import PdfLine
from digest_assets.texts.sections import is_dropped

_ENTRY = re.compile(r"^(?:\[(?P<bracketed>\d{1,3})\]\s?\S|(?P<dotted>\d{1,3})\.\s+[A-Z])")
_FIRST = re.compile(r"\[?1[\].]\s?\S")
_CITED = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b|\barXiv:|\bdoi\b", re.IGNORECASE)
_MIN_ENTRIES = 6  # fewer may be a list of findings
_MAX_ENTRY_LINES = 10  # of a column, with names of a large collaboration: more is text between numbered things
_CITED_SHARE = 0.6  # of the entries have a year on their lines; some are notes


@dataclass(slots=True)
class _Run:
    """Entries that count from 1: the first one's line, and which of them have a year."""

    first: PdfLine
    cited: list[bool] = field(default_factory=lambda: [False])
    lines: int = 1  # of the last entry


def find_unnamed_references(
    pages: Sequence[Sequence[PdfLine]], headings: Mapping[int, PdfHeading]
) -> dict[int, PdfHeading]:
    """A heading for the list, by the identity of its first line. `pages` are lines in reading order."""
    found: dict[int, PdfHeading] = {}
    if not any(line.text[0] in "[1" and _FIRST.match(line.text) for lines in pages for line in lines):
        return found
    runs: dict[str, _Run] = {}  # by the entries' style
    dropped = False
    for line in (line for lines in pages for line in lines):
        heading = headings.get(id(line))
        if heading is not None:
            _close(runs, found)
            dropped = is_dropped(heading.text)
        if not runs and (dropped or line.text[0] not in "[1"):
            continue
        if dropped or heading is not None or line.grid is not None:
            continue
        match = _ENTRY.match(line.text) if line.text[0] in "[123456789" else None
        style = match.lastgroup if match is not None else None
        if match is not None and style is not None:
            number, run = int(match[style]), runs.get(style)
            if number == 1:
                _close(runs, found)
                runs[style] = _Run(line)
            elif run is not None and number == len(run.cited) + 1:
                run.cited.append(False)
                run.lines = 1
        for run in list(runs.values()):
            run.lines += 1
            run.cited[-1] = run.cited[-1] or _CITED.search(line.text) is not None
            if run.lines > _MAX_ENTRY_LINES:
                _close(runs, found)
                break
    _close(runs, found)
    return found


def _close(runs: dict[str, _Run], found: dict[int, PdfHeading]) -> None:
    """Take the runs that are long enough and mostly have years for lists of references."""
    for run in runs.values():
        if len(run.cited) >= _MIN_ENTRIES and sum(run.cited) >= _CITED_SHARE * len(run.cited):
            found[id(run.first)] = PdfHeading(1, "References", rest=run.first.text)
    runs.clear()
