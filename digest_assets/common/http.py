"""Asking a source over HTTP: limits on time and size, repeats where they can help, and errors that a person understands.

A question is asked again after a lost connection, a timeout, HTTP 408, 429 or 5xx, and an answer that its reader
calls incomplete; with exponential backoff and jitter, never sooner than `Retry-After` says, until the patience ends.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from typing import TypeVar

import httpx2
from lxml import etree
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_before_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024  # of one answer; a page of 2,000 papers has about 6 MB
_LONGEST_PAUSE_SECONDS = 120.0


class RetryableResponseError(Exception):
    """An answer that cannot be right but may be when asked again; the message says what is wrong with it."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Timeouts:
    """How long a source is waited for, in seconds.

    Attributes:
        answer: For one answer, from the request to its last byte.
        question: For one question with all its repeats.
        pause: Before the first repeat.
    """

    response_seconds: float = 60.0
    total_seconds: float = 600.0
    first_pause_seconds: float = 5.0

    @classmethod
    def of(cls, settings: Settings) -> "Timeouts":
        """What the settings say."""
        sources = settings.config.sources
        return cls(sources.timeout_seconds, sources.retry_deadline_seconds, sources.backoff_seconds)


def format_user_agent(contact: str) -> str:
    """The `User-Agent`: the project with its version and, as arXiv asks, whom to write to."""
    readable = " ".join(contact.encode("ascii", "ignore").decode("ascii").split())
    name = f"digest-assets/{metadata.version('digest-assets')}"
    return f"{name} ({readable})" if readable else name


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
) -> T:
    """What `read` makes of the answer's body, asked again while that can help.

    Args:
        client: Any client; its own timeouts are not used.
        url: Asked by GET with `parameters`.
        read: Reads a body; raises `AnswerError` for one that is worth asking for again.
        who: The source, as it is named in errors.
        patience: How long to try.
        parameters: Of the URL's query.
        headers: Of the request.
        turn: Entered for each request, for politeness. `Retry-After` is waited for inside, so that nobody else
            who takes turns asks in the meantime.

    Raises `SourceError` when the patience ends, or at once for an answer that repeating does not change.
    """

    def attempt() -> T:
        with rate_limiter():
            try:
                return parse(_read_body(client, url, source, parameters, headers, timeouts.response_seconds))
            except RetryableResponseError as error:
                logger.warning("%s: %s", source, error)
                if error.retry_after is not None and not _exceeds_deadline(error.retry_after, started, timeouts):
                    time.sleep(error.retry_after)
                raise

    started = time.monotonic()
    tries = Retrying(
        retry=retry_if_exception_type(RetryableResponseError),
        stop=stop_before_delay(timeouts.total_seconds) | _StopAtRetryAfter(started, timeouts),
        wait=wait_random_exponential(multiplier=timeouts.first_pause_seconds, min=timeouts.first_pause_seconds / 2, max=_LONGEST_PAUSE_SECONDS),
        reraise=True,
    )
    try:
        return tries(attempt)
    except RetryableResponseError as error:
        count = tries.statistics["attempt_number"]
        often = "once" if count == 1 else f"{count} times"
        waited = time.monotonic() - started
        raise SourceError(
            f"{source}: {error} (asked {often} in {waited:.0f} s); what was there before is kept: try again later",
            can_retry=True,
        ) from error


def _exceeds_deadline(retry_after: float, started: float, patience: Timeouts) -> bool:
    return time.monotonic() - started + retry_after > patience.total_seconds


class _StopAtRetryAfter(stop_base):
    """Stop at once when the source wants a longer pause than there is patience left."""

    def __init__(self, started: float, patience: Timeouts) -> None:
        self._started = started
        self._patience = patience

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return isinstance(error, RetryableResponseError) and _exceeds_deadline(error.retry_after or 0, self._started, self._patience)


def _read_body(
    client: httpx2.Client,
    url: str,
    who: str,
    parameters: Mapping[str, str | int] | None,
    headers: Mapping[str, str] | None,
    seconds: float,
) -> bytes:
    deadline = time.monotonic() + seconds
    try:
        with client.stream("GET", url, params=parameters, headers=headers, timeout=seconds) as response:
            body = bytearray()  # of a refusal too: it says why
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise SourceError(f"{who}: more than {MAX_BYTES} bytes; look at what {url} serves")
                # A slow body keeps each single read short, so the whole is timed here.
                if time.monotonic() > deadline:
                    raise RetryableResponseError(f"no whole answer within {seconds:g} s")
    except httpx2.TimeoutException as error:
        raise RetryableResponseError(f"no answer within {seconds:g} s") from error
    except httpx2.RequestError as error:
        raise RetryableResponseError(f"the connection failed ({type(error).__name__}: {error})") from error
    if response.status_code in (408, 429) or response.status_code >= 500:
        raise RetryableResponseError(f"HTTP {response.status_code}", parse_retry_after(response.headers.get("retry-after")))
    if response.status_code != 200:
        raise SourceError(
            f"{who}: refused with HTTP {response.status_code} ({_explanation(bytes(body))}); "
            "correct the settings that the question is made of"
        )
    return bytes(body)


def parse_retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header, which gives seconds or a date."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _explanation(body: bytes) -> str:
    """What a refusal says: the summary of an Atom error entry, else the start of the text."""
    try:
        summary = parse_xml(body).findtext(".//{*}entry/{*}summary")
    except RetryableResponseError:
        summary = None
    text = summary or body.decode("utf-8", "replace")
    return " ".join(text.split())[:200] or "no explanation"


def parse_xml(body: bytes) -> etree._Element:
    """The root of a whole, well-formed document. Raises `AnswerError` for anything else.

    Nothing is loaded from elsewhere and no entity is expanded: feeds have neither, so a document type is refused.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RetryableResponseError(f"malformed XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RetryableResponseError("XML with a document type, which a feed does not have")
    return root
