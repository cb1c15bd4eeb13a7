"""What the loopback server answers: arXiv's API and announcement feeds, and Hugging Face's page, over a collection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.mailings import EASTERN
from digest_assets.testing.loopback.arxiv_query import SearchFields, fold_text, parse_query

ATOM = "application/atom+xml; charset=utf-8"
RSS = "text/xml; charset=utf-8"
JSON = "application/json; charset=utf-8"

_HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n"
_NAMESPACES = (
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom"'
)
_FEED_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_MOST_PER_PAGE = 2000
_MOST_DAILY_PAPERS = 100


@dataclass(frozen=True)
class ServedPaper:
    """A paper of the collection: its metadata, when it was announced and how, and its files."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]  # the primary one first
    published: datetime
    version: int = 1
    updated: datetime | None = None
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    announced: Mapping[date, str] = field(default_factory=dict)  # mailing: new, cross, replace or replace-cross
    html: bytes | None = None
    pdf: bytes | None = None
    images: Mapping[str, bytes] = field(default_factory=dict)  # of its HTML page, by name
    license: str = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
    is_withdrawn: bool = False  # whether its newest version is a withdrawal

    @cached_property
    def search_fields(self) -> SearchFields:
        """What a query looks at."""
        texts = {
            "ti": self.title,
            "abs": self.abstract,
            "au": " | ".join(self.authors),
            "co": self.comment or "",
            "jr": self.journal_ref or "",
        }
        return SearchFields(
            {name: fold_text(text) for name, text in texts.items()}, self.categories, self.id, self.published
        )


