"""Sentence features: a paper's sentences without citations, with salience, and whether each can stand alone.

Which of them a field of a summary gets is decided in `selectors`, not here. The pattern lists and numbers were set by
hand while reading extracted summaries beside their papers, and every change was judged by `benchmarks.extractive`
(ROUGE-L against expert TL;DRs and digests); none was fitted by a script.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log1p, sqrt
from unicodedata import normalize

from rapidfuzz import fuzz

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.cues import is_availability
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.summaries.verification.units import PERCENT, POINTS, TIMES
from digest_assets.texts.sentences import find_math_spans
from digest_assets.texts.spans import Span, find_spans
from digest_assets.texts.tables import Role, Section, TextRow, ensure_abstract

_MAX_ABSTRACT_CHARACTERS = 10_000  # arXiv takes at most 1,920; a file's own abstract may be a page
MAX_SECONDS_PER_PAPER = 30.0  # a paper takes a fraction of one: what takes this long is no paper
_MIN_REPETITION_RATIO = 72.0  # token-sort similarity (0 to 100) from which two sentences say the same, by reading pairs
_MAX_SALIENCE = 2.5  # so that a sentence full of the title's words does not beat one of the right move (2 to 3)
_MAX_NAME_WORDS = 3  # what stands before a title's colon is searched for in sentences: longer ones are no names
# A sentence of a section is left out where it is a fragment or a list, or mostly formulas, tables or references.
_MIN_CHARACTERS, _MAX_CHARACTERS = 40, 480
_MAX_FORMULA_SHARE, _MIN_LETTER_SHARE = 0.3, 0.6
_MAX_NESTED_MACROS = 8  # `\\textbf{\\emph{\\href{…}{…}}}` has three: what is deeper is no prose
_SALIENCE_PRIOR = 4  # words added to a sentence's length, or the shortest sentences would be the most salient

_CITATION = re.compile(
    r"""(?<!\s)\s*+ (?: \(footnote:[^()]*+(?:\([^()]*+\)[^()]*+)*+\)
      | \[\s*+\d++(?:\s*+[,;–-]\s*+\d++)*+\s*+\] | \[\s*+\]
      | \[(?:(?:see|cf\.|e\.g\.,?|i\.e\.,?)\s++)?[A-Z][^\[\]]{0,160}?,?\s(?:19|20)\d\d[a-z]?(?:[,;][^\[\]]{0,400}+)?\]
      | \\(?:cite\w*|ref|label|footnote\w*)\{[^}]{0,1000}+\}
      | \((?:(?:see|cf\.|e\.g\.,?|i\.e\.,?|following)\s++)?[A-Z][^()]{0,160}?,?\s(?:19|20)\d\d[a-z]?(?:;[^()]{0,400}+)?\)
      | \((?:see\s|cf\.?\s)?(?:our\s|the\s)?
         (?:Figs?|Figures?|Tabs?|Tables?|Secs?|Sections?|App|Appendix|Eqs?|Equations?|Algorithm)\b\.?[^()]{0,40}\)
      )
      | (?<=al\.)\s*+\((?:19|20)\d\d[a-z]?\)""",
    re.VERBOSE,
)
_KEY = re.compile(
    r"(?<!\s)\s*+(?:(?:[(\[]\s*+)?\b[A-Za-z:_]{1,60}(?:19|20)\d\d[a-z]\w*\b,?\s*+[)\]]?(?:\s*+,)?"
    r"|\(\s*+[a-z]{1,60}(?:19|20)\d\d[a-z]*\s*+(?:,\s*+)?\)|\(\s*+[\w:/.-]{3,80},\s*+\)"
    r"|[(\[]?\b[\w-]{1,60}:(?:19|20)\d\d:\w+\b[)\]]?)"
)
_ABOUT_THE_PAPER = re.compile(
    r"(?:The (?:rest|remainder) of )?(?:the|this) (?:paper|article|report|work) is (?:organi[sz]ed|structured)"
    r"|The (?:rest|remainder) of\b|"
    r"(?:(?:Here|Next|Finally|Below|In this section|In what follows),? )?(?:we|this section) (?:now |next |also "
    r"|first |here |briefly |then )*"
    r"(?:discuss|describe|outline|detail|review|summari[sz]e|refer|defer|give|list|provide (?:some|more|further"
    r"|additional))\b",
    re.IGNORECASE,
)
_IN_A_LIST = re.compile(r"^\d+[.)]\s|[:;.]\s[-•–]\s")
# "and thin 5With a rate": a footnote amid the sentence; "³ We have": one by itself.
_FOOTNOTE = re.compile(r"\s\d{1,2}[A-Z][a-z]+\s|^\W?[¹²³⁴-⁹*†‡§]")
# "Batch Size We use": a heading that the source runs into the sentence behind it.
_RUN_IN_HEADING = re.compile(
    r"(?:(?:[A-Z0-9][\w/-]*+|and|of|for|the|in|on|with|to|vs\.?)\s){1,8}?"
    r"(?:We|Our|For|In|To|When|While|As|This|These|It|The)\s[a-z]"
)
_WE_AMID = re.compile(r"(?<=[a-z0-9)])\s(?:We|Our)\s[a-z]")
_NOT_PROSE = re.compile(r"\s\|\s|^(?:Figure|Fig\.|Table|Tab\.|Algorithm|图|表)\s*\d+\s*[:.：]")
_MACRO = re.compile(r"\\([a-zA-Z]+)\*?(?:\[[^\[\]]*\])?\{([^{}]*)\}|\{\\(?:em|bf|it|sc|tt|rm)\s++([^{}]*+)\}")
_GROUP = re.compile(r"(?<=\w)\{([^{}\s\\]*)\}")
# An author's macro for a name: "\\ours, an agent".
_OWN_NAME = re.compile(r"\\([A-Za-z]{3,40})(?![A-Za-z{])\s?(?=\s|[,.;:)'’]|$)")
_KEYWORDS = re.compile(r"(?:key ?words?|index terms)\b", re.IGNORECASE)
_SYMBOL = re.compile(r"\{\\([A-Za-z]+)\}")  # arXiv's own writing of a Greek letter in an abstract
_AUTHORS = re.compile(
    r"(?<=[a-z])(?P<noun>(?:ture|tion|hod|del|work|sult|ach|set|ithm|ique|mark|tem|former|ment|ance|ence|twork)s?)"
    r"(?:\s[A-Z][\w'’-]+(?:\s(?:and|&)\s[A-Z][\w'’-]+)?\set al\.;?)+(?=[\s,.;:)])"
)  # "the architecture Doe et al." was a citation; "by Doe et al." is a word of the sentence
_HREF = re.compile(r"\\(?:href\{[^{}]*\}\{([^{}]*)\}|url\{([^{}]*)\})")
_ESCAPED = re.compile(r"\\([%&_#])")
_FONT = re.compile(r"\\(?:(?:un)?boldmath|small|large|footnotesize|normalsize|noindent|ensuremath)\b\s?")
_BRACED = re.compile(r"\{(\$[^${}]{1,200}\$)\}")
_NOTE_MARK = re.compile(r"(?:(?<=[.!?,)])|(?<=[a-z]{3}))[¹²³⁰⁴-⁹]{1,3}(?=\s|$)")  # of a footnote; "km²" is a unit
_COMMENT = re.compile(r"^%\s*+")  # a TeX comment that joins two lines of an abstract
_THIN_SPACE = re.compile(r"\\[,;: >]")  # between a number and its unit, mostly
_TIE = re.compile(r"(?<=[\w.])~(?=\w)")  # a space where no line may end: "Fig.~1"
_DASH = re.compile(r"(?<=\w)---?(?=\w)|(?<=\s)---?(?=\s)")  # as TeX's authors type it; "--flag" is none
_ACCENT = re.compile(r"\\([`'^\"~=.cuvHr])(?:\{(\w)\}|(?<![a-zA-Z])(\w))")
_ACCENTS = dict(
    zip("`'^\"~=.cuvHr", "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0327\u0306\u030c\u030b\u030a", strict=True)
)
_SPACE_BEFORE_STOP = re.compile(r"(?<!\s)\s++([,.;:!?])(?=\s|$)")
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:in|see|to) (?:the|our|this) (?:appendix|supplement\w*|section|following)\b|\b(?:next|previous|this"
    r"|following) (?:sub)?section\b|"
    r"\b(?:[Ff]igs?|[Ff]igures?|[Tt]ables?|Tabs?|Sections?|Secs?|Appendix|Eqs?|Equations?|Algorithms?|Theorem|Lemma"
    r"|supplementary)\b\.?\s*(?:\(?[\dA-Z(]|material)"
    r"|[图表]\s*\d|\b(?:above|below|aforementioned)\b"
)
# Words that join a sentence to the one before and say nothing by themselves: without them it opens on its own.
_CONNECTIVE = re.compile(
    r"(?:However|Moreover|Furthermore|Additionally|In addition|Besides|Also|Thus|Therefore|Hence|Consequently|As a result"
    r"|As such|Accordingly|Then|Next|Finally|Lastly|Specifically|Concretely|More specifically|In particular|In contrast"
    r"|By contrast|Conversely|Instead|Meanwhile|Similarly|Likewise|Nevertheless|Nonetheless|Yet|Still|Indeed|That said"
    r"|On the other hand|On the one hand|Unfortunately|Subsequently|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Fourth(?:ly)?"
    r"|For example|For instance|Notably|Importantly|Further|To this end|To that end|In this (?:context|regard|setting|sense)"
    r"|In other words|At the same time|In turn|In doing so|By doing so|Crucially|Overall|In summary|To summarize|In conclusion"
    r"|In short"
    r"|Alternatively|Otherwise|Correspondingly|Interestingly|Surprisingly|Remarkably|Here|Now|Together|Taken together"
    r"|(?:(?:Motivated|Inspired|Driven|Guided) by|Based (?:on|upon)|Building (?:on|upon)|Due to|Given|Following|In response to"
    r"|In (?:the )?light of|To (?:address|tackle|overcome|bridge|fill|solve|resolve|mitigate|close|remedy|alleviate"
    r"|meet|achieve|do|reach))"
    r" (?:this|these|that|those|such|both|it)(?: (?!we\b|is\b|are\b)[\w-]+){0,4}),\s++"
    r"|To (?:address|tackle|overcome|bridge|fill|solve|resolve|mitigate|close|remedy|alleviate|meet|achieve|do|reach)"
    r" (?:this|these|that|those|such|both|it)(?: (?!we\b)[\w-]+){0,4} (?=we\b)"
    r"|(?:But|And|Or|So|Yet|Thus|Hence|Therefore)\s++(?=[a-z])|(?:此外|然而|但是?|因此|同时|另外|具体而言|具体来说|最后)，?"
    r"|\(?(?:\d{1,2}|[ivx]{1,4}|[a-e])\)\s++",
)
_GOES_ON = re.compile(r"(?:which|where|who|whose|that|and|or|but|is|are)\b")  # "To solve this, which is hard, we …"
# What a sentence begins with that cannot be read without the sentence before, once such words are gone.
_PAPER = (
    r"(?:\w+\s){0,2}?(?:paper|work|study|article|survey|report|thesis|letter|review|chapter|tutorial|research|dissertation"
    r"|monograph|manuscript|project|note|essay|talk|abstract|collection)s?\b"
)
_LEANS = re.compile(
    r"To \w+ (?:this|these|that|those|such|it|them|both)\b|"
    rf"(?:(?:In|To|For|With|By|From|On|Under|Using|Despite|Unlike|At|Through|Of|Among|As|While|When|Although|If|Since|Because"
    rf"|Beyond|Given|After|Before|Building (?:on|upon)|Based on|Due to|Because of|Along|Motivated by|Inspired by|Following)\s)?"
    rf"(?:(?:This|These|this|these|That|that|such|Such|those|Those|each|both|them|it|they|its|their)\b"
    rf"(?!\s{_PAPER})(?!(?<=ese)\s(?:results|findings)\b))"
    r"|(?:It|They|He|She)\b(?!\s(?:is|was|has been|remains)\s(?:\w+\s){0,3}?(?:that|to|whether|how|unclear|unknown)\b)"
    r"|It is also\b"
    r"|(?:Here,? )?[Ww]e (?:apply|use|utili[sz]e|exploit|demonstrate|show|validate|evaluate|discuss|build)"
    r" (?:that )?(?:this|these|such|it|them|both)\b(?!\s" + _PAPER + r")"
    r"|(?:Its|Their|The (?:above|former|latter|first|second|third|other|remaining|resulting|same)|Both|Neither"
    r"|There(?:by|fore|in)"
    r"|Another|Others|Each|Doing so|Together|One (?:is|such)|Then|Also|So|Thus|Hence|Yet|But|And|Or)\b"
    r"|We (?:also|further|additionally|then|next|finally|instead)\b"
    r"|(?:它|其|该方法|这)",
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]+|[\u3400-\u9fff]{2}")
_ENDED = re.compile(r"[.!?。！？…][\"'”’»)\]）」』*$]*$")
_STOPWORDS_EN = (
    "a about above after all also among an and any are as at be been between both but by can compared could do does each "
    "et al etc even for from further has have here how however if in into is it its may more most much new no not of on one or "
    "our over paper propose proposed show such than that the their them then there these they this those through to two under "
    "use used using via was we were what when where which while who will with within without work would you your based both "
    "across existing recent approach approaches method methods model models results different well"
)
STOPWORDS = frozenset(_STOPWORDS_EN.split())


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the paper.

    `salience` is how much it speaks of what the paper is about; `names_subject` says that it names what the title names
    (`Name: what it is`); `leans` that it cannot be read without the one before; `is_availability` that it says where
    code or data are; `span` is where it stands.
    """

    text: str
    span: Span
    order: int
    role: Role
    salience: float
    names_subject: bool
    leans: bool
    is_availability: bool

    def follows(self, other: "Sentence") -> bool:
        """Whether it stands directly behind another in the same section."""
        return self.order == other.order + 1 and self.span.section == other.span.section


