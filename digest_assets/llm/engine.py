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

from digest_assets.common.errors import ModelError
from digest_assets.common.locks import NamedLocks
from digest_assets.config.settings import Settings
from digest_assets.llm.batches import Batches
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import (
    KEY_VARIABLE,
    Client,
    Completion,
    ContextError,
    Deadline,
    EndpointError,
    RefusalError,
    missing_key,
)
from digest_assets.llm.ledger import CallRow, KeptRow, Ledger, Outcome
from digest_assets.llm.rate_limit import Limiter
from digest_assets.llm.requests import A, Answer, Message, Question, Usage, estimated_tokens, money
from digest_assets.llm.structured_output import MixedUpError, problems_of, schemas_of, value_of

logger = logging.getLogger(__name__)

_FAILURES_IN_A_ROW = 8  # beyond the calls in flight: then the endpoint counts as down


_FINISHES: Mapping[str, Outcome] = {"length": "cut", "refusal": "refused", "content_filter": "filtered"}
_FAILURES: Mapping[type, Outcome] = {ContextError: "overflow", RefusalError: "filtered"}
_NOTHING = Completion(content="", finish="", model="", tokens_in=0, tokens_cached=0, tokens_out=0, retries=0)


@dataclass
class Spending:
    """What a run asked and paid; answers that were kept from earlier cost nothing."""

    calls: int = 0
    kept: int = 0
    retries: int = 0
    usage: Usage = field(default_factory=Usage)
    outcomes: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(
            self.calls + other.calls,
            self.kept + other.kept,
            self.retries + other.retries,
            self.usage + other.usage,
            self.outcomes + other.outcomes,
        )

    def told(self) -> dict[str, Any]:
        """The figures by name, as metadata shows them."""
        return {
            "calls": self.calls,
            "answers kept from earlier": self.kept,
            "retries": self.retries,
            "calls by outcome": dict(sorted(self.outcomes.items())),
            "tokens in": self.usage.tokens_in,
            "tokens cached": self.usage.tokens_cached,
            "tokens out": self.usage.tokens_out,
            "spent, USD": round(self.usage.cost_usd, 6),
        }


