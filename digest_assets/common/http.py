"""HTTP: GET with retries, `Retry-After`, a cap on bytes and a limit on wall-clock time. Knows no particular server.

A request is repeated after a lost connection, a timeout, a status that says "later", and a body that its parser calls
incomplete; with exponential backoff and jitter, never sooner than `Retry-After` says, until the deadline.
"""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from types import TracebackType
from typing import Self, TypeVar

import httpx2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_before_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.common.tls import get_tls_context

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024  # of one body; the largest that is usual, a page of 2,000 papers, has about 6 MB
_MAX_PAUSE_SECONDS = 120.0  # five doublings of the usual 5 s: a server that is back is noticed within two minutes
_MAX_REDIRECTS = 5  # within one host one is usual: to https, or to a path with a slash
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
# How servers say in words that they would answer later; looked for at the start of a refusal.
_THROTTLE_WORDS = re.compile(
    r"rate.?limit|too many (?:requests|connections)|throttl|slow down|again later|temporar|unusual traffic|excessive|quota",
    re.IGNORECASE,
)


class RetryableResponseError(Exception):
    """A response that cannot be right, or none at all, where a repeat may help; the message says what is wrong."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class HttpResponse:
    """A whole response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Timeouts:
    """Limits on time, in seconds.

    Attributes:
        response_seconds: For one response, from the request to its last byte.
        total_seconds: For a request with all its repeats.
        first_pause_seconds: Before the first repeat.
    """

    response_seconds: float = 60.0
    total_seconds: float = 600.0
    first_pause_seconds: float = 5.0


def format_user_agent(contact: str) -> str:
    """The `User-Agent`: the project with its version and, as arXiv asks, whom to write to."""
    readable = " ".join(contact.encode("ascii", "ignore").decode("ascii").split())
    name = f"digest-assets/{metadata.version('digest-assets')}"
    return f"{name} ({readable})" if readable else name


def is_retryable_status(status: int) -> bool:
    """Whether the same request may succeed later: the server timed out, is too busy, or failed."""
    return status in (408, 425, 429) or status >= 500


def is_throttling(status: int, body: bytes = b"") -> bool:
    """Whether a refusal means "later": 406 (so does arXiv's edge throttle, since 2026-09), or 403 that says so."""
    words = body[:2000].decode("utf-8", "replace")
    return status == 406 or (status == 403 and _THROTTLE_WORDS.search(words) is not None)


