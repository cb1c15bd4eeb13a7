"""Whether a sentence stands in the text that was read, and whether a finding is one of the abstract's sentences."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from digest_assets.texts.sentences import split_sentences

# Of the sentences of three papers read from HTML, 79 to 90% have one in the PDF's text that scores 90 or more, while
# of the other sentences of the same paper 99% score below 82.
MIN_SAME_RATIO = 90.0

_NOT_LETTERS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class EvidenceIndex:
    """The sentences of the text that was read, to look evidence up in."""

    sentences: tuple[str, ...]
    letters: tuple[str, ...]
    whole: str

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "EvidenceIndex":
        """Index the parts of a text: its abstract and sections."""
        found = tuple(sentence for text in texts for sentence in split_sentences(text))
        letters = tuple(strip_to_letters(sentence) for sentence in found)
        return cls(found, letters, "".join(letters))

    def find(self, evidence: str) -> str | None:
        """The text's own sentence that the evidence copies, or None if there is none.

        Spelling may differ a little, as two readings of one PDF do; a number may not.
        """
        wanted = strip_to_letters(evidence)
        if len(wanted) < 8:
            return None
        if wanted in self.whole:
            return next(
                (own for own, letters in zip(self.sentences, self.letters, strict=True) if wanted in letters), evidence
            )
        best = process.extractOne(wanted, self.letters, scorer=fuzz.ratio, score_cutoff=MIN_SAME_RATIO)
        if best is None or _DIGITS.findall(wanted) != _DIGITS.findall(best[0]):
            return None
        return self.sentences[best[2]]


def strip_to_letters(text: str) -> str:
    """Letters and digits only, in lower case: what is left when typography is taken away."""
    return _NOT_LETTERS.sub("", text).lower()


def is_copied_from(abstract: str, finding: str) -> bool:
    """Whether a finding is a sentence of the abstract, or a part of one, word for word or all but."""
    wanted = strip_to_letters(finding)
    if not wanted:
        return False
    if wanted in strip_to_letters(abstract):
        return True
    return any(
        fuzz.ratio(wanted, strip_to_letters(sentence)) >= MIN_SAME_RATIO for sentence in split_sentences(abstract)
    )
