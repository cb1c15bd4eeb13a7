"""One call of an OpenAI-compatible endpoint: request, retries, and what an answer means.

    ModelError
    ├── EndpointError   no call can succeed until somebody changes something: key, quota, model name
    │   └── EndpointDownError   no call succeeds now, and a later run may
    ├── ContextError    the text is longer than the model reads
    └── RefusalError    the model, or the endpoint's filter, will not answer this

The base address and the key come from `OPENAI_BASE_URL` and `OPENAI_API_KEY`, which the official client reads.
Errors: https://platform.openai.com/docs/guides/error-codes
"""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import tenacity

from digest_assets.common.errors import ConfigError, ModelError, TransientModelError
from digest_assets.common.http import is_retryable_status, parse_retry_after
from digest_assets.config.settings import Settings
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import Message, ResponseSchemas

if TYPE_CHECKING:
    import openai
    from openai.resources.batches import AsyncBatches
    from openai.resources.files import AsyncFiles
    from openai.types.chat import ChatCompletion

KEY_VARIABLE = "OPENAI_API_KEY"

_ATTEMPTS = 8
_BATCH_RETRIES = 4
_OVERFLOW = re.compile(r"context.{0,3}(length|window|size)|maximum context|too many tokens|prompt is too long", re.I)
_BAD_FORMAT = re.compile(r"response_format|json_schema|json schema|structured output|guided", re.I)
_FILTERED = re.compile(r"content.?(filter|policy|management)|responsible ai", re.I)

ResponseFormat = Literal["json_schema", "json_object", "text"]
_FORMATS: tuple[ResponseFormat, ...] = ("json_schema", "json_object", "text")


class EndpointError(ModelError):
    """The endpoint will answer nobody: wrong key, no money, no such model, or it is down."""


class EndpointDownError(TransientModelError, EndpointError):
    """The endpoint fails for everybody, for now."""


class ContextError(ModelError):
    """The messages are longer than the model's context."""


class RefusalError(ModelError):
    """The model or a content filter would not answer."""


class Deadline:
    """Seconds that a paper may still take at the endpoint; waiting for our own limits does not count."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @asynccontextmanager
    async def enforce(self, most: float) -> AsyncIterator[None]:
        """Run the block for at most so many seconds, and no longer than what is left. Raises `TimeoutError`."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(min(self.left, most), 0)):
                yield
        finally:
            self.left -= time.monotonic() - started


@dataclass(frozen=True)
class Completion:
    """What the endpoint answered."""

    content: str
    finish_reason: str
    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    retries: int


def explain_missing_key(settings: Settings, variables: Mapping[str, str] | None = None) -> str | None:
    """What to do about a key that the engine needs and the environment lacks; None if all is well."""
    variables = os.environ if variables is None else variables
    if settings.config.summaries.engine != "openai" or variables.get(KEY_VARIABLE, "").strip():
        return None
    return (
        f"summaries.engine is openai, but {KEY_VARIABLE} is not set: export it (an endpoint of your own, named by "
        "OPENAI_BASE_URL, takes any word as key), or set summaries.engine to extractive"
    )


def require_key(settings: Settings) -> None:
    """Raise `ConfigError` if the engine needs a key that the environment lacks."""
    message = explain_missing_key(settings)
    if message:
        raise ConfigError(message)


