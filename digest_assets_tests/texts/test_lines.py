"""Lines of a PDF: made clean, words mended, furniture taken off, columns put in order."""

import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from digest_assets.texts.layout import build_blocks, build_sections
from digest_assets.texts.lines import (
    HYPHEN_MARK,
    Dehyphenator,
    PdfLine,
    PdfPage,
    join_and_dehyphenate,
    join_lines,
    normalize_characters,
    remove_furniture,
)
from digest_assets.texts.reading_order import order_lines


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("eﬃcient ﬂow", "efficient flow"),
        ("M¨uller", "Müller"),
        ("Te\u02c7sanovi´c", "Tešanović"),
        ("caf´ e", "café"),
        ("na¨ıve", "naïve"),
        ("‘‘quoted’’", "“quoted”"),
        ("a\u00a0b\u00ad", "a b"),
        ("𝑥 + 𝐀", "x + A"),
        ("m², 10µm, 5×5", "m², 10µm, 5×5"),
    ],
)
def test_signs_are_made_clean(raw: str, text: str) -> None:
    assert normalize_characters(raw) == text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the trans-", "former model"], "the transformer model"),
        ([f"the trans{HYPHEN_MARK}former"], "the transformer"),
        (["a well-known fact is well-", "known to all"], "a well-known fact is well-known to all"),
        (["Jackson-", "Henderson"], "Jackson-Henderson"),
        (["state-of-the-", "art"], "state-of-the-art"),
        (["our 34-", "layer net"], "our 34-layer net"),
        (["numbers 3 -", "4"], "numbers 3 - 4"),
        (["We use x", ", which is y"], "We use x, which is y"),
    ],
)
def test_divided_words_are_mended(lines: list[str], text: str) -> None:
    assert join_and_dehyphenate(lines) == text


def test_the_papers_own_words_decide_about_a_hyphen() -> None:
    assert Dehyphenator(["the low level code"]).dehyphenate(f"low{HYPHEN_MARK}level") == "low-level"
    assert Dehyphenator(["the lowlevel code"]).dehyphenate(f"low{HYPHEN_MARK}level") == "lowlevel"


@given(st.lists(st.text(max_size=30), max_size=8))
def test_mending_loses_no_letter(lines: list[str]) -> None:
    def letters(text: str) -> list[str]:
        return [sign for sign in text if sign.isascii() and sign.isalnum()]

    assert letters(join_and_dehyphenate(lines)) == letters("".join(map(normalize_characters, lines)))


@given(st.text(max_size=60))
@example("na¨ıve ﬁelds")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assume(sum(sign in "´`¨ˆ˜ˇ¸˚¯˙˘˝" for sign in text) < 2)  # loose accents in a row belong to nothing
    assert normalize_characters(normalize_characters(text)) == normalize_characters(text)


_count = itertools.count()


