"""Agreement: whether a sentence that speaks of the same as the text also says the same of it.

Each check compares a claim with the source units that it was aligned with. It speaks up only where the words leave
little doubt: a false alarm costs the reader's trust in all of them. Whether a number is said of the right thing is in
`attribution`.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from digest_assets.summaries.verification.lexicon import COSTS, NEGATIONS, SOFT_NEGATIONS, STRONG, Poles
from digest_assets.summaries.verification.quantities import NumberMention, Quantity, find_numbers
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import Name, Word, find_names, find_words, name_key, stem_word

_ALL_NEGATIONS = NEGATIONS | SOFT_NEGATIONS
_NEGATING = re.compile(
    r"un(?!der|i|its)[a-z]{4,}|non[a-z]{4,}|in(?:accura|suffici|adequa|feasib|capab|abilit|effecti|effici|comple|correc|consist)\w*"
    r"|im(?:possib|practic|perfect)\w*|dis(?:regard|able|card|miss)\w*|[a-z]{3,}(?:less|free)"
)
_CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:and|but|while|whereas|which|that|although|though|yet|because|since)\b", re.IGNORECASE
)
_NEGATED_WORDS = 3  # words of sense after a negation that it negates: "without any reliance on reinforcement learning"
_NEGATION_REACH = 6  # words before which a negation is felt


_QUANTITIES = Poles.from_lexicon("quantity", stem_word)
_QUALITIES = Poles.from_lexicon("quality", stem_word)
_COSTS = frozenset(map(stem_word, COSTS))
_OBJECT_WORDS, _SOURCE_OBJECT_WORDS = 2, 4  # of sense behind a direction, of which one is what rises or falls
# Words before and behind a number in which a direction is the number's own: "improves by 15%", "15% end-to-end speedup".
_NEAR_NUMBER, _BEHIND_NUMBER = 3, 6
_BOUND = re.compile(
    r"(?:\b(?P<more>over|above|more than|greater than|exceeding|at least|larger than|higher than)"
    r"|\b(?:under|below|less than|fewer than|at most|smaller than|lower than))\s(?:only\s|about\s)?[$~]?$"
)
_BEATS = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|underperform\w*|(?:better|worse|faster|slower|higher|lower|larger|smaller)"
    r"\s(?:\w+\s){0,3}(?:than|compared (?:to|with))|ahead of|behind)\b"
)
_SUPERLATIVE = re.compile(r"\b(?:best|highest|lowest|fastest|worst)\b")
_EXCEPT = re.compile(r"\b(?:except|excluding|apart from|other than)\b")
_NEXT_CHARACTERS = 14  # "than that of the X"
_COMPARED_CHARACTERS = 60  # behind a comparison, in which the other is named
_COMPARED_WORDS, _COMPARED_LETTERS = 5, 5  # "than the best single-teacher distillation"
_OWN = re.compile(
    r"\b(?:[Ww]e|[Oo]ur|[Tt]h(?:e|is) (?:\w+ )?(?:method|approach|framework|model|system|network|algorithm))\b"
)
_SUBJECT_CHARACTERS = 40  # before a comparison, in which its subject stands: "our learned policies substantially"
_OWN_KEY = "*"  # no name has it
_LESS = frozenset(["worse", "slower", "lower", "smaller", "behind"])

_EVERY = re.compile(r"(?<![\d.])100\s?\\?%")  # says "all"
# "Cannot work without labels" needs them; "works without labels" does not.
_NEEDS = re.compile(r"\b(?:not|cannot|never|unable|impossible)\b|n['’]t\b")
_WITHOUT = re.compile(r"\bwithout\b")
_NEEDED_WORDS = 3

_NEAR_COPY = 0.75  # of the words that claim and unit have, both have: what differs then is meant


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


def find_contradictions(aligned: Aligned) -> Iterator[str]:
    """Why the claim does not say what its units say, a word for each reason."""
    if _is_negated_differently(aligned):
        yield "negation"
    if _is_turned(aligned) or _turns_number(aligned) or _swaps_compared(aligned):
        yield "direction"
    if _overclaims(aligned):
        yield "strength"
    if _names_another(aligned) or _speaks_of_another(aligned):
        yield "name"


# Negation


@dataclass(frozen=True)
class _Negated:
    """What each negation of a text negates, all stems that stand behind one in its clause, and those that do not."""

    groups: Sequence[Sequence[str]]
    reached: Set[str]
    free: Set[str]


def _is_negation(word: Word, negations: Set[str]) -> bool:
    return word.lower in negations or (negations is _ALL_NEGATIONS and _NEGATING.fullmatch(word.lower) is not None)


def _read_negations(text: str, words: Sequence[Word], negations: Set[str]) -> _Negated:
    ends = [match.start() for match in _CLAUSE.finditer(text)] if words else []
    groups: list[list[str]] = []
    reached: set[str] = set()
    free: set[str] = set()
    clause: list[str] = []
    since, end, previous = _NEGATION_REACH + 1, 0, ""
    for word in words:
        while end < len(ends) and ends[end] < word.start:
            since, end, clause = _NEGATION_REACH + 1, end + 1, []
        since += 1
        if word.stem:
            (reached if since <= _NEGATION_REACH else free).add(word.stem)
            clause.append(word.stem)
            if since <= _NEGATION_REACH and len(groups[-1]) < _NEGATED_WORDS:
                groups[-1].append(word.stem)
        is_alternative, previous = previous == "or", word.lower  # "few or no labels" denies nothing
        if _is_negation(word, negations) and not is_alternative:
            since = 0
            groups.append([])
            reached.update(clause[:-1])  # "ground truth is not available"
    return _Negated([group for group in groups if group], reached, free - reached)


def _is_negated_differently(aligned: Aligned) -> bool:
    claim = _read_negations(aligned.claim, aligned.words, NEGATIONS)
    sources = [_read_negations(unit.text, unit.words, _ALL_NEGATIONS) for unit in aligned.units]
    for group in claim.groups:
        known = [stem for stem in group if any(stem in source.free | source.reached for source in sources)]
        if known and not any(known[0] in source.reached for source in sources):
            return True  # what the claim denies, the source affirms
        if not known and not any(_is_negation(word, _ALL_NEGATIONS) for unit in aligned.context for word in unit.words):
            return True  # the source denies nothing
    if _needs_what_is_not_needed(aligned, sources):
        return True
    if any(_is_negation(word, _ALL_NEGATIONS) for word in aligned.words):
        return False
    free = frozenset().union(*(source.free for source in sources))
    for unit in aligned.units:
        for group in _read_negations(unit.text, unit.words, NEGATIONS).groups:
            if len(group) > 1 and aligned.stems.issuperset(group) and group[0] not in free:
                return True  # what the source denies, the claim affirms
    return False


def _needs_what_is_not_needed(aligned: Aligned, sources: Sequence[_Negated]) -> bool:
    """Whether the claim says that it does not go without something, of which the source says that it does."""
    without = _WITHOUT.search(aligned.claim)
    if without is None or not _NEEDS.search(aligned.claim, 0, without.start()):
        return False
    needed = [word.stem for word in aligned.words if word.start >= without.end() and word.stem][:_NEEDED_WORDS]
    free = frozenset().union(*(source.free for source in sources))
    reached = frozenset().union(*(source.reached for source in sources))
    is_double = any(_WITHOUT.search(unit.text) and _NEEDS.search(unit.text) for unit in aligned.units)
    return not is_double and any(stem in reached and stem not in free for stem in needed)


# Direction


def get_pole(word: Word) -> int:
    """1 for a word that says more or better, -1 for one that says less or worse, 0 for others."""
    return _QUANTITIES.get(word.lower, word.stem) or _QUALITIES.get(word.lower, word.stem)


def _is_quality(word: Word) -> bool:
    return _QUALITIES.get(word.lower, word.stem) != 0


class _Effect(NamedTuple):
    name: str
    pole: int
    key: str  # the word that says so


def _list_effects(text: str, words: Sequence[Word], most: int) -> Iterator[_Effect]:
    """What rises or falls: "reduces latency" is (latency, -1), "improves latency" too, "improves accuracy" (accuracy, 1)."""
    for place, word in enumerate(words):
        pole = get_pole(word)
        if not pole:
            continue
        clause = _CLAUSE.search(text, word.end)
        end = clause.start() if clause else len(text)
        objects = [
            later.stem
            for later in words[place + 1 : place + 8]
            if later.start < end and later.stem and not get_pole(later)
        ]
        for name in objects[:most]:
            yield _Effect(name, -pole if _is_quality(word) and name in _COSTS else pole, word.stem or word.lower)


def _is_turned(aligned: Aligned) -> bool:
    """Whether the claim lets something rise that falls in the source, or the other way round."""
    claimed = list(_list_effects(aligned.claim, aligned.words, _OBJECT_WORDS))
    stated = [set(_list_effects(unit.text, unit.words, _SOURCE_OBJECT_WORDS)) for unit in aligned.units]
    keys = [{effect.key for effect in effects} for effects in stated]
    both = {(effect.name, effect.pole) for effects in stated for effect in effects}
    mine = {(effect.name, effect.pole) for effect in claimed}
    kept = any((effect.name, effect.pole) in both for effect in claimed)
    for effect in claimed:
        opposite = (effect.name, -effect.pole)
        if opposite in mine or (effect.name, effect.pole) in both:
            continue
        for effects, own in zip(stated, keys, strict=True):
            if any((other.name, other.pole) == opposite for other in effects) and (effect.key not in own or not kept):
                return True
    if aligned.similarity < _NEAR_COPY:
        return False
    words, theirs = ([word for word in words if get_pole(word)] for words in (aligned.words, aligned.units[0].words))
    shared = {word.stem or word.lower for word in words} & {word.stem or word.lower for word in theirs}
    new = {get_pole(word) for word in words if (word.stem or word.lower) not in shared}
    gone = {-get_pole(word) for word in theirs if (word.stem or word.lower) not in shared}
    return bool(new & gone)


def _turns_number(aligned: Aligned) -> bool:
    """Whether a number says "more" in the claim and "less" in the source."""
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
    for place, number in enumerate(numbers):
        least = numbers[place - 1].end if place else 0
        most = numbers[place + 1].start if place + 1 < len(numbers) else len(text)
        before = [word for word in words if least <= word.start and word.end <= number.start][-_NEAR_NUMBER:]
        behind = [word for word in words if number.end <= word.start < most][:_BEHIND_NUMBER]
        poles = {(_is_quality(word), get_pole(word)) for word in (*before, *behind) if get_pole(word)}
        if len(poles) == 1:
            yield frozenset(number.readings), poles


def _swaps_compared(aligned: Aligned) -> bool:
    """Whether claim and source compare the same two the other way round."""
    claimed = _split_comparison(aligned.claim, aligned.index)
    if claimed is None:
        return False
    numbers = find_numbers(aligned.claim)
    for unit in aligned.units:
        stated = _split_comparison(unit.text, aligned.index)
        if stated is None:
            continue
        same = claimed[2] == stated[2]
        crossed = bool(claimed[0] & stated[1]) and bool(claimed[1] & stated[0])
        # What both set behind the comparison weighs more: much may stand before it ("with X, A beats B").
        straight = bool(claimed[1] & stated[1]) or (bool(claimed[0] & stated[0]) and not crossed)
        shares_number = any(set(one.readings) & set(other.readings) for one in numbers for other in unit.mentions)
        others = [_find_names_beside(text, _BEATS, False, _NEXT_CHARACTERS) for text in (aligned.claim, unit.text)]
        if shares_number and all(others) and not others[0] & others[1]:
            return True  # compared with another
        if (same and crossed and not straight) or (not same and straight and not crossed and claimed[1] & stated[1]):
            return True
    return False


def _speaks_of_another(aligned: Aligned) -> bool:
    """Whether claim and source say "the best", or "all except", of different systems."""
    for pattern, is_before in ((_SUPERLATIVE, True), (_EXCEPT, False)):
        claimed = _find_names_beside(aligned.claim, pattern, is_before)
        others = [names for unit in aligned.units if (names := _find_names_beside(unit.text, pattern, is_before))]
        if claimed and others and not any(claimed & names for names in others):
            return not is_before or not claimed & aligned.index.own_names
    return False


def _find_names_beside(text: str, pattern: re.Pattern[str], is_before: bool, most: int = 40) -> set[str]:
    match = pattern.search(text)
    if match is None:
        return set()
    if is_before:
        return {name.key for name in find_names(text) if name.end <= match.start()}
    return {name.key for name in find_names(text) if match.end() <= name.start < match.end() + most}


def _split_comparison(text: str, index: SourceIndex) -> tuple[set[str], set[str], bool] | None:
    """What stands before and after "outperforms", and whether it says that the first is less.

    Names, where there are any; else the words. "Our method", "we" and the paper's own names are one.
    """
    match = _BEATS.search(text)
    if match is None:
        return None
    less = match[0].startswith("underperform") or bool(_LESS & set(match[0].split()))
    names = find_names(text)
    before = {name.key for name in names if name.end <= match.start()}
    after = {name.key for name in names if match.end() <= name.start < match.end() + _COMPARED_CHARACTERS}
    after = after or _list_long_words(text[match.end() : match.end() + _COMPARED_CHARACTERS])
    own = {name.key for name in names if name.key in index.own_names and not name.text[1:].islower()}
    subject = _OWN.search(text, max(0, match.start() - _SUBJECT_CHARACTERS), match.start())
    is_own = bool(before & own) or subject is not None
    before = before or _list_long_words(text[max(0, match.start() - _COMPARED_CHARACTERS) : match.start()], last=True)
    if is_own:
        before.add(_OWN_KEY)
    if after & own or _OWN.match(text, match.end() + 1):
        after.add(_OWN_KEY)
    return before - after, after - before, less


def _list_long_words(text: str, *, last: bool = False) -> set[str]:
    """The first or last words, without those that every sentence has."""
    words = [word.lower for word in find_words(text) if len(word.lower) >= _COMPARED_LETTERS and not get_pole(word)]
    return set(words[-_COMPARED_WORDS:] if last else words[:_COMPARED_WORDS])


# Strength


def _overclaims(aligned: Aligned) -> bool:
    lowers = {word.lower for word in aligned.words}
    source = {word.lower for unit in aligned.context for word in unit.words}
    if any(_EVERY.search(unit.text) for unit in aligned.context):
        source.add("entire")
    best = {word.lower for word in aligned.units[0].words}
    is_copy = aligned.similarity >= _NEAR_COPY
    for strong, others in STRONG:
        if (claimed := strong & lowers) and (not others & source or (is_copy and claimed - best and not others & best)):
            return True
    return is_copy and bool({"may", "might", "could"} & best) and not {"may", "might", "could", "can"} & lowers


# Names


def _names_another(aligned: Aligned) -> bool:
    """Whether the claim names what the text never names, or, in the source's own words, another than the source does."""
    index, named = aligned.index, find_names(aligned.claim)
    if any(len(name.key) > 1 and not name.key.isdigit() and not is_known(name, index) for name in named):
        return True
    if aligned.similarity < _NEAR_COPY:
        return False
    best = aligned.units[0]
    added = {name.key for name in named if name.key not in name_key(best.text)}
    gone = {name.key for name in best.names if name.key not in name_key(aligned.claim)}
    return bool(added) and bool(gone)


def is_known(name: Name, index: SourceIndex) -> bool:
    """Whether the text has a name: as it is, in parts (`GPT-4-based`), or as the first letters of its words."""
    if name.key in index.letters:
        return True
    parts = [part for part in re.split(r"[-./@+]", name.text) if len(part) > 1]
    if len(parts) > 1 and all(name_key(part) in index.letters for part in parts):
        return True
    if name.text.rstrip("s").isupper():
        return name.key in index.initials
    if name.text[1:].islower():  # a word with a capital: "Transformers", "Bayesian"
        stem = stem_word(name.text.lower())
        return not stem or stem in index.letters
    return False
