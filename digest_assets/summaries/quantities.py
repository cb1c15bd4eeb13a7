"""The figures that a text in English or Chinese states, and what each means.

A figure is a number with its sign, scale and unit: `91.7%`, `$3.2\\times$`, `1.5M`, `100万`, `two-stage`, `halved`,
`10^{-3}`, `12 ms`. Numbers that are names are no figures: `GPT-4`, `ResNet-50`, `3D`, `Section 3`, `[12]`, links.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class Quantity(NamedTuple):
    """A value in the base unit of its dimension; a plain number has no dimension."""

    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and where it stands in its text; `readings` are what it may mean, the likeliest first."""

    start: int
    end: int
    text: str
    readings: tuple[Quantity, ...]
    digits: int


PERCENT, POINTS, TIMES, MAGNITUDE, DATE = "%", "points", "×", "orders of magnitude", "date"

_SYMBOLS: dict[str, tuple[str, str]] = {
    "%": (PERCENT, "1"), "\\%": (PERCENT, "1"), "％": (PERCENT, "1"), "‰": (PERCENT, "0.1"),
    "pp": (POINTS, "1"), "pts": (POINTS, "1"), "pt": (POINTS, "1"), "p.p.": (POINTS, "1"),
    "×": (TIMES, "1"), "\\times": (TIMES, "1"), "x": (TIMES, "1"), "X": (TIMES, "1"), "倍": (TIMES, "1"),
    "百分点": (POINTS, "1"), "个百分点": (POINTS, "1"), "点": (POINTS, "1"), "个点": (POINTS, "1"),
    "数量级": (MAGNITUDE, "1"), "个数量级": (MAGNITUDE, "1"),
    "ns": ("s", "1e-9"), "μs": ("s", "1e-6"), "µs": ("s", "1e-6"), "us": ("s", "1e-6"), "\\mu s": ("s", "1e-6"),
    "ms": ("s", "1e-3"), "s": ("s", "1"), "sec": ("s", "1"), "secs": ("s", "1"), "min": ("s", "60"),
    "mins": ("s", "60"), "h": ("s", "3600"), "hr": ("s", "3600"), "hrs": ("s", "3600"), "纳秒": ("s", "1e-9"),
    "微秒": ("s", "1e-6"), "毫秒": ("s", "1e-3"), "秒": ("s", "1"), "分钟": ("s", "60"), "小时": ("s", "3600"),
    "个小时": ("s", "3600"), "天": ("s", "86400"), "周": ("s", "604800"), "个月": ("months", "1"), "年": ("months", "12"),
    "KB": ("bytes", "1e3"), "kB": ("bytes", "1e3"), "MB": ("bytes", "1e6"), "GB": ("bytes", "1e9"),
    "TB": ("bytes", "1e12"), "PB": ("bytes", "1e15"), "KiB": ("bytes", "1e3"), "MiB": ("bytes", "1e6"),
    "GiB": ("bytes", "1e9"), "TiB": ("bytes", "1e12"),
    "Hz": ("Hz", "1"), "kHz": ("Hz", "1e3"), "KHz": ("Hz", "1e3"), "MHz": ("Hz", "1e6"), "GHz": ("Hz", "1e9"),
    "THz": ("Hz", "1e12"), "赫兹": ("Hz", "1"), "FPS": ("fps", "1"), "fps": ("fps", "1"), "帧/秒": ("fps", "1"),
    "FLOPs": ("FLOP", "1"), "FLOPS": ("FLOP", "1"), "MFLOPs": ("FLOP", "1e6"), "GFLOPs": ("FLOP", "1e9"),
    "TFLOPs": ("FLOP", "1e12"), "PFLOPs": ("FLOP", "1e15"), "MFLOPS": ("FLOP", "1e6"), "GFLOPS": ("FLOP", "1e9"),
    "TFLOPS": ("FLOP", "1e12"), "PFLOPS": ("FLOP", "1e15"),
    "fm": ("m", "1e-15"), "pm": ("m", "1e-12"), "nm": ("m", "1e-9"), "μm": ("m", "1e-6"), "µm": ("m", "1e-6"),
    "um": ("m", "1e-6"), "mm": ("m", "1e-3"), "cm": ("m", "1e-2"), "km": ("m", "1e3"), "Å": ("m", "1e-10"),
    "纳米": ("m", "1e-9"), "微米": ("m", "1e-6"), "毫米": ("m", "1e-3"), "厘米": ("m", "1e-2"), "公里": ("m", "1e3"),
    "千米": ("m", "1e3"), "米": ("m", "1"), "m": ("m", "1"),
    "mg": ("g", "1e-3"), "g": ("g", "1"), "kg": ("g", "1e3"), "克": ("g", "1"), "公斤": ("g", "1e3"), "千克": ("g", "1e3"),
    "meV": ("eV", "1e-3"), "eV": ("eV", "1"), "keV": ("eV", "1e3"), "MeV": ("eV", "1e6"), "GeV": ("eV", "1e9"),
    "TeV": ("eV", "1e12"), "mJ": ("J", "1e-3"), "J": ("J", "1"), "kJ": ("J", "1e3"), "mW": ("W", "1e-3"), "W": ("W", "1"),
    "kW": ("W", "1e3"), "MW": ("W", "1e6"), "kWh": ("Wh", "1e3"), "mV": ("V", "1e-3"), "V": ("V", "1"), "dB": ("dB", "1"),
    "mT": ("T", "1e-3"), "mK": ("K", "1e-3"), "K": ("K", "1"), "°C": ("°C", "1"), "℃": ("°C", "1"), "°": ("°", "1"),
    "GPa": ("Pa", "1e9"), "MPa": ("Pa", "1e6"), "kPa": ("Pa", "1e3"), "Pa": ("Pa", "1"), "px": ("px", "1"),
    "USD": ("$", "1"), "美元": ("$", "1"),
}  # fmt: skip
_WORDS: dict[str, tuple[str, str]] = {
    "percent": (PERCENT, "1"), "per cent": (PERCENT, "1"), "percentage points": (POINTS, "1"),
    "percentage point": (POINTS, "1"), "points": (POINTS, "1"), "point": (POINTS, "1"), "fold": (TIMES, "1"),
    "times": (TIMES, "1"), "orders of magnitude": (MAGNITUDE, "1"), "order of magnitude": (MAGNITUDE, "1"),
    "orders-of-magnitude": (MAGNITUDE, "1"), "order-of-magnitude": (MAGNITUDE, "1"),
    "nanosecond": ("s", "1e-9"), "microsecond": ("s", "1e-6"), "millisecond": ("s", "1e-3"), "second": ("s", "1"),
    "minute": ("s", "60"), "hour": ("s", "3600"), "day": ("s", "86400"), "week": ("s", "604800"),
    "month": ("months", "1"), "year": ("months", "12"), "degree": ("°", "1"), "dollar": ("$", "1"),
    "kilobyte": ("bytes", "1e3"), "megabyte": ("bytes", "1e6"), "gigabyte": ("bytes", "1e9"), "terabyte": ("bytes", "1e12"),
    "nanometer": ("m", "1e-9"), "micrometer": ("m", "1e-6"), "millimeter": ("m", "1e-3"), "centimeter": ("m", "1e-2"),
    "meter": ("m", "1"), "kilometer": ("m", "1e3"), "decibel": ("dB", "1"), "pixel": ("px", "1"), "frames per second": ("fps", "1"),
}  # fmt: skip
_PLURALS = {f"{word}s": unit for word, unit in _WORDS.items() if not word.endswith("s")}
_UNIT = {**_SYMBOLS, **_WORDS, **_PLURALS}
_SCALE = {
    "k": 3, "K": 3, "M": 6, "B": 9, "T": 12, "bn": 9, "mn": 6, "hundred": 2, "thousand": 3, "million": 6, "billion": 9,
    "trillion": 12, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
    "千亿": 11, "万亿": 12,
}  # fmt: skip
_ONES = {word: n for n, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split())}  # fmt: skip
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_MULTIPLES = {
    "double": 2, "twice": 2, "triple": 3, "thrice": 3, "quadruple": 4, "翻倍": 2, "翻番": 2, "加倍": 2, "一倍": 2,
}  # fmt: skip
_HAN = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def _alternatives(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))  # type: ignore[call-overload]


