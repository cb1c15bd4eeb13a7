"""Which lines of a PDF are headings, solved over the whole paper.

Evidence is the file's outline, the lines' numbers, names, size and weight. Of all lines that could be numbered headings
those are taken that make the longest sequence of numbers (`numbering`), so that a wrong candidate costs itself alone;
lines without a number are headings by their name, or because they look like those that are known to be.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from digest_assets.texts.lines import HYPHEN_MARK, PdfLine, mask_numbers
from digest_assets.texts.numbering import Kind, Numbered, choose_sequence, parse_numbers
from digest_assets.texts.outline import LETTERED, MAX_LINES, OutlineAnchor, OutlineEntry, match_outline
from digest_assets.texts.sections import infer_role, is_references, split_number

_USUALLY_UNNUMBERED = (
    r"^(conclusions?|future work|limitations?( and (future work|broader impacts?))?|summary|broader impacts?( statement)?"
    r"|ethic(s|al) (statement|considerations?)|acknowledge?ments?|references( and notes)?|bibliography|literature cited"
    r"|appendi(x|ces)|supplementary (materials?|information)|funding|(data|code) availability( statement)?"
    r"|conflicts? of interest|author contributions|reproducibility( statement)?|impact statement"
    r"|结论|结语|总结|参考文献|致谢|附录)$"
)
_KNOWN_HEADING = re.compile(
    r"^(abstract|introduction|motivation|(general )?background( and related works?)?|related works?( and background)?"
    r"|preliminaries|methods?|methodology|materials and methods|our (approach|method)|approach|model"
    r"|experiments?( and results)?|experimental (setup|results|evaluation)|results?( and (discussion|analysis))?"
    r"|evaluation|analysis|discussions?( and (conclusions?|limitations|future work))?|ablation stud(y|ies)"
    r"|(conclusions?|discussion|summary) and (conclusions?|future work|outlook|discussion|limitations)|keywords"
    r"|concluding remarks|index terms|contents|摘要|关键词|引言|绪论|前言|相关工作|方法|实验|结果|讨论)$|"
    + _USUALLY_UNNUMBERED,
    re.IGNORECASE,
)
_UNNUMBERED_HEADING = re.compile(_USUALLY_UNNUMBERED, re.IGNORECASE)
_RUN_IN_ABSTRACT = re.compile(r"^(abstract|summary|摘\s?要)\s*(?:[—–:：.-]|\.\s)[—–:：.\s-]*(?=\S)", re.IGNORECASE)
_SPLIT_CAPITAL = re.compile(r" (?<=\b[A-Z] )(?=[A-Z]{2,}\b)")  # begins with the space, by which it is found quickly
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3})[.、．\s]{0,3}(?=[\u4e00-\u9fff])")
MAX_HEADING_CHARACTERS = 100  # two lines of a column; a longer one in bold is a paragraph's lead
_MAX_HEADING_SPACES = 14  # fifteen words: more is a sentence
_MAX_PLAIN_CHARACTERS = 65  # of a heading in the running text's font: a line that is longer begins a paragraph
_MIN_LETTER_SHARE = 0.6  # of a heading's signs: a formula or a table's row has fewer
_MAX_SHOWN = 2  # a line that stands on more pages is a running head
_EARLY_APPENDIX = 2.0  # what a lettered section weighs less before the conclusion, where boxes and lists have letters
LARGE = 1.08  # times the running text's size: more than rounding does, less than 11 pt over 10 pt


@dataclass(frozen=True, slots=True)
class PdfHeading:
    """A heading of a paper, its level from 1 (the abstract's is 0)."""

    level: int
    text: str
    number: str = ""
    lines: int = 1  # that it takes
    rest: str = ""  # text that begins on its line


@dataclass(slots=True)
class _Candidate:
    """A line that may be a heading, with the lines that would go on with it joined in `text`."""

    line: PdfLine
    page: int
    text: str
    lines: int
    apart: bool  # it stands clear of the text above it
    large: bool
    centred: bool = False
    number: str = ""
    bare: str = ""
    anchor: OutlineEntry | None = None
    rest: str = ""
    readings: list[Numbered] = field(default_factory=list)

    @property
    def strong(self) -> bool:
        """Whether it looks unlike running text."""
        return self.large or self.line.bold or (self.bare.isupper() and sum(map(str.isalpha, self.bare)) > 3)

    @property
    def style(self) -> tuple[float, bool, bool]:
        return round(self.line.size * 2) / 2, self.line.bold, self.bare.isupper()


def find_headings(
    pages: Sequence[Sequence[PdfLine]], leadings: Sequence[float], outline: Sequence[OutlineEntry], body: float
) -> dict[int, PdfHeading]:
    """The headings by the identity of their first line. `pages` are lines in reading order, `body` their usual size."""
    anchors = match_outline(pages, outline)
    candidates: list[_Candidate] = []
    for page, (lines, leading) in enumerate(zip(pages, leadings, strict=True), 1):
        candidates += _find_candidates(lines, page, leading, body, anchors)
    shapes = [mask_numbers(each.text) for each in candidates]
    shown = Counter(shape for _, shape in {(each.page, shape) for each, shape in zip(candidates, shapes, strict=True)})
    candidates = [
        each for each, shape in zip(candidates, shapes, strict=True) if each.anchor or shown[shape] <= _MAX_SHOWN
    ]
    found = _choose_numbered(candidates)
    numbered = len(found) >= 3
    _add_unnumbered(candidates, found, numbered=numbered)
    return found


# Candidates


def _find_candidates(
    lines: Sequence[PdfLine], page: int, leading: float, body: float, anchors: Mapping[int, "OutlineAnchor"]
) -> Iterable[_Candidate]:
    limit = body * LARGE
    previous: PdfLine | None = None
    skip = 0
    for place, line in enumerate(lines):
        before, previous = previous, line
        if skip:
            skip -= 1
            continue
        anchor = anchors.get(id(line)) if anchors else None
        text = line.text
        large = line.size > limit
        plain = anchor is None and not (large or line.bold or line.italic)
        if plain and len(text) > _MAX_PLAIN_CHARACTERS and not text.isupper():
            continue  # running text: most lines are
        if line.grid is not None or (anchor is None and (len(text) > MAX_HEADING_CHARACTERS or not text[0].isalnum())):
            continue
        gap = before.end_y - line.y if before is not None else -99.0
        if plain and 0 <= gap <= 1.2 * leading and not text.isupper():
            continue
        row = before is not None and is_same_row(line, before, gap)
        apart = not row and (gap < 0 or gap > 1.2 * leading)
        if anchor is not None:
            candidate = _Candidate(line, page, anchor.text, anchor.lines, apart, large)
            candidate.anchor, candidate.rest = anchor.entry, anchor.rest
            _split(candidate)
            if not candidate.number:
                candidate.number = split_number(anchor.entry.title)[0]
            skip = anchor.lines - 1
            yield candidate
            continue
        if row or not (line.bold or large or apart or line.italic or text.isupper()):
            continue
        if text.count(" ") > _MAX_HEADING_SPACES or text[-1] == HYPHEN_MARK:
            continue
        count = 1
        while count < MAX_LINES and place + count < len(lines) and id(lines[place + count]) not in anchors:
            if not _goes_on(lines[place + count], lines[place + count - 1], text, limit):
                break
            text = f"{text} {lines[place + count].text}"
            count += 1
        below = lines[place + count] if place + count < len(lines) else None
        centred = apart and below is not None and _is_centred(line, below)
        candidate = _Candidate(line, page, text, count, apart, large, centred)
        _split(candidate)
        if _is_title_like(candidate):
            yield candidate


def is_same_row(line: PdfLine, previous: PdfLine, gap: float) -> bool:
    """Whether the line goes on at the height of the previous one."""
    size = line.size if line.size > previous.size else previous.size
    return -0.6 * size < gap < 0.6 * size and line.x0 < previous.x1 + 4 * line.size


def _is_centred(line: PdfLine, below: PdfLine) -> bool:
    """Whether the line stands in the midst of the column, clear of the text below, which may begin indented."""
    return (
        line.y - below.y > 1.35 * line.size
        and line.x0 > below.x0 + 2 * line.size
        and abs(line.x0 + line.x1 - below.x0 - below.x1) / 2 < 1.2 * line.size
    )


def _goes_on(line: PdfLine, previous: PdfLine, text: str, limit: float) -> bool:
    """Whether a line is a heading's next one: as large and heavy, and close below."""
    gap = previous.end_y - line.y
    return (
        line.grid is None
        and line.bold == previous.bold
        and line.italic == previous.italic
        and abs(line.size - previous.size) < 0.2
        and (line.size > limit or ((line.bold or line.italic or text.isupper()) and len(previous.text) > 25))
        and (line.text.isupper() or not text.isupper())
        and 0 < gap < 1.6 * line.size
        and len(text) + len(line.text) < 1.5 * MAX_HEADING_CHARACTERS
        and not parse_numbers(split_number(line.text)[0])
        and (abs(line.x0 - previous.x0) < 3 * line.size or abs(line.x0 + line.x1 - previous.x0 - previous.x1) < 9)
    )


def _split(candidate: _Candidate) -> None:
    """Find the candidate's number and its words."""
    text = candidate.text
    number, rest = split_number(text)
    if not number and (match := _CHINESE_NUMBERED.match(text)):
        number, rest = match[1], text[match.end() :]
    if not number and (candidate.large or candidate.line.bold or text.isupper()) and (match := LETTERED.match(text)):
        number, rest = match[1], match[2]
    # Small capitals have a larger first letter, behind which pdfium sees a space: `I NTRODUCTION`.
    candidate.number, candidate.bare = number, _SPLIT_CAPITAL.sub("", rest).strip(" .:")


def _is_title_like(candidate: _Candidate) -> bool:
    bare = candidate.bare
    chinese = not bare.isascii() and _CHINESE.search(bare) is not None
    letters = sum(map(str.isalpha, bare))
    if letters < (2 if chinese else 3) or letters < _MIN_LETTER_SHARE * len(bare.replace(" ", "")):
        return False
    if not (chinese or bare[0].isupper() or bare[0].isdigit() or (candidate.number and candidate.strong)):
        return False
    return bare[-1] not in ",;，；。"


# Choosing


def _choose_numbered(candidates: Sequence[_Candidate]) -> dict[int, PdfHeading]:
    """The candidates that make the best sequence of numbers."""
    nodes: list[Numbered] = []
    by_node: dict[int, _Candidate] = {}
    section_size = max(
        (each.line.size for each in candidates if each.number in ("1", "I", "1.") and each.strong), default=0.0
    )
    ended = False  # the paper's own sections, by a heading that stands at the end
    for candidate in candidates:
        bare = candidate.bare
        ended = ended or bool(_UNNUMBERED_HEADING.match(bare) and (candidate.strong or candidate.apart))
        if not candidate.number:
            continue
        strong = candidate.anchor or candidate.strong
        if not (strong or candidate.apart):
            continue
        named = _KNOWN_HEADING.match(bare) or (len(bare) < 50 and infer_role(bare) != "other")
        if not (strong or candidate.line.italic or named or candidate.centred):
            continue
        weight = (
            (6.0 if candidate.anchor else 0.0)
            + (1.0 if candidate.large else 0.0)
            + (1.0 if candidate.line.bold else 0.0)
            + (0.5 if candidate.apart else 0.0)
            + (0.5 if candidate.centred else 0.0)
            + (1.0 if named else 0.0)
            + (0.5 if bare.isupper() else 0.0)
            + (0.3 if candidate.line.italic else 0.0)
            - (0.5 if bare[-1:] in ".!?" or len(bare) > 70 else 0.0)
        )
        for reading in parse_numbers(candidate.number):
            kinds: list[tuple[Kind, float]] = [(reading.kind, weight)]
            if reading.kind == "letter":
                kinds.append(("subletter", weight))
                small = not candidate.anchor and candidate.line.size < 0.95 * section_size
                if small and len(reading.value) == 1:
                    del kinds[0]  # an appendix is as large as a section; a smaller letter counts below one
                elif not (ended or candidate.anchor):
                    kinds[0] = ("letter", weight - _EARLY_APPENDIX)
            for kind, weighs in kinds:
                by_node[len(nodes)] = candidate
                nodes.append(Numbered(kind, reading.value, weighs, len(nodes)))
    found: dict[int, PdfHeading] = {}
    for node, level in choose_sequence(nodes):
        candidate = by_node[node.place]
        found[id(candidate.line)] = PdfHeading(level, candidate.bare, candidate.number, candidate.lines, candidate.rest)
    return found


def _add_unnumbered(candidates: Sequence[_Candidate], found: dict[int, PdfHeading], *, numbered: bool) -> None:
    """Add the headings without a number that was counted: by the outline, by name, by their look."""
    levels: dict[tuple[float, bool, bool], int] = {}
    offsets: Counter[int] = Counter()
    for candidate in candidates:
        heading = found.get(id(candidate.line))
        if heading is None:
            continue
        if candidate.anchor is not None:
            offsets[candidate.anchor.level - heading.level] += 1
        if candidate.strong:
            levels[candidate.style] = min(heading.level, levels.get(candidate.style, heading.level))
    offset = offsets.most_common(1)[0][0] if offsets else 0
    abstract = False
    begun = False
    for candidate in candidates:
        key = id(candidate.line)
        if key in found:
            begun = True
            continue
        bare = candidate.bare
        known = not candidate.number and _KNOWN_HEADING.match(bare)
        if known and bare.lower() in ("abstract", "摘要") and (candidate.strong or candidate.apart):
            if not abstract and not begun:
                abstract = True
                found[key] = PdfHeading(0, "Abstract", lines=candidate.lines)
            continue
        if candidate.anchor is not None:
            level = max(1, candidate.anchor.level - offset)
            found[key] = PdfHeading(level, bare or candidate.text, candidate.number, candidate.lines, candidate.rest)
        elif known and (candidate.strong or candidate.apart):
            if numbered and not _UNNUMBERED_HEADING.match(bare) and candidate.style not in levels:
                continue  # sections of this paper have numbers: this is a table's head or the like
            level = 1 if is_references(bare) or not candidate.strong else levels.get(candidate.style, 1)
            found[key] = PdfHeading(level, bare, lines=candidate.lines)
        else:
            continue
        begun = True
        if candidate.strong:
            levels.setdefault(candidate.style, found[key].level)
    _add_alike(candidates, found, levels, numbered=numbered)


def _add_alike(
    candidates: Sequence[_Candidate],
    found: dict[int, PdfHeading],
    levels: Mapping[tuple[float, bool, bool], int],
    *,
    numbered: bool,
) -> None:
    """Add lines that look like known headings, from the first of these on."""
    begun = False
    largest = max((style[0] for style in levels), default=0.0)
    for candidate in candidates:
        key = id(candidate.line)
        if key in found:
            begun = True
            continue
        if not begun or not candidate.apart or candidate.number or candidate.bare[-1:] in ".?!":
            continue
        level = levels.get(candidate.style)
        if level is not None and candidate.large and (candidate.line.bold or candidate.bare.isupper() or not numbered):
            found[key] = PdfHeading(level, candidate.bare, lines=candidate.lines)
        elif not numbered and candidate.large and candidate.line.bold and largest:
            level = 1 if candidate.line.size >= largest * 0.97 else 2
            found[key] = PdfHeading(level, candidate.bare, lines=candidate.lines)


def split_run_in_abstract(text: str) -> str | None:
    """What follows the abstract's heading on its own line, if the line begins with one."""
    match = _RUN_IN_ABSTRACT.match(text)
    return text[match.end() :] if match else None
