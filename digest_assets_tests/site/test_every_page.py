"""Every kind of page is valid HTML, and axe finds nothing on it (https://github.com/dequelabs/axe-core).

Valid means: html5lib's strict parser finds no error (the rules of parsing, https://html.spec.whatwg.org/multipage/parsing.html),
and these rules of content hold, which parsers do not know:

- an id is there once, has no space, and every `for`, `aria-labelledby`, `aria-describedby` and `#fragment` names one;
- nothing that acts stands in a link, a button, a label or a summary; a link has an address, an image its `alt`;
- headings begin with one `h1` and skip no level; lists, tables and description lists hold what they may;
- every field has a label, and every table heading its scope; attributes are of a known list.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest
from lxml import html
from playwright.sync_api import Browser, expect

from digest_assets_tests.browser import find_violations
from digest_assets_tests.site.every_page import KINDS, build_every_page

_ACTS = "self::a or self::button or self::input or self::select or self::textarea or self::details or self::label"
_NOT_IN = {
    "a": _ACTS,
    "button": _ACTS,
    "summary": "self::a or self::button or self::input or self::details",
    "p": "self::p or self::div or self::ul or self::ol or self::table or self::details or self::section or self::pre",
    "label": "self::label or self::button or self::a",
}
_CHILDREN = {
    "ul": {"li"}, "ol": {"li"}, "dl": {"div", "dt", "dd"}, "tr": {"td", "th"}, "tbody": {"tr"}, "thead": {"tr"},
    "table": {"caption", "thead", "tbody", "tr"}, "select": {"option"},
}  # fmt: skip
_ATTRIBUTES = {
    "alt", "autocomplete", "autofocus", "charset", "class", "content", "disabled", "for", "height", "hidden", "href",
    "http-equiv", "id", "lang", "loading", "method", "action", "name", "open", "placeholder", "property", "rel", "role",
    "scope", "src", "tabindex", "title", "type", "value", "width", "defer", "display", "mathvariant", "stretchy", "fence",
    "accent", "linethickness",
}  # fmt: skip
_IN_CHARTS = "ancestor-or-self::svg"  # pygal's, whose attributes are SVG's


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of every kind."""
    return build_every_page(tmp_path_factory.mktemp("every"))


def find_errors(text: str) -> list[str]:
    """What is wrong with a page, in words."""
    parser = html5lib.HTMLParser()
    parser.parse(text)
    found = [f"{code} at {place}" for place, code, _ in parser.errors]
    return found + list(_break_rules(html.document_fromstring(text)))


def _break_rules(page: html.HtmlElement) -> Iterator[str]:
    ids = Counter(page.xpath("//@id"))
    yield from (f"the id {name!r} is there {count} times" for name, count in ids.items() if count > 1 or " " in name)
    for name in ("for", "aria-labelledby", "aria-describedby"):
        yield from (f"{name} {value!r} is no id" for value in page.xpath(f"//@{name}") if value not in ids)
    fragments = [value[1:] for value in page.xpath("//a/@href") if value.startswith("#")]
    yield from (f"#{value} is no id" for value in fragments if value not in ids)
    for outer, inner in _NOT_IN.items():
        yield from (f"<{one.tag}> in <{outer}>" for one in page.xpath(f"//{outer}//*[{inner}]"))
    for name, children in _CHILDREN.items():
        for element in page.iter(name):
            yield from (f"<{one.tag}> right in <{name}>" for one in element if one.tag not in children)
    yield from ("a link without address" for _ in page.xpath("//a[not(@href) and not(ancestor::svg)]"))
    yield from ("an image without alt" for _ in page.xpath("//img[not(@alt)]"))
    yield from (f"an empty <{one.tag}>" for one in page.xpath("//h1|//h2|//h3|//h4|//a[not(ancestor::svg)]|//summary|//dt")
                if not one.text_content().strip() and not one.get("aria-label"))  # fmt: skip
    yield from (
        "an empty list or table" for _ in page.xpath("//main//ul[not(*)]|//ol[not(*) and not(@id)]|//tbody[not(*)]")
    )
    levels = [int(one.tag[1]) for one in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} h1"
    # Beside the text, headings begin again at the second level.
    yield from (f"h{after} after h{before}" for before, after in pairwise(levels) if after > before + 1)
    for field in page.xpath("//input|//select|//textarea"):
        if not (
            field.xpath("ancestor::label")
            or field.get("aria-label")
            or page.xpath("//label[@for=$i]", i=field.get("id"))
        ):
            yield f"a field without label: {field.get('name')}"
    yield from ("a table heading without scope" for _ in page.xpath("//th[not(@scope)]"))
    for element in page.xpath(f"//*[not({_IN_CHARTS})]"):
        unknown = [
            name for name in element.attrib if name not in _ATTRIBUTES and not name.startswith(("data-", "aria-"))
        ]
        yield from (f"{name} of <{element.tag}>" for name in unknown)


def test_a_page_of_every_kind_and_every_other_page_is_valid_html(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}
    assert {name.partition("?")[0] for name in KINDS.values()} <= set(pages)
    assert {name: errors for name, text in pages.items() if (errors := find_errors(text))} == {}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("<p><div>a</div></p>", "unexpected-end-tag"),
        ('<p id="a">a</p><p id="a">b</p>', "the id 'a' is there 2 times"),
        ('<a href="x"><button>b</button></a>', "<button> in <a>"),
        ("<h3>a</h3>", "h3 after h1"),
        ("<ul><p>a</p></ul>", "<p> right in <ul>"),
        ("<input name=q>", "a field without label: q"),
        ('<p onclick="x()">a</p>', "onclick of <p>"),
    ],
)
def test_what_is_wrong_with_a_page_is_found(wrong: str, error: str) -> None:
    page = f'<!doctype html><html lang="en"><head><title>a</title></head><body><h1>a</h1>{wrong}</body></html>'
    assert any(error in found for found in find_errors(page))


@pytest.mark.long
def test_axe_finds_nothing_on_a_page_of_any_kind(browser: Browser, site: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = []
        for kind, name in KINDS.items():
            page.goto(f"{site.as_uri()}/{name}")
            if name.startswith("search"):
                expect(page.locator("#found")).to_have_attribute("data-ready", "true")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            found += [(kind, *violation) for violation in find_violations(page)]
        assert found == []


@pytest.mark.long
def test_axe_finds_what_cannot_be_read_in_the_dark(browser: Browser) -> None:
    style = "@media (prefers-color-scheme: dark) { body { background: #000 } p { color: #111 } }"
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(f'<html lang="en"><title>a</title><style>{style}</style><main><h1>Word</h1><p>word</p></main>')
        assert [(rule, places) for rule, _, places in find_violations(page)] == [("color-contrast", ["<p>word</p>"])]
