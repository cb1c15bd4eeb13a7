"""JSON in a model's answer: found among thoughts, fences and talk, mended where it is nearly JSON, its TeX restored.

What the JSON must be is not decided here: the caller takes the first value that fits its schema.
"""

import html
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_MAX_CHARACTERS = 400_000  # of an answer: ten times what 16,000 output tokens hold
_MAX_OBJECTS = 32  # that are looked for in one answer; a model that drafts writes two or three
_MAX_NESTING = 2  # of an object inside what a model wraps around it, or of JSON in a JSON string
# The end of a model's reasoning, in every spelling seen: <think>, <thinking>, <reasoning>, <|end_of_thought|>,
# [/THINK] of Mistral, ◁/think▷ of Kimi, the final channel of gpt-oss.
_END_OF_THOUGHT = re.compile(
    r"</\s*(?:\w{1,12}:)?(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad)\s*>"
    r"|\[/think\]|<\|/?end_of_thought\|>|<\|/think\|>|<\|end_thinking\|>|◁/think▷|<\|channel\|>\s*final\s*<\|message\|>",
    re.IGNORECASE,
)
_INVALID_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(\\)')
# A JSON escape that was meant as the beginning of a TeX command: `\theta` is a tab and `heta`.
_SWALLOWED = re.compile(r"([\b\f\n\r\t])([A-Za-z]{1,30})")
_LETTER_OF_ESCAPE = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_MIN_COMMAND = 3  # letters of a command outside a formula: a tab before "o" is one, not `\to`
# JSON in the punctuation of Chinese, where it stands between JSON's own quotes and brackets.
_WIDE_BRACES = str.maketrans("｛｝", "{}")
_WIDE_COLON = re.compile(r"(?<=\")：(?=\s{0,9}[\"\[{])")
_WIDE_COMMA = re.compile(r"(?<=[\"\]}])，(?=\s{0,9}[\"\[{])")
_FIRST_KEY = re.compile(r'\s{0,99}"\w{1,60}"\s{0,9}:')  # of an object without its braces
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def find_objects(content: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of an answer, the most likely one first; none of an answer that was cut off."""
    content = content[:_MAX_CHARACTERS]
    ends = [match.end() for match in _END_OF_THOUGHT.finditer(content)]
    texts = [content[ends[-1] :], content] if ends else [content]
    for text in texts:
        for value in _find_values(text, 0):
            yield from _unwrap(value, 0)


def _find_values(text: str, nesting: int) -> Iterator[Any]:
    """Whole JSON first, then the objects in it from the last to the first, then what can be mended."""
    text = _INVALID_ESCAPE.sub(lambda match: r"\\" if match[1] else match[0], text)
    value = _load(text.strip())
    if isinstance(value, str) and nesting < _MAX_NESTING:
        yield from _find_values(value, nesting + 1)
    elif isinstance(value, dict | list):
        yield value
    if value is None:
        yield from reversed(_scan(text))
        yield from _mend(text)


def _scan(text: str) -> list[Any]:
    """The whole objects of a text, in order, whatever stands between them."""
    decoder = json.JSONDecoder(strict=False)
    objects: list[Any] = []
    start = text.find("{")
    for _ in range(_MAX_OBJECTS):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            objects.append(value)
        start = text.find("{", end)
    return objects


def _mend(text: str) -> Iterator[Any]:
    """What a tolerant parser reads, if the text was not cut off: behind the last brace no string begins."""
    import json_repair

    if "&quot;" in text:
        text = html.unescape(text)
    if _FIRST_KEY.match(text):
        text = f"{{{text}}}"
    text = _WIDE_COMMA.sub(",", _WIDE_COLON.sub(":", text.translate(_WIDE_BRACES)))
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start or '"' in text[end:]:
        return
    try:
        value = json_repair.loads(text[start : end + 1])
    except (ValueError, RecursionError, TypeError, IndexError, KeyError):
        return
    yield from reversed(value) if isinstance(value, list) else [value]


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _unwrap(value: Any, nesting: int) -> Iterator[dict[str, Any]]:
    """An object, and the objects in it: some models write the schema's name, or a tool's, around their answer."""
    if isinstance(value, str) and value.lstrip().startswith("{"):  # JSON in a JSON string
        value = _load(value.strip())
    if isinstance(value, list) and nesting <= _MAX_NESTING:
        for item in reversed(value[:_MAX_OBJECTS]):
            yield from _unwrap(item, nesting + 1)
    if isinstance(value, dict):
        yield value
        if nesting < _MAX_NESTING:
            for inner in list(value.values())[:_MAX_OBJECTS]:
                if isinstance(inner, dict | str):
                    yield from _unwrap(inner, nesting + 1)


def clean_texts(value: Any) -> Any:
    """A JSON value whose texts can be stored, with the TeX commands whose beginning was read as an escape."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, list):
        return [clean_texts(item) for item in value]
    if isinstance(value, dict):
        return {name: clean_texts(item) for name, item in value.items()}
    return value


def _clean_text(text: str) -> str:
    if _SWALLOWED.search(text):
        # Between an odd and the next dollar sign stands a formula.
        text = "$".join(_restore_commands(part, place % 2 == 1) for place, part in enumerate(text.split("$")))
    return _CONTROL.sub("", _LONE_SURROGATE.sub("\ufffd", text))


def _restore_commands(text: str, in_formula: bool) -> str:
    def restore(match: re.Match[str]) -> str:
        escape, letters = match.groups()
        name = _LETTER_OF_ESCAPE[escape] + letters
        # Outside a formula, a line's end before "exists" is no `\nexists`; nobody writes a backspace or a form feed.
        sure = in_formula or (escape != "\n" and len(name) >= _MIN_COMMAND)
        return "\\" + name if sure and name in _load_tex_commands() else match[0]

    return _SWALLOWED.sub(restore, text)


@cache
def _load_tex_commands() -> frozenset[str]:
    """The names of TeX's commands, from the tables of the library that typesets formulas."""
    from latex2mathml import commands, symbols_parser

    values = vars(commands).values()
    texts = [value for value in values if isinstance(value, str)]
    texts += [item for value in values if isinstance(value, tuple | list | dict | set) for item in _flatten(value)]
    texts += symbols_parser.SYMBOLS
    return frozenset(text[1:] for text in texts if re.fullmatch(r"\\[A-Za-z]+", text))


def _flatten(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple | list | set | frozenset):
            yield from _flatten(value)
