"""Markdown: escaping, so that what a paper or a model wrote shows as written and does nothing; tables; names.

A character is escaped only where CommonMark, GitHub's tables and strike-through, or HTML would act on it, so that
prose and TeX stay readable in the file itself: `x_1` and `$p < 0.05$` are left alone, `\\{` becomes `\\\\{`, which
shows as `\\{`. See https://spec.commonmark.org/0.31.2/#backslash-escapes and https://github.github.com/gfm/.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

_CELL_CHARACTERS = 120  # a table of a dozen columns of titles and reasons stays readable in the Dagster UI
_MAX_COUNTS = 50  # all topics and reports, and more categories than a mailing usually has
_JOINERS = "\u200c\u200d"  # scripts and emoji need them
_TAGS = range(0xE0000, 0xE1000)  # Unicode's plane of letters that nobody sees, also those that are not given out yet
_MOVES = "\r\v\f\x1c\x1d\x1e\x1f\x85"  # white space that moves a terminal's cursor
_HTML = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_ACTS = r"""
      \\(?=[!-/:-@\[-`{-~]|\Z)          # a backslash that would escape what follows, here or in the template
    | [`*]                              # code and emphasis
    | (?<!\w)_+                         # emphasis; an underscore after a letter or digit cannot open it
    | ~~+ | (?<=\w)~ | ~(?!\w)          # strike-through and fences; `about ~10` cannot close one
    | \](?=[(\[:])                      # links and their definitions
    | \A(?: \#+(?=\s|\Z) | [+-](?=\s|\Z) | --+ | =+(?=\s*\Z) | ==+ | > | \[ | \d{1,9}[.)](?=\s|\Z) )  # what begins a block
"""
_IN_TEXT = re.compile(_ACTS, re.VERBOSE)
# What GitHub's readers and others make a link, a mention or a reference of although nothing marks it as one.
_ADDRESS = re.compile(
    r"""(?:
      (?:https?|ftp)://(?:[^\s`<>]*[^\s`<>.,;:!?'")\]}。，；：！？）」])?  # a web address, without the stop behind it
    | (?:mailto|xmpp):
    | (?:(?<![^\W_])www\.|(?<![\w.-])(?:[\w-]++\.)++(?-i:[a-z]{2,24})/)(?:[^\s`<>]*[^\s`<>.,;:!?'")\]}。，；：！？）」])?
    # An e-mail, of Latin letters as GitHub reads it; `mAP@0.5` is none.
    | (?<![a-z\d_.+@-])@*+[a-z\d_.+-]++(?=@[a-z\d_@-]*\.)(?:@++(?:\.?[a-z\d_-]++)++)++(?<=[^\W\d])
    | (?<!@)(?:(?<![\w/])@|@@)@*+[a-z\d][a-z\d-]*+(?:/[\w-]++)?  # somebody's name at GitHub
    | (?<!&)\#\d++\b | \bGH-\d++\b                                # an issue's number
    )++""",
    re.VERBOSE | re.IGNORECASE,
)
_JOINED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_@#/")
_IN_LINK = re.compile(_ACTS + r"| [\[\]]", re.VERBOSE)


class Markdown(str):
    """A string that is Markdown already: a template lets it through, and escapes every other string."""

    __slots__ = ()


def to_single_line(value: str) -> str:
    """One line: white space folded to single spaces, control, bidi and other unseen characters removed."""
    return " ".join((value if value.isprintable() else "".join(filter(_is_visible, value))).split())


def to_visible_lines(value: str) -> str:
    """The text as it is, line by line, but for what a terminal would act on or not show."""
    return value if value.isprintable() else "".join(c for c in value if _is_visible(c) and c not in _MOVES)


def escape_text(value: str) -> Markdown:
    """One line of Markdown that shows the value as written; addresses stand as code, which no reader makes a link of."""
    return _mark_addresses(to_single_line(value), _escape_words, "`{}`")


def _mark_addresses(line: str, escape: Callable[[str], str], code: str) -> Markdown:
    written, place = "", 0
    for start, end in _find_addresses(line):
        address = line[start:end] if code[0] == "`" else escape(line[start:end])
        written += escape(line[place:start]) + code.format(address)
        place = end
    return Markdown(written + escape(line[place:]))


def _find_addresses(line: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand, with what is joined to them: beside code, `#1` would be a reference that it was not."""
    end = 0
    for match in _ADDRESS.finditer(line):
        if match.end() <= end:
            continue
        start = max(match.start(), end)
        while start > end and line[start - 1] in _JOINED:
            start -= 1
        end = match.end()
        while end < len(line) and line[end] in _JOINED:
            end += 1
        while end > start and line[end - 1] in ".,":
            end -= 1
        if end > start:
            yield start, end


def break_addresses(value: str) -> str:
    """Plain text whose addresses no mail program makes links of: `https[:]//evil[.]example`, as security reports do."""
    line = to_single_line(value)
    broken, place = "", 0
    for start, end in _find_addresses(line):
        broken += line[place:start] + re.sub(r"[:.@](?=\S)", r"[\g<0>]", line[start:end])
        place = end
    return broken + line[place:]


def _escape_words(words: str) -> str:
    return _HTML.sub(_replace_by_entity, _IN_TEXT.sub(_add_backslashes, words))


def escape_link_text(value: str) -> Markdown:
    """Like `escape_text`, to stand between the brackets of a link."""
    return Markdown(_HTML.sub(_replace_by_entity, _IN_LINK.sub(_add_backslashes, to_single_line(value))))


def escape_in_html(value: str) -> Markdown:
    """One line to stand inside an HTML block, where Markdown is not read and a backslash shows.

    Not every reader keeps Markdown out of such blocks, so a link is undone here too, by an entity.
    """
    return _mark_addresses(to_single_line(value), _escape_words_in_html, "<code>{}</code>")


def _escape_words_in_html(words: str) -> str:
    return re.sub(r"\](?=[(\[:])", "&#93;", _HTML.sub(_replace_by_entity, words))


def escape_cell(value: str) -> Markdown:
    """A line of Markdown inside a table's cell."""
    return Markdown(value.replace("|", r"\|"))


def build_markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, max_rows: int = 10) -> Markdown:
    """The first rows as a table, and how many more there are. Columns of numbers are aligned right, None is empty.

    Cells are text, escaped and cut at 120 characters; one that is `Markdown` already stands as it is.
    """
    all_rows = [tuple(row) for row in rows]
    numeric = [bool(all_rows) and all(map(_is_number, column)) for column in zip(*all_rows, strict=True)]
    numeric = numeric or [False] * len(head)
    lines = [head, ["---:" if right else "---" for right in numeric]]
    lines += [[_format_cell(value) for value in row] for row in all_rows[:max_rows]]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    more = len(all_rows) - max_rows
    return Markdown(f"{table}\n\n… and {more} more" if more > 0 else table)


def build_counts_table(what: str, counts: Counter[str]) -> Markdown:
    """Counts of papers as a table, the largest first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return build_markdown_table((what, "papers"), rows, max_rows=_MAX_COUNTS)


def normalize_names(people: Iterable[str]) -> list[str]:
    """Names to be joined by commas, so without any of their own; what holds no letter (`:`) is no name.

    A backslash at the end is left over from TeX's line break.
    """
    folded = (to_single_line(person.replace(",", " ")).rstrip("\\ ") for person in people)
    return [name for name in folded if any(character.isalpha() for character in name)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _format_cell(value: object) -> str:
    if isinstance(value, Markdown):
        return escape_cell(value)
    text = to_single_line("" if value is None else str(value))
    return escape_cell(escape_text(text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"))


def _is_visible(character: str) -> bool:
    """False for a control, bidi or other format character, a surrogate, and what is no character at all."""
    if character.isspace() or character in _JOINERS:
        return True
    is_hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs") or ord(character) in _TAGS
    return not is_hidden and ord(character) & 0xFFFE != 0xFFFE


def _add_backslashes(match: re.Match[str]) -> str:
    mark = match[0]
    if mark[0].isdigit():
        return mark[:-1] + "\\" + mark[-1]
    return "".join("\\" + character for character in mark)


def _replace_by_entity(match: re.Match[str]) -> str:
    return "&lt;" if match[0] == "<" else "&amp;"
