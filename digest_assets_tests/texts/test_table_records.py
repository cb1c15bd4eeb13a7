"""Grids of texts as records: heads, row labels, values and units."""

import pytest

from digest_assets.texts.table_records import MAX_CELLS, build_table, format_rows, parse_value


@pytest.mark.parametrize(
    ("text", "head", "value", "unit"),
    [
        ("82.5", "", 82.5, ""),
        ("92.1%", "", 92.1, "%"),
        ("12 ms", "", 12.0, "ms"),
        ("12", "Latency (ms)", 12.0, "ms"),
        ("4.33", "PPL (dev)", 4.33, ""),
        ("4.5", "Speed (tokens/s) ↑", 4.5, "tokens/s"),
        ("3.4×", "", 3.4, "×"),
        ("7B", "", 7.0, "B"),
        ("1,234.5", "", 1234.5, ""),
        ("−3.2", "", -3.2, ""),
        ("77.1 ± 0.2", "", 77.1, ""),
        ("85.7 (+2.7)", "", 85.7, ""),
        ("89.9†", "", 89.9, ""),
        ("1.2e-4", "", 1.2e-4, ""),
        (r"$3.3\cdot 10^{18}$", "", 3.3e18, ""),
        ("–", "", None, ""),
        ("GPT-4", "", None, ""),
        ("3D convolution", "", None, ""),
        ("", "", None, ""),
    ],
)
def test_a_value_and_its_unit(text: str, head: str, value: float | None, unit: str) -> None:
    assert parse_value(text, head) == (value, unit)


def test_heads_and_labels_are_found_without_marks() -> None:
    table = build_table(
        [
            ["", "", "GLUE", "GLUE"],
            ["Size", "Model", "MNLI", "QNLI"],
            ["7B", "Base", "80.1", "90.2"],
            ["7B", "Ours", "82.5", "91"],
        ]
    )
    assert table.rows[0] == ("Size", "Model", "GLUE MNLI", "GLUE QNLI")
    assert [(cell.row_label, cell.heads, cell.value) for cell in table.cells][:2] == [
        ("7B Base", ("GLUE MNLI",), 80.1),
        ("7B Base", ("GLUE QNLI",), 90.2),
    ]


def test_a_row_of_one_text_names_the_rows_that_follow() -> None:
    table = build_table([["Model", "F1"], ["Supervised", "Supervised"], ["A", "1.5"]])
    assert format_rows(table) == "Model | F1\nSupervised\nA | 1.5"
    assert [(cell.row, cell.text) for cell in table.cells] == [(2, "1.5")]


def test_heads_that_stand_anew_hold_for_what_follows() -> None:
    table = build_table([["A", "F1"], ["x", "1.5"], ["B", "EM"], ["y", "2.5"]], head_rows=[0, 2])
    assert [(cell.heads, cell.row_label) for cell in table.cells] == [(("F1",), "x"), (("EM",), "y")]


def test_short_rows_are_filled_up_and_huge_ones_cut() -> None:
    assert build_table([["A", "F1"], ["x"]]).rows[1] == ("x", "")
    huge = build_table([["1"] * (2 * MAX_CELLS)] * 3)
    assert sum(map(len, huge.rows)) <= MAX_CELLS
