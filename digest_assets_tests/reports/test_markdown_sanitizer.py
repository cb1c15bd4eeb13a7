"""A model's Markdown keeps what a report may hold, and nothing that acts on it."""

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from digest_assets.reports.markdown_sanitizer import find_anchors, sanitize_blocks, sanitize_line, strip_markdown
from digest_assets_tests.common.test_markdown import ANY
from digest_assets_tests.reports.hostile import hostile

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BLOCKS = {"paragraph", "inline", "bullet_list", "ordered_list", "list_item", "heading"}


@given(ANY | hostile)
def test_only_paragraphs_lists_and_low_headings_are_left(source: str) -> None:
    tokens = READER.parse(sanitize_blocks(source, ["2512.00001v1"]))
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= BLOCKS
    assert {token.tag for token in tokens if token.type == "heading_open"} <= {"h4"}
    children = [child for token in tokens for child in token.children or []]
    assert not any(child.type in ("html_inline", "image") for child in children)
    assert {child.attrs["href"] for child in children if child.type == "link_open"} <= {"#2512.00001v1"}


@given(ANY | hostile)
def test_a_line_is_one_paragraph_without_links(source: str) -> None:
    made = sanitize_line(source)
    assert "\n" not in made
    tokens = READER.parse(f"- **Label**: {made}")
    children = [child for token in tokens for child in token.children or []]
    assert not any(child.type in ("html_inline", "image", "link_open") for child in children)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**bold** and *em* and `code`", "**bold** and *em* and `code`"),
        ("# Title\n\ntext", "#### Title\n\ntext"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("**Links:**\n\nx", "#### Links:\n\nx"),
        ("* a\n* b\n  * c", "- a\n- b\n  - c"),
        ("2. a\n3. b", "2. a\n3. b"),
        ("> quoted", "quoted"),
        ("```html\n<b>\n```", "&lt;b>"),
        ("[x](javascript:alert(1)) [y](#2512.00001v1)", "\\[x\\](javascript:alert(1)) [y](#2512.00001v1)"),
        (r"$\{a_{i}\}_{j}$ and $a_{b}}_{c}$", r"$\\{a_{i}\\}\_{j}$ and $a_{b}}\_{c}$"),
        ("**“引用”**在中文", "“**引用**”在中文"),
        ("**粗体（x）**旁边", "**粗体（x**）旁边"),
    ],
)
def test_blocks(source: str, expected: str) -> None:
    assert sanitize_blocks(source, ["2512.00001v1"]) == expected


def test_a_title_in_a_link_shows_its_formula_as_written() -> None:
    label = r"The $\\mathcal{L}\_{x}$ of $\\\{y\\\}$"
    assert r"$\mathcal{L}\_{x}$ of $\\{y\\}$](#1)" in sanitize_blocks(f"[{label}](#1)", ["1"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("> 90% of cases", r"\> 90% of cases"),
        ("- 3.2 dB against X", r"\- 3.2 dB against X"),
        ("+ 5% on Y", r"\+ 5% on Y"),
        ("-5% on Z", "-5% on Z"),
        ("- a point of a list", "a point of a list"),
    ],
)
def test_a_sign_before_a_number_stays(source: str, expected: str) -> None:
    assert sanitize_line(source) == expected


def test_a_list_of_numbers_stays_a_list() -> None:
    assert sanitize_blocks("- 5 datasets\n- 3 tasks") == "- 5 datasets\n- 3 tasks"


def test_a_line_runs_blocks_together() -> None:
    assert sanitize_line("# A\n\n- b\n- c\n\nd\ne") == "A b; c d e"


def test_words_are_without_any_markup() -> None:
    assert strip_markdown("**a**b [c](http://d) `e`\n\n- f") == "ab c e f"


def test_links_are_the_anchors_in_order() -> None:
    assert find_anchors("[a](#x1) [b](http://y) [c](#x2)") == ["x1", "x2"]
