"""Client of arXiv's API: the papers of a submission window, the matches of a topic, and papers by their ids.

Pages are walked and requested again here; what a page says is read in `api_page`; announcement feeds are in `feed`.
The API is known to give an empty page, a short one or another size than asked for; so a page is believed when it adds
up, or when it was given three times alike and nearly does.
See https://info.arxiv.org/help/api/user-manual.html and https://info.arxiv.org/help/api/tou.html.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from digest_assets.common.errors import TransientSourceError
from digest_assets.common.http import (
    HttpSession,
    RetryableResponseError,
    Timeouts,
    format_user_agent,
    get_with_retries,
)
from digest_assets.common.mailings import SubmissionWindow
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Settings
from digest_assets.sources.api_page import ApiPage, ArxivPaper, parse_api_page
from digest_assets.sources.xml import explain_error_entry
from digest_assets.warehouse.pace import keep_pace

RequestLimiter = Callable[[], AbstractContextManager[None]]

_RANGE_MARGIN = timedelta(minutes=1)  # how the API treats the ends of a range is not relied on
_SORTED_BY_DATE = {"sortBy": "submittedDate"}
_IDS_PER_REQUEST = 100  # an address of about 1,200 characters; a mailing seldom needs more
_MAX_READINGS = 3  # the pages take some seconds; an index that changes each time is not ready
_MAX_LOCK_WAIT_SECONDS = 3600.0  # six requests of others, each with all its repeats (ten minutes)
_BELIEVED_AFTER = 3  # a page that is short, and the same so often, is no passing fault
_LOST_SHARE = 1 / 20  # of the papers: a few odd entries may be missing from an answer, a broken index misses more


class ArxivApi:
    """The API behind one connection; a context manager. Counts its requests and their seconds, and what answers lacked.

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
        self.left_out: dict[str, None] = {}  # what answers lacked, each once, in order: a repeat tells the same
        self._url = url
        self._page_size = page_size
        self._timeouts = timeouts
        self._rate_limiter = rate_limiter
        self._http = HttpSession({"User-Agent": user_agent})

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
        self._http.__exit__(kind, error, trace)

    def fetch_submitted(
        self, categories: Sequence[str], window: SubmissionWindow, *, description: str
    ) -> list[ArxivPaper]:
        """Every paper of these categories, primary or cross-listed, submitted in the window, oldest first.

        `description` names the request in errors. An empty answer is an error here: a window of a mailing has papers.
        Raises `SourceError`.
        """
        query = {
            "search_query": f"({_join_with_or('cat', categories)}) AND {_build_date_query(window)}",
            # Papers that enter the index while its pages are read come after what was read, if anywhere.
            **_SORTED_BY_DATE,
            "sortOrder": "ascending",
        }
        found = self._fetch_all_pages(query, f"arXiv's API, {description}")
        return [paper for paper in found if paper.published is None or paper.published in window]

    def fetch_matches(self, topic: Topic, window: SubmissionWindow) -> list[ArxivPaper]:
        """All papers of the topic submitted in the window, newest first, ties by id; also none.

        Raises `SourceError` that names the topic.
        """
        source = f"arXiv's API, topic {topic.name!r}"
        query = {
            "search_query": f"{build_topic_query(topic)} AND {_build_date_query(window)}",
            **_SORTED_BY_DATE,
            "sortOrder": "ascending",  # for the same reason as above
        }
        # An empty answer may be the API's fault, or true: it is believed when it is given twice.
        for _ in range(2):
            papers = self._fetch_all_pages(query, source, may_be_empty=True)
            if papers:
                break
        dated = [(paper.published, paper) for paper in papers if paper.published and paper.published in window]
        return [paper for _, paper in sorted(dated, key=lambda item: (-item[0].timestamp(), item[1].id))]

    def fetch_by_ids(self, ids: Iterable[str]) -> dict[str, ArxivPaper]:
        """The newest versions of these papers, by id; those that the API does not know are left out."""
        unique_ids = sorted(set(ids))
        found: dict[str, ArxivPaper] = {}
        source = "arXiv's API, papers by id"
        for start in range(0, len(unique_ids), _IDS_PER_REQUEST):
            batch = unique_ids[start : start + _IDS_PER_REQUEST]
            # Once more for what is missing where the answer counts more papers than it has: an unknown id is counted
            # too, and a page may be smaller than it was asked for.
            for _ in range(2):
                query = {"id_list": ",".join(batch)}
                page = self._fetch_page(query, source, 0, len(batch), may_lack_entries=True)
                found.update({paper.id: paper for paper in page.papers})
                batch = [identifier for identifier in batch if identifier not in found]
                if not batch or page.entries >= page.total:
                    break
        return {identifier: found[identifier] for identifier in unique_ids if identifier in found}

    def count_submitted(self, categories: Sequence[str], window: SubmissionWindow) -> int:
        """How many papers of these categories the API has for about this window: one small request."""
        query = {"search_query": f"({_join_with_or('cat', categories)}) AND {_build_date_query(window)}"}
        return self._fetch_page(query, "arXiv's API, papers of a window", 0, 1).total

    def count_existing(self, ids: Sequence[str]) -> int:
        """How many of these papers the API knows. Its own count is no help: it counts the ids that it was asked for."""
        return len(self.fetch_by_ids(ids))

    def _fetch_all_pages(
        self, query: Mapping[str, str], source: str, *, may_be_empty: bool = False
    ) -> list[ArxivPaper]:
        """All pages, read again if they do not fit together because the index changed between them."""
        readings: list[tuple[int, ...]] = []
        for _ in range(_MAX_READINGS):
            pages = list(self._iterate_pages(query, source, self._page_size, may_be_empty=may_be_empty))
            papers = {paper.id: paper for page in pages for paper in page.papers}
            totals = {page.total for page in pages}
            found = len(papers) + sum(len(page.left_out) for page in pages)
            if {found} == totals:
                return list(papers.values())
            readings.append((found, *sorted(totals)))
        total = max(totals)
        if len(set(readings)) == 1 and len(totals) == 1 and abs(total - found) <= _count_losable(total):
            self.left_out[f"{source}: counts {total} papers and gives {found}"] = None
            return list(papers.values())
        raise TransientSourceError(
            f"{source}: its pages do not fit together ({found} different papers of {sorted(totals)}), "
            f"read {_MAX_READINGS} times; try again later"
        )

    def _iterate_pages(
        self, query: Mapping[str, str], source: str, page_size: int, *, may_be_empty: bool
    ) -> Iterator[ApiPage]:
        start = 0
        while True:
            page = self._fetch_page(query, source, start, page_size, may_be_empty=may_be_empty)
            yield page
            expected = min(page_size, page.total - start)
            start += page.entries
            if not page.entries or start >= page.total:
                return
            page_size = page.entries if page.entries < expected else page_size  # what the server gives at once

    def _fetch_page(
        self,
        query: Mapping[str, str],
        source: str,
        start: int,
        count: int,
        *,
        may_be_empty: bool = True,
        may_lack_entries: bool = False,
    ) -> ApiPage:
        """One page. With `may_lack_entries` it may have fewer than it counts, but not none, unless it says so thrice."""
        answers: Counter[tuple[str, ...]] = Counter()

        def parse(body: bytes) -> ApiPage:
            page = parse_api_page(body)
            if not page.total and not may_be_empty:
                raise RetryableResponseError("no papers at all, where a mailing has some: its index lags")
            expected = min(count, max(page.total - start, 0))
            if page.entries < expected and not (may_lack_entries and page.entries):
                key = tuple(paper.id for paper in page.papers)
                answers[key] += 1
                nearly = page.entries or may_lack_entries or (start and expected <= _count_losable(page.total))
                if not nearly or answers[key] < _BELIEVED_AFTER:
                    raise RetryableResponseError(
                        f"a page of {page.entries} papers where {expected} belong (from {start} of {page.total})"
                    )
            return page

        page = get_with_retries(
            self._http,
            self._url,
            parse,
            source=source,
            timeouts=self._timeouts,
            parameters={**query, "start": start, "max_results": count},
            rate_limiter=self._count_request,
            explain_refusal=explain_error_entry,
        )
        self.left_out.update(dict.fromkeys(f"{source}: {why}" for why in page.left_out))
        return page

    @contextmanager
    def _count_request(self) -> Iterator[None]:
        with self._rate_limiter():
            started = time.monotonic()
            self.requests += 1
            try:
                yield
            finally:
                self.seconds += time.monotonic() - started


