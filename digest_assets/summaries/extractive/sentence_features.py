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

from rapidfuzz import fuzz

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.cues import is_availability
from digest_assets.summaries.extractive.openings import leans_on_another
from digest_assets.summaries.extractive.prose import ENDED, has_citation, strip_citations
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
# Of an abstract, less is left out: two words are the rest of a citation, 700 characters a list or text without stops.
_MIN_WORDS, _MAX_ABSTRACT_SENTENCE = 3, 700
_GOES_ON_ELSEWHERE = (":", ",", ";", "-", "–", "(")
_NUMBERED = re.compile(r"(?:^|(?<=\s))\(?(?:\d{1,2}|[ivxIVX]{1,5}|[a-hA-H])[)\]](?=\s)")
_FIRST_ITEM, _SECOND_ITEM = (re.compile(rf"(?:^|[\s(])(?:{item})\)\s") for item in ("1|i|I|a|A", "2|ii|II|b|B"))
_MAX_FORMULA_SHARE, _MIN_LETTER_SHARE = 0.3, 0.6
_SALIENCE_PRIOR = 4  # words added to a sentence's length, or the shortest sentences would be the most salient

_ABOUT_THE_PAPER = re.compile(
    r"(?:The (?:rest|remainder) of )?(?:the|this) (?:paper|article|report|work) is (?:organi[sz]ed|structured)"
    r"|The (?:rest|remainder) of\b|"
    r"(?:(?:Here|Next|Finally|Below|In this section|In what follows),? )?(?:we|this section) (?:now |next |also "
    r"|first |here |briefly |then )*"
    r"(?:discuss|describe|outline|detail|review|summari[sz]e|refer|defer|give|list|provide (?:some|more|further"
    r"|additional))\b",
    re.IGNORECASE,
)
# An item of a list, or a step of an algorithm ("11: next ← step(s, v)").
_IN_A_LIST = re.compile(r"^\d+[.):]\s|[:;.]\s[-•–]\s|[←▷⊳]|\s:=\s")
# "and thin 5With a rate": a footnote amid the sentence; "³ We have": one by itself; "(N = 2).11 Thus": two sentences.
_FOOTNOTE = re.compile(r"\s\d{1,2}[A-Z][a-z]+\s|^\W?[¹²³⁴-⁹*†‡§]|(?<=[a-z)])\.\d{1,3}(?:[,–-]\d{1,3}){0,3}\s[A-Z]")
_NOTE_MARK = re.compile(r"^[¹²³⁰⁴-⁹*†‡§]{1,3}\s?")
# "Batch Size We use": a heading that the source runs into the sentence behind it, which begins with the next capital.
_RUN_IN_HEADING = re.compile(
    r"^(?:(?:[A-Z0-9][\w/-]*+|and|of|for|the|in|on|with|to|vs\.?)\s){1,8}?"
    r"(?=(?:(?:We|Our|This|These|It|The)\s\w|(?:For|In|To|When|While|As)\s[a-z]))"
)
_WE_AMID = re.compile(r"(?<=[a-z0-9)])\s(?:We|Our)\s[a-z]")
# What a program printed or reads ("x <- f(y)", "Training error: 0 Cross validation error: 0.11"), and half an address.
_NOT_PROSE_SENTENCE = re.compile(
    r"^(?:Require|Ensure|Input|Output)s?:|^[\w-]{1,30}\.(?:org|com|io|net|edu)/|<-|://\w{1,20}\.$"
    r"|(?:\b\w{1,20}: ?-?\d[\d.]{0,12}[ ,]{1,2}(?:[\w-]{1,20} ){0,4}){2}"
)
_NOT_PROSE = re.compile(r"\s\|\s|^(?:Figure|FIGURE|Fig\.|FIG\.|Table|TABLE|Tab\.|Algorithm|图|表)\s*\d+\s*[:.：]")
# An abstract gives an address for its code, data or pictures.
_ADDRESS = re.compile(r"https?://(?!(?:dx\.)?doi\.org|arxiv\.org)|\b(?:www|github|gitlab|huggingface)\.\w")
# Lines of a front page that a file runs into the abstract.
_KEYWORDS = re.compile(
    r"(?:key ?words?|index terms|general terms|categories and subject descriptors|ccs concepts|acm reference format|pacs\b"
    r"|(?:mathematics|math\.?|ams) subject classification|jel classification)\b",
    re.IGNORECASE,
)
_TEX_COMMENT = re.compile(r"%[A-Za-z]")  # what its author took out; "% We" joins two lines
# What a publisher wants said; an abstract ends with it.
_NOTICE = re.compile(
    r"(?:this (?:work|paper|article|manuscript) (?:has been|was|is being) (?:\w+ )?(?:submitted|accepted)\b|copyright may be"
    r"|(?:©|\(c\)|copyright) .{0,30}?(?:19|20)\d\d|all rights reserved)",
    re.IGNORECASE,
)
_NOTICE_BEHIND = re.compile(rf"(?<=[.!?])\s[-–*]\s(?:{_NOTICE.pattern}).*+$", re.IGNORECASE)
_TITLE_BREAK = re.compile(r":|\s[–—-]\s")  # between a name and what it is
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:[Ii]n|[Ss]ee|to) (?:the|our|this) (?:appendix|supplement\w*|section|following)\b|\b(?:next|previous|this"
    r"|following) (?:sub)?section\b|"
    r"\b(?:[Ff]igs?|[Ff]igures?|[Tt]ables?|Tabs?|Sections?|Secs?|Appendix|Eqs?|Equations?|Algorithms?|Theorem|Lemma"
    r"|supplementary)\b\.?\s*(?:\(?[\dA-Z(]|material)"
    r"|\beqs?\. \(?\d|\b(?:[Ii]n|[Bb]y|[Ff]rom|[Uu]sing|[Ss]ee|[Vv]ia) \(\d{1,3}\)"
    r"|\b[Tt]he (?:figure|table|plot)s? (?:shows?|above)"
    r"|[图表]\s*\d|\b[Ii]n (?:line|step|row|column) \d|\b(?:above|below|aforementioned)\b"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]+|[\u3400-\u9fff]{2}")
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

    `heading` is its section's; `salience` is how much it speaks of what the paper is about; `names_subject` says that it
    names what the title names (`Name: what it is`); `leans` that it cannot be read without the one before;
    `is_availability` that it says where code or data are; `cites` that it cites another work; `span` is where it stands.
    """

    text: str
    span: Span
    order: int
    role: Role
    heading: str
    salience: float
    names_subject: bool
    leans: bool
    is_availability: bool
    cites: bool

    def follows(self, other: "Sentence") -> bool:
        """Whether it stands directly behind another in the same section."""
        return self.order == other.order + 1 and self.span.section == other.span.section


def is_repetition(one: str, other: str) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    return one == other or fuzz.token_sort_ratio(one, other, score_cutoff=_MIN_REPETITION_RATIO) > 0


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
                and not _TEX_COMMENT.match(section.text, span.start)
                and (sentence := _read_sentence(section, span))
                and not _KEYWORDS.match(sentence)
                and not _NOTICE.match(sentence)
            ]
        else:
            bodies.append((section, list(_read_section(section, spans))))
    found: list[tuple[Role, str, bool, Span, str]] = [("abstract", "", False, *pair) for pair in opening] + [
        (section.role, section.heading, has_citation(section.text[span.start : span.end]), span, sentence)
        for section, body in bodies
        for span, sentence in body
    ]
    sentences = [_build_sentence(order, *one, topic) for order, one in enumerate(found)]
    whole = tuple(one for one in sentences if one.role != "abstract" or not _is_fragment(one.text))
    return whole if any(one.role == "abstract" for one in whole) else tuple(sentences)


def _read_sentence(section: Section, span: Span) -> str:
    sentence = " ".join(section.text[span.start : span.end].split())
    return strip_citations(_NOTICE_BEHIND.sub("", sentence))


def _read_section(section: Section, spans: Iterable[Span]) -> Iterator[tuple[Span, str]]:
    """The sentences of a section's prose that can stand alone, with where they stand."""
    paragraphs = section.text.split("\n\n")
    for span in spans:
        sentence = _RUN_IN_HEADING.sub("", _read_sentence(section, span), count=1)
        if is_availability(
            note := _NOTE_MARK.sub("", sentence)
        ):  # where code is stands in footnotes, which need no text
            sentence = note
        if not _NOT_PROSE.search(paragraphs[span.paragraph]) and _stands_alone(sentence):
            yield span, sentence


