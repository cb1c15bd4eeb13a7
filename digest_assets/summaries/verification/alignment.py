"""Alignment: a claim with the source units that it is compared with."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from digest_assets.summaries.verification.rarity import get_rarity
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import Word

CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:and|but|while|whereas|which|that|although|though|yet|because|since)\b", re.IGNORECASE
)
# Of what a claim says, that a unit needs to speak of the same matter, so that it can contradict it. Of the 156 false
# claims of two labelled sets that a negation or direction gives away, three have less in every sentence; of the 18
# sentences of a model that were doubted for one, and which merge several of the text, eleven.
MIN_SAME_MATTER = 0.5
NEAR_COPY = 0.75  # of the words that claim and unit have, both have: what differs then is meant


@dataclass(frozen=True)
class Aligned:
    """A claim with the units that it was aligned with, the best first."""

    claim: str
    words: Sequence[Word]
    units: Sequence[SourceUnit]
    context: Sequence[SourceUnit]  # the units and their neighbours
    index: SourceIndex
    similarity: float  # the share of words that claim and best unit both have
    matter: Set[str] = frozenset()  # stems of what the claim speaks of: no directions, numbers or the paper's own names

    @cached_property
    def stems(self) -> frozenset[str]:
        """The claim's stems."""
        return frozenset(word.stem for word in self.words if word.stem)

    @cached_property
    def same_matter(self) -> Sequence[SourceUnit]:
        """The units that speak of the same matter as the claim: others say nothing against it."""
        total = sum(map(get_rarity, self.matter))
        return [unit for unit in self.units if self._weigh_shared(unit) >= MIN_SAME_MATTER * total]

    def _weigh_shared(self, unit: SourceUnit) -> float:
        """What of the claim's matter a unit has, or the sentence before it, which says what "it" is."""
        stems = frozenset[str]().union(*(one.stems for one in self.index.get_previous(unit)))
        return sum(map(get_rarity, self.matter & stems))