def make_rate_limiter(settings: Settings, timeouts: Timeouts | None = None) -> RequestLimiter:
    """One request to arXiv's API or feeds at a time, with the configured pause, across all processes and machines.

    Waits up to an hour for requests of others; with `timeouts`, no longer than those allow for all repeats.
    """
    lock_timeout = _MAX_LOCK_WAIT_SECONDS if timeouts is None else timeouts.total_seconds
    delay = settings.config.sources.arxiv.delay_seconds
    return lambda: keep_pace(settings, "arxiv-api", delay, one_at_a_time=True, timeout=lock_timeout)


def build_topic_query(topic: Topic) -> str:
    """The topic as a query: its phrases quoted, each looked for in titles and abstracts."""
    any_of, all_of = topic.phrases
    conditions = [f"({_build_phrase_query(phrase)})" for phrase in all_of]
    if any_of:
        conditions.insert(0, f"({' OR '.join(_build_phrase_query(phrase) for phrase in any_of)})")
    if topic.categories:
        conditions.append(f"({_join_with_or('cat', topic.categories)})")
    query = " AND ".join(conditions)
    return f"({query})" + "".join(f" ANDNOT ({_build_phrase_query(phrase)})" for phrase in topic.excluded)


def _build_phrase_query(phrase: str) -> str:
    words = " ".join(re.sub(r'["\\]|[^\w\s.\'+#/-]', " ", phrase).split())
    return f'ti:"{words}" OR abs:"{words}"'


def _join_with_or(field: str, values: Iterable[str]) -> str:
    return " OR ".join(f"{field}:{value}" for value in values)


def _build_date_query(window: SubmissionWindow) -> str:
    return f"submittedDate:[{_format_minute(window.start - _RANGE_MARGIN)} TO {_format_minute(window.end + _RANGE_MARGIN)}]"


def _format_minute(instant: datetime) -> str:
    return f"{instant:%Y%m%d%H%M}"


def _count_losable(total: int) -> int:
    """How many of so many papers may be missing from an answer that is given again and again."""
    return max(1, int(total * _LOST_SHARE))
