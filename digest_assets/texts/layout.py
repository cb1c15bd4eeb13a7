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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from digest_assets.texts.contents import drop_contents
from digest_assets.texts.document import Figure, ParsedSection, Place, Table
from digest_assets.texts.headings import (
    LARGE,
    PdfHeading,
    find_headings,
    is_same_row,
    split_run_in_abstract,
)
from digest_assets.texts.lines import (
    HYPHEN_MARK,
    Dehyphenator,
    Grid,
    PdfLine,
    PdfPage,
    join_and_dehyphenate,
    join_lines,
    normalize_characters,
    remove_furniture,
)
from digest_assets.texts.outline import OutlineEntry
from digest_assets.texts.pdf_tables import CAPTION
from digest_assets.texts.reading_order import order_lines
from digest_assets.texts.sections import SectionBuilder, infer_role
from digest_assets.texts.table_records import build_table, format_rows, rank_marks

_MAX_INTERRUPTING_BLOCKS = 40  # a paragraph goes on past a page of floats and notes, not past a whole section
_MIN_LABELS = 4  # short pieces in a row that are a drawing's labels; up to three may be text
_MAX_LABEL_CHARACTERS = 45  # half a line of a column
_MIN_PROSE_CHARACTERS = 200  # about two lines: a shorter paragraph before the first heading is a name or an address
_MAX_ABSTRACT_CHARACTERS = 4_000  # twice arXiv's own limit (1,920): more is a paper without headings
_MAX_FRONT_BLOCKS = 60  # title, authors and addresses of a large collaboration
_NO_GAP = 99.0  # of the first line of a page: more than any gap within a paragraph
_BULLET = re.compile(r"^([•·∙◦▪‣■–—*-]|\(?[a-z\d]{1,2}\))\s+\S")
_DRAWN_RULE = re.compile(r"^[.…_\-–—=*~\s]{4,}$")  # drawn with letters
_STEP = re.compile(r"^(\d{1,3}):\s+\S")  # a numbered line of an algorithm
_NOTE_MARKS = frozenset("∗*†‡§¶⁰¹²³⁴⁵⁶⁷⁸⁹")
_ITEM_END = re.compile(r"[.!?:;,]$|\b(and|or)$")
_SENTENCE_END = re.compile(r"[.!?:][”\"')\]]*(\s?\[?\d{0,3}\]?)$")


@dataclass(slots=True)
class TextBlock:
    """A heading, a paragraph, a caption or a table."""

    kind: Literal["heading", "text", "caption", "table"]
    lines: list[str] = field(default_factory=list)
    heading: PdfHeading | None = None
    grid: Grid | None = None
    size: float = 0.0  # of its first line's letters
    text: str = ""
    page: int | None = None  # where it begins, from 1
    places: list[tuple[int, int | None]] = field(default_factory=list)  # pages from a line on, then from a sign on
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class PaperParts:
    """What stands in a paper: its sections, and the tables and figures that stand in them."""

    sections: list[ParsedSection]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]


def build_sections(pages: Sequence[PdfPage], outline: Sequence[OutlineEntry] = ()) -> list[ParsedSection]:
    """The paper's sections; title, authors, references and furniture left out."""
    return build_parts(pages, outline).sections


def build_parts(pages: Sequence[PdfPage], outline: Sequence[OutlineEntry] = ()) -> PaperParts:
    """The paper's sections with their tables and figures; title, authors, references and furniture left out."""
    builder = SectionBuilder()
    blocks = build_blocks(pages, outline)
    for block in blocks[_find_start(blocks) :]:
        if block.heading is not None:
            builder.start_section(block.heading.level, block.text, block.heading.number, block.page)
        else:
            places = [Place(start, page) for start, page in block.places]
            if block.kind == "text":
                builder.add_paragraph(block.text, places)
            else:
                builder.add_float(block.text, places)
    builder.close_section()
    tables = tuple(block.table for block in blocks if block.table is not None)
    figures = tuple(
        Figure(block.text, block.page)
        for block in blocks
        if block.kind == "caption" and block.text[:3].lower() == "fig"
    )
    return PaperParts(_name_abstract(builder.sections), tables, figures)


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