def _is_fragment(sentence: str) -> bool:
    """Whether a sentence of an abstract is none: two words, cut off, a list without its items, or a page without stops."""
    is_ended = ENDED.search(sentence) is not None
    return (
        len(sentence.split()) < _MIN_WORDS
        or len(sentence) > _MAX_ABSTRACT_SENTENCE
        or sentence.endswith(_GOES_ON_ELSEWHERE)
        or not (is_ended or len(sentence) >= _MIN_CHARACTERS)
        or not _closes_brackets(sentence)
        or (_FIRST_ITEM.search(sentence) is not None and _SECOND_ITEM.search(sentence) is None)
    )


def _closes_brackets(sentence: str) -> bool:
    """Whether each bracket outside formulas has its other; "2)" numbers an item and needs none."""
    words, place = "", 0
    for start, end in [*find_math_spans(sentence), (len(sentence), len(sentence))]:
        words, place = words + sentence[place:start], end
    words = _NUMBERED.sub(" ", words)
    return words.count("(") == words.count(")") and words.count("[") == words.count("]")


def _stands_alone(sentence: str) -> bool:
    """Whether a sentence of a section reads well out of its place: whole, in words, pointing at nothing unseen."""
    if _IN_A_LIST.search(sentence) or _FOOTNOTE.search(sentence) or _NOT_PROSE_SENTENCE.search(sentence):
        return False
    if (
        _WE_AMID.search(sentence)
        or not _MIN_CHARACTERS <= len(sentence) <= _MAX_CHARACTERS
        or not (ENDED.search(sentence) or "://" in sentence.rsplit(maxsplit=1)[-1])
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
        name, *rest = _TITLE_BREAK.split(title, maxsplit=1)
        return cls(weights, name.strip() if rest and len(name.split()) <= _MAX_NAME_WORDS else None)


def _find_words(text: str) -> list[str]:
    return [word for found in _WORD.findall(text) if (word := found.lower()) not in STOPWORDS]


def _build_sentence(
    order: int, role: Role, heading: str, cites: bool, span: Span, text: str, topic: _Topic
) -> Sentence:
    words = set(_find_words(text))
    salience = (
        sum(topic.weights.get(word, 0.0) for word in words) / sqrt(len(words) + _SALIENCE_PRIOR) if words else 0.0
    )
    return Sentence(
        text=text,
        span=span,
        order=order,
        role=role,
        heading=heading,
        salience=min(salience, _MAX_SALIENCE),
        names_subject=topic.name is not None and topic.name in text,
        leans=leans_on_another(text),
        is_availability=is_availability(text) or (role == "abstract" and _ADDRESS.search(text) is not None),
        cites=cites,
    )


@lru_cache(maxsize=8192)
def has_measurement(sentence: str) -> bool:
    """Whether a sentence states a measured number: a percentage, a factor, points, a decimal or a unit."""
    return any(
        number.readings[0].unit in (PERCENT, POINTS, TIMES) or number.readings[0].unit or "." in number.text
        for number in find_numbers(sentence)
    )
