"""From a PDF's lines in reading order to its headings, paragraphs, captions and tables.

Distances are measured in the line's letter size (`size`) or in the page's usual line distance (`leading`), so that
they hold for any type area: below 0.6 sizes two lines are one row, up to 1.2 leadings they follow one another, above
1.45 a paragraph ended; an indentation has 0.7 to 4 sizes. The numbers were set by hand on real papers;
`benchmarks/reading_truth.py` measures them together.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from digest_assets.texts.captions import CAPTION
from digest_assets.texts.document import Table
from digest_assets.texts.headings import LARGE, PdfHeading, is_same_row, split_run_in_abstract
from digest_assets.texts.lines import HYPHEN_MARK, Grid, PdfLine, PdfPage, join_lines

MAX_LABEL_CHARACTERS = 45  # half a line of a column: what is written in a drawing is no longer
_MAX_INTERRUPTING_BLOCKS = 40  # a paragraph goes on past a page of floats and notes, not past a whole section
_NO_GAP = 99.0  # of the first line of a page: more than any gap within a paragraph
BULLET = re.compile(r"^([•·∙◦▪‣■–—*-]|\(?[a-z\d]{1,2}\))\s+\S")
_STEP = re.compile(r"^(\d{1,3}):\s+\S")  # a numbered line of an algorithm
# How an algorithm's line begins or ends, or what it has between.
_STATEMENT = re.compile(
    r"^(?:\d{1,3}\s+)?(?:for(?: ?all| ?each)?|while|if|else(?: ?if)?|elif|end(?: ?\w{1,9})?|repeat|until|return|require"
    r"|ensure|input|output|data|result|procedure|function|initiali[sz]e\w{0,5}|loop|parameters?)\b"
    r"|←|:=|▷|⊳|//|\bdo$|\bthen$|;$",
    re.IGNORECASE,
)
_MAX_FORMULA_CHARACTERS = 60  # of a line with an equals sign: a sentence about a formula is longer
_COUNTED = re.compile(r"^\d{1,2}[.)]\s")  # an item of a list
_NOTE_MARKS = frozenset("∗*†‡§¶⁰¹²³⁴⁵⁶⁷⁸⁹")
_ITEM_END = re.compile(r"[.!?:;,]$|\b(and|or)$")
_SENTENCE_END = re.compile(r"[.!?:][”\"')\]]*(\s?\[?\d{0,3}\]?)$")


@dataclass(slots=True)
class TextBlock:
    """A heading, a paragraph, a caption, a table or an algorithm."""

    kind: Literal["heading", "text", "caption", "table", "algorithm"]
    lines: list[str] = field(default_factory=list)
    heading: PdfHeading | None = None
    grid: Grid | None = None
    size: float = 0.0  # of its first line's letters
    text: str = ""
    page: int | None = None  # where it begins, from 1
    by_line: bool = False  # each line stays one
    edges: tuple[float, float] = (0.0, 0.0)  # where its last two lines end, from the left
    places: list[tuple[int, int | None]] = field(default_factory=list)  # pages from a line on, then from a sign on
    table: Table | None = None

    def join(self, count: int) -> str:
        """The text of the first lines."""
        return "\n".join(self.lines[:count]) if self.by_line else join_lines(self.lines[:count])


class BlockAssembler:
    """Puts lines together, page after page."""

    def __init__(self, body: float, headings: Mapping[int, PdfHeading]) -> None:
        self._headings = headings
        self._abstract = any(heading.level == 0 for heading in headings.values())
        self._body = body
        self._page = 0
        self._step = 0  # the number of the algorithm's line that was read last
        self._skip = 0  # lines of a heading that was added
        self._blocks: list[TextBlock] = []
        self._current: TextBlock | None = None  # the one that lines are added to

    def assemble(self, pages: Sequence[PdfPage]) -> list[TextBlock]:
        """The blocks of pages whose lines are in reading order."""
        for self._page, page in enumerate(pages, 1):
            previous: PdfLine | None = None
            for line in page.lines:
                current = self._current
                if (
                    previous is not None
                    and current is not None
                    and current.kind in ("text", "caption")
                    and self._is_next_line(line, previous, page.leading)
                    and not (current.kind == "caption" and _begins_algorithm(current, line.text))
                ):
                    current.lines.append(line.text)
                    current.edges = current.edges[1], line.x1
                else:
                    self._add(line, previous, page)
                previous = line
        return _join_algorithms(self._blocks)

    def _add(self, line: PdfLine, previous: PdfLine | None, page: PdfPage) -> None:
        if self._skip:
            self._skip -= 1
            return
        heading = self._headings.get(id(line))
        if heading is not None:
            self._skip = heading.lines - 1
            self._start(TextBlock("heading", heading=heading))
            if heading.rest:
                self._start(TextBlock("text", [heading.rest], size=line.size))
            return
        if line.grid is not None:
            self._start(TextBlock("table", grid=line.grid, size=line.size))
            return
        gap = previous.end_y - line.y if previous is not None else _NO_GAP
        last = self._current
        row = previous is not None and is_same_row(line, previous, gap)
        if not row and not self._abstract and (rest := split_run_in_abstract(line.text)):
            self._abstract = True
            self._blocks.append(TextBlock("heading", heading=PdfHeading(0, "Abstract"), page=self._page))
            self._start(TextBlock("text", [rest], size=line.size))
        elif (
            not row
            and line.text[0] in "FTALSCE"
            and CAPTION.match(line.text)
            and not (last is not None and last.kind == "text" and _refers(line, previous, gap, page.leading))
        ):
            self._start(TextBlock("caption", [line.text], size=line.size))
        elif (
            last is None
            or last.kind in ("heading", "table")
            or self._is_paragraph_start(line, previous, gap, page, row=row)
            or _begins_algorithm(last, line.text)
        ):
            moved = previous is None or gap < -0.6 * line.size
            self._append_or_start(line, moved=moved)
        else:
            last.lines.append(line.text)
            last.edges = last.edges[1], line.x1

    def _is_next_line(self, line: PdfLine, previous: PdfLine, leading: float) -> bool:
        """Whether this is plainly the next line of a paragraph, as most lines are: the quick way to know."""
        text, size = line.text, line.size
        return (
            size == previous.size <= self._body * LARGE
            and 0.6 * size < previous.end_y - line.y <= 1.2 * leading
            and -0.7 * size < line.x0 - previous.x0 < 0.7 * size
            and not line.bold
            and id(line) not in self._headings
            and line.grid is None
            and text[0].isalpha()
            and text[0] not in "FTALSCE"
            and ")" not in text[1:3]
            and not text.isupper()
        )

    def _is_paragraph_start(
        self, line: PdfLine, previous: PdfLine | None, gap: float, page: PdfPage, *, row: bool
    ) -> bool:
        """Whether a new paragraph begins."""
        if previous is None or gap < -0.6 * line.size or (not row and gap < 0.6 * line.size):
            return True  # another page or column
        if row:
            return False
        if self._is_next_step(line.text):
            return True
        if line.size < previous.size - 0.05 * self._body and (gap > 1.2 * page.leading or line.text[0] in _NOTE_MARKS):
            return True  # a footnote
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
        if BULLET.match(line.text):
            # `(1)` at a line's beginning may stand in the midst of a sentence.
            return (not line.text[0].isalnum() and line.text[0] != "(") or _ITEM_END.search(previous.text) is not None
        indented = 0.7 * line.size < line.x0 - previous.x0 < 4 * line.size
        return indented and _ends_sentence(previous.text)

    def _is_next_step(self, text: str) -> bool:
        """Whether an algorithm's first line begins here, or the one after the last."""
        step = _STEP.match(text) if text[0].isdigit() else None
        if step is None or not (int(step[1]) <= 1 or int(step[1]) == self._step + 1):
            return False
        self._step = int(step[1])
        return True

    def _append_or_start(self, line: PdfLine, *, moved: bool) -> None:
        """Begin a paragraph, or go on with the one that a column, page or float interrupted."""
        inner = line.text[0].islower()
        for block in self._blocks[: -_MAX_INTERRUPTING_BLOCKS - 1 : -1]:
            if block.kind == "heading":
                break
            if block.kind == "text" and abs(block.size - line.size) < 0.06 * self._body:
                between = moved or block is not self._current
                if self._is_unfinished(block) and (
                    inner or self._wants_more(block, line) or (between and self._is_cut(block, line))
                ):
                    if block.places[-1][1] != self._page:
                        block.places.append((len(block.lines), self._page))
                    block.lines.append(line.text)
                    block.edges = block.edges[1], line.x1
                    self._current = block
                    return
                if not inner:
                    break
        self._start(TextBlock("text", [line.text], size=line.size, edges=(0.0, line.x1)))

    def _start(self, block: TextBlock) -> None:
        block.page = self._page
        block.places = [(0, self._page)]
        self._blocks.append(block)
        self._current = block

    @staticmethod
    def _wants_more(block: TextBlock, line: PdfLine) -> bool:
        """Whether the block's end asks for more, whatever the next line begins with."""
        return block.lines[-1].endswith((",", "-", HYPHEN_MARK)) and not BULLET.match(line.text)

    @staticmethod
    def _is_cut(block: TextBlock, line: PdfLine) -> bool:
        """Whether the block's last line is full and ends within a sentence: a name or a number may go on with it."""
        before, end = block.edges
        return (
            block.lines[-1][-1].islower()
            and 0 < before < end + line.size
            and (len(line.text) >= MAX_LABEL_CHARACTERS or line.text[-1] == ".")
            and line.text[0] not in _NOTE_MARKS
            and not BULLET.match(line.text)
            and not _COUNTED.match(line.text)
        )

    @staticmethod
    def _is_unfinished(block: TextBlock) -> bool:
        """Whether a paragraph stops in the midst of a sentence."""
        end = block.lines[-1]
        unfinished = len(block.lines) > 1 or len(end) > 25
        return end.endswith((HYPHEN_MARK, "-")) or (unfinished and not _ends_sentence(end))


