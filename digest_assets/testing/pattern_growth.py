"""How the time of regular expressions grows with a text: every pattern of the package, and texts made to trouble it.

Patterns are found, not listed: in the modules' values (also inside dicts, tuples and dataclasses), and as literals in
calls like `re.sub("…", …)`. A pattern is tried the way the code uses it: from one place (`match`, `fullmatch`) or from
all of them. The texts repeat what outsiders may repeat, and what the pattern itself looks for, up to each of its parts.
"""

import ast
import importlib
import pkgutil
import re
import sre_constants as sre
import sre_parse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import digest_assets

AnyPattern = re.Pattern[str] | re.Pattern[bytes]

# What texts from outside repeat: letters with joints, signs of another script, digits, TeX, Markdown, HTML, blanks.
REPEATS = (
    *("a_", "a-", "A-", "a.", "a/", "a ", "A ", "Aa ", "aA", "A1 ", "the ", "we ", "百", "🙂", "1", "1,", "1.", "1 "),
    *(
        "$",
        "$a",
        "\\",
        "\\a",
        "\\a{",
        "{\\a ",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "[1,",
        "(A, 2020;",
        "](",
        "<",
        "<a ",
        "&a;",
    ),
    *(
        " ",
        "\n",
        "\n ",
        "\n\n",
        '"',
        "'",
        '"a" ',
        "*",
        "**a",
        "`",
        "#",
        "# ",
        "- ",
        "-",
        "=",
        "|",
        " | ",
        ", ",
        "a, and ",
    ),
    *("https://a.b/", "x1", "×", "=?", "⚠", "'s "),
)
_ENDINGS = ("\n!", "")
_MOST_SAMPLES = 40  # of one pattern: its alternatives may be hundreds of units or words, which differ in letters only
_ROUNDS = ("A-", "a_", "a-", "1.", "a ", " ", "a", "1", "-", "A")  # in classes that are repeated
_MOST_ROUNDS = 4
_IN_CLASS = "a1 A_-.,百\n(\"'$\\{[<*#é~"  # one of them is in any class that a pattern of ours has


@dataclass(frozen=True)
class FoundPattern:
    """A pattern, where it stands, and how the code uses it."""

    pattern: AnyPattern
    place: str
    uses: frozenset[str]


@dataclass(frozen=True)
class Growth:
    """How long a pattern took over a text, and over one a quarter as long; `None`: not done in the time given."""

    seconds: float | None
    quarter: float | None

    @property
    def is_linear(self) -> bool:
        """Whether four times the text took about four times as long, or no time worth telling."""
        return self.seconds is not None and (self.quarter is None or self.seconds < 10 * self.quarter)


def find_patterns() -> list[FoundPattern]:
    """Every pattern of the package, by its place; not those of this room, which outsiders' texts never meet."""
    found: dict[AnyPattern, tuple[str, set[str]]] = {}
    for module in _import_modules():
        source = Path(module.__file__ or "").read_text("utf-8")
        for name, value in vars(module).items():
            if not name.startswith("__"):
                for pattern in _find_in_value(value):
                    _, uses = found.setdefault(pattern, (f"{module.__name__}.{name}", set()))
                    if pattern is value:
                        uses.update(re.findall(rf"(?<!\w){re.escape(name)}\.(\w+)\b", source))
        for line, function, literal in _find_literals(source):
            found.setdefault(re.compile(literal), (f"{module.__name__}:{line}", {function}))
    return [FoundPattern(pattern, place, frozenset(uses)) for pattern, (place, uses) in found.items()]


def _import_modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(digest_assets.__path__, "digest_assets."):
        if not info.name.startswith("digest_assets.testing") and not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _find_in_value(value: object, depth: int = 0) -> Iterator[AnyPattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 6:  # as deep as our tables of patterns nest, and one more
        inner: tuple[object, ...] = ()
        if type(value) is dict:
            inner = (*value.keys(), *value.values())
        elif type(value) in (list, tuple, set, frozenset):
            inner = tuple(value)  # type: ignore[arg-type] # one of the four
        elif is_dataclass(value) and not isinstance(value, type):
            inner = tuple(getattr(value, field.name, None) for field in fields(value))
        for item in inner:
            yield from _find_in_value(item, depth + 1)


def _find_literals(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, function and pattern of each call like `re.sub("…", …)`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=function), args=[ast.Constant(value=str(literal)), *_]
            ) if function not in ("compile", "escape"):
                yield node.lineno, function, literal


