"""Words of a sentence as the checks compare them: stems, names, and the small classes of words that turn a meaning.

English has stems and names; of Chinese, each pair of neighbouring characters counts as a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from digest_assets.summaries.verification.lexicon import FUNCTION_WORDS
from digest_assets.summaries.verification.units import UNITS

_TOKEN = re.compile(
    r"[^\W\d_\u3400-\u9fff](?:[^\W_\u3400-\u9fff]|[-’'](?=[^\W_\u3400-\u9fff])){0,60}|[\u3400-\u9fff]{1,200}"
)
_PART = re.compile(r"[^\W_]+")
_TEX = re.compile(r"\\(?:mathrm|mathbf|mathcal|text\w*|emph|operatorname|frac|sqrt|left|right|cite\w*|ref|label)\b")
_CJK = "\u3400"
# Endings that English puts to one stem, the longest first.
_ENDING = re.compile(
    r"(?:izations?|isations?|ational|ations?|ements?|ments?|ances?|ences?|nesses|ness|ilities|ility|ities|ity|ively|ives?"
    r"|ically|ical|ing|ion|ant|ent|ably|able|ally|al|ate|ated|ating|ize|ized|ise|ised|er|or|ed"
    r"|ic|ly|y|e)$"
)
_REST = re.compile(r"(?:enc|anc|ac|iz|is|at|i)$")  # what the endings leave of "efficiency", "accuracy", "optimize"
_MIN_STEM = 4
_MAX_KEPT_PIECE = 40  # characters: longer ones are addresses, formulas, or Chinese sentences, which do not come again


class Word(NamedTuple):
    """A word: where it stands, as it is written, in lower case, and its stem (empty for a word that says little)."""

    start: int
    end: int
    text: str
    lower: str
    stem: str


def find_words(text: str) -> list[Word]:
    """The words of a sentence in order; compounds are divided at their hyphens, Chinese into pairs of characters."""
    return list(_iterate_words(_TEX.sub(lambda match: " " * len(match[0]), text) if "\\" in text else text))


class PlainWord(NamedTuple):
    """A word without its place."""

    text: str
    lower: str
    stem: str


def list_words(text: str) -> list[PlainWord]:
    """The words of `find_words` without their places: for whole texts, where each microsecond a word counts."""
    words: list[PlainWord] = []
    # No word reaches over white space, and a text repeats most of what stands between it.
    for piece in (_TEX.sub(" ", text) if "\\" in text else text).split():
        words += _read_piece(piece) if len(piece) <= _MAX_KEPT_PIECE else _divide_piece(piece)
    return words


def _divide_piece(piece: str) -> tuple[PlainWord, ...]:
    words: list[PlainWord] = []
    for token in _TOKEN.findall(piece):
        if token >= _CJK:
            pairs = (token[place : place + 2] for place in range(max(len(token) - 1, 1)))
            words.extend(PlainWord(pair, pair, pair) for pair in pairs)
        else:
            for part in (token,) if token.isalnum() else _PART.findall(token):
                lower = part.lower()
                words.append(PlainWord(part, lower, stem_word(lower)))
    return tuple(words)


_read_piece = lru_cache(maxsize=32_768)(_divide_piece)  # some 10 MB: the vocabulary of a few papers


def _iterate_words(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        if match[0] >= _CJK:
            for place in range(match.start(), max(match.end() - 1, match.start() + 1)):
                pair = text[place : min(place + 2, match.end())]
                yield Word(place, place + len(pair), pair, pair, pair)
        else:
            for part in _PART.finditer(text, match.start(), match.end()):
                lower = part[0].lower()
                yield Word(part.start(), part.end(), part[0], lower, stem_word(lower))


@lru_cache(maxsize=65_536)
def stem_word(lower: str) -> str:
    """What is left of an English word without its ending; nothing of a word that says little."""
    if lower in FUNCTION_WORDS or (len(lower) == 1 and lower.isascii()):
        return ""
    stem = lower[:-1] if len(lower) > _MIN_STEM - 1 and lower[-1] == "s" and lower[-2] not in "suia" else lower
    for _ in range(2):  # "measurements": -s and -ment
        shorter = _ENDING.sub("", stem)
        if len(shorter) < _MIN_STEM or shorter == stem:
            break
        stem = shorter
    if len(shorter := _REST.sub("", stem)) >= _MIN_STEM:
        stem = shorter
    if len(stem) > _MIN_STEM and stem.endswith("ct"):
        stem = stem[:-1]  # "reduction" and "reduces"
    if len(stem) > _MIN_STEM and stem[-1] == stem[-2]:
        stem = stem[:-1]  # "running"
    return stem


_TEXT_MACRO = re.compile(r"\\(?:emph|text[a-z]{2})\{")  # "\emph{Lantern}" names Lantern
_NAME = re.compile(
    r"(?<![\w\\^_{-])(?:[A-Z][\w]{0,40}|[a-z]{1,12}[A-Z][\w]{0,40}|\d?[a-z]{2,20}\d[\w]{0,20})(?:[-./@+][A-Za-z0-9][\w]{0,40}){0,6}[+*]?"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a sentence gives: a system, a data set, a person. `key` is how two spellings are compared."""

    start: int
    end: int
    text: str
    key: str


def find_names(text: str) -> list[Name]:
    """Names of a sentence: words with a capital that does not open it, with capitals inside, or with digits."""
    found = []
    text = _TEXT_MACRO.sub(lambda match: " " * len(match[0]), text) if "\\" in text else text
    for match in _NAME.finditer(text):
        word = match[0].rstrip(".-+*/")
        inner = any(char.isupper() or char.isdigit() for char in word[1:])
        opens = not re.search(r"[\w,;)\]]\s*$", text[max(0, match.start() - 4) : match.start()])
        if word in UNITS or (not inner and (opens or len(word) < 2 or stem_word(word.lower()) == "")):
            continue
        if "-" in word and not any(char.isupper() or char.isdigit() for char in word[1:].replace("-", "", 1)):
            _, tail = word.split("-", 1)  # "Chinese-speaking", "State-of-the-art"
            if opens and tail.islower():
                continue
        found.append(Name(match.start(), match.start() + len(word), word, name_key(word)))
    return found


def name_key(name: str) -> str:
    """A name's letters and digits in lower case, without a plural s after a capital (`LLMs`)."""
    if len(name) > 2 and name[-1] == "s" and name[-2].isupper():
        name = name[:-1]
    return "".join(char for char in name if char.isalnum()).lower()
