"""Untrusted text into HTML: it shows as written, formulas are typeset, and nothing in it acts.

Formulas become MathML, which browsers show without a script (https://www.w3.org/TR/mathml-core/). A formula that the
converter does not know stays its TeX source.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from digest_assets.common.markdown import to_single_line
from digest_assets.reports import markdown_sanitizer
from digest_assets.reports.formulas import convert_tex, get_name, get_text, split_formulas

# The word before the mark, never a part of a tag or an entity; a match starts where a word does, so time is linear.
_UNTRACED = re.compile(r"(?P<number>(?<![^\s<>&;\"])[^\s<>&;\"]*|) ?⚠")
_WARNING = (
    r'<span class="untraced">\g<number>&nbsp;<span class="warn" role="img" '
    r'aria-label="(not found in the text read)" title="Not found in the text read">⚠</span></span>'
)
_TAG = re.compile(r"(<[^<>]*>)")

_MATH_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
        "mtable mtr mtd mpadded mphantom mstyle mmultiscripts mprescripts none",
    )
)
_MATH_ATTRIBUTES = {
    "display": frozenset({"inline", "block"}),
    "stretchy": frozenset({"true", "false"}),
    "fence": frozenset({"true", "false"}),
    "accent": frozenset({"true", "false"}),
    "mathvariant": frozenset({"normal"}),
    "linethickness": frozenset({"0", "0px"}),
}

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_ALLOWED_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "a", "h4", "br"}


def text_html(text: str) -> Markup:
    """A title, an abstract or a name: one line in which formulas are typeset."""
    return _typeset_formulas(to_single_line(text))


def escape_separators(script: str) -> str:
    """JSON in a script: the two separators that end a line in older browsers' scripts are written as escapes."""
    return script.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def summary_html(text: str, *, by_model: bool) -> Markup:
    """A summary's text: emphasis and code of a model are kept, and numbers that were not found are marked."""
    if not by_model:
        return _mark_untraced(text_html(text))
    return _sanitize_html(_MARKDOWN.renderInline(markdown_sanitizer.sanitize_line(text)), {})


def overview_html(markdown: str, links: Mapping[str, str]) -> Markup:
    """A model's Markdown as paragraphs and lists; `links` gives the address of each paper's anchor."""
    return _sanitize_html(_MARKDOWN.render(markdown_sanitizer.sanitize_blocks(markdown, links.keys())), links)


def _sanitize_html(rendered: str, links: Mapping[str, str]) -> Markup:
    def address(tag: str, attribute: str, value: str) -> str | None:
        return links.get(value.removeprefix("#"))

    clean = nh3.clean(rendered, tags=_ALLOWED_TAGS, attributes={"a": {"href"}}, attribute_filter=address, link_rel=None)
    # nh3 writes every < of a text as an entity, so what stands between < and > is one of the tags allowed above.
    return Markup("").join(
        Markup(piece) if piece.startswith("<") else _mark_untraced(_typeset_formulas(html.unescape(piece)))  # noqa: S704
        for piece in _TAG.split(clean.strip())
    )


def _mark_untraced(markup: Markup) -> Markup:
    """Numbers with a ` ⚠` shown as not found, in words too for whoever hears the page."""
    return Markup(_UNTRACED.sub(_WARNING, str(markup)))  # noqa: S704 - what is added to the markup is constant


def _typeset_formulas(text: str) -> Markup:
    return Markup("").join(
        escape(piece) if tex is None else formula_html(tex, piece) for piece, tex in split_formulas(text)
    )


@lru_cache(maxsize=4096)
def formula_html(tex: str, source: str) -> Markup:
    """MathML of a formula, or its source in `<code>` where it cannot be typeset."""
    try:
        return _serialize(convert_tex(tex))
    except (ValueError, RecursionError):
        return Markup('<code class="tex">{}</code>').format(source)


def _serialize(element: Element) -> Markup:
    """The element as markup, of known elements and attributes only (`\\href` and `\\style` would give others).

    Raises `ValueError` for an element that MathML does not have.
    """
    name = get_name(element)
    if name not in _MATH_ELEMENTS:
        raise ValueError(f"no element of MathML: {name!r}")
    given = Markup("").join(
        Markup(' {}="{}"').format(key, value)
        for key, value in sorted(element.attrib.items())
        if value in _MATH_ATTRIBUTES.get(key, ())
    )
    inner = escape(get_text(element)) + Markup("").join(
        _serialize(child) + escape(child.tail or "") for child in element
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), given, inner)  # noqa: S704 - a name of the set above
