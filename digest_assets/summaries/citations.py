"""Citations: the numbers of a paper's sentences and table rows, by which a model says what its own sentences stand on.

A model reads `[#12] We train for two days.` and writes `Training takes two days [#12].` What it cites is no evidence but
a place to look at first: whether that place says the sentence is for `verification` to find out.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from digest_assets.summaries.schemas import map_texts
from digest_assets.summaries.verification.evidence import strip_to_letters
from digest_assets.summaries.verification.source_units import find_unit_starts
from digest_assets.texts.sentences import find_sentence_spans
from digest_assets.texts.tables import Section, TextRow

_MARK = re.compile(r"\[#\d{1,5}\] ")
# `[#12]`, `[#12, #15]`, `[#12-#14]`; without the sharp, where a sentence ends, it is a reference of the paper: it goes, and
# cites nothing.
_NUMBER = r"#?\d{1,5}"
_CITATION = re.compile(
    rf"[ \t]{{0,4}}\[(?P<numbers>\#\d{{1,5}}(?:\s?[,;，；、–-]\s?{_NUMBER}){{0,20}}|\d{{1,5}}(?=\](?:[.。!?！？]|$)))\]"
)
_RANGE = re.compile(r"#?(\d{1,5})\s?[–-]\s?#?(\d{1,5})")
_MAX_RANGE = 5  # sentences: who cites more of them in one go cites a section
_MAX_CITED = 5  # of one sentence: one to three are asked for

Citations = Mapping[str, tuple[int, ...]]  # numbers of the paper's sentences, by the letters of the citing sentence


def number_sections(text: TextRow) -> tuple[Section, ...]:
    """The sections with each sentence's and each table row's number before it, counted from 1 through the whole paper."""
    starts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, (section_index, start) in enumerate(find_unit_starts(text), 1):
        starts[section_index].append((start, number))
    return tuple(
        section.model_copy(update={"text": _insert_marks(section.text, starts[index])})
        for index, section in enumerate(text.sections)
    )


def _insert_marks(text: str, starts: Sequence[tuple[int, int]]) -> str:
    parts, place = [], 0
    for start, number in starts:
        parts += [text[place:start], f"[#{number}] "]
        place = start
    return "".join([*parts, text[place:]])


def strip_marks(text: str) -> str:
    """A numbered text as it was before."""
    return _MARK.sub("", text)


def find_cited(text: str) -> tuple[int, ...]:
    """The numbers that a text cites, in order."""
    found = [number for match in _CITATION.finditer(text) for number in _list_numbers(match["numbers"])]
    return tuple(dict.fromkeys(found))


def _list_numbers(cited: str) -> list[int]:
    """The sentences that a citation names; a number without the sharp names none."""
    numbers: list[int] = []
    if not cited.startswith("#"):
        return numbers
    for part in re.split(r"[,;，；、]", cited):
        if run := _RANGE.fullmatch(part.strip()):
            first, last = int(run[1]), int(run[2])
            numbers += range(first, min(last, first + _MAX_RANGE - 1) + 1)
        elif digits := re.search(r"\d+", part):
            numbers.append(int(digits[0]))
    return numbers


def strip_citations(text: str) -> str:
    """A text without its citations."""
    return _CITATION.sub("", text).strip()


def split_citations(summary: Any) -> tuple[Any, Citations]:
    """A summary without its citations, and what each of its sentences cites; fields of evidence stay as they are."""
    cited: defaultdict[str, list[int]] = defaultdict(list)

    def split(path: str, text: str) -> str:
        if path.endswith(".evidence"):
            return text
        plain, places, done = "", list[tuple[int, int]](), 0
        for match in _CITATION.finditer(text):
            plain += text[done : match.start()]
            places += [(len(plain), number) for number in _list_numbers(match["numbers"])]
            done = match.end()
        if not places:
            return text
        plain += text[done:]
        sentences = find_sentence_spans(plain)
        for place, number in places:  # one that stands behind the stop belongs to the sentence before it
            behind = [span for span in sentences if span[0] < place] or sentences[:1]
            if behind:
                cited[strip_to_letters(plain[slice(*behind[-1])])].append(number)
        return plain

    changed = map_texts(summary, split)
    return changed, {letters: tuple(dict.fromkeys(numbers))[:_MAX_CITED] for letters, numbers in cited.items()}
