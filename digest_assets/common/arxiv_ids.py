"""arXiv identifiers, the only form in which a paper's id may become a URL or a file name, and arXiv's addresses.

Forms: `2512.05117` (since April 2007; four digits after the dot until 2014) and `math.GT/0309136` or
`hep-th/9901001` before. See https://info.arxiv.org/help/arxiv_identifier.html.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SITE_URL = "https://arxiv.org"
API_URL = "https://export.arxiv.org/api/query"
FEEDS_URL = "https://rss.arxiv.org"  # `/rss/…` and `/atom/…`
OAI_URL = "https://oaipmh.arxiv.org/oai"
CATEGORIES_URL = f"{SITE_URL}/category_taxonomy"

# What may stand before an id: its scheme, or the address of a page about it, whose end may follow.
_PAGE = r"(?:https?://)?(?:(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)|huggingface\.co/papers)/"
_DOI = r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:)?10\.48550/arXiv\."
_PAGE_END = r"(?:\.pdf)?/?(?:[?#]\S{0,200})?"
_ID = re.compile(
    rf"(?:arXiv:|oai:arXiv\.org:|{_DOI}|(?P<page>{_PAGE}))?"
    r"(?P<id>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3})"
    rf"(?:v(?P<version>[1-9]\d{{0,2}}))?(?(page){_PAGE_END})",
    re.ASCII,
)
_FIRST_OF_FIVE_DIGITS = 1501  # January 2015


@dataclass(frozen=True, slots=True)
class ArxivId:
    """A paper's id without version, and the version if it was given."""

    id: str
    version: int | None = None

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"

    @property
    def file_name(self) -> str:
        """The id as a safe file name: the slash of an old id becomes an underscore."""
        return str(self).replace("/", "_")


def parse_arxiv_id(text: str) -> ArxivId:
    """Read an id, with or without version and `arXiv:`, or as the address of a paper. Raises `ValueError` for anything else."""
    match = _ID.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an arXiv id: {text[:60]!r} (expected like 2512.05117, 2512.05117v2 or math/0309136)")
    version = match["version"]
    return ArxivId(match["id"], int(version) if version else None)


def is_arxiv_id(text: str) -> bool:
    """Whether the text is an id without version or prefix."""
    match = _ID.fullmatch(text)
    return match is not None and match["id"] == text


def parse_written_ids(values: Iterable[object]) -> list[str]:
    """Read ids without version as people write them into YAML, which takes an unquoted `2512.16110` for a number.

    The number has lost its zeros, `2512.1611`, but an id has five digits behind its dot, four until 2014: so none is lost.
    Raises `ValueError` for what is no id, with the words to write.
    """
    return [_parse_written_id(value) for value in values]


def _parse_written_id(value: object) -> str:
    text = str(value)
    if isinstance(value, float):
        text = f"{value:010.5f}" if value >= _FIRST_OF_FIVE_DIGITS else f"{value:09.4f}"
    try:
        return parse_arxiv_id(text).id
    except ValueError:
        raise ValueError(f'{value!r} is no arXiv id: write it in quotes, like only: ["2512.05117"]') from None


def build_paper_url(page: Literal["abs", "html", "pdf"], paper: ArxivId | str, *, site: str = SITE_URL) -> str:
    """The address of a paper's abstract, HTML or PDF; of its newest version where the id has none."""
    return f"{site.rstrip('/')}/{page}/{paper}"
