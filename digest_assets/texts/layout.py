"""From a PDF's pages to a paper's parts: reading order, paragraphs, headings.

pdfium gives lines in the order of the file, which is mostly the order of reading; columns, floats and notes that
the file has elsewhere are put where they stand on the page.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from digest_assets.texts.document import Part
from digest_assets.texts.headings import Finder, Heading
from digest_assets.texts.lines import DIVIDED, Line, Page, Words, clean, join, without_furniture
from digest_assets.texts.sections import Builder, role_of

_CAPTION = re.compile(
    r"^(fig(ure|\.)|table|tab\.|algorithm|listing|scheme|chart)\s*(\d{1,3}|[IVX]{1,5}|[A-Z]\.?\d*)\s*[:.|—–]", re.I
)
_INTERRUPTION = 40  # blocks after which a paragraph still goes on, past floats, notes and drawings
_LABELS = 4  # short pieces in a row that are taken for a drawing's
_BULLET = re.compile(r"^([•·∙◦▪‣■–—*-]|\(?[a-z\d]{1,2}\))\s+\S")
_ENTRY = re.compile(r"^(\d{1,2}(\.\d+)*\.?|[A-Z](\.\d+)*\.?)?\s*[A-ZÄÖÜ].{2,90}?(\s*[.·]){0,80}\s*\d{1,3}$")
_RULE = re.compile(r"^[.…_\-–—=*~\s]{4,}$")  # drawn with letters
_ITEM_END = re.compile(r"[.!?:;,]$|\b(and|or)$")
_SENTENCE_END = re.compile(r"[.!?:][”\"')\]]*(\s?\[?\d{0,3}\]?)$")


@dataclass(slots=True)
class Block:
    """A heading, a paragraph or a caption."""

    kind: Literal["heading", "text", "caption"]
    lines: list[str] = field(default_factory=list)
    heading: Heading | None = None
    size: float = 0.0  # of its first line's letters
    text: str = ""


def parts_of(pages: Sequence[Page]) -> list[Part]:
    """The paper's parts; title, authors, references and furniture left out."""
    builder = Builder()
    blocks = blocks_of(pages)
    for block in blocks[_start(blocks) :]:
        if block.heading is not None:
            builder.heading(block.heading.level, block.text, block.heading.number)
        else:
            builder.paragraph(block.text)
    builder.close()
    return _with_abstract(builder.parts)


def _with_abstract(parts: list[Part]) -> list[Part]:
    """An abstract without a heading, as physicists write it, is what stands before the introduction."""
    if len(parts) < 2 or parts[0].heading or role_of(parts[1].heading) != "introduction":
        return parts
    text = "\n\n".join(paragraph for paragraph in parts[0].text.split("\n\n") if len(paragraph) > 200)
    return [Part(0, "Abstract", text), *parts[1:]] if 200 < len(text) < 4_000 else parts


def blocks_of(pages: Sequence[Page]) -> list[Block]:
    """The headings, paragraphs and captions of the pages, in reading order, furniture left out."""
    pages = without_furniture(pages)
    for page in pages:
        for line in page.lines:
            if not (line.text.isascii() and line.text.isprintable()):
                line.text = clean(line.text)
        page.lines = [
            line for line in page.lines if line.text and (line.text[0].isalnum() or not _RULE.match(line.text))
        ]
    body = _body_size(pages)
    _doubt_bold(pages, body)
    blocks = _Assembler(body).assemble(pages)
    for block in blocks:
        block.text = block.heading.text if block.heading else join(block.lines)
    words = Words([block.text for block in blocks])
    for block in blocks:
        block.text = words.mend(block.text)
    return _without_labels([block for block in blocks if block.text])


def _without_labels(blocks: list[Block]) -> list[Block]:
    """The blocks without what is written in drawings: many short pieces in a row. A table's pieces are kept."""
    kept: list[Block] = []
    place = 0
    for is_label, run in itertools.groupby(blocks, key=_is_label):
        pieces = list(run)
        around = blocks[max(0, place - 2) : place] + blocks[place + len(pieces) : place + len(pieces) + 2]
        place += len(pieces)
        table = any(block.kind == "caption" and block.text[:3].lower() == "tab" for block in around)
        if not is_label or len(pieces) < _LABELS or table:
            kept += pieces
    # A page of nothing but short pieces is no drawing.
    return kept if 2 * _length(kept) > _length(blocks) else blocks


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _is_label(block: Block) -> bool:
    text = block.text
    return (
        block.kind == "text"
        and len(text) < 45
        and text[-1] not in ".!?:;,"
        and "=" not in text
        and not _BULLET.match(text)
    )


