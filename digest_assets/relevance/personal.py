"""How much a paper is for one reader: by what it is near in their library, whom they follow, what they marked, and the
learned prior.

log-odds = weights · features, then the logistic function. The weights of what a library tells were learned from simulated
readers (`benchmarks.relevance_readers` writes `personal.json` and measures it on other days and readers; docs/benchmarks.md
says why those that ship are earlier ones). Marks and what
a reader follows by name add to the log-odds, each by a term of its own: a mark moves the papers that share words with the
marked one, and no other paper.
"""

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from digest_assets.common.markdown import to_single_line
from digest_assets.config.report_formats import Topic
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.author_names import AuthorIndex, compute_share, count_namesakes
from digest_assets.relevance.paper_features import PLAIN_WORDS, count_words
from digest_assets.relevance.prior import PriorScore, describe_prior, load_prior
from digest_assets.relevance.reasons import find_phrases
from digest_assets.relevance.similarity import TEXT_SCHEMA, PaperVectors, TermWeighting
from digest_assets.relevance.tables import MarkKind, NearPaper
from digest_assets.sources.topics import match_topics

Vector = npt.NDArray[np.float64]
Terms = tuple[str, ...]

# What a mark counts beside a paper of the library: one that was liked or saved as much, one that was only read half as
# much (it was worth a look), one of no interest as much in the other direction.
MARK_WEIGHTS: Mapping[MarkKind, float] = {"liked": 1.0, "saved": 1.0, "read": 0.5, "not_interested": -1.0}
# In log-odds. What a reader follows by name comes before all that is merely alike: a paper that is very near (0.4) one of
# the library's has 2.3 from it. Forty votes lift a paper by 0.2, as a similarity of 0.03 does: votes order what is alike.
_FOLLOWED, _TOPIC, _UPVOTES = 3.0, 2.5, 0.05
_NEAR_FEATURES = ("nearest", "mean of the nearest", "mean of all")  # of a library of one paper, its similarity thrice
_LEAST_NEAR = 0.05  # below, two papers are not said to be near: so are 99 of 100 pairs of different categories
_NEAREST = 3  # named papers of the library
_TERMS = 4  # of what differs: as many as one line holds
_SHARED_WORDS, _NEW_WORDS = 1.0, 0.5  # of a named phrase's words: a new word makes a known one another thing
_BEST = 3  # of the library's papers: an interest has more than one paper, but few
_RARE = 0.005  # a probability that would be written as 0%
_DIGITS = 4  # of a score: beyond them papers are equally good, and their ids decide


class PersonalWeights(BaseModel):
    """The weights, as `personal.json` holds them: of the features of `describe_library`, and the intercept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intercept: float
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A paper that a reader has or marked, as far as it is known."""

    key: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReaderProfile:
    """What is known of a reader."""

    name: str
    library: tuple[KnownPaper, ...] = ()
    marked: tuple[tuple[KnownPaper, MarkKind], ...] = ()
    authors: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.library or self.marked or self.authors or self.labs or self.topics)


@dataclass(frozen=True, slots=True)
class PersonalScore:
    """How much a paper is for a reader, between 0 and 1, and why."""

    score: float
    prior: float
    similarity: float
    nearest: tuple[NearPaper, ...] = ()
    followed: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    shared_author: str = ""
    reason: str = ""


@cache
def load_weights() -> PersonalWeights:
    """The weights that ship with the package."""
    return PersonalWeights.model_validate(json.loads(files(__package__).joinpath("personal.json").read_text("utf-8")))


def build_texts(papers: Iterable[PaperRow | KnownPaper]) -> pl.DataFrame:
    """Titles and abstracts, as `similarity` takes them."""
    rows = [(p.id if isinstance(p, PaperRow) else p.key, p.title, p.abstract) for p in papers]
    return pl.DataFrame(rows, schema=TEXT_SCHEMA, orient="row")


def describe_library(
    papers: Sequence[PaperRow],
    library: Sequence[KnownPaper],
    similarity: npt.NDArray[np.float32],
    priors: Sequence[PriorScore],
    namesakes: Mapping[tuple[str, str], int],
) -> dict[str, Vector]:
    """Features of each paper beside a library, by name; all nought but the prior's where there is no library.

    An author who is known by an initial alone counts as one of the day's `namesakes`.
    """
    count = len(papers)
    nearest = np.sort(similarity, axis=1)[:, ::-1].astype(np.float64) if library else np.zeros((count, 1))
    authors = AuthorIndex((name, 1) for known in library for name in dict.fromkeys(known.authors))
    categories = [frozenset(known.categories) for known in library if known.categories]
    shares = Counter(name for known in categories for name in known)
    return {
        "nearest": nearest[:, 0],
        "mean of the nearest": nearest[:, :_BEST].mean(axis=1),
        "mean of all": nearest.mean(axis=1),
        "authors of the library": np.array(
            [
                np.log1p(
                    math.fsum(
                        1.0 if in_full else compute_share(name, namesakes)
                        for name in dict.fromkeys(paper.authors)
                        for _, in_full in authors.find(name)
                    )
                )
                for paper in papers
            ]
        ),
        "categories of the library": np.array(
            [
                max((shares[name] for name in paper.categories), default=0) / len(categories) if categories else 0.0
                for paper in papers
            ]
        ),
        "prior": np.array([compute_log_odds(prior) for prior in priors]),
    }


