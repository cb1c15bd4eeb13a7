"""Finding headings among a PDF's lines: by their number, name, size and weight, and by whether they count on."""

import re
from dataclasses import dataclass, field

from digest_assets.texts.lines import Line
from digest_assets.texts.sections import is_references, role_of, split_number

_KNOWN = re.compile(
    r"^(abstract|introduction|(general )?background( and related works?)?|related works?( and background)?|preliminaries|motivation"
    r"|methods?|methodology|materials and methods|our (approach|method)|approach|model|experiments?( and results)?"
    r"|experimental (setup|results|evaluation)|results?( and (discussion|analysis))?|evaluation|analysis|discussions?"
    r"( and (conclusions?|limitations|future work))?|ablation stud(y|ies)|conclusions?|(conclusions?|discussion|summary) and "
    r"(future work|outlook|discussion|limitations)|concluding remarks|future work|limitations?( and future work)?|summary"
    r"|broader impacts?( statement)?|ethic(s|al) (statement|considerations?)|acknowledge?ments?|references( and notes)?"
    r"|bibliography|literature cited|appendi(x|ces)|supplementary (materials?|information)|keywords|index terms|contents"
    r"|funding|(data|code) availability( statement)?|conflicts? of interest|author contributions|reproducibility statement)$",
    re.IGNORECASE,
)
_RUN_IN = re.compile(r"^(abstract|summary)\s*(?:[—–:.-]|\.\s)[—–:.\s-]*(?=\S)", re.IGNORECASE)
_SPLIT_CAPITAL = re.compile(r"\b([A-Z]) ([A-Z]{2,})\b")
_LONGEST = 100
_VALUES = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a paper, its level from 1 (the abstract's is 0)."""

    level: int
    text: str
    number: str = ""


@dataclass
class Finder:
    """Finds the headings of one paper, line after line. `body` is the size of its running text."""

    body: float
    _last: tuple[int, ...] = ()
    _kind: str = ""
    _section_size: float = 0.0
    _seen: set[str] = field(default_factory=set)

    def heading(self, line: Line, *, apart: bool) -> Heading | None:
        """The heading that the line is, if it is one. `apart` says that it stands clear of the text above it."""
        text = _SPLIT_CAPITAL.sub(r"\1\2", line.text).strip()
        if len(text) > _LONGEST or not text[:1].isalnum() or text.count(" ") > 14:
            return None
        number, rest = split_number(text)
        bare = rest.strip(" .:")
        letters = sum(sign.isalpha() for sign in bare)
        if letters < 3 or not (bare[0].isupper() or bare[0].isdigit()):
            return None
        large = line.size > self.body * 1.08
        capitals = bare.isupper() and letters > 3
        strong = large or line.bold or capitals
        if number:
            return self._numbered(number, bare, line, strong=strong, large=large, apart=apart)
        if _KNOWN.match(bare) and (strong or apart):
            return self._known(bare, line)
        if large and line.bold and apart and self._section_size and letters > 0.6 * len(bare.replace(" ", "")):
            return self._by_size(bare, line)
        return None

    def run_in(self, line: Line) -> tuple[Heading, str] | None:
        """The abstract's heading and the line's rest, where its text begins on the same line."""
        match = _RUN_IN.match(line.text)
        if match is None or "abstract" in self._seen:
            return None
        self._seen.add("abstract")
        return Heading(0, "Abstract"), line.text[match.end() :]

    def _numbered(
        self, number: str, text: str, line: Line, *, strong: bool, large: bool, apart: bool
    ) -> Heading | None:
        kind, value = _value(number)
        if text[-1:] in ",;" or not self._counts_on(kind, value):
            return None
        if not (strong or (apart and role_of(text) != "other")):
            return None
        if kind == "letter" and self._kind != "letter" and not (large or line.bold):
            return None
        self._kind, self._last = kind, value
        if len(value) == 1:
            self._section_size = line.size
        return Heading(len(value), text, number)

    def _known(self, text: str, line: Line) -> Heading | None:
        if text.lower() == "abstract":
            if "abstract" in self._seen:
                return None
            self._seen.add("abstract")
            return Heading(0, "Abstract")
        if not self._section_size and not is_references(text):
            self._section_size = line.size
        return Heading(1, text)

    def _by_size(self, text: str, line: Line) -> Heading | None:
        if self._kind and line.size < self._section_size * 0.97 and not self._last:
            return None
        level = 1 if line.size >= self._section_size * 0.97 else 2
        if level == 1 and self._kind in ("number", "roman"):
            return None  # sections of this paper have numbers
        return Heading(level, text)

    def _counts_on(self, kind: str, value: tuple[int, ...]) -> bool:
        """Whether the number may follow the last one."""
        last = self._last
        if kind != self._kind and last:
            return (kind == "letter" and value in ((1,), (1, 1))) or (
                kind == "letter" and self._kind == "roman" and len(value) == 1
            )
        if not last:
            return value in ((0,), (1,), (2,), (1, 1)) or (len(value) == 1 and kind == "letter" and value == (1,))
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


def _value(number: str) -> tuple[str, tuple[int, ...]]:
    """What kind of number it is (`number`, `roman` or `letter`), and its value."""
    number = re.sub(r"^(appendix|section|chapter)\s+", "", number, flags=re.IGNORECASE)
    first, *rest = number.split(".")
    tail = tuple(int(part) for part in rest if part.isdecimal())
    if first.isdecimal():
        return "number", (int(first), *tail)
    if re.fullmatch(r"[IVX]+", first) and not tail:
        total = 0
        for sign, after in zip(first, [*first[1:], ""], strict=True):
            value = _VALUES[sign]
            total += -value if after and _VALUES[after] > value else value
        return "roman", (total,)
    return "letter", (ord(first[0].upper()) - 64, *tail)
