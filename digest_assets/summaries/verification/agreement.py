"""Agreement: whether a sentence that speaks of the same as the text also says the same of it.

Each check compares a claim with the source units that it was aligned with. It speaks up only where the words leave
little doubt: a false alarm costs the reader's trust in all of them. Whether a number is said of the right thing is in
`attribution`.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from digest_assets.summaries.verification.alignment import NEAR_COPY, Aligned
from digest_assets.summaries.verification.directions import COST_STEMS, is_turned, turns_number
from digest_assets.summaries.verification.lexicon import STRONG
from digest_assets.summaries.verification.negations import is_denied, is_negated_differently
from digest_assets.summaries.verification.poles import get_pole
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.units import UNITS
from digest_assets.summaries.verification.words import Name, find_names, find_words, name_key, stem_word

_BEATS = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|underperform\w*|(?:better|worse|faster|slower|higher|lower|larger|smaller)"
    r"\s(?:\w+\s){0,3}(?:than|compared (?:to|with))|ahead of|behind|(?:superior|inferior) to"
    r"|(?:improv\w+|gains?|speed-?\s?ups?|speedups?|advantages?|edge|lead)\s(?:\w+\s){0,4}(?:over|upon))\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s(?:\w+\s)?$")  # "is (clearly) outperformed by"
_PASSIVE_CHARACTERS = 25
_STANDARD = re.compile(r"\b(?:than|compared (?:to|with)|relative to|versus|vs\.?|over)\s", re.IGNORECASE)
_STANDARD_END = re.compile(r"[;.]\s|,\s(?!and\b|[A-Z])|\b(?:and|while|but)\s(?:by|in|with)\b")
_FIRST_CHARACTERS = 3  # of a sentence: what stands there opens it
_AMOUNTS = ("higher", "lower", "larger", "smaller")
_SPEED = re.compile(r"faster|slower|speed")
_SIZE = re.compile(r"larger|smaller|exceed")
_COMPARED_ON = re.compile(r"\s(?:in|on|for|at|by|across|with|when)\s")
_MAX_COMPARISONS = 40  # sentences that name both of the compared: more than a paper's results have
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
_OPENING_CHARACTERS = 60  # of a sentence, in which its subject stands
_MIN_SAME_WORDS = 0.7  # of the claim's words but the name, that the source has
_LESS = frozenset(["worse", "slower", "lower", "smaller", "behind"])

_EVERY = re.compile(r"(?<![\d.])100\s?\\?%")  # says "all"


def find_contradictions(aligned: Aligned) -> Iterator[str]:
    """Why the claim does not say what its units say, a word for each reason."""
    if is_negated_differently(aligned):
        yield "negation"
    if is_turned(aligned) or turns_number(aligned) or _swaps_compared(aligned) or _swaps_roles(aligned):
        yield "direction"
    if _overclaims(aligned):
        yield "strength"
    if _names_another(aligned) or _speaks_of_another(aligned) or _has_another_subject(aligned):
        yield "name"


# Comparisons


def _swaps_compared(aligned: Aligned) -> bool:
    """Whether claim and source, in the first place where it compares the same two, do so the other way round."""
    claimed = _split_comparison(aligned.claim, aligned.index)
    if claimed is None:
        return False
    numbers = find_numbers(aligned.claim)
    for unit in dict.fromkeys((*aligned.units, *_find_comparisons(claimed, aligned.index))):
        stated = _split_comparison(unit.text, aligned.index)
        if stated is None or stated.kind != claimed.kind:
            continue
        same = claimed.is_less == stated.is_less
        crossed = bool(claimed.before & stated.after) and bool(claimed.after & stated.before)
        # What both set behind the comparison weighs more: much may stand before it ("with X, A beats B").
        straight = bool(claimed.after & stated.after) or (bool(claimed.before & stated.before) and not crossed)
        shares_number = any(set(one.readings) & set(other.readings) for one in numbers for other in unit.mentions)
        others = [_find_names_beside(text, _BEATS, False, _NEXT_CHARACTERS) for text in (aligned.claim, unit.text)]
        if unit in aligned.units and shares_number and all(others) and not others[0] & (others[1] | stated.after):
            return True  # compared with another
        if (same and straight) or (not same and crossed and not straight):
            return False
        if (same and crossed) or (straight and not crossed and bool(claimed.after & stated.after)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Roles:
    """Who does better or has more (`subjects`), than whom (`standards`), and whether it is more or less."""

    subjects: Set[str]
    standards: Set[str]
    pole: int


def _read_roles(text: str, index: SourceIndex) -> _Roles | None:
    """The roles of the names beside "than" or "compared with"; before a comma the standard may open the sentence."""
    match = _STANDARD.search(text)
    if match is None:
        return None
    end = _STANDARD_END.search(text, match.end())
    end_at = end.start() if end else len(text)
    names = find_names(text)
    if (opening := _find_subject(text, index)) and opening.start not in {name.start for name in names}:
        names.insert(0, opening)
    standards = {name.key for name in names if match.end() <= name.start < end_at}
    is_first = match.start() < _FIRST_CHARACTERS
    span = (end_at, len(text)) if is_first else (0, match.start())
    subjects = {name.key for name in names if span[0] <= name.start < span[1]} - standards
    if subjects & index.own_names or _OWN.search(text, *span):
        subjects.add(_OWN_KEY)
    if standards & index.own_names:
        standards.add(_OWN_KEY)
    poles = [pole for word in find_words(text) if (pole := get_pole(word))]
    return _Roles(subjects, standards, poles[0] if poles else 0)


def _swaps_roles(aligned: Aligned) -> bool:
    """Whether the claim says of one name that it is more than another, and the source the same of the other."""
    claimed = _read_roles(aligned.claim, aligned.index)
    if claimed is None:
        return False
    for unit in aligned.units:
        stated = _read_roles(unit.text, aligned.index) if unit.group is None else None
        if stated is None or claimed.pole != stated.pole or claimed.subjects & stated.subjects:
            continue
        if claimed.subjects & stated.standards and claimed.standards & stated.subjects:
            return True
    return False


def _find_comparisons(claimed: "_Comparison", index: SourceIndex) -> list[SourceUnit]:
    """The sentences that speak of names on both sides of a comparison."""
    sides = [
        {place for name in side for word in find_words(name) for place in index.postings.get(word.stem, ())}
        for side in (claimed.before_names, claimed.after_names)
    ]
    places = sorted(sides[0] & sides[1])[:_MAX_COMPARISONS]
    return [index.units[place] for place in places if index.units[place].group is None]


def _speaks_of_another(aligned: Aligned) -> bool:
    """Whether claim and source say "the best", or "all except", of different systems."""
    for pattern, is_before in ((_SUPERLATIVE, True), (_EXCEPT, False)):
        claimed = _find_names_beside(aligned.claim, pattern, is_before)
        others = [names for unit in aligned.units if (names := _find_names_beside(unit.text, pattern, is_before))]
        if claimed and others and not any(claimed & names for names in others):
            return not is_before or not claimed & aligned.index.own_names
    return False


def _has_another_subject(aligned: Aligned) -> bool:
    """Whether the claim says of one name, all but in the source's words, what the source says of another."""
    subject = _find_subject(aligned.claim, aligned.index)
    if subject is None or subject.key in aligned.index.own_names or find_numbers(aligned.claim):
        return False  # what a part of it does, the paper's own system does
    expected_stems = aligned.stems - {word.stem for word in find_words(subject.text)}
    unit = aligned.units[0]
    letters = name_key(unit.text)
    other = _find_subject(unit.text, aligned.index)
    return (
        other is not None
        and len(expected_stems) > 1
        and len(expected_stems & unit.stems) >= _MIN_SAME_WORDS * len(expected_stems)
        and subject.key in aligned.index.letters
        and subject.key not in letters
        and other.key not in name_key(aligned.claim)
    )


