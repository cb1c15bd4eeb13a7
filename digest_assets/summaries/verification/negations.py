"""Negations: whether a claim denies what its source affirms, or affirms what it denies."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from digest_assets.summaries.verification.alignment import CLAUSE, Aligned
from digest_assets.summaries.verification.lexicon import IMPLIED, NEGATIONS, SOFT_NEGATIONS
from digest_assets.summaries.verification.poles import get_pole
from digest_assets.summaries.verification.source_units import SourceUnit
from digest_assets.summaries.verification.words import Word, stem_word

_ALL_NEGATIONS = NEGATIONS | SOFT_NEGATIONS
_NEGATING = re.compile(
    r"un(?!der|i|its)[a-z]{4,}|non[a-z]{4,}|in(?:accura|suffici|adequa|feasib|capab|abilit|effecti|effici|comple|correc|consist)\w*"
    r"|im(?:possib|practic|perfect)\w*|dis(?:regard|able|card|miss)\w*|[a-z]{3,}(?:less|free)"
)
_NEGATED_WORDS = 3  # words of sense after a negation that it negates: "without any reliance on reinforcement learning"
_NEGATION_REACH = 6  # words before which a negation is felt

# "Cannot work without labels" needs them; "works without labels" does not.
_NEEDS = re.compile(r"\b(?:not|cannot|never|unable|impossible)\b|n['’]t\b")
_WITHOUT = re.compile(r"\bwithout\b")
_REQUIRES = re.compile(r"\b(?:requir\w*|needs?|rel(?:y|ies) on|depends? on|demands?|uses?)\s")
_ONLY = re.compile(r"\s(?:only|merely|just)\b")  # "not only" denies nothing
_INSTEAD = re.compile(r"(?:instead of|rather than)\s", re.IGNORECASE)
_NEEDED_WORDS = 3
_HEDGES = frozenset(["may", "might", "could"])  # "may not generalise" denies nothing
# "Without giving up accuracy", "no loss of accuracy": accuracy is kept, nothing is denied.
_LOSING = frozenset(["giving", "losing", "sacrificing", "compromising", "degrading", "hurting", "loss", "drop"])
_LOSS_WORDS = 3  # after a negation, among which such a word cancels it: "without any noticeable loss"
_ALMOST = frozenset(["almost", "nearly", "virtually", "practically"])
_WITHOUT_IT = re.compile(r"(?P<what>[a-z]{3,})(?:less|free)|(?:un|non)(?P<not>[a-z]{4,})")
# "Without needing labels", "without resorting to labels": labels are what is denied.
_NEEDING = frozenset(
    map(stem_word, ["needing", "requiring", "relying", "depending", "demanding", "resorting", "using", "involving"])
)


@dataclass(frozen=True)
class _Negated:
    """What each negation of a text negates, all stems that stand behind one in its clause, and those that do not."""

    groups: Sequence[Sequence[str]]
    reached: Set[str]
    free: Set[str]


def _is_negation(word: Word, negations: Set[str]) -> bool:
    return word.lower in negations or (negations is _ALL_NEGATIONS and _NEGATING.fullmatch(word.lower) is not None)


def _says_no_or_less(word: Word) -> bool:
    return _is_negation(word, _ALL_NEGATIONS) or get_pole(word) < 0


def _read_negations(text: str, words: Sequence[Word], negations: Set[str]) -> _Negated:
    ends = [match.start() for match in CLAUSE.finditer(text)] if words else []
    groups: list[list[str]] = []
    reached: set[str] = set()
    free: set[str] = set()
    clause: list[str] = []
    since, end, previous, previous_stem, stem = _NEGATION_REACH + 1, 0, "", "", ""
    for place, word in enumerate(words):
        while end < len(ends) and ends[end] < word.start:
            since, end, clause = _NEGATION_REACH + 1, end + 1, []
        since += 1
        if word.stem and not (since <= _NEGATION_REACH and word.stem in _NEEDING):
            (reached if since <= _NEGATION_REACH else free).add(word.stem)
            clause.append(word.stem)
            if since <= _NEGATION_REACH and len(groups[-1]) < _NEGATED_WORDS:
                groups[-1].append(word.stem)
        is_alternative, is_hedged = previous == "or", previous in _HEDGES  # "few or no labels" denies nothing
        previous, previous_stem, stem = word.lower, stem, word.stem
        if word.lower == "or" and groups and since <= _NEGATION_REACH:
            groups.append([])  # "without retraining or changes" denies both
            since = 0
        is_only = word.lower == "not" and _ONLY.match(text, word.end) is not None
        is_instead = negations is _ALL_NEGATIONS and _INSTEAD.match(text, word.start) is not None
        is_condition = word.start == 0 and word.lower == "without" and any(map(_says_no_or_less, words[1:]))
        is_kept = any(later.lower in _LOSING for later in words[place + 1 : place + 1 + _LOSS_WORDS])
        if is_instead or (
            _is_negation(word, negations) and not (is_alternative or is_hedged or is_only or is_condition or is_kept)
        ):  # "Without labels, it cannot learn" denies none
            since = 0
            groups.append([])
            reached.update(clause[:-1])  # "ground truth is not available"
            reached.update(_find_own_stems(text, word, previous_stem))
    return _Negated([group for group in groups if group], reached, free - reached)


def _read_source(unit: SourceUnit) -> _Negated:
    """What a unit denies: where it gives a zero, that may be anything in it ("0% detection"), and what terms imply."""
    found = _read_negations(unit.text, unit.words, _ALL_NEGATIONS)
    implied = {stem_word(word) for term, words in IMPLIED.items() if term in unit.letters for word in words}
    found = _Negated(found.groups, found.reached | implied, found.free - implied)
    if all(number.readings[0].value for number in unit.mentions):
        return found
    return _Negated(found.groups, found.reached | found.free, frozenset())


def _find_own_stems(text: str, word: Word, previous_stem: str) -> Iterator[str]:
    """What a negating word denies by itself: "calibrationless" and "calibration-free" do without calibration."""
    if match := _WITHOUT_IT.fullmatch(word.lower):
        yield stem_word(match["what"] or match["not"])
    if previous_stem and text[: word.start].endswith("-"):
        yield previous_stem


def is_denied(aligned: Aligned, word: Word) -> bool:
    """Whether a word of the claim stands behind a negation or "almost": "not for all" claims nothing of all."""
    before = [other for other in aligned.words if other.start < word.start][-_NEGATION_REACH:]
    if before and before[-1].lower in _ALMOST:
        return True
    return any(other.lower in NEGATIONS and not CLAUSE.search(aligned.claim, other.end, word.start) for other in before)


def is_negated_differently(aligned: Aligned) -> bool:
    """Whether one of the two denies what the other affirms."""
    if not aligned.same_matter:
        return False
    claim = _read_negations(aligned.claim, aligned.words, NEGATIONS)
    sources = [_read_source(unit) for unit in aligned.units]
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
    """Whether the claim says that it needs something, or goes not without it, of which the source says that it does."""
    free = frozenset().union(*(source.free for source in sources))
    reached = frozenset().union(*(source.reached for source in sources))
    without = _WITHOUT.search(aligned.claim)
    if without is None or not _NEEDS.search(aligned.claim, 0, without.start()):
        requires = _REQUIRES.search(aligned.claim)
        if requires is None or any(_is_negation(word, _ALL_NEGATIONS) for word in aligned.words):
            return False
        needed = [word.stem for word in aligned.words if word.start >= requires.end() and word.stem][:_NEEDED_WORDS]
        best = sources[0]  # what others need may stand beside it
        known = [stem for stem in needed if stem in best.reached | best.free]
        return bool(known) and all(stem in best.reached and stem not in best.free for stem in known)
    needed = [word.stem for word in aligned.words if word.start >= without.end() and word.stem][:_NEEDED_WORDS]
    is_double = any(_WITHOUT.search(unit.text) and _NEEDS.search(unit.text) for unit in aligned.units)
    return not is_double and any(stem in reached and stem not in free for stem in needed)
