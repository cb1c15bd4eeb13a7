"""Tables of contents of a PDF: lines that name a heading and its page. They are dropped; tables of numbers are not."""

import re
from collections.abc import Sequence
from itertools import pairwise

from digest_assets.texts.lines import PdfLine, PdfPage

_ENTRY = re.compile(
    r"^(\d{1,2}(\.\d+)*\.?|[A-Z](\.\d+)*\.?|[IVX]{1,5}\.?)?\s*[^\W\d_].{1,120}?[\s.·…]*\s?(?P<page>\d{1,3})$"
)
_LEADERS = re.compile(r"[.·…](?:\s?[.·…]){3}\s{0,20}\d{1,3}$")
_INTRODUCTION = re.compile(r"^(\d|I)?\.?\s*(introduction|引言|绪论)\s*$", re.IGNORECASE)
_MIN_ENTRIES = 5  # fewer cannot be told from a list
_GROWING = 0.9  # of the entries' pages do not fall: two columns of entries make one fall
_MAX_PAGES = 12  # of contents and what stands before them: a thesis has so many


def drop_contents(pages: Sequence[PdfPage]) -> list[PdfPage]:
    """The pages without the lines of a table of contents, which stands before the introduction."""
    kept: list[PdfPage] = []
    before = True
    for place, page in enumerate(pages):
        if not before or place >= _MAX_PAGES:
            kept.append(page)
            continue
        introduction = next((at for at, line in enumerate(page.lines) if _INTRODUCTION.match(line.text)), None)
        lines = page.lines[:introduction]
        entries = _find_entries(lines, len(pages))
        before = introduction is None
        if not entries:
            kept.append(page)
            continue
        dropped = {id(line) for line in entries}
        kept.append(PdfPage(page.width, page.height, [line for line in page.lines if id(line) not in dropped]))
    return kept


def _find_entries(lines: Sequence[PdfLine], total: int) -> list[PdfLine]:
    found = [
        (line, int(match["page"]))
        for line in lines
        if line.grid is None and line.text[-1].isdigit() and (match := _ENTRY.match(line.text))
    ]
    if len(found) < _MIN_ENTRIES:
        return []
    leaders = sum(_LEADERS.search(line.text) is not None for line, _ in found)
    if 2 * leaders > len(found):
        return [line for line, _ in found]
    steps = [after >= before for (_, before), (_, after) in pairwise(found)]
    growing = sum(steps) >= _GROWING * len(steps) and found[0][1] < found[-1][1] <= 2 * total + 20
    return [line for line, _ in found] if growing and 3 * len(found) > len(lines) else []
