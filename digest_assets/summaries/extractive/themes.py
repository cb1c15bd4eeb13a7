"""Themes of a day: terms that several of a report's papers are about, and those that the weeks before had less often.

The papers are a report's day; around them stand the other papers of the field that day, and those of the weeks before.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from digest_assets.summaries.extractive.phrases import (
    Abbreviations,
    PhraseCount,
    count_phrases,
    find_abbreviations,
    iterate_phrases,
)
from digest_assets.texts.sentences import split_sentences

_MIN_TITLE_SHARE = 0.12  # of a term's papers have it in the title: "extensive experiments" stands in none
_MAX_EMBEDDED = 0.7  # of its occurrences amid more words: "Gaussian splatting" mostly follows "3D", so it is a part
_MIN_OCCURRENCES = 4  # before its neighbours say that a phrase is a part
_MIN_SHARED_PAPERS, _MIN_DAY_PAPERS = 2, 3  # of the report, for a theme; of the field's day, for a term on the rise
_COMMON_PAPERS = 0.6  # of the report's papers: what more of them share is its field and no theme
_FEW_THEMES = 3  # up to here, what one of the report's papers shares with others of the field's day is told too
_EVERYDAY = 0.08  # of the field's papers: "diffusion models" are in so many that they tell no day from another
_FEW_CAPITALS = 0.2  # of a term's spellings, from which the one with fewest capitals is taken: titles capitalise all
_MIN_MENTIONS = 2  # in an abstract, of what the paper is about although its title does not name it
_SAME_PAPERS = 0.7  # of two terms' papers, from which both stand for one theme
_MIN_EARLIER_DAYS, _MIN_EARLIER_PAPERS = 5, 100  # a week of mailings: fewer say nothing of what is usual
_MIN_RISE, _MAX_CHANCE = 2.0, 0.005  # of a term on the rise: times as often, and how likely that is by chance

_IS_OWN = re.compile(r"\b(?:we|our|this (?:paper|work|study))\b", re.IGNORECASE)


@dataclass(frozen=True)
class FieldPaper:
    """A paper of the field: what its phrases are taken from."""

    id: str
    title: str
    abstract: str


@dataclass(frozen=True)
class EarlierPapers:
    """The field's papers of the weeks before, and how many days they are of."""

    papers: tuple[tuple[str, str], ...] = ()
    days: int = 0

    @property
    def are_enough(self) -> bool:
        """Whether they tell what is usual."""
        return self.days >= _MIN_EARLIER_DAYS and len(self.papers) >= _MIN_EARLIER_PAPERS


@dataclass(frozen=True)
class Theme:
    """A term, the report's papers about it by their order, how many of the field's day have it, and how many before."""

    name: str
    papers: tuple[int, ...]
    day_papers: int
    earlier_papers: int


def find_themes(
    papers: Sequence[FieldPaper], others: Sequence[FieldPaper], earlier: EarlierPapers, most: int
) -> tuple[list[Theme], list[Theme]]:
    """The day's themes, those of most papers first, and among other terms those on the rise, the steepest first.

    Args:
        papers: The report's papers.
        others: The field's other papers of the day.
        earlier: The field's papers of the weeks before.
        most: How many of each at most.
    """
    day = [(paper.title, paper.abstract) for paper in (*papers, *others)]
    abbreviations = find_abbreviations(abstract for _, abstract in (*day, *earlier.papers))
    subjects = [_find_subjects(paper, abbreviations) for paper in papers]
    subject_keys = frozenset(key for subject in subjects for key in subject)
    today = count_phrases(day, abbreviations, subject_keys)
    before = count_phrases(earlier.papers, abbreviations, subject_keys)
    terms = {key for key in subject_keys if _is_subject(today[key], before.get(key, PhraseCount()))}
    themes = {
        key: Theme(
            _choose_surface(key, today[key]),
            tuple(place for place, subject in enumerate(subjects) if subject.get(key)),
            today[key].papers,
            before[key].papers if key in before else 0,
        )
        for key in terms
    }
    themes = {key: theme for key, theme in themes.items() if not _is_part(key, themes)}
    total = len(day) + len(earlier.papers)

    def rate(key: str) -> float:
        theme = themes[key]
        rarity = log(total / (theme.day_papers + theme.earlier_papers))
        in_titles = sum(subjects[place][key] > 1 for place in theme.papers)
        return (len(theme.papers) + in_titles) * max(rarity, 0.0)

    most_papers = max(_MIN_SHARED_PAPERS, _COMMON_PAPERS * len(papers))
    tell = [
        key
        for key, theme in themes.items()
        if 1 <= len(theme.papers) <= most_papers
        and theme.day_papers + theme.earlier_papers <= max(_MIN_SHARED_PAPERS, _EVERYDAY * total)
    ]
    tell.sort(key=lambda key: (-rate(key), key))
    shared = [key for key in tell if len(themes[key].papers) >= _MIN_SHARED_PAPERS]
    usual = {key: len(day) * theme.earlier_papers / max(len(earlier.papers), 1) for key, theme in themes.items()}
    alone = [
        key
        for key in tell
        if len(themes[key].papers) == 1 and themes[key].day_papers >= max(_MIN_DAY_PAPERS, usual[key])
    ]
    chosen = _choose_apart(shared, themes, [], most)
    chosen += _choose_apart(alone, themes, chosen, min(_FEW_THEMES, most) - len(chosen))
    rising: list[str] = []
    if earlier.are_enough:
        expected = {key: len(day) * (themes[key].earlier_papers + 0.5) / len(earlier.papers) for key in themes}
        rising = [
            key
            for key, theme in themes.items()
            if theme.papers
            and theme.day_papers >= max(_MIN_DAY_PAPERS, _MIN_RISE * expected[key])
            and _compute_chance(theme.day_papers, expected[key]) <= _MAX_CHANCE
        ]
        rising.sort(key=lambda key: (_compute_chance(themes[key].day_papers, expected[key]), key))
    risen = _choose_apart(rising, themes, chosen, most)
    return [themes[key] for key in chosen], [themes[key] for key in risen]


