"""Hedges: how far a number may be from what it stands for: "about 40%", "nearly triples", "over two thirds".

Who writes so has rounded, and says which way. A number without a hedge stands for what rounds to its last place.
"""

import re
from decimal import Decimal
from typing import NamedTuple


class Tolerance(NamedTuple):
    """How much less and how much more than a number the exact value may be, as shares of the number."""

    below: Decimal = Decimal(0)
    above: Decimal = Decimal(0)


EXACT = Tolerance()

# Shares that writers keep to: "about" leaves less open than "over", which drops all digits but the first ("over 80%" of
# 87.7%), and "nearly", which takes the next round number ("nearly triples" of 2.89).
_ABOUT = Tolerance(Decimal("0.06"), Decimal("0.06"))
_OVER = Tolerance(Decimal(0), Decimal("0.15"))
_UNDER = Tolerance(Decimal("0.15"), Decimal(0))
_NEARLY = Tolerance(Decimal("0.1"), Decimal(0))

_HEDGE = re.compile(
    r"(?:\b(?P<about>about|around|roughly|approximately|approx\.|circa|some|close to|or so)"
    r"|\b(?P<over>over|above|more than|greater than|at least|exceed(?:s|ing|ed)?|upwards of|well over)"
    r"|\b(?P<nearly>nearly|almost|just under|just below|not quite)"
    r"|\b(?P<under>under|below|less than|fewer than|at most)"
    r"|(?P<sign>[~≈∼])|(?P<about_zh>大?约|左右)|(?P<over_zh>超过|逾)|(?P<nearly_zh>将?近|接近)|(?P<under_zh>不到|不足))"
    r"(?:\s(?:a|an|the|by|to))?\s?\$?$",
    re.IGNORECASE,
)
_TOLERANCES = {"about": _ABOUT, "sign": _ABOUT, "over": _OVER, "nearly": _NEARLY, "under": _UNDER}
_HEDGE_CHARACTERS = 22  # before a number, in which the longest hedge stands


def find_tolerance(text: str, start: int) -> Tolerance:
    """What the words before the number at `start` leave open."""
    match = _HEDGE.search(text, max(0, start - _HEDGE_CHARACTERS), start)
    return _TOLERANCES[match.lastgroup.removesuffix("_zh")] if match and match.lastgroup else EXACT


def strip_hedge(text: str) -> str:
    """A text that a number follows, without the hedge at its end."""
    match = _HEDGE.search(text, max(0, len(text) - _HEDGE_CHARACTERS))
    return text[: match.start()] if match else text


def rounds_to(exact: Decimal, value: Decimal, last: Decimal) -> bool:
    """Whether a value is a more exact one, rounded to its last place."""
    return exact != value and abs(exact - value) * 2 <= last


def is_within(exact: Decimal, value: Decimal, tolerance: Tolerance) -> bool:
    """Whether a value with a hedge may stand for an exact one."""
    return value * (1 - tolerance.below) <= exact <= value * (1 + tolerance.above)


def count_digits(value: Decimal, last: Decimal = Decimal(1)) -> int:
    """How many digits of a value with this last place are given: one of 80, two of 0.83, four of 54.60."""
    return len((value if last < 1 else value.normalize()).as_tuple().digits)
