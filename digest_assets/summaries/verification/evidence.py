"""Whether two sentences are the same but for typography, and whether a finding is one of the abstract's."""

import re

from rapidfuzz import fuzz

from digest_assets.texts.sentences import split_sentences

# Of the sentences of three papers read from HTML, 79 to 90% have one in the PDF's text that scores 90 or more, while
# of the other sentences of the same paper 99% score below 82.
MIN_SAME_RATIO = 90.0

_NOT_LETTERS = re.compile(r"[\W_]+")


def strip_to_letters(text: str) -> str:
    """Letters and digits only, in lower case: what is left when typography is taken away."""
    return _NOT_LETTERS.sub("", text).lower()


def is_copied_from(abstract: str, finding: str) -> bool:
    """Whether a finding is a sentence of the abstract, or a part of one, word for word or all but."""
    finding_letters = strip_to_letters(finding)
    if not finding_letters:
        return False
    if finding_letters in strip_to_letters(abstract):
        return True
    return any(
        fuzz.ratio(finding_letters, strip_to_letters(sentence)) >= MIN_SAME_RATIO
        for sentence in split_sentences(abstract)
    )