def _find_subjects(paper: FieldPaper, abbreviations: Abbreviations) -> dict[str, int]:
    """The phrases of a paper: 2 where its title has them, 1 where the abstract comes back to them, else 0."""
    mentions = Counter[str]()
    for sentence in split_sentences(paper.abstract):
        weight = _MIN_MENTIONS if _IS_OWN.search(sentence) else 1  # what the paper does is what it is about
        for occurrence in iterate_phrases(sentence, abbreviations):
            mentions[occurrence.key] += weight
    subjects = {key: int(count >= _MIN_MENTIONS) for key, count in mentions.items()}
    return subjects | {occurrence.key: 2 for occurrence in iterate_phrases(paper.title, abbreviations)}


def _is_subject(today: PhraseCount, before: PhraseCount) -> bool:
    """Whether papers are about a phrase, and it is whole: no words that mostly stand within longer terms."""
    papers, titles = today.papers + before.papers, today.titles + before.titles
    occurrences = today.occurrences + before.occurrences
    if today.papers < _MIN_SHARED_PAPERS or titles < _MIN_TITLE_SHARE * papers:
        return False
    if occurrences < _MIN_OCCURRENCES:
        return True
    preceded, followed = today.preceded + before.preceded, today.followed + before.followed
    return max(preceded, followed) <= _MAX_EMBEDDED * occurrences


def _is_part(key: str, themes: Mapping[str, Theme]) -> bool:
    """Whether a longer term has most of a term's papers: "3D Gaussian splatting" those of "3D Gaussian"."""
    papers = _MAX_EMBEDDED * themes[key].day_papers
    return any(other != key and f" {key} " in f" {other} " and themes[other].day_papers >= papers for other in themes)


def _choose_surface(key: str, count: PhraseCount) -> str:
    """How the abstracts write a term mostly."""
    if not count.surfaces:
        return key
    usual = [
        surface for surface, seen in count.surfaces.items() if seen >= _FEW_CAPITALS * max(count.surfaces.values())
    ]
    return min(usual, key=lambda surface: (sum(map(str.isupper, surface)), -count.surfaces[surface], surface))


def _choose_apart(keys: Sequence[str], themes: dict[str, Theme], taken: Sequence[str], most: int) -> list[str]:
    """The first terms that say something else than those before them."""
    chosen: list[str] = []
    for key in keys:
        if len(chosen) >= most:
            break
        if not any(_say_the_same(key, other, themes) for other in (*taken, *chosen)):
            chosen.append(key)
    return chosen


def _say_the_same(one: str, other: str, themes: dict[str, Theme]) -> bool:
    mine, theirs = set(one.split()), set(other.split())
    if mine <= theirs or theirs <= mine or 2 * len(mine & theirs) > len(mine | theirs):
        return True
    papers, others = set(themes[one].papers), set(themes[other].papers)
    return bool(papers) and len(papers & others) >= _SAME_PAPERS * len(papers | others)


def _compute_chance(count: int, expected: float) -> float:
    """The probability of at least so many by chance, where so many are expected (Poisson)."""
    term = exp(-expected)
    below = 0.0
    for number in range(count):
        below += term
        term *= expected / (number + 1)
    return max(0.0, 1.0 - below)