def _find_subject(text: str, index: SourceIndex) -> Name | None:
    """The name that opens a sentence."""
    words = find_words(text[:_OPENING_CHARACTERS])
    if not words:
        return None
    opening = words[1] if words[0].lower == "the" and len(words) > 1 else words[0]
    names = [name for name in find_names(text) if name.start == opening.start]
    if not names and opening.text in index.capitalized:
        names = [Name(opening.start, opening.end, opening.text, name_key(opening.text))]
    return names[0] if names else None


def _find_names_beside(text: str, pattern: re.Pattern[str], is_before: bool, most: int = 40) -> set[str]:
    match = pattern.search(text)
    if match is None:
        return set()
    if is_before:
        return {name.key for name in find_names(text) if name.end <= match.start()}
    return {name.key for name in find_names(text) if match.end() <= name.start < match.end() + most}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What stands before and after "outperforms", whether that says that the first is less, and of what kind it is."""

    before: Set[str]
    after: Set[str]
    is_less: bool
    kind: str
    before_names: Sequence[str]
    after_names: Sequence[str]


def _split_comparison(text: str, index: SourceIndex) -> _Comparison | None:
    """The comparison of a sentence: names, where there are any; else words. "Our method", "we" and own names are one."""
    match = _BEATS.search(text)
    if match is None:
        return None
    less = match[0].startswith(("underperform", "inferior")) or bool(_LESS & set(match[0].split()))
    less ^= _PASSIVE.search(text, max(0, match.start() - _PASSIVE_CHARACTERS), match.start()) is not None and (
        text.startswith(" by", match.end())
    )
    names = find_names(text)
    end = match.end() + _COMPARED_CHARACTERS
    if (data := _COMPARED_ON.search(text, match.end() + 1, end)) and any(
        match.end() <= name.start < data.start() for name in names
    ):
        end = data.start()  # "beats X in accuracy on Y" compares with X
    names_before = [name for name in names if name.end <= match.start()]
    names_after = [name for name in names if match.end() <= name.start < end]
    before, after = ({name.key for name in names_there} for names_there in (names_before, names_after))
    after = after or _list_long_words(text[match.end() : match.end() + _COMPARED_CHARACTERS])
    own = {name.key for name in names if name.key in index.own_names and not name.text[1:].islower()}
    subject = _OWN.search(text, max(0, match.start() - _SUBJECT_CHARACTERS), match.start())
    is_own = bool(before & own) or subject is not None
    before = before or _list_long_words(text[max(0, match.start() - _COMPARED_CHARACTERS) : match.start()], last=True)
    if is_own:
        before.add(_OWN_KEY)
    if after & own or _OWN.match(text, match.end() + 1):
        after.add(_OWN_KEY)
    less ^= match[0].startswith(_AMOUNTS) and any(
        word.stem in COST_STEMS for word in find_words(match[0])
    )  # "lower latency than" is better
    kind = "speed" if _SPEED.search(match[0]) else "size" if _SIZE.search(match[0]) else "quality"
    sides = ([name.text for name in names_there] for names_there in (names_before, names_after))
    return _Comparison(before - after, after - before, less, kind, *sides)


def _list_long_words(text: str, *, last: bool = False) -> set[str]:
    """The first or last words, without those that every sentence has."""
    words = [word.lower for word in find_words(text) if len(word.lower) >= _COMPARED_LETTERS and not get_pole(word)]
    return set(words[-_COMPARED_WORDS:] if last else words[:_COMPARED_WORDS])


# Strength


def _overclaims(aligned: Aligned) -> bool:
    lowers = {word.lower for word in aligned.words if not is_denied(aligned, word)}
    source = {word.lower for unit in aligned.context for word in unit.words}
    if any(_EVERY.search(unit.text) for unit in aligned.context):
        source.add("entire")
    best = {word.lower for word in aligned.units[0].words}
    is_copy = aligned.similarity >= NEAR_COPY
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
    if aligned.similarity < NEAR_COPY:
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
    # "Bangla-specific" names Bangla alone, "GPU-hours" another unit
    named = [part for part in parts if not (part.isalpha() and part.islower()) or part in UNITS]
    if len(parts) > 1 and named and all(name_key(part) in index.letters for part in named):
        return True
    if name.text.rstrip("s").isupper():
        return name.key in index.initials
    if name.text[1:].islower():  # a word with a capital: "Transformers", "Bayesian"
        stem = stem_word(name.text.lower())
        return not stem or stem in index.letters
    return False
