"""The sentences and table rows of a text."""

from datetime import date

import pytest

from digest_assets.summaries.verification.source_units import find_unit_starts, list_text_units
from digest_assets.texts.tables import Section, TextRow


@pytest.mark.parametrize(
    "text",
    [
        "One is here. Two is there.\n\nThree stands alone.",
        "Table 1: Scores.\n\nModel | Top-1\nOurs | 71.2\nA line alone\nTheirs | 70.1\n\nIt wins. So it does.",
        "",
        "a | b\nc | d",
    ],
)
def test_the_starts_of_units_are_those_of_the_units(text: str) -> None:
    sections = tuple(Section(role="results", level=1, heading=str(place), text=text) for place in range(2))
    row = TextRow(day=date(2025, 12, 5), id="2512.00001", source="html", sections=sections, characters=1, sha256="s")
    starts = [(unit.span.section, unit.span.start) for unit in list_text_units(row)]
    assert list(find_unit_starts(row)) == starts
