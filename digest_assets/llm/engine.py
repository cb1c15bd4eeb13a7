"""Asking a model so that nothing is paid twice, nothing is overspent and nothing is lost.

    async with Model.of(settings, days) as model:
        answer = await model.ask(question, Deadline(600))

A question whose answer was kept is answered from the warehouse. Else: budget, limiter, call, validation, one repair
call if the answer does not fit, the second model if one is configured, and the answer is kept before it is returned.
Runs that have the same question at once ask it once: a run claims a question, and looks whether another was faster.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.common.locks import NamedLocks
from digest_assets.config.settings import Settings
from digest_assets.llm.batches import BatchQueue
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import (
    KEY_VARIABLE,
    Completion,
    ContextError,
    Deadline,
    EndpointDownError,
    EndpointError,
    LLMClient,
    RefusalError,
    explain_missing_key,
)
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import A, LLMRequest, LLMResponse, Message, TokenUsage, compute_cost, estimate_tokens
from digest_assets.llm.structured_output import (
    WrongSchemaError,
    build_response_schemas,
    format_problems,
    parse_response,
)
from digest_assets.llm.tables import LLMCacheRow, LLMCallRow, Outcome
from digest_assets.warehouse import open_warehouse

logger = logging.getLogger(__name__)

_FAILURES_IN_A_ROW = 8  # beyond the calls in flight: then the endpoint counts as down


_FINISHES: Mapping[str, Outcome] = {"length": "truncated", "refusal": "refused", "content_filter": "filtered"}
_FAILURES: Mapping[type, Outcome] = {ContextError: "context_overflow", RefusalError: "filtered"}
_NOTHING = Completion(content="", finish_reason="", model="", input_tokens=0, cached_tokens=0, output_tokens=0, retries=0)


@dataclass
class Spending:
    """What a run asked and paid; answers that were kept from earlier cost nothing."""

    calls: int = 0
    from_cache: int = 0
    retries: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    outcomes: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(
            self.calls + other.calls,
            self.from_cache + other.from_cache,
            self.retries + other.retries,
            self.usage + other.usage,
            self.outcomes + other.outcomes,
        )

    def to_metadata(self) -> dict[str, Any]:
        """The figures by name, as metadata shows them."""
        return {
            "calls": self.calls,
            "answers kept from earlier": self.from_cache,
            "retries": self.retries,
            "calls by outcome": dict(sorted(self.outcomes.items())),
            "tokens in": self.usage.input_tokens,
            "tokens cached": self.usage.cached_tokens,
            "tokens out": self.usage.output_tokens,
            "spent, USD": round(self.usage.cost_usd, 6),
        }


class LLM:
    """The engine of one run; see the module's text. Made by `Model.of`."""

    def __init__(
        self, settings: Settings, ledger: Ledger, budget: Budget, client: LLMClient, limiter: RateLimiter, claims: NamedLocks
    ) -> None:
        self._choice = settings.config.summaries
        self._ledger = ledger
        self._claims = claims
        self._budget = budget
        self._client = client
        self._limiter = limiter
        self._kept: dict[str, LLMCacheRow] = {}
        self._closed: dict[str, EndpointError] = {}
        self._mixes_up: set[str] = set()
        self._failures = 0
        self._batches = BatchQueue(settings, ledger, client, budget)
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(self._choice.concurrency)
        self.spending = Spending()
        if explain_missing_key(settings):  # short: it stands with every paper, and the commands and a check say what to do
            self._closed = dict.fromkeys(self._choice.models, EndpointError(f"no model: {KEY_VARIABLE} is not set"))

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, days: Collection[date]) -> "AsyncIterator[LLM]":
        """The engine for a run that makes these days."""
        choice = settings.config.summaries
        limiter = RateLimiter.from_settings(settings)
        client = LLMClient(settings, limiter)
        with Ledger(open_warehouse(settings)) as ledger, NamedLocks(settings.data_dir / "locks" / "questions") as claims:
            budget = Budget(choice.budget_usd, choice.run_budget_usd, ledger.read_spending(days))
            try:
                yield cls(settings, ledger, budget, client, limiter, claims)
            finally:
                await client.close()

    def preload_cache(self, questions: Collection[LLMRequest[Any]]) -> None:
        """Look up which of these questions were answered before: one query for all."""
        unknown = {question.key for question in questions} - self._kept.keys()
        self._kept.update(self._ledger.read_cached(unknown))

    def is_cached(self, question: LLMRequest[Any]) -> bool:
        """Whether an answer was kept, as far as it was looked up."""
        return question.key in self._kept

    async def submit_batch(self, questions: Sequence[LLMRequest[Any]]) -> None:
        """Leave these questions to the Batch API where they fit one call; who asks one under way hears so.

        An endpoint without batches is asked live.
        """
        fitting = [one for one in questions if not self.is_cached(one) and one.estimated_tokens <= self._choice.context_tokens]
        if not fitting or self._choice.model in self._closed:
            return
        try:
            answers, self._under_way = await self._batches.collect_and_submit(fitting)
        except ModelError as error:
            logger.warning("%s; asking live instead", error)
        else:
            self._kept.update(answers)

    async def ask(
        self, request: LLMRequest[A], deadline: Deadline, *, refresh: bool = False, cache_key: str | None = None
    ) -> LLMResponse[A]:
        """The validated answer, kept before it is returned.

        Args:
            question: What is asked.
            deadline: Seconds that its paper may still take.
            refresh: Ask anew although an answer was kept.
            keep_as: The key to keep the answer under, where the question stands for another one.

        Raises:
            BudgetError: The money is spent; nothing was asked.
            ContextError: The messages are too long.
            ModelError: No model gave a valid answer.
        """
        key = cache_key or request.key
        kept = None if refresh else self._kept.get(key)
        answer = self._answer(request, kept)
        if answer is not None:
            return answer
        if request.key in self._under_way:
            raise TransientModelError("its batch is under way")
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._claims.hold(key, self._choice.deadline_seconds))
            except TimeoutError:
                raise TransientModelError("another run has been asking the same for too long") from None
            newer = None if refresh else await self._ledger.look_up(key)
            answer = None if newer == kept else self._answer(request, newer)
            return answer or await self._ask_models(request, deadline, key)

    def _answer(self, question: LLMRequest[A], kept: LLMCacheRow | None) -> LLMResponse[A] | None:
        """The answer that was kept, if it fits the question."""
        if kept is None:
            return None
        try:
            value = question.response_model.model_validate_json(kept.answer)
        except ValidationError:
            logger.warning("a kept answer does not fit its profile any more; asking again")
            return None
        self.spending.from_cache += 1
        usage = TokenUsage(kept.input_tokens, kept.cached_tokens, kept.output_tokens, kept.cost_usd)
        return LLMResponse(value, kept.model, usage, cached=True)

    async def _ask_models(self, question: LLMRequest[A], deadline: Deadline, key: str) -> LLMResponse[A]:
        models = dict.fromkeys(name for name in (question.model, self._choice.fallback_model) if name)
        error: ModelError | None = None
        for model in models:
            if model in self._closed:
                error = error or self._closed[model]
                continue
            try:
                return await self._ask_one(question, model, deadline, key)
            except (BudgetError, ContextError):
                raise
            except ModelError as failure:
                error = error or failure
                self._judge(model, failure)
        assert error is not None
        raise error

    async def _ask_one(self, question: LLMRequest[A], model: str, deadline: Deadline, key: str) -> LLMResponse[A]:
        messages: Sequence[Message] = question.messages
        usage = TokenUsage()
        for is_repair in (False, True):
            if model in self._mixes_up:
                question = replace(question, family=())
            completion, row = await self._call(question, model, messages, deadline, key)
            usage += TokenUsage(row.input_tokens, row.cached_tokens, row.output_tokens, row.cost_usd)
            if row.outcome in ("refused", "filtered"):
                await self._ledger.record([row])
                raise RefusalError("the model refused" if row.outcome == "refused" else "the answer was filtered")
            try:
                if row.outcome == "truncated":
                    raise ValueError("it was cut off before its end; answer more briefly")
                value = parse_response(question, completion.content)
            except ValueError as error:
                outcome: Outcome = "truncated" if row.outcome == "truncated" else "invalid"
                await self._ledger.record([row.model_copy(update={"outcome": outcome})])
                if is_repair:
                    kind = "was cut off" if outcome == "truncated" else "did not have the asked-for form"
                    raise ModelError(f"the model's answer {kind}, twice") from error
                if isinstance(error, WrongSchemaError) and model not in self._mixes_up:
                    logger.warning("%s does not keep several schemas apart; from now on it gets one at a time", model)
                    self._mixes_up.add(model)
                messages = _repair(question.messages, completion, format_problems(error))
                continue
            kept = LLMCacheRow(
                key=key,
                purpose=question.purpose,
                answer=value.model_dump_json(),
                model=completion.model,
                input_tokens=usage.input_tokens,
                cached_tokens=usage.cached_tokens,
                output_tokens=usage.output_tokens,
                cost_usd=usage.cost_usd,
            )
            await self._ledger.record([row], kept)
            self._kept[key] = kept
            self._failures = 0
            return LLMResponse(value, completion.model, usage, cached=False)
        raise AssertionError("not reached")

    async def _call(
        self, question: LLMRequest[A], model: str, messages: Sequence[Message], deadline: Deadline, key: str
    ) -> tuple[Completion, LLMCallRow]:
        """One call with its row for the ledger; one that failed is recorded here."""
        if deadline.left <= 0:
            raise TransientModelError("the model did not answer in time")
        tokens_in = sum(estimate_tokens(message["content"]) for message in messages)
        price = self._choice.prices.get(model)
        # A slot is held by a call in flight alone: who waits for a commit lets another call go.
        async with self._slots:
            started = time.monotonic()
            expected = self._budget.expected_output_tokens
            with self._budget.reserve(question.day, compute_cost(price, tokens_in, 0, expected)) as receipt:
                try:
                    completion = await self._client.complete(
                        model, messages, build_response_schemas(question), tokens_in + expected, deadline, question.parameters
                    )
                    outcome = _FINISHES.get(completion.finish_reason, "ok")
                    error = None
                except ModelError as failure:
                    completion, error = _NOTHING, failure
                    outcome = _FAILURES.get(type(failure), "failed")
                tokens = (completion.input_tokens, completion.cached_tokens, completion.output_tokens)
                receipt.usd = compute_cost(price, *tokens)
        row = LLMCallRow(
            id=uuid.uuid4().hex,
            ended_at=datetime.now(UTC),
            day=question.day,
            purpose=question.purpose,
            paper=question.paper,
            report=question.profile,
            model=model,
            input_tokens=tokens[0],
            cached_tokens=tokens[1],
            output_tokens=tokens[2],
            seconds=round(time.monotonic() - started, 3),
            retries=completion.retries,
            outcome=outcome,
            cost_usd=receipt.usd,
            key=key,
        )
        self._count(row)
        if error is not None:
            await self._ledger.record([row])
            raise error
        self._budget.record_answer_length(completion.output_tokens)
        self._limiter.correct(sum(tokens[::2]) - tokens_in - expected)
        return completion, row

    def _count(self, row: LLMCallRow) -> None:
        spending = self.spending
        spending.calls += 1
        spending.retries += row.retries
        spending.outcomes[row.outcome] += 1
        spending.usage += TokenUsage(row.input_tokens, row.cached_tokens, row.output_tokens, row.cost_usd)

    def _judge(self, model: str, failure: ModelError) -> None:
        """Close an endpoint that cannot answer, so that hundreds of papers do not each wait for it."""
        if isinstance(failure, EndpointError):
            self._closed[model] = failure
        elif not isinstance(failure, RefusalError):
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW + self._choice.concurrency:
                self._closed[model] = EndpointDownError(f"the model failed for many papers in a row: {failure}")
                self._failures = 0
        if model in self._closed:
            logger.error("%s is not asked any more in this run: %s", model, failure)


def _repair(messages: Sequence[Message], completion: Completion, problems: str) -> Sequence[Message]:
    """The same question with the answer that did not fit and what is wrong with it."""
    wish = f"That answer is not valid: {problems}\nAnswer again with the whole JSON object."
    given = [] if completion.finish_reason == "length" else [{"role": "assistant", "content": completion.content}]
    return [*messages, *given, {"role": "user", "content": wish}]
