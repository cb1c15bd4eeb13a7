"""The client of OpenAI-compatible endpoints: attempts, waits, and steps down from what an endpoint does not take.

What is sent is built in `request_bodies`, what comes back is read in `responses`, what an error means is in
`provider_errors`, what a response's text means in `structured_output`, what an endpoint was found not to take in
`format_memory`.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tenacity

from digest_assets.common.errors import DigestError, ModelError, TransientModelError
from digest_assets.config.models import ModelConfig
from digest_assets.config.settings import Settings
from digest_assets.llm.endpoint import Endpoint
from digest_assets.llm.format_memory import FormatMemory, ResponseFormat
from digest_assets.llm.provider_errors import (
    FailedCallError,
    NoCompletionError,
    describe_long_wait,
    translate,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.request_bodies import CAP_NAMES, build_request_body, get_cap_name, has_cache_marks
from digest_assets.llm.requests import Completion, LLMRequest, Message, estimate_message_tokens
from digest_assets.llm.responses import read_completion, read_error
from digest_assets.llm.structured_output import has_shared_schema
from digest_assets.llm.usage import NO_TOKENS, TokenCounts

if TYPE_CHECKING:
    from openai.resources.batches import AsyncBatches
    from openai.resources.files import AsyncFiles

_ATTEMPTS = 8  # with pauses of 0.5, 1, 2 … 30 s: an endpoint may fail for about a minute
_BACKOFF = tenacity.wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)  # begins as the official client's
_MAX_EXTRA_SECONDS = 1.0  # beyond what the endpoint asked for, so that waiting calls do not come back at once
_UNKNOWN = re.compile(r"not supported|unsupported|unrecogni[sz]ed|unknown|not permitted|extra|unexpected|instead", re.I)
# How endpoints refuse marks for the cache, or the content in blocks that they stand in.
_NO_MARKS = re.compile(
    r"prompt_cache|cache_control|content.{0,60}(?:must be|expected|should be|not)\b.{0,20}(?:string|str)\b|expected a string",
    re.IGNORECASE | re.DOTALL,
)
_LIST_SECONDS = 20  # a list of a thousand models is a moment's work
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


@dataclass
class Attempts:
    """What the attempts of one call came to: how many, the last one's format, and what the lost ones took."""

    made: int = 0
    format_: ResponseFormat = "text"
    lost: TokenCounts = NO_TOKENS
    is_estimated: bool = False
    daily_limits: int = 0  # how often a limit of a day was the answer

    def lose(self, tokens: TokenCounts, *, is_estimated: bool = False) -> None:
        """Count what an attempt took that gave no answer."""
        self.lost += tokens
        self.is_estimated = self.is_estimated or is_estimated

    def apply_to(self, completion: Completion) -> Completion:
        """The completion with the lost attempts counted in."""
        return replace(
            completion,
            retries=max(self.made - 1, 0),
            counts=completion.counts + self.lost,
            tokens_estimated=completion.tokens_estimated or self.is_estimated,
        )


