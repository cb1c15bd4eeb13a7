"""Heading detection among a PDF's lines: by number, name, size and weight, and by whether their numbers count on."""

import re
from dataclasses import dataclass

from digest_assets.texts.lines import PdfLine
from digest_assets.texts.sections import infer_role, is_references, split_number

_USUALLY_UNNUMBERED = (
    r"^(conclusions?|future work|limitations?( and (future work|broader impacts?))?|summary|broader impacts?( statement)?"
    r"|ethic(s|al) (statement|considerations?)|acknowledge?ments?|references( and notes)?|bibliography|literature cited"
    r"|appendi(x|ces)|supplementary (materials?|information)|funding|(data|code) availability( statement)?"
    r"|conflicts? of interest|author contributions|reproducibility( statement)?|impact statement)$"
)
_KNOWN_HEADING = re.compile(
    r"^(abstract|introduction|motivation|(general )?background( and related works?)?|related works?( and background)?"
    r"|preliminaries|methods?|methodology|materials and methods|our (approach|method)|approach|model"
    r"|experiments?( and results)?|experimental (setup|results|evaluation)|results?( and (discussion|analysis))?"
    r"|evaluation|analysis|discussions?( and (conclusions?|limitations|future work))?|ablation stud(y|ies)"
    r"|(conclusions?|discussion|summary) and (conclusions?|future work|outlook|discussion|limitations)|keywords"
    r"|concluding remarks"
    r"|index terms|contents)$|" + _USUALLY_UNNUMBERED,
    re.IGNORECASE,
)
_UNNUMBERED_HEADING = re.compile(_USUALLY_UNNUMBERED, re.IGNORECASE)
_LETTERED = re.compile(r"^([A-Z])\s+((?:[A-Z]|\d[A-Z]).*)$")
_RUN_IN_ABSTRACT = re.compile(r"^(abstract|summary)\s*(?:[—–:.-]|\.\s)[—–:.\s-]*(?=\S)", re.IGNORECASE)
_SPLIT_CAPITAL = re.compile(r"\b([A-Z]) ([A-Z]{2,})\b")
_MAX_HEADING_CHARACTERS = 100  # two lines of a column; a longer one in bold is a paragraph's lead
_MAX_HEADING_SPACES = 14  # fifteen words: more is a sentence
_MIN_LETTER_SHARE = 0.6  # of a heading's signs: a formula or a table's row has fewer
LARGE = 1.08  # times the running text's size: more than rounding does, less than 11 pt over 10 pt
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True, slots=True)
class PdfHeading:
    """A heading of a paper, its level from 1 (the abstract's is 0)."""

    level: int
    text: str
    number: str = ""


