"""A summary's text as sentences, each with the places of the paper that it stands on, for the site's pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from digest_assets.common.arxiv_ids import ArxivId
from digest_assets.reports.edition import EditionEntry
from digest_assets.summaries.tables import ClaimSpan
from digest_assets.summaries.verification.numbers import WARNING
from digest_assets.texts.sentences import find_sentence_spans
from digest_assets.texts.spans import build_span_url


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """A place of the paper: what stands there, the name of the place, its address."""

    quote: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence as the summary has it, marks included; `verdict` is empty where none is known."""

    text: str
    verdict: str = ""
    places: tuple[EvidencePlace, ...] = ()


def list_sentences(text: str, entry: EditionEntry) -> list[ShownSentence]:
    """The sentences of a summary's text; the whole text as one where nothing is known of them."""
    claims = {claim.sentence: claim for claim in entry.summary.claims} if entry.summary else {}
    if not claims:
        return [ShownSentence(text)]
    return [
        ShownSentence(sentence, claim.verdict, tuple(_iterate_places(claim.spans, entry)))
        if (claim := claims.get(sentence.replace(WARNING, "")))
        else ShownSentence(sentence)
        for sentence in (text[start:end] for start, end in find_sentence_spans(text))
    ]


def _iterate_places(spans: tuple[ClaimSpan, ...], entry: EditionEntry) -> Iterator[EvidencePlace]:
    for span in spans:
        url = build_span_url(ArxivId(entry.paper.id, entry.read_version), span.page, span.element)
        if span.element:
            name = f"arXiv HTML, {span.element}"
        else:
            name = "arXiv abstract" if span.page is None else f"PDF, page {span.page}"
        yield EvidencePlace(span.quote, name, url)
