"""Phrases of titles and abstracts: terms of two to four words, counted over many papers. Which are themes: `themes`.

A phrase is compared by the stems of its words, hyphens and plurals aside; an abbreviation that the papers themselves
define (`vision-language-action (VLA)`) counts as what it stands for.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

MAX_CHARACTERS = 6_000  # of a paper that are read: arXiv takes abstracts of at most 1,920
_MAX_UNITS, _MIN_WORDS, _MAX_WORDS = 3, 2, 4  # a unit is a word, or words joined by hyphens
_MIN_DEFINITIONS = 2  # papers that define an abbreviation alike, before it is read so in others
_DEFINED_SHARE = 0.7  # of an abbreviation's definitions that agree: "AR" stands for two things

_UNIT = re.compile(r"(?:\d++-?)?+[^\W\d_][^\W_]*+(?:[-–][^\W_]++)*+|\d++|[^\w\s]")
_NOT_PROSE = re.compile(r"\$[^$]{0,400}\$|\\[A-Za-z]{1,30}|https?://\S{1,400}")
_DEFINITION = re.compile(r"\((?P<short>[A-Z][A-Za-z]{0,2}[A-Z]{1,4})s?\)")
_MAX_LONG_FORM = 90  # characters before the bracket in which its words stand

# Words between which no phrase goes on: function words, and the verbs and adverbs of abstracts.
_BREAKS_EN = (
    "a about above across after against all also although among an and any are as at be because been before being below "
    "between beyond both but by can cannot could despite do does due during each either et al etc even every few for from "
    "further furthermore had has have hence how however i if in into is it its itself less like many may moreover more most "
    "much must near neither no nor not of off often on one only onto or other our out over own per rather same several she "
    "should since so some still such than that the their them then there therefore these they this those though through "
    "thus to together toward towards two under until up upon us using use used uses very via was we well were what when "
    "where whether which while who whose why will with within without would yet you your across along based "
    "achieve achieves achieving address addresses allow allows apply applied consistently demonstrate demonstrates "
    "demonstrating develop enable enables enabling ensure ensures evaluate exhibit explore first fully improve improves "
    "improving include including introduce introduces investigate lead leads leverage leverages leveraging make makes "
    "making outperform outperforms outperforming perform present presents propose proposed proposes provide provides "
    "providing reduce reduces reducing rely remain remains require requires requiring reveal show shows significantly "
    "substantially suffer surpass surpasses typically usually yield yields toward been given recent recently existing "
    "previous prior current currently various different diverse multiple numerous three four five six"
)
_BREAKS = frozenset(_BREAKS_EN.split())
# What only grades a thing begins no term, and what any research has ends none.
_GRADES_EN = (
    "novel new unified efficient effective robust general simple comprehensive extensive large high low strong better best "
    "superior good great key main major important significant challenging promising powerful critical crucial essential "
    "comparable competitive systematic principled practical potential accurate reliable overall final real fast full "
    "first-of-its-kind state-of-the-art lightweight additional common specific certain complex limited rich fine "
    "learning-based end-to-end high-quality large-scale real-world real-time high-fidelity plug-and-play "
    "long short small single public open various empirical theoretical qualitative quantitative respective "
    "high-dimensional fine-grained low-cost training-free data-driven multi well-known widely-used generative"
)
_GRADES = frozenset(_GRADES_EN.split())
_ANY_RESEARCH_EN = (
    "framework approach method methodology technique strategy dataset benchmark result performance experiment task setting "
    "analysis study paper work problem challenge application scenario evaluation issue gap limitation quality accuracy "
    "improvement gain baseline metric solution pipeline system design mechanism module component research literature "
    "code project page domain field area ability capability knowledge information input output example sample case set "
    "number level type way process stage step order cost time effect impact role insight understanding survey review "
    "setup state art world user tool version review need demand environment condition feature data"
)
_ANY_RESEARCH = frozenset(_ANY_RESEARCH_EN.split())


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or words joined by hyphens: its stems, joined by blanks, and how it is written."""

    key: str
    surface: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A phrase in a text, and whether a word of the same run stands before or behind it."""

    key: str
    surface: str
    is_preceded: bool
    is_followed: bool


Abbreviations = Mapping[str, tuple[Unit, ...]]


@dataclass
class PhraseCount:
    """In how many papers a phrase stands, in how many titles, and how often amid a longer run of words."""

    papers: int = 0
    titles: int = 0
    occurrences: int = 0
    preceded: int = 0
    followed: int = 0
    surfaces: Counter[str] = field(default_factory=Counter)


def iterate_phrases(
    text: str, abbreviations: Abbreviations, keys: frozenset[str] | None = None
) -> Iterator[Occurrence]:
    """The phrases of a text in order, overlapping ones too; of a large collection only the wanted ones."""
    starts = None if keys is None else frozenset(key.split(" ", 1)[0] for key in keys)
    for run in _split_runs(text, abbreviations):
        for first, unit in enumerate(run):
            if starts is not None and unit.key.split(" ", 1)[0] not in starts:
                continue
            key = surface = ""
            for last in range(first, min(first + _MAX_UNITS, len(run))):
                key, surface = f"{key} {run[last].key}".lstrip(), f"{surface} {run[last].surface}".lstrip()
                if key in keys if keys is not None else _is_term(run[first : last + 1], key):
                    yield Occurrence(key, surface, first > 0, last + 1 < len(run))


def count_phrases(
    papers: Iterable[tuple[str, str]], abbreviations: Abbreviations, keys: frozenset[str]
) -> dict[str, PhraseCount]:
    """The wanted phrases in papers, each a title and an abstract."""
    counts: defaultdict[str, PhraseCount] = defaultdict(PhraseCount)
    for title, abstract in papers:
        in_title = {occurrence.key for occurrence in iterate_phrases(title, abbreviations, keys)}
        seen = set(in_title)
        for occurrence in iterate_phrases(abstract, abbreviations, keys):
            seen.add(occurrence.key)
            count = counts[occurrence.key]
            count.occurrences += 1
            count.preceded += occurrence.is_preceded
            count.followed += occurrence.is_followed
            count.surfaces[occurrence.surface] += 1
        for key in seen:
            counts[key].papers += 1
            counts[key].titles += key in in_title
    return dict(counts)


def find_abbreviations(texts: Iterable[str]) -> Abbreviations:
    """What several texts say that an abbreviation stands for: `vision-language-action (VLA)`."""
    found: defaultdict[str, Counter[tuple[Unit, ...]]] = defaultdict(Counter)
    for text in texts:
        for match in _DEFINITION.finditer(text[:MAX_CHARACTERS]):
            before = text[max(0, match.start() - _MAX_LONG_FORM) : match.start()]
            if long := _match_initials(match["short"], _list_units(before)):
                found[match["short"]][long] += 1
    abbreviations = {}
    for short, longs in found.items():
        keys = Counter[str]()
        for long, count in longs.items():
            keys[_join_keys(long)] += count
        key, count = min(keys.items(), key=lambda item: (-item[1], item[0]))
        if count >= _MIN_DEFINITIONS and count >= _DEFINED_SHARE * keys.total():
            same = [(count, long) for long, count in longs.items() if _join_keys(long) == key]
            abbreviations[short] = min(same, key=lambda item: (-item[0], [unit.surface for unit in item[1]]))[1]
    return abbreviations


def _match_initials(short: str, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The last units whose words begin with the letters of the abbreviation."""
    letters = short.lower()
    for count in range(1, min(len(units), len(letters)) + 1):
        tail = units[len(units) - count :]
        if "".join(word[0] for unit in tail for word in unit.key.split()) == letters:
            return tuple(tail)
    return ()