def build_blocks(pages: Sequence[PdfPage], outline: Sequence[OutlineEntry] = ()) -> list[TextBlock]:
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
    pages = [PdfPage(page.width, page.height, list(order_lines(page))) for page in pages]
    pages = drop_contents(pages)
    headings = find_headings([page.lines for page in pages], [page.leading for page in pages], outline, body)
    blocks = _BlockAssembler(body, headings).assemble(pages)
    for block in blocks:
        block.text = block.heading.text if block.heading else join_lines(block.lines)
    words = Dehyphenator([block.text for block in blocks])
    for block in blocks:
        block.text = words.dehyphenate(block.text)
        block.places = [
            (len(words.dehyphenate(join_lines(block.lines[:line]))) if line else 0, page) for line, page in block.places
        ]
    _build_tables(blocks)
    return _drop_drawing_labels(_join_steps([block for block in blocks if block.text]))


def _join_steps(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The blocks, where the numbered lines of an algorithm are one with a line for each."""
    joined: list[TextBlock] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last is not None and all(each.kind == "text" and _STEP.match(each.text) for each in (last, block)):
            start = len(last.text) + len("\n")
            last.places += [(start + place, page) for place, page in block.places if page != last.places[-1][1]]
            last.text += f"\n{block.text}"
        else:
            joined.append(block)
    return joined


def _build_tables(blocks: Sequence[TextBlock]) -> None:
    """Make the tables' records, each with its whole caption."""
    captions = {(block.page, _drop_spaces(block.lines[0])): block.text for block in blocks if block.kind == "caption"}
    for block in blocks:
        grid = block.grid
        if grid is None:
            continue
        first = normalize_characters(grid.caption)
        block.table = build_table(
            [[normalize_characters(cell) for cell in row] for row in grid.rows],
            caption=captions.get((block.page, _drop_spaces(first)), first),
            page=block.page,
            head_rows=range(grid.head_rows) if grid.head_rows else None,
            emphasis=rank_marks(grid.bold, grid.underlined),
        )
        block.text = format_rows(block.table)


def _drop_spaces(text: str) -> str:
    """A line without its spaces, by which it is known again."""
    return text.replace(" ", "")


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
        and not _STEP.match(text)
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
                ):
                    current.lines.append(line.text)
                else:
                    self._add(line, previous, page)
                previous = line
        return self._blocks

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
        elif not row and line.text[0] in "FTALSCE" and CAPTION.match(line.text):
            self._start(TextBlock("caption", [line.text], size=line.size))
        elif (
            last is None
            or last.kind in ("heading", "table")
            or self._is_paragraph_start(line, previous, gap, page, row=row)
        ):
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
        if _BULLET.match(line.text):
            # `(1)` at a line's beginning may stand in the midst of a sentence.
            return (not line.text[0].isalnum() and line.text[0] != "(") or _ITEM_END.search(previous.text) is not None
        indented = 0.7 * line.size < line.x0 - previous.x0 < 4 * line.size
        return indented and bool(_SENTENCE_END.search(previous.text))

    def _is_next_step(self, text: str) -> bool:
        """Whether an algorithm's first line begins here, or the one after the last."""
        step = _STEP.match(text) if text[0].isdigit() else None
        if step is None or not (int(step[1]) <= 1 or int(step[1]) == self._step + 1):
            return False
        self._step = int(step[1])
        return True

    def _append_or_start(self, line: PdfLine) -> None:
        """Begin a paragraph, or go on with the one that a column, page or float interrupted."""
        inner = line.text[0].islower()
        for block in self._blocks[: -_MAX_INTERRUPTING_BLOCKS - 1 : -1]:
            if block.kind == "heading":
                break
            if block.kind == "text" and abs(block.size - line.size) < 0.06 * self._body:
                if self._is_unfinished(block) and (inner or self._wants_more(block, line)):
                    if block.places[-1][1] != self._page:
                        block.places.append((len(block.lines), self._page))
                    block.lines.append(line.text)
                    self._current = block
                    return
                if not inner:
                    break
        self._start(TextBlock("text", [line.text], size=line.size))

    def _start(self, block: TextBlock) -> None:
        block.page = self._page
        block.places = [(0, self._page)]
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
