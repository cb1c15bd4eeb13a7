"""Pages of real papers that were once read wrongly, each for its kind. The files lie beside the corpus."""

from pathlib import Path

import pytest

from digest_assets.texts.document import Document
from digest_assets.texts.pdf import read_pdf


@pytest.fixture
def cases(corpus: Path) -> Path:
    """The folder of pages that were read wrongly."""
    folder = corpus.parent / "cases" / "reading"
    if not folder.is_dir():
        pytest.skip("no folder of cases beside the corpus")
    return folder


def read(path: Path) -> Document:
    return read_pdf(path, max_pages=100)


def join_text(document: Document) -> str:
    return "\n".join(section.text for section in document.sections)


def list_headings(document: Document) -> list[str]:
    return [f"{section.number} {section.heading}".strip() for section in document.sections]


def find_cell(document: Document, label: str, head: str) -> str:
    """The text of the cell in the row and under the head that contain these words."""
    (found,) = [
        cell.text
        for table in document.tables
        for cell in table.cells
        if label in cell.row_label and any(head in over for over in cell.heads)
    ]
    return found


def test_a_table_that_ends_in_numbers_is_no_table_of_contents(cases: Path) -> None:
    document = read(cases / "r1_table4_p13.pdf")
    lines = join_text(document).splitlines()
    assert any(line.endswith("DROP (3-shot F1) | 88.3 | 83.7 | 91.6 | 83.9 | 90.2 | 92.2") for line in lines)
    assert any(line.endswith("C-Eval (EM) | 76.7 | 76.0 | 86.5 | 68.9 | - | 91.8") for line in lines)
    assert find_cell(document, "DROP (3-shot F1)", "DeepSeek R1") == "92.2"
    assert find_cell(document, "LiveCodeBench", "Claude-3.5- Sonnet-1022") == "38.9"


def test_every_row_of_a_table_is_kept(cases: Path) -> None:
    document = read(cases / "rwkv_tables_p18.pdf")
    rows = [line for line in join_text(document).splitlines() if line.startswith("RWKV-4 | ")]
    assert len(rows) == 12
    assert rows[0] == "RWKV-4 | 0.17 | 65.07 | 58.79 | 32.26 | 50.83 | 47.47 | 24.15 | 29.60"
    assert [table.caption[:8] for table in document.tables] == ["Table 3:", "Table 4:"]


def test_cells_stand_under_the_heads_that_span_them(cases: Path) -> None:
    document = read(cases / "specter_p7.pdf")
    (row,) = [row for row in document.tables[0].rows if row[0] == "SPECTER (Ours)"]
    assert row[1:] == (
        "82.0",
        "86.4",
        "83.6",
        "91.5",
        "84.5",
        "92.4",
        "88.3",
        "94.9",
        "88.1",
        "94.8",
        "53.9",
        "20.0",
        "80.0",
    )
    (mesh,) = [
        cell for cell in document.tables[0].cells if cell.row_label == "SPECTER (Ours)" and "MeSH" in cell.heads[0]
    ]
    assert (mesh.text, mesh.value, mesh.heads) == ("86.4", 86.4, ("Classification MeSH F1",))


def test_boxes_with_letters_hide_no_section(cases: Path) -> None:
    headings = list_headings(read(cases / "hla_lettered_box.pdf"))
    assert headings == [
        "Abstract",
        "1 Introduction",
        "2 Background",
        "2.1 Scaled dot-product attention",
        "3.1 Causal masking via extended summaries",
        "8 Related Work",
    ]


def test_running_heads_with_page_numbers_are_neither_headings_nor_text(cases: Path) -> None:
    document = read(cases / "amsart_heads.pdf")
    assert list_headings(document)[1:] == [
        "1 Introduction",
        "2 Tropical varieties",
        "3 Drawing curves in the plane",
        "4 The Fundamental and Structure theorems",
    ]
    assert "MACLAGAN" not in join_text(document)
    assert "ALGEBRAIC GEOMETRY" not in join_text(document)


def test_appendices_in_capitals_are_found(cases: Path) -> None:
    headings = list_headings(read(cases / "vit_appendix_caps.pdf"))
    assert headings[-4:] == [
        "A MULTIHEAD SELF-ATTENTION",
        "B EXPERIMENT DETAILS",
        "B.1 TRAINING",
        "B.1.1 FINE-TUNING",
    ]


def test_italic_subheadings_and_headings_of_two_lines_are_found(cases: Path) -> None:
    assert list_headings(read(cases / "ieee_italic_twoline.pdf")) == [
        "Abstract",
        "I INTRODUCTION",
        "II PROBLEM AND METRICS DESCRIPTION",
        "III PREDICTION MODEL BASED ON MUTIDIMENSIONAL SCIENTIFIC DATA SETS",
        "A Prediction Model for Multidimensional Scientific Data",
        "IV AEQVE: ADAPTIVE ERROR-CONTROLLED QUANTIZATION AND VARIABLE-LENGTH ENCODING",
        "A Error-Controlled Quantization",
        "B Adaptive Scheme for Number of Quantization Intervals",
    ]


def test_tables_and_captions_behind_the_acknowledgements_stay(cases: Path) -> None:
    document = read(cases / "floats_after_ack.pdf")
    text = join_text(document)
    assert all(f"\n\nTable {number}: " in text for number in (1, 2, 3))
    assert "Figure 1: Schematic workflow" in text
    assert "bi-LSTM | 0.90 | 0.88 | 0.89" in text


def test_signs_outside_the_basic_plane_shift_nothing(cases: Path) -> None:
    assert "6 Experiments" in list_headings(read(cases / "nonbmp_letters.pdf"))
    text = join_text(read(cases / "word_cambria.pdf"))
    assert "of the proposed SemEAGAT method" in text
    assert "ayer and" not in text.replace("layer and", "")
    assert text.count("embedding layer and contextual encoder") == 1
