"""Poles: the words that say more or better, or less or worse; what they say it of is in `directions`."""

from digest_assets.summaries.verification.lexicon import Poles
from digest_assets.summaries.verification.words import PlainWord, Word, stem_word

_QUANTITIES = Poles.from_lexicon("quantity", stem_word)
_QUALITIES = Poles.from_lexicon("quality", stem_word)


def get_pole(word: Word | PlainWord) -> int:
    """1 for a word that says more or better, -1 for one that says less or worse, 0 for others."""
    return _QUANTITIES.get(word.lower, word.stem) or _QUALITIES.get(word.lower, word.stem)


def is_quality(word: Word | PlainWord) -> bool:
    """Whether a word says how good something is, rather than how much of it there is."""
    return _QUALITIES.get(word.lower, word.stem) != 0