def _join_keys(units: Iterable[Unit]) -> str:
    return " ".join(unit.key for unit in units)


def _list_units(text: str) -> list[Unit]:
    return [
        Unit(stem_words(token), token) for token in _UNIT.findall(text) if token[-1].isalnum() and not token.isdigit()
    ]


def _split_runs(text: str, abbreviations: Abbreviations) -> Iterator[list[Unit]]:
    """The runs of words between stops, brackets, formulas and words that break a phrase."""
    run: list[Unit] = []
    for token in (*_UNIT.findall(_NOT_PROSE.sub(" . ", text[:MAX_CHARACTERS])), "."):
        if token[-1].isalnum() and not token.isdigit() and token.lower() not in _BREAKS:
            short = token[:-1] if token.endswith("s") else token
            long = abbreviations.get(short)
            run.extend((Unit(stem_words(token), token),) if long is None else long)
            continue
        if run:
            yield run
        run = []


def _is_term(units: Sequence[Unit], key: str) -> bool:
    words = key.split(" ")
    return (
        _MIN_WORDS <= len(words) <= _MAX_WORDS
        and (len(units) > 1 or len(words) > _MIN_WORDS)  # "pre-training" is one word more or less
        and units[0].surface.lower() not in _GRADES
        and words[0] not in _GRADES
        and words[-1] not in _ANY_RESEARCH
        and words[-1] not in _GRADES
        and not units[-1].surface.lower().endswith("ly")
        and len(set(words)) == len(words)
    )


@lru_cache(maxsize=100_000)  # the vocabulary of some ten thousand abstracts
def stem_words(unit: str) -> str:
    """The words of a unit in lower case, in the singular, divided by blanks."""
    return " ".join(_to_singular(word) for word in re.split(r"[-–]", unit.lower()) if word)


def _to_singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