class Model:
    """The engine of one run; see the module's text. Made by `Model.of`."""

    def __init__(
        self, settings: Settings, ledger: Ledger, budget: Budget, client: Client, limiter: Limiter, claims: NamedLocks
    ) -> None:
        self._choice = settings.config.summaries
        self._ledger = ledger
        self._claims = claims
        self._budget = budget
        self._client = client
        self._limiter = limiter
        self._kept: dict[str, KeptRow] = {}
        self._closed: dict[str, EndpointError] = {}
        self._mixes_up: set[str] = set()
        self._failures = 0
        self._batches = Batches(settings, ledger, client, budget)
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(self._choice.concurrency)
        self.spending = Spending()
        if missing_key(settings):  # short: it stands with every paper, and the commands and a check say what to do
            self._closed = dict.fromkeys(self._choice.models, EndpointError(f"no model: {KEY_VARIABLE} is not set"))

    @classmethod
    @asynccontextmanager
    async def of(cls, settings: Settings, days: Collection[date]) -> "AsyncIterator[Model]":
        """The engine for a run that makes these days."""
        choice = settings.config.summaries
        limiter = Limiter.of(settings)
        client = Client(settings, limiter)
        with Ledger(settings.warehouse()) as ledger, NamedLocks(settings.data_dir / "locks" / "questions") as claims:
            budget = Budget(choice.budget_usd, choice.run_budget_usd, ledger.spent(days))
            try:
                yield cls(settings, ledger, budget, client, limiter, claims)
            finally:
                await client.close()

    def recall(self, questions: Collection[Question[Any]]) -> None:
        """Look up which of these questions were answered before: one query for all."""
        unknown = {question.key for question in questions} - self._kept.keys()
        self._kept.update(self._ledger.kept(unknown))

    def knows(self, question: Question[Any]) -> bool:
        """Whether an answer was kept, as far as it was looked up."""
        return question.key in self._kept

    async def by_batch(self, questions: Sequence[Question[Any]]) -> None:
        """Leave these questions to the Batch API where they fit one call; who asks one under way hears so.

        An endpoint without batches is asked live.
        """
        fitting = [one for one in questions if not self.knows(one) and one.tokens <= self._choice.context_tokens]
        if not fitting or self._choice.model in self._closed:
            return
        try:
            answers, self._under_way = await self._batches.exchange(fitting)
        except ModelError as error:
            logger.warning("%s; asking live instead", error)
        else:
            self._kept.update(answers)

    async def ask(
        self, question: Question[A], deadline: Deadline, *, refresh: bool = False, keep_as: str | None = None
    ) -> Answer[A]:
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
        key = keep_as or question.key
        kept = None if refresh else self._kept.get(key)
        answer = self._answer(question, kept)
        if answer is not None:
            return answer
        if question.key in self._under_way:
            raise ModelError("its batch is under way", can_retry=True)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._claims.hold(key, self._choice.deadline_seconds))
            except TimeoutError:
                raise ModelError("another run has been asking the same for too long", can_retry=True) from None
            newer = None if refresh else await self._ledger.look_up(key)
            answer = None if newer == kept else self._answer(question, newer)
            return answer or await self._ask_models(question, deadline, key)

    def _answer(self, question: Question[A], kept: KeptRow | None) -> Answer[A] | None:
        """The answer that was kept, if it fits the question."""
        if kept is None:
            return None
        try:
            value = question.answer.model_validate_json(kept.answer)
        except ValidationError:
            logger.warning("a kept answer does not fit its profile any more; asking again")
            return None
        self.spending.kept += 1
        usage = Usage(kept.tokens_in, kept.tokens_cached, kept.tokens_out, kept.cost_usd)
        return Answer(value, kept.model, usage, kept=True)

    async def _ask_models(self, question: Question[A], deadline: Deadline, key: str) -> Answer[A]:
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

    async def _ask_one(self, question: Question[A], model: str, deadline: Deadline, key: str) -> Answer[A]:
        messages: Sequence[Message] = question.messages
        usage = Usage()
        for is_repair in (False, True):
            if model in self._mixes_up:
                question = replace(question, family=())
            completion, row = await self._call(question, model, messages, deadline, key)
            usage += Usage(row.tokens_in, row.tokens_cached, row.tokens_out, row.cost_usd)
            if row.outcome in ("refused", "filtered"):
                await self._ledger.record([row])
                raise RefusalError("the model refused" if row.outcome == "refused" else "the answer was filtered")
            try:
                if row.outcome == "cut":
                    raise ValueError("it was cut off before its end; answer more briefly")
                value = value_of(question, completion.content)
            except ValueError as error:
                outcome: Outcome = "cut" if row.outcome == "cut" else "invalid"
                await self._ledger.record([row.model_copy(update={"outcome": outcome})])
                if is_repair:
                    kind = "was cut off" if outcome == "cut" else "did not have the asked-for form"
                    raise ModelError(f"the model's answer {kind}, twice") from error
                if isinstance(error, MixedUpError) and model not in self._mixes_up:
                    logger.warning("%s does not keep several schemas apart; from now on it gets one at a time", model)
                    self._mixes_up.add(model)
                messages = _repair(question.messages, completion, problems_of(error))
                continue
            kept = KeptRow(
                key=key,
                purpose=question.purpose,
                answer=value.model_dump_json(),
                model=completion.model,
                tokens_in=usage.tokens_in,
                tokens_cached=usage.tokens_cached,
                tokens_out=usage.tokens_out,
                cost_usd=usage.cost_usd,
            )
            await self._ledger.record([row], kept)
            self._kept[key] = kept
            self._failures = 0
            return Answer(value, completion.model, usage, kept=False)
        raise AssertionError("not reached")

    async def _call(
        self, question: Question[A], model: str, messages: Sequence[Message], deadline: Deadline, key: str
    ) -> tuple[Completion, CallRow]:
        """One call with its row for the ledger; one that failed is recorded here."""
        if deadline.left <= 0:
            raise ModelError("the model did not answer in time", can_retry=True)
        tokens_in = sum(estimated_tokens(message["content"]) for message in messages)
        price = self._choice.prices.get(model)
        # A slot is held by a call in flight alone: who waits for a commit lets another call go.
        async with self._slots:
            started = time.monotonic()
            expected = self._budget.expected_answer
            with self._budget.reserved(question.day, money(price, tokens_in, 0, expected)) as receipt:
                try:
                    completion = await self._client.complete(
                        model, messages, schemas_of(question), tokens_in + expected, deadline, question.parameters
                    )
                    outcome = _FINISHES.get(completion.finish, "ok")
                    error = None
                except ModelError as failure:
                    completion, error = _NOTHING, failure
                    outcome = _FAILURES.get(type(failure), "failed")
                tokens = (completion.tokens_in, completion.tokens_cached, completion.tokens_out)
                receipt.usd = money(price, *tokens)
        row = CallRow(
            id=uuid.uuid4().hex,
            at=datetime.now(UTC),
            day=question.day,
            purpose=question.purpose,
            paper=question.paper,
            profile=question.profile,
            model=model,
            tokens_in=tokens[0],
            tokens_cached=tokens[1],
            tokens_out=tokens[2],
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
        self._budget.saw_answer(completion.tokens_out)
        self._limiter.correct(sum(tokens[::2]) - tokens_in - expected)
        return completion, row

    def _count(self, row: CallRow) -> None:
        spending = self.spending
        spending.calls += 1
        spending.retries += row.retries
        spending.outcomes[row.outcome] += 1
        spending.usage += Usage(row.tokens_in, row.tokens_cached, row.tokens_out, row.cost_usd)

    def _judge(self, model: str, failure: ModelError) -> None:
        """Close an endpoint that cannot answer, so that hundreds of papers do not each wait for it."""
        if isinstance(failure, EndpointError):
            self._closed[model] = failure
        elif not isinstance(failure, RefusalError):
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW + self._choice.concurrency:
                self._closed[model] = EndpointError(
                    f"the model failed for many papers in a row: {failure}", can_retry=True
                )
                self._failures = 0
        if model in self._closed:
            logger.error("%s is not asked any more in this run: %s", model, failure)


def _repair(messages: Sequence[Message], completion: Completion, problems: str) -> Sequence[Message]:
    """The same question with the answer that did not fit and what is wrong with it."""
    wish = f"That answer is not valid: {problems}\nAnswer again with the whole JSON object."
    given = [] if completion.finish == "length" else [{"role": "assistant", "content": completion.content}]
    return [*messages, *given, {"role": "user", "content": wish}]
