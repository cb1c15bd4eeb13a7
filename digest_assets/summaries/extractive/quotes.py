"""Quotes: how the paper's sentences become the texts of an extracted summary."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.prose import ENDED
from digest_assets.summaries.extractive.sentence_features import Sentence
from digest_assets.summaries.verification.evidence import strip_to_letters

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


class Block:
    """A paper's block of a report: what one of its fields tells, no later one tells again.

    Its fields are quoted in the order in which they are printed.
    """

    def __init__(self) -> None:
        self._quoted_keys: set[str] = set()

    def quote_text(self, sentences: Sequence[Sentence], *, is_needed: bool = False) -> str | None:
        """What is new of a paragraph.

        A field `is_needed` where its blank would say that the paper has no such sentence: it is told whole if nothing of
        it is new, or if what is new leans on what is not.
        """
        new = {strip_to_letters(sentence.text) for sentence in sentences} - self._quoted_keys
        taken = self._take(sentences)
        return quote_text(sentences if is_needed and (not taken or len(taken) < len(new)) else taken)

    def quote_items(self, sentences: Sequence[Sentence]) -> tuple[str, ...]:
        """What is new of a list."""
        return quote_items(self._take(sentences))

    def take_item(self, sentence: Sentence) -> str | None:
        """A sentence as an item, if it is new."""
        return next(iter(self.quote_items([sentence])), None)

    def _take(self, sentences: Iterable[Sentence]) -> list[Sentence]:
        """The sentences that are new, without those that lean on one that is left out."""
        taken: list[Sentence] = []
        for sentence in sentences:
            key = strip_to_letters(sentence.text)
            if key in self._quoted_keys or (sentence.leans and not any(sentence.follows(other) for other in taken)):
                continue
            self._quoted_keys.add(key)
            taken.append(sentence)
        return taken
