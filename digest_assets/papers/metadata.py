"""Metadata as it should be: authors that are names, one DOI, arXiv's categories apart from other classes."""

import re
from collections.abc import Iterable

from digest_assets.common.markdown import to_single_line

_CATEGORY = re.compile(r"[a-z][a-z-]*(?:\.[A-Za-z-]+)?", re.ASCII)  # `cs.CV`, `hep-th`, `cond-mat.mtrl-sci`
_CLASS_SEPARATOR = re.compile(r"[;,]|\s{1,3}(?=\(|\d)")  # `I.2.10; I.4.8`, `68T07, 68T50`
_DOI = re.compile(r"10\.\d{4,9}/[^\s,;]+", re.ASCII)
_JOINING = re.compile(r"(?:and|with|et al\.?|and others)(?:\s|$)")  # before a name, or alone
# What is left of a footnote's mark or of TeX's line break around a name.
_MARKS = " \t.,;:*%&§¶†‡~\\"


def clean_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Names in their order, each on one line; what joins them (`:` between a team and its people, `and`) is no name."""
    cleaned = (
        to_single_line(name.replace("~", " ")).lstrip(_MARKS.rstrip("\\")).rstrip(_MARKS.replace(".", ""))
        for name in names
    )
    named = (_JOINING.sub("", name) for name in cleaned)
    return tuple(name for name in named if any(character.isalpha() for character in name))


def split_categories(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """arXiv's categories, and the classes of other systems (MSC, ACM) that authors add; each once, in their order."""
    given = [name.strip() for name in names]
    categories = [name for name in given if _CATEGORY.fullmatch(name)]
    classes = [part.strip() for name in given if not _CATEGORY.fullmatch(name) for part in _CLASS_SEPARATOR.split(name)]
    return tuple(dict.fromkeys(categories)), tuple(dict.fromkeys(filter(None, classes)))


def find_doi(text: str | None) -> str | None:
    """The first DOI of a field that may name several, or an address; none where it holds none."""
    match = _DOI.search(text or "")
    return match[0].rstrip(".)") if match else None
