"""Download of papers' HTML and PDF files from arXiv: rate limit, size and time limits, retries. Nothing is parsed here."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from digest_assets.common.arxiv_ids import ArxivId, build_paper_url
from digest_assets.common.atomic_write import open_atomically
from digest_assets.common.errors import ReadingError, TransientReadingError
from digest_assets.common.http import format_user_agent, is_retryable_status, parse_retry_after
from digest_assets.common.tls import get_tls_context
from digest_assets.config.settings import Settings
from digest_assets.texts.worker import FileKind
from digest_assets.warehouse.pace import keep_pace

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4  # seven seconds of pauses: longer faults are left to a later run
MAX_WAIT_SECONDS = 120.0  # a server that asks for more is left alone until another run
MAX_FAILURES_IN_A_ROW = 5  # files in a row that failed after all attempts: the site is down, the rest is for later
MAX_REDIRECTS = 5  # arXiv needs one, from a paper to its newest version
_CHUNK_BYTES = 65536  # what a read of the socket gives at most

FileForm = FileKind | Literal["image"]

# What a file of the kind has in its first kilobyte; what an image is, its reader sees.
_SIGNATURES: dict[FileForm, bytes] = {"html": b"<", "pdf": b"%PDF-", "image": b""}
_NAMES: dict[FileForm, str] = {"html": "an HTML page", "pdf": "a PDF", "image": "an image"}


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A file and what makes asking for it again cheap; `path` is None if it has not changed since."""

    path: Path | None
    validators: Mapping[str, str] = field(default_factory=dict)


class DownloadError(ReadingError):
    """A file could not be downloaded, and another try would not change that."""


