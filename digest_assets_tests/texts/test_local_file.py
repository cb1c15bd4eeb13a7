"""One file of one's own, read as a day reads a paper's."""

import json
from pathlib import Path

import pytest

from digest_assets.common.errors import DigestError
from digest_assets.config.texts import TextsConfig
from digest_assets.texts.local_file import read_file
from digest_assets_tests.texts.hostile import spinning_pdf
from digest_assets_tests.texts.test_reader import ABSTRACT, SENTENCE, page, pdf


def write_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_an_html_page_gives_its_title_and_sections(tmp_path: Path) -> None:
    result = read_file(write_file(tmp_path, "paper.html", page()))
    assert list(result) == ["source", "title", "sections", "tables", "figures", "notes", "spans", "score"]
    assert (result["source"], result["title"], result["notes"]) == ("html", "A paper", [])
    abstract, introduction = result["sections"]
    assert abstract == {"level": 0, "role": "abstract", "heading": "Abstract", "page": None, "text": ABSTRACT}
    assert (introduction["heading"], introduction["role"]) == ("1 Introduction", "introduction")
    assert json.loads(json.dumps(result)) == result


def test_every_sentence_has_its_place_and_every_table_its_cells(tmp_path: Path) -> None:
    table = "<table><tr><th>Model</th><th>F1 (%)</th></tr><tr><td>ours</td><td>91.5</td></tr></table>"
    body = f"<div id='S1.p1' class='ltx_para'><p>{SENTENCE * 8}</p></div><figure id='S1.T1' class='ltx_table'>{table}</figure>"
    content = f"<article class='ltx_document'><h2>Method</h2>{body}</article>".encode()
    result = read_file(write_file(tmp_path, "paper.html", content))
    first = result["spans"][0]
    assert (first["text"], first["element"], first["paragraph"]) == (SENTENCE.strip(), "S1.p1", 0)
    assert (result["spans"][-1]["element"], result["spans"][-1]["paragraph"]) == ("S1.T1", 1)
    (cell,) = result["tables"][0]["cells"]
    assert (cell["heads"], cell["row_label"], cell["value"], cell["unit"]) == (("F1 (%)",), "ours", 91.5, "%")
    assert result["score"]["decimals"] == 1.0


def test_a_pdf_gives_the_page_of_each_section_whatever_its_name_is(tmp_path: Path) -> None:
    result = read_file(write_file(tmp_path, "paper.html", pdf()))
    (section,) = result["sections"]
    assert (result["source"], section["page"], section["role"]) == ("pdf", 1, "introduction")
    assert SENTENCE.strip() in section["text"]


def test_pages_beyond_the_limit_are_said_to_be_missing(corpus: Path) -> None:
    path = next((corpus / "pdf").glob("*.pdf"))
    result = read_file(path, TextsConfig(max_pages=2))
    assert result["notes"][0].startswith("first 2 of ")
    assert {section["page"] for section in result["sections"]} <= {1, 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"plain words", "is neither a PDF nor an HTML page"),
        (b"", "is neither a PDF nor an HTML page"),
        (b"%PDF-1.7 cut", "cannot be read: damaged or not a PDF"),
        (b"<html><body>Hello</body></html>", "cannot be read: no paper on the page"),
        (spinning_pdf(), "cannot be read: parsing took more than 1 s"),
    ],
    ids=["text", "empty", "damaged", "no paper", "hangs"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = write_file(tmp_path, "file.pdf", content)
    with pytest.raises(DigestError, match=f"{path} {message}"):
        read_file(path, TextsConfig(timeout_seconds=1, memory_bytes=8_000_000_000))


def test_a_missing_file_and_one_too_large_are_named(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="there is no file"):
        read_file(tmp_path / "none.pdf")
    with pytest.raises(DigestError, match=r"larger than 0\.001 MB: raise texts\.max_bytes"):
        read_file(write_file(tmp_path, "large.html", page()), TextsConfig(max_bytes=1_000))
