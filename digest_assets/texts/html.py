"""HTML extraction: a paper's sections from a page made by LaTeXML, as arxiv.org/html and ar5iv serve them.

LaTeXML marks what every element is by `ltx_*` classes (https://math.nist.gov/~BMiller/LaTeXML/manual/), so reading
is one walk over the tree: headings open sections, paragraphs are kept, formulas become TeX, furniture is dropped.
"""

import re

from lxml import etree
from lxml import html as lxml_html

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, count_characters
from digest_assets.texts.sections import SectionBuilder, assign_roles, split_number

MIN_CHARACTERS = 300  # beyond the abstract; a conversion that failed leaves less
MAX_DEPTH = 200  # of nested elements, far from Python's limit of 1,000 calls; deeper ones are read as plain text
MAX_ERRORS_PER_1000 = 10.0  # LaTeXML error marks per 1,000 characters; sound pages have less than one

_FATAL = ("had a fatal error and exited abruptly", "fatal:too_many_errors", "conversion to html failed")


def _split_names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SKIPPED_TAGS = _split_names(
    "script style noscript template nav button form input select textarea iframe object embed img video audio "
    "canvas head title footer link meta annotation annotation-xml dialog"
)
_SKIPPED_CLASSES = _split_names(
    "ltx_TOC ltx_page_navbar ltx_page_header ltx_page_footer ltx_page_logo ltx_pagination ltx_authors "
    "ltx_author_notes ltx_dates ltx_date ltx_keywords ltx_classification ltx_acknowledgements ltx_bibliography "
    "ltx_biblist ltx_index ltx_ERROR ltx_rdf ltx_note_mark ltx_tag_note ltx_note_type ltx_listing_data "
    "ltx_tag_listingline ltx_rule ltx_role_footnotemark ltx_role_thanks ltx_role_institutetext "
    "ltx_role_affiliation ltx_role_titlerunning ltx_role_authorrunning ltx_role_toctitle ltx_role_pubyear "
    "ltx_role_copyrightyear ltx_role_doi ltx_role_journal ltx_role_publicationmonth ltx_role_publicationid "
    "ltx_role_email ltx_contact ltx_missing_image ltx_missing_citation package-alerts ar5iv-footer "
    "html-header-nav ltx_page_alert sr-only ds-header infobar"
)
_LEVELS = {
    "ltx_title_part": 1,
    "ltx_title_chapter": 1,
    "ltx_title_section": 1,
    "ltx_title_appendix": 1,
    "ltx_title_bibliography": 1,
    "ltx_title_acknowledgements": 1,
    "ltx_title_index": 1,
    "ltx_title_subsection": 2,
    "ltx_title_subsubsection": 3,
    "ltx_title_paragraph": 4,
    "ltx_title_subparagraph": 5,
}
_HEADINGS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5}
_BLOCKS = _split_names(
    "p div section article main aside figure figcaption blockquote ul ol li dl dt dd table tr pre center body "
    "hr header details summary address thead tbody tfoot caption"
)


def read_html(content: bytes) -> Document:
    """The paper on a LaTeXML page.

    Raises `ReadingError` with a short reason for a page without a paper and for a conversion that failed.
    """
    root = _parse_tree(content)
    body = _find_article(root)
    walker = _PageWalker()
    walker.walk(body)
    sections = assign_roles(walker.builder.sections)
    beyond = count_characters([section for section in sections if section.level > 0])
    if any(mark in _get_text(root).lower() for mark in _FATAL):
        raise ReadingError("conversion failed half-way")
    if beyond < MIN_CHARACTERS:
        raise ReadingError(f"only {beyond} characters of text")
    if walker.errors * 1000 / beyond > MAX_ERRORS_PER_1000:
        raise ReadingError(f"{walker.errors} conversion errors in {beyond} characters")
    return Document(sections, title=walker.title)


def _parse_tree(content: bytes) -> etree._Element:
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(content, parser=parser)
    except etree.XMLSyntaxError as error:
        out_of_memory = getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY
        raise ReadingError("parsing took too much memory" if out_of_memory else "not an HTML page") from error
    except (etree.ParserError, ValueError, AssertionError) as error:
        raise ReadingError("not an HTML page") from error
    return root


def _find_article(root: etree._Element) -> etree._Element:
    """The element that holds the paper: the outermost `ltx_document`."""
    found = [
        element
        for element in root.iter("article", "div", "section", "body")
        if "ltx_document" in _get_classes(element) and "package-alerts" not in _get_classes(element)
    ]
    if not found:
        raise ReadingError("no paper on the page")
    return found[0]


def _get_classes(element: etree._Element) -> list[str]:
    return (element.get("class") or "").split()


def _get_text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


_BREAK = "\0"  # the end of a line within a paragraph; no page can have it


class _Marker(str):
    """The number or bullet of a list's item."""

    __slots__ = ()


