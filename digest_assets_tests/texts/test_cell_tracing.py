"""Which cell of which table a number comes from."""

from dataclasses import asdict

import pytest

from digest_assets.texts.cell_tracing import trace_to_cell
from digest_assets.texts.document import Table
from digest_assets.texts.table_records import build_table
from digest_assets.texts.tables import StoredTable

TABLES = [
    build_table(
        [
            ["Benchmark", "GPT-4o", "DeepSeek-R1"],
            ["DROP", "83.7", "92.2"],
            ["MMLU", "87.2", "90.8"],
            ["C-Eval", "76.0", "91.8"],
            ["Shots", "3", "3"],
        ],
        caption="Table 4: Comparison with other models.",
    ),
    build_table(
        [["Model", "Accuracy (%)", "Layers"], ["Base", "83.7", "12"], ["Large", "90.8", "24"]],
        caption="TABLE II. Ablation.",
    ),
]


def trace(number: str, sentence: str, tables: list[Table] = TABLES) -> str:
    return str(trace_to_cell(number, sentence, tables))


def test_a_number_is_traced_to_its_cell() -> None:
    assert trace("92.2", "It reaches 92.2 on DROP.") == "92.2, DROP, DeepSeek-R1 (Table 4)"


@pytest.mark.parametrize(
    ("sentence", "cell"),
    [
        ("On MMLU, DeepSeek-R1 reaches 90.8.", "90.8, MMLU, DeepSeek-R1 (Table 4)"),
        ("The large model has an accuracy of 90.8%.", "90.8, Large, Accuracy (%) (TABLE II)"),
        ("It reaches 90.8.", "None"),
    ],
)
def test_of_several_cells_the_sentence_names_one_or_none(sentence: str, cell: str) -> None:
    assert trace("90.8", sentence) == cell


def test_a_row_and_a_head_that_are_named_say_more_than_many_words_of_one() -> None:
    tables = [
        build_table(
            [["Model", "Alpha", "Beta"], ["our large new model", "1.5", "2.0"], ["tiny", "2.5", "1.5"]],
            caption="Table 1",
        )
    ]
    assert (
        trace("1.5", "Of our large new model and a tiny one, Beta of the tiny is 1.5.", tables)
        == "1.5, tiny, Beta (Table 1)"
    )


def test_a_whole_number_needs_a_word_of_its_row_or_head() -> None:
    assert trace("24", "We train for 24 hours.") == "None"
    assert trace("24", "The large model has 24 layers.") == "24, Large, Layers (TABLE II)"


@pytest.mark.parametrize("number", ["99.9", "many", ""])
def test_what_no_cell_holds_is_not_traced(number: str) -> None:
    assert trace(number, f"It reaches {number} on DROP.") == "None"


def test_another_unit_is_another_quantity() -> None:
    tables = [build_table([["Model", "Time (ms)"], ["Base", "5.5"]], caption="Table 1")]
    assert trace("5.5%", "Base gains 5.5%.", tables) == "None"
    assert trace("5.5 ms", "Base takes 5.5 ms.", tables) == "5.5, Base, Time (ms) (Table 1)"


def test_stored_tables_are_traced_alike() -> None:
    stored = [StoredTable.model_validate(asdict(table)) for table in TABLES]
    assert str(trace_to_cell("92.2", "92.2 on DROP", stored)) == "92.2, DROP, DeepSeek-R1 (Table 4)"
