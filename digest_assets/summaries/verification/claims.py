"""Claims: each sentence of a summary with the places of the text that it stands on, and a verdict.

*quoted*: the sentence is the text's own. *supported*: source sentences or table rows say it: they share its words, and
its numbers, units, names, directions and negations agree with theirs. *unsupported*: neither. *undecided*: it
gives nothing by which it could be found: it is in another script than the text without a name or number, or could be of
any paper.

How often this is right is measured by `benchmarks.claims` on labelled claims.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from rapidfuzz import fuzz, process

from digest_assets.summaries.verification.agreement import find_contradictions
from digest_assets.summaries.verification.alignment import Aligned
from digest_assets.summaries.verification.evidence import MIN_SAME_RATIO, strip_to_letters
from digest_assets.summaries.verification.number_places import place_numbers
from digest_assets.summaries.verification.numbers import (
    NumberIndex,
    NumberTrace,
    mark_missing,
    trace_numbers,
)
from digest_assets.summaries.verification.poles import get_pole
from digest_assets.summaries.verification.quantities import NumberMention, find_numbers, is_telling
from digest_assets.summaries.verification.rarity import get_rarity
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import Word, find_words
from digest_assets.texts.sentences import find_sentence_spans

Verdict = Literal["quoted", "supported", "unsupported", "undecided"]

# Of a claim's words, weighed by how rare they are, that its places must have. Of 381 sentences of a model's summaries
# all but two have as much in the abstract that they summarise, and 14 have it in another's (`benchmarks/claims.py --summaries`).
MIN_COVERAGE = 0.22
_NUMBER_BITS = 8.0  # what a number says of its place: as much as a word that one of 300 abstracts has
_MIN_TELLING_BITS = 6.0  # of a sentence: with less ("This work overcomes these challenges") it could be of any paper
_MIN_JOINED = 7  # letters of a compound: shorter ones stand in other words by chance
_MAX_UNITS = 3  # places of one sentence: what needs more is said by no place
_CANDIDATES = 12  # units that are looked at: the right one is among them, or it shares too little
_MIN_GAIN = 0.12  # of a claim's words that a further place must add
_MIN_KNOWN_SHARE = 0.5  # of its words in the text's script: below it, names and numbers alone say where it stands
_MIN_QUOTED_LETTERS = 8  # a shorter one is a name ("COCO") and has to stand there as it is
_MAX_SENTENCE = 2_000  # characters that are compared: more is no sentence

_DIGITS = re.compile(r"\d+")
_STOP = re.compile(r"[.!?。！？…]{1,3}[\"'”’»)\]）」』*]{0,4}$")
_NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|fails?)\b|n['’]t\b", re.IGNORECASE)
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a summary at `[start, end)` of its text, with its verdict, its places and its numbers.

    `reason` says in a word why it is unsupported: `words`, `number`, `name`, `direction`, `negation`, `strength`.
    """

    start: int
    end: int
    verdict: Verdict
    units: tuple[SourceUnit, ...]
    numbers: tuple[NumberTrace, ...]
    reason: str | None = None


