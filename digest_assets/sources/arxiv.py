"""Client of arXiv's API: the papers of a submission window, the newest of a topic, and papers by their ids.

The `arxiv` package builds the queries, walks the pages and parses the entries. Its own way to fetch a page is
replaced: it keeps its pause within one process only, has no time limit, repeats without backoff and without
`Retry-After`, takes an empty first page for an empty result, and mends malformed XML, so that papers would go missing
without an error. Announcement feeds are in `feed`. See https://info.arxiv.org/help/api/user-manual.html and https://info.arxiv.org/help/api/tou.html.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import arxiv
import httpx2
from arxiv import _feed
from lxml import etree

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.common.http import RetryableResponseError, Timeouts, format_user_agent, get_with_retries
from digest_assets.common.locks import rate_limited
from digest_assets.common.mailings import SubmissionWindow
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Settings
from digest_assets.sources.xml import explain_error_entry, parse_xml

RequestLimiter = Callable[[], AbstractContextManager[None]]

_RANGE_MARGIN = timedelta(minutes=1)  # how the API treats the ends of a range is not relied on
_IDS_PER_REQUEST = 100  # an address of about 1,200 characters; a mailing seldom needs more
_MAX_READINGS = 3  # the pages take some seconds; an index that changes each time is not ready
_MAX_LOCK_WAIT_SECONDS = 3600.0  # six requests of others, each with all its repeats (ten minutes)
_TOPIC_SPARE_PAPERS = 20  # what the range's margin may hold beyond the papers asked for, so that one request is enough


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
    published: datetime  # of version 1, UTC
    updated: datetime
    comment: str | None
    doi: str | None
    journal_ref: str | None

    def to_columns(self) -> dict[str, Any]:
        """The fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class ArxivApi:
    """The API behind one connection; a context manager. Counts its requests and their seconds.

    Args:
        url: The whole query URL.
        page_size: Papers per request, at most 2,000.
        timeouts: How long a request may take.
        user_agent: The `User-Agent` header.
        rate_limiter: Entered for each request, for politeness across processes.
    """

    def __init__(
        self, url: str, *, page_size: int, timeouts: Timeouts, user_agent: str, rate_limiter: RequestLimiter
    ) -> None:
        self.requests = 0
        self.seconds = 0.0
        self._url = url
        self._page_size = page_size
        self._timeouts = timeouts
        self._rate_limiter = rate_limiter
        self._http = httpx2.Client(headers={"User-Agent": user_agent}, follow_redirects=True)

    @classmethod
    def from_settings(cls, settings: Settings, timeouts: Timeouts | None = None) -> Self:
        """The API as the settings say; `timeouts` where they are to be shorter than theirs."""
        return cls(
            str(settings.environment.arxiv_api_url),
            page_size=settings.config.sources.arxiv.page_size,
            timeouts=timeouts or settings.config.sources.timeouts,
            user_agent=format_user_agent(settings.config.contact),
            rate_limiter=make_rate_limiter(settings, timeouts),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def fetch_submitted(
        self, categories: Sequence[str], window: SubmissionWindow, *, description: str
    ) -> list[ArxivPaper]:
        """Every paper of these categories, primary or cross-listed, submitted in the window, oldest first.

        `description` names the request in errors. An empty answer is an error here: a window of a mailing has papers.
        Raises `SourceError`.
        """
        search = arxiv.Search(
            f"({_join_with_or('cat', categories)}) AND {_build_date_query(window)}",
            max_results=None,
            sort_by=arxiv.SortCriterion.SubmittedDate,
            # Papers that enter the index while its pages are read come after what was read, if anywhere.
            sort_order=arxiv.SortOrder.Ascending,
        )
        found = self._fetch_all_pages(search, f"arXiv's API, {description}")
        return [paper for paper in found if paper.published in window]

    def fetch_newest(self, topic: Topic, window: SubmissionWindow, count: int) -> list[ArxivPaper]:
        """The topic's newest papers submitted in the window, newest first; at most `count`, also none.

        Raises `SourceError` that names the topic.
        """
        source = f"arXiv's API, topic {topic.name!r}"
        search = arxiv.Search(
            f"{build_topic_query(topic)} AND {_build_date_query(window)}",
            max_results=None,
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Descending,
        )
        page_size = min(self._page_size, count + _TOPIC_SPARE_PAPERS)
        # An empty answer may be the API's fault, or true: it is believed when it is given twice.
        for _ in range(2):
            papers = self._fetch_newest_once(search, window, count, source, page_size)
            if papers:
                break
        return papers

    def fetch_by_ids(self, ids: Iterable[str]) -> dict[str, ArxivPaper]:
        """The newest versions of these papers, by id; those that the API does not know are left out."""
        wanted = sorted(set(ids))
        found = {}
        for start in range(0, len(wanted), _IDS_PER_REQUEST):
            batch = wanted[start : start + _IDS_PER_REQUEST]
            search = arxiv.Search(id_list=batch, max_results=len(batch))
            client = self._open_search_client("arXiv's API, papers by id", len(batch))
            found.update({paper.id: paper for paper in client.iterate_papers(search)})
        return {identifier: found[identifier] for identifier in wanted if identifier in found}

    def count_submitted(self, categories: Sequence[str], window: SubmissionWindow) -> int:
        """How many papers of these categories the API has for about this window: one small request."""
        query = f"({_join_with_or('cat', categories)}) AND {_build_date_query(window)}"
        return self._count(arxiv.Search(query, max_results=1), "arXiv's API, papers of a window")

    def count_existing(self, ids: Sequence[str]) -> int:
        """How many of these papers the API knows: one small request."""
        return self._count(arxiv.Search(id_list=list(ids), max_results=1), "arXiv's API, papers by id")

    def _count(self, search: arxiv.Search, source: str) -> int:
        client = self._open_search_client(source, 1)
        list(client.iterate_papers(search))
        return max(client.totals)

    def _fetch_newest_once(
        self, search: arxiv.Search, window: SubmissionWindow, count: int, source: str, page_size: int
    ) -> list[ArxivPaper]:
        papers: list[ArxivPaper] = []
        for paper in self._open_search_client(source, page_size).iterate_papers(search):
            if paper.published not in window:
                continue
            # Papers of the same second come in no certain order: all of them are seen before the choice.
            if len(papers) >= count and paper.published < papers[count - 1].published:
                break
            papers.append(paper)
        papers.sort(key=lambda paper: (paper.published, paper.id), reverse=True)
        return papers[:count]

    def _fetch_all_pages(self, search: arxiv.Search, source: str) -> list[ArxivPaper]:
        """All pages, read again if they do not fit together because the index changed between them."""
        for _ in range(_MAX_READINGS):
            client = self._open_search_client(source, self._page_size, may_be_empty=False)
            papers = {paper.id: paper for paper in client.iterate_papers(search)}
            if {len(papers)} == client.totals:
                return list(papers.values())
        raise TransientSourceError(
            f"{source}: its pages do not fit together ({len(papers)} different papers of {sorted(client.totals)}), "
            f"read {_MAX_READINGS} times; try again later"
        )

    def _open_search_client(self, source: str, page_size: int, *, may_be_empty: bool = True) -> "_SearchClient":
        def fetch(url: str, parse: Callable[[bytes], _feed.ParsedFeed]) -> _feed.ParsedFeed:
            return get_with_retries(
                self._http,
                url,
                parse,
                source=source,
                timeouts=self._timeouts,
                rate_limiter=self._count_request,
                explain_refusal=explain_error_entry,
            )

        return _SearchClient(self._url, page_size, fetch, may_be_empty=may_be_empty)

    @contextmanager
    def _count_request(self) -> Iterator[None]:
        with self._rate_limiter():
            started = time.monotonic()
            self.requests += 1
            try:
                yield
            finally:
                self.seconds += time.monotonic() - started


class _SearchClient(arxiv.Client):  # type: ignore[misc] # the package declares its types but does not say so (PEP 561)
    """The package's client with another way to fetch a page. `totals`: how many papers there are, as each page said."""

    def __init__(
        self,
        url: str,
        page_size: int,
        fetch: Callable[[str, Callable[[bytes], _feed.ParsedFeed]], _feed.ParsedFeed],
        *,
        may_be_empty: bool,
    ) -> None:
        super().__init__(page_size=page_size, delay_seconds=0, num_retries=0)
        self.query_url_format = url.replace("{", "{{").replace("}", "}}") + ("&{}" if "?" in url else "?{}")
        self.totals: set[int] = set()
        self._fetch = fetch
        self._may_be_empty = may_be_empty

    def iterate_papers(self, search: arxiv.Search) -> Iterator[ArxivPaper]:
        """The search's papers, page after page."""
        return map(convert_result, self.results(search))

    def _parse_feed(self, url: str, first_page: bool = True, _try_index: int = 0) -> _feed.ParsedFeed:
        parameters = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        start, count = int(parameters["start"]), int(parameters["max_results"])

        def parse(body: bytes) -> _feed.ParsedFeed:
            root = parse_xml(body)  # the package would mend what is cut or malformed
            if etree.QName(root).localname != "feed":
                raise RetryableResponseError(
                    f"a page of another kind (<{etree.QName(root).localname}>) where a feed belongs"
                )
            page = _feed.parse(body)
            total = page.header.total_results
            expected = min(count, max(total - start, 0))
            if len(page.results) != expected:
                raise RetryableResponseError(
                    f"a page of {len(page.results)} papers where {expected} belong (from {start} of {total})"
                )
            if not total and not self._may_be_empty:
                raise RetryableResponseError(
                    "no papers at all: its index lags behind the mailing, or there was none (then the date belongs "
                    "under sources.arxiv.no_mailing)"
                )
            return page

        page = self._fetch(url, parse)
        self.totals.add(page.header.total_results)
        return page


def make_rate_limiter(settings: Settings, timeouts: Timeouts | None = None) -> RequestLimiter:
    """One request to arXiv's API or feeds at a time, with the configured pause, across all processes.

    Waits up to an hour for requests of others; with `timeouts`, no longer than those allow for all repeats.
    """
    path = settings.data_dir / "locks" / "arxiv-api"
    lock_timeout = _MAX_LOCK_WAIT_SECONDS if timeouts is None else timeouts.total_seconds
    return lambda: rate_limited(
        path, settings.config.sources.arxiv.delay_seconds, one_at_a_time=True, timeout=lock_timeout
    )


def build_topic_query(topic: Topic) -> str:
    """The topic as a query: its phrases quoted, each looked for in titles and abstracts.

    Raises `SourceError` for a phrase without a letter or digit.
    """
    any_of, all_of = topic.phrases
    wanted = [f"({_build_phrase_query(topic, phrase)})" for phrase in all_of]
    if any_of:
        wanted.insert(0, f"({' OR '.join(_build_phrase_query(topic, phrase) for phrase in any_of)})")
    if topic.categories:
        wanted.append(f"({_join_with_or('cat', topic.categories)})")
    query = " AND ".join(wanted)
    return f"({query})" + "".join(f" ANDNOT ({_build_phrase_query(topic, phrase)})" for phrase in topic.excluded)


def _build_phrase_query(topic: Topic, phrase: str) -> str:
    words = " ".join(re.sub(r'["\\]|[^\w\s.\'+#/-]', " ", phrase).split())
    if not re.search(r"\w", words):
        raise SourceError(
            f"topic {topic.name!r}: the phrase {phrase!r} has no word to look for; change it in digest.yaml"
        )
    return f'ti:"{words}" OR abs:"{words}"'


def _join_with_or(field: str, values: Iterable[str]) -> str:
    return " OR ".join(f"{field}:{value}" for value in values)


def _build_date_query(window: SubmissionWindow) -> str:
    return f"submittedDate:[{_format_minute(window.start - _RANGE_MARGIN)} TO {_format_minute(window.end + _RANGE_MARGIN)}]"


def _format_minute(instant: datetime) -> str:
    return f"{instant:%Y%m%d%H%M}"


def convert_result(result: arxiv.Result) -> ArxivPaper:
    """The package's result as it is stored, white space folded. Raises `SourceError` for an id that is none."""
    try:
        identifier = parse_arxiv_id(result.get_short_id())
    except ValueError as error:
        raise SourceError(f"arXiv's API gave a paper whose id is {result.entry_id[:80]!r}: {error}") from error
    primary = result.primary_category or (result.categories[0] if result.categories else "")
    return ArxivPaper(
        id=identifier.id,
        version=identifier.version or 1,
        title=_fold_white_space(result.title),
        abstract=_fold_white_space(result.summary),
        authors=tuple(_fold_white_space(author.name) for author in result.authors),
        categories=(primary, *(name for name in dict.fromkeys(result.categories) if name != primary)),
        primary_category=primary,
        published=result.published,
        updated=result.updated,
        comment=_fold_white_space(result.comment) or None,
        doi=_fold_white_space(result.doi) or None,
        journal_ref=_fold_white_space(result.journal_ref) or None,
    )


def _fold_white_space(text: str | None) -> str:
    return " ".join((text or "").split())
