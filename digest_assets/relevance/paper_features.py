"""Features of a paper for ranking: words and phrases of title and abstract, and facts of its metadata.

Training and scoring share them. They come from arXiv's metadata alone (nothing of Hugging Face's), so that a paper
has the same features before and after it has votes.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from digest_assets.common.function_words import FUNCTION_WORDS
from digest_assets.papers.links import find_links
from digest_assets.papers.metadata import split_categories
from digest_assets.papers.tables import PaperRow

_WORD = re.compile(r"[a-z][a-z0-9]+|[0-9]{1,3}d\b")
_NAME = re.compile(r"[A-Za-z0-9.+-]{0,40}[A-Z0-9][A-Za-z0-9.+-]{0,40}")
_RELEASE = re.compile(r"open-?sourc|releas|publicly available")
_ACCEPTED = re.compile(r"accepted|to appear|published")
_MINOR_VENUE = re.compile(r"workshop|journal|transactions|thesis|ieee|symposium")
_MAJOR_VENUE = re.compile(r"NeurIPS|ICLR|CVPR|ICCV|ECCV|ACL|EMNLP|ICML|AAAI|SIGGRAPH|CoRL")

# Where a fact counts in full: beyond these, more says no more. About the 95th percentiles of the training days.
_MANY_AUTHORS, _LONG_TITLE, _LONG_ABSTRACT, _MANY_NUMBERS, _MANY_CATEGORIES = 30, 150, 2_000, 20, 5
_MOST_CHARACTERS = 20_000  # of a text; arXiv's abstracts end at 1,920

# Words that say nothing of what a paper is about, where words are named: beside function words what papers say of
# themselves. No named phrase goes over one of them.
_OF_PAPERS = (
    "approach approaches based far method methods new novel paper present propose proposed really results show study truly "
    "use using"
)
PLAIN_WORDS = FUNCTION_WORDS.union(_OF_PAPERS.split())


def count_words(text: str) -> Counter[str]:
    """The words of a text, in lower case."""
    return Counter(_split_words(text))


def count_pairs(text: str) -> Counter[str]:
    """The pairs of neighbouring words of a text, in lower case."""
    return Counter(" ".join(pair) for pair in itertools.pairwise(_split_words(text)))


def _split_words(text: str) -> list[str]:
    return _WORD.findall(text[:_MOST_CHARACTERS].lower())


def describe_authors(authors: Sequence[str], rates: Mapping[str, float]) -> dict[str, float]:
    """Facts of the authors' earlier papers. `rates` holds, of each author who had one picked, by how much more often than
    anybody's theirs were picked, as a logarithm.
    """
    known = [rates[author] for author in dict.fromkeys(authors) if rates.get(author, 0.0) > 0]
    if not known:
        return {}
    return {
        "an author often picked": max(known),
        "authors picked before": math.fsum(known),
        "number of authors picked before": math.sqrt(len(known)),
    }


def describe_places(papers: Sequence[PaperRow], among: Sequence[PaperRow] = ()) -> list[dict[str, float]]:
    """Facts of each paper's place among its mailing's new ids, which arXiv gives in the order of submission; none of a
    paper that is not new that day. `among` are the days' papers, where `papers` are a part of them.

    Whoever submits the moment that the day begins stands first in the listing; whoever is late, last.
    """
    ids: dict[date, set[str]] = {}
    known = among or papers
    # Where no paper says how it was announced, as in what the weights are learned from, all were new.
    for paper in [paper for paper in known if paper.announce_type == "new"] or known:
        ids.setdefault(paper.day, set()).add(paper.id)
    shares = {(day, id_): index / len(found) for day, found in ids.items() for index, id_ in enumerate(sorted(found))}
    found = [shares.get((paper.day, paper.id)) for paper in papers]
    return [{} if share is None else _describe_place(share) for share in found]


def _describe_place(share: float) -> dict[str, float]:
    facts = {
        "submitted late": share,
        "among the day's first twentieth": share < 0.05,
        "among the day's first fifth": share < 0.2,
        "among the day's last fifth": share > 0.8,
        "among the day's last twentieth": share > 0.95,
    }
    return {name: float(value) for name, value in facts.items() if value}


def describe_metadata(paper: PaperRow) -> dict[str, float]:
    """Facts of the metadata by name, each between 0 and 1."""
    comment, title, abstract = paper.comment or "", paper.title, paper.abstract[:_MOST_CHARACTERS]
    name, colon, _ = title.partition(":")
    words = f"{comment} {abstract}".lower()
    links = find_links(comment, abstract)
    authors = len(paper.authors)
    categories, _ = split_categories(paper.categories)  # days of 0.1.0 have classes of MSC and ACM among them
    facts = {
        "number of authors": min(math.log1p(authors) / math.log1p(_MANY_AUTHORS), 1.0),
        "one author": authors == 1,
        "eight authors or more": authors >= 8,
        "fifteen authors or more": authors >= 15,
        "number of categories": min(len(categories) / _MANY_CATEGORIES, 1.0),
        "a comment": bool(comment),
        "a title with a colon": bool(colon),
        "a title that begins with a name": bool(colon and _NAME.fullmatch(name)),
        "a long title": min(len(title) / _LONG_TITLE, 1.0),
        "a title that asks": title.endswith("?"),
        "a long abstract": min(len(abstract) / _LONG_ABSTRACT, 1.0),
        "a code repository": links.code is not None,
        "a page at Hugging Face": links.huggingface is not None,
        "a project page": links.project is not None,
        "speaks of code": "code" in words,
        "releases something": bool(_RELEASE.search(words)),
        "a technical report": "technical report" in f"{comment} {title}".lower(),
        "accepted somewhere": bool(_ACCEPTED.search(comment.lower())),
        "a workshop or journal": bool(_MINOR_VENUE.search(comment.lower())),
        "a large conference": bool(_MAJOR_VENUE.search(comment)),
        "numbers in the abstract": min(sum(map(str.isdigit, abstract)) / (2 * _MANY_NUMBERS), 1.0),
    }
    facts |= {f"in {category}": True for category in categories}
    if paper.primary_category in categories:
        facts[f"primary category {paper.primary_category}"] = True
    return {name: float(value) for name, value in facts.items() if value}
