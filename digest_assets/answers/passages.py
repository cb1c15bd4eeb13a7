"""Passages: the paragraphs and table rows of papers that come nearest to a question, of one paper or of the archive.

The search's index says which papers have the question's words and how rare each is; the papers' passages are ranked by BM25
(Robertson and Zaragoza, 2009) over stems. `coverage` is the share of what the question's words say that a passage has: by it
a question is told that the archive does not answer. Measured by `benchmarks/questions.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from digest_assets.answers.sources import ArchivedPaper, Source, load_papers
from digest_assets.common.errors import ReportError
from digest_assets.common.function_words import FUNCTION_WORDS
from digest_assets.config.settings import Settings
from digest_assets.relevance.word_match import score_texts
from digest_assets.search.papers import match_question
from digest_assets.search.query import split_tokens
from digest_assets.summaries.verification.source_units import SourceUnit, list_text_units
from digest_assets.summaries.verification.words import stem_word
from digest_assets.warehouse import Warehouse

FIRST_DAY, LAST_DAY = date.min, date.max
MAX_PASSAGES = 50
_MAX_QUESTION = 1_000  # characters: a long question with its reasons
_MAX_WORDS = 32  # of a question, as the index looks up
_MAX_PAPERS = 40  # whose texts are read: some 4 MB, a second of work
_MIN_PAPER_SHARE = 0.25  # of what a question's words say that one paper must have: half, with other words for the rest
_MIN_SHARE_OF_BEST = 0.5  # of the best passage's coverage: with less, another speaks of other things
_CHARACTERS = 700  # of a passage: a paragraph; longer ones are divided between sentences
# Words of questions that are about no paper's matter.
_ASKING_WORDS = (
    "paper papers author authors work article study does did use used using show shows tell say says explain describe please "
    "know find answer question give name list kind many"
)
_ASKING = frozenset(_ASKING_WORDS.split())


@dataclass(frozen=True, slots=True)
class Question:
    """A question's words: as they are looked up, and their stems with what each says."""

    text: str
    tokens: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Question":
        """The words that a question is about. Raises `ReportError` where there are none, or too many."""
        if len(text) > _MAX_QUESTION:
            raise ReportError(f"a question has at most {_MAX_QUESTION} characters, this one {len(text)}")
        found = [token for token in split_tokens(text) if token not in FUNCTION_WORDS | _ASKING]
        tokens = tuple(dict.fromkeys(token for token in found if len(token) > 1 or not token.isascii()))[:_MAX_WORDS]
        if not tokens:
            raise ReportError("say in a question what it is about: it has no word that a paper could have")
        return cls(text, tokens)


def get_stem(token: str) -> str:
    """A word without its ending, as questions and passages are compared."""
    return stem_word(token) or token


def list_stems(text: str) -> list[str]:
    """The stems of a text's words."""
    return [get_stem(token) for token in split_tokens(text)]


@dataclass(frozen=True)
class Passage:
    """Some sentences of a paragraph, or rows of a table, and where they stand."""

    source: Source
    units: tuple[SourceUnit, ...]

    @cached_property
    def text(self) -> str:
        """What stands there; rows with their table's caption and heads."""
        first = self.units[0]
        lines = [unit.text for unit in self.units]
        if first.group is None:
            return " ".join(lines)
        return "\n".join(filter(None, (first.caption, " | ".join(first.heads) if any(first.heads) else "", *lines)))

    def locate(self, unit: SourceUnit) -> Source:
        """Where one of its sentences stands."""
        return replace(self.source, page=unit.span.page, element=unit.span.element)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stems of its words."""
        return tuple(list_stems(self.text))

    @cached_property
    def context(self) -> tuple[str, ...]:
        """The stems of its paper's title and of its section's heading."""
        return tuple(list_stems(f"{self.source.title} {self.source.section}"))


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its score, and the share of what the question's words say that it has, its paper's title included."""

    passage: Passage
    score: float
    coverage: float
    weights: Mapping[str, float]  # what each of the question's stems says

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "text": self.passage.text,
            "source": self.passage.source.describe(),
            "coverage": round(self.coverage, 2),
        }


def find_passages(
    settings: Settings,
    warehouse: Warehouse,
    question: Question,
    *,
    paper: ArchivedPaper | None = None,
    since: date = FIRST_DAY,
    until: date = LAST_DAY,
    most: int = 10,
) -> list[RankedPassage]:
    """The passages that come nearest to a question, the nearest first: of one paper, or of papers of these days."""
    searched = 0 if paper else _MAX_PAPERS
    found = match_question(
        settings, question.tokens, since=since, until=until, most=searched, min_share=_MIN_PAPER_SHARE
    )
    papers = [paper] if paper else load_papers(warehouse, [hit.id for hit in found.hits])
    return rank_passages([one for read in papers for one in list_passages(read)], question, found.weights, most)


def list_passages(paper: ArchivedPaper) -> Iterator[Passage]:
    """The passages of a paper in its order, the abstract among them."""
    units = (unit for unit in list_text_units(paper.text) if not _is_head(unit))
    for (section, _, _), few in groupby(units, _get_paragraph):
        for some in _divide(list(few)):
            yield Passage(paper.make_source(section, some[0].span.page, some[0].span.element), tuple(some))


def _is_head(unit: SourceUnit) -> bool:
    """Whether it is a table's row of heads, which stand above every passage of the table anyway."""
    return unit.group is None and any(unit.heads)


def _get_paragraph(unit: SourceUnit) -> tuple[int, int, int | None]:
    return unit.span.section, unit.span.paragraph, unit.group


def _divide(units: Sequence[SourceUnit]) -> Iterator[list[SourceUnit]]:
    few: list[SourceUnit] = []
    for unit in units:
        if few and sum(len(one.text) for one in few) + len(unit.text) > _CHARACTERS:
            yield few
            few = []
        few.append(unit)
    yield few


def rank_passages(
    passages: Sequence[Passage], question: Question, weights: Mapping[str, float], most: int
) -> list[RankedPassage]:
    """The passages that have words of the question, by BM25 times coverage; of equal ones, the first."""
    if not passages:
        return []
    term_weights = {get_stem(token): weights.get(token, 0.0) for token in question.tokens}
    scores = score_texts([[*one.stems, *one.context] for one in passages], list(term_weights))
    ranked = [
        RankedPassage(one, score * coverage, coverage, term_weights)
        for one, score in zip(passages, scores, strict=True)
        if score > 0 and (coverage := compute_coverage({*one.stems, *one.context}, term_weights)) > 0
    ]
    enough = _MIN_SHARE_OF_BEST * max((one.coverage for one in ranked), default=0.0)
    kept = [one for one in ranked if one.coverage >= enough]
    return sorted(kept, key=lambda one: -one.score)[: min(most, MAX_PASSAGES)]


def compute_coverage(stems: set[str], term_weights: Mapping[str, float]) -> float:
    """The share of what a question's words say that stands among these stems."""
    total = sum(term_weights.values())
    return sum(weight for stem, weight in term_weights.items() if stem in stems) / total if total else 0.0
