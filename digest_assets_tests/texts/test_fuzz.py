"""Cut, flipped and spliced files: a reader says why it cannot read them, and never falls over."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from digest_assets.common.errors import ReadingError
from digest_assets.config.texts import TextsConfig
from digest_assets.texts.document import Document
from digest_assets.texts.html import read_html
from digest_assets.texts.layout import build_sections
from digest_assets.texts.lines import PdfLine, PdfPage
from digest_assets.texts.sections import assign_roles
from digest_assets.texts.worker import FileKind, WorkerPool
from digest_assets_tests.examples import take_examples
from digest_assets_tests.texts.test_pictures import image, pdf_with_figure
from digest_assets_tests.texts.test_reader import page, pdf

SEEDS = {"html": page(), "pdf": pdf()}
FUZZ = settings(
    max_examples=1_000, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)  # not shrunk: the bytes that were drawn say enough
SAMPLE = settings(FUZZ, max_examples=take_examples(40).max_examples)  # some seconds


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


def check_reason(error: ReadingError) -> None:
    """The file's own fault, and no crash, no hang and no bug."""
    assert not re.search(r"crashed|parser failed|took more than \d", str(error)), str(error)


@cache
def corpus_files(folder: Path, pattern: str, largest: int) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob(pattern)) if path.stat().st_size < largest]


class Fuzzer:
    """Reads damaged files in the processes in which a day reads papers, where a crash or a hang shows as a reason."""

    def __init__(self, folder: Path) -> None:
        self.runner = asyncio.Runner()
        self.path = folder / "damaged"
        self.pool = WorkerPool(
            1, TextsConfig(max_pages=20, timeout_seconds=90)
        )  # a damaged file takes some 20 ms; a busy machine halts

    def __enter__(self) -> "Fuzzer":
        self.runner.run(self.pool.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.run(self.pool.__aexit__(None, None, None))
        self.runner.close()

    def attempt(self, kind: FileKind, content: bytes) -> None:
        self.path.write_bytes(content)
        try:
            document = self.runner.run(self.pool.parse(kind, self.path))
            for figure in document.figures[:1] if kind == "pdf" else ():
                self.runner.run(self.pool.make_picture(self.path, figure))
        except ReadingError as error:
            check_reason(error)
        else:
            check(document)


@pytest.fixture
def fuzzer(tmp_path: Path) -> Iterator[Fuzzer]:
    with Fuzzer(tmp_path) as running:
        yield running


@pytest.mark.hypothesis
def test_a_sample_of_damaged_pages_gives_texts_or_reasons(fuzzer: Fuzzer) -> None:
    @SAMPLE
    @given(damaged("html", [SEEDS["html"]]))
    def attempt(content: bytes) -> None:
        fuzzer.attempt("html", content)

    attempt()


@pytest.mark.hypothesis
def test_a_sample_of_damaged_pdfs_gives_texts_or_reasons(fuzzer: Fuzzer) -> None:
    @SAMPLE
    @given(damaged("pdf", [SEEDS["pdf"], pdf_with_figure()]))
    def attempt(content: bytes) -> None:
        fuzzer.attempt("pdf", content)

    attempt()


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_damaged_html_does_not_crash_the_reader(corpus: Path, fuzzer: Fuzzer) -> None:
    files = [SEEDS["html"], *corpus_files(corpus / "html", "*.html", 120_000)]
    files += corpus_files(corpus.parent / "cases" / "reading", "*.html", 120_000)

    @FUZZ
    @given(damaged("html", files))
    def attempt(content: bytes) -> None:
        fuzzer.attempt("html", content)

    attempt()


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_damaged_pdf_does_not_crash_the_reader(corpus: Path, fuzzer: Fuzzer) -> None:
    files = [
        SEEDS["pdf"],
        pdf_with_figure(),
        *corpus_files(corpus / "pdf_edge", "*.pdf", 120_000),
        *corpus_files(corpus / "pdf", "*.pdf", 100_000),
        *corpus_files(corpus.parent / "cases" / "reading", "*.pdf", 130_000),
    ]

    @FUZZ
    @given(damaged("pdf", files))
    def attempt(content: bytes) -> None:
        fuzzer.attempt("pdf", content)

    attempt()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_damaged_images_give_a_picture_or_a_reason(fuzzer: Fuzzer) -> None:
    @FUZZ
    @given(damaged("image", [image(300, 200, format) for format in ("PNG", "JPEG", "GIF", "WEBP")]))
    def attempt(content: bytes) -> None:
        fuzzer.path.write_bytes(content)
        try:
            fuzzer.runner.run(fuzzer.pool.make_picture(fuzzer.path))
        except ReadingError as error:
            check_reason(error)

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