def _ends_sentence(text: str) -> bool:
    return not text[-1].isalpha() and _SENTENCE_END.search(text) is not None


def _refers(line: PdfLine, previous: PdfLine | None, gap: float, leading: float) -> bool:
    """Whether a line like `Table 3. They show` goes on with the sentence of the line above it, and is no caption."""
    return (
        previous is not None
        and previous.size == line.size
        and previous.text[-1].islower()
        and 0 < gap <= 1.2 * leading
        and abs(line.x0 - previous.x0) < 0.7 * line.size
    )


def _begins_algorithm(caption: TextBlock, text: str) -> bool:
    """Whether a line is the first one under an algorithm's caption."""
    return caption.kind == "caption" and caption.lines[0][:4].lower() == "algo" and _is_statement(text)


def _is_statement(text: str) -> bool:
    return _STATEMENT.search(text) is not None or ("=" in text and len(text) <= _MAX_FORMULA_CHARACTERS)


def _join_algorithms(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The blocks, where the lines of an algorithm are one, each still a line: numbered ones, and those under a caption."""
    joined: list[TextBlock] = []
    inside = False  # an algorithm that has a caption
    for block in blocks:
        is_text = block.kind == "text"
        numbered = is_text and _STEP.match(block.lines[0]) is not None
        inside = (block.kind == "caption" and block.lines[0][:4].lower() == "algo") or (
            inside and is_text and (numbered or 2 * sum(map(_is_statement, block.lines)) >= len(block.lines))
        )
        if not is_text or not (numbered or inside):
            joined.append(block)
            continue
        if numbered:  # it may be broken, and is one line then
            block.lines, block.places = [join_lines(block.lines)], block.places[:1]
        last = joined[-1] if joined else None
        if last is not None and last.by_line:
            last.places += [(len(last.lines) + line, page) for line, page in block.places if page != last.places[-1][1]]
            last.lines += block.lines
        else:
            block.by_line = True
            block.kind = "algorithm" if inside else "text"
            joined.append(block)
    return joined
