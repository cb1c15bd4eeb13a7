"""The client of one OpenAI-compatible endpoint: request bodies, retries, response formats that an endpoint takes.

The base address and the key come from `OPENAI_BASE_URL` and `OPENAI_API_KEY`, which the official client reads. What
an answer holds is read in `responses`, what an error means is in `provider_errors`, what a response's text means in
`structured_output`, what an endpoint was found not to take in `format_memory`.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import tenacity

from digest_assets.common.errors import DigestError, ModelError, TransientModelError
from digest_assets.config.models import ModelConfig
from digest_assets.config.settings import Settings
from digest_assets.llm.format_memory import FormatMemory, ResponseFormat
from digest_assets.llm.prices import get_base_url
from digest_assets.llm.provider_errors import (
    EndpointError,
    FailedCallError,
    NoCompletionError,
    describe_long_wait,
    translate,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.readiness import find_key, get_key_variable
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
_CAP_NAMES = ("max_completion_tokens", "max_tokens")  # OpenAI's of today, and what everybody else knows
_UNKNOWN = re.compile(r"not supported|unsupported|unrecogni[sz]ed|unknown|not permitted|extra|unexpected|instead", re.I)
_LIST_SECONDS = 20  # a list of a thousand models is a moment's work
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
        self._cap_names: dict[str, str] = {}  # by model
        self.formats = FormatMemory.from_settings(settings)
        self._openai: dict[str, openai.AsyncOpenAI] = {}  # by model

    async def close(self) -> None:
        """Close the connections."""
        for endpoint in self._openai.values():
            await endpoint.close()
        self._openai = {}

    async def complete(
        self,
        request: LLMRequest[Any],
        model: str,
        messages: Sequence[Message],
        tokens: int,
        deadline: Deadline,
        format_: ResponseFormat,
        max_output_tokens: int | None = None,
    ) -> Completion:
        """A completion; retries what a retry can help. Raises `ModelError` and its kinds, whatever comes back.

        Args:
            request: Names the schema and further parameters.
            model: The model that is asked, by its name in the settings.
            messages: The request's messages, and those of a repair.
            tokens: About how many the call will use, for the rate limit.
            deadline: Seconds that are left.
            format_: The best response format to ask for; what the endpoint refuses is stepped down from.
            max_output_tokens: How long the answer may be, thinking included.
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
                    completion = await self._attempt(
                        request, model, messages, tokens, deadline, format_, max_output_tokens
                    )
        except FailedCallError as failure:
            raise (describe_long_wait if self._is_too_long_to_wait(failure) else translate)(failure, model) from failure
        except DigestError:
            raise
        except TimeoutError as error:
            raise TransientModelError("the model did not answer in time") from error
        except Exception as error:  # whatever an endpoint does to the client, it is this call's trouble
            raise ModelError(f"the model's endpoint could not be asked ({type(error).__name__})") from error
        return replace(completion, retries=attempts - 1)

    async def list_models(self, model: str) -> Sequence[Mapping[str, Any]]:
        """What a model's endpoint says of its models. Raises `ModelError` where it says nothing."""
        try:
            async with asyncio.timeout(_LIST_SECONDS):
                answer: Any = await self._endpoint(model).get("/models", cast_to=object)
        except ModelError:
            raise
        except Exception as error:  # whatever comes back instead of a list
            raise ModelError(f"the endpoint lists no models ({type(error).__name__})") from error
        data = answer.get("data") if isinstance(answer, Mapping) else answer
        return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []

    def get_format(self, model: str) -> str:
        """The response format that a model's endpoint takes, as far as is known."""
        return self.formats.choose(model, "own_schema", shared=False)

    def batches(self) -> "AsyncBatches":
        """The endpoint's batches; a few retries are the library's own."""
        return self._endpoint(self._config.get_model().name).with_options(max_retries=_BATCH_RETRIES).batches

    def files(self) -> "AsyncFiles":
        """The endpoint's files, where a batch's questions and answers are."""
        return self._endpoint(self._config.get_model().name).with_options(max_retries=_BATCH_RETRIES).files

    async def _attempt(
        self,
        request: LLMRequest[Any],
        model: str,
        messages: Sequence[Message],
        tokens: int,
        deadline: Deadline,
        format_: ResponseFormat,
        max_output_tokens: int | None,
    ) -> Completion:
        """One attempt, in the best response format that the endpoint is not known to refuse."""
        schemas = build_response_schemas(request)
        target = self._config.find_model(model)
        while True:
            await self._limiter.acquire(tokens)
            used = self.formats.choose(model, format_, shared=has_shared_schema(request))
            bound = self._build_cap(target, max_output_tokens)
            body = build_request_body(target.model, messages, schemas, used, {**bound, **request.parameters})
            try:
                async with deadline.enforce(self._config.timeout_seconds):
                    return await self._post(body, target)
            except FailedCallError as failure:
                cap = failure.affordable_tokens
                if cap is not None and _MIN_AFFORDABLE_TOKENS <= cap < self._output_caps.get(model, cap + 1):
                    self._output_caps[model] = cap
                elif used != "text" and failure.kind.name == "format":
                    refuses_all = used == "shared_schema" and not failure.blames_schema
                    self.formats.refuse(model, *(("shared_schema", "own_schema") if refuses_all else (used,)))
                elif not self._swap_cap_name(target, failure.everything):
                    raise

    async def _post(self, body: Mapping[str, Any], model: ModelConfig) -> Completion:
        """The completion of one call. Raises `FailedCallError` and `ModelError`."""
        # openai costs 0.3 s to import: only who asks a model pays it.
        import openai

        key = find_key(model)
        try:
            # `post` and not `chat.completions.create`: the same call, and nothing is assumed of what comes back.
            answer = await self._endpoint(model.name).post("/chat/completions", cast_to=httpx2.Response, body=body)
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

    def _build_cap(self, model: ModelConfig, max_output_tokens: int | None) -> dict[str, int]:
        """The parameter that bounds an answer's length, by the name that the endpoint knows."""
        caps = [cap for cap in (max_output_tokens, self._output_caps.get(model.name)) if cap is not None]
        return {self._get_cap_name(model): min(caps)} if caps else {}

    def _get_cap_name(self, model: ModelConfig) -> str:
        host = urlsplit(get_base_url(model)).hostname or ""
        newest = host.endswith((".openai.com", ".azure.com"))  # their thinking models refuse the old name
        return self._cap_names.get(model.name, _CAP_NAMES[0] if newest else _CAP_NAMES[1])

    def _swap_cap_name(self, model: ModelConfig, message: str) -> bool:
        """Use the other name from now on, if this one is what the endpoint refuses; False if both were refused."""
        used = self._get_cap_name(model)
        if model.name in self._cap_names or not re.search(rf"\b{used}\b", message) or not _UNKNOWN.search(message):
            return False
        self._cap_names[model.name] = next(name for name in _CAP_NAMES if name != used)
        return True

    def _endpoint(self, model: str) -> "openai.AsyncOpenAI":
        if model not in self._openai:
            import openai

            target = self._config.find_model(model)
            key = find_key(target)
            if key is None:
                raise EndpointError(f"{get_key_variable(target)} is not set")
            self._openai[model] = openai.AsyncOpenAI(
                api_key=key,
                base_url=get_base_url(target),
                max_retries=0,
                timeout=self._config.timeout_seconds,
                http_client=openai.DefaultAsyncHttpxClient(transport=_CappedTransport()),
            )
        return self._openai[model]

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