@dataclass(frozen=True)
class LoopbackResponse:
    """An answer to one request, and how it is sent. Seconds throughout.

    Attributes:
        delay: Pause before the first byte.
        drip: Pause between pieces of a hundred bytes of the body.
        trickle: What is sent byte for byte, `drip` apart: the headers, which then never end, or the body.
        cut_after: Bytes of the body after which the connection ends, although more were promised.
        reset: Whether the connection is reset instead of any answer.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    trickle: Literal["headers", "body"] | None = None
    cut_after: int | None = None
    reset: bool = False


def build_not_found_response(what: str) -> LoopbackResponse:
    """HTTP 404."""
    return LoopbackResponse(f"{what} is not here".encode(), 404)


def build_query_response(papers: Sequence[ServedPaper], parameters: Mapping[str, str]) -> LoopbackResponse:
    """The answer of `/api/query`: an Atom feed; HTTP 400 with an error entry for what cannot be asked."""
    try:
        start, count = int(parameters.get("start", "0")), int(parameters.get("max_results", "10"))
    except ValueError:
        return _api_error("start and max_results must be integers")
    if start < 0 or not 0 <= count <= _MOST_PER_PAGE:
        return _api_error(f"start must be non-negative and max_results at most {_MOST_PER_PAGE}")
    query, ids = parameters.get("search_query", ""), parameters.get("id_list", "")
    found: Iterable[ServedPaper] = papers
    if ids:
        known = {paper.id: paper for paper in papers}
        asked_ids = []
        for text in ids.split(","):
            try:
                asked_ids.append(parse_arxiv_id(text).id)
            except ValueError:
                return _api_error(f"incorrect id format for {text}")
        found = [known[identifier] for identifier in dict.fromkeys(asked_ids) if identifier in known]
    elif not query:
        found = []
    if query:
        try:
            matches = parse_query(query)
        except ValueError as error:
            return _api_error(str(error))
        found = [paper for paper in found if matches(paper.search_fields)]
    found = _sorted(list(found), parameters.get("sortBy", "relevance"), parameters.get("sortOrder", "descending"))
    title = f"arXiv Query: search_query={query}&id_list={ids}&start={start}&max_results={count}"
    return _atom(title, found[start : start + count], total=len(found), start=start, count=count)


def _sorted(papers: list[ServedPaper], by: str, order: str) -> list[ServedPaper]:
    keys = {"submittedDate": lambda paper: paper.published, "lastUpdatedDate": lambda paper: _updated(paper)}
    if by not in keys:
        return papers
    return sorted(papers, key=keys[by], reverse=order == "descending")


def _atom(title: str, papers: Sequence[ServedPaper], *, total: int, start: int, count: int) -> LoopbackResponse:
    entries = "".join(_api_entry(paper) for paper in papers)
    return LoopbackResponse(
        f"{_HEAD}<feed {_NAMESPACES}>\n<id>https://arxiv.org/api/served</id><title>{escape(title)}</title>"
        f"<opensearch:itemsPerPage>{count}</opensearch:itemsPerPage>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>\n{entries}</feed>\n".encode(),
        content_type=ATOM,
    )


def _api_entry(paper: ServedPaper) -> str:
    where = f"https://arxiv.org/abs/{paper.id}v{paper.version}"
    optional = {"comment": paper.comment, "doi": paper.doi, "journal_ref": paper.journal_ref}
    return "".join(
        [
            f"<entry><id>http://arxiv.org/abs/{paper.id}v{paper.version}</id><title>{escape(paper.title)}</title>",
            f"<updated>{_iso(_updated(paper))}</updated><published>{_iso(paper.published)}</published>",
            f'<link href="{where}" rel="alternate" type="text/html"/>',
            f'<link href="{where.replace("/abs/", "/pdf/")}" rel="related" type="application/pdf" title="pdf"/>',
            f"<summary>{escape(paper.abstract)}</summary>",
            *(f'<category term="{name}" scheme="http://arxiv.org/schemas/atom"/>' for name in paper.categories),
            f'<arxiv:primary_category term="{paper.categories[0]}"/>',
            *(f"<arxiv:{name}>{escape(text)}</arxiv:{name}>" for name, text in optional.items() if text),
            *(f"<author><name>{escape(name)}</name></author>" for name in paper.authors),
            "</entry>\n",
        ]
    )


def _api_error(message: str) -> LoopbackResponse:
    link = "https://arxiv.org/api/errors#" + "_".join(message.split())
    body = (
        f"{_HEAD}<feed {_NAMESPACES}>\n<id>https://arxiv.org/</id><title>arXiv Search Results</title>"
        "<opensearch:itemsPerPage>1</opensearch:itemsPerPage><opensearch:totalResults>1</opensearch:totalResults>"
        "<opensearch:startIndex>0</opensearch:startIndex>\n"
        f"<entry><id>{escape(link)}</id><title>Error</title><link href={quoteattr(link)} rel='alternate'/>"
        f"<summary>{escape(message)}</summary><author><name>arXiv api core</name></author></entry></feed>\n"
    )
    return LoopbackResponse(body.encode(), 400, ATOM)


def build_feed_response(
    papers: Sequence[ServedPaper], form: str, categories: Sequence[str], day: date
) -> LoopbackResponse:
    """The announcement feed of the mailing `day`, as `rss` or `atom`; without items if there is no such mailing.

    As arXiv's own: `new` is said where the primary category is asked for, `cross` where only another one is.
    """
    items = []
    for paper in papers:
        kind = paper.announced.get(day)
        if kind is None or not set(categories) & set(paper.categories):
            continue
        if paper.categories[0] not in categories:
            kind = {"new": "cross", "replace": "replace-cross"}.get(kind, kind)
        items.append((paper, kind))
    since = datetime.combine(day, time(), EASTERN)
    render = _rss if form == "rss" else _atom_feed
    return LoopbackResponse(render(items, categories, since).encode(), content_type=RSS if form == "rss" else ATOM)


def _rss(items: Sequence[tuple[ServedPaper, str]], categories: Sequence[str], since: datetime) -> str:
    stamp = f"{since:%a, %d %b %Y %H:%M:%S %z}"
    name = ", ".join(categories)
    body = "".join(
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.id}</link>"
        f"<description>{escape(_announcement(paper, kind))}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>'
        + "".join(f"<category>{category}</category>" for category in paper.categories)
        + f"<pubDate>{stamp}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator></item>\n"
        for paper, kind in items
    )
    return (
        f'{_HEAD}<rss {_FEED_NAMESPACES} version="2.0"><channel><title>{name} updates on arXiv.org</title>'
        f"<link>http://rss.arxiv.org/rss/{'+'.join(categories)}</link>"
        f"<description>{name} updates on the arXiv.org e-print archive.</description>"
        f"<lastBuildDate>{since.astimezone(UTC):%a, %d %b %Y %H:%M:%S %z}</lastBuildDate><pubDate>{stamp}</pubDate>"
        f"<skipDays><day>Sunday</day><day>Saturday</day></skipDays>\n{body}</channel></rss>\n"
    )


def _atom_feed(items: Sequence[tuple[ServedPaper, str]], categories: Sequence[str], since: datetime) -> str:
    built = since.astimezone(UTC).isoformat()
    body = "".join(
        f"<entry><id>oai:arXiv.org:{paper.id}v{paper.version}</id><title>{escape(paper.title)}</title>"
        f'<updated>{built}</updated><link href="https://arxiv.org/abs/{paper.id}" rel="alternate" type="text/html"/>'
        f"<summary>{escape(_announcement(paper, kind))}</summary>"
        + "".join(f'<category term="{category}"/>' for category in paper.categories)
        + f"<published>{since.isoformat()}</published><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator></entry>\n"
        for paper, kind in items
    )
    return (
        f'{_HEAD}<feed {_FEED_NAMESPACES} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">'
        f"<id>http://rss.arxiv.org/atom/{'+'.join(categories)}</id>"
        f"<title>{', '.join(categories)} updates on arXiv.org</title><updated>{built}</updated>\n{body}</feed>\n"
    )


def _announcement(paper: ServedPaper, kind: str) -> str:
    return f"arXiv:{paper.id}v{paper.version} Announce Type: {kind} \nAbstract: {paper.abstract}"


def build_daily_papers_response(
    pages: Mapping[date, Sequence[Mapping[str, Any]]], parameters: Mapping[str, str]
) -> LoopbackResponse:
    """The answer of Hugging Face's `/api/daily_papers`: a page of the day's entries, as they were given."""
    try:
        day = date.fromisoformat(parameters["date"]) if parameters.get("date") else max(pages)
        page, limit = int(parameters.get("p", "0")), int(parameters.get("limit", "50"))
    except ValueError:
        return LoopbackResponse(b'{"error":"Invalid parameter"}', 400, JSON)
    if not 0 < limit <= _MOST_DAILY_PAPERS or page < 0:
        return LoopbackResponse(b'{"error":"limit must be between 1 and 100"}', 400, JSON)
    entries = pages.get(day, [])[page * limit : (page + 1) * limit]
    return LoopbackResponse(json.dumps(entries).encode(), content_type=JSON)


def build_abstract_page_response(paper: ServedPaper) -> LoopbackResponse:
    """A small page with a paper's metadata, for whoever follows a link of a report."""
    body = (
        f"<!doctype html><meta charset='utf-8'><title>[{paper.id}] {escape(paper.title)}</title>"
        f"<h1>{escape(paper.title)}</h1><p>{escape(', '.join(paper.authors))}</p><p>{escape(paper.abstract)}</p>"
    )
    return LoopbackResponse(body.encode(), content_type="text/html; charset=utf-8")


def _updated(paper: ServedPaper) -> datetime:
    return paper.updated or paper.published


def _iso(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