class LLMClient:
    """The endpoint, with our own retries, limits and understanding of its errors.

    Args:
        settings: Time limits, parameters of a call.
        limiter: Requests and tokens per minute.
    """

    def __init__(self, settings: Settings, limiter: RateLimiter) -> None:
        self._choice = settings.config.summaries
        self._limiter = limiter
        self._formats: dict[str, ResponseFormat] = {}
        self._openai: openai.AsyncOpenAI | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._openai is not None:
            await self._openai.close()
            self._openai = None

    async def complete(
        self, model: str, messages: Sequence[Message], schemas: ResponseSchemas, tokens: int, deadline: Deadline,
        parameters: Mapping[str, Any],
    ) -> Completion:  # fmt: skip
        """Ask for JSON of this schema; retries what a retry can help. Raises `ModelError` and its kinds."""
        attempts = 0

        async def rest(seconds: float) -> None:
            deadline.left -= seconds
            await asyncio.sleep(seconds)

        # openai costs 0.3 s to import: only who asks a model pays it.
        import openai

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(is_transient),
            wait=self._wait,
            stop=lambda state: state.attempt_number >= _ATTEMPTS or state.upcoming_sleep >= deadline.left,
            sleep=rest,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    answer = await self._attempt(model, messages, schemas, tokens, deadline, parameters)
        except (openai.APIError, TimeoutError) as error:
            raise translate_error(error, model) from error
        return parse_completion(answer, attempts - 1)

    def batches(self) -> "AsyncBatches":
        """The endpoint's batches; a few retries are the library's own."""
        return self._endpoint().with_options(max_retries=_BATCH_RETRIES).batches

    def files(self) -> "AsyncFiles":
        """The endpoint's files, where a batch's questions and answers are."""
        return self._endpoint().with_options(max_retries=_BATCH_RETRIES).files

    async def _attempt(
        self, model: str, messages: Sequence[Message], schemas: ResponseSchemas, tokens: int, deadline: Deadline,
        parameters: Mapping[str, Any],
    ) -> "ChatCompletion":  # fmt: skip
        import openai
        from openai.types.chat import ChatCompletion

        while True:
            await self._limiter.acquire(tokens)
            used = self._formats.get(model, "json_schema")
            try:
                async with deadline.enforce(self._choice.timeout_seconds):
                    # `post` and not `chat.completions.create`: the same call without its walk over every parameter.
                    answer = await self._endpoint().post(
                        "/chat/completions",
                        cast_to=ChatCompletion,
                        body=build_request_body(model, messages, schemas, used, parameters),
                    )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if used == "text" or not _BAD_FORMAT.search(_said(error)):
                    raise
                if self._formats.get(model, "json_schema") == used:
                    self._formats[model] = _FORMATS[_FORMATS.index(used) + 1]
                continue
            return answer

    def _endpoint(self) -> "openai.AsyncOpenAI":
        if self._openai is None:
            import openai

            try:
                self._openai = openai.AsyncOpenAI(max_retries=0, timeout=self._choice.timeout_seconds)
            except openai.OpenAIError as error:
                raise EndpointError(f"{KEY_VARIABLE} is not set") from error
        return self._openai

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """What the endpoint asked for, for everybody, else twice as long after each attempt."""
        assert state.outcome is not None
        asked = _retry_after(state.outcome.exception())
        jittered = float(tenacity.wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)(state))
        if asked is None:
            return jittered
        self._limiter.pause(asked)
        return asked + min(jittered, 1.0)


def is_transient(error: BaseException) -> bool:
    import openai

    if isinstance(error, openai.APIStatusError):
        if error.code == "insufficient_quota":
            return False
        return error.status_code == 409 or is_retryable_status(error.status_code)  # 409: a lock, as the official client
    return isinstance(error, openai.APIConnectionError | openai.APIResponseValidationError | TimeoutError)


def _retry_after(error: BaseException | None) -> float | None:
    """Seconds that the response asks to wait, as a number or as a date (RFC 9110, 10.2.3)."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    headers = error.response.headers
    milliseconds = parse_retry_after(headers.get("retry-after-ms"))
    return parse_retry_after(headers.get("retry-after")) if milliseconds is None else milliseconds / 1000


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
        said = _said(error)
        if error.code == "context_length_exceeded" or _OVERFLOW.search(said):
            return ContextError("the text is longer than the model reads")
        if error.code == "content_filter" or _FILTERED.search(said):
            return RefusalError("the endpoint's content filter stopped the question")
        return ModelError(f"the model's endpoint did not take the request: {error.message[:200]}")
    if isinstance(error, openai.APIStatusError):
        kind = TransientModelError if is_transient(error) else ModelError
        return kind(f"the model's endpoint answered {error.status_code}")
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return TransientModelError("the model did not answer in time")
    return TransientModelError("the model's endpoint could not be reached")


def _said(error: "openai.APIStatusError") -> str:
    return f"{error.message} {error.param or ''} {error.code or ''}"


def parse_completion(answer: "ChatCompletion", retries: int) -> Completion:
    """What matters of an answer."""
    if not answer.choices:
        raise TransientModelError("the model's endpoint gave no answer")
    choice, usage = answer.choices[0], answer.usage
    details = usage.prompt_tokens_details if usage else None
    return Completion(
        content=choice.message.content or "",
        finish_reason="refusal" if choice.message.refusal else choice.finish_reason or "stop",
        model=answer.model,
        input_tokens=usage.prompt_tokens if usage else 0,
        cached_tokens=(details.cached_tokens or 0) if details else 0,
        output_tokens=usage.completion_tokens if usage else 0,
        retries=retries,
    )


def build_request_body(
    model: str, messages: Sequence[Message], schemas: ResponseSchemas, used: ResponseFormat, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a chat completion that asks for JSON of this schema."""
    return {
        "model": model,
        "messages": list(messages) if used == "json_schema" else _with_schema(messages, schemas.alone),
        **_response_format(schemas.wire, used),
        **parameters,
    }


def _response_format(schema: Mapping[str, Any], used: ResponseFormat) -> dict[str, Any]:
    if used == "json_schema":
        name = re.sub(r"\W+", "_", str(schema.get("title", "answer")))[:64]
        return {"response_format": {"type": used, "json_schema": {"name": name, "strict": True, "schema": schema}}}
    return {"response_format": {"type": used}} if used == "json_object" else {}


def _with_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    """For endpoints that take no schema: the schema in words, behind the instruction."""
    wish = "\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n"
    *first, last = messages
    return [*first, {**last, "content": last["content"] + wish + json.dumps(schema, ensure_ascii=False)}]
