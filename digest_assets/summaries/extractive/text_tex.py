"""Text-mode TeX as plain words: what authors type around a formula, as it is meant to be read. Formulas stay as they are.

Nothing here is an error: half of TeX (a group that the source never closes, a command of the authors' own) is read as
far as it goes, and no backslash, brace or lone dollar of it is left.
"""

import re
from collections.abc import Iterator
from functools import cache
from unicodedata import normalize

from latex2mathml.symbols_parser import convert_symbol

from digest_assets.texts.sentences import find_math_spans

# A formula travels as one character of Unicode's private area while the words around it are read.
_FIRST_MARK, _MARKS = 0xE000, 6400
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_MAX_HALF_FORMULAS = 20  # dollars that open none: where a sentence has more, the rest is taken as it comes
_TOKEN = re.compile(r"\\([A-Za-z]{1,40}+)(\*?(?:\[[^\[\]]{0,200}\])?)(?=(\s{0,2}\{)?)|\\(.|$)|[{}]", re.DOTALL)
_LAYOUT_COMMANDS = (
    "boldmath unboldmath tiny small footnotesize scriptsize normalsize large Large huge em bf it sc tt rm sf bfseries itshape "
    "noindent centering ensuremath left right displaystyle textstyle item par newline linebreak xspace protect quad qquad "
    "big Big bigl bigr Bigl Bigr limits nolimits emph mathrm mathbf mathit mathcal mathbb mathsf operatorname"
)
_LAYOUT = frozenset(_LAYOUT_COMMANDS.split())
_SPEAKS_OF_LAYOUT = frozenset(
    ("color", "textcolor", "colorbox", "fontsize", "begin", "end", "href", "vspace", "hspace")
)
_SIGNS = {"deg": "°", "degree": "°", "sqrt": "√", "LaTeX": "LaTeX", "TeX": "TeX", "textbackslash": "", "ldots": "…"}
_FRACTIONS = frozenset(("frac", "tfrac", "dfrac"))
# A set or a crystal's plane in words: "{a, b}", "{100}". Other groups only hold words together.
_SET = re.compile(r"\d{3,4}|[^{},;]{1,20}(?:[,;][^{},;]{1,20}){1,5}|[^{},;]{1,20}\|[^{}]{1,40}")
_ESCAPES = {"%": "%", "&": "&", "_": "_", "#": "#", "{": "{", "}": "}", "$": "\\$", "|": "‖", "-": "", "/": "", "!": ""}
_TEXT_IN_DOLLARS = re.compile(r"\$(\\(?:text\w{0,8}|emph|underline)\{[^{}$]{1,200}\})\$")
_ACCENT = re.compile(r"\\([`'^\"~=.cuvHr])(?:\{(\w)\}|(?<![a-zA-Z])(\w))")
_ACCENTS = dict(
    zip("`'^\"~=.cuvHr", "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0327\u0306\u030c\u030b\u030a", strict=True)
)
# A space where no line may end: "Fig.~1"; "(~5" is a number.
_TIE = re.compile(r"(?<=[^\s(\[<>=≈~])~(?=[^\s~=,.;:!?)])")
_TIE_ALONE = re.compile(r"(?<=[^\s(])~(?=[,.;:!?)\s])")  # what a citation left, once it is gone
_DASH = re.compile(r"(?<=\w)---?(?=\w)|(?<=\s)---?(?=\s)")  # as TeX's authors type it; "--flag" is none
_LONE_DOLLAR = re.compile(r"(?<!\\)\$(?!\d)")  # "$5" is money
_UNICODE = re.compile(
    r"\$?\\unicode\{x([0-9A-Fa-f]{2,4})\}\$?"
)  # a sign by its number, which only a browser's TeX knows
_OWN_COMMAND = re.compile(r"\$\\([A-Za-z]{2,40})(?:\{\})?\$")


