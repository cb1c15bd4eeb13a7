"""Number places: where a claim's numbers stand in the units that speak of the same, or from what there they follow."""

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from decimal import Decimal

from digest_assets.summaries.verification.attribution import Attribution
from digest_assets.summaries.verification.derivations import (
    find_complement,
    find_source_derivation,
    find_sum,
    is_imprecise,
    is_measured,
)
from digest_assets.summaries.verification.numbers import NumberIndex, NumberTrace, lists_as_many, trace_numbers
from digest_assets.summaries.verification.poles import get_pole
from digest_assets.summaries.verification.quantities import NumberMention, Quantity, find_numbers
from digest_assets.summaries.verification.rarity import get_rarity
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import Word, find_words

_MIN_CIRCUMSTANCE = 10  # what is counted with less ("two stages") is no circumstance of a measurement
_MIN_MORE_BITS = 5.0  # of a claim's words that another sentence has besides: a rare word, or two
_MAX_SCANNED = 60  # units that are all looked through for a number of a sentence in another script: an abstract's
# Behind a number, among which what it counts stands: "seven state-of-the-art models".
_COUNTED_WORDS, _NEXT_WORDS = 6, 3
_PAIR = Quantity("", Decimal(2))
_MIN_NUMBER_COVERAGE = 0.12  # of its words in the place of a number: the number alone may stand anywhere


def place_numbers(
    sentence: str, stems: set[str], ranked: Sequence[int], chosen: Sequence[int], index: SourceIndex, is_foreign: bool
) -> tuple[tuple[NumberTrace, ...], list[int]]:
    """The claim's numbers, each looked up where the text speaks of the same; and the places of those found."""
    stated = find_numbers(sentence)
    if not stated:
        return (), []
    weights = {stem: index.weigh(stem) for stem in stems}
    least = _MIN_NUMBER_COVERAGE * sum(weights.values())
    attribution = Attribution(sentence, index, is_foreign=is_foreign)
    counted = {stem for number in stated if (stem := _find_counted(sentence, number))}
    near = [
        place
        for place in dict.fromkeys(
            (*chosen, *ranked, *(range(min(len(index.units), _MAX_SCANNED)) if is_foreign else ()))
        )
        if is_foreign
        or index.units[place].stems & counted
        or sum(weights[stem] for stem in index.units[place].stems & stems) >= least
    ]
    units = [index.units[place] for place in near]
    indexes = {place: index.units[place].numbers for place in near}
    traces: list[NumberTrace] = []
    places: list[int] = []
    merged = NumberIndex.merge(indexes.values())
    readings = {(number.start, number.end): number for number in stated}
    for trace in trace_numbers(sentence, merged):
        number = readings[trace.start, trace.end]
        if trace.status == "missing" and (
            found := _find_list(sentence, number, near, index)
            or _derive(number, stated, near, attribution, index)
            or _count_up(sentence, number, near, index)
        ):
            trace = replace(trace, status="derived", source=found[0])
            places.append(found[1])
        if trace.status == "missing" or (trace.status == "derived" and not _is_rounded(trace)):
            traces.append(trace)
            continue
        holders = [place for place, own in indexes.items() if own.states(number, sentence[: number.start][-40:])]
        right = [
            place
            for place in holders
            if not attribution.is_misplaced(number, indexes[place].match(number), index.units[place])
        ]
        if not number.readings[0].unit and _counts_something_else(
            sentence, number, [index.units[p] for p in right], units
        ):
            right = []
        if holders and not right:
            trace = NumberTrace(trace.start, trace.end, trace.text, "missing", None)
        elif right:
            places.append(right[0])
            holding = [index.units[place] for place in right]
            if _is_under_other_circumstances(sentence, number, stated, holding) or (
                len(stated) == 1 and _is_said_with_another(number, stems, holding, units)
            ):
                trace = NumberTrace(trace.start, trace.end, trace.text, "missing", None)
        traces.append(trace)
    return tuple(traces), list(dict.fromkeys(places))


def _derive(
    number: NumberMention,
    stated: Sequence[NumberMention],
    near: Sequence[int],
    attribution: Attribution,
    index: SourceIndex,
) -> tuple[str, int] | None:
    """How a number follows from two of one sentence that speaks of the same thing, and where that stands.

    In a table the two are of one column. A single digit follows from much: both have to be of what the claim names.
    """
    anchors = [one for one in stated if one is not number]
    for place in near:
        unit = index.units[place]
        if unit.group is None:
            lists = [attribution.find_named(unit) if is_imprecise(number) else unit.mentions]
        else:
            lists = [] if is_imprecise(number) else index.list_columns(unit)
        for mentions in lists:
            found = find_source_derivation(number, mentions, anchors)
            if found and (unit.group is not None or not attribution.is_misplaced(number, found[1], unit)):
                return found[0], place
    return None


