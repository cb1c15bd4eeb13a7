"""Quotes: which of the paper's sentences each text of an extracted summary is made of.

Builders give passages, which keep their sentences; here they become a summary's texts, and the sentences' spans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from digest_assets.summaries.extractive.sentence_features import Sentence, drop_connective
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.texts.spans import Span

Values = Mapping[str, Any]  # a schema's fields: passages, tuples and mappings of them, or plain texts of no sentence


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the sentences that it is made of, or that name what it lists."""

    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A text of a summary, by its path (as `schemas.iterate_texts` gives it), and the spans that it stands on."""

    path: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ExtractedSummary:
    """A summary with the quotes of its texts; a text without a quote (a keyword, an address) comes from a source."""

    summary: SummarySchema
    quotes: tuple[Quote, ...]


def quote_text(sentences: Sequence[Sentence]) -> Passage | None:
    """Sentences as one paragraph; Chinese ones without a space between.

    One that stands directly behind the last keeps the word that joins them; any other begins without it.
    """
    text = ""
    for place, sentence in enumerate(sentences):
        joined = place > 0 and sentence.follows(sentences[place - 1])
        words = sentence.text if joined else drop_connective(sentence.text)
        text += words if not text or text[-1] > "\u2fff" else f" {words}"
    return Passage(text, tuple(sentences)) if text else None


def quote_sentence(sentence: Sentence) -> Passage:
    """One sentence that stands alone."""
    return Passage(drop_connective(sentence.text), (sentence,))


def quote_item(sentence: Sentence) -> Passage:
    """A sentence as an item of a list: without the final stop."""
    return Passage(drop_connective(sentence.text).rstrip(".。 "), (sentence,))


def quote_items(sentences: Sequence[Sentence]) -> tuple[Passage, ...]:
    """Sentences as items of a list."""
    return tuple(map(quote_item, sentences))


def fill_schema(schema: type[SummarySchema], values: Values) -> ExtractedSummary:
    """The summary of these values, and the quotes of its texts in the order of its fields."""
    quotes: list[Quote] = []
    return ExtractedSummary(schema.model_validate(_take_quotes(dict(values), "", quotes)), tuple(quotes))


def _take_quotes(value: Any, path: str, quotes: list[Quote]) -> Any:
    """The value with texts in place of passages, whose quotes are added."""
    if isinstance(value, Passage):
        quotes.append(Quote(path, tuple(sentence.span for sentence in value.sentences)))
        return value.text
    if isinstance(value, Mapping):
        return {name: _take_quotes(inner, f"{path}.{name}" if path else name, quotes) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_take_quotes(inner, f"{path}.{index}", quotes) for index, inner in enumerate(value))
    return value