_CJK = "\u3400-\u9fff"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_ONE = _alternatives(_ONES)
_SMALL = rf"(?:(?:{_alternatives(_TENS)})(?:[-\s](?:{_alternatives(w for w, n in _ONES.items() if 0 < n < 10)}))?|{_ONE})"
_BIG = "(?:thousand|million|billion|trillion)"
_JOIN = r"(?:[\s\u00a0\u202f\u2009~$-]|\\[,;:!\s]|\\(?:text|mathrm|rm|textrm)\s?\{?|[{}]){0,4}"
_UNITS = (
    rf"(?:(?:{_alternatives(unit for unit in _SYMBOLS if unit[-1].isascii() and unit[-1].isalpha())})(?![A-Za-z0-9]|\s?\d)"
    rf"|(?:{_alternatives(unit for unit in _SYMBOLS if not (unit[-1].isascii() and unit[-1].isalpha()))})(?<![×](?=\s?\d))"
    rf"|(?i:{_alternatives([*_WORDS, *_PLURALS])})(?![a-z]))"
)
_MEASURES = (
    "个种项类阶步层轮次组条位名大款套维篇家对张段帧块台份成路级点倍秒分小天周月年元"  # what is counted or measured
)

_TOKEN = re.compile(
    rf"""
      (?P<skip> https?://[^\s<>)\]]+ | www\.\S+ | \b10\.\d{{4,9}}/\S+ | \barXiv:\s?\S+ | (?<![\d.])\d{{4}}\.\d{{4,5}}(?:v\d+)?(?![\d%])
        | \[\d+(?:\s*[,;–-]\s*\d+)*\] | \\(?:cite|ref|eqref|label)\w*\{{[^}}]*\}}
        | \b(?i:sections?|secs?\.?|§+|figs?\.?|figures?|tables?|tabs?\.|eqs?\.?|equations?|appendix|app\.|theorems?|lemmas?|algorithms?|alg\.
            |chapters?|propositions?|corollary|definitions?|footnote|pages?|steps?|phase|stage|layer|type|class|category|version|RQ)
          [\s~]*\(?\d+(?:\.\d+)*[a-z]?\b(?![%\d])\)?
        | (?:第|图|表|式|公式|定理|算法|引理|章节|附录)\s*[\d{"".join(_HAN)}十百]+(?:\.\d+)*
        | (?<![\d.])\d+(?:\.\d+){{2,}} | \d+(?:st|nd|rd|th)\b | (?<![\d.])\d+(?:\.\d+)?-?[DG](?![A-Za-z]) )
    | (?P<date> (?<!\d)(?P<y1>(?:19|20)\d\d)[-/.](?P<m1>\d\d?)[-/.](?P<d1>\d\d?)(?!\d)
        | (?<!\d)(?P<y2>(?:19|20)\d\d)\s?年(?:\s?(?P<m2>\d\d?)\s?月(?:\s?(?P<d2>\d\d?)\s?日)?)?
        | \b(?P<m3>{_MONTH})\s(?:(?P<d3>\d\d?)(?:st|nd|rd|th)?,?\s)?(?P<y3>(?:19|20)\d\d)\b
        | \b(?P<d4>\d\d?)(?:st|nd|rd|th)?\s(?P<m4>{_MONTH}),?\s(?P<y4>(?:19|20)\d\d)\b )
    | (?P<magnitude> \b(?i:an?)\s(?i:order[\s-]of[\s-]magnitude) )
    | (?P<times> \b(?i:doubl(?:e[sd]?|ing)|twice|tripl(?:e[sd]?|ing)|thrice|quadrupl(?:e[sd]?|ing))\b | 翻倍 | 翻番 | 加倍 | (?:一|1)\s?倍 )
    | (?P<half> \b(?i:halv(?:e[sd]?|ing)|half)\b(?!-) | 减半 | 一半 )
    | (?P<words> (?<![A-Za-z0-9_-])(?P<small>(?i:{_SMALL}))(?P<hundred>[-\s](?i:hundred)(?:(?:\sand)?\s(?P<rest>(?i:{_SMALL})))?)?
        (?P<big>(?:[-\s](?i:{_BIG}))*)(?=-?fold|[^\w]|$) (?:(?P<wjoin>{_JOIN})(?P<wunit>{_UNITS}))? )
    | (?P<han> 百分之(?P<hanpercent>[{"".join(_HAN)}十百点]+)
        | (?<![第{_CJK}])(?:)(?!)
        | (?P<hannumber>[{"".join(_HAN)}十百][{"".join(_HAN)}十百千万亿]*)(?P<hanunit>(?:{_alternatives(u for u in _SYMBOLS if u[0] > "一" and u[0] <= "鿿")})|(?=[{_MEASURES}万亿])) )
    | (?P<name> [A-Za-z_][A-Za-z_]*\d[\w]*(?:[-‐‑./@+:^][A-Za-z0-9]\w*)* | [A-Za-z]\w*(?:[-‐‑/@:_+]\w+)*[-‐‑@_/]\d[\w.]*\w | [A-Za-z]\w*[-‐‑@_]\d )
    | (?P<script> (?<=[A-Za-z\}}\)])[_^]\{{[^{{}}]*\}} )
    | (?P<figure>
        (?P<sign>(?<![\w\)\]%}}.°])(?:[-−–+±]|\\pm|\\approx|\\sim)\s?)?
        (?P<money>[$€£]\s?(?=\d+(?:[.,]\d+)*(?:\s?(?:[kKMB]\b|million|billion|thousand)|[\s,.;)]|$)(?![^$]{{0,40}}(?<=[\w}}])\$)))?
        (?P<number>(?<![\w\\])(?<![\d]\.)(?:\d{{1,3}}(?:(?:,|\{{,\}}|\\,|\u202f|\u2009|，)\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+))
        (?P<power>\s?(?:×|\\times|\\cdot|\*|·|x)\s?10(?:\s?\^\s?\{{?\s?(?P<exponent>[-−–]?\d+)\s?\}}?|(?P<exponent2>[⁻⁰¹²³⁴-⁹]+))|(?<=\d)[eE](?P<e>[-−+]?\d+)(?!\w)|\^\s?\{{?\s?(?P<base10>[-−–]?\d+)\s?\}}?|(?P<sup>[⁻⁰¹²³⁴-⁹]+))?
        (?:(?P<scale>[kKMBT](?![A-Za-z])|[\s-]?(?:bn|mn)\b|\s?[MB]\b|[\s~-]*(?i:hundred|thousand|million|billion|trillion)\b|\s?(?:万亿|千亿|百亿|十亿|千万|百万|十万|[亿万千百])))?
        (?:(?P<join>{_JOIN})(?P<unit>{_UNITS})(?P<per>/s\b)?)? )
    """,
    re.VERBOSE | re.ASCII,
)
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−–", "-0123456789--")
_PREFIX = re.compile(r"[a-z]+(?:-[a-z]+)*[-‐‑](?=\d)")
_ZERO = Decimal(0)
_ONLY_SPACE = re.compile(r"[\s$]*")
_CONNECTED = re.compile(
    r"(?:\s|\$|\\,|[(（])*(?:-|–|—|~|/|,|，|、|;|→|±|\\pm|\\to|to|and|or|vs\.?|versus|与|和|或|至|到|(?:,|，)\s?(?:and|or))(?:\s|\$|\\,|[(（~≈])*"
)


