"""Directions: whether what rises or gets better in a claim does so in its source."""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from digest_assets.summaries.verification.alignment import CLAUSE, NEAR_COPY, Aligned
from digest_assets.summaries.verification.lexicon import COSTS
from digest_assets.summaries.verification.poles import get_pole, is_quality
from digest_assets.summaries.verification.quantities import NumberMention, Quantity, find_numbers
from digest_assets.summaries.verification.words import Word, stem_word

COST_STEMS = frozenset(map(stem_word, COSTS))
_OBJECT_WORDS, _SOURCE_OBJECT_WORDS = 2, 4  # of sense behind a direction, of which one is what rises or falls
# Words before and behind a number in which a direction is the number's own: "improves by 15%", "15% end-to-end speedup".
_NEAR_NUMBER, _BEHIND_NUMBER = 3, 6
_BOUND = re.compile(
    r"(?:\b(?P<more>over|above|more than|greater than|exceeding|at least|larger than|higher than)"
    r"|\b(?:under|below|less than|fewer than|at most|smaller than|lower than))\s(?:only\s|about\s)?[$~]?$"
)


# Behind a verb without an object: "rewards increase by 4%", "torque declines", "oscillation is reduced by".
_NO_OBJECT = re.compile(r"\s*(?:(?:by|from|to|with|as|when|in|on|at|over|under|across)\b|[.,;:)]|$)")
_OBJECT_END = re.compile(rf"{CLAUSE.pattern}|\bwith\b", re.IGNORECASE)
_HEAD_WORDS = 2  # "error rate" is a cost, "distortion recognition accuracy" none
_SPEED = ("accelerat", "fast", "slow", "speed")
_SUBJECT_WORDS = 3  # of sense before such a verb
_BOUNDS = frozenset(["above", "below"])  # "from below 15% to above 84%" rises
_BEFORE_NUMBER = re.compile(r"\s[$~]?\d")
_FROM = re.compile(r"\bfrom\s(?:\w+\s)?$")
_TO = re.compile(r"\s?(?:%|\\%)?\$?\sto\s(?:\w+\s)?\$?")
_SHARES_VERB = re.compile(r"\band\s[^,;.]{1,40}\sby\s(?:up to\s|over\s|about\s)?\+?$")
_DENIED = re.compile(r"\b(?:rather than|instead of|without|not|no|never|nor|cannot|n['’]t)\s(?:\w+\s)?$")


class _Effect(NamedTuple):
    name: str
    pole: int
    key: str  # the word that says so


def _list_effects(text: str, words: Sequence[Word], numbers: Sequence[NumberMention], most: int) -> Iterator[_Effect]:
    """What rises or falls: "reduces latency" is (latency, -1), "improves latency" too, "improves accuracy" (accuracy, 1)."""
    words = [word for word in words if not any(one.start <= word.start < one.end for one in numbers)]  # "two times"
    for place, word in enumerate(words):
        pole = 0 if word.lower in _BOUNDS and _BEFORE_NUMBER.match(text, word.end) else get_pole(word)
        if not pole or _DENIED.search(text, max(0, word.start - 25), word.start):
            continue
        if _NO_OBJECT.match(text, word.end):
            start = max((clause.end() for clause in CLAUSE.finditer(text, 0, word.start)), default=0)
            subjects = [
                before.stem
                for before in words[max(0, place - 8) : place]
                if before.start >= start and before.stem and not get_pole(before)
            ]
            yield from _build_effects(word, pole, subjects[-_SUBJECT_WORDS:])
        clause = _OBJECT_END.search(text, word.end)
        end = clause.start() if clause else len(text)
        objects = [
            later.stem
            for later in words[place + 1 : place + 8]
            if later.start < end and later.stem and not get_pole(later)
        ]
        yield from _build_effects(word, pole, objects[:most])


def _build_effects(word: Word, pole: int, names: Sequence[str]) -> Iterator[_Effect]:
    """One effect on several words, of which one may be a cost: a "better force error" is less of it.

    What gets faster does so whether or not its time is named: "speedup in inference time".
    """
    costs = COST_STEMS.intersection(names[-_HEAD_WORDS:]) if is_quality(word) else ()
    flipped = costs if word.lower.startswith(_SPEED) else names if costs else ()
    return (_Effect(name, -pole if name in flipped else pole, word.stem or word.lower) for name in names)


