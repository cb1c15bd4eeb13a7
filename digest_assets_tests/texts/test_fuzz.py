"""Cut, flipped and spliced files: a reader says why it cannot read them, and never falls over."""

import contextlib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document
from digest_assets.texts.html import read_html
from digest_assets.texts.layout import build_sections
from digest_assets.texts.lines import PdfLine, PdfPage
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.sections import assign_roles
from digest_assets_tests.texts.test_reader import page, pdf

SEEDS = {"html": page(), "pdf": pdf()}
EXAMPLES = 1_500
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def damaged(draw: st.DrawFn, kind: str, files: list[bytes]) -> bytes:
    """A file with pieces cut out, bytes changed, or pieces of another one put in."""
    content = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 400))
        match draw(st.sampled_from(["cut", "flip", "splice", "repeat", "end"])):
            case "cut":
                del content[start : start + length]
            case "flip":
                content[start : start + length] = draw(st.binary(max_size=40))
            case "splice":
                other = draw(st.sampled_from(files))
                place = draw(st.integers(0, len(other)))
                content[start:start] = other[place : place + length]
            case "repeat":
                content[start:start] = content[start : start + length] * draw(st.integers(1, 20))
            case _:
                del content[start:]
    return bytes(content)


def check(document: Document) -> None:
    assert document.sections
    assert document.characters >= 0
    assert all(isinstance(part.text, str) and part.level >= 0 for part in document.sections)


@cache
def corpus_files(folder: Path, pattern: str, largest: int) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob(pattern)) if path.stat().st_size < largest]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_damaged_html_does_not_crash_the_reader(corpus: Path) -> None:
    files = [SEEDS["html"], *corpus_files(corpus / "html", "*.html", 120_000)]

    @FUZZ
    @given(damaged("html", files))
    def attempt(content: bytes) -> None:
        with contextlib.suppress(ReadingError):
            check(read_html(content))

    attempt()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_damaged_pdf_does_not_crash_the_reader(corpus: Path, tmp_path: Path) -> None:
    files = [
        SEEDS["pdf"],
        *corpus_files(corpus / "pdf_edge", "*.pdf", 120_000),
        *corpus_files(corpus / "pdf", "*.pdf", 100_000),
    ]
    path = tmp_path / "damaged.pdf"

    @FUZZ
    @given(damaged("pdf", files))
    def attempt(content: bytes) -> None:
        path.write_bytes(content)
        with contextlib.suppress(ReadingError):
            check(read_pdf(path, max_pages=20))

    attempt()


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_page_or_a_reason(content: bytes) -> None:
    with contextlib.suppress(ReadingError):
        check(read_html(content))


numbers = st.floats(-1e4, 1e4, allow_nan=False)
lines = st.builds(
    PdfLine,
    st.text(min_size=1, max_size=60),
    numbers,
    numbers,
    numbers,
    numbers,
    st.floats(0, 50),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(st.builds(PdfPage, st.floats(0, 2_000), st.floats(0, 2_000), st.lists(lines, max_size=25)), max_size=4))
def test_any_lines_can_be_laid_out(pages: list[PdfPage]) -> None:
    parts = assign_roles(build_sections(pages))
    assert all(part.text is not None for part in parts)
