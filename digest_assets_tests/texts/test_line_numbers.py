"""Manuscripts whose lines are numbered: in a margin, beside each line or by a ruler, over several pages."""

from pathlib import Path
from typing import Any

import pymupdf
import pytest

from digest_assets.texts.pdf import read_pdf

PROSE = "A sentence of the running text that is as wide as its column."
LEFT, RIGHT = 40, 570


def write(path: Path, pages: int, *, lines: int = 40, ruler: float = 12.0, x: float = LEFT, step: int = 1) -> list[str]:
    """Write pages of prose with numbers in a margin every `ruler` points, and read their words."""
    number = 1
    with pymupdf.open() as file:
        for _ in range(pages):
            page = file.new_page()
            for line in range(lines):
                page.insert_text((72, 100 + 12 * line), PROSE, fontsize=10)
            for line in range(int(12 * lines / ruler)):
                if number % step == 0:
                    page.insert_text((x, 100 + ruler * line), str(number), fontsize=6)
                number += 1
        file.save(path)
    return [word for section in read_pdf(path, max_pages=pages).sections for word in section.text.split()]


@pytest.mark.parametrize(
    "margin",
    [
        pytest.param({}, id="beside each line"),
        pytest.param({"x": RIGHT}, id="in the right margin"),
        pytest.param({"ruler": 11.3}, id="by a ruler that knows no lines"),
        pytest.param({"step": 5}, id="every fifth"),
        pytest.param({"pages": 3}, id="counting on over pages"),
    ],
)
def test_the_numbers_of_lines_leave_the_text(tmp_path: Path, margin: dict[str, Any]) -> None:
    words = write(tmp_path / "a.pdf", **{"pages": 1, **margin})
    assert len(words) >= 40 * len(PROSE.split())
    assert not [word for word in words if word.isdecimal()]


def test_a_page_of_few_lines_counts_on_from_the_one_before(tmp_path: Path) -> None:
    with pymupdf.open() as file:
        for first, count in ((1, 40), (41, 3)):
            page = file.new_page()
            for line in range(count):
                page.insert_text((LEFT, 100 + 12 * line), str(first + line), fontsize=6)
                page.insert_text((72, 100 + 12 * line), PROSE, fontsize=10)
        file.save(tmp_path / "a.pdf")
    text = " ".join(section.text for section in read_pdf(tmp_path / "a.pdf", max_pages=2).sections)
    assert not {"41", "42", "43"} & set(text.split())


def test_each_column_of_a_page_has_its_numbers_in_its_own_margin(tmp_path: Path) -> None:
    with pymupdf.open() as file:
        page = file.new_page()
        for line in range(40):
            for column, (x, margin) in enumerate(((72, LEFT), (320, RIGHT))):
                page.insert_text((x, 100 + 12 * line), PROSE[:40], fontsize=9)
                page.insert_text((margin, 100 + 12 * line), f"{40 * column + line:03}", fontsize=6)
        file.save(tmp_path / "a.pdf")
    words = " ".join(section.text for section in read_pdf(tmp_path / "a.pdf", max_pages=1).sections).split()
    assert len(words) >= 80 * len(PROSE[:40].split())
    assert not [word for word in words if word.isdecimal()]


@pytest.mark.parametrize(("rows", "prose"), [(20, 20), (40, 0)], ids=["above prose", "alone on its page"])
def test_the_first_column_of_a_table_stays(tmp_path: Path, rows: int, prose: int) -> None:
    with pymupdf.open() as file:
        page = file.new_page()
        page.insert_text((72, 80), "Table 1: Runs and their scores, all of them in the order of time.", fontsize=10)
        for row in range(rows):
            for x, cell in ((72, str(row + 1)), (160, f"run {row}"), (260, f"{row}.5")):
                page.insert_text((x, 100 + 12 * row), cell, fontsize=10)
        for line in range(prose):
            page.insert_text((72, 400 + 12 * line), PROSE, fontsize=10)
        file.save(tmp_path / "a.pdf")
    (table,) = read_pdf(tmp_path / "a.pdf", max_pages=1).tables
    assert [row[0] for row in table.rows[-rows:]] == [str(number) for number in range(1, rows + 1)]
