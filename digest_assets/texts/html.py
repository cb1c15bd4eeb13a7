"""HTML extraction: a paper's sections, tables and figures from a page made by LaTeXML, as arxiv.org/html and ar5iv
serve them.

LaTeXML marks what every element is by `ltx_*` classes (https://math.nist.gov/~BMiller/LaTeXML/manual/), so reading
is one walk over the tree: headings open sections, paragraphs are kept, formulas become TeX, furniture is dropped.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, Figure, Place, Table, count_characters
from digest_assets.texts.html_elements import (
    BLOCKS,
    HEADINGS,
    LEVELS,
    SKIPPED_CLASSES,
    SKIPPED_TAGS,
    find_article,
    find_by_class,
    get_classes,
    get_id,
    get_tag,
    get_text,
    parse_page,
)
from digest_assets.texts.html_floats import Float, is_float, open_float, read_figure, resolve_picture
from digest_assets.texts.html_formulas import format_formula, is_math, read_tex
from digest_assets.texts.html_listings import (
    INDENT,
    format_algorithm,
    is_algorithm,
    keep_indent,
    read_macro_name,
    read_statement,
    strip_option,
)
from digest_assets.texts.html_tables import is_table, list_texts, read_table
from digest_assets.texts.score import score_reading
from digest_assets.texts.sections import SectionBuilder, assign_roles, is_author_note, split_number
from digest_assets.texts.table_records import format_rows

MIN_CHARACTERS = 300  # beyond the abstract; a conversion that failed leaves less
MAX_DEPTH = 150  # of nested elements, four calls each, of Python's 1,000; deeper ones are read as plain text
MAX_PAGE_CELLS = 50_000  # from which spans are not repeated any more: real papers have some thousands
MAX_ERRORS_PER_1000 = 10.0  # LaTeXML error marks per 1,000 characters; sound pages have less than one

_FATAL = ("had a fatal error and exited abruptly", "fatal:too_many_errors", "conversion to html failed")


def read_html(content: bytes) -> Document:
    """The paper on a LaTeXML page.

    Raises `ReadingError` with a short reason for a page without a paper and for a conversion that failed.
    """
    root = parse_page(content)
    body = find_article(root)
    walker = _PageWalker()
    walker.walk(body)
    sections = assign_roles(walker.builder.sections)
    beyond = count_characters([section for section in sections if section.level > 0])
    if any(mark in get_text(root).lower() for mark in _FATAL):
        raise ReadingError("conversion failed half-way")
    if beyond < MIN_CHARACTERS:
        raise ReadingError(f"only {beyond} characters of text")
    if walker.errors * 1000 / beyond > MAX_ERRORS_PER_1000:
        raise ReadingError(f"{walker.errors} conversion errors in {beyond} characters")
    figures = tuple(resolve_picture(figure, root) for figure in walker.figures)
    document = Document(sections, title=walker.title, tables=tuple(walker.tables), figures=figures)
    return replace(document, score=score_reading(document, raw=walker.raw_tables))


_BREAK = "\0"  # the end of a line within a paragraph; no page can have it


class _Marker(str):
    """The number or bullet of a list's item, or a theorem's title: the paragraph that follows goes on behind it."""

    __slots__ = ()


class _PageWalker:
    """One walk over a page. Text gathers in a buffer that every block boundary empties into a paragraph."""

    def __init__(self) -> None:
        self.builder = SectionBuilder()
        self.errors = 0
        self.title: str | None = None
        self.tables: list[Table] = []
        self.figures: list[Figure] = []
        self.raw_tables: list[str] = []  # all that stands in tables, to see whether it was kept
        self._buffer: list[str] = []
        self._id = ""  # of the innermost open element that has one
        self._float: Float | None = None
        self._cells = 0
        self._after_environment = False  # its option in brackets is the next text
        self._inline = 0  # above 0, block boundaries do not end the paragraph
        self._lines = 0  # above 0, they end a line only

    def walk(self, article: etree._Element) -> None:
        self._walk_children(article, 0)
        self._flush()
        self.builder.close_section()

    def _walk_children(self, element: etree._Element, depth: int) -> None:
        self._add_text(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._walk_element(child, depth + 1)
            self._add_text(child.tail)

    def _add_text(self, text: str | None) -> None:
        if text and self._after_environment and not text.isspace():
            text, self._after_environment = strip_option(text), False
        if text:
            self._buffer.append(text)

    def _walk_element(self, element: etree._Element, depth: int) -> None:
        tag, classes = get_tag(element), get_classes(element)
        marks = frozenset(classes)
        if depth > MAX_DEPTH:
            self._buffer.append(get_text(element))
        elif tag == "math" or "ltx_Math" in marks:
            self._buffer.append(format_formula(element))
        elif "ltx_ERROR" in marks:
            self._walk_error(element)
        elif tag in SKIPPED_TAGS or not marks.isdisjoint(SKIPPED_CLASSES):
            pass
        elif tag == "svg" or "ltx_picture" in marks:
            self._walk_picture(element, depth)
        elif tag in ("sub", "sup"):
            self._walk_script(element, tag, depth)
        elif tag == "br" or "ltx_break" in marks:
            self._buffer.append(_BREAK if self._lines else " ")
        elif "ltx_note" in marks:
            self._walk_footnote(element, depth)
        elif "ltx_tag" in marks:
            self._walk_tag(element, marks)
        elif "ltx_abstract" in marks:
            self._walk_abstract(element, depth)
        elif tag in HEADINGS or "ltx_title" in marks:
            self._walk_heading(element, tag, classes, depth)
        elif "ltx_eqn_table" in marks or "ltx_equationgroup" in marks or "ltx_equation" in marks:
            self._walk_equations(element, depth)
        elif is_float(element):
            self._walk_float(element, depth)
        elif self._float is not None and element in self._float.repeated:
            pass
        elif is_table(element):
            self._walk_table(element, depth)
        elif "ltx_listing" in marks or tag == "pre" or ("ltx_verbatim" in marks and tag != "code"):
            self._walk_listing(element, depth)
        elif tag == "p" and is_algorithm(element):
            self._walk_algorithm(element, depth)
        elif "ltx_para" in marks:
            self._walk_block(element, depth, lines=True)
        elif tag in BLOCKS:
            self._walk_block(element, depth, lines=False)
        else:
            self._walk_children(element, depth)

    # Blocks

    def _flush(self) -> None:
        if self._begins_item():
            return
        if self._inline:
            self._buffer.append(" ")
        elif self._lines:
            self._buffer.append(_BREAK)
        else:
            places = [Place(0, element=self._id)] if self._id else []
            self.builder.add_paragraph(_fold_white_space("".join(self._buffer)), places)
            self._buffer = []

    def _begins_item(self) -> bool:
        """Whether there is nothing yet but what begins a paragraph: an item's number or bullet, a theorem's title."""
        last = next((piece for piece in reversed(self._buffer) if not piece.isspace()), "")
        return isinstance(last, _Marker)

    def _walk_block(self, element: etree._Element, depth: int, *, lines: bool) -> None:
        self._flush()
        outer = self._id
        self._id = get_id(element) or outer
        self._lines += lines
        if element.tag == "li" and not any("ltx_tag_item" in get_classes(child) for child in element):
            self._buffer.append(_Marker("- "))
        self._walk_children(element, depth)
        self._lines -= lines
        self._flush()
        self._id = outer

    def _read_inline(self, element: etree._Element, depth: int) -> str:
        """The element's text as one line."""
        return " ".join(self._read_raw(element, depth).split())

    def _read_raw(self, element: etree._Element, depth: int) -> str:
        """The element's text as one line, with its blanks as they are."""
        outer, self._buffer = self._buffer, []
        self._inline += 1
        self._walk_children(element, depth)
        self._inline -= 1
        inner, self._buffer = self._buffer, outer
        return "".join(inner).replace(_BREAK, " ")

    def _walk_heading(self, element: etree._Element, tag: str, classes: list[str], depth: int) -> None:
        text = self._read_inline(element, depth)
        tags = find_by_class(element, "ltx_tag")
        number = get_text(tags[0]) if tags else ""
        if "ltx_title_document" in classes:
            self._flush()
            self.builder = SectionBuilder()  # what stands before the title is no part of the paper
            self.title = text or None
            return
        if not text:
            return
        level = next((LEVELS[name] for name in classes if name in LEVELS), 0)
        if not level and "ltx_title" in classes and (len(classes) > 1 or tag == "h6"):
            # The title of a theorem, a proof, a float: it begins its paragraph.
            self._flush()
            self._buffer.append(_Marker(f"{text} " if text.startswith(number) else f"{number} {text} "))
            return
        self._flush()
        if not number:
            number, text = split_number(text)
        self.builder.start_section(level or HEADINGS.get(tag, 1), text, number.strip(" .:"))

    def _walk_abstract(self, element: etree._Element, depth: int) -> None:
        self._flush()
        self.builder.start_section(0, "Abstract")
        for child in element:
            if child.tag in HEADINGS or "ltx_title" in get_classes(child):
                child.set("class", "sr-only")
        self._walk_children(element, depth)
        self._flush()
        self.builder.start_section(0, "")

    def _walk_picture(self, element: etree._Element, depth: int) -> None:
        """A drawing's labels are noise; a box of paragraphs, which LaTeXML draws too, is text."""
        for box in find_by_class(element, "ltx_minipage"):
            if find_by_class(box, "ltx_p"):
                self._flush()
                self._walk_children(box, depth)
                self._flush()

    # Inline

    def _walk_footnote(self, element: etree._Element, depth: int) -> None:
        text = self._read_inline(element, depth)
        if text and not (self.builder.is_front and is_author_note(text)):
            self._buffer.append(f" (footnote: {text})")

    def _walk_script(self, element: etree._Element, tag: str, depth: int) -> None:
        """A digit above or below is no digit of the number before it: `10^3`, `82.5 0.2`."""
        text = self._read_inline(element, depth)
        before = next((piece[-1] for piece in reversed(self._buffer) if piece), " ")
        if text[:1].isdigit():
            if tag == "sup" and not before.isspace():
                text = f"^{text}"
            elif tag == "sub" and before.isdigit():
                text = f" {text}"
        self._buffer.append(text)

    def _walk_error(self, element: etree._Element) -> None:
        """What LaTeXML did not know: a macro stands by its name, which mostly is the paper's own for something."""
        self.errors += 1
        name = read_macro_name(element)
        follows = (element.tail or "")[:1]
        self._buffer.append(f"{name} " if name and follows.isalnum() else name)
        self._after_environment = get_text(element).startswith("{") or "@" in get_text(element)

    def _walk_tag(self, element: etree._Element, marks: frozenset[str]) -> None:
        """A number or bullet: kept where it says something."""
        text = get_text(element)
        if "ltx_tag_item" in marks:
            self._buffer.append(_Marker("- " if text in "•·∙◦▪‣–—*-" else f"{text} "))
        elif not marks.isdisjoint({"ltx_tag_figure", "ltx_tag_table", "ltx_tag_float", "ltx_tag_theorem"}):
            self._buffer.append(f"{text} ")

    def _walk_equations(self, element: etree._Element, depth: int) -> None:
        self._flush()
        rows = find_by_class(element, "ltx_eqn_row") or [element]
        for row in rows:
            tex = [read_tex(cell) for cell in row.iter() if is_math(cell)]
            number = " ".join(get_text(tag) for tag in find_by_class(row, "ltx_tag_equation"))
            rest = "" if tex else self._read_inline(row, depth)
            if any(tex):
                self._buffer.append(f"$${' '.join(filter(None, tex))}$$" + (f" {number}" if number else ""))
            elif rest:
                self._buffer.append(rest)
            self._buffer.append(_BREAK)
        self._flush()

    def _walk_float(self, element: etree._Element, depth: int) -> None:
        outer = self._float
        self._float = open_float(element, outer, lambda caption: self._read_inline(caption, depth))
        figure = read_figure(element, self._float)
        if figure is not None:
            self.figures.append(figure)
        self._walk_block(element, depth, lines=False)
        self._float = outer

    def _walk_table(self, element: etree._Element, depth: int) -> None:
        """A line for each row, its cells divided by bars."""
        self._flush()
        if self._inline:
            self._walk_children(element, depth)  # a table within a cell or a footnote: its text in order
            return
        title = element.find("caption")
        caption = self._read_inline(title, depth) if title is not None else ""
        if self._float is not None:
            caption = self._float.take_caption() or caption
        anchor = get_id(element) or (self._float.element if self._float is not None else self._id)
        expand = self._cells < MAX_PAGE_CELLS
        table = read_table(
            element, lambda cell: self._read_inline(cell, depth), caption=caption, anchor=anchor, expand=expand
        )
        self._cells += sum(map(len, table.rows))
        if len(table.rows) > 1 and len(table.rows[0]) > 1:
            self.tables.append(table)
        self.raw_tables += list_texts(element)
        self._lines += 1
        if title is not None:
            self._buffer += [self._read_inline(title, depth), _BREAK]
        self._buffer += [format_rows(table).replace("\n", _BREAK), _BREAK]
        self._lines -= 1
        self._flush()

    def _walk_listing(self, element: etree._Element, depth: int) -> None:
        """A line for each line, with its indentation."""
        lines = [self._read_raw(line, depth) for line in find_by_class(element, "ltx_listingline")]
        if not lines and (element.tag == "pre" or "ltx_verbatim" in get_classes(element)):
            lines = self._read_raw(element, depth).split("\n")
        if not lines or self._inline:
            self._walk_block(element, depth, lines=True)
        else:
            self._add_lines(keep_indent(line.strip("\r\n")) for line in lines)

    def _walk_algorithm(self, element: etree._Element, depth: int) -> None:
        """A line for each command of an algorithm that LaTeXML did not know."""
        pieces: list[tuple[str | None, str]] = []
        statement: str | None = None
        outer, self._buffer = self._buffer, []
        self._inline += 1
        self._add_text(element.text)
        for child in element:
            if isinstance(child.tag, str):
                found = read_statement(child)
                if found is not None or "ltx_caption" in get_classes(child):
                    pieces.append((statement, "".join(self._buffer)))
                    statement, self._buffer = found, []
                if found is not None:
                    self.errors += 1
                else:
                    self._walk_element(child, depth + 1)
                if "ltx_caption" in get_classes(child):
                    pieces.append((None, "".join(self._buffer)))
                    self._buffer = []
            self._add_text(child.tail)
        pieces.append((statement, "".join(self._buffer)))
        self._inline -= 1
        self._buffer = outer
        self._add_lines(format_algorithm(pieces))

    def _add_lines(self, lines: Iterable[str]) -> None:
        self._flush()
        self._lines += 1
        for line in lines:
            self._buffer += [line, _BREAK]
        self._lines -= 1
        self._flush()


def _fold_white_space(text: str) -> str:
    """Lines with folded white space, empty ones dropped."""
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    joined = "\n".join(line for line in lines if line and line != "-")
    return re.sub(r" ([,;)\]]|[.:](?!\w))", r"\1", joined).replace(INDENT, " ")
