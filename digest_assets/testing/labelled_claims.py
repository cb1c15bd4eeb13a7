"""Claims with a label, each about a paper of the corpus: true ones, and ones made false in a known way.

`labelled_claims.jsonl` holds our own sentences about the papers, and places of theirs (the number of a sentence of the
abstract, and what is put at which of its characters); the papers' texts are looked up in the corpus.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.testing.corpus import load_listing_rows
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import Section, TextRow, add_structure, ensure_abstract

ClaimSet = Literal["labelled", "held_out", "unseen", "set_aside", "set_aside_2"]
_LISTED = (
    date(2025, 12, 3),
    date(2025, 9, 11),
    date(2025, 12, 24),
    date(2025, 12, 9),
    date(2025, 9, 9),
    date(2025, 12, 5),
    date(2025, 12, 10),
    date(2025, 12, 23),
    date(2025, 9, 12),
    date(2025, 12, 11),
    date(2025, 12, 30),
)  # the mailings of the papers that are read by their abstracts
_MAX_PAGES = 60


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim about a paper; `kind` is "true" or how it is false."""

    paper: str
    kind: str
    claim: str


@dataclass(frozen=True, slots=True)
class LabelledPaper:
    """A paper as it was read."""

    title: str
    text: TextRow

    def build_index(self) -> SourceIndex:
        """Its sentences and rows."""
        return SourceIndex.from_text(self.text, [self.title])


def load_labelled_claims(corpus: Path, name: ClaimSet = "labelled") -> Iterator[LabelledClaim]:
    """Every claim of a set, in a fixed order: those by which the rules were made, those about other papers that were
    looked at later, or those of which only the counts were looked at (`set_aside`, `set_aside_2`: written
    before the rules that they are counted for).
    """
    for line in Path(__file__).with_name(f"{name}_claims.jsonl").read_text("utf-8").splitlines():
        given = json.loads(line)
        claim = given.get("claim")
        if claim is None:
            abstract = load_labelled_paper(corpus, given["paper"]).text.sections[0].text
            claim = split_sentences(abstract)[given["sentence"]]
            if "at" in given:
                start, end = given["at"]
                claim = claim[:start] + given["new"] + claim[end:]
        yield LabelledClaim(given["paper"], given["kind"], claim)


@lru_cache(maxsize=64)
def load_labelled_paper(corpus: Path, name: str) -> LabelledPaper:
    """A paper of the corpus by its file's name, read in full, or by its id, read by its abstract."""
    if not name.endswith((".html", ".pdf")):
        row = next(row for day in _LISTED for row in load_listing_rows(corpus, day) if row["id"] == name)
        return LabelledPaper(row["title"], _build_text("abstract", ensure_abstract((), row["abstract"])))
    if name.endswith(".html"):
        document = read_html((corpus / "html" / name).read_bytes())
    else:
        document = read_pdf(corpus / "pdf" / name, max_pages=_MAX_PAGES)
    sections = tuple(Section.from_parsed(section) for section in document.sections)
    text = _build_text("html" if name.endswith(".html") else "pdf", sections)
    return LabelledPaper(document.title or "", add_structure(text, document))


def build_abstract_index(text: str) -> SourceIndex:
    """The places of a title and, behind its first line, an abstract."""
    title, _, abstract = text.partition("\n")
    return LabelledPaper(
        title, _build_text("abstract", ensure_abstract((), " ".join(abstract.split()) or title))
    ).build_index()


def _build_text(source: str, sections: tuple[Section, ...]) -> TextRow:
    characters = sum(len(section.text) for section in sections)
    values = {"day": _LISTED[0], "id": "2512.00001", "source": source, "sections": sections}
    return TextRow.model_validate({**values, "characters": characters, "sha256": ""})