def is_repetition(one: str, other: str) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    return one == other or fuzz.token_sort_ratio(one, other, score_cutoff=_MIN_REPETITION_RATIO) > 0


def strip_citations(sentence: str) -> str:
    """A sentence without citations, references to figures and tables in brackets and text macros; formulas stay as they are."""
    sentence = _BRACED.sub(r"\1", _FONT.sub("", sentence))
    out, place = [], 0
    for start, end in [*find_math_spans(sentence), (len(sentence), len(sentence))]:
        out += [_strip_prose(sentence[place:start]), sentence[start:end]]
        place = end
    return _SPACE_BEFORE_STOP.sub(r"\1", " ".join("".join(out).split())).replace("et al..", "et al.")


def _strip_prose(text: str) -> str:
    text = _AUTHORS.sub(r"\g<noun>", _CITATION.sub("", text))
    text = _NOTE_MARK.sub("", _COMMENT.sub("", text))
    if "\\" in text or "{" in text:
        text = _HREF.sub(lambda found: found[1] or found[2], text)
        text = _ACCENT.sub(lambda found: normalize("NFC", (found[2] or found[3]) + _ACCENTS[found[1]]), text)
        text = _SYMBOL.sub(lambda found: "°" if found[1] == "deg" else f"$\\{found[1]}$", text)
        for _ in range(_MAX_NESTED_MACROS):  # innermost first
            text = _MACRO.sub(lambda found: found[2] or found[3] or found[1], text)
        text = _OWN_NAME.sub(r"\1", text)
        text = _ESCAPED.sub(r"\1", _GROUP.sub(r"\1", _THIN_SPACE.sub(" ", text)))
    elif "}" in text:
        text = text.replace("}", "")  # left of a macro that the source cut
    text = _DASH.sub("–", _TIE.sub(" ", text)).replace("``", "“").replace("''", "”")
    return _KEY.sub(lambda found: "," if found[0].endswith(",") and "(" not in found[0] else "", text)


