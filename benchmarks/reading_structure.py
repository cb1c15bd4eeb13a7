"""How much of the papers' structure is read: headings of outlines, decimals, table rows, captions, footnote marks.

    DIGEST_TEST_CORPUS=... python -m benchmarks.reading_structure [--files FOLDER ...] [--without-outline] [--misses]

All PDFs of the corpus are read, beside PyMuPDF, whose plain text has no headings: there a line that is an outline's
title counts as one. Measured are: the outlines' headings that are headings of sections (`--without-outline` hides the
outline from the reader), the decimals on pages with table captions that are in the text, the table captions under or
over which at least two rows stand as rows, the captions that are in the text, and the papers with a digit glued to a
word or a sentence's end where the file has it raised.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pymupdf

from digest_assets.common.errors import ReadingError
from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.document import Document
from digest_assets.texts.headings import fold_title
from digest_assets.texts.layout import build_parts
from digest_assets.texts.pdf import read_file
from digest_assets.texts.sections import assign_roles, is_dropped, split_number

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


MEASURES = ("headings", "top headings", "decimals", "rows per table caption", "captions", "papers without glued marks")


def measure_file(path: Path, *, outline: bool, ours: dict[str, Score], theirs: dict[str, Score]) -> None:
    pages, total, entries = read_file(path, max_pages=200)
    parts = build_parts(pages, entries if outline else ())
    document = Document(assign_roles(parts.sections), total, None, None, parts.tables, parts.figures)
    with pymupdf.open(path) as file:
        raw = [page.get_text(flags=_FLAGS) for page in file.pages()]
        marks = list(_find_marks(list(file.pages())))
    text = "\n".join(f"{section.number} {section.heading}\n{section.text}" for section in document.sections)
    plain = "\n".join(raw)
    name = path.stem[:20]
    headings = {fold_title(section.heading) for section in document.sections}
    headings |= {fold_title(section.number + section.heading) for section in document.sections}
    lines = {fold_title(line) for line in plain.splitlines()}
    for entry in entries:
        bare = split_number(entry.title)[1]
        if is_dropped(bare) or len(fold_title(bare)) < 3 or fold_title(entry.title) == fold_title(document.title or ""):
            continue
        wanted = {fold_title(entry.title), fold_title(bare)}
        for measure in ("headings", "top headings") if entry.level == min(e.level for e in entries) else ("headings",):
            ours[measure].count(bool(wanted & headings), f"{name}: {entry.title}")
            theirs[measure].count(bool(wanted & lines), "")
    folded, plain_folded = re.sub(r"\s", "", text), re.sub(r"\s", "", plain)
    rows = Counter(re.sub(r"\W", "", table.caption)[:9].casefold() for table in document.tables if len(table.rows) > 1)
    have, their = Counter(_DECIMAL.findall(text)), Counter(_DECIMAL.findall(plain))
    for page in raw:
        captions = list(_CAPTION.finditer(page))
        tables = [match for match in captions if match[1].lower() == "table"]
        for match in captions:
            start = re.sub(r"\s", "", page[match.start() : match.start() + 30])[:14]
            ours["captions"].count(start in folded, f"{name}: {start}")
            theirs["captions"].count(start in plain_folded, "")
        for match in tables:
            key = re.sub(r"\W", "", page[match.start() : match.start() + 40])[:9].casefold()
            ours["rows per table caption"].count(rows[key] > 0, f"{name}: {match[0]}")
            theirs["rows per table caption"].count(False, "")
        if tables:
            for decimal, count in Counter(_DECIMAL.findall(page)).items():
                for _ in range(count):
                    ours["decimals"].count(have[decimal] > 0, f"{name}: {decimal}")
                    theirs["decimals"].count(their[decimal] > 0, "")
                    have[decimal] -= 1
                    their[decimal] -= 1
    glued = [mark for mark in marks if mark in text]
    ours["papers without glued marks"].count(not glued, f"{name}: {glued[:3]}")
    theirs["papers without glued marks"].count(not any(mark in plain for mark in marks), "")


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


def main() -> None:
    parser = argparse.ArgumentParser(description="How much of the papers' structure is read.")
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--without-outline", action="store_true")
    parser.add_argument("--misses", action="store_true")
    arguments = parser.parse_args()
    files = list_files(arguments.files or [require_corpus() / "pdf", require_corpus() / "ground_truth"])
    ours, theirs = ({name: Score() for name in MEASURES} for _ in range(2))
    read = 0
    for path in files:
        try:
            measure_file(path, outline=not arguments.without_outline, ours=ours, theirs=theirs)
            read += 1
        except ReadingError as error:
            print(f"{path.name}: {error}")
    print(f"{read} files\n{'':30}{'digest_assets':>24}{'PyMuPDF':>24}")
    for measure in MEASURES:
        print(f"{measure:30}{ours[measure]!s:>24}{theirs[measure]!s:>24}")
    if arguments.misses:
        for measure in MEASURES:
            for what in ours[measure].missed:
                print(f"   {measure}: {what}")


if __name__ == "__main__":
    main()
