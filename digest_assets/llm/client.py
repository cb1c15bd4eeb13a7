"""The client of one OpenAI-compatible endpoint: request bodies, retries, response formats that an endpoint knows.

The base address and the key come from `OPENAI_BASE_URL` and `OPENAI_API_KEY`, which the official client reads. What
an error means is in `provider_errors`, what a response's text means in `structured_output`.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import tenacity

from digest_assets.common.errors import ConfigError, TransientModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.provider_errors import (
    KEY_VARIABLE,
    EndpointError,
    get_retry_after,
    is_format_error,
    is_transient,
    translate_error,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import Completion, LLMRequest, Message, ResponseSchemas
from digest_assets.llm.structured_output import build_response_schemas

if TYPE_CHECKING:
    import openai
    from openai.resources.batches import AsyncBatches
    from openai.resources.files import AsyncFiles
    from openai.types.chat import ChatCompletion

_ATTEMPTS = 8  # with pauses of 0.5, 1, 2 … 30 s: an endpoint may fail for about a minute
_BACKOFF = tenacity.wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)  # begins as the official client's
_MAX_EXTRA_SECONDS = 1.0  # beyond what the endpoint asked for, so that waiting calls do not come back at once
_BATCH_RETRIES = 4  # of the official client, for a handful of calls a run

# What to ask for, in the order in which endpoints come to know it.
ResponseFormat = Literal["json_schema", "json_object", "text"]
_FORMATS: tuple[ResponseFormat, ...] = ("json_schema", "json_object", "text")


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
        self._formats: dict[str, ResponseFormat] = {}
        self._openai: openai.AsyncOpenAI | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._openai is not None:
            await self._openai.close()
            self._openai = None

    async def complete(
        self, request: LLMRequest[Any], model: str, messages: Sequence[Message], tokens: int, deadline: Deadline
    ) -> Completion:
        """A completion in the request's schema; retries what a retry can help. Raises `ModelError` and its kinds.

        Args:
            request: Names the schema and further parameters.
            model: The model that is asked.
            messages: The request's messages, and those of a repair.
            tokens: About how many the call will use, for the rate limit.
            deadline: Seconds that are left.
        """
        attempts = 0

        async def pause(seconds: float) -> None:
            deadline.left -= seconds
            await asyncio.sleep(seconds)

        # openai costs 0.3 s to import: only who asks a model pays it.
        import openai

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(is_transient),
            wait=self._wait,
            stop=lambda state: state.attempt_number >= _ATTEMPTS or state.upcoming_sleep >= deadline.left,
            sleep=pause,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    answer = await self._attempt(request, model, messages, tokens, deadline)
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
        self, request: LLMRequest[Any], model: str, messages: Sequence[Message], tokens: int, deadline: Deadline
    ) -> "ChatCompletion":
        """One attempt, in the best response format that the endpoint is not known to refuse."""
        import openai
        from openai.types.chat import ChatCompletion

        schemas = build_response_schemas(request)
        while True:
            await self._limiter.acquire(tokens)
            used = self._formats.get(model, "json_schema")
            try:
                async with deadline.enforce(self._config.timeout_seconds):
                    # `post` and not `chat.completions.create`: the same call without its walk over every parameter.
                    answer = await self._endpoint().post(
                        "/chat/completions",
                        cast_to=ChatCompletion,
                        body=build_request_body(model, messages, schemas, used, request.parameters),
                    )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if used == "text" or not is_format_error(error):
                    raise
                if self._formats.get(model, "json_schema") == used:
                    self._formats[model] = _FORMATS[_FORMATS.index(used) + 1]
                continue
            return answer

    def _endpoint(self) -> "openai.AsyncOpenAI":
        if self._openai is None:
            import openai

            try:
                self._openai = openai.AsyncOpenAI(max_retries=0, timeout=self._config.timeout_seconds)
            except openai.OpenAIError as error:
                raise EndpointError(f"{KEY_VARIABLE} is not set") from error
        return self._openai

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """What the endpoint asked for, for everybody, else twice as long after each attempt."""
        assert state.outcome is not None
        retry_after = get_retry_after(state.outcome.exception())
        jittered = float(_BACKOFF(state))
        if retry_after is None:
            return jittered
        self._limiter.pause(retry_after)
        return retry_after + min(jittered, _MAX_EXTRA_SECONDS)


def parse_completion(answer: "ChatCompletion", retries: int) -> Completion:
    """What matters of a chat completion. Raises `TransientModelError` for an empty one."""
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
    model: str,
    messages: Sequence[Message],
    schemas: ResponseSchemas,
    format_: ResponseFormat,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a chat completion that asks for JSON of this schema."""
    return {
        "model": model,
        "messages": list(messages) if format_ == "json_schema" else _append_schema(messages, schemas.alone),
        **_build_response_format(schemas.wire, format_),
        **parameters,
    }


def _build_response_format(schema: Mapping[str, Any], format_: ResponseFormat) -> dict[str, Any]:
    if format_ == "json_schema":
        name = re.sub(r"\W+", "_", str(schema.get("title", "answer")))[:64]
        return {"response_format": {"type": format_, "json_schema": {"name": name, "strict": True, "schema": schema}}}
    return {"response_format": {"type": format_}} if format_ == "json_object" else {}


def _append_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    """For endpoints that take no schema: the schema in words, behind the instruction."""
    instruction = "\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n"
    *first, last = messages
    return [*first, {**last, "content": last["content"] + instruction + json.dumps(schema, ensure_ascii=False)}]
