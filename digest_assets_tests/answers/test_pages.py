"""Pages of answers: how much, in which order, and that no text gets out of its fence."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.answers.pages import MAX_CHARACTERS, Page, make_page, render_page, split_text
from digest_assets.common.errors import ReportError

texts = st.text(st.sampled_from('ab "\\\n<>/\u200b\u202e\U000e0041\x00é中{}[],'), max_size=9_000)
items = st.lists(st.dictionaries(st.sampled_from("xyz"), texts | st.lists(texts, max_size=5), min_size=1), max_size=6)


def read_items(answer: str) -> list[dict[str, Any]]:
    """The items of a rendered page, as whoever trusts its fence reads them."""
    match = re.fullmatch(r"[^\n]*\n<(data-[0-9a-f]{16})>\n(.*)\n</\1>", answer, re.DOTALL)
    assert match is not None
    assert match[2].count(match[1]) == 0
    found: list[dict[str, Any]] = json.loads(match[2])
    return found


def walk(found: list[Any], question: list[str]) -> list[Page]:
    pages = [make_page(found, question)]
    while pages[-1].next_cursor:
        pages.append(make_page(found, question, pages[-1].next_cursor))
    return pages


@given(items)
def test_pages_give_every_item_once_and_none_is_longer_than_the_limit(found: list[dict[str, Any]]) -> None:
    pages = walk(found, ["question"])
    assert sum(len(page.items) for page in pages) == len(found)
    for page in pages:
        answer = render_page(page)
        assert len(answer) <= MAX_CHARACTERS
        if found:
            assert len(read_items(answer)) == len(page.items)


def test_an_item_that_is_too_long_is_cut_and_says_so() -> None:
    (page,) = walk([{"id": "1", "claims": ["long " * 500] * 300}], [])
    assert page.items[0]["shortened"] is True
    assert page.items[0]["id"] == "1"


def test_a_long_text_is_divided_between_lines_and_loses_nothing() -> None:
    text = "".join(f"line {number} {'x' * 50}\n" for number in range(500))
    assert "".join(split_text(text)) == text
    assert all(part.endswith("\n") for part in split_text(text))
    assert "".join(split_text("y" * 10_001)) == "y" * 10_001


@pytest.mark.parametrize("cursor", ["x", "3", "1-00000000", "-1-abcdef01", "99999999-abcdef01", "１-abcdef01"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ReportError, match="not a cursor of this question"):
        make_page([{"a": 1}] * 5, ["q"], cursor)


def test_a_cursor_of_another_question_is_refused() -> None:
    found = [{"a": "x" * 3_000}] * 9
    cursor = make_page(found, ["one"]).next_cursor
    assert cursor
    with pytest.raises(ReportError, match="with the same arguments"):
        make_page(found, ["another"], cursor)


def test_letters_that_nobody_sees_are_gone() -> None:
    page = make_page([{"title": "A\u202eB\U000e0041\u200b", "authors": ["C\x1b[2J"]}], [])
    assert page.items == ({"title": "AB", "authors": ["C[2J"]},)