def figures(text: str) -> list[Figure]:
    """Every figure of the text, in order."""
    found = list(_scan(text, 0, len(text)))
    return _share_units(text, found)


def _scan(text: str, start: int, end: int) -> Iterator[Figure]:
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastgroup if match.lastgroup in _KINDS else _kind(match)
        if kind == "name":
            prefix = _PREFIX.match(match[0])
            if prefix and not match[0][prefix.end() :].isalpha():
                yield from _scan_after_prefix(text, match.start() + prefix.end(), match.end())
        elif kind in _KINDS:
            yield from _KINDS[kind](match)


def _scan_after_prefix(text: str, start: int, end: int) -> Iterator[Figure]:
    """`top-5`, `sub-10ms`: the number after a plain word and a hyphen; its unit may stand beyond."""
    tail = text[start : end + 16]
    match = _TOKEN.match(tail)
    if match and match["figure"]:
        for figure in _number(match):
            stop = start + figure.end
            if stop <= end:
                yield Figure(start + figure.start, stop, figure.text, figure.readings, figure.digits)


def _kind(match: re.Match[str]) -> str:
    return next((kind for kind in ("skip", "script", "name", *_KINDS) if match[kind] is not None), "skip")


def _date(match: re.Match[str]) -> Iterator[Figure]:
    year = next(match[key] for key in ("y1", "y2", "y3", "y4") if match[key])
    month = next((match[key] for key in ("m1", "m2", "m3", "m4") if match[key]), "0")
    day = next((match[key] for key in ("d1", "d2", "d3", "d4") if match[key]), "0")
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    value = Decimal(int(year) * 10000 + number * 100 + int(day))
    readings = (Quantity(DATE, value),) if number else (Quantity("", Decimal(year)),)
    yield Figure(match.start(), match.end(), match[0], readings, len(year))