@dataclass(frozen=True)
class Call:
    """One call of a model, as it is to be made.

    Args:
        request: Names the schema and further parameters.
        model: The model that is asked, by its name in the settings.
        messages: The request's messages, and those of a repair.
        format_: The best response format to ask for; what the endpoint refuses is stepped down from.
        max_output_tokens: How long the answer may be, thinking included.
        expected_tokens: About how many it will use, for the rate limit.
    """

    request: LLMRequest[Any]
    model: str
    messages: Sequence[Message]
    format_: ResponseFormat
    max_output_tokens: int | None = None
    expected_tokens: int = 0


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
        self._endpoints: dict[str, Endpoint] = {}  # by model

    async def close(self) -> None:
        """Close the connections."""
        for endpoint in self._endpoints.values():
            await endpoint.close()
        self._endpoints = {}

    async def complete(self, call: Call, deadline: Deadline, attempts: Attempts) -> Completion:
        """A completion; retries what a retry can help. Raises `ModelError` and its kinds, whatever comes back.

        Args:
            call: What is asked.
            deadline: Seconds that are left.
            attempts: Is told of every attempt, also where no completion comes of them.
        """
        self._endpoint(call.model)  # loads the library, which takes longer than a short deadline

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
                    completion = await self._attempt(call, deadline, attempts)
        except FailedCallError as failure:
            explain = describe_long_wait if self._is_too_long_to_wait(failure) else translate
            raise explain(failure, call.model) from failure
        except DigestError:
            raise
        except TimeoutError as error:
            raise TransientModelError("the model did not answer in time") from error
        except Exception as error:  # whatever an endpoint does to the client, it is this call's trouble
            raise ModelError(f"the model's endpoint could not be asked ({type(error).__name__})") from error
        return attempts.apply_to(completion)

    async def list_models(self, model: str) -> Sequence[Mapping[str, Any]]:
        """What a model's endpoint says of its models. Raises `ModelError` where it says nothing."""
        try:
            async with asyncio.timeout(_LIST_SECONDS):
                answer: Any = (await self._endpoint(model).get("/models")).raise_for_status().json()
        except ModelError:
            raise
        except Exception as error:  # whatever comes back instead of a list
            raise ModelError(f"the endpoint lists no models ({type(error).__name__})") from error
        data = answer.get("data") if isinstance(answer, Mapping) else answer
        return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []

    def batches(self, model: str) -> "AsyncBatches":
        """The batches of a model's endpoint; a few retries are the library's own."""
        return self._endpoint(model).with_retries().batches

    def files(self, model: str) -> "AsyncFiles":
        """The files of a model's endpoint, where a batch's questions and answers are."""
        return self._endpoint(model).with_retries().files

    async def _attempt(self, call: Call, deadline: Deadline, attempts: Attempts) -> Completion:
        """One attempt, in the best response format that the endpoint is not known to refuse."""
        target = self._config.find_model(call.model)
        sent = estimate_message_tokens(call.messages)
        cap = call.max_output_tokens
        while True:
            await self._limiter.acquire(call.expected_tokens)
            used = self.formats.choose(call.model, call.format_, shared=has_shared_schema(call.request))
            attempts.made += 1
            attempts.format_ = used
            caps = [one for one in (cap, self._output_caps.get(call.model)) if one is not None]
            body = build_request_body(call.request, target, call.messages, used, self.formats, min(caps, default=None))
            try:
                async with deadline.enforce(self._config.timeout_seconds):
                    return await self._post(body, target, sent)
            except TimeoutError:
                # Whoever hangs up is mostly charged all the same; what was written until then nobody tells.
                attempts.lose(TokenCounts(sent), is_estimated=True)
                raise
            except NoCompletionError as error:
                attempts.lose(error.tokens)
                raise
            except FailedCallError as failure:
                attempts.lose(failure.tokens)
                attempts.daily_limits += failure.is_daily_limit
                failure.came_again = attempts.daily_limits > 1
                asked = next((body[name] for name in CAP_NAMES if name in body), None)
                room = failure.room_for_output
                if room is not None and asked is not None and _MIN_AFFORDABLE_TOKENS <= room < asked:
                    cap = room  # beside this prompt: a shorter one leaves more
                elif not self._step_down(target, used, body, failure):
                    raise

    def _step_down(
        self, target: ModelConfig, used: ResponseFormat, body: Mapping[str, Any], failure: FailedCallError
    ) -> bool:
        """Ask for less from now on, if that is what the endpoint wants; False if it is something else."""
        model, asked = target.name, next((body[name] for name in CAP_NAMES if name in body), 0)
        if failure.kind.name == "output cap":
            # Without a number: half as many, and so on.
            cap = failure.allowed_output_tokens or asked // 2
            if _MIN_AFFORDABLE_TOKENS <= cap < asked:
                self._output_caps[model] = cap
                return True
        if failure.refuses_system_role and body["messages"][0]["role"] == "system":
            self.formats.learn(model, takes_system_role=False)
            return True
        if has_cache_marks(body) and failure.kind.name in ("other", "format") and _NO_MARKS.search(failure.everything):
            self.formats.learn(model, takes_cache_marks=False)
            return True
        if used != "text" and failure.kind.name == "format":
            refuses_all = used == "shared_schema" and not failure.blames_schema
            self.formats.refuse(model, *(("shared_schema", "own_schema") if refuses_all else (used,)))
            return True
        name = get_cap_name(target, self.formats)
        is_refused = re.search(rf"\b{name}\b", failure.everything) and _UNKNOWN.search(failure.everything)
        if is_refused and self.formats.get_cap_name(model) is None:
            self.formats.learn(model, cap_name=next(other for other in CAP_NAMES if other != name))
            return True
        return False

    async def _post(self, body: Mapping[str, Any], model: ModelConfig, sent: int) -> Completion:
        """The completion of one call. Raises `FailedCallError` and `ModelError`."""
        endpoint = self._endpoint(model.name)
        answer = await endpoint.post("/chat/completions", body)
        if not answer.is_success:
            raise read_error(answer.status_code, answer.headers, answer.content, endpoint.key)
        return read_completion(answer.content, answer.headers.get("content-type", ""), model.model, sent, endpoint.key)

    def _endpoint(self, model: str) -> Endpoint:
        if model not in self._endpoints:
            self._endpoints[model] = Endpoint(self._config.find_model(model), self._config.timeout_seconds)
        return self._endpoints[model]

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
        if seconds is None or failure.came_again:  # Gemini asks to wait half a minute, also for the limit of a day
            return failure.is_daily_limit
        return seconds >= self._config.deadline_seconds

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