class TransientDownloadError(TransientReadingError, DownloadError):
    """A file could not be downloaded now; another try is due after `retry_after` seconds, if the server named them."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PaperDownloader:
    """Downloads from the site of the papers' files; an async context manager.

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
        self._pace = partial(keep_pace, settings, "arxiv-site", 1 / choice.requests_per_second)
        self._slots = asyncio.Semaphore(choice.connections)
        self._failed_in_a_row = 0
        self._not_before = 0.0
        self._client = httpx2.AsyncClient(
            headers={"User-Agent": format_user_agent(settings.config.contact), "Accept-Encoding": "gzip"},
            timeout=httpx2.Timeout(choice.timeout_seconds),
            follow_redirects=False,
            verify=get_tls_context(),
        )

    async def __aenter__(self) -> "PaperDownloader":
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def download(
        self, kind: FileKind, paper: ArxivId, validators: Mapping[str, str] | None = None
    ) -> DownloadedFile:
        """Download a paper's file. Raises `DownloadError` with a short reason."""
        url = httpx2.URL(build_paper_url(kind, paper, site=str(self._root)))
        return await self._download(kind, url, self._folder / f"{paper.file_name}.{kind}", validators or {})

    async def download_image(self, paper: ArxivId, address: str) -> Path:
        """Download an image of a paper's HTML page, by its address as from the page. Raises `DownloadError`."""
        try:
            page = httpx2.URL(build_paper_url("html", paper, site=str(self._root)))
            url = self._check_host(page.join(address))
        except (httpx2.InvalidURL, ValueError):
            raise DownloadError("an invalid address") from None
        file = await self._download("image", url, self._folder / f"{paper.file_name}.image", {})
        assert file.path is not None  # only a request with validators is answered by "not modified"
        return file.path

    async def _download(
        self, kind: FileForm, url: httpx2.URL, path: Path, validators: Mapping[str, str]
    ) -> DownloadedFile:
        async with self._slots:
            if self._failed_in_a_row >= MAX_FAILURES_IN_A_ROW:
                raise TransientDownloadError("the site does not answer")
            try:
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception(_can_retry_soon),
                    stop=stop_after_attempt(MAX_ATTEMPTS),
                    wait=_choose_pause,
                    reraise=True,
                ):
                    with attempt:
                        file = await self._attempt(kind, url, path, validators)
            except DownloadError as error:
                if kind != "image":  # a picture that cannot be had says nothing about the papers
                    self._failed_in_a_row = self._failed_in_a_row + 1 if error.can_retry else 0
                raise
            self._failed_in_a_row = 0
            return file

    async def _attempt(
        self, kind: FileForm, url: httpx2.URL, path: Path, validators: Mapping[str, str]
    ) -> DownloadedFile:
        try:
            for _ in range(MAX_REDIRECTS + 1):
                await self._wait_for_slot()
                # The time runs from here: waiting for the rate limit is no fault of the server.
                async with (
                    asyncio.timeout(self._timeout),
                    self._client.stream("GET", url, headers=validators) as response,
                ):
                    if response.status_code == httpx2.codes.NOT_MODIFIED:
                        return DownloadedFile(None, validators)
                    if response.has_redirect_location:
                        url = self._check_host(url.join(response.headers["location"]))
                        continue
                    self._check_status(response)
                    await self._save(response, kind, path)
                    return DownloadedFile(path, _read_validators(response))
        except TimeoutError:
            raise TransientDownloadError(f"took more than {self._timeout:g} s") from None
        except httpx2.TimeoutException:
            raise TransientDownloadError(f"no answer within {self._timeout:g} s") from None
        except httpx2.InvalidURL:
            raise DownloadError("redirect to an invalid address") from None
        except httpx2.DecodingError:
            raise TransientDownloadError("broken compression") from None
        except httpx2.TransportError as error:
            raise TransientDownloadError(f"connection failed ({type(error).__name__})") from None
        raise DownloadError(f"more than {MAX_REDIRECTS} redirects")

    async def _wait_for_slot(self) -> None:
        delay = self._not_before - time.monotonic()
        if delay > MAX_WAIT_SECONDS:
            raise TransientDownloadError("the site asks for a pause", delay)
        await asyncio.sleep(max(delay, 0))

        def wait() -> None:
            with self._pace():
                pass

        await asyncio.to_thread(wait)
        self.requests += 1

    def _check_host(self, url: httpx2.URL) -> httpx2.URL:
        """The target of a redirect or of an image's address, if it stays on the configured host."""
        same = (url.scheme, url.host, url.port) == (self._root.scheme, self._root.host, self._root.port)
        if not same or url.userinfo:
            raise DownloadError(f"redirect to another host ({url.host or 'none'})")
        return url

    def _check_status(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == httpx2.codes.OK:
            length = response.headers.get("content-length", "")
            if length.isascii() and length.isdigit() and int(length) > self._max_bytes:
                raise DownloadError(_describe_size_limit(self._max_bytes))
            return
        if is_retryable_status(status):
            pause = parse_retry_after(response.headers.get("retry-after"))
            if pause is not None:
                self._not_before = max(self._not_before, time.monotonic() + pause)
            raise TransientDownloadError(f"HTTP {status}", pause)
        raise DownloadError(f"HTTP {status}")

    async def _save(self, response: httpx2.Response, kind: FileForm, path: Path) -> None:
        size, start = 0, b""
        try:
            with open_atomically(path, durable=False) as file:
                async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > self._max_bytes:
                        raise DownloadError(_describe_size_limit(self._max_bytes))
                    start = start or chunk[:1024]
                    file.write(chunk)
                if not size:
                    raise TransientDownloadError("empty answer")
                if _SIGNATURES[kind] not in start:
                    raise DownloadError(f"not {_NAMES[kind]}")
        finally:
            self.bytes += size


def _can_retry_soon(error: BaseException) -> bool:
    """Whether to try again within this run."""
    return isinstance(error, TransientDownloadError) and (error.retry_after or 0) <= MAX_WAIT_SECONDS


def _describe_size_limit(max_bytes: int) -> str:
    return f"larger than {max_bytes / 1e6:g} MB"


def _read_validators(response: httpx2.Response) -> dict[str, str]:
    """The request headers by which the server can say that nothing changed."""
    pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    return {request: response.headers[name] for name, request in pairs if name in response.headers}


def _choose_pause(retry_state: RetryCallState) -> float:
    """As long as the server asks, else 1, 2, 4 seconds."""
    error = retry_state.outcome.exception() if retry_state.outcome else None
    pause = error.retry_after if isinstance(error, TransientDownloadError) else None
    return pause if pause is not None else 2.0 ** (retry_state.attempt_number - 1)
