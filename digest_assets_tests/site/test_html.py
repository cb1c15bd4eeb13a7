"""Text of papers and models shows as written, typeset where it is TeX, and does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from digest_assets.common.markdown import to_single_line
from digest_assets.site.html import overview_html, summary_html, text_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "<svg/onload=alert(1)>",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{<script>alert(1)</script>}$",
    r"$\style{background:url(https://example.org)}{x}$",
    r"$\class{a\" onclick=\"alert(1)}{x}$",
    "![x](https://example.org/a.png)",
    "<https://example.org>",
    "</p></li></ul><h1>x",
    "97% ⚠<b onclick=alert(1)>",
    '" onmouseover="alert(1)',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202egnp.exe\u2066",
    "```\n<script>alert(1)</script>\n```",
]
ALLOWED = {
    "div", "p", "ul", "ol", "li", "strong", "em", "code", "a", "h4", "span", "br",
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle",
}  # fmt: skip
ATTRIBUTES = {"class", "role", "aria-label", "title", "href", "display", "stretchy", "fence", "accent", "mathvariant",
              "linethickness"}  # fmt: skip

pieces = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=40) | st.sampled_from(list("$\\{}_^*`[]()<>&\"' ⚠")))


def parsed(markup: str) -> html.HtmlElement:
    return html.fragment_fromstring(markup, create_parent="div")


def assert_harmless(markup: str) -> None:
    for element in parsed(markup).iter():
        assert element.tag in ALLOWED
        assert set(element.attrib) <= ATTRIBUTES
        assert element.get("href", "../papers/a.html") == "../papers/a.html"


def test_a_formula_becomes_mathml() -> None:
    shown = parsed(text_html(r"with $\alpha^2$ steps"))
    assert shown.findtext(".//msup/mi") == "α"
    assert re.sub(r"\s+", " ", shown.text_content()) == "with α2 steps"


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\undefined{x}", r"\left(", "{" * 40, "x_", r"\begin{matrix}"])
def test_a_formula_that_cannot_be_typeset_stays_its_source(tex: str) -> None:
    text = f"before ${tex}$ after"
    if "<math" not in text_html(text):
        assert parsed(text_html(text)).text_content() == text
    assert_harmless(text_html(text))


def test_an_unknown_command_stays_its_source() -> None:
    assert text_html(r"$\undefined{x}$") == r'<code class="tex">$\undefined{x}$</code>'


@pytest.mark.parametrize("text", ["costs $5 and $10", "$ 5 $", "a $ alone", "$5", "$$"])
def test_money_is_not_a_formula(text: str) -> None:
    assert text_html(text) == text


def test_a_formula_before_a_digit_is_one_when_it_is_tex() -> None:
    assert "<math" in text_html(r"$\sim$5 points")


@pytest.mark.parametrize("text", [r"\(x^2\)", r"\[x^2\]", "$$x^2$$"])
def test_formulas_may_stand_in_other_brackets(text: str) -> None:
    assert "<msup>" in text_html(text)


def test_bidi_and_control_characters_are_dropped() -> None:
    assert text_html("a\u202eb\u2066c\x07d\u200f") == "abcd"


def test_a_figure_that_was_not_found_is_marked_and_said_in_words() -> None:
    shown = parsed(summary_html("improves by 97% ⚠ over it", by_model=False))
    assert shown.find(".//span[@class='untraced']").text == "97%\u00a0"
    assert shown.find(".//span[@role='img']").get("aria-label") == "(not found in the text read)"


def test_a_formula_that_was_not_found_keeps_its_elements_whole() -> None:
    shown = parsed(summary_html(r"up by $\max(x)$ ⚠ now", by_model=False))
    assert shown.find(".//mo") is not None
    assert shown.find(".//span[@class='warn']").text == "⚠"


def test_a_models_emphasis_is_kept_and_a_papers_stars_are_text() -> None:
    assert summary_html("a **b** c", by_model=True) == "a <strong>b</strong> c"
    assert summary_html("a **b** c", by_model=False) == "a **b** c"


def test_an_overview_links_the_editions_papers_and_nothing_else() -> None:
    markdown = "See [one](#2512.00001v1), [two](#2512.00002v1), [three](https://example.org) and [four](javascript:x)."
    shown = parsed(overview_html(markdown, {"2512.00001v1": "../papers/a.html"}))
    assert [(link.text, link.get("href")) for link in shown.iter("a")] == [("one", "../papers/a.html")]
    assert "two" in shown.text_content()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing(text: str) -> None:
    for markup in (
        text_html(text),
        summary_html(text, by_model=True),
        summary_html(text, by_model=False),
        overview_html(text, {}),
    ):
        assert_harmless(markup)


@given(pieces.map("".join))
def test_no_text_gets_an_element_or_attribute_of_its_own(text: str) -> None:
    for markup in (text_html(text), summary_html(text, by_model=True), summary_html(text, by_model=False)):
        assert_harmless(markup)
    assert_harmless(overview_html(text, {"2512.00001v1": "../papers/a.html"}))


@given(st.text().filter(lambda text: "$" not in text and "\\" not in text))
def test_text_without_formulas_shows_as_written(text: str) -> None:
    assert parsed(text_html(text)).text_content() == to_single_line(text)


@pytest.mark.timeout(60)
def test_ten_thousand_characters_without_a_space_are_typeset_in_linear_time() -> None:
    for text in (
        "x" * 10_000,
        "$" * 10_000,
        "$x_" * 3_000,
        r"\[" * 5_000,
        "`" * 10_000,
        "⚠" * 10_000,
        "x" * 10_000 + " <⚠",
    ):
        assert_harmless(text_html(text))
        assert_harmless(summary_html(text, by_model=True))
