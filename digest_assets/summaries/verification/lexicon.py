"""The lexicon of the checks: small classes of words that turn or strengthen what a sentence says, from lexicon.yaml."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

_LEXICON: Mapping[str, Any] = yaml.safe_load(resources.files(__package__).joinpath("lexicon.yaml").read_text("utf-8"))

FUNCTION_WORDS = frozenset(f"{_LEXICON['function_words']} {_LEXICON['summary_words']}".split())
NEGATIONS = frozenset(_LEXICON["negations"].split())
SOFT_NEGATIONS = frozenset(_LEXICON["soft_negations"].split())
# Terms, without hyphens, that say what is done without.
IMPLIED: Mapping[str, tuple[str, ...]] = {term: tuple(words.split()) for term, words in _LEXICON["implied"].items()}
COSTS = frozenset(_LEXICON["costs"].split())
# Strong words of one kind, and these with what else a source may say for them.
STRONG = tuple(
    (frozenset(kind["words"].split()), frozenset(f"{kind['words']} {kind['others']}".split()))
    for kind in _LEXICON["strong"]
)


@dataclass(frozen=True)
class Poles:
    """Words that say more (1) or less (-1): some as they are, of others every form."""

    forms: Mapping[str, int]
    stems: Mapping[str, int]

    @classmethod
    def from_lexicon(cls, name: str, stem: Callable[[str], str]) -> "Poles":
        """The poles of a name (`quantity`, `quality`), with a way to find a word's stem."""
        forms, verbs = _LEXICON[f"{name}_forms"], _LEXICON[f"{name}_stems"]
        return cls(
            dict.fromkeys(forms["more"].split(), 1) | dict.fromkeys(forms["less"].split(), -1),
            {stem(word): 1 for word in verbs["more"].split()} | {stem(word): -1 for word in verbs["less"].split()},
        )

    def get(self, word: str, stem: str) -> int:
        """1, -1, or 0 for a word that says neither."""
        return self.forms.get(word) or self.stems.get(stem, 0)