def running(count: int, x: float = 72.0, top: float = 700.0, width: float = 468.0) -> list[PdfLine]:
    """Lines of running text, no two of them the same."""
    lines = []
    for place in range(count):
        number = next(_count)
        name = chr(97 + number % 26) + chr(97 + number // 26 % 26)
        y = top - 12 * place
        lines.append(PdfLine(f"and so the text {name} goes on and on", x, x + width, y, y, 10.0))
    return lines


def page(*lines: PdfLine) -> PdfPage:
    return PdfPage(612, 792, list(lines))


def at(text: str, y: float, x: float = 72.0, size: float = 10.0, bold: bool = False) -> PdfLine:
    return PdfLine(text, x, x + 5 * len(text), y, y, size, bold)


def test_running_heads_and_page_numbers_are_taken_off() -> None:
    pages = [
        page(at("A. Author et al.", 760), *running(50), at(f"{number}", 40, x=300), at("Journal of Papers, 2025", 30))
        for number in range(1, 6)
    ]
    for before, after in zip(pages, remove_furniture(pages), strict=True):
        assert after.lines == before.lines[1:-2]


def test_the_stamp_in_the_margin_is_taken_off() -> None:
    stamp = PdfLine("arXiv:2510.00001v1 [cs.CV] 1 Oct 2025", 20, 32, 230, 560, 20, rotated=True)
    (after,) = remove_furniture([page(*running(50), stamp)])
    assert len(after.lines) == 50


def test_a_caption_that_stands_alone_at_the_top_of_a_page_is_no_furniture() -> None:
    pages = [page(at("TABLE 1: A SIMPLE TABLE", 760), *running(50)), page(at("An odd head", 760), *running(50))]
    assert [len(after.lines) for after in remove_furniture(pages)] == [51, 50]


def test_a_heading_that_stands_as_high_as_the_text_of_other_pages_is_no_furniture() -> None:
    heading = page(at("4 Experiments", 740, bold=True), *running(50, top=705))
    pages = [page(*running(53, top=740)), heading, page(*running(53, top=740))]
    assert [len(after.lines) for after in remove_furniture(pages)] == [53, 51, 53]
    above = [page(*running(50)), heading, page(*running(50))]
    assert [len(after.lines) for after in remove_furniture(above)] == [50, 50, 50]


def test_a_line_that_was_made_of_two_rows_stands_no_further_from_the_next_one() -> None:
    first = PdfLine("begins a har\ufffebour at the top", 72, 540, 712, 700, 10.0)
    pages = [page(first, *running(40, top=688)), page(*running(40, top=712))]
    assert [len(after.lines) for after in remove_furniture(pages)] == [41, 40]


def test_a_paragraph_that_ends_a_page_is_no_furniture() -> None:
    pages = [page(*running(52)) for _ in range(4)]
    assert [len(after.lines) for after in remove_furniture(pages)] == [52] * 4


def test_the_left_column_comes_before_the_right_one() -> None:
    left, right = running(30, width=220), running(30, x=320, width=220)
    title = [PdfLine("A title over both columns of the page", 150, 460, 740, 740, 16)]
    mixed = [line for pair in zip(right, left, strict=True) for line in pair]
    assert list(order_lines(page(*title, *right, *left))) == [*title, *left, *right]
    assert next(iter(order_lines(page(*mixed, *title)))).text == title[0].text


def test_a_paragraph_goes_on_past_a_float() -> None:
    before = [*running(20), at("We begin a sentence that a picture interrupts and", 460)]
    after = [at("end it below the picture in another place.", 290), *running(12, top=278)]
    (first, caption) = build_blocks([page(*before, at("Figure 1: The picture.", 320), *after)])
    assert "interrupts and end it below the picture in another place. and so" in first.text
    assert caption.text == "Figure 1: The picture."


def test_headings_count_on() -> None:
    lines = [
        at("Abstract", 740, size=12, bold=True),
        *running(3, top=720),
        at("1 Introduction", 660, size=12, bold=True),
        *running(3, top=640),
        at("1. We propose something that is a list item.", 590),
        at("2 Related Work", 560, size=12, bold=True),
        *running(3, top=540),
        at("2.1 Older Work", 490, bold=True),
        *running(3, top=470),
        at("5 Not a Section", 420, size=12, bold=True),
        at("References", 400, size=12, bold=True),
        *running(3, top=380),
    ]
    found = [(part.number, part.heading) for part in build_sections([page(*lines)])]
    assert found == [("", "Abstract"), ("1", "Introduction"), ("2", "Related Work"), ("2.1", "Older Work")]


def test_what_stands_in_a_drawing_is_left_out() -> None:
    labels = [at(f"conv {place}", 600 - 30 * place, x=100 + 60 * (place % 3), size=6) for place in range(8)]
    lines = [*running(5), *labels, at("Figure 2: The network and its layers.", 330), *running(8, top=300)]
    text = " ".join(block.text for block in build_blocks([page(*lines)]))
    assert "conv" not in text
    assert "Figure 2" in text


def test_joining_keeps_the_mark_of_a_divided_word() -> None:
    assert join_lines(["trans-", "former"]) == f"trans{HYPHEN_MARK}former"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["at https://github.com/", "tensorflow/tensor2tensor."], "at https://github.com/tensorflow/tensor2tensor."),
        (["at https://", "example.org/a"], "at https://example.org/a"),
        (["at https://example.org/some-", "thing now"], "at https://example.org/some-thing now"),
        (["https://doi.org/10.48550/arXiv.2311.", "12022."], "https://doi.org/10.48550/arXiv.2311.12022."),
        (["https://example.", "org/P17-1147."], "https://example.org/P17-1147."),
        (["at https://example.org/", "and weights"], "at https://example.org/ and weights"),
        (["at https://example.org/a.", "Then"], "at https://example.org/a. Then"),
        (["at https://example.org/a.", "3) Then"], "at https://example.org/a. 3) Then"),
        (["and/", "or"], "and/ or"),
    ],
)
def test_a_web_address_goes_on_in_the_next_line(lines: list[str], text: str) -> None:
    assert Dehyphenator([]).dehyphenate(join_lines(lines)) == text


def test_a_web_address_is_divided_at_its_own_hyphen() -> None:
    assert Dehyphenator([]).dehyphenate(f"https://a.org/blog{HYPHEN_MARK}x b") == ("https://a.org/blog-x b")
