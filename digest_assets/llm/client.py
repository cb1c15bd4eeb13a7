"""The client of one OpenAI-compatible endpoint: request bodies, retries, response formats that an endpoint takes.

The base address and the key come from `OPENAI_BASE_URL` and `OPENAI_API_KEY`, which the official client reads. What
an answer holds is read in `responses`, what an error means is in `provider_errors`, what a response's text means in
`structured_output`, what an endpoint was found not to take in `format_memory`.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import tenacity

from digest_assets.common.errors import ConfigError, DigestError, ModelError, TransientModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.format_memory import FormatMemory, ResponseFormat
from digest_assets.llm.provider_errors import (
    KEY_VARIABLE,
    EndpointError,
    FailedCallError,
    NoCompletionError,
    describe_long_wait,
    translate,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import Completion, LLMRequest, Message, ResponseSchemas, estimate_tokens
from digest_assets.llm.responses import read_completion, read_error
from digest_assets.llm.structured_output import build_response_schemas, has_shared_schema

if TYPE_CHECKING:
    import openai
    from openai.resources.batches import AsyncBatches
    from openai.resources.files import AsyncFiles

_ATTEMPTS = 8  # with pauses of 0.5, 1, 2 … 30 s: an endpoint may fail for about a minute
_BACKOFF = tenacity.wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)  # begins as the official client's
_MAX_EXTRA_SECONDS = 1.0  # beyond what the endpoint asked for, so that waiting calls do not come back at once
_BATCH_RETRIES = 4  # of the official client, for a handful of calls a run
_MAX_BODY_BYTES = 16 * 1024 * 1024  # of one answer; the longest that a model writes has less than one
_MIN_AFFORDABLE_TOKENS = 1_000  # an answer shorter than that is cut off


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
        self._config = settings.config.summaries
        self._limiter = limiter
        self._output_caps: dict[str, int] = {}  # by model, where an account cannot afford a longer answer
        self.formats = FormatMemory.from_settings(settings)
        self._openai: openai.AsyncOpenAI | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._openai is not None:
            await self._openai.close()
            self._openai = None

    async def complete(
        self,
        request: LLMRequest[Any],
        model: str,
        messages: Sequence[Message],
        tokens: int,
        deadline: Deadline,
        format_: ResponseFormat,
    ) -> Completion:
        """A completion; retries what a retry can help. Raises `ModelError` and its kinds, whatever comes back.

        Args:
            request: Names the schema and further parameters.
            model: The model that is asked.
            messages: The request's messages, and those of a repair.
            tokens: About how many the call will use, for the rate limit.
            deadline: Seconds that are left.
            format_: The best response format to ask for; what the endpoint refuses is stepped down from.
        """
        attempts = 0

        async def pause(seconds: float) -> None:
            deadline.left -= seconds
            await asyncio.sleep(seconds)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self._is_transient),
            wait=self._wait,
            stop=lambda state: state.attempt_number >= _ATTEMPTS or state.upcoming_sleep >= deadline.left,
            sleep=pause,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    completion = await self._attempt(request, model, messages, tokens, deadline, format_)
        except FailedCallError as failure:
            raise (describe_long_wait if self._is_too_long_to_wait(failure) else translate)(failure, model) from failure
        except DigestError:
            raise
        except TimeoutError as error:
            raise TransientModelError("the model did not answer in time") from error
        except Exception as error:  # whatever an endpoint does to the client, it is this call's trouble
            raise ModelError(f"the model's endpoint could not be asked ({type(error).__name__})") from error
        return replace(completion, retries=attempts - 1)

    def batches(self) -> "AsyncBatches":
        """The endpoint's batches; a few retries are the library's own."""
        return self._endpoint().with_options(max_retries=_BATCH_RETRIES).batches

    def files(self) -> "AsyncFiles":
        """The endpoint's files, where a batch's questions and answers are."""
        return self._endpoint().with_options(max_retries=_BATCH_RETRIES).files

    async def _attempt(
        self,
        request: LLMRequest[Any],
        model: str,
        messages: Sequence[Message],
        tokens: int,
        deadline: Deadline,
        format_: ResponseFormat,
    ) -> Completion:
        """One attempt, in the best response format that the endpoint is not known to refuse."""
        schemas = build_response_schemas(request)
        while True:
            await self._limiter.acquire(tokens)
            used = self.formats.choose(model, format_, shared=has_shared_schema(request))
            body = build_request_body(model, messages, schemas, used, request.parameters)
            if model in self._output_caps:
                body["max_tokens"] = self._output_caps[model]
            try:
                async with deadline.enforce(self._config.timeout_seconds):
                    return await self._post(body)
            except FailedCallError as failure:
                cap = failure.affordable_tokens
                if cap is not None and _MIN_AFFORDABLE_TOKENS <= cap < self._output_caps.get(model, cap + 1):
                    self._output_caps[model] = cap
                elif used != "text" and failure.kind.name == "format":
                    refuses_all = used == "shared_schema" and not failure.blames_schema
                    self.formats.refuse(model, *(("shared_schema", "own_schema") if refuses_all else (used,)))
                else:
                    raise

    async def _post(self, body: Mapping[str, Any]) -> Completion:
        """The completion of one call. Raises `FailedCallError` and `ModelError`."""
        # openai costs 0.3 s to import: only who asks a model pays it.
        import openai

        key = os.environ.get(KEY_VARIABLE)
        try:
            # `post` and not `chat.completions.create`: the same call, and nothing is assumed of what comes back.
            answer = await self._endpoint().post("/chat/completions", cast_to=httpx2.Response, body=body)
        except openai.APIStatusError as error:
            reply = error.response
            raise read_error(reply.status_code, reply.headers, reply.content, key) from error
        except openai.APITimeoutError as error:
            raise TimeoutError from error
        except openai.APIConnectionError as error:
            raise TransientModelError("the model's endpoint could not be reached") from error
        sent = sum(estimate_tokens(message["content"]) for message in body["messages"])
        content_type = answer.headers.get("content-type", "").split(";")[0].strip()
        return read_completion(answer.content, content_type, str(body["model"]), sent, key)

    def _endpoint(self) -> "openai.AsyncOpenAI":
        if self._openai is None:
            import openai

            seconds = self._config.timeout_seconds
            http = openai.DefaultAsyncHttpxClient(transport=_CappedTransport())
            try:
                self._openai = openai.AsyncOpenAI(max_retries=0, timeout=seconds, http_client=http)
            except openai.OpenAIError as error:
                raise EndpointError(f"{KEY_VARIABLE} is not set") from error
        return self._openai

    def _is_transient(self, error: BaseException) -> bool:
        """Whether the same call may succeed in a moment."""
        if isinstance(error, FailedCallError):
            return issubclass(error.kind.error, TransientModelError) and not self._is_too_long_to_wait(error)
        return isinstance(error, TransientModelError | TimeoutError)

    def _is_too_long_to_wait(self, failure: FailedCallError) -> bool:
        """Whether a limit lasts longer than any paper of this run waits."""
        if not issubclass(failure.kind.error, TransientModelError):
            return False
        seconds = failure.seconds_to_wait
        return failure.is_daily_limit if seconds is None else seconds >= self._config.deadline_seconds

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """What the endpoint asked for, for everybody, else twice as long after each attempt."""
        assert state.outcome is not None
        error = state.outcome.exception()
        wait = error.seconds_to_wait if isinstance(error, FailedCallError) else None
        jittered = float(_BACKOFF(state))
        if wait is None:
            return jittered
        self._limiter.pause(wait)
        return wait + min(jittered, _MAX_EXTRA_SECONDS)


class _CappedTransport(httpx2.AsyncHTTPTransport):
    """Connections over which no answer can be larger than it may."""

    def __init__(self) -> None:
        # As many connections as calls may be in flight, like the official client.
        super().__init__(limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _CappedStream(response.stream)
        return response


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._stream:
            total += len(chunk)
            if total > _MAX_BODY_BYTES:
                raise NoCompletionError(f"the model's endpoint answered with more than {_MAX_BODY_BYTES >> 20} MB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def build_request_body(
    model: str,
    messages: Sequence[Message],
    schemas: ResponseSchemas,
    format_: ResponseFormat,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a chat completion that asks for JSON of this schema."""
    in_words = format_ not in ("shared_schema", "own_schema")
    return {
        "model": model,
        "messages": _append_schema(messages, schemas.alone) if in_words else list(messages),
        **_build_response_format(schemas, format_),
        **parameters,
    }


def _build_response_format(schemas: ResponseSchemas, format_: ResponseFormat) -> dict[str, Any]:
    if format_ == "text":
        return {}
    if format_ == "json_object":
        return {"response_format": {"type": "json_object"}}
    schema = schemas.wire if format_ == "shared_schema" else schemas.alone
    name = re.sub(r"\W+", "_", str(schema.get("title", "answer")))[:64]
    json_schema = {"name": name, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": json_schema}}


def _append_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    """For endpoints that take no schema: the schema, as JSON, behind the instruction."""
    instruction = "\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n"
    first, asked, *others = messages
    return [
        first,
        {**asked, "content": asked["content"] + instruction + json.dumps(schema, ensure_ascii=False)},
        *others,
    ]