def is_turned(aligned: Aligned) -> bool:
    """Whether the claim lets something rise that falls in the source, or the other way round."""
    if not aligned.same_matter:
        return False
    claimed = list(_list_effects(aligned.claim, aligned.words, find_numbers(aligned.claim), _OBJECT_WORDS))
    every = [set(_list_effects(unit.text, unit.words, unit.mentions, _SOURCE_OBJECT_WORDS)) for unit in aligned.units]
    stated = [effects for effects, unit in zip(every, aligned.units, strict=True) if unit in aligned.same_matter]
    keys = [{effect.key for effect in effects} for effects in stated]
    both = {(effect.name, effect.pole) for effects in every for effect in effects}
    mine = {(effect.name, effect.pole) for effect in claimed}
    kept = any((effect.name, effect.pole) in both for effect in claimed)
    turned = {(effect.name, effect.pole) for effect in claimed if (effect.name, -effect.pole) in both - mine}
    if len({pole for name, pole in turned if (name, pole) not in both}) > 1:
        return True  # "improves A but degrades B" for the reverse
    shared = {effect.key for effects in every for effect in effects.intersection(claimed)}
    for effect in claimed:
        opposite = (effect.name, -effect.pole)
        if effect.key in shared or opposite in mine or (effect.name, effect.pole) in both:
            continue
        for effects, own in zip(stated, keys, strict=True):
            if any((other.name, other.pole) == opposite for other in effects) and (effect.key not in own or not kept):
                return True
    if aligned.similarity < NEAR_COPY:
        return False
    words, theirs = ([word for word in words if get_pole(word)] for words in (aligned.words, aligned.units[0].words))
    shared = {word.stem or word.lower for word in words} & {word.stem or word.lower for word in theirs}
    new = {get_pole(word) for word in words if (word.stem or word.lower) not in shared}
    gone = {-get_pole(word) for word in theirs if (word.stem or word.lower) not in shared}
    return bool(new & gone)


def _list_changes(numbers: Sequence[NumberMention], text: str) -> Iterator[tuple[Set[Quantity], Set[Quantity]]]:
    """What a text lets change "from" one number "to" another."""
    for one, two in pairwise(numbers):
        if _TO.fullmatch(text, one.end, two.start) and _FROM.search(text, max(0, one.start - 20), one.start):
            yield frozenset(one.readings), frozenset(two.readings)


def _turns_change(aligned: Aligned) -> bool:
    """Whether the claim changes a number "from 84.4% to 14.9%" that the source changes the other way."""
    mine = list(_list_changes(find_numbers(aligned.claim), aligned.claim))
    theirs = [change for unit in aligned.units for change in _list_changes(unit.mentions, unit.text)] if mine else []
    return any(start & end_at and end & start_at for start, end in mine for start_at, end_at in theirs)


def turns_number(aligned: Aligned) -> bool:
    """Whether a number says "more" in the claim and "less" in the source, or a change goes the other way."""
    if _turns_change(aligned):
        return True
    mine = list(_list_bounds(aligned.claim, find_numbers(aligned.claim)))
    theirs = [bound for unit in aligned.units for bound in _list_bounds(unit.text, unit.mentions)]
    for same, is_more in mine:
        bounds = {other for readings, other in theirs if readings & same}
        if bounds and is_more not in bounds:
            return True
    claimed = list(_list_number_poles(aligned.claim, aligned.words))
    stated = [pair for unit in aligned.units for pair in _list_number_poles(unit.text, unit.words)]
    for readings, poles in claimed:
        others = [other for same, other in stated if readings & same]
        if others and all(not poles & other and {(kind, -pole) for kind, pole in poles} & other for other in others):
            return True
    return False


def _list_bounds(text: str, numbers: Sequence[NumberMention]) -> Iterator[tuple[Set[Quantity], bool]]:
    """The numbers that something is said to be above or below of."""
    for number in numbers:
        if match := _BOUND.search(text, max(0, number.start - 20), number.start):
            yield frozenset(number.readings), match["more"] is not None


def _list_number_poles(text: str, words: Sequence[Word]) -> Iterator[tuple[Set[Quantity], Set[tuple[bool, int]]]]:
    """Each number with the directions beside it: "3.25 times smaller", "improves by 15%"."""
    numbers = find_numbers(text)
    previous: Set[tuple[bool, int]] = frozenset()
    for place, number in enumerate(numbers):
        least = numbers[place - 1].end if place else 0
        most = numbers[place + 1].start if place + 1 < len(numbers) else len(text)
        before = [word for word in words if least <= word.start and word.end <= number.start][-_NEAR_NUMBER:]
        behind = [word for word in words if number.end <= word.start < most][:_BEHIND_NUMBER]
        poles: Set[tuple[bool, int]] = {
            (is_quality(word), get_pole(word))
            for word in (*before, *behind)
            if get_pole(word) and word.lower not in _BOUNDS
        }
        if not poles and _SHARES_VERB.search(text, least, number.start):
            poles = set(previous)  # "raises A by 20% and B by 27%"
        if len(poles) == 1:
            yield frozenset(number.readings), poles
        previous = poles