def _start(blocks: Sequence[Block]) -> int:
    """Where the paper begins: at its abstract, else at the first heading or paragraph that is more than a name."""
    for place, block in enumerate(blocks[:60]):
        if block.heading is not None and block.heading.level == 0:
            return place
    for place, block in enumerate(blocks[:60]):
        if block.heading is not None or len(block.text) > 300:
            return place
    return 0


def _body_size(pages: Sequence[Page]) -> float:
    """The size that most letters have, of those that differ by a tenth of a point."""
    exact: dict[float, int] = {}
    for page in pages:
        for line in page.lines:
            exact[line.size] = exact.get(line.size, 0) + len(line.text)
    sizes: Counter[float] = Counter()
    for size, letters in exact.items():
        sizes[round(size, 1)] += letters
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _doubt_bold(pages: Sequence[Page], body: float) -> None:
    """Take no line for bold where the running text is said to be: such fonts do not tell the truth."""
    bold = [line for page in pages for line in page.lines if line.bold and line.size <= 1.08 * body]
    if len(bold) > 0.3 * sum(len(page.lines) for page in pages):
        for line in bold:
            line.bold = False


class _Assembler:
    """Puts lines together, page after page."""

    def __init__(self, body: float) -> None:
        self._finder = Finder(body)
        self._body = body
        self._blocks: list[Block] = []
        self._current: Block | None = None  # the one that lines are added to

    def assemble(self, pages: Sequence[Page]) -> list[Block]:
        for page in pages:
            previous: Line | None = None
            entries = [line for line in page.lines if line.text[-1].isdigit() and _ENTRY.match(line.text)]
            contents = entries if len(entries) > max(4, len(page.lines) // 3) else []
            lines = [line for line in in_order(page) if not contents or line not in contents]
            for line in lines:
                current = self._current
                if (
                    previous is not None
                    and current is not None
                    and current.kind != "heading"
                    and self._runs_on(line, previous, page.leading)
                ):
                    current.lines.append(line.text)
                else:
                    self._add(line, previous, page)
                previous = line
        return self._blocks

    def _add(self, line: Line, previous: Line | None, page: Page) -> None:
        gap = previous.end - line.y if previous is not None else 99.0
        last = self._current
        row = (
            previous is not None
            and abs(gap) < 0.6 * (line.size if line.size > previous.size else previous.size)
            and line.x0 < previous.x1 + 4 * line.size
        )
        apart = not row and (gap < 0 or gap > 1.2 * page.leading)
        if not row:
            run_in = self._finder.run_in(line)
            if run_in is not None:
                self._blocks.append(Block("heading", heading=run_in[0]))
                self._start(Block("text", [run_in[1]], size=line.size))
                return
            heading = self._finder.heading(line, apart=apart)
            if heading is not None:
                self._start(Block("heading", heading=heading))
                return
            if (
                last is not None
                and last.heading is not None
                and self._continues_heading(last.heading, line, previous, gap)
            ):
                last.heading = Heading(last.heading.level, f"{last.heading.text} {line.text}", last.heading.number)
                return
        if not row and line.text[0] in "FTALSC" and _CAPTION.match(line.text):
            self._start(Block("caption", [line.text], size=line.size))
        elif last is None or last.kind == "heading" or self._breaks(line, previous, gap, page, row=row):
            self._append_or_start(line)
        else:
            last.lines.append(line.text)

    def _runs_on(self, line: Line, previous: Line, leading: float) -> bool:
        """Whether this is plainly the next line of a paragraph, as most lines are: the quick way to know."""
        text, size = line.text, line.size
        return (
            size == previous.size <= self._body * 1.08
            and 0.6 * size < previous.end - line.y <= 1.2 * leading
            and -0.7 * size < line.x0 - previous.x0 < 0.7 * size
            and not line.bold
            and text[0].isalpha()
            and text[0] not in "FTALSC"
            and ")" not in text[1:3]
            and not text.isupper()
        )

    def _continues_heading(self, heading: Heading, line: Line, previous: Line | None, gap: float) -> bool:
        """Whether the line is a heading's second one: as large and heavy, and close below."""
        return (
            previous is not None
            and heading.level > 0
            and line.bold == previous.bold
            and abs(line.size - previous.size) < 0.2
            and (line.size > self._body * 1.08 or (line.bold and len(previous.text) > 30))
            and 0 < gap < 1.6 * line.size
            and len(heading.text) + len(line.text) < 150
            and (abs(line.x0 - previous.x0) < 3 * line.size or abs(line.x0 + line.x1 - previous.x0 - previous.x1) < 9)
        )

    def _breaks(self, line: Line, previous: Line | None, gap: float, page: Page, *, row: bool) -> bool:
        """Whether a new paragraph begins."""
        if previous is None or gap < -0.6 * line.size or (not row and gap < 0.6 * line.size):
            return True  # another page or column
        if row:
            return False
        if gap > 1.45 * page.leading and gap > 1.5 * line.size:
            return True
        if (
            abs(line.size - previous.size) > 0.15 * self._body
            and min(line.size, previous.size) > 0.65 * self._body
            and gap > 0.9 * page.leading
        ):
            return True
        if abs(line.x0 - previous.x0) > 3 * line.size and gap > 1.2 * page.leading:
            return True
        if _BULLET.match(line.text):
            # `(1)` at a line's beginning may stand in the midst of a sentence.
            return (not line.text[0].isalnum() and line.text[0] != "(") or _ITEM_END.search(previous.text) is not None
        indented = 0.7 * line.size < line.x0 - previous.x0 < 4 * line.size
        return indented and bool(_SENTENCE_END.search(previous.text))

    def _append_or_start(self, line: Line) -> None:
        """Begin a paragraph, or go on with the one that a column, page or float interrupted."""
        inner = line.text[0].islower()
        for block in self._blocks[: -_INTERRUPTION - 1 : -1]:
            if block.kind == "heading":
                break
            if block.kind == "text" and abs(block.size - line.size) < 0.06 * self._body:
                if self._open(block) and (inner or self._wants_more(block, line)):
                    block.lines.append(line.text)
                    self._current = block
                    return
                if not inner:
                    break
        self._start(Block("text", [line.text], size=line.size))

    def _start(self, block: Block) -> None:
        self._blocks.append(block)
        self._current = block

    @staticmethod
    def _wants_more(block: Block, line: Line) -> bool:
        """Whether the block's end asks for more, whatever the next line begins with."""
        return block.lines[-1].endswith((",", "-", DIVIDED)) and not _BULLET.match(line.text)

    @staticmethod
    def _open(block: Block) -> bool:
        """Whether a paragraph stops in the midst of a sentence."""
        end = block.lines[-1]
        unfinished = len(block.lines) > 1 or len(end) > 25
        return end.endswith((DIVIDED, "-")) or (unfinished and not _SENTENCE_END.search(end))


# Reading order


def in_order(page: Page) -> Iterator[Line]:
    """The page's lines in reading order: down the left column, then the right one, between what spans both."""
    runs = list(_runs(page.lines))
    gutter = _gutter(page)
    if gutter is None:
        by_height = sorted(runs, key=lambda run: -run[0].y)
        stacked = all(below[0].y <= above[-1].end for above, below in itertools.pairwise(by_height))
        yield from (line for run in (by_height if stacked else runs) for line in run)
        return
    boxes = [_Box.of(run, gutter) for run in runs]
    boxes.sort(key=lambda box: -box.top)
    band: list[_Box] = []
    for box in [*boxes, None]:
        if box is None or box.column == 0:
            for column in (1, 2):
                for part in band:
                    if part.column == column:
                        yield from part.lines
            band = []
            if box is not None:
                yield from box.lines
        else:
            band.append(box)


@dataclass(slots=True)
class _Box:
    """Lines that follow one another, and the column they stand in: 1, 2, or 0 for both."""

    lines: list[Line]
    top: float
    column: int

    @classmethod
    def of(cls, lines: list[Line], gutter: float) -> "_Box":
        across = sum(line.x0 < gutter - 4 and line.x1 > gutter + 4 for line in lines)
        left = sum(line.x1 <= gutter + 4 for line in lines)
        column = 0 if across > 0.3 * len(lines) else 1 if left * 2 >= len(lines) else 2
        return cls(lines, max(line.y for line in lines), column)


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that the file has one after the other and that stand close below one another."""
    run: list[Line] = []
    for line in lines:
        if run:
            before = run[-1]
            size = before.size if before.size > line.size else line.size
            beside = line.x0 < before.x1 + 3 * size and before.x0 < line.x1 + 3 * size
            down = before.end - line.y
            moved = abs(line.x0 - before.x0) > 3 * size and down > 1.2 * size
            if moved or not (beside and -1.5 * size < down < 2.5 * size):
                yield run
                run = []
        run.append(line)
    if run:
        yield run


def _gutter(page: Page) -> float | None:
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
