"""The elements of a LaTeXML page: which of its classes and tags mean what, and small questions about an element."""

import re

from lxml import etree
from lxml import html as lxml_html

from digest_assets.common.errors import ReadingError

# As LaTeXML makes them; others could not stand in a link as they are.
_ID = re.compile(r"[\w.:-]{1,80}", re.ASCII)


def _split_names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SKIPPED_TAGS = _split_names(
    "script style noscript template nav button form input select textarea iframe object embed img video audio "
    "canvas head title footer link meta annotation annotation-xml dialog"
)
SKIPPED_CLASSES = _split_names(
    "ltx_TOC ltx_page_navbar ltx_page_header ltx_page_footer ltx_page_logo ltx_pagination ltx_authors "
    "ltx_author_notes ltx_dates ltx_date ltx_keywords ltx_classification ltx_acknowledgements ltx_bibliography "
    "ltx_biblist ltx_index ltx_rdf ltx_note_mark ltx_tag_note ltx_note_type ltx_listing_data "
    "ltx_tag_listingline ltx_rule ltx_role_footnotemark ltx_role_thanks ltx_role_institutetext "
    "ltx_role_affiliation ltx_role_titlerunning ltx_role_authorrunning ltx_role_toctitle ltx_role_pubyear "
    "ltx_role_copyrightyear ltx_role_doi ltx_role_journal ltx_role_publicationmonth ltx_role_publicationid "
    "ltx_role_email ltx_role_address ltx_role_orcid ltx_role_copyright ltx_role_conference ltx_note_frontmatter ltx_contact "
    "ltx_missing_image ltx_missing_citation package-alerts ar5iv-footer "
    "html-header-nav ltx_page_alert sr-only ds-header infobar"
)
LEVELS = {
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
HEADINGS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5}
BLOCKS = _split_names(
    "p div section article main aside figure figcaption blockquote ul ol li dl dt dd table tr pre center body "
    "hr header details summary address thead tbody tfoot caption"
)


def parse_page(content: bytes) -> etree._Element:
    """The page's tree. Raises `ReadingError` for what is no page."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(content, parser=parser)
    except etree.XMLSyntaxError as error:
        out_of_memory = getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY
        raise ReadingError("parsing took too much memory" if out_of_memory else "not an HTML page") from error
    except (etree.ParserError, ValueError, AssertionError) as error:
        raise ReadingError("not an HTML page") from error
    return root


def find_article(root: etree._Element) -> etree._Element:
    """The element that holds the paper: the outermost `ltx_document`."""
    found = [
        element
        for element in root.iter("article", "div", "section", "body")
        if "ltx_document" in get_classes(element) and "package-alerts" not in get_classes(element)
    ]
    if not found:
        raise ReadingError("no paper on the page")
    return found[0]


def get_tag(element: etree._Element) -> str:
    """The element's name without the prefix or the name space that old pages give it: `math` of `m:math`."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def get_classes(element: etree._Element) -> list[str]:
    """The element's classes."""
    return (element.get("class") or "").split()


def get_id(element: etree._Element) -> str:
    """The element's id, to which a link can point."""
    id_ = element.get("id") or ""
    return id_ if _ID.fullmatch(id_) else ""


def get_text(element: etree._Element) -> str:
    """All text in the element, as one line."""
    return " ".join("".join(map(str, element.itertext())).split())


def find_by_class(element: etree._Element, name: str) -> list[etree._Element]:
    """The elements of a class within the element, in order."""
    return [found for found in element.iterdescendants() if name in get_classes(found)]
