"""HTTP: GET with retries, `Retry-After`, a cap on bytes and a limit on wall-clock time. Knows no particular server.

A request is repeated after a lost connection, a timeout, HTTP 408, 425, 429 or 5xx, and a body that its parser calls
incomplete; with exponential backoff and jitter, never sooner than `Retry-After` says, until the deadline.
"""

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
from typing import TypeVar

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

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024  # of one body; the largest that is usual, a page of 2,000 papers, has about 6 MB
_MAX_PAUSE_SECONDS = 120.0  # five doublings of the usual 5 s: a server that is back is noticed within two minutes
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


class RetryableResponseError(Exception):
    """A response that cannot be right, or none at all, where a repeat may help; the message says what is wrong."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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


def get_with_retries(
    client: httpx2.Client,
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
        client: Any client; its own timeouts are not used.
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
                return parse(_read_body(client, url, source, parameters, headers, timeouts, explain_refusal))
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


def _read_body(
    client: httpx2.Client,
    url: str,
    source: str,
    parameters: Mapping[str, str | int] | None,
    headers: Mapping[str, str] | None,
    timeouts: Timeouts,
    explain_refusal: Callable[[bytes], str],
) -> bytes:
    seconds = timeouts.response_seconds
    deadline = time.monotonic() + seconds
    try:
        with client.stream("GET", url, params=parameters, headers=headers, timeout=seconds) as response:
            body = bytearray()  # of a refusal too: it says why
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise SourceError(f"{source}: more than {MAX_BYTES} bytes; look at what {url} serves")
                # A slow body keeps each single read short, so the whole is timed here.
                if time.monotonic() > deadline:
                    raise RetryableResponseError(f"no whole answer within {seconds:g} s")
    except httpx2.TimeoutException as error:
        raise RetryableResponseError(f"no answer within {seconds:g} s") from error
    except httpx2.RequestError as error:
        raise RetryableResponseError(f"the connection failed ({type(error).__name__}: {error})") from error
    status = response.status_code
    if is_retryable_status(status):
        raise RetryableResponseError(f"HTTP {status}", parse_retry_after(response.headers.get("retry-after")))
    if status != 200:
        raise SourceError(
            f"{source}: refused with HTTP {status} ({explain_refusal(bytes(body))}); "
            "correct the settings that the request is made of"
        )
    return bytes(body)
