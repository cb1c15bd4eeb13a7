"""What a paper or a model wrote shows as written, and does nothing."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest_assets.common.markdown import (
    Markdown,
    build_counts_table,
    build_markdown_table,
    escape_cell,
    escape_in_html,
    escape_link_text,
    escape_text,
    normalize_names,
    to_single_line,
)

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

# Much of what Markdown, HTML and TeX act on, so that few examples meet many rules.
HOSTILE = st.text(
    st.sampled_from(list("ab1 9  \t\n\\`*_{}[]()<>#+-=.!|~$&;:/\"'^%@é中”：\u202e\u200b\x00\x1b")), max_size=40
)
ANY = st.one_of(HOSTILE, st.text(max_size=40))


def shown(markdown: str) -> str:
    """What a CommonMark reader shows of one paragraph that holds nothing but text."""
    tokens = READER.parse(markdown)
    if not tokens:
        return ""
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "code_inline"}
    return "".join(child.content for child in children)


@given(ANY)
@example("# Heading")
@example("1. item")
@example("[x]: http://evil.example")
@example("<script>alert(1)</script>")
@example(r"$\mathcal{L}_{a} + \mathcal{L}_{b}$ and \{x\} \| y \\ z")
@example("**bold** __bold__ ~~gone~~ ~gone~")
@example("a &lt; b &amp;amp; c")
def test_text_shows_as_written_in_a_paragraph(value: str) -> None:
    assert shown(escape_text(value)) == to_single_line(value)


@given(ANY)
def test_link_text_shows_as_written_between_brackets(value: str) -> None:
    tokens = READER.parse(f"x [{escape_link_text(value)}](https://arxiv.org/abs/2512.00001)")
    children = tokens[1].children or []
    assert [child.type for child in children if child.type != "text"] == ["link_open", "link_close"]
    inside = children[[child.type for child in children].index("link_open") + 1 : -1]
    assert "".join(child.content for child in inside) == to_single_line(value)


@given(ANY, ANY)
def test_cells_of_a_table_show_as_written(left: str, right: str) -> None:
    tokens = READER.parse(
        f"| A | B |\n|---|---|\n| {escape_cell(escape_text(left))} | {escape_cell(escape_text(right))} |\n"
    )
    cells = [token.children or [] for token in tokens if token.type == "inline"][2:]
    assert ["".join(child.content for child in children) for children in cells] == [
        to_single_line(left),
        to_single_line(right),
    ]


@given(ANY)
def test_emphasis_of_a_template_holds_around_any_text(value: str) -> None:
    tokens = READER.parse(f"*a{escape_text(value)}b*")
    children = tokens[1].children or []
    assert [child.type for child in children if child.type not in ("text", "code_inline")] == ["em_open", "em_close"]


@given(ANY)
def test_raw_text_opens_no_tag_and_no_entity(value: str) -> None:
    tokens = READER.parse(f"<details>\nMotivation: {escape_in_html(value)}\n</details>\n")
    assert [token.type for token in tokens] == ["html_block"]
    assert re.search(r"<(?!/?code>)[a-zA-Z/!?]", escape_in_html(value)) is None


@given(ANY)
def test_folding_is_one_line_without_anything_unseen(value: str) -> None:
    folded = to_single_line(value)
    assert folded == to_single_line(folded)
    assert not any(character in folded for character in "\n\r\t\u2028\u202e\u2066\u200b\x00\x1b\ufeff")
    folded.encode("utf-8")


def test_every_title_abstract_and_name_of_a_real_mailing_shows_as_written(corpus: Path) -> None:
    with gzip.open(corpus / "arxiv" / "2025-12-05.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    values = [value for paper in papers for value in (paper["title"], paper["abstract"], *paper["authors"])]
    assert [value for value in values if shown(escape_text(value)) != to_single_line(value)] == []


@pytest.mark.parametrize(
    "plain",
    [
        "x_1 and W_Q",
        "$p < 0.05$",
        "about ~10 to ~20",
        "a [CLS] token",
        "a (b) {c}",
        "50% & more",
        "C# and -5%",
        "3.5 x",
    ],
)
def test_what_nothing_acts_on_is_left_readable(plain: str) -> None:
    assert escape_text(plain) == plain


def test_names_hold_no_comma_of_their_own() -> None:
    assert normalize_names(["John  Smith, Jr.", " ", ":", "Ann\nLee", "Ω 3"]) == ["John Smith Jr.", "Ann Lee", "Ω 3"]


def test_a_line_break_of_tex_is_no_part_of_a_name() -> None:
    assert normalize_names(["Ann Lee\\\\", "Bo \\'Ek"]) == ["Ann Lee", "Bo \\'Ek"]


def test_markdown_is_a_string_that_templates_let_through() -> None:
    assert isinstance(escape_text("a"), Markdown)
    assert escape_text("*") == r"\*"


def test_a_table_aligns_numbers_and_says_how_many_rows_more_there_are() -> None:
    table = build_markdown_table(("id", "upvotes"), [("2512.00001", 3), ("2512.00002", 12), ("x", 1)], max_rows=2)
    assert table.splitlines() == [
        "| id | upvotes |",
        "| --- | ---: |",
        "| 2512.00001 | 3 |",
        "| 2512.00002 | 12 |",
        "",
        "… and 1 more",
    ]


def test_a_table_without_rows_has_its_head() -> None:
    assert build_markdown_table(("a", "b"), []) == "| a | b |\n| --- | --- |"


@given(ANY, ANY)
def test_cells_of_a_built_table_show_as_written(left: str, right: str) -> None:
    tokens = READER.parse(build_markdown_table(("A", "B"), [(left, right), (None, Markdown("*x*"))]))
    cells = [token.children or [] for token in tokens if token.type == "inline"][2:]
    shown_texts = ["".join(child.content for child in children) for children in cells]
    assert shown_texts == [to_single_line(left), to_single_line(right), "", "x"]


def test_a_long_cell_is_cut() -> None:
    assert "a" * 119 + "… |" in build_markdown_table(("a",), [("a" * 200,)])


def test_counts_are_sorted_by_number_then_name() -> None:
    table = build_counts_table("topic", Counter({"b": 1, "a": 1, "c": 5}))
    assert table.splitlines()[2:] == ["| c | 5 |", "| a | 1 |", "| b | 1 |"]