def _magnitude(match: re.Match[str]) -> Iterator[Figure]:
    yield Figure(match.start(), match.end(), match[0], (Quantity(MAGNITUDE, Decimal(1)),), 1)


def _times(match: re.Match[str]) -> Iterator[Figure]:
    word = match[0].lower().replace(" ", "").replace("1倍", "一倍")
    value = next(n for stem, n in _MULTIPLES.items() if word.startswith(stem.rstrip("e")))
    yield Figure(match.start(), match.end(), match[0], (Quantity(TIMES, Decimal(value)),), 1)


def _half(match: re.Match[str]) -> Iterator[Figure]:
    readings = (Quantity(PERCENT, Decimal(50)), Quantity(TIMES, Decimal("0.5")), Quantity("", Decimal("0.5")))
    yield Figure(match.start(), match.end(), match[0], readings, 1)


def _small(words: str) -> int:
    return sum(_ONES.get(word, _TENS.get(word, 0)) for word in re.split(r"[-\s]+", words.lower()))


def _words(match: re.Match[str]) -> Iterator[Figure]:
    value = _small(match["small"])
    if match["hundred"]:
        value = value * 100 + (_small(match["rest"]) if match["rest"] else 0)
    for word in re.split(r"[-\s]+", match["big"].lower()):
        value *= 10 ** _SCALE.get(word, 0)
    yield _figure(match, Decimal(value), match["wunit"], match["wjoin"], len(str(value).rstrip("0")))


