"""Formulas in titles, abstracts and summaries: found between TeX's delimiters, read as MathML, or written in Unicode.

The site typesets the MathML; mails, chats and feeds, whose readers do not, carry the formula in plain characters. A
formula that the converter does not know stays its TeX source.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

# Between dollars as Pandoc reads them, or between \( \), \[ \].
_FORMULA = re.compile(
    r"\$\$([^$]{1,1000})\$\$|(?<!\\)\$((?![\s$])(?:\\.|[^$\\]){1,1000}+(?<!\s))\$|\\\((.{1,1000}?)\\\)|\\\[(.{1,1000}?)\\\]"
)
_TEX = re.compile(r"[\\^_{]")
_RAISED: dict[int, int] = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED: dict[int, int] = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_ACCENTS = {
    "^": "\u0302",
    "~": "\u0303",
    "¯": "\u0304",
    "‾": "\u0304",
    "˙": "\u0307",
    "¨": "\u0308",
    "ˇ": "\u030c",
    "→": "\u20d7",
}
# Around these a formula in a line has spaces, and inside it none: "n ≤ 5", "f(x)".
_RELATIONS = frozenset("=<>≤≥≈∼≃≅≡∝→←↔∈∉⊂⊆≪≫±")


def split_formulas(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in pieces: what stands as it is, with `None`, and each formula's source with its TeX.

    Two sums of money (`$5 and $10`) are no formula.
    """
    start = end = 0
    while match := _FORMULA.search(text, end):
        tex = next(group for group in match.groups() if group)
        if _TEX.search(tex) or not text[match.end() : match.end() + 1].isdigit():
            if start < match.start():
                yield text[start : match.start()], None
            yield match[0], tex
            start = end = match.end()
        else:
            end = match.start() + 1
    if start < len(text):
        yield text[start:], None


def convert_tex(tex: str) -> Element:
    """The formula as an element of MathML. Raises `ValueError` where the converter fails or leaves a command unread."""
    try:
        element: Element = convert_to_element(tex)
    except Exception as error:  # a converter given untrusted TeX may fail in any way
        raise ValueError(f"no MathML of {tex[:50]!r}") from error
    for child in element.iter():
        text = get_text(child)
        if text.startswith("\\") and len(text) > 1:
            raise ValueError(f"unknown command {text!r}")
    return element


def get_text(element: Element) -> str:
    """The characters that an element itself holds."""
    return html.unescape(element.text or "")


def get_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def write_formulas_plainly(text: str) -> str:
    """The text with each formula in plain characters: `$10^{-3}$` is `10⁻³`, `$\\frac{a}{b+c}$` is `a/(b + c)`."""
    if "$" not in text and "\\" not in text:
        return text
    return "".join(piece if tex is None else _format_formula(tex, piece) for piece, tex in split_formulas(text))


@lru_cache(maxsize=4096)
def _format_formula(tex: str, source: str) -> str:
    try:
        return " ".join(_format_element(convert_tex(tex)).split())
    except (ValueError, RecursionError):
        return source


def _format_element(element: Element) -> str:
    parts = [_format_element(child) for child in element]
    match get_name(element), parts:
        case "mo", _ if (sign := get_text(element)) in _RELATIONS:
            return f" {sign} "
        case "mi", _ if len(name := get_text(element)) > 1:
            return f" {name} "
        case "mspace", _:
            return " "
        case "mfrac", [above, below]:
            return f"{_enclose(above)}/{_enclose(below)}"
        case "msqrt", _:
            return f"√{_enclose(''.join(parts))}"
        case "mroot", [base, degree]:
            return f"{_shift(degree, _RAISED, '')}√{_enclose(base)}"
        case "mover", [base, accent] if len(base.strip()) == 1 and accent.strip() in _ACCENTS:
            return unicodedata.normalize("NFC", base.strip() + _ACCENTS[accent.strip()])
        case "msup" | "mover", [base, raised]:
            return f"{base.rstrip()}{_shift(raised, _RAISED, '^')}"
        case "msub" | "munder", [base, lowered]:
            return f"{base.rstrip()}{_shift(lowered, _LOWERED, '_')}"
        case "msubsup" | "munderover", [base, lowered, raised]:
            return f"{base.rstrip()}{_shift(lowered, _LOWERED, '_')}{_shift(raised, _RAISED, '^')}"
        case "mtr", _:
            return " ".join(parts) + "; "
        case _:
            return get_text(element) + "".join(parts)


def _shift(text: str, characters: dict[int, int], sign: str) -> str:
    """Raised or lowered where Unicode has all its characters so, else behind a sign."""
    text = text.strip()
    if text in ("′", "∘"):
        return text.replace("∘", "°")
    if text and all(ord(character) in characters for character in text):
        return text.translate(characters)
    return f"{sign}{_enclose(text)}"


def _enclose(text: str) -> str:
    """In parentheses unless it is one word or number."""
    text = text.strip()
    return text if len(text) < 2 or text.replace(".", "").isalnum() else f"({text})"
