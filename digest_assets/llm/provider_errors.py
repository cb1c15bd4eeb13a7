"""A provider's errors in our words: which kind of `ModelError` an exception of the `openai` library is.

    ModelError
    ├── EndpointError   no call can succeed until somebody changes something: key, quota, model name
    │   └── EndpointDownError   no call succeeds now, and a later run may
    ├── ContextError    the text is longer than the model reads
    └── RefusalError    the model, or the endpoint's filter, will not answer this

Error codes: https://platform.openai.com/docs/guides/error-codes
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.common.http import is_retryable_status, parse_retry_after

if TYPE_CHECKING:
    import openai

KEY_VARIABLE = "OPENAI_API_KEY"

# Providers do not agree on codes, so their messages are searched too.
_OVERFLOW = re.compile(r"context.{0,3}(length|window|size)|maximum context|too many tokens|prompt is too long", re.I)
_BAD_FORMAT = re.compile(r"response_format|json_schema|json schema|structured output|guided", re.I)
_FILTERED = re.compile(r"content.?(filter|policy|management)|responsible ai", re.I)
_LOCK_TIMEOUT = 409  # the official client retries it too


class EndpointError(ModelError):
    """The endpoint will answer nobody: wrong key, no money, no such model, or it is down."""


class EndpointDownError(TransientModelError, EndpointError):
    """The endpoint fails for everybody, for now."""


class ContextError(ModelError):
    """The messages are longer than the model's context."""


class RefusalError(ModelError):
    """The model or a content filter would not answer."""


def translate_error(error: Exception, model: str) -> ModelError:
    """The endpoint's error in our words. What it said about the key is not repeated: it may quote it."""
    import openai

    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return EndpointError(
            f"the model's endpoint does not accept the key ({error.status_code}): check {KEY_VARIABLE}"
        )
    if isinstance(error, openai.NotFoundError):
        return EndpointError(f"the model's endpoint does not know {model} (404): check summaries.model")
    if isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota":
        return EndpointError("the account of the model's endpoint has no money left")
    if isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        message = _get_message(error)
        if error.code == "context_length_exceeded" or _OVERFLOW.search(message):
            return ContextError("the text is longer than the model reads")
        if error.code == "content_filter" or _FILTERED.search(message):
            return RefusalError("the endpoint's content filter stopped the question")
        return ModelError(f"the model's endpoint did not take the request: {error.message[:200]}")
    if isinstance(error, openai.APIStatusError):
        kind = TransientModelError if is_transient(error) else ModelError
        return kind(f"the model's endpoint answered {error.status_code}")
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return TransientModelError("the model did not answer in time")
    return TransientModelError("the model's endpoint could not be reached")


@contextmanager
def translate_batch_errors() -> Iterator[None]:
    """The same for the Batch API, where every failure leaves the batch for a later run."""
    import openai

    try:
        yield
    except openai.APIError as error:
        raise TransientModelError(f"the endpoint's Batch API failed ({type(error).__name__})") from error


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed in a moment."""
    import openai

    if isinstance(error, openai.APIStatusError):
        if error.code == "insufficient_quota":
            return False
        return error.status_code == _LOCK_TIMEOUT or is_retryable_status(error.status_code)
    return isinstance(error, openai.APIConnectionError | openai.APIResponseValidationError | TimeoutError)


def is_format_error(error: "openai.APIStatusError") -> bool:
    """Whether the endpoint does not know the response format."""
    return _BAD_FORMAT.search(_get_message(error)) is not None


def get_retry_after(error: BaseException | None) -> float | None:
    """Seconds that the response asks to wait."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    headers = error.response.headers
    milliseconds = parse_retry_after(headers.get("retry-after-ms"))
    return parse_retry_after(headers.get("retry-after")) if milliseconds is None else milliseconds / 1000


def _get_message(error: "openai.APIStatusError") -> str:
    return f"{error.message} {error.param or ''} {error.code or ''}"
