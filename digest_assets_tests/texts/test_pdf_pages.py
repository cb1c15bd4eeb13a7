"""Small pages drawn here: tables beside and below one another, raised marks."""

from collections.abc import Sequence
from pathlib import Path

import pymupdf
import pypdfium2.raw as pdfium_c
import pytest

from digest_assets.texts.document import Document
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.table_records import rank_marks

Piece = tuple[float, float, str]  # from the left, from the top, what stands there; a digit or dot alone is smaller
FILLER = "A sentence of the running text that is as wide as the column in which it stands, or nearly so."


def draw(
    path: Path, pieces: Sequence[Piece], notes: Sequence[Piece] = (), rules: Sequence[tuple[float, float, float]] = ()
) -> Document:
    """Write a page with an introduction, these pieces and footnotes and rules, and read it."""
    with pymupdf.open() as file:
        page = file.new_page()
        page.insert_text((72, 72), "1 Introduction", fontsize=14, fontname="hebo")
        for line in range(8):
            page.insert_text((72, 100 + 12 * line), FILLER, fontsize=10)
        for x, y, text in pieces:
            page.insert_text((x, y), text, fontsize=7 if text.isdigit() or text == "·" else 10)
        for x, y, text in notes:
            page.insert_text((x, y), text, fontsize=6 if text == "*" else 9)
        for x0, x1, y in rules:
            page.draw_rect((x0, y, x1, y + 0.4), fill=(0, 0, 0), width=0)
        file.save(path)
    return read_pdf(path, max_pages=1)


def tabulate(rows: Sequence[Sequence[str]], *, x: float = 90, y: float = 300, step: float = 60) -> list[Piece]:
    return [
        (x + step * column, y + 12 * row, text) for row, cells in enumerate(rows) for column, text in enumerate(cells)
    ]


def list_tables(document: Document) -> dict[str, list[tuple[str, ...]]]:
    return {table.caption[:8]: [row for row in table.rows if row[0] != "Name"] for table in document.tables}


FIRST = [["Name", "Loss", "Score"], ["Ours", "1.25", "90.1"], ["Theirs", "1.75", "88.4"]]
SECOND = [["Name", "Time", "Size"], ["Small", "3.5", "12.0"], ["Large", "7.5", "48.0"]]


def test_each_of_two_captions_below_their_tables_keeps_its_own(tmp_path: Path) -> None:
    pieces = [
        *tabulate(FIRST, y=300),
        (72, 350, "Table 1: The losses."),
        *tabulate(SECOND, y=374),
        (72, 425, "Table 2: The sizes."),
    ]
    assert list_tables(draw(tmp_path / "a.pdf", pieces)) == {
        "Table 1:": [("Ours", "1.25", "90.1"), ("Theirs", "1.75", "88.4")],
        "Table 2:": [("Small", "3.5", "12.0"), ("Large", "7.5", "48.0")],
    }


def test_tables_that_stand_side_by_side_are_two(tmp_path: Path) -> None:
    pieces = [
        (72, 280, "Table 1: The losses of both models."),
        *tabulate(FIRST, x=80, y=300),
        (320, 280, "Table 2: The sizes of both files."),
        *tabulate(SECOND, x=330, y=300),
    ]
    assert list_tables(draw(tmp_path / "a.pdf", pieces)) == {
        "Table 1:": [("Ours", "1.25", "90.1"), ("Theirs", "1.75", "88.4")],
        "Table 2:": [("Small", "3.5", "12.0"), ("Large", "7.5", "48.0")],
    }


def test_a_wide_row_of_heads_without_gaps_between_its_words_ends_no_table(tmp_path: Path) -> None:
    heads = [
        "Tokens-of-training",
        "Tokens-of-testing.",
        "Samples-of-testing",
        "Samples-of-training",
        "Evaluation-of-it",
    ]
    rows = [["Ours", "1.25", "90.1", "3.5", "7.5"], ["Theirs", "1.75", "88.4", "4.5", "8.5"]]
    pieces = [
        *tabulate([["", "English", "", "Chinese"], heads, *rows], x=80, y=300, step=87),
        (72, 280, "Table 1: All."),
    ]
    assert list_tables(draw(tmp_path / "a.pdf", pieces))["Table 1:"][-2:] == [tuple(rows[0]), tuple(rows[1])]


def test_a_caption_may_stand_a_few_lines_clear_of_its_table(tmp_path: Path) -> None:
    pieces = [*tabulate(FIRST, y=300), (72, 360, "Table 1: The losses.")]
    assert list_tables(draw(tmp_path / "a.pdf", pieces)) == {
        "Table 1:": [("Ours", "1.25", "90.1"), ("Theirs", "1.75", "88.4")]
    }


