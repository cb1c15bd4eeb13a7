"""Number labels: the words that a sentence sets beside each of its numbers, "precision of 76.3%".

A sentence that lists measures states each number of one of them. A claim that gives the number of another has its words
beside one number and its value at the next.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from digest_assets.summaries.verification.lexicon import Poles
from digest_assets.summaries.verification.quantities import NumberMention
from digest_assets.summaries.verification.words import stem_word

_TOKEN = re.compile(r"[^\W\d_]+")
# What divides one number's words from the next one's; brackets do not: "precision (31.9%) and F1-score (26.1%)".
_DIVIDER = re.compile(
    r"[,;，；、]|\b(?:and|to|but|while|whereas|against|versus|vs|than|from)\b|\bwith\s(?:an?\s)?$", re.IGNORECASE
)
_BESIDE, _NEAR = 4, 2  # words of sense on either side of a number, and of them its own: "false rejection increase"
_POLES = Poles.from_lexicon("quantity", stem_word), Poles.from_lexicon("quality", stem_word)


@dataclass(frozen=True, slots=True)
class NumberLabel:
    """The words before and behind a number, the nearest first."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def words(self) -> Set[str]:
        """All of them."""
        return frozenset(self.before + self.behind)

    @property
    def near(self) -> Set[str]:
        """The two nearest on either side."""
        return frozenset(self.before[:_NEAR] + self.behind[:_NEAR])

    @property
    def nearest(self) -> Set[str]:
        """The nearest on either side."""
        return frozenset(self.before[:1] + self.behind[:1])


def label_numbers(text: str, numbers: Sequence[NumberMention]) -> dict[int, NumberLabel]:
    """The words beside each number, by where it starts: from the last divider before it, up to the first one behind it.

    Between two numbers that nothing divides it is not known whose the words are, and neither gets them.
    """
    gaps = [
        text[left:right]
        for left, right in zip(
            [0, *(number.end for number in numbers)], [*(number.start for number in numbers), len(text)], strict=True
        )
    ]
    ends = [_divide(gap, is_outer=place in (0, len(numbers))) for place, gap in enumerate(gaps)]
    return {
        number.start: NumberLabel(
            tuple(reversed([*_iterate_stems(ends[place][1])][-_BESIDE:])),
            tuple(_iterate_stems(ends[place + 1][0]))[:_BESIDE],
        )
        for place, number in enumerate(numbers)
    }


def _divide(gap: str, *, is_outer: bool) -> tuple[str, str]:
    """What of a gap belongs to the number before it, and what to the one behind it."""
    dividers = [*_DIVIDER.finditer(gap)]
    if dividers:
        return gap[: dividers[0].start()], gap[dividers[-1].end() :]
    return (gap, gap) if is_outer else ("", "")


def _iterate_stems(text: str) -> Iterator[str]:
    """The stems of the words that say something and no direction: "falls by" names nothing."""
    for token in _TOKEN.findall(text):
        lower = token.lower()
        stem = stem_word(lower)
        if stem and not any(poles.get(lower, stem) for poles in _POLES):
            yield stem


def is_labelled_otherwise(claimed: NumberLabel, own: Sequence[NumberLabel], others: Sequence[NumberLabel]) -> bool:
    """Whether what a claim says beside its number stands in the text beside another one.

    So it is where the words nearest to it stand near another number and none of them near its own, and where nothing that
    the text has beside the number is said by the claim while something beside another one is.

    Args:
        claimed: What the claim says beside its number.
        own: What the text says beside the number, wherever it stands.
        others: What the text says beside its other numbers.
    """
    if not all(label.words for label in own):
        return False
    near_own, near_others = (_join(label.near for label in labels) for labels in (own, others))
    if claimed.nearest & near_others and not claimed.nearest & near_own:
        return True
    beside_own, beside_others = (_join(label.words for label in labels) for labels in (own, others))
    return bool(claimed.words & beside_others) and not claimed.words & beside_own


def _join(sets: Iterable[Set[str]]) -> Set[str]:
    return frozenset[str]().union(*sets)