@lru_cache(maxsize=8)  # a paper's summaries for several reports are made one after another
def extract_sentences(paper: PaperRow, text: TextRow) -> tuple[Sentence, ...]:
    """A paper's sentences in reading order: the abstract's, then those of sections that can stand alone."""
    sections = ensure_abstract(text.sections, paper.abstract)
    shift = len(sections) - len(text.sections)  # a span counts the sections of the text itself; -1 is arXiv's abstract
    abstract = "\n\n".join(section.text for section in sections if section.role == "abstract")
    topic = _Topic.from_abstract(paper.title, abstract[:_MAX_ABSTRACT_CHARACTERS])
    deadline = time.monotonic() + MAX_SECONDS_PER_PAPER
    opening: list[tuple[Span, str]] = []
    bodies: list[tuple[Section, list[tuple[Span, str]]]] = []
    for index, section in enumerate(sections):
        if time.monotonic() > deadline:
            raise TimeoutError(f"its text took more than {MAX_SECONDS_PER_PAPER:g} s")
        spans = find_spans(index - shift, section.text, text.get_places(index - shift))
        if section.role == "abstract":
            opening += [
                (span, sentence)
                for span in spans
                if span.start < _MAX_ABSTRACT_CHARACTERS
                and (sentence := _read_sentence(section, span))
                and not _KEYWORDS.match(sentence)
            ]
        else:
            bodies.append((section, list(_read_section(section, spans))))
    found: list[tuple[Role, Span, str]] = [("abstract", *pair) for pair in opening] + [
        (section.role, *pair) for section, body in bodies for pair in body
    ]
    return tuple(
        _build_sentence(sentence, span, order, role, topic) for order, (role, span, sentence) in enumerate(found)
    )