def compute_log_odds(prior: PriorScore) -> float:
    """The prior's log-odds; those of a rare pick where it was not trained."""
    probability = min(max(prior.probability, 1e-4), 1 - 1e-4) if prior.is_trained else 0.01
    return float(np.log(probability / (1 - probability)))


@dataclass(frozen=True)
class DayCandidates:
    """The papers of a day among which every reader's are, with what all readers share: vectors and priors."""

    papers: tuple[PaperRow, ...]
    priors: tuple[PriorScore, ...]
    weighting: TermWeighting
    vectors: PaperVectors
    namesakes: Mapping[tuple[str, str], int]

    @classmethod
    def from_papers(cls, papers: Sequence[PaperRow]) -> "DayCandidates":
        """The day's papers by id, whatever their order."""
        ordered = tuple(sorted(papers, key=lambda paper: paper.id))
        texts = build_texts(ordered)
        weighting = TermWeighting.fit(texts)
        namesakes = count_namesakes(name for paper in ordered for name in paper.authors)
        return cls(ordered, tuple(load_prior().score(ordered)), weighting, weighting.vectorize(texts), namesakes)

    def compare(self, known: Sequence[KnownPaper]) -> npt.NDArray[np.float32]:
        """How near each paper is to each of these."""
        return self.vectors.compare(self.weighting.vectorize(build_texts(known)))

    def score(self, reader: ReaderProfile) -> list[PersonalScore]:
        """How much each paper is for a reader, in the order of `papers`."""
        if not self.papers:
            return []
        weights = load_weights()
        to_library = self.compare(reader.library)
        rows = {id_: row for row, id_ in enumerate(self.vectors.ids)}
        for column, known_paper in enumerate(reader.library):
            if known_paper.key in rows:  # what a reader has already is near itself alone
                to_library[rows[known_paper.key], column] = 0.0
        features = describe_library(self.papers, reader.library, to_library, self.priors, self.namesakes)
        log_odds = np.full(len(self.papers), weights.intercept)
        for name, values in features.items():
            log_odds = log_odds + weights.weights[name] * values
        to_marked = self.compare([paper for paper, _ in reader.marked])
        if reader.marked:
            marks = [kind for _, kind in reader.marked]
            near = sum(weights.weights[name] for name in _NEAR_FEATURES)
            log_odds = log_odds + near * _weigh_marks(to_marked, marks)
        known: list[tuple[KnownPaper, MarkKind | None]] = [(paper, None) for paper in reader.library]
        known += [(paper, kind) for paper, kind in reader.marked if kind != "not_interested"]
        is_liked = [kind != "not_interested" for _, kind in reader.marked]
        similarity = np.hstack([to_library, to_marked[:, is_liked]])
        written = AuthorIndex((name, paper.title) for paper in reader.library if paper.title for name in paper.authors)
        follows = AuthorIndex((name, name) for name in reader.authors)
        return [
            self._explain(index, reader, float(log_odds[index]), similarity[index], known, written, follows)
            for index in range(len(self.papers))
        ]

    def _explain(
        self,
        index: int,
        reader: ReaderProfile,
        log_odds: float,
        similarity: npt.NDArray[np.float32],
        known: Sequence[tuple[KnownPaper, MarkKind | None]],
        written: AuthorIndex[str],
        follows: AuthorIndex[str],
    ) -> PersonalScore:
        paper, prior = self.papers[index], self.priors[index]
        nearest = _find_nearest(paper, similarity, known)
        followed = _find_followed(paper, reader, follows)
        topics = tuple(match_topics(paper, reader.topics)) if reader.topics else ()
        log_odds += _FOLLOWED * bool(followed) + _TOPIC * bool(topics)
        log_odds += _UPVOTES * float(np.log1p(max(paper.hf_upvotes or 0, 0)))
        score = PersonalScore(
            score=round(float(1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))), _DIGITS),
            prior=round(prior.probability, _DIGITS),
            similarity=nearest[0].similarity if nearest else 0.0,
            nearest=nearest,
            followed=followed,
            topics=topics,
            shared_author=_describe_shared_author(paper, written, self.namesakes),
        )
        return replace(score, reason=_describe_reasons(paper, score, prior))

    def name_differences(self, pairs: Sequence[tuple[int, KnownPaper]]) -> list[tuple[Terms, Terms]]:
        """For each paper, by its place, and another: the terms that they share, and those that the other does not have,
        the weightiest first.
        """
        others = self.weighting.vectorize(build_texts(near for _, near in pairs))
        names = self.weighting.terms["term"].to_list()
        differences = []
        for row, (index, _) in enumerate(pairs):
            title = self.papers[index].title
            mine, other = dict(self.vectors.list_terms(index)), dict(others.list_terms(row))
            shared = {names[column]: value * other[column] for column, value in mine.items() if column in other}
            differs = {names[column]: value for column, value in mine.items() if column not in other}
            differences.append((_name_terms(title, shared, _SHARED_WORDS), _name_terms(title, differs, _NEW_WORDS)))
        return differences