def parse_retry_after(value: str | None) -> float | None:
    """Seconds to wait by a `Retry-After` header, whole or with decimals, or from now to its HTTP date.

    A date that has passed is 0. None without the header and for what is neither (`-3`, `nan`, words), so that the
    caller's own backoff holds. See RFC 9110, 10.2.3.
    """
    value = (value or "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
        return seconds if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:  # `-0000`; an HTTP date is always GMT
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def summarize_body(body: bytes) -> str:
    """The start of a body's text on one line."""
    return " ".join(body.decode("utf-8", "replace").split())[:200] or "no explanation"


class HttpSession:
    """GET requests that end in time, whatever the server does; a context manager, for one thread.

    The client is asynchronous so that a request can be ended at any moment: a server that sends a byte now and then,
    in headers or body, keeps each single read short, and would never meet a limit on reads.
    """

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._client = httpx2.AsyncClient(headers=headers, follow_redirects=False, verify=get_tls_context())
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._runner.run(self._client.aclose())
        finally:
            self._runner.close()

    def get(
        self,
        url: str,
        *,
        source: str,
        seconds: float,
        parameters: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """The response, read whole within so many seconds, redirects on the same host included.

        Raises `RetryableResponseError` when it cannot be had, `SourceError` for one that is too large, and
        `TransientSourceError` for a redirect to another host.
        """
        try:
            return self._runner.run(self._get(httpx2.URL(url), source, seconds, parameters, headers))
        except TimeoutError as error:
            raise RetryableResponseError(f"no whole answer within {seconds:g} s") from error
        except httpx2.TimeoutException as error:
            raise RetryableResponseError(f"no answer within {seconds:g} s") from error
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise RetryableResponseError(f"the connection failed ({type(error).__name__}: {error})") from error

    async def _get(
        self,
        url: httpx2.URL,
        source: str,
        seconds: float,
        parameters: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
    ) -> HttpResponse:
        if parameters is not None:
            url = url.copy_merge_params(dict(parameters))
        async with asyncio.timeout(seconds):
            for _ in range(_MAX_REDIRECTS + 1):
                async with self._client.stream("GET", url, headers=headers, timeout=seconds) as response:
                    if response.has_redirect_location:
                        url = _check_redirect(url, url.join(response.headers["location"]), source)
                        continue
                    body = bytearray()  # of a refusal too: it says why
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > MAX_BYTES:
                            raise SourceError(f"{source}: more than {MAX_BYTES} bytes; look at what {url} serves")
                    return HttpResponse(response.status_code, dict(response.headers), bytes(body))
        raise RetryableResponseError(f"more than {_MAX_REDIRECTS} redirects")


def _check_redirect(url: httpx2.URL, target: httpx2.URL, source: str) -> httpx2.URL:
    """The redirect's target, if it is on the same host: whoever answers elsewhere was not asked."""
    same_port = target.port == url.port or (url.scheme, target.scheme) == ("http", "https")
    if target.host != url.host or not same_port or target.userinfo or target.scheme not in ("http", "https"):
        raise TransientSourceError(
            f"{source}: redirected to another host ({target.host or 'none'}), which is not followed; if it has moved "
            "there for good, set its new address in the environment (DIGEST_ARXIV_…_URL, HF_ENDPOINT)"
        )
    return target


def get_with_retries(
    session: HttpSession,
    url: str,
    parse: Callable[[bytes], T],
    *,
    source: str,
    timeouts: Timeouts,
    parameters: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    rate_limiter: Callable[[], AbstractContextManager[None]] = nullcontext,
    explain_refusal: Callable[[bytes], str] = summarize_body,
) -> T:
    """What `parse` makes of the response's body, requested again while that can help.

    Args:
        session: Sends the requests.
        url: Requested by GET with `parameters`.
        parse: Reads a body; raises `RetryableResponseError` for one that is worth requesting again.
        source: The server's name in errors.
        timeouts: How long to try.
        parameters: Of the URL's query.
        headers: Of the request.
        rate_limiter: Entered for each request. `Retry-After` is waited for inside, so that nobody else who shares
            the limiter sends a request in the meantime.
        explain_refusal: Makes a short reason of the body of a response that is not repeated.

    Raises `TransientSourceError` at the deadline, and `SourceError` at once where a repeat changes nothing.
    """

    def attempt() -> T:
        with rate_limiter():
            try:
                response = session.get(
                    url, source=source, seconds=timeouts.response_seconds, parameters=parameters, headers=headers
                )
                return parse(_check_status(response, source, explain_refusal))
            except RetryableResponseError as error:
                logger.warning("%s: %s", source, error)
                if error.retry_after is not None and not _exceeds_deadline(error.retry_after, started, timeouts):
                    time.sleep(error.retry_after)
                raise

    started = time.monotonic()
    first_pause = timeouts.first_pause_seconds
    retrying = Retrying(
        retry=retry_if_exception_type(RetryableResponseError),
        stop=stop_before_delay(timeouts.total_seconds) | _StopAtRetryAfter(started, timeouts),
        wait=wait_random_exponential(multiplier=first_pause, min=first_pause / 2, max=_MAX_PAUSE_SECONDS),
        reraise=True,
    )
    try:
        return retrying(attempt)
    except RetryableResponseError as error:
        count = retrying.statistics["attempt_number"]
        often = "once" if count == 1 else f"{count} times"
        waited = time.monotonic() - started
        raise TransientSourceError(
            f"{source}: {error} (asked {often} in {waited:.0f} s); what was there before is kept: try again later"
        ) from error


def _exceeds_deadline(retry_after: float, started: float, timeouts: Timeouts) -> bool:
    return time.monotonic() - started + retry_after > timeouts.total_seconds


class _StopAtRetryAfter(stop_base):
    """Stop at once when the server wants a longer pause than the deadline leaves."""

    def __init__(self, started: float, timeouts: Timeouts) -> None:
        self._started = started
        self._timeouts = timeouts

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return isinstance(error, RetryableResponseError) and _exceeds_deadline(
            error.retry_after or 0, self._started, self._timeouts
        )


def _check_status(response: HttpResponse, source: str, explain_refusal: Callable[[bytes], str]) -> bytes:
    """The body of a success. Raises `RetryableResponseError` for a status that may pass, else `SourceError`."""
    status, body = response.status, response.body
    if is_retryable_status(status) or is_throttling(status, body):
        raise RetryableResponseError(f"HTTP {status}", parse_retry_after(response.headers.get("retry-after")))
    if status != 200:
        raise SourceError(
            f"{source}: refused with HTTP {status} ({explain_refusal(body)}); if that is no fault of the server, correct "
            "the settings that the request is made of"
        )
    return body
