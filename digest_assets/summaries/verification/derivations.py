"""Derivations: numbers that follow from others: differences, ratios, and shares given as "seven out of ten"."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, permutations

from digest_assets.summaries.verification.hedges import is_within, rounds_to
from digest_assets.summaries.verification.quantities import FRACTION_PRECISION, NumberMention, Quantity, is_telling
from digest_assets.summaries.verification.units import PERCENT, POINTS, TIMES

_SHARE = re.compile(r"\s(?:[a-z]+\s)?(?:out of|in|of)(?:\s(?:every|the))?\s")
_TIMES_TOLERANCE = Decimal("0.1")  # a ratio of 1.9 to 2.1 "doubles"
_MIN_ROUNDED = 2  # last places that a rounded difference has at least: 0.1 would round much


def find_derivation(number: NumberMention, anchors: Iterable[NumberMention]) -> str | None:
    """How a number follows from two that the text states and that stand beside it in the summary."""
    return next(_iterate_derivations(number, [one for one in anchors if is_measured(one)]), None)


def find_source_derivation(
    number: NumberMention, stated: Sequence[NumberMention], anchors: Sequence[NumberMention]
) -> tuple[str, tuple[Quantity, ...]] | None:
    """How a number follows from two of one place, one of which the summary gives; else it must be a difference."""
    measured = [(one, _is_given(one, anchors)) for one in stated if is_measured(one)]
    pairs = sorted(combinations(measured, 2), key=lambda pair: not (pair[0][1] or pair[1][1]))
    for (first, is_first_given), (second, is_second_given) in pairs:
        is_anchored = is_first_given or is_second_given
        if not is_anchored and (
            number.readings[0].unit != POINTS or (is_imprecise(number) and not _differ_by(number, first, second))
        ):
            continue
        if found := next(_iterate_derivations(number, [first, second]), None):
            return found, (*first.readings, *second.readings)
    return None


def _is_given(stated: NumberMention, anchors: Sequence[NumberMention]) -> bool:
    """Whether a summary gives a number of the text, rounded perhaps."""
    return any(
        unit == other_unit and (value == exact or anchor.stands_for(value, exact))
        for anchor in anchors
        for unit, value in anchor.readings
        for other_unit, exact in stated.readings
    )


def _iterate_derivations(number: NumberMention, stated: Sequence[NumberMention]) -> Iterator[str]:
    """The ways in which a number follows from two."""
    for unit, value in number.readings:
        if value <= 0 or unit not in (PERCENT, POINTS, TIMES):
            continue
        for first, second in permutations(stated, 2):
            for one, two in _pair_readings(first, second):
                difference = abs(one.value - two.value)
                scaled = difference * (100 if not one.unit and difference < 1 else 1)
                is_same = scaled == value or (
                    value >= _MIN_ROUNDED * number.precision and rounds_to(scaled, value, number.precision)
                )
                if unit != TIMES and (not one.unit or one.unit in (unit, PERCENT)) and is_same:
                    yield f"{first.text} − {second.text}"
                ratio = one.value / two.value
                if unit == TIMES and (
                    _equals_as_given(ratio, value, number)
                    or (number.is_spelled_out and value >= 2 and abs(ratio - value) <= _TIMES_TOLERANCE * value)
                ):
                    yield f"{first.text} / {second.text}"
                if unit == PERCENT and _equals_as_given(100 * difference / two.value, value, number):
                    yield f"({first.text} − {second.text}) / {second.text}"


def _differ_by(number: NumberMention, first: NumberMention, second: NumberMention) -> bool:
    """Whether two numbers differ by exactly as much as a third says."""
    return any(abs(one.value - two.value) == number.readings[0].value for one, two in _pair_readings(first, second))


def find_complement(number: NumberMention, stated: Iterable[NumberMention]) -> str | None:
    """The percentage that is gone where "a fifth" is left: "with a fifth of the parameters" of "83% fewer".

    Of a number in digits it has to be exact, with decimals: "0.3% are lost" of "99.7% arrive".
    """
    shares = [value for unit, value in number.readings if unit == PERCENT]
    for one in stated:
        for unit, value in one.readings:
            left = 100 - value
            if unit == PERCENT and any(
                is_within(left, share, number.tolerance) or rounds_to(left, share, FRACTION_PRECISION)
                if number.is_spelled_out
                else left == share != int(share)
                for share in shares
            ):
                return f"100% − {one.text}"
    return None


def find_sum(number: NumberMention, counts: Iterable[NumberMention]) -> str | None:
    """The two counts of the same things that a count adds up: "thirteen models" of "seven" and "six"."""
    unit, value = number.readings[0]
    pairs = ((one, two) for one, two in combinations(counts, 2) if not unit)
    return next(
        (f"{one.text} + {two.text}" for one, two in pairs if one.readings[0].value + two.readings[0].value == value),
        None,
    )


def _pair_readings(first: NumberMention, second: NumberMention) -> Iterator[tuple[Quantity, Quantity]]:
    """The readings of two numbers in one unit."""
    for one in first.readings:
        for two in second.readings:
            if one.unit == two.unit and one.value > 0 and two.value > 0:
                yield one, two


def find_share(stated: Sequence[NumberMention], place: int, text: str, sources: Collection[Quantity]) -> str | None:
    """Whether a number is one of "seven out of ten", of which the text states the percentage."""
    for first, second in ((place, place + 1), (place - 1, place)):
        if not 0 <= first < second < len(stated):
            continue
        part, whole = (stated[one].readings[0].value for one in (first, second))
        is_counted = not any(stated[one].readings[0].unit for one in (first, second))
        if is_counted and whole > 0 and _SHARE.fullmatch(text, stated[first].end, stated[second].start):
            share = (100 * part / whole).normalize()
            hedge = stated[first].tolerance
            given = [one.value for one in sources if one.unit == PERCENT]
            if any(is_within(one, share, hedge) or rounds_to(one, share, FRACTION_PRECISION) for one in given):
                return f"{share:f}%"
    return None


def is_measured(number: NumberMention) -> bool:
    """Whether a number may be reckoned with: a bare small number counts things or names them."""
    unit, value = number.readings[0]
    return bool(unit) or value != int(value) or abs(value) >= 100


def is_imprecise(number: NumberMention) -> bool:
    """Whether a number has a single digit."""
    return not is_telling(number) or abs(number.readings[0].value) < 10 * number.precision


def _equals_as_given(exact: Decimal, value: Decimal, number: NumberMention) -> bool:
    """Whether a calculated value is that of a reading of the number, as exactly as the number is given."""
    return exact == value or number.stands_for(value, exact)
