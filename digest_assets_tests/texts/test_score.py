"""The score of reading: what a file surely holds against what was read."""

from digest_assets.texts.document import Document, ParsedSection, ReadingScore
from digest_assets.texts.score import score_reading
from digest_assets.texts.table_records import build_table

DOCUMENT = Document(
    (
        ParsedSection(1, "Results and Discussion", "Table 1: Scores.\n\nA | 1.5\n\nTable 2: More.", role="results"),
        ParsedSection(1, "Gears", "x" * 41, role="other"),
    ),
    tables=(build_table([["Model", "F1"], ["A", "1.5"]], caption="Table 1: Scores."),),
)


def test_each_share_counts_what_was_found_of_what_is_there() -> None:
    score = score_reading(DOCUMENT, outline=["4 Results and discussion", "5 Lost"], raw=["1.5 and 2.5"])
    assert score == ReadingScore(headings=0.5, decimals=0.5, rows=0.5, named=0.5)


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert score_reading(Document(())) == ReadingScore()
