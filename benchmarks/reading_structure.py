"""How much of the papers' structure is read: headings of outlines, decimals, table rows, captions, footnote marks.

    DIGEST_TEST_CORPUS=... python -m benchmarks.reading_structure [--files FOLDER ...] [--without-outline] [--misses]
        [--most FILES] [--markdown]

All PDFs of the corpus are read, beside PyMuPDF, whose plain text has no headings: there a line that is an outline's
title counts as one; and with `--markdown` beside pymupdf4llm, which takes seconds for a page. It has as much
processor time for a file as a paper has time in a run, in a process of its own; the files that it does not finish are
named, and are left out of its column.
Both are under the AGPL, so they are tools of development and never used at run time.

Measured are the outlines' headings that are headings of sections (`--without-outline` hides the outline from the
reader), the decimals on pages with table captions that are in the text, the table captions under or over which at
least two rows stand as rows, the captions that are in the text, and the papers with a digit glued to a word or a
sentence's end where the file has it raised.
"""

import argparse
import multiprocessing
import re
import resource
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path

import pymupdf

from digest_assets.common.errors import ReadingError
from digest_assets.config.texts import TextsConfig
from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.document import Document
from digest_assets.texts.layout import build_parts, find_title
from digest_assets.texts.outline import fold_title
from digest_assets.texts.pdf import read_file
from digest_assets.texts.sections import assign_roles, is_dropped, split_number

_LETTER = re.compile(r"^[A-Z][.:]?\s")  # an appendix's, which the paper may call `Appendix A`
_DECIMAL = re.compile(r"(?<![\d.])\d{1,4}\.\d{1,4}(?![\d.])")
_CAPTION = re.compile(r"^(Table|Figure|Fig\.|TABLE|FIGURE)\s*(\d{1,3}|[IVX]{1,5})\s*[:.|]", re.MULTILINE)
_FLAGS = pymupdf.TEXTFLAGS_TEXT & ~pymupdf.TEXT_PRESERVE_LIGATURES  # ligatures spelt out, as ours are


@dataclass(slots=True)
class Score:
    """What was found, of how much."""

    found: int = 0
    of: int = 0
    missed: list[str] = field(default_factory=list)

    def count(self, found: bool, what: str) -> None:
        self.found, self.of = self.found + found, self.of + 1
        if not found:
            self.missed.append(what)

    def __str__(self) -> str:
        return f"{self.found / self.of:7.1%} ({self.found} of {self.of})" if self.of else "      –"


OURS, PLAIN, MARKDOWN = "digest_assets", "PyMuPDF", "pymupdf4llm"
FINISHED = "files read in time"  # of pymupdf4llm's
MEASURES = ("headings", "top headings", "decimals", "rows per table caption", "captions", "papers without glued marks")


Scores = dict[str, Score]


@dataclass(frozen=True)
class _Reading:
    """What a reader makes of a file, as far as it is compared."""

    text: str
    headings: frozenset[str]
    rows: Counter[str]  # by the start of a caption: tables with rows

    @cached_property
    def folded(self) -> str:
        return re.sub(r"\s", "", self.text)


def measure_file(path: Path, *, outline: bool, scores: Mapping[str, Scores]) -> None:
    pages, total, entries = read_file(path, max_pages=200)
    parts = build_parts(pages, entries if outline else ())
    title = find_title(pages[0]) if pages else None
    document = Document(assign_roles(parts.sections), total, None, title, parts.tables, parts.figures)
    with pymupdf.open(path) as file:
        raw = [page.get_text(flags=_FLAGS) for page in file.pages()]
        marks = list(_find_marks(list(file.pages())))
    readings = {OURS: _take_document(document), PLAIN: _take_plain(raw)}
    if MARKDOWN in scores:
        pages_as_markdown = _convert_in_time(path)
        scores[MARKDOWN][FINISHED].count(pages_as_markdown is not None, path.name)
        if pages_as_markdown is not None:
            readings[MARKDOWN] = _take_markdown(pages_as_markdown)
    expected = [entry for entry in entries if _is_expected(entry.title, document.title)]
    top = min((entry.level for entry in entries), default=1)
    for name, reading in readings.items():
        score, where = scores[name], path.stem[:20]
        for entry in expected:
            forms = (entry.title, split_number(entry.title)[1], _LETTER.sub("", entry.title))
            found = not reading.headings.isdisjoint(map(fold_title, forms))
            for measure in ("headings", "top headings") if entry.level == top else ("headings",):
                score[measure].count(found, f"{where}: {entry.title}")
        have = Counter(_DECIMAL.findall(reading.text))
        for page in raw:
            _measure_page(page, reading, have, score, where)
        glued = [mark for mark in marks if mark in reading.text]
        score["papers without glued marks"].count(not glued, f"{where}: {glued[:3]}")