@pytest.mark.parametrize("end", ["of these functions", "for future research."])
def test_a_notes_mark_at_a_lines_end_is_no_digit(tmp_path: Path, end: str) -> None:
    last = f"cally approximate all {end}"
    pieces = [
        (72.0, 196.0, "They are known since long ago, and we asymptoti-"),
        (72.0, 208.0, last),
        (72 + pymupdf.get_text_length(last, fontsize=10), 204.0, "2"),
    ]
    document = draw(tmp_path / "a.pdf", pieces)
    assert document.sections[-1].text.endswith(f"asymptotically approximate all {end}²")


def test_the_score_says_that_a_tables_decimals_were_kept(tmp_path: Path) -> None:
    document = draw(tmp_path / "a.pdf", [*tabulate(FIRST, y=300), (72, 345, "Table 1: The losses.")])
    assert (document.score.decimals, document.score.rows) == (1.0, 1.0)


def test_a_stamp_that_runs_up_the_margin_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw(path, [])
    with pymupdf.open(path) as file:
        file[0].insert_text((24, 600), "Kept by a library for members of it on a Monday", fontsize=10, rotate=90)
        file.saveIncr()
    text = "\n".join(section.text for section in read_pdf(path, max_pages=1).sections)
    assert "library" not in text
    assert FILLER in text


def test_an_item_goes_on_behind_the_line_with_its_smaller_bullet(tmp_path: Path) -> None:
    pieces: list[Piece] = [(80, 220, "·"), (90, 220, "We propose a model of several dimensions that")]
    pieces += [(90, 232, "can predict much better than the models that were known before")]
    text = draw(tmp_path / "a.pdf", pieces).sections[0].text
    assert "dimensions that can predict" in text


def test_a_dash_before_a_label_is_no_value(tmp_path: Path) -> None:
    rows = [["Kind", "Amount"], ["All sentences", "3781"], ["- mixing", "1853"], ["- heating", "973"]]
    document = draw(tmp_path / "a.pdf", [(72, 280, "Table 1: The sentences."), *tabulate(rows, y=300, step=120)])
    assert document.tables[0].rows == (
        ("Kind", "Amount"),
        ("All sentences", "3781"),
        ("- mixing", "1853"),
        ("- heating", "973"),
    )


def test_a_footnote_parts_no_sentence(tmp_path: Path) -> None:
    pieces = [
        (72, 196, "They have been known for years as the best ways of modelling and"),
        (72, 300, "of translating."),
    ]
    notes = [(72, 208.5, "*"), (75, 211, "Equal contribution."), (72, 221, "Both wrote every line of it.")]
    paragraphs = draw(tmp_path / "a.pdf", pieces, notes).sections[0].text.split("\n\n")
    assert paragraphs[0].endswith("modelling and of translating.")


def test_a_sentence_that_a_float_cuts_goes_on_behind_it_with_a_name_or_a_number(tmp_path: Path) -> None:
    cut = "On the data that all of them have, our ensemble has an error of four percent on the"
    pieces = [
        (72, 240, "It is known by all of them that a model of this kind does well, and"),
        (72, 252, cut),
        (72, 280, "Figure 1: How well they do it."),
    ]
    pieces += [(72, 310, "ImageNet test set, and has won the first place of the competition of that year.")]
    paragraphs = draw(tmp_path / "a.pdf", pieces).sections[0].text.split("\n\n")
    assert any(f"{cut} ImageNet test set" in paragraph for paragraph in paragraphs)


def test_a_reference_at_a_lines_start_is_no_caption(tmp_path: Path) -> None:
    pieces = [(72, 240, "We compare it with all of the larger ones that were known before, as is shown in")]
    pieces += [(72, 252, "Table 3. It is useful to compare them all.")]
    assert "shown in Table 3. It is" in draw(tmp_path / "a.pdf", pieces).sections[0].text


def test_bold_is_best_and_underlined_second_but_a_tables_rules_mark_nothing(tmp_path: Path) -> None:
    rows = [["Name", "Loss", "Score"], ["Ours", "1.25", "90.1"], ["Theirs", "1.75", "88.4"], ["Third", "2.25", "80.2"]]
    rules = [(210.0, 229.5, 313.5)]  # right under 90.1, as wide
    rules += [(88.0, 140.0, 314.5), (140.0, 200.0, 314.5), (130.0, 190.0, 326.0)]  # between the rows, wider
    document = draw(tmp_path / "a.pdf", [(72, 280, "Table 1: Losses."), *tabulate(rows, y=300)], rules=rules)
    assert [(cell.text, cell.emphasis) for cell in document.tables[0].cells if cell.emphasis] == [("90.1", "best")]
    assert rank_marks({(1, 1)}, {(2, 1)}) == {(1, 1): "best", (2, 1): "second"}