def _read_sentence(section: Section, span: Span) -> str:
    return strip_citations(" ".join(section.text[span.start : span.end].split()))


def _read_section(section: Section, spans: Iterable[Span]) -> Iterator[tuple[Span, str]]:
    """The sentences of a section's prose that can stand alone, with where they stand."""
    paragraphs = section.text.split("\n\n")
    for span in spans:
        if not _NOT_PROSE.search(paragraphs[span.paragraph]) and _stands_alone(
            sentence := _read_sentence(section, span)
        ):
            yield span, sentence


def _stands_alone(sentence: str) -> bool:
    """Whether a sentence of a section reads well out of its place: whole, in words, pointing at nothing unseen."""
    if _IN_A_LIST.search(sentence) or _FOOTNOTE.search(sentence):
        return False
    if _RUN_IN_HEADING.match(sentence) or _WE_AMID.search(sentence):
        return False
    if (
        not _MIN_CHARACTERS <= len(sentence) <= _MAX_CHARACTERS
        or not _ENDED.search(sentence)
        or _POINTS_ELSEWHERE.search(sentence)
        or _ABOUT_THE_PAPER.match(sentence)
    ):
        return False
    first = sentence.lstrip("\"'“‘(*")[:1]
    if not (first.isupper() or first.isdigit() or first > "\u2fff"):
        return False
    formulas = sum(end - start for start, end in find_math_spans(sentence))
    letters = sum(char.isalpha() for char in sentence)
    return (
        formulas < _MAX_FORMULA_SHARE * len(sentence)
        and letters > _MIN_LETTER_SHARE * len(sentence)
        and sentence.count("(") == sentence.count(")")
    )


