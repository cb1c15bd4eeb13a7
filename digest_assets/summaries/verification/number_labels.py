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

_TOKEN = re.compile(
    r"[^\W\d_]+(?:@[\d.:]*\d|\d{1,3}\b)?"
)  # "mAP@0.5" and "mAP@0.75" are two measures, "AP25" and "AP50"
# What divides one number's words from the next one's; brackets do not: "precision (31.9%) and F1-score (26.1%)".
_DIVIDER = re.compile(
    r"[,;，；、]|\b(?:and|(?<!up\s)to|but|while|whereas|against|versus|vs|than|from)\b|\bwith\s(?:an?\s)?$",
    re.IGNORECASE,
)
_CONTINUES = re.compile(r"\b(?:and|to)\s(?:by\s)?$")  # "by 20% on A and 30% on B" is one list
_BESIDE, _NEAR = 4, 2  # words of sense on either side of a number, and of them its own: "false rejection increase"
_POLES = Poles.from_lexicon("quantity", stem_word), Poles.from_lexicon("quality", stem_word)


@dataclass(frozen=True, slots=True)
class NumberLabel:
    """The words before and behind a number, the nearest first."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    def drop(self, stems: Set[str]) -> "NumberLabel":
        """The label without some words: those of the paper's own name say what was measured of nothing."""
        before, behind = (tuple(stem for stem in words if stem not in stems) for words in (self.before, self.behind))
        return NumberLabel(before, behind)

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
    labels: dict[int, NumberLabel] = {}
    shared: tuple[str, ...] = ()
    for place, number in enumerate(numbers):
        before = tuple(reversed([*_iterate_stems(ends[place][1])][-_BESIDE:]))
        shared = before or (shared if _CONTINUES.search(gaps[place]) else ())
        labels[number.start] = NumberLabel(shared, tuple(_iterate_stems(ends[place + 1][0]))[:_BESIDE])
    return labels


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


def is_labelled_otherwise(
    claimed: NumberLabel, own: Sequence[NumberLabel], others: Sequence[NumberLabel], *, is_in_order: bool = False
) -> bool:
    """Whether what a claim says beside its number stands in the text beside another one.

    Words that stand beside both say nothing ("object classification (99%), texture classification (94%)"). Of those that
    tell them apart, none may be beside its own number while one is beside another.

    Args:
        claimed: What the claim says beside its number.
        own: What the text says beside the number, wherever it stands.
        others: What the text says beside its other numbers.
        is_in_order: Whether the text names first and then gives the numbers, "respectively": then only the nearest count.
    """
    if not all(label.words for label in own):
        return False
    near_own, near_others = (_join(label.near for label in labels) for labels in (own, others))
    if claimed.nearest & near_others and not claimed.nearest & near_own:
        return True
    if is_in_order:
        return False
    beside_own, beside_others = (_join(label.words for label in labels) for labels in (own, others))
    return bool(claimed.words & (beside_others - beside_own)) and not claimed.words & (beside_own - beside_others)


def _join(sets: Iterable[Set[str]]) -> Set[str]:
    return frozenset[str]().union(*sets)
