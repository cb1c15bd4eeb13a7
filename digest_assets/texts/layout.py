"""PDF layout: from positioned lines to a paper's sections: reading order of columns, paragraphs, headings, captions.

pdfium gives lines in the order of the file, which is mostly the order of reading; columns, floats and notes that
the file has elsewhere are put where they stand on the page.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest_assets.texts.blocks import BULLET, MAX_LABEL_CHARACTERS, BlockAssembler, TextBlock
from digest_assets.texts.contents import drop_contents
from digest_assets.texts.document import Figure, ParsedSection, Place, Table
from digest_assets.texts.headings import LARGE, find_headings
from digest_assets.texts.lines import (
    Dehyphenator,
    PdfLine,
    PdfPage,
    join_and_dehyphenate,
    normalize_characters,
    remove_furniture,
)
from digest_assets.texts.outline import OutlineEntry
from digest_assets.texts.reading_order import order_lines
from digest_assets.texts.references import find_unnamed_references
from digest_assets.texts.sections import SectionBuilder, infer_role
from digest_assets.texts.table_records import build_table, format_rows, rank_marks

_MIN_LABELS = 4  # short pieces in a row that are a drawing's labels; up to three may be text
_MIN_PROSE_CHARACTERS = 200  # about two lines: a shorter paragraph before the first heading is a name or an address
_MAX_ABSTRACT_CHARACTERS = 4_000  # twice arXiv's own limit (1,920): more is a paper without headings
_MAX_FRONT_BLOCKS = 60  # title, authors and addresses of a large collaboration
_DRAWN_RULE = re.compile(r"^[.…_\-–—=*~\s]{4,}$")  # drawn with letters


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
        kept: list[PdfLine] = []
        for line in page.lines:
            text = line.text
            if not (text.isascii() and text.isprintable()):
                line.text = text = normalize_characters(text)
            if text and (text[0].isalnum() or not _DRAWN_RULE.match(text)):
                kept.append(line)
        page.lines = kept
    body = _measure_body_size(pages)
    _distrust_bold(pages, body)
    pages = [PdfPage(page.width, page.height, order_lines(page)) for page in pages]
    pages = drop_contents(pages)
    lines = [page.lines for page in pages]
    headings = find_headings(lines, [page.leading for page in pages], outline, body)
    headings |= find_unnamed_references(lines, headings)
    blocks = BlockAssembler(body, headings).assemble(pages)
    _join_texts(blocks)
    _build_tables(blocks)
    return _drop_drawing_labels([block for block in blocks if block.text])


def _join_texts(blocks: Sequence[TextBlock]) -> None:
    """Make the blocks' texts and the places in them of their lines, with the words that were divided put together."""
    for block in blocks:
        block.text = block.heading.text if block.heading else block.join(len(block.lines))
    words = Dehyphenator([block.text for block in blocks])
    for block in blocks:
        block.text = words.dehyphenate(block.text)
        if len(block.places) > 1:
            block.places = [(len(words.dehyphenate(block.join(line))), page) for line, page in block.places]


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
        and len(text) < MAX_LABEL_CHARACTERS
        and text[-1] not in ".!?:;,"
        and "=" not in text
        and not BULLET.match(text)
        and not block.by_line
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
