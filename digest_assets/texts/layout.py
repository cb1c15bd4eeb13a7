"""PDF layout: from positioned lines to a paper's sections: reading order of columns, paragraphs, headings, captions.

pdfium gives lines in the order of the file, which is mostly the order of reading; columns, floats and notes that
the file has elsewhere are put where they stand on the page.

Distances are measured in the line's letter size (`size`) or in the page's usual line distance (`leading`), so that
they hold for any type area: below 0.6 sizes two lines are one row, up to 1.2 leadings they follow one another, above
1.45 a paragraph ended; an indentation has 0.7 to 4 sizes. The numbers were set by hand on real papers;
`benchmarks/reading_truth.py` measures them together.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from digest_assets.texts.document import ParsedSection
from digest_assets.texts.headings import LARGE, HeadingDetector, PdfHeading
from digest_assets.texts.lines import (
    HYPHEN_MARK,
    Dehyphenator,
    PdfLine,
    PdfPage,
    join_and_dehyphenate,
    join_lines,
    normalize_characters,
    remove_furniture,
)
from digest_assets.texts.sections import SectionBuilder, infer_role

_CAPTION = re.compile(
    r"^(fig(ure|\.)|table|tab\.|algorithm|listing|scheme|chart)\s*(\d{1,3}|[IVX]{1,5}|[A-Z]\.?\d*)\s*[:.|—–]", re.I
)
_MAX_INTERRUPTING_BLOCKS = 40  # a paragraph goes on past a page of floats and notes, not past a whole section
_MIN_LABELS = 4  # short pieces in a row that are a drawing's labels; up to three may be text
_MAX_LABEL_CHARACTERS = 45  # half a line of a column
_MIN_PROSE_CHARACTERS = 200  # about two lines: a shorter paragraph before the first heading is a name or an address
_MAX_ABSTRACT_CHARACTERS = 4_000  # twice arXiv's own limit (1,920): more is a paper without headings
_MAX_FRONT_BLOCKS = 60  # title, authors and addresses of a large collaboration
_NO_GAP = 99.0  # of the first line of a page: more than any gap within a paragraph
_BULLET = re.compile(r"^([•·∙◦▪‣■–—*-]|\(?[a-z\d]{1,2}\))\s+\S")
_CONTENTS_ENTRY = re.compile(r"^(\d{1,2}(\.\d+)*\.?|[A-Z](\.\d+)*\.?)?\s*[A-ZÄÖÜ].{2,90}?(\s*[.·]){0,80}\s*\d{1,3}$")
_DRAWN_RULE = re.compile(r"^[.…_\-–—=*~\s]{4,}$")  # drawn with letters
_ITEM_END = re.compile(r"[.!?:;,]$|\b(and|or)$")
_SENTENCE_END = re.compile(r"[.!?:][”\"')\]]*(\s?\[?\d{0,3}\]?)$")


@dataclass(slots=True)
class TextBlock:
    """A heading, a paragraph or a caption."""

    kind: Literal["heading", "text", "caption"]
    lines: list[str] = field(default_factory=list)
    heading: PdfHeading | None = None
    size: float = 0.0  # of its first line's letters
    text: str = ""
    page: int | None = None  # where it begins, from 1


def build_sections(pages: Sequence[PdfPage]) -> list[ParsedSection]:
    """The paper's sections; title, authors, references and furniture left out."""
    builder = SectionBuilder()
    blocks = build_blocks(pages)
    for block in blocks[_find_start(blocks) :]:
        if block.heading is not None:
            builder.start_section(block.heading.level, block.text, block.heading.number, block.page)
        else:
            builder.add_paragraph(block.text)
    builder.close_section()
    return _name_abstract(builder.sections)


def find_title(page: PdfPage) -> str | None:
    """The title on a paper's first page: its largest letters, where they are larger than the running text."""
    lines = [line for line in page.lines if not line.rotated and sum(map(str.isalpha, line.text)) > 2]
    largest = max((line.size for line in lines), default=0.0)
    if largest <= LARGE * _measure_body_size([page]):
        return None
    return join_and_dehyphenate(line.text for line in lines if line.size > largest / LARGE) or None


def _name_abstract(sections: list[ParsedSection]) -> list[ParsedSection]:
    """An abstract without a heading, as physicists write it, is what stands before the introduction."""
    if len(sections) < 2 or sections[0].heading or infer_role(sections[1].heading) != "introduction":
        return sections
    paragraphs = sections[0].text.split("\n\n")
    text = "\n\n".join(paragraph for paragraph in paragraphs if len(paragraph) > _MIN_PROSE_CHARACTERS)
    if not _MIN_PROSE_CHARACTERS < len(text) < _MAX_ABSTRACT_CHARACTERS:
        return sections
    return [ParsedSection(0, "Abstract", text, page=1), *sections[1:]]


