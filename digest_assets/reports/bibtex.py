"""A paper's BibTeX entry, in the form that arXiv recommends: keys, names, fields, and text that is safe in TeX.

Whoever wrote a title could write `\\input` in it: outside formulas no command is left, and a formula stays one only if
all its commands are harmless signs and letters. See https://info.arxiv.org/help/bibtex.html, and
https://ctan.org/pkg/biblatex for `eprint` and its companions.
"""

import re
import unicodedata

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.markdown import to_single_line
from digest_assets.papers.tables import PaperRow

_FORMULA = re.compile(r"(?<!\\)\$([^$]*)\$")
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)\*? ?|(.)|$)")
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])|([cuvHrkb])(?![A-Za-z]))\s?(?:\{(?:\\([ij])|([^\W\d_]))\}|(?:\\([ij])(?![A-Za-z])|([^\W\d_])))"
)
_COMBINING = dict(
    zip("`'^\"~=.cuvHrkb", "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0327\u0306\u030c\u030b\u030a\u0328\u0331", strict=True)
)  # fmt: skip
_LETTERS = {
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "aa": "å",
    "AA": "Å",
    "i": "ı",
}
_SPECIAL = {
    **{sign: "\\" + sign for sign in "&%#_$"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "{": "",
    "}": "",
}
_ESCAPES = str.maketrans(_SPECIAL)
# What a title's formula may hold: TeX's letters, signs and fonts, none of which reads, writes or defines anything. All
# but one of the 405 formulas in the titles of 22,000 papers have no others.
_MATHS_WORDS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon "
    "phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega mathbf mathbb mathcal mathrm mathit "
    "mathsf mathfrak mathscr boldsymbol bm rm bf it cal text textit textbf textrm operatorname frac sqrt hat tilde bar vec "
    "overline underline dot times cdot div pm mp to rightarrow leftarrow leftrightarrow Rightarrow mapsto uparrow downarrow "
    "leq geq le ge ll gg neq approx sim simeq equiv propto infty ell partial nabla sum prod int log ln exp sin cos max min "
    "in notin subset cup cap forall exists otimes oplus circ star ast bullet prime dagger langle rangle lfloor rfloor lceil "
    "rceil left right big Big cdots ldots dots quad hbar Re Im deg perp parallel triangle square"
)
_MATHS = frozenset(_MATHS_WORDS.split())
_STOP_WORDS = {"a", "an", "the", "on", "in", "of", "for", "to", "and", "with", "from", "towards", "toward", "is", "are"}
NAME_SUFFIXES = {"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"}
_GROUP_WORDS = {
    "collaboration",
    "collaborations",
    "team",
    "consortium",
    "group",
    "initiative",
    "project",
    "lab",
    "committee",
}


