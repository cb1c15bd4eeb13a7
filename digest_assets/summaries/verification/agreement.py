"""Agreement: whether a sentence that speaks of the same as the text also says the same of it.

Each check compares a claim with the source units that it was aligned with. It speaks up only where the words leave
little doubt: a false alarm costs the reader's trust in all of them. Whether a number is said of the right thing is in
`attribution`.
"""

import re
from collections.abc import Iterator

from digest_assets.summaries.verification.alignment import NEAR_COPY, Aligned
from digest_assets.summaries.verification.directions import get_pole, is_turned, turns_number
from digest_assets.summaries.verification.lexicon import STRONG
from digest_assets.summaries.verification.negations import is_negated_differently
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.summaries.verification.words import Name, find_names, find_words, name_key, stem_word

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


def find_contradictions(aligned: Aligned) -> Iterator[str]:
    """Why the claim does not say what its units say, a word for each reason."""
    if is_negated_differently(aligned):
        yield "negation"
    if is_turned(aligned) or turns_number(aligned) or _swaps_compared(aligned):
        yield "direction"
    if _overclaims(aligned):
        yield "strength"
    if _names_another(aligned) or _speaks_of_another(aligned):
        yield "name"


# Comparisons


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
    if len(parts) > 1 and all(name_key(part) in index.letters for part in parts):
        return True
    if name.text.rstrip("s").isupper():
        return name.key in index.initials
    if name.text[1:].islower():  # a word with a capital: "Transformers", "Bayesian"
        stem = stem_word(name.text.lower())
        return not stem or stem in index.letters
    return False
