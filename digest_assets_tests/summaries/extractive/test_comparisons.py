"""A paper's best number beside the next best: from its own tables, by the right row, and never where it does not win."""

from typing import Any

import pytest

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.comparisons import find_table_comparison, is_comparison
from digest_assets.testing.summary_days import make_numbered_paper
from digest_assets.texts.table_records import build_table, format_rows, rank_marks
from digest_assets.texts.tables import Section, StoredTable, TextRow

PAPER = make_numbered_paper(1, title="Lantern: Maps at night")
HEAD = ("Method", "NightMaps accuracy (%) ↑", "Latency (ms) ↓")
ROWS = (("DimNet", "58.2", "31"), ("GlowNet", "60.4", "22"), ("Lantern (ours)", "66.5", "14"))


def read(rows: Any = ROWS, head: Any = HEAD, caption: str = "Table 2: Results on NightMaps.", **values: Any) -> TextRow:
    table = build_table([head, *rows], caption=caption, **values)
    section = Section(role="results", level=1, heading="Results", text=f"{caption}\n\n{format_rows(table)}")
    return TextRow(
        day=PAPER.day,
        id=PAPER.id,
        source="html",
        sections=(section,),
        characters=len(section.text),
        sha256="0" * 64,
        tables=(StoredTable.model_validate(table.to_dict()),),
    )


def compare(text: TextRow, paper: PaperRow = PAPER) -> str | None:
    found = find_table_comparison(paper, text, "en")
    return found.text if found else None


def test_the_own_row_stands_beside_the_next_best() -> None:
    assert compare(read()) == "Lantern has 66.5 against 60.4 of GlowNet: NightMaps accuracy (%) (Table 2)"


def test_less_is_better_where_the_head_says_so() -> None:
    head = ("Method", "Latency (ms) ↓")
    text = read([(row[0], row[2]) for row in ROWS], head)
    assert compare(text) == "Lantern has 14 against 22 of GlowNet: Latency (ms) (Table 2)"


def test_bold_type_says_what_is_better_where_no_arrow_does() -> None:
    head = ("Method", "Glow", "Gleam")
    assert compare(read(head=head)) is None  # more or less: nobody knows
    text = read(head=head, emphasis=rank_marks([(3, 1)], []))
    assert compare(text) == "Lantern has 66.5 against 60.4 of GlowNet: Glow (Table 2)"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("PSNR (dB)", "Lantern has 66.5 against 60.4 of GlowNet: PSNR (dB) (Table 2)"),
        ("Error", None),  # its error is the greatest
        ("Error at 90% precision", None),  # both ways
    ],
)
def test_a_measure_that_everybody_reads_one_way_needs_no_arrow(head: str, expected: str | None) -> None:
    assert compare(read([row[:2] for row in ROWS], ("Method", head))) == expected


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((*ROWS[:2], ("Lantern (ours)", "59.0", "40")), id="another is better"),
        pytest.param((*ROWS[:2], ("Nightfall", "66.5", "14")), id="no row of its own"),
        pytest.param((ROWS[0], ROWS[2]), id="one other alone"),
        pytest.param((("Lantern w/o glow", "58.2", "31"), ("Lantern w/o wick", "60", "30"), ROWS[2]), id="ablations"),
    ],
)
def test_a_table_in_which_it_does_not_win_gives_nothing(rows: Any) -> None:
    assert compare(read(rows)) is None


def test_a_table_of_ablations_gives_nothing() -> None:
    assert compare(read(caption="Table 3: Ablation of the stages.")) is None


@pytest.mark.parametrize(
    ("sentence", "compares"),
    [
        ("It gains 3.3 points over DimNet.", True),
        ("Latency falls from 31 ms to 14 ms.", True),
        ("准确率提升 3.3%。", True),
        ("It reaches 66.5% on NightMaps.", False),
        ("Readers understood 82% of it, compared with 61% for DimNet.", True),
        ("It is better than DimNet.", False),
        ("It boosts many models and reaches a near state-of-the-art FID of 1.29.", False),
        ("It brings a 32.2% FID improvement on NightMaps.", True),
        (r"It is \textbf{2.4$\times$ faster than DimNet.", False),
    ],
)
def test_a_comparison_has_a_measured_number_and_says_beside_what(sentence: str, compares: bool) -> None:
    assert is_comparison(sentence) == compares
