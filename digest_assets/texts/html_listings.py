"""Lines that keep their indentation: listings, and algorithms that LaTeXML did not know and left as undefined commands."""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from digest_assets.texts.html_elements import get_classes

INDENT = "\1"  # a blank that folding leaves alone; no page can have it
_STEP = INDENT * 4
_MAX_INDENT = 40  # columns: deeper code is not read by its shape any more

# The commands of the packages algorithmic, algpseudocode and algorithm2e, in lower case.
_STATEMENTS = frozenset(
    [
        "state",
        "statex",
        "require",
        "ensure",
        "input",
        "output",
        "return",
        "print",
        "comment",
        "require",
        "kwin",
        "kwout",
        "kwdata",
        "kwresult",
        "kwreturn",
        "kwinput",
        "kwoutput",
        "tcp",
        "tcc",
        "procedure",
        "function",
        "for",
        "forall",
        "foreach",
        "while",
        "if",
        "elsif",
        "elseif",
        "elif",
        "else",
        "repeat",
        "until",
        "loop",
        "uif",
        "eif",
        "lif",
        "uelseif",
        "uelse",
        "lelse",
    ]
)
_OPENING = frozenset(
    ["procedure", "function", "for", "forall", "foreach", "while", "if", "repeat", "loop", "uif", "eif"]
)
_BETWEEN = frozenset(["elsif", "elseif", "elif", "else", "uelseif", "uelse"])
_SILENT = frozenset({"state", "statex"})
_NAMES = {
    "uif": "if",
    "eif": "if",
    "lif": "if",
    "uelseif": "else if",
    "elsif": "else if",
    "elseif": "else if",
    "elif": "else if",
    "uelse": "else",
    "lelse": "else",
    "forall": "for all",
    "foreach": "for each",
    "require": "Require:",
    "ensure": "Ensure:",
    "kwin": "Input:",
    "kwinput": "Input:",
    "kwdata": "Data:",
    "kwout": "Output:",
    "kwoutput": "Output:",
    "kwresult": "Result:",
    "kwreturn": "return",
    "comment": "//",
    "tcp": "//",
    "tcc": "//",
}
_OPTION = re.compile(r"^\s*\[[^\[\]]{0,12}\]")  # `[t]` of a float, `[1]` of numbered lines

# Commands that set, refer or space: their name is no word of the paper, as that of a paper's own macro is.
_TECHNICAL = re.compile(
    r"@|cite|ref$|label|url|^(?:set|use|new|renew|lst|begin|end)|(?:space|skip|style|color|font|box)$"
)


def read_macro_name(element: etree._Element) -> str:
    """The name of the undefined macro that a page shows in its place: mostly the paper's own name for something."""
    text = "".join(map(str, element.itertext())).strip()
    match = re.fullmatch(r"\\([A-Za-z]{2,40})", text)
    return "" if match is None or _TECHNICAL.search(match[1]) else match[1]


def strip_option(text: str) -> str:
    """What follows an unknown environment, without its option in brackets."""
    return _OPTION.sub("", text, count=1)


def is_algorithm(element: etree._Element) -> bool:
    """Whether the paragraph is an algorithm whose commands were not known."""
    return sum(read_statement(child) is not None for child in element if isinstance(child.tag, str)) > 1


def format_algorithm(pieces: Iterable[tuple[str | None, str]]) -> Iterator[str]:
    """The lines of an algorithm from its commands, each with the text that follows it."""
    depth = 0
    for statement, rest in pieces:
        text = " ".join(rest.split())
        if statement is None:
            if text:
                yield text
            continue
        if statement.startswith("end") or statement == "until" or statement in _BETWEEN:
            depth = max(depth - 1, 0)
        word = "" if statement in _SILENT else _NAMES.get(statement, statement)
        if not statement.startswith("end") and (word or text):
            yield f"{_STEP * min(depth, _MAX_INDENT // 4)}{f'{word} {text}'.strip()}"
        if statement in _OPENING or statement in _BETWEEN:
            depth += 1


def read_statement(element: etree._Element) -> str | None:
    """The command of an algorithm that an undefined macro is, in lower case."""
    if "ltx_ERROR" not in get_classes(element):
        return None
    name = "".join(map(str, element.itertext())).strip().lstrip("\\").lower()
    return name if name in _STATEMENTS or (name.startswith("end") and name[3:] in _STATEMENTS) else None


def keep_indent(line: str) -> str:
    """The line with its first blanks kept from folding."""
    stripped = line.lstrip()
    return INDENT * min(len(line) - len(stripped), _MAX_INDENT) + stripped if stripped else ""