def _han(match: re.Match[str]) -> Iterator[Figure]:
    if match["hanpercent"]:
        number = _han_number(match["hanpercent"])
        yield Figure(match.start(), match.end(), match[0], (Quantity(PERCENT, number),), 2)
        return
    number = _han_number(match["hannumber"])
    if match["hannumber"] == "一" or not number:
        return
    yield _figure(match, number, match["hanunit"] or None, "", len(str(number).rstrip("0")))


def _han_number(characters: str) -> Decimal:
    """The value of a Chinese numeral like 三十五, 两万 or 九十一点七; without tens, its digits in a row."""
    whole, _, part = characters.partition("点")
    total = section = digit = 0
    for char in whole:
        if char in _HAN:
            digit = digit * 10 + _HAN[char]
        elif char in _HAN_TENS:
            section += (digit or 1) * _HAN_TENS[char]
            digit = 0
        else:
            total = (total + section + digit or 1) * (10**4 if char == "万" else 10**8)
            section = digit = 0
    decimals = "".join(str(_HAN[char]) for char in part if char in _HAN)
    return Decimal(f"{total + section + digit}.{decimals or 0}").normalize()


def _number(match: re.Match[str]) -> Iterator[Figure]:
    digits = re.sub(r"[^\d.]", "", match["number"])
    value = Decimal(digits)
    if match["sup"] or match["base10"]:
        power = int((match["sup"] or match["base10"]).translate(_SUPERSCRIPTS))
        if digits != "10":
            power = 0  # 2^{10}, 1024^2: a formula, whose parts are not a figure's value
        else:
            value = Decimal(1)
        value = value.scaleb(power)
    elif match["power"]:
        value = value.scaleb(max(-400, min(400, int((match["exponent"] or match["exponent2"] or match["e"]).translate(_SUPERSCRIPTS)))))
    if match["sign"] and match["sign"].strip() in "-−–":
        value = -value
    scale = (match["scale"] or "").strip().lstrip("-~ ")
    unit = match["unit"] or ("$" if match["money"] else None)
    yield _figure(match, value, unit, match["join"] or "", len(digits.strip("0.").replace(".", "")), scale)


