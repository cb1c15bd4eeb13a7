"""The language model of a run: a request goes in, a validated response comes out, and nothing is paid for twice.

    async with LLM.open(settings, days) as llm:
        response = await llm.ask(request, Deadline(600))

A request that was answered before is answered from the cache. Else: budget, rate limit, call, validation, one repair
call if the response does not fit its schema, the fallback model if one is configured; the response is stored before
it is returned. Runs that have the same request at once send it once. What the pieces do is in their own modules.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.common.locks import NamedLocks
from digest_assets.config.settings import Settings
from digest_assets.llm.batches import BatchQueue
from digest_assets.llm.budget import Budget, BudgetError, Spending
from digest_assets.llm.cache import ResponseCache
from digest_assets.llm.client import Deadline, LLMClient
from digest_assets.llm.format_memory import ResponseFormat
from digest_assets.llm.ledger import Ledger, build_cache_row, build_call_row
from digest_assets.llm.prices import find_price
from digest_assets.llm.provider_errors import (
    ContextError,
    EndpointDownError,
    EndpointError,
    NoCompletionError,
    RefusalError,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.readiness import find_unready_models
from digest_assets.llm.requests import (
    A,
    Completion,
    LLMRequest,
    LLMResponse,
    Message,
    TokenUsage,
    compute_cost,
    estimate_tokens,
)
from digest_assets.llm.responses import describe_unread
from digest_assets.llm.structured_output import (
    WrongSchemaError,
    estimate_schema_tokens,
    format_problems,
    has_shared_schema,
    is_first_schema,
    knows_no_field,
    parse_response,
)
from digest_assets.llm.tables import LLMCallRow, Outcome
from digest_assets.warehouse import open_warehouse

logger = logging.getLogger(__name__)

_MAX_FAILURES_IN_A_ROW = 8  # beyond the calls in flight: then the endpoint counts as down
_MAX_PAGES_IN_A_ROW = 3  # answers that are no completion: then the address is wrong
_OUTCOME_BY_FINISH_REASON: Mapping[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "max_output_tokens": "truncated",
    "model_length": "truncated",
    "refusal": "refused",
    "content_filter": "filtered",
    "content_filtered": "filtered",
    "safety": "filtered",
    "prohibited_content": "filtered",
}
_SCHEMA_FORMATS = ("shared_schema", "own_schema")
_OUTCOME_BY_ERROR: Mapping[type, Outcome] = {ContextError: "context_overflow", RefusalError: "filtered"}
_NO_COMPLETION = Completion(content="", finish_reason="", model="")


class LLM:
    """The language model of one run. Made by `LLM.open`."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        cache: ResponseCache,
        client: LLMClient,
        limiter: RateLimiter,
        budget: Budget,
    ) -> None:
        self._config = settings.config.summaries
        self._ledger = ledger
        self._cache = cache
        self._client = client
        self._limiter = limiter
        self._budget = budget
        self._batches = BatchQueue(settings, ledger, client, budget)
        self._in_batches: set[str] = set()  # keys
        self._unavailable = {name: EndpointError(reason) for name, reason in find_unready_models(settings).items()}
        self._probes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by model
        self._unprobed: set[str] = set()  # models of which it could not be found out whether they keep schemas apart
        self._failures_in_a_row = self._pages_in_a_row = 0
        self._slots = asyncio.Semaphore(self._config.concurrency)
        self.spending = Spending()

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, days: Collection[date]) -> "AsyncIterator[LLM]":
        """The language model for a run that makes these days."""
        config = settings.config.summaries
        limiter = RateLimiter.from_settings(settings)
        client = LLMClient(settings, limiter)
        with (
            Ledger(open_warehouse(settings)) as ledger,
            NamedLocks(settings.data_dir / "locks" / "questions") as locks,
        ):
            cache = ResponseCache(ledger, locks, config.deadline_seconds)
            longest = ledger.read_longest_answers()
            budget = Budget(config.budget_usd, config.run_budget_usd, ledger.read_spending(days), longest)
            try:
                yield cls(settings, ledger, cache, client, limiter, budget)
            finally:
                await client.close()

    def preload_cache(self, requests: Collection[LLMRequest[Any]]) -> None:
        """Look up which of these requests were answered before: one query for all."""
        self._cache.preload(requests)

    def is_cached(self, request: LLMRequest[Any]) -> bool:
        """Whether a response is cached, as far as it was looked up."""
        return request in self._cache

    async def submit_batch(self, requests: Sequence[LLMRequest[Any]]) -> None:
        """Leave these requests to the Batch API where they fit one call; `ask` then says that they are in progress.

        An endpoint without batches is asked live.
        """
        reader = self._config.get_model()
        limit = self._config.get_context_tokens(reader)
        fitting = [
            one
            for one in requests
            if one.model == reader.name and one not in self._cache and one.estimated_tokens <= limit
        ]
        if not fitting or reader.name in self._unavailable:
            return
        try:
            rows, self._in_batches = await self._batches.collect_and_submit(fitting)
        except ModelError as error:
            logger.warning("%s; asking live instead", error)
        else:
            self._cache.add(rows)

    async def ask(
        self, request: LLMRequest[A], deadline: Deadline, *, refresh: bool = False, cache_key: str | None = None
    ) -> LLMResponse[A]:
        """The validated response, stored before it is returned.

        Args:
            request: What is asked.
            deadline: Seconds that its paper may still take.
            refresh: Ask anew although a response is cached.
            cache_key: The key to store the response under, where the request stands for another one.

        Raises:
            BudgetError: The money is spent; nothing was asked.
            ContextError: The messages are too long.
            ModelError: No model gave a valid response.
        """
        key = cache_key or request.key
        response = None if refresh else self._get_cached(request, key)
        if response is not None:
            return response
        if request.key in self._in_batches:
            raise TransientModelError("its batch is under way")
        async with self._cache.lock(key):
            if not refresh and await self._cache.reload(key):  # another run was faster
                response = self._get_cached(request, key)
            return response or await self._ask_models(request, deadline, key)

    def _get_cached(self, request: LLMRequest[A], key: str) -> LLMResponse[A] | None:
        response = self._cache.get(request, key)
        self.spending.from_cache += response is not None
        return response

    async def _ask_models(self, request: LLMRequest[A], deadline: Deadline, key: str) -> LLMResponse[A]:
        """The response of the request's model, or of the fallback model."""
        error: ModelError | None = None
        for model in dict.fromkeys(name for name in (request.model, self._config.roles.fallback) if name):
            if model in self._unavailable:
                error = error or self._unavailable[model]
                continue
            try:
                mine = request
                if model != request.model:  # the fallback has parameters of its own
                    mine = replace(request, parameters=self._config.find_model(model).parameters)
                return await self._ask_model(mine, model, deadline, key)
            except (BudgetError, ContextError):
                raise
            except ModelError as failure:
                error = error or failure
                self._note_failure(model, failure)
        assert error is not None
        raise error

    async def _ask_model(self, request: LLMRequest[A], model: str, deadline: Deadline, key: str) -> LLMResponse[A]:
        """A model's response, asked for once more with what was wrong if it does not fit the schema.

        A model that does not heed a schema is asked afresh in the next format, as if that had been asked for at once:
        so its answer does not depend on when that was found out.
        """
        async with self._probe(request, model):
            messages: Sequence[Message] = request.messages
            format_ = self._choose_format(request, model)
            usage = TokenUsage()
            is_repair = False
            while True:
                completion, call, note = await self._call(request, model, messages, deadline, key, format_)
                usage += TokenUsage.from_row(call)
                if call.outcome in ("refused", "filtered"):
                    await self._ledger.record([call])
                    raise RefusalError("the model refused" if call.outcome == "refused" else "the answer was filtered")
                used = self._get_used_format(request, model, format_)
                try:
                    if call.outcome == "truncated":
                        raise ValueError("it was cut off before its end; answer more briefly")
                    value = parse_response(request, completion.content)
                except ValueError as error:
                    outcome: Outcome = "truncated" if call.outcome == "truncated" else "invalid"
                    await self._ledger.record([call.model_copy(update={"outcome": outcome})])
                    lower = None if outcome == "truncated" else self._step_down(request, model, used, error, completion)
                    if lower is not None:
                        format_, messages = lower, request.messages
                        continue
                    if is_repair or (outcome == "truncated" and not completion.content.strip()):
                        raise _describe_failure(outcome, error, completion, is_repair) from error
                    is_repair = True
                    messages = _build_repair_messages(request.messages, completion, format_problems(error))
                    continue
                self._learn_formats(request, model, used)
                row = build_cache_row(request, value, completion.model, usage, key, note)
                await self._ledger.record([call], row)
                self._cache.add([row])
                self._failures_in_a_row = 0
                return LLMResponse(value, completion.model, usage, cached=False, note=note)

    @asynccontextmanager
    async def _probe(self, request: LLMRequest[Any], model: str) -> AsyncIterator[None]:
        """Let one request at a time find out whether a model keeps the schemas of a family apart; then all go.

        Else the answers that a model gives before that is known would depend on which of them came first.
        """
        if not self._is_unknown(request, model):
            yield
            return
        async with self._probes[model]:
            if self._is_unknown(request, model):
                try:
                    yield
                except (TransientModelError, EndpointError):
                    self._unprobed.add(model)  # in trouble, nobody waits for it
                    raise
                return
        yield

    def _is_unknown(self, request: LLMRequest[Any], model: str) -> bool:
        formats = self._client.formats
        return (
            formats.choose(model, "shared_schema", shared=has_shared_schema(request)) == "shared_schema"
            and formats.keeps_schemas_apart(model) is None
            and formats.heeds_schemas(model) is not False
            and not is_first_schema(request)
            and model not in self._unprobed
        )

    def _choose_format(self, request: LLMRequest[Any], model: str) -> ResponseFormat:
        """The best format by what is known of the model."""
        formats = self._client.formats
        if formats.heeds_schemas(model) is False:
            return "json_object"
        mixes_up = has_shared_schema(request) and formats.keeps_schemas_apart(model) is False
        return "own_schema" if mixes_up and not is_first_schema(request) else "shared_schema"

    def _get_used_format(self, request: LLMRequest[Any], model: str, best: ResponseFormat) -> ResponseFormat:
        return self._client.formats.choose(model, best, shared=has_shared_schema(request))

    def _step_down(
        self, request: LLMRequest[Any], model: str, used: ResponseFormat, error: ValueError, completion: Completion
    ) -> ResponseFormat | None:
        """The format to ask in instead, if an answer shows that its model does not heed the one that was asked for."""
        formats = self._client.formats
        if used == "shared_schema" and isinstance(error, WrongSchemaError):
            if formats.keeps_schemas_apart(model) is None:
                logger.warning("%s does not keep several schemas apart; from now on it gets one at a time", model)
                formats.learn(model, keeps_schemas_apart=False)
            return "own_schema"
        if used in _SCHEMA_FORMATS and knows_no_field(request, completion.content):
            if formats.heeds_schemas(model) is None:
                logger.warning("%s does not heed the schema; from now on it gets it in words", model)
                formats.learn(model, heeds_schemas=False)
            return "json_object"
        return None

    def _learn_formats(self, request: LLMRequest[Any], model: str, used: ResponseFormat) -> None:
        if used in _SCHEMA_FORMATS:
            self._client.formats.learn(model, heeds_schemas=True)
        if used == "shared_schema" and not is_first_schema(request):
            self._client.formats.learn(model, keeps_schemas_apart=True)

    async def _call(
        self,
        request: LLMRequest[A],
        model: str,
        messages: Sequence[Message],
        deadline: Deadline,
        key: str,
        format_: ResponseFormat,
    ) -> tuple[Completion, LLMCallRow, str | None]:
        """One call with its row for the ledger, and what is to be said of it; one that failed is recorded here."""
        if deadline.left <= 0:
            raise TransientModelError("the model did not answer in time")
        target = self._config.find_model(model)
        price = find_price(target)
        schema_tokens = estimate_schema_tokens(request)
        prompt_tokens = schema_tokens + sum(estimate_tokens(message["content"]) for message in messages)
        most = self._config.get_max_output_tokens(target)
        # A slot is held by a call in flight alone: who waits for a commit lets another call go.
        async with self._slots:
            if model in self._unavailable:  # closed while this call waited for its slot
                raise self._unavailable[model]
            started = time.monotonic()
            expected = self._budget.expected_output_tokens
            async with self._budget.reserve_call(request.day, target.model, price, prompt_tokens, most) as receipt:
                try:
                    tokens = prompt_tokens + expected
                    completion = await self._client.complete(
                        request, model, messages, tokens, deadline, format_, receipt.max_output_tokens
                    )
                    outcome = _OUTCOME_BY_FINISH_REASON.get(completion.finish_reason.lower(), "ok")
                    error = None
                except ModelError as failure:
                    completion, error = _NO_COMPLETION, failure
                    self._close_if_hopeless(model, failure)
                    outcome = _OUTCOME_BY_ERROR.get(type(failure), "failed")
                receipt.usd = compute_cost(price, *completion.tokens, completion.cache_write_tokens)
        seconds = time.monotonic() - started
        call = build_call_row(request, target.model, completion, outcome, receipt.usd, key, seconds, prompt_tokens)
        self.spending.add_call(call)
        if error is not None:
            await self._ledger.record([call])
            raise error
        self._budget.record_answer_length(completion.output_tokens, target.model)
        self._limiter.correct(completion.input_tokens + completion.output_tokens - prompt_tokens - expected)
        self._pages_in_a_row = 0
        return completion, call, describe_unread(prompt_tokens - schema_tokens, completion)

    def _close_if_hopeless(self, model: str, failure: ModelError) -> None:
        """Give up on an endpoint that will answer nobody, before the next call gets its slot."""
        if isinstance(failure, EndpointError):
            self._unavailable[model] = failure
        elif isinstance(failure, NoCompletionError):
            self._pages_in_a_row += 1
            if self._pages_in_a_row >= _MAX_PAGES_IN_A_ROW:
                self._unavailable[model] = EndpointError(str(failure))

    def _note_failure(self, model: str, failure: ModelError) -> None:
        """Give up on an endpoint that cannot answer, so that hundreds of papers do not each wait for it."""
        if not isinstance(failure, RefusalError | EndpointError | NoCompletionError):
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW + self._config.concurrency:
                self._unavailable[model] = EndpointDownError(f"the model failed for many papers in a row: {failure}")
                self._failures_in_a_row = 0
        if model in self._unavailable:
            logger.error("%s is not asked any more in this run: %s", model, failure)


def _describe_failure(outcome: Outcome, error: ValueError, completion: Completion, is_repair: bool) -> ModelError:
    if outcome == "truncated" and not is_repair:
        spent = f"the model spent {completion.output_tokens:,} tokens on thoughts and gave no answer"
        return ModelError(f"{spent}: lower its effort under summaries.parameters")
    if outcome == "truncated":
        return ModelError("the model's answer was cut off, twice")
    problem = "" if isinstance(error, ValidationError) else f": {error}"
    return ModelError(f"the model's answer did not have the asked-for form, twice{problem}")


def _build_repair_messages(messages: Sequence[Message], completion: Completion, problems: str) -> Sequence[Message]:
    """The same messages, the answer that did not fit, and what is wrong with it."""
    repair = f"That answer is not valid: {problems}\nAnswer again with the whole JSON object."
    # Providers take no empty message; a cut answer is not shown, so that the next one is not its end.
    is_shown = completion.content.strip() and completion.finish_reason != "length"
    answer = [{"role": "assistant", "content": completion.content}] if is_shown else []
    return [*messages, *answer, {"role": "user", "content": repair}]
