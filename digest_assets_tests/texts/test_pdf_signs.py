"""pdfium's list of a page's signs, and its text, which is not always the same."""

import ctypes
from pathlib import Path

import pymupdf
import pypdfium2
import pytest

from digest_assets.texts.pdf_signs import read_signs


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("plain words", id="the text is the list"),
        pytest.param("a \x03sign \x03\x05without a meaning", id="signs left out of the text"),
        pytest.param("\x03first and last\x03", id="at both ends"),
        pytest.param("\x03".join("many of them" * 20), id="too many to look for"),
    ],
)
def test_a_page_s_signs_stand_where_pdfium_lists_them(line: str, tmp_path: Path) -> None:
    with pymupdf.open() as file:
        page = file.new_page(width=4000)
        page.insert_text((72, 72), line, fontsize=10)
        page.insert_text((72, 100), "Another line follows.", fontsize=10)
        file.save(tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as document:
        text_page = document[0].get_textpage()
        one_by_one = [
            pypdfium2.raw.FPDFText_GetUnicode(text_page.raw, place) for place in range(text_page.count_chars())
        ]
        signs, wide = read_signs(ctypes.cast(text_page.raw, ctypes.c_void_p))
    assert (signs, wide) == ("".join(map(chr, one_by_one)), False)