@dataclass(frozen=True, slots=True)
class _Topic:
    """What the paper is about: the words of its title and those that its abstract repeats; the name in its title."""

    weights: Mapping[str, float]
    name: str | None

    @classmethod
    def from_abstract(cls, title: str, abstract: str) -> "_Topic":
        counts = Counter(_find_words(abstract))
        weights = {word: log1p(count - 1) for word, count in counts.items() if count > 1}
        for word in _find_words(title):
            weights[word] = weights.get(word, 0.0) + 1.0
        name, colon, _ = title.partition(":")
        return cls(weights, name.strip() if colon and len(name.split()) <= _MAX_NAME_WORDS else None)


def _find_words(text: str) -> list[str]:
    return [word for found in _WORD.findall(text) if (word := found.lower()) not in STOPWORDS]


def _build_sentence(text: str, span: Span, order: int, role: Role, topic: _Topic) -> Sentence:
    words = set(_find_words(text))
    salience = (
        sum(topic.weights.get(word, 0.0) for word in words) / sqrt(len(words) + _SALIENCE_PRIOR) if words else 0.0
    )
    return Sentence(
        text=text,
        span=span,
        order=order,
        role=role,
        salience=min(salience, _MAX_SALIENCE),
        names_subject=topic.name is not None and topic.name in text,
        leans=_LEANS.match(drop_connective(text)) is not None,
        is_availability=is_availability(text),
    )


def drop_connective(sentence: str) -> str:
    """A sentence without the words that only join it to the one before: `Moreover, we …` is `We …`."""
    rest = sentence
    while (match := _CONNECTIVE.match(rest)) and not _GOES_ON.match(rest, match.end()):
        rest = rest[match.end() :]
        rest = rest[:1].upper() + rest[1:]
    return rest


@lru_cache(maxsize=8192)
def has_measurement(sentence: str) -> bool:
    """Whether a sentence states a measured number: a percentage, a factor, points, a decimal or a unit."""
    return any(
        number.readings[0].unit in (PERCENT, POINTS, TIMES) or number.readings[0].unit or "." in number.text
        for number in find_numbers(sentence)
    )
