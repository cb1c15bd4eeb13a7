"""Prose: a paper's sentence as it is printed, without citations, footnote marks and text-mode TeX; formulas stay."""

import re

from digest_assets.summaries.extractive.text_tex import read_text_tex
from digest_assets.texts.sentences import find_math_spans

_CITATION = re.compile(
    r"""(?<!\s)\s*+ (?: \(footnote:[^()]*+(?:\([^()]*+\)[^()]*+)*+\)
      | \[(?!0)\s*+\d++(?:\s*+[,;–-]\s*+\d++)*+\s*+\] | \[\s*+\]
      | \[(?:(?:see|cf\.|e\.g\.,?|i\.e\.,?)\s++)?[A-Z][^\[\]]{0,160}?,?\s(?:19|20)\d\d[a-z]?(?:[,;][^\[\]]{0,400}+)?\]
      | \[[A-Z][A-Za-z+]{1,11}\d\d[a-z]?(?:[,;]\s?[A-Z][A-Za-z+]{1,11}\d\d[a-z]?){0,9}\]
      | \\(?:cite\w*|ref|label|footnote\w*)\{[^}]{0,1000}+\}
      | \((?:(?:see|cf\.|e\.g\.,?|i\.e\.,?|following)\s++)?[A-Z][^()]{0,160}?,?\s(?:19|20)\d\d[a-z]?(?:;[^()]{0,400}+)?\)
      | \((?:see\s|cf\.?\s)?(?:our\s|the\s)?
         (?:Figs?|Figures?|Tabs?|Tables?|Secs?|Sections?|App|Appendix|Eqs?|Equations?|Algorithm)\b\.?[^()]{0,40}\)
      )
      | (?<=al\.)\s*+\((?:19|20)\d\d[a-z]?\)""",
    re.VERBOSE,
)
# Behind these a citation is a word of its sentence: "the algorithm of [3]", "we extend [4] and [5]", "while [6] needs".
_NEEDS_NOUN = re.compile(
    r"(?:\b(?:of|by|in|from|with|to|on|than|see|for|via|like|using|between|following|unlike|against|both|as|and|or|but|that"
    r"|which|while|whereas|because|since|where|when|if|although|we (?:\w+ly )?\w+)|\b(?:e\.g|i\.e|cf)\.,?)\Z",
    re.IGNORECASE,
)
_MAX_WORDS_BEFORE = 60  # characters: "we systematically generalise"
_TEX_CITATION = re.compile(r"\s*\\")
_KEY = re.compile(
    r"(?<!\s)\s*+(?:(?:[(\[]\s*+)?\b[A-Za-z:_]{1,60}(?:19|20)\d\d[a-z]\w*\b,?\s*+[)\]]?(?:\s*+,)?"
    r"|\(\s*+[a-z]{1,60}(?:19|20)\d\d[a-z]*\s*+(?:,\s*+)?\)|\(\s*+[\w:/.-]{3,80},\s*+\)"
    r"|(?<=\s)[a-z]{3,40}(?:19|20)\d\d\b"
    r"|[(\[]?\b[\w-]{1,60}:(?:19|20)\d\d:\w+\b[)\]]?)"
)
ENDED = re.compile(r"[.!?。！？…][\"'”’»)\]）」』*$]*$")
_AUTHORS = re.compile(
    r"(?<=[a-z])(?P<noun>(?:ture|tion|hod|del|work|sult|ach|set|ithm|ique|mark|tem|former|ment|ance|ence|twork)s?)"
    r"(?:\s[A-Z][\w'’-]+(?:\s(?:and|&)\s[A-Z][\w'’-]+)?\set al\.;?)+(?=[\s,.;:)])"
)  # "the architecture Doe et al." was a citation; "by Doe et al." is a word of the sentence
# Of a footnote or a citation by number; "km²" is a unit and "10¹⁴" a number.
_NOTE_MARK = re.compile(
    r"(?:(?<=[.!?])\s?|(?<=[,)])|(?<=[a-z]{3})|(?<=[A-Z]{3})(?=[¹²³⁰⁴-⁹]{2})|(?<=[A-Z]{4})|(?<=[a-z])\s(?=[¹²³⁰⁴-⁹]{1,3}\s[a-z]))"
    r"[¹²³⁰⁴-⁹]{1,3}(?:[,–-][¹²³⁰⁴-⁹]{1,3}){0,5}(?=[\s,.;)]|$)"
    r"|(?<=et al\.)\s\d{1,3}(?:[,–-]\d{1,3}){0,5}(?=\s[a-z])"
)
# "40 Other metrics": the mark of what the sentence before cites.
_LEADING_MARK = re.compile(r"^\d{1,3},?\s(?=(?:[A-Z][a-z]{2,20}|We|In|A|An|It|On|To)\s[a-z])")
# What shows that a sentence cites: a number in brackets, a year, authors, a raised mark, a key.
_CITES = re.compile(r"\[\d|\bet al\b|(?:19|20)\d\d[a-z]?\s?[)\];,]|[a-z]{3}(?:19|20)\d\d|[¹²³⁰⁴-⁹]|\\cite")
_COMMENT = re.compile(r"^%\s*+")  # a TeX comment that joins two lines of an abstract
_SPACE_IN_BRACKET = re.compile(r"(?<=[(\[])\s++(?=\w)")
_SPACE_BEFORE_STOP = re.compile(r"(?<!\s)\s++([,.;:!?])(?=\s|$)")


def has_citation(text: str) -> bool:
    """Whether a sentence, as it stands in the paper, cites another work."""
    return _CITES.search(text) is not None


def strip_citations(sentence: str) -> str:
    """A sentence without citations, references to figures and tables in brackets, and TeX around its formulas."""
    out, place = [], 0
    for start, end in [*find_math_spans(sentence), (len(sentence), len(sentence))]:
        out += [_strip_prose(sentence[place:start]), sentence[start:end]]
        place = end
    read = " ".join(read_text_tex("".join(out)).split())
    return _SPACE_BEFORE_STOP.sub(r"\1", _SPACE_IN_BRACKET.sub("", read)).replace("et al..", "et al.")


def _strip_prose(text: str) -> str:
    text = _AUTHORS.sub(r"\g<noun>", _CITATION.sub(_drop_citation, text))
    text = _LEADING_MARK.sub("", _NOTE_MARK.sub("", _COMMENT.sub("", text)))
    return _KEY.sub(lambda found: "," if found[0].endswith(",") and "(" not in found[0] else "", text)


def _drop_citation(found: re.Match[str]) -> str:
    """What stays of a citation: itself where the sentence would lack a word, if it can be read."""
    is_word = _NEEDS_NOUN.search(found.string, max(0, found.start() - _MAX_WORDS_BEFORE), found.start())
    return found[0] if is_word and not _TEX_CITATION.match(found[0]) else ""