def _measure_page(page: str, reading: _Reading, have: Counter[str], score: Scores, where: str) -> None:
    captions = list(_CAPTION.finditer(page))
    tables = [match for match in captions if match[1].lower() == "table"]
    for match in captions:
        start = re.sub(r"\s", "", page[match.start() : match.start() + 30])[:14]
        score["captions"].count(start in reading.folded, f"{where}: {start}")
    for match in tables:
        rows = reading.rows[_fold_caption(page[match.start() : match.start() + 40])]
        score["rows per table caption"].count(rows > 0, f"{where}: {match[0]}")
    for decimal, count in Counter(_DECIMAL.findall(page)).items() if tables else ():
        for _ in range(count):
            score["decimals"].count(have[decimal] > 0, f"{where}: {decimal}")
            have[decimal] -= 1


def _is_expected(title: str, of_paper: str | None) -> bool:
    bare = split_number(title)[1]
    return not is_dropped(bare) and len(fold_title(bare)) > 2 and fold_title(title) != fold_title(of_paper or "")


def _fold_caption(text: str) -> str:
    return re.sub(r"\W", "", text)[:9].casefold()


def _take_document(document: Document) -> _Reading:
    sections = document.sections
    return _Reading(
        "\n".join(f"{section.number} {section.heading}\n{section.text}" for section in sections),
        frozenset(
            fold_title(text) for section in sections for text in (section.heading, section.number + section.heading)
        ),
        Counter(_fold_caption(table.caption) for table in document.tables if len(table.rows) > 1),
    )


def _take_plain(pages: Sequence[str]) -> _Reading:
    text = "\n".join(pages)
    return _Reading(text, frozenset(map(fold_title, text.splitlines())), Counter())


def _convert_in_time(path: Path) -> list[str] | None:
    """The file's pages as pymupdf4llm writes them; None if that takes too long, or crashes."""
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit the open file
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_send_markdown, args=(str(path), sender), daemon=True)
    process.start()
    sender.close()  # so that the end of the process ends the waiting too
    try:
        pages: list[str] = receiver.recv()
    except EOFError:
        return None
    else:
        return pages
    finally:
        process.join()


def _send_markdown(path: str, sender: Connection) -> None:
    seconds = int(TextsConfig().timeout_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # the system ends the process, however busy it is
    import pymupdf4llm  # slow to load, and for --markdown alone

    chunks = pymupdf4llm.to_markdown(path, page_chunks=True, show_progress=False, ignore_images=True)
    sender.send([chunk["text"] for chunk in chunks])


def _take_markdown(texts: Sequence[str]) -> _Reading:
    """A page's tables count for its captions, in order."""
    rows: Counter[str] = Counter()
    for text in texts:
        bare = re.sub(r"[*_]", "", text)
        tables = len(re.findall(r"^\|(?:[-: ]+\|)+$", text, re.MULTILINE))
        captions = [match for match in _CAPTION.finditer(bare) if match[1].lower() == "table"]
        rows.update(_fold_caption(bare[match.start() : match.start() + 40]) for match in captions[:tables])
    text = re.sub(r"[*_|]", " ", "\n".join(texts))
    titles = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    folded = {fold_title(form) for title in titles for form in (title, split_number(title.strip())[1])}
    return _Reading(text, frozenset(folded), rows)


def _find_marks(pages: Sequence[pymupdf.Page]) -> Iterator[str]:
    """Words with the raised number behind them, glued: what a text must not have."""
    for page in pages:
        for block in page.get_text("dict")["blocks"]:
            for line in block.get("lines", ()):
                for before, mark in zip(line["spans"], line["spans"][1:], strict=False):
                    word = before["text"].rsplit(" ", 1)[-1]
                    if mark["flags"] & 1 and mark["text"].strip().isdecimal() and re.fullmatch(r"[a-z]{5,}[.,]?", word):
                        yield word + mark["text"].strip()


def list_files(folders: Sequence[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.pdf"))]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How much of the papers' structure is read.")
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--without-outline", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--most", type=int, help="so many of the files alone")
    parser.add_argument("--markdown", action="store_true", help="pymupdf4llm too, which takes long")
    arguments = parser.parse_args(argv)
    files = list_files(arguments.files or [require_corpus() / "pdf", require_corpus() / "ground_truth"])
    names = (OURS, PLAIN, MARKDOWN) if arguments.markdown else (OURS, PLAIN)
    scores: dict[str, Scores] = {name: {measure: Score() for measure in (*MEASURES, FINISHED)} for name in names}
    read = 0
    for path in files[: arguments.most]:
        try:
            measure_file(path, outline=not arguments.without_outline, scores=scores)
            read += 1
        except ReadingError as error:
            print(f"{path.name}: {error}")
    print(f"{read} files\n{'':30}{''.join(f'{name:>24}' for name in names)}")
    for measure in MEASURES:
        print(f"{measure:30}{''.join(f'{scores[name][measure]!s:>24}' for name in names)}")
    finished = scores[names[-1]][FINISHED]
    if finished.of:
        print(f"{MARKDOWN}: {finished.found} of {finished.of} {FINISHED}; not: {', '.join(finished.missed) or 'none'}")
    if arguments.misses:
        for measure in MEASURES:
            for what in scores[OURS][measure].missed:
                print(f"   {measure}: {what}")


if __name__ == "__main__":
    main()