def build_blocks(pages: Sequence[PdfPage]) -> list[TextBlock]:
    """The headings, paragraphs and captions of the pages, in reading order, furniture left out."""
    pages = remove_furniture(pages)
    for page in pages:
        for line in page.lines:
            if not (line.text.isascii() and line.text.isprintable()):
                line.text = normalize_characters(line.text)
        page.lines = [
            line for line in page.lines if line.text and (line.text[0].isalnum() or not _DRAWN_RULE.match(line.text))
        ]
    body = _measure_body_size(pages)
    _distrust_bold(pages, body)
    blocks = _BlockAssembler(body).assemble(pages)
    for block in blocks:
        block.text = block.heading.text if block.heading else join_lines(block.lines)
    words = Dehyphenator([block.text for block in blocks])
    for block in blocks:
        block.text = words.dehyphenate(block.text)
    return _drop_drawing_labels([block for block in blocks if block.text])


def _drop_drawing_labels(blocks: list[TextBlock]) -> list[TextBlock]:
    """The blocks without what is written in drawings: many short pieces in a row. A table's pieces are kept."""
    kept: list[TextBlock] = []
    position = 0
    for is_label, run in itertools.groupby(blocks, key=_is_label):
        pieces = list(run)
        around = blocks[max(0, position - 2) : position] + blocks[position + len(pieces) : position + len(pieces) + 2]
        position += len(pieces)
        table = any(block.kind == "caption" and block.text[:3].lower() == "tab" for block in around)
        if not is_label or len(pieces) < _MIN_LABELS or table:
            kept += pieces
    # A page of nothing but short pieces is no drawing.
    return kept if 2 * _count_characters(kept) > _count_characters(blocks) else blocks


def _count_characters(blocks: Sequence[TextBlock]) -> int:
    return sum(len(block.text) for block in blocks)


def _is_label(block: TextBlock) -> bool:
    text = block.text
    return (
        block.kind == "text"
        and len(text) < _MAX_LABEL_CHARACTERS
        and text[-1] not in ".!?:;,"
        and "=" not in text
        and not _BULLET.match(text)
    )


def _find_start(blocks: Sequence[TextBlock]) -> int:
    """Where the paper begins: at its abstract, else at the first heading or paragraph that is more than a name."""
    for place, block in enumerate(blocks[:_MAX_FRONT_BLOCKS]):
        if block.heading is not None and block.heading.level == 0:
            return place
    for place, block in enumerate(blocks[:_MAX_FRONT_BLOCKS]):
        if block.heading is not None or len(block.text) > 300:
            return place
    return 0


def _measure_body_size(pages: Sequence[PdfPage]) -> float:
    """The size that most letters have, of those that differ by a tenth of a point."""
    exact: dict[float, int] = {}
    for page in pages:
        for line in page.lines:
            exact[line.size] = exact.get(line.size, 0) + len(line.text)
    sizes: Counter[float] = Counter()
    for size, letters in exact.items():
        sizes[round(size, 1)] += letters
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _distrust_bold(pages: Sequence[PdfPage], body: float) -> None:
    """Take no line for bold where the running text is said to be: such fonts do not tell the truth."""
    bold = [line for page in pages for line in page.lines if line.bold and line.size <= LARGE * body]
    if len(bold) > 0.3 * sum(len(page.lines) for page in pages):
        for line in bold:
            line.bold = False