@dataclass
class HeadingDetector:
    """Detects the headings of one paper, line after line. `body` is the size of its running text."""

    body: float
    _last: tuple[int, ...] = ()  # the last section's number
    _kind: str = ""  # of the sections' numbers: `number`, `roman` or `letter`
    _appendix: bool = False
    _section_size: float = 0.0
    _abstract: bool = False

    def detect(self, line: PdfLine, *, apart: bool) -> PdfHeading | None:
        """The heading that the line is, if it is one. `apart` says that it stands clear of the text above it."""
        text = line.text
        large = line.size > self.body * LARGE
        if len(text) > _MAX_HEADING_CHARACTERS or not (line.bold or large or apart or text.isupper()):
            return None
        if not text[:1].isalnum() or text.count(" ") > _MAX_HEADING_SPACES:
            return None
        text = _SPLIT_CAPITAL.sub(r"\1\2", text)
        number, rest = split_number(text)
        bare = rest.strip(" .:")
        letters = sum(map(str.isalpha, bare))
        if letters < 3 or letters < _MIN_LETTER_SHARE * len(bare.replace(" ", "")):
            return None
        if not (bare[0].isupper() or bare[0].isdigit() or (number and line.bold)):
            return None
        strong = large or line.bold or (bare.isupper() and letters > 3)
        if not number and (large or line.bold) and (match := _LETTERED.match(text)):
            lettered = self._detect_numbered(match[1], match[2].strip(" .:"), line)
            if lettered is not None:
                return lettered
        if number:
            named = _KNOWN_HEADING.match(bare) or (len(bare) < 50 and infer_role(bare) != "other")
            if bare[-1] in ",;" or not (strong or (apart and named)):
                return None
            return self._detect_numbered(number, bare, line)
        if _KNOWN_HEADING.match(bare) and (strong or apart):
            return self._detect_known(bare, line)
        if large and line.bold and apart and self._section_size and not self._kind:
            return PdfHeading(1 if line.size >= self._section_size * 0.97 else 2, bare)
        return None

    def detect_run_in(self, line: PdfLine) -> tuple[PdfHeading, str] | None:
        """The abstract's heading and the line's rest, where its text begins on the same line."""
        match = None if self._abstract else _RUN_IN_ABSTRACT.match(line.text)
        if match is None:
            return None
        self._abstract = True
        return PdfHeading(0, "Abstract"), line.text[match.end() :]

    def _detect_numbered(self, number: str, text: str, line: PdfLine) -> PdfHeading | None:
        kind, value = _parse_number(number)
        if kind == "letter" and self._kind == "roman" and not self._appendix and len(value) == 1:
            # Sections I, II, III have subsections A, B, C; their count begins anew in each section.
            if not self._last or value[0] != (self._last[1] + 1 if len(self._last) > 1 else 1):
                return None
            self._last = (self._last[0], value[0])
            return PdfHeading(2, text, number)
        if kind == "letter" and not self._appendix:
            large = line.size >= self._section_size * 0.95
            if value not in ((1,), (1, 1)) or not self._last or (len(value) == 1 and not large):
                return None
            self._appendix = True
        elif (kind != self._kind and self._last) or not self._continues_numbering(value):
            return None
        self._kind, self._last = kind, value
        if len(value) == 1:
            self._section_size = line.size
        return PdfHeading(len(value), text, number)

    def _detect_known(self, text: str, line: PdfLine) -> PdfHeading | None:
        if text.lower() == "abstract":
            if self._abstract:
                return None
            self._abstract = True
            return PdfHeading(0, "Abstract")
        if self._kind and not _UNNUMBERED_HEADING.match(text):
            return None  # sections of this paper have numbers: this is a table's head or the like
        if not self._section_size and not is_references(text):
            self._section_size = line.size
        return PdfHeading(1, text)

    def _continues_numbering(self, value: tuple[int, ...]) -> bool:
        """Whether the number may follow the last one."""
        last = self._last
        if not last:
            return value in ((0,), (1,), (2,), (1, 1))
        if len(value) == 1:
            return last[0] < value[0] <= last[0] + 2
        if value[0] == last[0] + 1:
            return value[-1] == 1  # the section's own heading was missed
        depth = min(len(last), len(value)) - 1
        if value[:depth] != last[:depth]:
            return False
        if len(value) > len(last):
            return value[: len(last)] == last and value[-1] <= 1
        return last[depth] < value[depth] <= last[depth] + 2


def _parse_number(number: str) -> tuple[str, tuple[int, ...]]:
    """What kind of number it is (`number`, `roman` or `letter`), and its value."""
    number = re.sub(r"^(appendix|section|chapter)\s+", "", number, flags=re.IGNORECASE)
    first, *rest = number.split(".")
    tail = tuple(int(part) for part in rest if part.isdecimal())
    if first.isdecimal():
        return "number", (int(first), *tail)
    if re.fullmatch(r"[IVX]+", first) and not tail:
        total = 0
        for sign, after in zip(first, [*first[1:], ""], strict=True):
            value = _ROMAN_VALUES[sign]
            total += -value if after and _ROMAN_VALUES[after] > value else value
        return "roman", (total,)
    return "letter", (ord(first[0].upper()) - 64, *tail)
