"""Number recognition: the numbers that a text in English or Chinese states, and which quantity each may mean.

A number here has its sign, scale and unit: `91.7%`, `$3.2\\times$`, `1.5M`, `100万`, `two-stage`, `halved`,
`10^{-3}`, `12 ms`. Those that are names or places do not count: `GPT-4`, `3D`, `Section 3`, `[12]`, `1)`, links.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from digest_assets.summaries.verification.hedges import (
    EXACT,
    Tolerance,
    count_digits,
    find_tolerance,
    is_within,
    rounds_to,
)
from digest_assets.summaries.verification.number_patterns import (
    HAN_DIGITS,
    HAN_TENS,
    MONTHS,
    MULTIPLES,
    ONES,
    PARTS,
    TENS,
    TOKEN,
)
from digest_assets.summaries.verification.units import (
    DATE,
    MAGNITUDE,
    MONEY,
    PERCENT,
    POINTS,
    SCALES,
    TIMES,
    UNITS,
)
from digest_assets.texts.sentences import find_math_spans


class Quantity(NamedTuple):
    """A value in the base unit of its dimension; a plain number has the empty dimension."""

    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class NumberMention:
    """A number and where it stands in its text.

    `readings` are what it may mean, the likeliest first; `precision` is the value of a one in its last significant place
    (0.1 for `91.7%`); `factor` is how many base units its unit is; `is_spelled_out` says that it is written in words;
    `tolerance` is what the words before it leave open ("about", "nearly").
    """

    start: int
    end: int
    text: str
    readings: tuple[Quantity, ...]
    precision: Decimal = Decimal(1)
    factor: Decimal = Decimal(1)
    is_spelled_out: bool = False
    tolerance: Tolerance = EXACT

    def stands_for(self, value: Decimal, exact: Decimal) -> bool:
        """Whether this number, read as a value, may stand for another, more exact one: by rounding, or by its hedge.

        One digit alone is no rounding, too many numbers would do: it needs a hedge. A number with as many digits as the
        exact one rounds nothing, with a hedge or without: "over 43%" is not 48%.
        """
        is_hedged = self.tolerance != EXACT
        if rounds_to(exact, value, self.precision) and abs(value) >= (1 if is_hedged else 10) * self.precision:
            return True
        is_rounder = self.is_spelled_out or count_digits(value, self.precision) < count_digits(exact)
        return is_hedged and is_rounder and is_within(exact, value, self.tolerance) and exact != value


_TYPOGRAPHY = str.maketrans("\u00a0\u3000\u200b~−‒–—％，（）", "    ---—%,()")
_TEX = re.compile(r"\\times(?![A-Za-z])|\\cdot(?![A-Za-z])|\\mu(?![A-Za-z])|\\[%$]|\\[A-Za-z]+|\\[,;:! ]")
_MICRO = re.compile(r"μ(\s+)(?=[smgWVA](?![A-Za-z]))")
_SPACED_RANGE = re.compile(r"(?<=[\d%]) - (?=[\d$.])")  # "11 - 22%" is no minus
_DASHES = re.compile(r"(?<=[\d%}$])-{2,3}(?=[\d$.])")  # TeX's "4--12%"
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_FACTOR = re.compile(r"\bfactors? of\s(?:[\w.]{1,13}\s){0,2}$")  # "a factor of about two", "of two to three"
_FACTOR_CHARACTERS = 30  # before a number, in which that stands
_PARALLEL = re.compile(r"\s(?:\w+\s)?(?:on|in|for)\s[^,;.]{1,40}(?:,|,?\sand)\s(?:by\s)?")
_ON = re.compile(r"\s(?:on|in|for)\s")
_PREFIX = re.compile(r"[a-z]+(?:-[a-z]+)*[-‐‑](?=\d)")
_BETWEEN = re.compile(r"[\s(]*(?:-|—|/|,|、|;|→|±|to|and|or|vs\.?|versus|与|和|或|至|到|,\s?(?:and|or))[\s(≈]*")
FRACTION_PRECISION = Decimal(2)  # percent: "a third" is 32.4% to 34.3%
_AMBIGUOUS = ("times", "points", "point", "pts", "m", "K", "年", "T")  # may also count: "three times", "10m images"
_COUNTS = re.compile(r"\s?[A-Z\d]")  # "8×A100" counts


def is_telling(number: NumberMention) -> bool:
    """Whether a number says which place it is from: it has a unit, a decimal or two digits, which small counts have not."""
    unit, value = number.readings[0]
    return bool(unit) or value != int(value) or abs(value) >= 10


def find_numbers(text: str) -> list[NumberMention]:
    """Every number of the text, in order."""
    found: list[NumberMention] = []
    for number in find_numbers_and_names(text)[0]:
        tolerance = find_tolerance(text, number.start)
        if tolerance == EXACT and found and _shares_hedge(text, found[-1], number):
            tolerance = found[-1].tolerance
        found.append(replace(number, tolerance=tolerance))
    return found


def _shares_hedge(text: str, before: NumberMention, number: NumberMention) -> bool:
    """Whether the hedge of one number is that of the next too: "about 9% for A and 8% for B"."""
    return before.tolerance != EXACT and any(
        between.fullmatch(text, before.end, number.start) for between in (_BETWEEN, _PARALLEL)
    )


def find_numbers_and_names(text: str) -> tuple[list[NumberMention], list[str]]:
    """Every number of the text, in order, and the names that hold a number, like `GPT-4` or `Qwen2.5-7B`."""
    plain = _normalize_typography(text)
    found: list[NumberMention] = []
    names: list[str] = []
    for match in TOKEN.finditer(plain):
        kind = match.lastgroup
        if kind == "name":
            names.append(match[0])
            if prefix := _PREFIX.match(match[0]):
                found.extend(_read_after_prefix(plain, match.start() + prefix.end()))
        elif kind in _READERS:
            found.extend(_READERS[kind](match))
    shown = [replace(mention, text=text[mention.start : mention.end].strip(" $")) for mention in found]
    return _share_units(plain, [_read_factor(plain, number) for number in shown]), names


def _normalize_typography(text: str) -> str:
    """The text with one spelling for each sign, every character in its place: TeX commands become blanks."""
    plain = text.translate(_TYPOGRAPHY).replace("$-$", " / ")  # "$8$-$10$" is a range
    plain = _SPACED_RANGE.sub(" / ", plain)
    if "--" in plain:
        plain = _DASHES.sub(lambda match: "-".ljust(len(match[0])), plain)
    if "$" in text or "\\" in text:
        parts, place = [], 0
        for start, end in find_math_spans(text):
            inner = plain[start:end]
            parts += [plain[place:start], inner.replace("$", " ") if inner[0] == "$" else inner]
            place = end
        plain = "".join([*parts, plain[place:]])
        if "\\" in text:
            plain = _MICRO.sub(lambda match: match[1] + "μ", _TEX.sub(_replace_tex_command, plain))
    return plain


def _replace_tex_command(match: re.Match[str]) -> str:
    command = match[0]
    if command.startswith("\\times"):
        return "     ×"
    if command.startswith("\\cdot"):
        return "    ·"
    if command.startswith("\\mu"):
        return "  μ"
    if command in ("\\%", "\\$"):
        return " " + command[1]
    return " " * len(command)


def _read_after_prefix(plain: str, start: int) -> Iterator[NumberMention]:
    """`top-5`, `sub-10 ms`: the number after a plain word and a hyphen."""
    tail = plain[start : start + 40]
    match = TOKEN.match(tail)
    if match and match["digits"]:
        for mention in _read_digits(match):
            yield replace(mention, start=start + mention.start, end=start + mention.end)


def _read_date(match: re.Match[str]) -> Iterator[NumberMention]:
    year = next(match[key] for key in ("y1", "y2", "y3", "y4", "y5") if match[key])
    month = next((match[key] for key in ("m1", "m2", "m3", "m4") if match[key]), "0")
    day = next((match[key] for key in ("d1", "d2", "d3", "d4") if match[key]), "0")
    number = int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
    reading = (
        Quantity(DATE, Decimal(int(year) * 10000 + number * 100 + int(day))) if number else Quantity("", Decimal(year))
    )
    yield NumberMention(match.start(), match.end(), match[0], (reading,))


def _read_magnitude(match: re.Match[str]) -> Iterator[NumberMention]:
    yield NumberMention(match.start(), match.end(), match[0], (Quantity(MAGNITUDE, Decimal(1)),), is_spelled_out=True)


def _read_multiple(match: re.Match[str]) -> Iterator[NumberMention]:
    word = match[0].lower().replace(" ", "")
    value = next(n for stem, n in MULTIPLES.items() if word.startswith(stem))
    yield NumberMention(match.start(), match.end(), match[0], (Quantity(TIMES, Decimal(value)),), is_spelled_out=True)


def _read_half(match: re.Match[str]) -> Iterator[NumberMention]:
    shares = Quantity(PERCENT, Decimal(50)), Quantity(TIMES, Decimal("0.5")), Quantity("", Decimal("0.5"))
    readings = (*shares, Quantity(TIMES, Decimal(2)))  # what is "2x faster" takes half the time
    yield NumberMention(match.start(), match.end(), match[0], readings, is_spelled_out=True)


def _read_fraction(match: re.Match[str]) -> Iterator[NumberMention]:
    top = ONES.get(match["top"].lower(), 1)
    bottom = PARTS[match["bottom"].lower()]
    share = Decimal(top) / bottom
    readings = [Quantity(PERCENT, 100 * share), Quantity("", share)]
    if top == 1:
        readings.append(Quantity(TIMES, Decimal(bottom)))  # "4X lower" leaves a quarter
    yield NumberMention(match.start(), match.end(), match[0], tuple(readings), FRACTION_PRECISION, is_spelled_out=True)


def _read_words(match: re.Match[str]) -> Iterator[NumberMention]:
    value = _parse_small(match["small"])
    if match["hundred"]:
        value = value * 100 + (_parse_small(match["rest"]) if match["rest"] else 0)
    for word in re.split(r"[-\s]+", match["big"].lower()):
        value *= 10 ** SCALES.get(word, 0)
    yield _build_mention(match, Decimal(value), match["wunit"], spelled=True)


def _parse_small(words: str) -> int:
    return sum(ONES.get(word, TENS.get(word, 0)) for word in re.split(r"[-\s]+", words.lower()))


def _read_han(match: re.Match[str]) -> Iterator[NumberMention]:
    if match["hanpercent"]:
        yield _build_mention(match, _parse_han(match["hanpercent"]), "%", spelled=True)
    elif match["hannumber"] not in ("一", "二"):  # "a", and "second" or "binary": two things are 两
        yield _build_mention(match, _parse_han(match["hannumber"]), match["hanunit"], spelled=True)


def _parse_han(characters: str) -> Decimal:
    """The value of a Chinese numeral like 三十五, 两万 or 九十一点七."""
    whole, _, part = characters.partition("点")
    total = section = digit = 0
    for char in whole:
        if char in HAN_DIGITS:
            digit = digit * 10 + HAN_DIGITS[char]
        elif char in HAN_TENS:
            section += (digit or 1) * HAN_TENS[char]
            digit = 0
        else:
            total = (total + section + digit or 1) * 10 ** SCALES[char]
            section = digit = 0
    decimals = "".join(str(HAN_DIGITS[char]) for char in part if char in HAN_DIGITS)
    return Decimal(f"{total + section + digit}.{decimals or 0}")


def _read_digits(match: re.Match[str]) -> Iterator[NumberMention]:
    digits = re.sub(r"[^\d.]", "", match["number"])
    value = Decimal(digits)
    if power := match["power"] or match["raised"] or match["e"]:
        value = value.scaleb(_parse_exponent(power))
    elif exponent := match["exponent"] or match["superscript"]:
        if digits != "10":
            return  # 2^{10}, 1024^2: a formula and no number
        value = Decimal(1).scaleb(_parse_exponent(exponent))
    if match["sign"] and match["sign"][0] == "-":
        value = -value
    scale = (match["scale"] or "").strip(" \n\t-")
    yield _build_mention(match, value, match["unit"] or (MONEY if match["money"] else None), scale)


def _parse_exponent(power: str) -> int:
    """An exponent within what `Decimal` and a reader can make something of: a text may hold any digits."""
    return max(-999, min(999, int(power.translate(_SUPERSCRIPTS)[:8])))


def _build_mention(
    match: re.Match[str], value: Decimal, unit: str | None, scale: str = "", *, spelled: bool = False
) -> NumberMention:
    scaled = value.scaleb(SCALES[scale if scale in SCALES else scale.lower()]) if scale else value
    factor = Decimal(1)
    if unit is None or unit == MONEY:
        readings = [Quantity(unit or "", scaled.normalize())]
    else:
        dimension, factor = UNITS[unit] if unit in UNITS else UNITS[unit.lower()]
        readings = [Quantity(dimension, (scaled * factor).normalize())]
        if unit in _AMBIGUOUS or (dimension == TIMES and _COUNTS.match(match.string, match.end())):
            readings.append(Quantity("", scaled.normalize()))
    if scale == "K" and unit is None:
        readings.append(Quantity("K", value.normalize()))
    start = match.start() + (match[0][0] == "±")
    shown = scaled if "." in match[0] else scaled.normalize()
    last = Decimal((0, (1,), int(shown.as_tuple().exponent))) * factor
    return NumberMention(start, match.end(), match[0], tuple(readings), last, factor, spelled)


_READERS = {
    "date": _read_date,
    "magnitude": _read_magnitude,
    "multiple": _read_multiple,
    "half": _read_half,
    "fraction": _read_fraction,
    "words": _read_words,
    "han": _read_han,
    "digits": _read_digits,
}


def _read_factor(plain: str, number: NumberMention) -> NumberMention:
    """`by a factor of two` says two times."""
    value = number.readings[0]
    if value.unit or not _FACTOR.search(plain, max(0, number.start - _FACTOR_CHARACTERS), number.start):
        return number
    return replace(number, readings=(Quantity(TIMES, value.value), *number.readings))


def _share_units(plain: str, found: list[NumberMention]) -> list[NumberMention]:
    """`45 to 97%`, `3, 5 and 8 ms`: a number without unit may have the unit of the number that follows it."""
    for place in range(len(found) - 2, -1, -1):
        here, after = found[place], found[place + 1]
        unit = after.readings[-1].unit if not after.readings[0].unit else after.readings[0].unit
        if not here.readings[0].unit and unit not in ("", DATE) and _BETWEEN.fullmatch(plain, here.end, after.start):
            borrowed = Quantity(unit, (here.readings[0].value * after.factor).normalize())
            found[place] = replace(here, readings=(*here.readings, borrowed), factor=after.factor)
    for place in range(1, len(found)):  # "by 13.1 points on A and by 10.1 on B"
        before, here = found[place - 1], found[place]
        unit = before.readings[0].unit
        is_bare = unit in (PERCENT, POINTS, TIMES) and not here.readings[0].unit and "." in here.text
        if is_bare and _PARALLEL.fullmatch(plain, before.end, here.start) and _ON.match(plain, here.end):
            found[place] = replace(here, readings=(*here.readings, Quantity(unit, here.readings[0].value)))
    return found
