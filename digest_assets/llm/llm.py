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
from digest_assets.llm.client import Attempts, Call, Deadline, LLMClient
from digest_assets.llm.format_ladder import FormatLadder
from digest_assets.llm.format_memory import FORMATS, ResponseFormat
from digest_assets.llm.ledger import Ledger, build_cache_row, build_call_row
from digest_assets.llm.prices import find_price
from digest_assets.llm.provider_errors import (
    ContextError,
    EndpointDownError,
    EndpointError,
    ForbiddenError,
    NoCompletionError,
    RefusalError,
)
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.readiness import find_unready_models
from digest_assets.llm.request_bodies import shows_schemas
from digest_assets.llm.requests import (
    A,
    Completion,
    LLMRequest,
    LLMResponse,
    Message,
    TokenUsage,
    compute_cost,
    estimate_message_tokens,
)
from digest_assets.llm.responses import describe_unread, get_outcome
from digest_assets.llm.structured_output import (
    build_repair_messages,
    estimate_schema_tokens,
    is_whole,
    parse_response,
)
from digest_assets.llm.tables import LLMCallRow, Outcome
from digest_assets.warehouse import open_warehouse

logger = logging.getLogger(__name__)

_MAX_FAILURES_IN_A_ROW = 8  # beyond the calls in flight: then the endpoint counts as down
_MAX_STRANGE_IN_A_ROW = 3  # answers that are no completion, or forbid: then the address or the key is wrong
_OUTCOME_BY_ERROR: Mapping[type, Outcome] = {ContextError: "context_overflow", RefusalError: "filtered"}
_AnsweredCall = tuple[Completion, LLMCallRow, ResponseFormat, str | None]
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
        self._ladder = FormatLadder(client.formats)
        self._batches = BatchQueue(settings, ledger, client, budget)
        self._left_to_batches: dict[str, ModelError] = {}  # what to say of a request, by its key
        self._unavailable = {name: EndpointError(reason) for name, reason in find_unready_models(settings).items()}
        self._probes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by model
        self._unprobed: set[str] = set()  # models of which it could not be found out whether they keep schemas apart
        self._failures_in_a_row = self._strange_in_a_row = 0
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
            budget = Budget(config.budget_usd, config.run_budget_usd, *ledger.read_history(days))
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
        """Leave these requests to the Batch API; `ask` then says what became of those that it has not answered yet.

        None of them is asked live instead, which would cost twice as much: that is for `summaries.mode` to say.
        """
        waiting = [one for one in requests if one not in self._cache and one.model not in self._unavailable]
        rows, unanswered = await self._batches.collect_and_submit(waiting)
        self._cache.add(rows)
        self._left_to_batches.update(unanswered)

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
        for known in () if refresh else dict.fromkeys((key, *request.keys)):
            response = self._get_cached(request, known)
            if response is not None:
                return response
        if request.key in self._left_to_batches:
            raise self._left_to_batches[request.key]
        async with self._cache.lock(key):
            response = None
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
        early: asyncio.Task[_AnsweredCall] | None = None
        if self._is_unknown(request, model) and self._probes[model].locked():
            # Another request is finding out. This one is asked meanwhile and read in its turn: few models mix schemas
            # up, and of one that does, the calls in flight are asked afresh, once and for all.
            early = asyncio.create_task(self._call(request, model, request.messages, deadline, key, None))
        try:
            async with self._probe(request, model):
                return await self._ask_in_formats(request, model, deadline, key, early)
        finally:
            if early is not None:
                early.cancel()

    async def _ask_in_formats(
        self,
        request: LLMRequest[A],
        model: str,
        deadline: Deadline,
        key: str,
        early: asyncio.Task[_AnsweredCall] | None,
    ) -> LLMResponse[A]:
        """The response, in the best format that the model heeds. `early` is a call that was made before its turn."""
        messages: Sequence[Message] = request.messages
        format_: ResponseFormat | None = None
        usage = TokenUsage()
        is_repair = False
        while True:
            made = early or self._call(request, model, messages, deadline, key, format_)
            completion, call, used, note = await made
            is_early, early = early is not None, None
            if is_early and FORMATS.index(self._ladder.choose(request, model)) > FORMATS.index(used):
                # In its turn it would not have been asked so: its answer does not count, whatever it is.
                await self._ledger.record([call.model_copy(update={"outcome": "invalid"})])
                continue
            usage += TokenUsage.from_row(call)
            if self._ladder.is_settled(model):
                # The call that got the slot goes out before this answer is read, which takes milliseconds; while
                # answers may still show how to ask, they are read first.
                await asyncio.sleep(0)
            if call.outcome in ("refused", "filtered"):
                await self._ledger.record([call])
                raise RefusalError("the model refused" if call.outcome == "refused" else "the answer was filtered")
            try:
                if call.outcome == "truncated" and not is_whole(completion.content):
                    raise ValueError("it was cut off before its end; answer more briefly")
                value = parse_response(request, completion.content)
            except ValueError as error:
                outcome: Outcome = "truncated" if call.outcome == "truncated" else "invalid"
                is_cut = outcome == "truncated"
                # Before anything is waited for: the call that gets the slot next is to know what this answer shows.
                lower = None if is_cut else self._ladder.step_down(request, model, used, error, completion.content)
                await self._ledger.record([call.model_copy(update={"outcome": outcome})])
                if lower is not None:
                    format_, messages, is_repair = lower, request.messages, False
                    continue
                if is_repair or (is_cut and not completion.content.strip()):
                    raise _describe_failure(outcome, error, completion, is_repair) from error
                is_repair, format_ = True, used
                messages = build_repair_messages(request.messages, completion, error)
                continue
            call = call.model_copy(update={"outcome": "ok"})  # only blanks behind it were cut off, if anything
            self._ladder.learn_success(request, model, used)
            row = build_cache_row(request, value, completion.model, usage, key, note)
            await self._ledger.record([call], row)
            self._cache.add([row])
            self._failures_in_a_row = 0
            return LLMResponse(value, completion.model, usage, cached=False, note=note, key=key)

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
        return model not in self._unprobed and self._ladder.is_unknown(request, model)

    async def _call(
        self,
        request: LLMRequest[A],
        model: str,
        messages: Sequence[Message],
        deadline: Deadline,
        key: str,
        format_: ResponseFormat | None,
    ) -> _AnsweredCall:
        """One call, with its row for the ledger, the format that was asked for, and what is to be said of it.

        Without a format, the best is asked for by what is known when the call gets its slot. A call that failed is
        recorded here.
        """
        if deadline.left <= 0:
            raise TransientModelError("the model did not answer in time")
        target = self._config.find_model(model)
        price = find_price(target)
        message_tokens = estimate_message_tokens(messages)
        prompt_tokens = message_tokens + estimate_schema_tokens(request, alone=not shows_schemas(target))
        most = self._config.get_max_output_tokens(target)
        attempts = Attempts()
        # A slot is held by a call in flight alone: who waits for a commit lets another call go.
        async with self._slots, self._ledger.expect_call():
            if model in self._unavailable:  # closed while this call waited for its slot
                raise self._unavailable[model]
            started = time.monotonic()
            expected = self._budget.expected_output_tokens
            async with self._budget.reserve_call(request.day, target.model, price, prompt_tokens, most) as receipt:
                best = format_ or self._ladder.choose(request, model)
                try:
                    planned = Call(request, model, messages, best, receipt.max_output_tokens, prompt_tokens + expected)
                    completion = await self._client.complete(planned, deadline, attempts)
                    outcome = get_outcome(completion)
                    error = None
                except ModelError as failure:
                    completion, error = attempts.apply_to(_NO_COMPLETION), failure
                    self._close_if_hopeless(model, failure)
                    outcome = _OUTCOME_BY_ERROR.get(type(failure), "failed")
                receipt.usd = compute_cost(price, completion.counts)
        seconds = time.monotonic() - started
        call = build_call_row(request, target.model, completion, outcome, receipt.usd, key, seconds, prompt_tokens)
        self.spending.add_call(call)
        if error is not None:
            await self._ledger.record([call])
            raise error
        counts = completion.counts
        self._budget.record_answer_length(counts.output_tokens, target.model)
        self._limiter.correct(counts.input_tokens + counts.output_tokens - prompt_tokens - expected)
        self._strange_in_a_row = 0
        return completion, call, attempts.format_, describe_unread(message_tokens, completion)

    def _close_if_hopeless(self, model: str, failure: ModelError) -> None:
        """Give up on an endpoint that will answer nobody, before the next call gets its slot."""
        if isinstance(failure, EndpointError):
            self._unavailable[model] = failure
        elif isinstance(failure, NoCompletionError | ForbiddenError):
            self._strange_in_a_row += 1
            if self._strange_in_a_row >= _MAX_STRANGE_IN_A_ROW:
                self._unavailable[model] = EndpointError(str(failure))

    def _note_failure(self, model: str, failure: ModelError) -> None:
        """Give up on an endpoint that cannot answer, so that hundreds of papers do not each wait for it."""
        if not isinstance(failure, RefusalError | EndpointError | NoCompletionError | ForbiddenError):
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW + self._config.concurrency:
                self._unavailable[model] = EndpointDownError(f"the model failed for many papers in a row: {failure}")
                self._failures_in_a_row = 0
        if model in self._unavailable:
            logger.error("%s is not asked any more in this run: %s", model, failure)


def _describe_failure(outcome: Outcome, error: ValueError, completion: Completion, is_repair: bool) -> ModelError:
    if outcome == "truncated" and not is_repair:
        spent = f"the model spent {completion.counts.output_tokens:,} tokens on thoughts and gave no answer"
        return ModelError(f"{spent}: lower its effort under summaries.parameters")
    if outcome == "truncated":
        return ModelError("the model's answer was cut off, twice")
    problem = "" if isinstance(error, ValidationError) else f": {error}"
    return ModelError(f"the model's answer did not have the asked-for form, twice{problem}")