class _BlockAssembler:
    """Puts lines together, page after page."""

    def __init__(self, body: float) -> None:
        self._detector = HeadingDetector(body)
        self._body = body
        self._page = 0
        self._blocks: list[TextBlock] = []
        self._current: TextBlock | None = None  # the one that lines are added to

    def assemble(self, pages: Sequence[PdfPage]) -> list[TextBlock]:
        for self._page, page in enumerate(pages, 1):
            previous: PdfLine | None = None
            entries = [line for line in page.lines if line.text[-1].isdigit() and _CONTENTS_ENTRY.match(line.text)]
            contents = entries if len(entries) > max(4, len(page.lines) // 3) else []
            lines = [line for line in order_lines(page) if not contents or line not in contents]
            for line in lines:
                current = self._current
                if (
                    previous is not None
                    and current is not None
                    and current.kind != "heading"
                    and self._is_next_line(line, previous, page.leading)
                ):
                    current.lines.append(line.text)
                else:
                    self._add(line, previous, page)
                previous = line
        return self._blocks

    def _add(self, line: PdfLine, previous: PdfLine | None, page: PdfPage) -> None:
        gap = previous.end_y - line.y if previous is not None else _NO_GAP
        last = self._current
        row = (
            previous is not None
            and abs(gap) < 0.6 * (line.size if line.size > previous.size else previous.size)
            and line.x0 < previous.x1 + 4 * line.size
        )
        apart = not row and (gap < 0 or gap > 1.2 * page.leading)
        if not row:
            run_in = self._detector.detect_run_in(line)
            if run_in is not None:
                self._blocks.append(TextBlock("heading", heading=run_in[0], page=self._page))
                self._start(TextBlock("text", [run_in[1]], size=line.size))
                return
            heading = self._detector.detect(line, apart=apart)
            if heading is not None:
                self._start(TextBlock("heading", heading=heading))
                return
            if (
                last is not None
                and last.heading is not None
                and self._continues_heading(last.heading, line, previous, gap)
            ):
                last.heading = PdfHeading(last.heading.level, f"{last.heading.text} {line.text}", last.heading.number)
                return
        if not row and line.text[0] in "FTALSC" and _CAPTION.match(line.text):
            self._start(TextBlock("caption", [line.text], size=line.size))
        elif last is None or last.kind == "heading" or self._is_paragraph_start(line, previous, gap, page, row=row):
            self._append_or_start(line)
        else:
            last.lines.append(line.text)

    def _is_next_line(self, line: PdfLine, previous: PdfLine, leading: float) -> bool:
        """Whether this is plainly the next line of a paragraph, as most lines are: the quick way to know."""
        text, size = line.text, line.size
        return (
            size == previous.size <= self._body * LARGE
            and 0.6 * size < previous.end_y - line.y <= 1.2 * leading
            and -0.7 * size < line.x0 - previous.x0 < 0.7 * size
            and not line.bold
            and text[0].isalpha()
            and text[0] not in "FTALSC"
            and ")" not in text[1:3]
            and not text.isupper()
        )

    def _continues_heading(self, heading: PdfHeading, line: PdfLine, previous: PdfLine | None, gap: float) -> bool:
        """Whether the line is a heading's second one: as large and heavy, and close below."""
        return (
            previous is not None
            and heading.level > 0
            and line.bold == previous.bold
            and abs(line.size - previous.size) < 0.2
            and (line.size > self._body * LARGE or (line.bold and len(previous.text) > 30))
            and 0 < gap < 1.6 * line.size
            and len(heading.text) + len(line.text) < 150
            and (abs(line.x0 - previous.x0) < 3 * line.size or abs(line.x0 + line.x1 - previous.x0 - previous.x1) < 9)
        )

    def _is_paragraph_start(
        self, line: PdfLine, previous: PdfLine | None, gap: float, page: PdfPage, *, row: bool
    ) -> bool:
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

    def _append_or_start(self, line: PdfLine) -> None:
        """Begin a paragraph, or go on with the one that a column, page or float interrupted."""
        inner = line.text[0].islower()
        for block in self._blocks[: -_MAX_INTERRUPTING_BLOCKS - 1 : -1]:
            if block.kind == "heading":
                break
            if block.kind == "text" and abs(block.size - line.size) < 0.06 * self._body:
                if self._is_unfinished(block) and (inner or self._wants_more(block, line)):
                    block.lines.append(line.text)
                    self._current = block
                    return
                if not inner:
                    break
        self._start(TextBlock("text", [line.text], size=line.size))

    def _start(self, block: TextBlock) -> None:
        block.page = self._page
        self._blocks.append(block)
        self._current = block

    @staticmethod
    def _wants_more(block: TextBlock, line: PdfLine) -> bool:
        """Whether the block's end asks for more, whatever the next line begins with."""
        return block.lines[-1].endswith((",", "-", HYPHEN_MARK)) and not _BULLET.match(line.text)

    @staticmethod
    def _is_unfinished(block: TextBlock) -> bool:
        """Whether a paragraph stops in the midst of a sentence."""
        end = block.lines[-1]
        unfinished = len(block.lines) > 1 or len(end) > 25
        return end.endswith((HYPHEN_MARK, "-")) or (unfinished and not _SENTENCE_END.search(end))


# Reading order


def order_lines(page: PdfPage) -> Iterator[PdfLine]:
    """The page's lines in reading order: down the left column, then the right one, between what spans both."""
    runs = list(_split_runs(page.lines))
    gutter = _find_gutter(page)
    if gutter is None:
        by_height = sorted(runs, key=lambda run: -run[0].y)
        stacked = all(below[0].y <= above[-1].end_y for above, below in itertools.pairwise(by_height))
        yield from (line for run in (by_height if stacked else runs) for line in run)
        return
    boxes = [_ColumnBox.from_lines(run, gutter) for run in runs]
    boxes.sort(key=lambda box: -box.top)
    band: list[_ColumnBox] = []
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
            beside = line.x0 < before.x1 + 3 * size and before.x0 < line.x1 + 3 * size
            down = before.end_y - line.y
            moved = abs(line.x0 - before.x0) > 3 * size and down > 1.2 * size
            if moved or not (beside and -1.5 * size < down < 2.5 * size):
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