def _figure(
    match: re.Match[str], value: Decimal, unit: str | None, join: str | None, digits: int, scale: str = ""
) -> Figure:
    start, end = match.start(), match.end()
    text = match[0]
    if text[0] in "±" or text.startswith("\\"):
        start += len(match["sign"])
    scaled = value.scaleb(_SCALE[scale if scale in _SCALE else scale.lower()]) if scale else value
    readings = []
    if unit is not None:
        key = unit if unit in _UNIT else unit.lower()
        dimension, factor = _UNIT[key]
        readings.append(Quantity(dimension, (scaled * Decimal(factor)).normalize()))
        if key in ("times", "x", "X", "×", "\\times", "points", "point", "点", "m", "K"):
            readings.append(Quantity("", scaled.normalize()))
    else:
        readings.append(Quantity("", scaled.normalize()))
    if scale == "K" and unit is None:
        readings.append(Quantity("K", value.normalize()))
    return Figure(start, end, text[start - match.start() :], tuple(readings), max(digits, 1))


_KINDS = {
    "date": _date,
    "magnitude": _magnitude,
    "times": _times,
    "half": _half,
    "words": _words,
    "han": _han,
    "figure": _number,
}


def _share_units(text: str, found: list[Figure]) -> list[Figure]:
    """`45 to 97%`, `3, 5 and 8 ms`: a number without unit may have that of the figure that follows it."""
    shared = list(found)
    for place in range(len(shared) - 2, -1, -1):
        here, after = shared[place], shared[place + 1]
        if here.readings[0].unit or not after.readings[0].unit or after.readings[0].unit == DATE:
            continue
        if _CONNECTED.fullmatch(text, here.end, after.start):
            factor = _factor(after)
            borrowed = Quantity(after.readings[0].unit, (here.readings[0].value * factor).normalize())
            shared[place] = Figure(here.start, here.end, here.text, (*here.readings, borrowed), here.digits)
    return shared


def _factor(figure: Figure) -> Decimal:
    """How many base units the figure's own unit is."""
    unit = next((unit for unit in sorted(_UNIT, key=len, reverse=True) if figure.text.endswith(unit)), None)
    return Decimal(_UNIT[unit][1]) if unit else Decimal(1)
