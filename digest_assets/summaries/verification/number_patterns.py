"""Number patterns: how papers write numbers in English and Chinese, and the names and places in digits that are none."""

import re
from collections.abc import Iterable

from digest_assets.summaries.verification.units import SYMBOLS, WORDS

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_FROM_TWENTY = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: n for n, word in enumerate(_BELOW_TWENTY.split())}
TENS = {word: 10 * n for n, word in enumerate(_FROM_TWENTY.split(), 2)}
MULTIPLES = {"doubl": 2, "twice": 2, "tripl": 3, "thrice": 3, "quadrupl": 4, "翻": 2, "加倍": 2, "一倍": 2, "1倍": 2}
PARTS = {
    word: n for n, word in enumerate(["third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 3)
}
HAN_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN_TENS = {"十": 10, "百": 100, "千": 1000}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _alternate(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _is_latin(word: str) -> bool:
    return word[-1].isascii() and word[-1].isalpha()


_CJK = "\u3400-\u9fff"
_HAN = "".join(HAN_DIGITS) + "十百"
_UNIT = (
    rf"(?:(?:{_alternate(u for u in SYMBOLS if _is_latin(u))})(?![A-Za-z0-9]|\s?\d)"
    rf"|(?:{_alternate(u for u in SYMBOLS if not _is_latin(u))})(?!(?<=×)\s*\d)"
    rf"|(?i:{_alternate(WORDS)})(?![a-z]))"
)
_DIGIT_WORDS = _alternate(word for word, n in ONES.items() if 0 < n < 10)
_SMALL = rf"(?:(?:{_alternate(TENS)})(?:[-\s](?:{_DIGIT_WORDS}))?|{_alternate(ONES)})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_NUMBER = r"(?:\d{1,3}(?:(?:,|\{,\}|\u202f|\u2009)\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
# What is counted in Chinese: a numeral before one of these is a number and not a part of a word.
_COUNTED = "个种项类阶步层轮组条位名大款套篇家对张段帧块台份成路级点倍秒分小天周月年"

_PATTERNS = {
    # Numbers that are places, references, names or identifiers.
    "link": r"https?://[^\s<>)\]]+|www\.\S+|\b10\.\d{4,9}/\S+|\barXiv:\s?\S+|(?<![\d.])\d{4}\.\d{5}(?:v\d+)?(?![\d%])",
    "citation": r"\[\d+(?:\s*[,;–-]\s*\d+)*\]|(?<=[A-Za-z}\])])[_^]\{[^{}]*\}",
    "item": (
        rf"(?:(?<![^\n。；;：:(（,，、*])|(?<=[.。；;：:,，、]\s)|(?<=\s\s)|^)[(（]?\d{{1,2}}(?:[)）、](?!\d)|\.(?=\s|[{_CJK}]|$))"
        r"|#{1,6}\s{1,4}\d{1,2}\b\.?"
    ),
    "place": (
        r"\b(?i:sections?|secs?\.?|figs?\.?|figures?|tables?|tabs?\.|eqs?\.?|equations?|appendix|app\.|theorems?|lemmas?"
        r"|algorithms?|alg\.|chapters?|propositions?|corollary|definitions?|footnote|pages?|RQ)"
        rf"\s*\(?\d+(?:\.\d+)*[a-z]?\b(?![%\d])\)?|(?:第|图|表|式|公式|定理|算法|引理|附录)\s*[\d{_HAN}]+(?:\.\d+)*"
    ),
    "version": r"(?<![\d.])\d+(?:\.\d+){2,}|\d+(?:st|nd|rd|th)\b|(?<![\d.])\d+(?:\.\d+)?-?[DG](?![A-Za-z])",
    "date": (
        r"(?<!\d)(?P<y1>(?:19|20)\d\d)[-/.](?P<m1>\d\d?)[-/.](?P<d1>\d\d?)(?!\d)"
        r"|(?<!\d)(?P<y2>(?:19|20)\d\d)\s?年(?:\s?(?P<m2>\d\d?)\s?月(?:\s?(?P<d2>\d\d?)\s?日)?)?"
        rf"|\b(?P<m3>{_MONTH})\s(?:(?P<d3>\d\d?)(?:st|nd|rd|th)?,?\s)?(?P<y3>(?:19|20)\d\d)\b"
        rf"|\b(?P<d4>\d\d?)(?:st|nd|rd|th)?\s(?P<m4>{_MONTH}),?\s(?P<y4>(?:19|20)\d\d)\b"
        r"|\b(?P<y5>(?:19|20)\d0)s\b"
    ),
    # Numbers in words.
    "magnitude": r"\b(?i:an?)\s(?i:order[\s-]of[\s-]magnitude)",
    "multiple": (
        r"\b(?i:doubl(?:e[sd]?|ing)|twice|tripl(?:e[sd]?|ing)|thrice|quadrupl(?:e[sd]?|ing))\b(?!-blind)"
        r"|翻倍|翻番|翻了一番|加倍|(?<![\d.])(?:一|1)\s?倍"
    ),
    "half": r"\b(?i:halv(?:e[sd]?|ing)|half)\b(?!-)|减半|一半",
    "fraction": (
        r"(?<![A-Za-z0-9_-])(?P<top>(?i:an?|one|two|three|four|five|six|seven|eight|nine))[\s-]"
        rf"(?P<bottom>(?i:{_alternate(PARTS)}))(?P<plural>s?)\b(?=(?:\s(?:of|as|the|fewer|less|more|lower|smaller|shorter|faster)\b|[.,;)]|$))"
    ),
    "words": (
        rf"(?<![A-Za-z0-9_-])(?P<small>(?i:{_SMALL}))(?P<hundred>[-\s](?i:hundred)(?:(?:\sand)?\s(?P<rest>(?i:{_SMALL})))?)?"
        rf"(?P<big>(?:[-\s](?i:thousand|million|billion|trillion))*)(?=-?fold|[^A-Za-z0-9_]|$)(?:[\s-]{{0,3}}(?P<wunit>{_UNIT}))?"
    ),
    "han": (
        rf"百分之(?P<hanpercent>[{_HAN}点]+)"
        rf"|(?<![数几上多成近])(?P<hannumber>[{_HAN}千][{_HAN}千万亿]{{0,20}})"
        rf"(?:(?P<hanunit>{_alternate(u for u in SYMBOLS if u[0] > '一' and u[0] <= '鿿')})|(?=[{_COUNTED}]))"
    ),
    "name": (
        r"[A-Za-z_]{1,40}\d\w*+(?:[-‐‑./@+:^][A-Za-z0-9]\w*+)*+"
        r"|[A-Za-z]\w{0,40}(?:[-‐‑/@:+][A-Za-z]\w{0,40}){0,8}[-‐‑@_/]\d[\w.]*\w(?::\d[\w.]*\w)?"
        r"|[A-Za-z]\w{0,40}(?:[-‐‑][A-Za-z]\w{0,40}){0,8}[-‐‑@_]\d"
    ),
    # Numbers in digits.
    "digits": (
        rf"(?P<sign>(?<![\w)\]%}}.°])[-+±]\s?)?(?P<money>[$€£]\s?)?(?P<number>(?<![A-Za-z0-9_])(?<!\d\.){_NUMBER})"
        r"(?:\s*[×x*·]\s?10(?:\s?\^\s?\{?\s?(?P<power>-?\d+)\s?\}?|(?P<raised>[⁻⁰¹²³⁴-⁹]+))|[eE](?P<e>[-+]?\d+)(?!\w)"
        r"|\s?\^\s?\{?\s?(?P<exponent>-?\d+)\s?\}?|(?P<superscript>[⁻⁰¹²³⁴-⁹]+))?"
        r"(?P<scale>[kKMBT](?![A-Za-z0-9])|[ -]?(?:bn|mn|M|B)(?![A-Za-z0-9])"
        r"|[\s-]{1,2}(?i:hundred|thousand|million|billion|trillion)\b"
        r"|\s?(?:万亿|千亿|百亿|十亿|千万|百万|十万|[亿万千百]))?"
        rf"(?:[\s{{}}-]{{0,12}}\+?\s?(?P<unit>{_UNIT}))?"
    ),
}  # fmt: skip
# Nothing begins inside a Latin word or with a blank: skipping those places makes the scan three times as fast.
_BEGIN = r"(?=[^A-Za-z\s]|(?<![A-Za-z])[A-Za-z])"
TOKEN = re.compile(f"{_BEGIN}(?:{'|'.join(f'(?P<{kind}>{pattern})' for kind, pattern in _PATTERNS.items())})", re.ASCII)
