"""Number labels: the words that a sentence sets beside each of its numbers, "precision of 76.3%".

A sentence that lists measures states each number of one of them. A claim that gives the number of another has its words
beside one number and its value at the next.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from digest_assets.summaries.verification.hedges import strip_hedge
from digest_assets.summaries.verification.poles import get_pole
from digest_assets.summaries.verification.quantities import NumberMention
from digest_assets.summaries.verification.rarity import get_rarity
from digest_assets.summaries.verification.words import PlainWord, stem_word

_TOKEN = re.compile(
    r"[^\W\d_]+(?:@[\d.:]*\d|\d{1,3}\b)?"
)  # "mAP@0.5" and "mAP@0.75" are two measures, "AP25" and "AP50"
# What divides one number's words from the next one's; brackets do not: "precision (31.9%) and F1-score (26.1%)".
_DIVIDER = re.compile(
    r"[,;，；、]|\b(?:and|(?<!up\s)to|but|while|whereas|against|versus|vs|than|from)\b|\bwith\s(?:an?\s)?$",
    re.IGNORECASE,
)
_RANGE = re.compile(r"[\s$]{0,3}(?:to|-{1,2}|–|—)[\s$]{0,3}")  # "2x to 3x latency reduction" says both of latency
_CONTINUES = re.compile(r"\b(?:and|to)\s(?:by\s)?$")  # "by 20% on A and 30% on B" is one list
_BESIDE = 4  # words of sense on either side of a number that may say what it measures: "false rejection increase"
_OPENING = 2  # of them before a sentence's first number
OPENING_OF_ONE = 6  # of them before the only number of a claim, which all of it is about
# Of the words that tell a number from another, in bits of rarity: what is needed to say that they belong to the other.
_MIN_BITS = 3.0
_RESPECTIVELY = "respectively"
_LIST_SEPARATOR = re.compile(r"(?:\s[A-Za-z]{1,12})?\s?(?:,\s?(?:and\s|or\s)?|and\s|or\s|/\s?)(?:by\s)?(?:up to\s)?")
_ITEM_SEPARATOR = re.compile(r",\s?(?:and\s)?|\sand\s|\sor\s")
_CLOSE = re.compile(r",?\s(?:and|or)\s")
_BRACKET = re.compile(r"\([^()]{0,200}\)")
_ITEM_WORDS = 5  # of a list's first and last item, where the rest of the sentence begins


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


def label_numbers(
    text: str, numbers: Sequence[NumberMention], without: Set[str] = frozenset(), opening: int = _OPENING
) -> dict[int, NumberLabel]:
    """The words beside each number, by where it starts: from the last divider before it, up to the first one behind it, but for
    stems that say what was measured of nothing.

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
        most = _BESIDE if place else opening  # before the first one stands what the whole sentence is about
        stems = [stem for stem in _iterate_stems(strip_hedge(ends[place][1])) if stem not in without]
        before = tuple(reversed(stems[-most:]))
        shared = before or (shared if _CONTINUES.search(gaps[place]) else ())
        labels[number.start] = NumberLabel(shared, tuple(_iterate_stems(ends[place + 1][0]))[:_BESIDE])
    for one, two in pairwise(numbers):
        if _RANGE.fullmatch(text, one.end, two.start):
            whole = NumberLabel(labels[one.start].before, labels[two.start].behind)
            labels |= {one.start: whole, two.start: whole}
    return labels | _label_lists(text, numbers) if _RESPECTIVELY in text else labels


def _label_lists(text: str, numbers: Sequence[NumberMention]) -> dict[int, NumberLabel]:
    """The items of "A, B, and C", in order, for each list of as many numbers, "1, 2, and 3, respectively"."""
    runs: list[list[NumberMention]] = []
    for number in numbers:
        if runs and _LIST_SEPARATOR.fullmatch(text, runs[-1][-1].end, number.start):
            runs[-1].append(number)
        else:
            runs.append([number])
    plain = _BRACKET.sub(lambda match: re.sub("[,]| and ", lambda one: " " * len(one[0]), match[0]), text)
    found: dict[int, NumberLabel] = {}
    for run in runs:
        if len(run) > 1 and (items := _find_items(plain, run)):
            for number, item in zip(run, items, strict=True):
                found[number.start] = NumberLabel(tuple(_iterate_stems(item)))
    return found


def _find_items(text: str, run: Sequence[NumberMention]) -> list[str]:
    """The list nearest behind or before a run of numbers that has as many items: where its last "and" leaves as many."""
    count = len(run)
    end = text.find(_RESPECTIVELY, run[-1].end)
    behind = _ITEM_SEPARATOR.split(text[run[-1].end : end if end >= 0 else run[-1].end])
    closes = [*_CLOSE.finditer(text, run[-1].end, end if end >= 0 else run[-1].end)]
    if closes and len(behind) >= count:
        return [" ".join(behind[0].split()[-_ITEM_WORDS:]), *behind[1 : count - 1], _cut(behind[count - 1])]
    for close in reversed([*_CLOSE.finditer(text, 0, run[0].start)]):
        before = _ITEM_SEPARATOR.split(text[: close.start()])[1 - count :]
        if len(before) == count - 1:
            after = _ITEM_SEPARATOR.split(text[close.end() : run[0].start])[0]
            return [" ".join(before[0].split()[-_ITEM_WORDS:]), *before[1:], _cut(after)]
    return []


def _cut(item: str) -> str:
    """The last item of a list without what follows it."""
    return " ".join(item.split()[:_ITEM_WORDS])


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
        if stem and not get_pole(PlainWord(token, lower, stem)):
            yield stem


def is_labelled_otherwise(claimed: NumberLabel, own: Sequence[NumberLabel], others: Sequence[NumberLabel]) -> bool:
    """Whether what a claim says beside its number stands in the text beside another one rather than beside it.

    Words that stand beside both say nothing ("object classification (99%), texture classification (94%)"); of the rest
    those count more that few papers have: "Wilcoxon" more than "test".

    Args:
        claimed: What the claim says beside its number.
        own: What the text says beside the number, wherever it stands.
        others: What the text says beside its other numbers.
    """
    if not own or not all(label.words for label in own):
        return False
    beside_own = frozenset[str]().union(*(label.words for label in own))
    beside_any = frozenset[str]().union(*(label.words for label in others))
    telling = beside_own - beside_any
    if telling and telling <= claimed.words:
        return False  # all that is the number's own is said of it; what else is said may be the whole sentence's
    _, held = _compare(claimed, telling)
    found = (_compare(claimed, label.words - beside_own) for label in others)
    best, score = max(found, key=lambda one: one[1], default=(0.0, 0.0))
    return best >= _MIN_BITS and score > held


def _compare(claimed: NumberLabel, stems: Set[str]) -> tuple[float, float]:
    """How many bits of a label's words a claim has, and these by the share that they are of the label's."""
    bits = _weigh(claimed.words & stems)
    return bits, bits * bits / max(_weigh(stems), 1.0)


def _weigh(stems: Set[str]) -> float:
    return sum(map(get_rarity, stems))
