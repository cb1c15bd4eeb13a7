"""What speaks for a paper by the learned prior, in words that a specialist recognises: phrases of the title, an author, facts.

A prior adds up thousands of small weights, and most of the words among them say how papers speak ("because", "weights"),
not what they are about. So what is named is a phrase of the title, with all that its words add; of the authors the one
who was picked most; and of the facts those that a reader can look at.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from digest_assets.relevance.paper_features import PLAIN_WORDS, count_pairs, count_words

_MAX_REASONS = 3  # as many as a reader takes in at a glance
_MAIN_REASON = 0.1  # of the log-odds: what moves them less is no reason
_LONGEST_PHRASE = 3  # words, a compound counted as one: what is longer is the title again
_MOST_CHARACTERS = 500  # of a title; arXiv's end at some 250
_FACTS = {  # of the features: the kind, of which the strongest is said, and the words
    "a code repository": ("code", "a code repository"),
    "releases something": ("code", "code or data released"),
    "speaks of code": ("code", "code"),
    "a project page": ("page", "a project page"),
    "a page at Hugging Face": ("page", "a page at Hugging Face"),
    "a technical report": ("form", "a technical report"),
    "accepted somewhere": ("venue", "accepted somewhere"),
    "a large conference": ("venue", "at a large conference"),
}
_BREAKS = re.compile(r"[,.;:!?()\[\]\"“”]+(?=\s|$)|\s[-–—]+\s|[(\[\"“”]")
_NAME = re.compile(r".[A-Z0-9-]")
_EDGES = "-–—'’‘`*$.,;:!?"


def choose_reasons(
    title: str, terms: Mapping[str, float], facts: Mapping[str, float], authors: Mapping[str, float]
) -> tuple[str, ...]:
    """The main reasons, the strongest first.

    Args:
        title: The paper's title.
        terms: What each of its words and pairs of words adds to the log-odds.
        facts: What each fact adds.
        authors: What each author adds who was often picked before.
    """
    shares = {f"“{phrase}”": share for phrase, share in find_phrases(title, terms)}
    shares |= {f"by {name}": share for name, share in _order(authors)[:1]}
    kinds: set[str] = set()
    for name, share in _order(facts):
        kind, words = _FACTS.get(name, ("", ""))
        if words and kind not in kinds:
            kinds.add(kind)
            shares[words] = share
    return tuple(name for name, share in _order(shares)[:_MAX_REASONS] if share >= _MAIN_REASON)


def find_phrases(title: str, terms: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Of each part of the title between plain words its last two or three, whichever add more to the log-odds: there a
    phrase has its noun. One word alone is named where it is a compound or a name.
    """
    for words in _split_title(title):
        if len(words) == 1 and not _NAME.search(words[0]):
            continue
        phrases = {" ".join(words[-count:]) for count in range(min(len(words), 2), _LONGEST_PHRASE + 1)}
        yield _order({phrase: _add_up(phrase, terms) for phrase in phrases})[0]


def _add_up(phrase: str, terms: Mapping[str, float]) -> float:
    return math.fsum(terms.get(term, 0.0) for term in (*count_words(phrase), *count_pairs(phrase)))


def _split_title(title: str) -> Iterator[Sequence[str]]:
    name, colon, rest = title[:_MOST_CHARACTERS].partition(":")
    title = rest if colon and len(name.split()) == 1 else title  # the paper's own name says nothing yet
    for part in _BREAKS.split(title[:_MOST_CHARACTERS]):
        words: list[str] = []
        for word in [*part.split(), ""]:
            bare = word.strip(_EDGES)
            if not PLAIN_WORDS.issuperset(count_words(bare)):
                words.append(bare)
            elif words:
                yield words
                words = []


def _order(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda item: (-round(item[1], 6), item[0]))