def read_text_tex(text: str) -> str:
    """The text with its TeX read: `\\textbf{a}` is `a`, `Fig.~1` is `Fig. 1`, an author's `\\ours` is `ours`."""
    formulas: list[str] = []
    pieces: list[str] = []
    place = 0
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), _PRIVATE.sub("", text))
    for start, end in _iterate_formulas(text):
        pieces.append(text[place:start])
        own = _OWN_COMMAND.fullmatch(text, start, end)
        if own and not _read_symbol(own[1]):
            pieces.append(own[1])
        else:
            pieces.append(chr(_FIRST_MARK + len(formulas)))
            formulas.append(text[start:end])
        place = end
    words = _read_words("".join((*pieces, text[place:])))
    return _PRIVATE.sub(lambda mark: formulas[ord(mark[0]) - _FIRST_MARK], words)


def _iterate_formulas(text: str) -> Iterator[tuple[int, int]]:
    """Where formulas stand; one whose braces are not closed is none: `\\textbf{2$\\times$` has its first dollar behind "2"."""
    place = found = 0
    for _ in range(_MAX_HALF_FORMULAS):
        for start, end in find_math_spans(text[place:]):
            start, end = place + start, place + end
            if text.count("{", start, end) != text.count("}", start, end):
                place = start + 1
                break
            found += 1
            if found <= _MARKS:
                yield start, end
        else:
            return


def _read_words(text: str) -> str:
    if "\\" in text or "{" in text or "}" in text:
        text = _TEXT_IN_DOLLARS.sub(r"\1", text)
        text = _ACCENT.sub(lambda found: normalize("NFC", (found[2] or found[3]) + _ACCENTS[found[1]]), text)
        text = _read_groups(text)
    text = _TIE_ALONE.sub("", _TIE.sub(" ", text))
    return _LONE_DOLLAR.sub("", _DASH.sub("–", text)).replace("``", "“").replace("''", "”")


def _read_groups(text: str) -> str:
    """The text without commands, and without the braces of groups: in one pass, whatever is open or closed too often."""
    out: list[str] = []
    groups: list[tuple[int, str]] = []  # where an open group begins in `out`, and the command that it belongs to
    place, command, eats_space = 0, "", False
    for token in _TOKEN.finditer(text):
        between = text[place : token.start()]
        if command and between.strip():
            command = ""
        out.append(between.lstrip() if eats_space else between if between.strip() or not command else "")
        place, eats_space = token.end(), False
        if token[0] == "{":
            groups.append((len(out), command))
            out.append("")  # where the brace is written if it is one of a set
            command = ""
        elif token[0] == "}":
            if groups:
                command = _close_group(out, *groups.pop())
        elif token[1]:
            command = token[1] if token[3] else ""
            out.append(_read_command(token[1], is_alone=not token[3]))
            eats_space = not token[3] and not out[-1]
        else:
            out.append(_ESCAPES.get(token[4], " "))
    out.append(text[place:].lstrip() if eats_space else text[place:])
    return "".join(out)


def _close_group(out: list[str], begin: int, command: str) -> str:
    """Read a group that ends here; the command whose second group follows, if there is one."""
    inside = "".join(out[begin + 1 :])
    before = next((piece[-1] for piece in reversed(out[:begin]) if piece), " ")
    del out[begin:]
    if command in _SPEAKS_OF_LAYOUT:
        return "second"
    if command in _FRACTIONS:
        out.append(f"{inside}/")
        return "second"
    if command:
        out.append(inside or ("" if command in _LAYOUT or command == "second" else command))
    elif before in "^_" and not inside.isalnum() and len(inside) > 1:
        out.append(f"({inside})")
    elif not before.isalnum() and before not in "^_" and _SET.fullmatch(inside):
        out.append(f"{{{inside}}}")
    else:
        out.append(inside)
    return ""


def _read_command(name: str, is_alone: bool) -> str:
    """What a command prints before its group, if it has one."""
    if name in _SIGNS:
        return _SIGNS[name]
    if name in _LAYOUT or not is_alone:
        return ""
    return _read_symbol(name) or ("" if name.startswith("text") else name)


@cache
def _read_symbol(name: str) -> str:
    """The character of a command, by the tables of the library that typesets formulas; empty where it has none."""
    code = convert_symbol(f"\\{name}")
    return chr(int(code, 16)) if code else ""