def test_an_algorithms_steps_are_lines(tmp_path: Path) -> None:
    steps = ["1: for all of the numbers that are given do", "2: add the number to what was added before", "3: end for"]
    pieces = [(72.0, 240.0 + 12 * place, step) for place, step in enumerate(steps)]
    text = draw(tmp_path / "a.pdf", [(72, 220, "Algorithm 1: The sum."), *pieces]).sections[0].text
    assert "\n\n" + "\n".join(steps) in text


def test_an_algorithms_lines_without_numbers_are_lines_and_the_text_goes_on_behind_it(tmp_path: Path) -> None:
    steps = ["Input: numbers x", "s = 0", "for all numbers x do", "s = s + x", "end for", "return s"]
    pieces = [(72.0 + 10 * (step[0] == "s"), 240.0 + 12 * place, step) for place, step in enumerate(steps)]
    pieces += [(72, 226, "Algorithm 1 The sum of numbers"), (72, 340, FILLER), (72, 352, FILLER)]
    text = draw(tmp_path / "a.pdf", pieces).sections[0].text
    lines = "\n".join(steps)
    assert f"\n\nAlgorithm 1 The sum of numbers\n\n{lines}\n\n{FILLER} {FILLER}" in text


def test_references_without_a_heading_are_no_text(tmp_path: Path) -> None:
    entries = [
        (72.0, 240.0 + 12 * place, f"[{place}] A. Somebody and B. Other, Phys. Rev. {place}, 10 (200{place}).")
        for place in range(1, 9)
    ]
    document = draw(tmp_path / "a.pdf", [(72, 210, "We thank all for what they did."), *entries])
    (section,) = document.sections
    assert "Somebody" not in section.text
    assert section.text.endswith("what they did.")


def test_things_that_are_counted_without_years_are_text(tmp_path: Path) -> None:
    items = [
        (72.0, 240.0 + 12 * place, f"[{place}] A question that we asked of everybody there.") for place in range(1, 9)
    ]
    assert "[8] A question" in draw(tmp_path / "a.pdf", items).sections[0].text


def test_a_page_whose_text_cannot_be_had_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    draw(path, [])
    with pymupdf.open(path) as file:
        file.new_page()
        file.saveIncr()
    load = pdfium_c.FPDFText_LoadPage
    loaded: list[object] = []

    def fail_for_the_second(page: object) -> object:
        loaded.append(page)
        return load(page) if len(loaded) == 1 else None

    monkeypatch.setattr(pdfium_c, "FPDFText_LoadPage", fail_for_the_second)
    document = read_pdf(path, max_pages=2)
    assert document.pages == 2
    assert FILLER in document.sections[0].text


def test_chinese_headings_are_found(tmp_path: Path) -> None:
    with pymupdf.open() as file:
        page = file.new_page()
        top = 80
        for heading in ("摘要", "1 引言", "2 相关工作", "3 我们的模型", "3.1 数据", "结论", "参考文献"):
            page.insert_text((72, top), heading, fontsize=14, fontname="china-s")
            for line in range(3):
                page.insert_text(
                    (72, top + 22 + 14 * line), "这是正文的一句话，它和栏一样宽。" * 2, fontsize=10, fontname="china-s"
                )
            top += 90
        file.save(tmp_path / "a.pdf")
    sections = read_pdf(tmp_path / "a.pdf", max_pages=1).sections
    assert [(part.level, part.number, part.heading) for part in sections] == [
        (0, "", "Abstract"),
        (1, "1", "引言"),
        (1, "2", "相关工作"),
        (1, "3", "我们的模型"),
        (2, "3.1", "数据"),
        (1, "", "结论"),
    ]


def test_running_heads_are_neither_headings_nor_text(tmp_path: Path) -> None:
    with pymupdf.open() as file:
        for number in range(1, 7):
            page = file.new_page()
            left, right = ("Somebody et al.", str(number)) if number % 2 else (str(number), "3 A LONG MODEL")
            page.insert_text((72, 40), left, fontsize=10)
            page.insert_text((400, 40), right, fontsize=10, fontname="hebo")
            page.insert_text((72, 90), f"{number} Heading {'abcdef'[number - 1].upper()}", fontsize=14, fontname="hebo")
            for line in range(12):
                page.insert_text((72, 112 + 12 * line), FILLER, fontsize=10)
        file.save(tmp_path / "a.pdf")
    sections = read_pdf(tmp_path / "a.pdf", max_pages=6).sections
    assert [f"{part.number} {part.heading}" for part in sections] == [
        f"{n} Heading {'ABCDEF'[n - 1]}" for n in range(1, 7)
    ]
    assert not any("Somebody" in part.text or "LONG MODEL" in part.text for part in sections)