def _count_up(sentence: str, number: NumberMention, near: Sequence[int], index: SourceIndex) -> tuple[str, int] | None:
    """How a number follows from a share that is gone, from two counts of the same, or, a "two", from any pair."""
    counted = _find_counted(sentence, number)
    for place in near:
        unit = index.units[place]
        if unit.group is not None:
            continue
        counts = [one for one in unit.mentions if counted and counted in _list_stems_behind(unit, one, _COUNTED_WORDS)]
        if found := find_sum(number, counts):
            return found, place
        is_part = not number.is_spelled_out or any(get_pole(word) < 0 for word in unit.words)
        if is_part and (found := find_complement(number, unit.mentions)):
            return found, place
    if not number.is_spelled_out or number.readings != (_PAIR,):
        return None
    behind = {word.stem for word in _find_words_behind(sentence, number)} - {""}
    if not near or any(behind & _list_counted(index.units[place], number, False) for place in near):
        return None
    return "listed", near[0]  # two things need no count: any "and" makes a pair


def _find_list(sentence: str, number: NumberMention, near: Sequence[int], index: SourceIndex) -> tuple[str, int] | None:
    """The place that lists what the claim counts, where no place counts it with another number."""
    counted = _find_counted(sentence, number)
    if not counted or any(counted in _list_counted(index.units[place], number, False) for place in near):
        return None
    for place in near:
        unit = index.units[place]
        for word in unit.words:
            if word.stem == counted and lists_as_many(number, (word.start, word.end), unit.text):
                return "listed", place
    return None


def _counts_something_else(
    sentence: str, number: NumberMention, holders: Sequence[SourceUnit], units: Sequence[SourceUnit]
) -> bool:
    """Whether the text counts with another number what the claim counts with this one: "six tasks", "nine baselines"."""
    counted = _find_counted(sentence, number)
    own = [_list_counted(unit, number, True) for unit in holders]
    if not counted or any(not found or counted in found for found in own):
        return False
    return any(counted in _list_counted(unit, number, False) for unit in units)


def _is_under_other_circumstances(
    sentence: str, number: NumberMention, stated: Sequence[NumberMention], holders: Sequence[SourceUnit]
) -> bool:
    """Whether every place that states a measured number counts something with another number than the claim does.

    "At 5,000 iterations it reaches 50.7%", where the text has that "(50.7%) at 20,000 iterations".
    """
    if not is_measured(number):
        return False
    for other in stated:
        counted = "" if other is number or other.readings[0].unit else _find_counted(sentence, other)
        if not counted or abs(other.readings[0].value) < _MIN_CIRCUMSTANCE:
            continue
        also = {stem for one in stated if one is not other and (stem := _find_counted(sentence, one)) == counted}
        if not also and all(
            counted in _list_counted(unit, other, False)
            and counted not in _list_counted(unit, other, True)
            and not unit.numbers.match(other)
            for unit in holders
        ):
            return True
    return False


def _is_said_with_another(
    number: NumberMention, stems: Set[str], holders: Sequence[SourceUnit], units: Sequence[SourceUnit]
) -> bool:
    """Whether another sentence has all of the claim's words that the number's own has, more of them, and another number.

    "In fog accuracy rises by 9%", where it rises by 9% on average, and "in fog by 60%".
    """
    unit = number.readings[0].unit
    others = [
        one
        for one in units
        if one.group is None
        and not one.numbers.match(number)
        and any(other.readings[0].unit == unit and is_measured(other) for other in one.mentions)
    ]
    return is_measured(number) and all(
        holder.group is None
        and any(
            stems & holder.stems <= other.stems
            and sum(map(get_rarity, (stems & other.stems) - holder.stems)) >= _MIN_MORE_BITS
            for other in others
        )
        for holder in holders
    )


def _list_counted(unit: SourceUnit, number: NumberMention, same: bool) -> set[str]:
    """What a unit counts with this number, or with others."""
    found: set[str] = set()
    for other in unit.mentions:
        if bool(set(other.readings) & set(number.readings)) == same and not other.readings[0].unit:
            found |= _list_stems_behind(unit, other, _COUNTED_WORDS if same else _NEXT_WORDS)
    return found


def _list_stems_behind(unit: SourceUnit, number: NumberMention, most: int) -> set[str]:
    behind = re.split(r"[,;.()]|\d", unit.text[number.end : number.end + 60])[0]
    return {word.stem for word in find_words(behind)[:most] if word.stem}


def _find_counted(sentence: str, number: NumberMention) -> str:
    """The stem of what a number counts: "30B *models*"."""
    first = next((word for word in _find_words_behind(sentence, number) if word.stem), None)
    return first.stem if first and first.text.islower() else ""  # a name is counted by none: "the 13B Llama"


def _find_words_behind(sentence: str, number: NumberMention) -> list[Word]:
    return find_words(re.split(r"[,;.()]|\d", sentence[number.end : number.end + 40])[0])[:_NEXT_WORDS]


def _is_rounded(trace: NumberTrace) -> bool:
    return trace.source is not None and not re.search(r"[−/+]|listed", trace.source)