def format_bibtex(paper: PaperRow) -> str:
    """The entry, ending with a newline; published papers keep their DOI and journal in it."""
    year = str(paper.published.year) if paper.published else _parse_year(paper.id)
    fields = {
        "title": "{" + escape_tex(paper.title) + "}",  # a second pair keeps capitals
        "author": " and ".join(filter(None, map(_format_author, paper.authors))),
        "year": year,
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": escape_tex(paper.primary_category or ""),
        "doi": re.sub(r"[^A-Za-z0-9./_;()<>:+-]", "", paper.doi or ""),  # as it is written: biblatex takes it verbatim
        "note": escape_tex(paper.journal_ref or ""),
        "url": build_paper_url("abs", paper.id),
    }
    width = max(len(name) for name in fields)
    lines = [f"  {name:<{width}} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_make_key(paper, year)},\n" + ",\n".join(lines) + "\n}\n"


def escape_tex(text: str) -> str:
    """Text in which TeX finds no command but of formulas, and braces in pairs; accents as the letters they make."""
    text = to_single_line(text)
    parts, place = [], 0
    for match in _FORMULA.finditer(text):
        parts += [_escape_words(text[place : match.start()])]
        parts += [match[0] if _is_harmless(match[1]) else _escape_words(match[1])]
        place = match.end()
    return " ".join("".join([*parts, _escape_words(text[place:])]).split())


def _is_harmless(formula: str) -> bool:
    """Whether a formula is not empty, has its braces in pairs, and only commands that are letters, signs or fonts."""
    commands = _COMMAND.findall(formula)
    return (
        bool(formula.strip())
        and not re.search(r"[%#~\"]|\^\^", formula)
        and all(name in _MATHS if name else sign and sign in ",;:! |&_" for name, sign in commands)
        and _has_balanced_braces(formula)
    )


def _escape_words(text: str) -> str:
    text = _ACCENT.sub(
        lambda match: _accent_letter(match[1] or match[2], match[3] or match[4] or match[5] or match[6]), text
    )

    def show(match: re.Match[str]) -> str:
        name, sign = match[1], match[2]
        if name is None:
            return sign if sign and sign in "&%#_$ {}" else ""
        if name in _LETTERS:
            return _LETTERS[name]
        return "" if text[match.end() : match.end() + 1] == "{" else f"{name} "  # a macro shows what is in its braces

    return _COMMAND.sub(show, text).translate(_ESCAPES)


def _accent_letter(accent: str, letter: str) -> str:
    return unicodedata.normalize("NFC", letter + _COMBINING[accent])


def _has_balanced_braces(text: str) -> bool:
    depth = 0
    for character in text:  # BibTeX counts escaped braces too
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _make_key(paper: PaperRow, year: str) -> str:
    """Family name, year, first word of the title that is no stop word; the id where these are not written in Latin."""
    family = _to_ascii(_find_family_name(paper.authors[0])) if paper.authors else ""
    words = [_to_ascii(word) for word in re.split(r"[\W_]+", escape_tex(paper.title))]
    word = next((word for word in words if len(word) > 1 and word not in _STOP_WORDS), "")
    return f"{family}{year}{word}" if family and word else f"arxiv{re.sub(r'[^0-9A-Za-z]', '', paper.id)}"


def _find_family_name(name: str) -> str:
    """The last word of a person's name but `Jr.` and its like; the first of a group's."""
    words = escape_tex(name).split()
    if is_group(words):
        return next((word for word in words if word.lower() not in _GROUP_WORDS | _STOP_WORDS), words[0])
    while len(words) > 1 and words[-1].lower() in NAME_SUFFIXES:
        words.pop()
    return words[-1] if words else ""


def _to_ascii(word: str) -> str:
    """The letters and digits of a word in small ASCII; a Latin letter with a stroke is the letter: `Østby`, `Łukasz`."""
    plain = "".join(map(_to_plain_letter, unicodedata.normalize("NFKD", word)))
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def _to_plain_letter(letter: str) -> str:
    if letter.isascii() or not (name := unicodedata.name(letter, "")).startswith("LATIN "):
        return letter
    return name.split(" WITH ")[0].split()[-1]  # LATIN CAPITAL LETTER O WITH STROKE; LATIN SMALL LETTER AE


def is_group(words: list[str]) -> bool:
    """Whether a name's words are a collaboration's or a team's, and no person's."""
    return len(words) > 1 and not {words[0].lower(), words[-1].lower()}.isdisjoint(_GROUP_WORDS)


def _format_author(name: str) -> str:
    """A name that cannot be read as two, or a group's name as a person's: those are braced."""
    value = escape_tex(name).strip()
    words = value.split()
    if len(words) > 2 and words[-1].lower() in NAME_SUFFIXES and "," not in value:
        return f"{words[-2]}, {words[-1]}, {' '.join(words[:-2])}"
    return "{" + value + "}" if is_group(words) or re.search(r",|\b(?i:and)\b", value) else value


def _parse_year(arxiv_id: str) -> str:
    """The year in the id, of new and old form."""
    digits = arxiv_id.split("/")[-1][:2]
    return ("19" if int(digits) > 90 else "20") + digits