def check_claims(
    text: str, index: SourceIndex, cited: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> list[Claim]:
    """The claims of a text, sentence by sentence; numbers stand at their places in the text.

    `cited` says which units the writer names for a sentence, by the sentence's letters: they are looked at first.
    """
    return [_check_sentence(text, start, end, index, cited) for start, end in find_sentence_spans(text)]


def _check_sentence(text: str, start: int, end: int, index: SourceIndex, cited: Mapping[str, Sequence[int]]) -> Claim:
    sentence = text[start : min(end, start + _MAX_SENTENCE)]
    words = find_words(sentence)
    stems = _list_known_script_stems(words, index)
    ranked = index.rank(sentence, stems, _CANDIDATES)
    named = cited.get(strip_to_letters(text[start:end]), ()) if cited else ()
    if not named:
        return _compare(sentence, start, end, words, stems, ranked, index)
    claim = _compare(sentence, start, end, words, stems, list(dict.fromkeys((*named, *ranked))), index)
    if claim.verdict == "unsupported":
        return claim
    if claim.verdict == "undecided":  # nothing in the sentence contradicts the writer
        return replace(claim, units=tuple(index.units[place] for place in named[:_MAX_UNITS]))
    # A place that was named cannot outweigh one that contradicts it, but where both say the sentence it is the one shown.
    alone = _compare(sentence, start, end, words, stems, list(named), index)
    return claim if alone.verdict == "unsupported" else alone


def _compare(
    sentence: str, start: int, end: int, words: list[Word], stems: set[str], ranked: Sequence[int], index: SourceIndex
) -> Claim:
    """The claim of a sentence, compared with the units at these places."""
    if quoted := _find_quoted(sentence, ranked, index):
        texts = [" ".join(unit.text for unit in quoted), *(index.clean(unit.text) for unit in quoted)]
        quoted_numbers = NumberIndex.merge([NumberIndex.from_texts(texts), *(unit.numbers for unit in quoted)])
        numbers = trace_numbers(sentence, quoted_numbers)
        if all(trace.status != "missing" for trace in numbers):  # letters alone know neither sign nor unit
            return Claim(start, end, "quoted", quoted, tuple(_move(trace, start) for trace in numbers))
    stated = find_numbers(sentence)
    compared = _list_compared_words(words, stated, stems)
    chosen, coverage = _choose(compared, _join_neighbours(sentence, words), stated, ranked, index)
    is_foreign = len(stems) < _MIN_KNOWN_SHARE * sum(bool(word.stem) for word in words)
    numbers, places = place_numbers(sentence, stems, ranked, chosen, index, is_foreign)
    moved = tuple(_move(trace, start) for trace in numbers)
    chosen = list(dict.fromkeys((*chosen, *places)))[: _MAX_UNITS + len(places)]
    units = tuple(index.units[place] for place in chosen)
    if not numbers and not units and sum(map(get_rarity, stems)) < _MIN_TELLING_BITS:
        return Claim(start, end, "undecided", units, moved)
    reason = None
    if not units or (coverage < MIN_COVERAGE and not (is_foreign and places)):
        reason = "words"
    elif any(trace.status == "missing" for trace in numbers):
        reason = "number"
    else:
        context = list(dict.fromkeys(unit for place in chosen for unit in index.get_context(place)))
        similarity = _compute_similarity(words, units[0])
        matter = {stem for stem, is_needed in compared.items() if is_needed} - index.own_stems
        reason = next(find_contradictions(Aligned(sentence, words, units, context, index, similarity, matter)), None)
    return Claim(start, end, "unsupported" if reason else "supported", units, moved, reason)


def _list_known_script_stems(words: Iterable[Word], index: SourceIndex) -> set[str]:
    """The claim's stems; those in a script that the text does not use cannot be compared."""
    stems = {word.stem for word in words if word.stem}
    if _CJK.search(index.letters[:2_000]):
        return stems
    return {stem for stem in stems if not _CJK.match(stem)}


def _find_quoted(sentence: str, ranked: Sequence[int], index: SourceIndex) -> tuple[SourceUnit, ...]:
    """The unit, or the two neighbours, in which the sentence stands word for word."""
    sentence_letters = strip_to_letters(sentence)
    if len(sentence_letters) < _MIN_QUOTED_LETTERS:
        name = re.compile(rf"(?<!\w){re.escape(sentence.rstrip('.。 '))}(?!\w)")
        return next(
            ((index.units[place],) for place in ranked if sentence_letters and name.search(index.units[place].text)), ()
        )
    for place in ranked[:4]:
        unit = index.units[place]
        for units in ((unit,), tuple(index.units[place : place + 2])):
            raw = " ".join(one.text for one in units)
            for text in (raw, index.clean(raw)):
                letters = strip_to_letters(text)
                at = letters.find(sentence_letters)
                if at >= 0 and not (at > 0 and _NEGATION.search(text[: _find_letter(text, at)])):
                    return units
    return ()


def _find_letter(text: str, count: int) -> int:
    """Where the letter with this number stands in a text."""
    seen = 0
    for place, char in enumerate(text):
        if char.isalnum():
            if seen == count:
                return place
            seen += 1
    return len(text)


def _list_compared_words(words: Iterable[Word], stated: Sequence[NumberMention], stems: set[str]) -> dict[str, bool]:
    """The stems without those that stand only in numbers and their units ("six", "milliseconds"), and which a place needs.

    Numbers are compared as such, and directions too: "climbs" may be the "improves" of the text.
    """
    found: dict[str, bool] = {}
    for word in words:
        if word.stem in stems and not any(number.start <= word.start < number.end for number in stated):
            found[word.stem] = found.get(word.stem, False) or not get_pole(word)
    return found


def _join_neighbours(sentence: str, words: Sequence[Word]) -> dict[str, str]:
    """The letters of each two words that a text may write as one, by the stem of either: "data sets", "fine-tuning"."""
    joined: dict[str, str] = {}
    for one, two in pairwise(words):
        if two.start - one.end <= 1 and one.stem and two.stem and not _CJK.match(one.text):
            joined |= dict.fromkeys((one.stem, two.stem), one.lower + two.lower.removesuffix("s"))
    return joined


def _has(unit: SourceUnit, stem: str, joined: Mapping[str, str]) -> bool:
    """Whether a unit has a word, perhaps as a part of another or in two: "dataset", "pre-training"."""
    if stem in unit.stems:
        return True
    letters = joined.get(stem, "")
    return (len(letters) >= _MIN_JOINED and letters in unit.letters) or (
        len(stem) >= _MIN_JOINED and stem in unit.letters
    )


def _choose(
    stems: Mapping[str, bool],
    joined: Mapping[str, str],
    stated: Sequence[NumberMention],
    ranked: Sequence[int],
    index: SourceIndex,
) -> tuple[list[int], float]:
    """The units that together have most of the words and numbers, and how much of them they have.

    A number that a place states says as much as a word that the text has only there.
    """
    weights: dict[str | NumberMention, float] = {stem: get_rarity(stem) for stem in stems}
    weights |= {number: _NUMBER_BITS for number in stated if is_telling(number)}
    held = {
        place: {
            key for key in weights if (_has(unit, key, joined) if isinstance(key, str) else unit.numbers.match(key))
        }
        for place in ranked
        for unit in (index.units[place],)
    }
    total = sum(weight for key, weight in weights.items() if not isinstance(key, str) or stems[key])
    left, chosen, covered = set(weights), list[int](), 0.0
    while left and len(chosen) < _MAX_UNITS and total:
        gains = [(sum(weights[key] for key in held[place] & left), -order) for order, place in enumerate(ranked)]
        gain, order = max(gains, default=(0.0, 0))
        if gain < _MIN_GAIN * total:
            break
        chosen.append(ranked[-order])
        covered += gain
        left -= held[ranked[-order]]
    return chosen, min(covered / total, 1.0) if total else 1.0


def _compute_similarity(words: Sequence[Word], unit: SourceUnit) -> float:
    """The share of words that claim and unit have in common, of all that they have."""
    mine = {word.stem or word.lower for word in words}
    theirs = {word.stem or word.lower for word in unit.words}
    return 2 * len(mine & theirs) / max(len(mine) + len(theirs), 1)


def _move(trace: NumberTrace, by: int) -> NumberTrace:
    return NumberTrace(trace.start + by, trace.end + by, trace.text, trace.status, trace.source)


def find_quote(quote: str, index: SourceIndex) -> tuple[SourceUnit, ...]:
    """The units that a quote copies; its spelling may differ a little, as two readings of one PDF do, a number may not."""
    if len(strip_to_letters(quote)) < _MIN_QUOTED_LETTERS:
        return ()
    ranked = index.rank(quote, {word.stem for word in find_words(quote) if word.stem}, _CANDIDATES)
    if found := _find_quoted(quote, ranked, index):
        return found
    quote_letters = strip_to_letters(quote)
    letters = [strip_to_letters(index.units[place].text) for place in ranked]
    best = process.extractOne(quote_letters, letters, scorer=fuzz.ratio, score_cutoff=MIN_SAME_RATIO)
    if best is None or _DIGITS.findall(quote_letters) != _DIGITS.findall(best[0]):
        return ()
    return (index.units[ranked[best[2]]],)


def mark_unsupported(text: str, claims: Iterable[Claim]) -> str:
    """The text with ` ⚠` behind each missing number, and before the full stop of each sentence that nothing supports."""
    claims = list(claims)
    ends = [
        claim.start + _find_stop(text[claim.start : claim.end]) for claim in claims if claim.verdict == "unsupported"
    ]
    return mark_missing(text, (number for claim in claims for number in claim.numbers), ends)


def _find_stop(sentence: str) -> int:
    match = _STOP.search(sentence)
    return match.start() if match else len(sentence)
