"""Fetching papers' files from the configured site: polite, limited, with retries where a retry can help."""

import asyncio
import email.utils
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_base

from digest_assets.common.arxiv_ids import ArxivId
from digest_assets.common.errors import ReadingError
from digest_assets.common.locks import rate_limited
from digest_assets.config.settings import Settings
from digest_assets.texts.worker import FileKind

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4
MAX_WAIT_SECONDS = 120.0  # a server that asks for more is left alone until another run
MAX_FAILURES_IN_A_ROW = 5  # files in a row that failed after all attempts: the site is down, the rest is for later
MAX_REDIRECTS = 5

_SIGNATURES = {"html": b"<", "pdf": b"%PDF-"}  # what a file of the kind has near its start


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A file and what makes asking for it again cheap; `path` is None if it has not changed since."""

    path: Path | None
    validators: Mapping[str, str] = field(default_factory=dict)


class DownloadError(ReadingError):
    """A file could not be fetched; `after` seconds should pass before another try, if the server said so."""

    def __init__(self, message: str, *, can_retry: bool = False, after: float | None = None) -> None:
        super().__init__(message, can_retry=can_retry)
        self.retry_after = after


class PaperDownloader:
    """The site of the papers' files. Use as an async context manager.

    At most `texts.connections` downloads are under way, and requests start no faster than
    `texts.requests_per_second` over all processes. Files go to `folder`.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        choice = settings.config.texts
        self.requests = 0
        self.bytes = 0
        self._folder = folder
        self._root = httpx2.URL(str(settings.environment.arxiv_site_url).rstrip("/"))
        self._max_bytes = choice.max_bytes
        self._timeout = choice.timeout_seconds
        self._rate_lock = settings.data_dir / "locks" / "arxiv-site"
        self._interval = 1 / choice.requests_per_second
        self._slots = asyncio.Semaphore(choice.connections)
        self._failed_in_a_row = 0
        self._not_before = 0.0
        contact = f" ({settings.config.contact})" if settings.config.contact else ""
        self._client = httpx2.AsyncClient(
            headers={"User-Agent": f"digest-assets{contact}", "Accept-Encoding": "gzip"},
            timeout=httpx2.Timeout(choice.timeout_seconds),
            follow_redirects=False,
        )

    async def __aenter__(self) -> "PaperDownloader":
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def download(self, kind: FileKind, paper: ArxivId, validators: Mapping[str, str] | None = None) -> DownloadedFile:
        """Download a paper's file. Raises `FetchError` with a short reason."""
        async with self._slots:
            if self._failed_in_a_row >= MAX_FAILURES_IN_A_ROW:
                raise DownloadError("the site does not answer", can_retry=True)
            try:
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception(_can_retry_soon),
                    stop=stop_after_attempt(MAX_ATTEMPTS),
                    wait=_Wait(),
                    reraise=True,
                ):
                    with attempt:
                        fetched = await self._attempt(kind, paper, validators or {})
            except DownloadError as error:
                self._failed_in_a_row = self._failed_in_a_row + 1 if error.can_retry else 0
                raise
            self._failed_in_a_row = 0
            return fetched

    async def _attempt(self, kind: FileKind, paper: ArxivId, validators: Mapping[str, str]) -> DownloadedFile:
        url = self._root.copy_with(path=f"{self._root.path.rstrip('/')}/{kind}/{paper}")
        path = self._folder / f"{paper.file_name}.{kind}"
        try:
            for _ in range(MAX_REDIRECTS + 1):
                await self._wait_for_slot()
                # The time runs from here: waiting for a turn is no fault of the server.
                async with (
                    asyncio.timeout(self._timeout),
                    self._client.stream("GET", url, headers=validators) as response,
                ):
                    if response.status_code == httpx2.codes.NOT_MODIFIED:
                        return DownloadedFile(None, validators)
                    if response.has_redirect_location:
                        url = self._check_redirect(url.join(response.headers["location"]))
                        continue
                    self._check_status(response)
                    await self._save(response, kind, path)
                    return DownloadedFile(path, _read_validators(response))
        except TimeoutError:
            raise DownloadError(f"took more than {self._timeout:g} s", can_retry=True) from None
        except httpx2.TimeoutException:
            raise DownloadError(f"no answer within {self._timeout:g} s", can_retry=True) from None
        except httpx2.InvalidURL:
            raise DownloadError("redirect to an invalid address") from None
        except httpx2.DecodingError:
            raise DownloadError("broken compression", can_retry=True) from None
        except httpx2.TransportError as error:
            raise DownloadError(f"connection failed ({type(error).__name__})", can_retry=True) from None
        raise DownloadError(f"more than {MAX_REDIRECTS} redirects")

    async def _wait_for_slot(self) -> None:
        delay = self._not_before - time.monotonic()
        if delay > MAX_WAIT_SECONDS:
            raise DownloadError("the site asks for a pause", can_retry=True, after=delay)
        await asyncio.sleep(max(delay, 0))

        def wait() -> None:
            with rate_limited(self._rate_lock, self._interval):
                pass

        await asyncio.to_thread(wait)
        self.requests += 1

    def _check_redirect(self, url: httpx2.URL) -> httpx2.URL:
        """The redirect's target, if it stays on the configured host."""
        same = (url.scheme, url.host, url.port) == (self._root.scheme, self._root.host, self._root.port)
        if not same or url.userinfo:
            raise DownloadError(f"redirect to another host ({url.host or 'none'})")
        return url

    def _check_status(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == httpx2.codes.OK:
            length = response.headers.get("content-length", "")
            if length.isascii() and length.isdigit() and int(length) > self._max_bytes:
                raise DownloadError(_too_large(self._max_bytes))
            return
        if status in (408, 425, 429) or status >= 500:
            after = _retry_after(response.headers.get("retry-after", ""))
            if after is not None:
                self._not_before = max(self._not_before, time.monotonic() + after)
            raise DownloadError(f"HTTP {status}", can_retry=True, after=after)
        raise DownloadError(f"HTTP {status}")

    async def _save(self, response: httpx2.Response, kind: FileKind, path: Path) -> None:
        partial = path.with_name(f"{path.name}.partial")
        size, start = 0, b""
        try:
            with partial.open("wb") as file:
                async for chunk in _chunks(response):
                    size += len(chunk)
                    if size > self._max_bytes:
                        raise DownloadError(_too_large(self._max_bytes))
                    start = start or chunk[:1024]
                    file.write(chunk)
            if not size:
                raise DownloadError("empty answer", can_retry=True)
            if _SIGNATURES[kind] not in start:
                raise DownloadError(f"not {'an HTML page' if kind == 'html' else 'a PDF'}")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
            self.bytes += size


def _chunks(response: httpx2.Response) -> AsyncIterator[bytes]:
    return response.aiter_bytes(65536)


def _can_retry_soon(error: BaseException) -> bool:
    """Whether to try again within this run."""
    return isinstance(error, DownloadError) and error.can_retry and (error.retry_after or 0) <= MAX_WAIT_SECONDS


def _too_large(max_bytes: int) -> str:
    return f"larger than {max_bytes / 1e6:g} MB"


def _read_validators(response: httpx2.Response) -> dict[str, str]:
    """The request headers by which the server can say that nothing changed."""
    pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    return {asked: response.headers[given] for given, asked in pairs if given in response.headers}


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from a number or a date."""
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return None


class _Wait(wait_base):
    """As long as the server asks, else 1, 2, 4 seconds."""

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        after = error.retry_after if isinstance(error, DownloadError) else None
        return after if after is not None else 2.0 ** (retry_state.attempt_number - 1)