def list_texts(found: FoundPattern) -> list[tuple[str, str]]:
    """Beginnings and what is repeated behind them, to trouble this pattern."""
    pattern = found.pattern.pattern
    if isinstance(pattern, bytes):
        return [("", repeat) for repeat in REPEATS if repeat.isascii()]
    samples = dict.fromkeys(_list_samples(sre_parse.parse(pattern, found.pattern.flags & ~re.DEBUG), ""))
    chosen = list(samples)[:: max(1, len(samples) // _MOST_SAMPLES)]
    return [*(("", repeat) for repeat in REPEATS), *((before, repeat) for before, repeat in chosen if repeat)]


def _list_samples(nodes: Any, before: str) -> Iterator[tuple[str, str]]:
    """Of each repeated part, what leads to it and one round of it; and each beginning of the whole, to be repeated."""
    for operator, value in nodes:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            for once in _list_rounds(value[2]):
                yield before, once
            yield from _list_samples(value[2], before)
        elif operator is sre.SUBPATTERN:
            yield from _list_samples(value[3], before)
        elif operator is sre.ATOMIC_GROUP:
            yield from _list_samples(value, before)
        elif operator is sre.BRANCH:
            for alternative in value[1]:
                yield from _list_samples(alternative, before)
        elif operator in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _list_samples(value[1], before)
        if operator is sre.AT and value is sre.AT_BOUNDARY and before[-1:].isalnum():
            before += " "  # a gap that may be empty, and is not
        before += _sample([(operator, value)])
        yield "", before


def _list_rounds(nodes: Any) -> list[str]:
    """What one round of a repeated part may be: for a class of signs, letters and joints that it has; else a sample."""
    if len(nodes) == 1 and nodes[0][0] is sre.IN:
        members = nodes[0][1]
        negated = any(operator is sre.NEGATE for operator, _ in members)
        rounds = [once for once in _ROUNDS if all(_is_member(sign, members) != negated for sign in once)]
        return [*rounds[:_MOST_ROUNDS], _sample(nodes)]
    return [_sample(nodes)]


def _sample(nodes: Any) -> str:
    """A short text that these parts match, as far as they do not look around."""
    text = ""
    for operator, value in nodes:
        if operator is sre.LITERAL:
            text += chr(value)
        elif operator in (sre.IN, sre.NOT_LITERAL):
            text += _sample_class([(operator, value)] if operator is sre.NOT_LITERAL else value)
        elif operator is sre.ANY:
            text += "a"
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            text += _sample(value[2]) * max(value[0], 1)
        elif operator is sre.SUBPATTERN:
            text += _sample(value[3])
        elif operator is sre.ATOMIC_GROUP:
            text += _sample(value)
        elif operator is sre.BRANCH:
            text += _sample(value[1][0])
    return text


def _sample_class(members: Any) -> str:
    negated = any(operator in (sre.NEGATE, sre.NOT_LITERAL) for operator, _ in members)
    if not negated:
        for operator, value in members:
            if operator is sre.LITERAL:
                return chr(value)
            if operator is sre.RANGE:
                return chr(value[0])
    return next((sign for sign in _IN_CLASS if _is_member(sign, members) != negated), "a")


def _is_member(sign: str, members: Any) -> bool:
    tests: Mapping[Any, Callable[[str], bool]] = {
        sre.CATEGORY_DIGIT: str.isdigit,
        sre.CATEGORY_SPACE: str.isspace,
        sre.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
        sre.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdigit(),
        sre.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
        sre.CATEGORY_NOT_WORD: lambda sign: not (sign.isalnum() or sign == "_"),
    }
    return any(
        (operator in (sre.LITERAL, sre.NOT_LITERAL) and ord(sign) == value)
        or (operator is sre.RANGE and value[0] <= ord(sign) <= value[1])
        or (operator is sre.CATEGORY and tests[value](sign))
        for operator, value in members
    )


def measure_growth(
    found: FoundPattern, before: str, repeat: str, characters: int, floor: float, timer: "Timer"
) -> Growth:
    """How long the pattern takes, used as the code uses it, over `before` and `repeat` to so many characters.

    Below `floor` seconds a clock says nothing: then a quarter of the text is not tried.
    """
    worst = Growth(0.0, None)
    for use in sorted({use if use in ("match", "fullmatch") else "search" for use in found.uses or {"search"}}):
        for ending in _ENDINGS:
            seconds = timer(found.pattern, use, _build_text(found, before, repeat, characters, ending))
            if seconds is not None and seconds <= max(worst.seconds or 0.0, floor):
                continue
            quarter = timer(found.pattern, use, _build_text(found, before, repeat, characters // 4, ending))
            worst = Growth(seconds, max(quarter or 0.0, floor / 20))
            if seconds is None:
                return worst
    return worst


def _build_text(found: FoundPattern, before: str, repeat: str, characters: int, ending: str) -> str | bytes:
    text = before + repeat * (characters // len(repeat)) + ending
    return text.encode() if isinstance(found.pattern.pattern, bytes) else text


Timer = Callable[[AnyPattern, str, Any], float | None]


def time_pattern(pattern: Any, use: str, text: str | bytes) -> float | None:
    """Seconds of one use, from all places of the text for `search`."""
    started = time.thread_time()  # what other programs take is not counted
    if use == "search":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, use)(text)
    return time.thread_time() - started