def _weigh_marks(similarity: npt.NDArray[np.float32], marks: Sequence[MarkKind]) -> Vector:
    """For each paper how near it is to the nearest marked ones, for and against it."""
    weights = np.array([MARK_WEIGHTS[kind] for kind in marks])
    weighted = similarity.astype(np.float64) * weights
    weighed: Vector = np.maximum(weighted.max(axis=1), 0.0) + np.minimum(weighted.min(axis=1), 0.0)
    return weighed


def _find_nearest(
    paper: PaperRow, similarity: npt.NDArray[np.float32], known: Sequence[tuple[KnownPaper, MarkKind | None]]
) -> tuple[NearPaper, ...]:
    rounded = np.round(similarity.astype(np.float64), _DIGITS)
    found: dict[str, NearPaper] = {}
    for index in np.lexsort((np.arange(len(known)), -rounded)):
        near, mark = known[index]
        if rounded[index] < _LEAST_NEAR or len(found) == _NEAREST:
            break
        if near.key != paper.id:
            found.setdefault(
                near.key, NearPaper(key=near.key, title=near.title, similarity=float(rounded[index]), mark=mark)
            )
    return tuple(found.values())


def _find_followed(paper: PaperRow, reader: ReaderProfile, follows: AuthorIndex[str]) -> tuple[str, ...]:
    """The authors and labs of a paper that a reader follows, by the reader's own names for them."""
    found = {followed for name in paper.authors for followed, _ in follows.find(name)}
    followed = [name for name in reader.authors if name in found]
    organization = (paper.organization or "").casefold()
    return (*followed, *(lab for lab in reader.labs if organization and lab.casefold() in organization))


def _describe_shared_author(
    paper: PaperRow, written: AuthorIndex[str], namesakes: Mapping[tuple[str, str], int]
) -> str:
    """The first author who wrote a paper of the library too, in words; one who has namesakes only by the name in full."""
    for name in paper.authors:
        for title, in_full in written.find(name):
            if in_full or compute_share(name, namesakes) == 1:
                return f"by {to_single_line(name)}, an author of “{to_single_line(title)}” in your library"
    return ""


def _describe_reasons(paper: PaperRow, score: PersonalScore, prior: PriorScore) -> str:
    """Why a paper is there, in words, the personal reasons first."""
    reasons = []
    if score.nearest:
        near = score.nearest[0]
        where = {
            None: "in your library",
            "liked": "which you liked",
            "saved": "which you saved",
            "read": "which you read",
        }
        reasons.append(f"near “{to_single_line(near.title)}” {where[near.mark]}")
    if score.followed:
        reasons.append(f"follows {', '.join(score.followed)}")
    if score.shared_author:
        reasons.append(score.shared_author)
    reasons += [f"matches {topic}" for topic in score.topics]
    if paper.hf_upvotes:
        reasons.append(f"{paper.hf_upvotes} upvote{'' if paper.hf_upvotes == 1 else 's'}")
    if not reasons:
        likely = prior.is_trained and prior.probability < _RARE
        reasons.append("seldom among Hugging Face's picks" if likely else describe_prior(paper, prior))
    return "; ".join(reasons)


def _name_terms(title: str, weights: Mapping[str, float], least: float) -> Terms:
    """The weightiest terms of a paper as a reader knows them: phrases of its title of whose words at least this share has a
    weight, then single words of its abstract.
    """
    phrases = sorted(find_phrases(title, weights), key=lambda item: (-round(item[1], _DIGITS), item[0]))
    split = [(phrase, set(count_words(phrase)) - PLAIN_WORDS) for phrase, _ in phrases]
    named = [phrase for phrase, words in split if len(words & weights.keys()) >= least * len(words)][:_TERMS]
    seen = PLAIN_WORDS.union(*(count_words(phrase) for phrase in named))
    best = sorted(weights, key=lambda term: (-round(weights[term], _DIGITS), term))
    singles = (term for term in best if " " not in term and term not in seen)
    return (*named, *itertools.islice(singles, _TERMS - len(named)))
