"""Alignment: a claim with the source units that it is compared with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import Word

CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:and|but|while|whereas|which|that|although|though|yet|because|since)\b", re.IGNORECASE
)
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

    @cached_property
    def stems(self) -> frozenset[str]:
        """The claim's stems."""
        return frozenset(word.stem for word in self.words if word.stem)
