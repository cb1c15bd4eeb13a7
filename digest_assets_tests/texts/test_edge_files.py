"""Real files that trouble readers: each ends in a row, none ends the run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from digest_assets.testing.loopback.server import LoopbackServer, ServedPaper
from digest_assets_tests.texts.hostile import spinning_pdf
from digest_assets_tests.texts.test_reader import Reader, served, wanted

EXPECTED = {
    "arabic_habibi.pdf": "hardly any text (24 characters on 1 pages)",
    "encrypted_password_openpassword.pdf": "password",
    "mineru_small_ocr.pdf": "no text layer",
    "ocrmypdf_invalid.pdf": "damaged or not a PDF",
    "ocrmypdf_linn.pdf": "no text layer",
    "ocrmypdf_no_contents.pdf": "no text layer",
    "ocrmypdf_truetype_font_nomapping.pdf": "hardly any text (5 characters on 1 pages)",
    "olmocr_dolma-page-1.pdf": None,
    "olmocr_edgar-rotated90.pdf": None,
    "olmocr_pdftotext_two_column_issue.pdf": None,
    "pdfminer_aes-256-r6.pdf": "password",
    "pdfminer_jo.pdf": None,
    "pdfminer_naacl06-shinyama.pdf": None,
    "pdfminer_zen_of_python_corrupted.pdf": None,
    "pypdf_multilang.pdf": None,
    "pypdf_r3-empty-password.pdf": "hardly any text (37 characters on 1 pages)",
}


def test_every_edge_file_ends_in_a_row_and_a_spinning_one_is_killed(corpus: Path, tmp_path: Path) -> None:
    files = sorted((corpus / "pdf_edge").glob("*.pdf"))
    assert {path.name for path in files} == set(EXPECTED)
    papers = {path.name: served(f"2510.{place:05}", pdf=path.read_bytes()) for place, path in enumerate(files)}
    papers["spin.pdf"] = served("2510.99999", pdf=spinning_pdf())
    # Memory for as long as it spins: else its limit ends it before its time, on a quick machine.
    limits = {"timeout_seconds": 3, "memory_bytes": 8_000_000_000}
    with LoopbackServer(papers.values()) as server:
        rows = {row.id: row for row in Reader(server, tmp_path, **limits)(*map(wanted, _ids(papers))).rows}
    found = {name: rows[paper.id] for name, paper in papers.items()}
    assert {name: row.reason for name, row in found.items()} == {
        **{name: f"html: HTTP 404; pdf: {why}" if why else "html: HTTP 404" for name, why in EXPECTED.items()},
        "spin.pdf": "html: HTTP 404; pdf: parsing took more than 3 s",
    }
    assert all((row.source == "pdf") == (EXPECTED.get(name, "killed") is None) for name, row in found.items())


def _ids(papers: Mapping[str, ServedPaper]) -> list[str]:
    return [paper.id for paper in papers.values()]


def test_a_long_paper_is_read_up_to_its_limit_and_says_so(corpus: Path, tmp_path: Path) -> None:
    paper = served("2204.02311", pdf=(corpus / "pdf" / "2204.02311.pdf").read_bytes())
    with LoopbackServer([paper]) as server:
        (row,) = Reader(server, tmp_path, max_pages=20)(wanted("2204.02311")).rows
    assert (row.source, row.pages) == ("pdf", 20)
    assert row.reason == "html: HTTP 404; pdf: first 20 of 83 pages"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("real_arxiv_html_2601.19139v2_PARTIAL_head.html", "html: only 0 characters of text; pdf: HTTP 404"),
        ("2512.22431_with_errors.html", None),
    ],
)
def test_a_failed_conversion_is_told_from_one_with_errors(
    corpus: Path, tmp_path: Path, name: str, reason: str | None
) -> None:
    with LoopbackServer([served("2510.00001", html=(corpus / "html" / name).read_bytes())]) as server:
        (row,) = Reader(server, tmp_path)(wanted("2510.00001")).rows
    assert row.reason == reason
