"""A page of arXiv's API as papers: what each entry says, under the names of the tables' columns. Nothing is asked here.

An entry is read field by field, so that one that lacks something or has it twice is shown with what is known.
See https://info.arxiv.org/help/api/user-manual.html#_details_of_atom_results_returned.
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from digest_assets.common.arxiv_ids import ArxivId, parse_arxiv_id
from digest_assets.common.http import RetryableResponseError
from digest_assets.sources.xml import FeedItem, parse_feed_document, read_text

_FIELDS_OF_ALL = ("title", "summary", "published", "updated")  # what every entry has, once
# arXiv takes 1,920 characters of an abstract and some hundred of a title; the longest list of authors has 5,200 names.
_MAX_TEXT_CHARACTERS = 10_000
_MAX_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class ArxivPaper:
    """A paper's metadata as the API gives it, under the names of the tables' columns."""

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]  # the primary one first
    primary_category: str
    published: datetime | None  # of version 1, UTC
    updated: datetime | None
    comment: str | None
    doi: str | None
    journal_ref: str | None
    problems: tuple[str, ...] = ()  # what was odd about its entry

    def to_columns(self) -> dict[str, Any]:
        """The fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class ApiPage:
    """A page of results: its papers, each once; how many there are in all, as it says; why entries were left out."""

    total: int
    papers: tuple[ArxivPaper, ...]
    left_out: tuple[str, ...] = ()

    @property
    def entries(self) -> int:
        """How many different entries the page has."""
        return len(self.papers) + len(self.left_out)


def parse_api_page(body: bytes) -> ApiPage:
    """The page. Raises `RetryableResponseError` for what is not a whole feed, and for an error in a feed's clothes."""
    document = parse_feed_document(body, "entry")
    kind = etree.QName(document.root).localname
    if kind != "feed":
        raise RetryableResponseError(f"a page of another kind (<{kind}>) where a feed belongs")
    papers: dict[str, ArxivPaper] = {}
    left_out: list[str] = []
    for item in document.items:
        try:
            paper = _read_entry(item)
        except ValueError as error:
            left_out.append(str(error))
            continue
        if other := papers.get(paper.id):
            newest = max(other, paper, key=lambda one: one.version)  # the first of equals
            paper = replace(newest, problems=tuple(dict.fromkeys((*newest.problems, "stands twice in the answer"))))
        papers[paper.id] = paper
    total = (document.root.findtext("{*}totalResults") or "").strip()
    if not total.isascii() or not total.isdigit() or len(total) > 9:
        raise RetryableResponseError(f"a feed that does not say how many papers there are ({total[:40]!r})")
    return ApiPage(int(total), tuple(papers.values()), tuple(left_out))


def _read_entry(item: FeedItem) -> ArxivPaper:
    """The paper, with what is odd about its entry. Raises `ValueError` for an entry without an arXiv id."""
    entry = item.element
    if entry is None:
        raise ValueError(item.problem)
    identifier = _read_id(entry)
    problems = [item.problem] if item.problem else []
    counts = {name: len(entry.findall(f"{{*}}{name}")) for name in _FIELDS_OF_ALL}
    problems += [f"no <{name}>" for name, count in counts.items() if not count]
    problems += [f"{count} times <{name}>: the first counts" for name, count in counts.items() if count > 1]
    dates = {}
    for name in ("published", "updated"):
        text = entry.findtext(f"{{*}}{name}")
        dates[name] = _parse_time(text)
        if text is not None and dates[name] is None:
            problems.append(f"<{name}> is no time ({text[:40]!r})")
    texts = {name: read_text(entry, f"{{*}}{name}") for name in ("title", "summary", "comment")}
    authors = [read_text(author, "{*}name") for author in entry.iterfind("{*}author")]
    for name, text in texts.items():
        if len(text) > _MAX_TEXT_CHARACTERS:
            problems.append(f"<{name}> of {len(text)} characters: cut")
    if len(authors) > _MAX_NAMES:
        problems.append(f"{len(authors)} authors: cut")
    primary_element = entry.find("{*}primary_category")
    categories = [category.get("term") or "" for category in entry.iterfind("{*}category")]
    primary = (primary_element.get("term") if primary_element is not None else None) or next(iter(categories), "")
    if not primary:
        problems.append("no category")
    return ArxivPaper(
        id=identifier.id,
        version=identifier.version or 1,
        title=texts["title"][:_MAX_TEXT_CHARACTERS],
        abstract=texts["summary"][:_MAX_TEXT_CHARACTERS],
        authors=tuple(name[:_MAX_TEXT_CHARACTERS] for name in authors[:_MAX_NAMES] if name),
        categories=tuple(dict.fromkeys(name for name in (primary, *categories) if name)),
        primary_category=primary,
        published=dates["published"],
        updated=dates["updated"],
        comment=texts["comment"][:_MAX_TEXT_CHARACTERS] or None,
        doi=_find_short_text(entry, "doi"),
        journal_ref=_find_short_text(entry, "journal_ref"),
        problems=tuple(problems),
    )


def _read_id(entry: etree._Element) -> ArxivId:
    text = (entry.findtext("{*}id") or "").strip()
    if "api/errors" in text:
        raise RetryableResponseError(f"an error: {read_text(entry, '{*}summary')[:200]}")
    try:
        return parse_arxiv_id(text)
    except ValueError as error:
        raise ValueError(f"a paper whose id is {text[:80]!r}: {error}") from error


def _parse_time(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        return None


def _find_short_text(entry: etree._Element, name: str) -> str | None:
    return read_text(entry, f"{{*}}{name}")[:_MAX_TEXT_CHARACTERS] or None
