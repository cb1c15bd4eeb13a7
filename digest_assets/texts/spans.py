"""Spans: where each sentence of a text stands, and the address at which a reader finds it.

A span is not stored: it follows from a section's text and its places.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest_assets.common.arxiv_ids import SITE_URL, ArxivId, build_paper_url
from digest_assets.texts.document import Place
from digest_assets.texts.sentences import find_sentence_spans


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence: the section's and the paragraph's position from 0, its characters in the section's text, its place."""

    section: int
    paragraph: int
    start: int
    end: int
    page: int | None = None
    element: str = ""


def find_spans(section: int, text: str, places: Sequence[Place]) -> Iterator[Span]:
    """The spans of a section's sentences, in order."""
    starts = [place.start for place in places]
    paragraph, counted = 0, 0
    for start, end in find_sentence_spans(text):
        paragraph += text.count("\n\n", counted, start)
        counted = start
        index = bisect_right(starts, start) - 1
        page, element = (places[index].page, places[index].element) if index >= 0 else (None, "")
        yield Span(section, paragraph, start, end, page, element)


def build_span_url(paper: ArxivId, page: int | None, element: str, *, site: str = SITE_URL) -> str:
    """The address of a place in a paper: of its HTML's element, else of its PDF's page, else of its abstract.

    The id's version should be the one that was read: another may have the sentence elsewhere.
    """
    if element:
        return f"{build_paper_url('html', paper, site=site)}#{element}"
    if page is not None:
        return f"{build_paper_url('pdf', paper, site=site)}#page={page}"
    return build_paper_url("abs", paper, site=site)
