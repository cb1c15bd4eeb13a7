"""Quotes: how the paper's sentences become the texts of an extracted summary."""

from collections.abc import Mapping, Sequence
from typing import Any

from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.prose import ENDED
from digest_assets.summaries.extractive.sentence_features import Sentence

Values = Mapping[str, Any]  # a schema's fields


def quote_text(sentences: Sequence[Sentence]) -> str | None:
    """Sentences as one paragraph; Chinese ones without a space between.

    One that stands directly behind the last keeps the word that joins them; any other begins without it.
    """
    text = ""
    for place, sentence in enumerate(sentences):
        joined = place > 0 and sentence.follows(sentences[place - 1])
        words = sentence.text if joined else drop_connective(sentence.text)
        text += words if not text or text[-1] > "\u2fff" else f" {words}"
    return _end(text) if text else None


def quote_sentence(sentence: Sentence) -> str:
    """One sentence that stands alone."""
    return _end(drop_connective(sentence.text))


def _end(text: str) -> str:
    """A text with a stop, which an abstract's last sentence may lack."""
    return text if ENDED.search(text) else f"{text}."


def quote_item(sentence: Sentence) -> str:
    """A sentence as an item of a list: without the final stop."""
    return quote_sentence(sentence).rstrip(".。 ")


def quote_items(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """Sentences as items of a list."""
    return tuple(map(quote_item, sentences))