class _PageWalker:
    """One walk over a page. Text gathers in a buffer that every block boundary empties into a paragraph."""

    def __init__(self) -> None:
        self.builder = SectionBuilder()
        self.errors = 0
        self.title: str | None = None
        self._buffer: list[str] = []
        self._inline = 0  # above 0, block boundaries do not end the paragraph
        self._lines = 0  # above 0, they end a line only

    def walk(self, article: etree._Element) -> None:
        self._walk_children(article, 0)
        self._flush()
        self.builder.close_section()

    def _walk_children(self, element: etree._Element, depth: int) -> None:
        if element.text:
            self._buffer.append(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._walk_element(child, depth + 1)
            if child.tail:
                self._buffer.append(child.tail)

    def _walk_element(self, element: etree._Element, depth: int) -> None:
        tag, classes = str(element.tag).rpartition("}")[2].lower(), _get_classes(element)
        marks = frozenset(classes)
        if depth > MAX_DEPTH:
            self._buffer.append(_get_text(element))
        elif tag == "math" or "ltx_Math" in marks:
            self._buffer.append(format_formula(element))
        elif "ltx_ERROR" in marks:
            self.errors += 1
        elif tag in _SKIPPED_TAGS or not marks.isdisjoint(_SKIPPED_CLASSES):
            pass
        elif tag == "svg" or "ltx_picture" in marks:
            self._walk_picture(element, depth)
        elif tag == "br" or "ltx_break" in marks:
            self._buffer.append(_BREAK if self._lines else " ")
        elif "ltx_note" in marks:
            self._walk_footnote(element, depth)
        elif "ltx_tag" in marks:
            self._walk_tag(element, marks)
        elif "ltx_abstract" in marks:
            self._walk_abstract(element, depth)
        elif tag in _HEADINGS or "ltx_title" in marks:
            self._walk_heading(element, tag, classes, depth)
        elif "ltx_eqn_table" in marks or "ltx_equationgroup" in marks or "ltx_equation" in marks:
            self._walk_equations(element, depth)
        elif tag == "table" or "ltx_tabular" in marks:
            self._walk_table(element, depth)
        elif "ltx_para" in marks or "ltx_listing" in marks or tag == "pre":
            self._walk_block(element, depth, lines=True)
        elif tag in _BLOCKS:
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
            self.builder.add_paragraph(_fold_white_space("".join(self._buffer)))
            self._buffer = []

    def _begins_item(self) -> bool:
        """Whether there is nothing but an item's number or bullet yet, which its first paragraph follows."""
        last = next((piece for piece in reversed(self._buffer) if not piece.isspace()), "")
        return isinstance(last, _Marker)

    def _walk_block(self, element: etree._Element, depth: int, *, lines: bool) -> None:
        self._flush()
        self._lines += lines
        if element.tag == "li" and not any("ltx_tag_item" in _get_classes(child) for child in element):
            self._buffer.append(_Marker("- "))
        self._walk_children(element, depth)
        self._lines -= lines
        self._flush()

    def _read_inline(self, element: etree._Element, depth: int) -> str:
        """The element's text as one line."""
        outer, self._buffer = self._buffer, []
        self._inline += 1
        self._walk_children(element, depth)
        self._inline -= 1
        inner, self._buffer = self._buffer, outer
        return " ".join("".join(inner).replace(_BREAK, " ").split())

    def _walk_heading(self, element: etree._Element, tag: str, classes: list[str], depth: int) -> None:
        text = self._read_inline(element, depth)
        tags = _find_by_class(element, "ltx_tag")
        number = _get_text(tags[0]) if tags else ""
        if "ltx_title_document" in classes:
            self._flush()
            self.builder = SectionBuilder()  # what stands before the title is no part of the paper
            self.title = text or None
            return
        if not text:
            return
        level = next((_LEVELS[name] for name in classes if name in _LEVELS), 0)
        if not level and "ltx_title" in classes and (len(classes) > 1 or tag == "h6"):
            # The title of a theorem, a proof, a float: it begins its paragraph.
            self._flush()
            self._buffer.append(f"{number} {text} " if number else f"{text} ")
            return
        self._flush()
        if not number:
            number, text = split_number(text)
        self.builder.start_section(level or _HEADINGS.get(tag, 1), text, number.strip(" .:"))

    def _walk_abstract(self, element: etree._Element, depth: int) -> None:
        self._flush()
        self.builder.start_section(0, "Abstract")
        for child in element:
            if child.tag in _HEADINGS or "ltx_title" in _get_classes(child):
                child.set("class", "sr-only")
        self._walk_children(element, depth)
        self._flush()
        self.builder.start_section(0, "")

    def _walk_picture(self, element: etree._Element, depth: int) -> None:
        """A drawing's labels are noise; a box of paragraphs, which LaTeXML draws too, is text."""
        for box in _find_by_class(element, "ltx_minipage"):
            if _find_by_class(box, "ltx_p"):
                self._flush()
                self._walk_children(box, depth)
                self._flush()

    # Inline

    def _walk_footnote(self, element: etree._Element, depth: int) -> None:
        text = self._read_inline(element, depth)
        if text:
            self._buffer.append(f" (footnote: {text})")

    def _walk_tag(self, element: etree._Element, marks: frozenset[str]) -> None:
        """A number or bullet: kept where it says something."""
        text = _get_text(element)
        if "ltx_tag_item" in marks:
            self._buffer.append(_Marker("- " if text in "•·∙◦▪‣–—*-" else f"{text} "))
        elif not marks.isdisjoint({"ltx_tag_figure", "ltx_tag_table", "ltx_tag_float", "ltx_tag_theorem"}):
            self._buffer.append(f"{text} ")

    def _walk_equations(self, element: etree._Element, depth: int) -> None:
        self._flush()
        rows = _find_by_class(element, "ltx_eqn_row") or [element]
        for row in rows:
            tex = [_read_tex(cell) for cell in row.iter() if _is_math(cell)]
            number = " ".join(_get_text(tag) for tag in _find_by_class(row, "ltx_tag_equation"))
            rest = "" if tex else self._read_inline(row, depth)
            if any(tex):
                self._buffer.append(f"$${' '.join(filter(None, tex))}$$" + (f" {number}" if number else ""))
            elif rest:
                self._buffer.append(rest)
            self._buffer.append(_BREAK)
        self._flush()

    def _walk_table(self, element: etree._Element, depth: int) -> None:
        """A line for each row, its cells divided by bars."""
        self._flush()
        if self._inline:
            self._walk_children(element, depth)  # a table within a cell or a footnote: its text in order
            return
        self._lines += 1
        caption = element.find("caption")
        if caption is not None:
            self._buffer += [self._read_inline(caption, depth), _BREAK]
        for row in _find_rows(element):
            cells = [self._read_inline(cell, depth) for cell in row if _is_cell(cell)]
            if any(cells):
                self._buffer += [" | ".join(cells), _BREAK]
        self._lines -= 1
        self._flush()


def _find_by_class(element: etree._Element, name: str) -> list[etree._Element]:
    return [found for found in element.iterdescendants() if name in _get_classes(found)]


def _find_rows(table: etree._Element) -> list[etree._Element]:
    """The table's own rows, in order; a table within a cell keeps its own."""
    rows = []
    waiting = list(reversed(table))
    while waiting:
        element = waiting.pop()
        if element.tag == "tr" or "ltx_tr" in _get_classes(element):
            rows.append(element)
        elif element.tag != "table" and "ltx_tabular" not in _get_classes(element):
            waiting.extend(reversed(element))
    return rows


def _is_cell(element: etree._Element) -> bool:
    return element.tag in ("td", "th") or "ltx_td" in _get_classes(element)


def _is_math(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "math"


def _fold_white_space(text: str) -> str:
    """Lines with folded white space, empty ones dropped."""
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    joined = "\n".join(line for line in lines if line and line != "-")
    return re.sub(r" ([,.;:)\]])", r"\1", joined)


# Formulas

_PLAIN_NUMBER = re.compile(r"[+\-−–±×~≈<>]?\s*\d[\d.,]*(?:\s*[±×/:+\-–]\s*\d[\d.,]*)*\s*[%×KMB]?")
_PLAIN_SIGNS = frozenset("±×~≈<>=+-−%→")
_TEX_SIGNS = (
    (r"\%", "%"),
    (r"\times", "×"),
    (r"\pm", "±"),
    (r"\sim", "~"),
    (r"\approx", "≈"),
    (r"\rightarrow", "→"),
    (r"\to", "→"),
    (r"\,", ""),
    ("{,}", ","),
    (r"\!", ""),
)


def format_formula(element: etree._Element) -> str:
    """A formula as `$TeX$`; a bare number, which needs no TeX, as it is."""
    tex = _read_tex(element)
    if not tex:
        return ""
    plain = tex
    for written, sign in _TEX_SIGNS:
        plain = plain.replace(written, sign)
    if _PLAIN_NUMBER.fullmatch(plain.strip()) or plain in _PLAIN_SIGNS:
        return plain.strip()
    if element.get("display") == "block":
        return f"$${tex}$$"
    return f"${tex}$"


def _read_tex(element: etree._Element) -> str:
    source = element.get("alttext") or element.get("alt")
    if source is None:
        notes = [note for note in element.iter("annotation") if note.get("encoding") == "application/x-tex"]
        source = _get_text(notes[0] if notes else element)
    source = re.sub(r"(?<!\\)%\s*\n", "", source)
    source = re.sub(r"^\s*\\(displaystyle|textstyle)\b\s*", "", source)
    return " ".join(source.strip("$").split())
