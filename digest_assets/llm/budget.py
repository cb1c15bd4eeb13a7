"""Budget and spending: what a run may still spend, by day and in all, and what it did spend.

A call reserves what it may cost and settles what it did cost. Before a model's first answer is known that is its whole
allowed output; afterwards, an answer somewhat longer than the longest that was seen. What does not fit beside the calls
in flight waits for them; what does not fit alone closes its day for this run.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from digest_assets.common.errors import TransientModelError
from digest_assets.config.models import Price
from digest_assets.llm.requests import TokenUsage, compute_cost
from digest_assets.llm.tables import LLMCallRow
from digest_assets.llm.usage import TokenCounts

_MARGIN = 1.5  # of the longest answer seen: the next one may be longer, and money once spent does not come back
_SHORTEST_ANSWER_TOKENS = 250  # as the shortest report's answers have: with less allowed, nothing would come of a call


class BudgetError(TransientModelError):
    """The day's or the run's money is spent; nothing was asked."""


@dataclass
class Receipt:
    """What a call costs: the reservation, until it is set to what was paid; and how long its answer may be."""

    usd: float
    max_output_tokens: int = 0


class Budget:
    """What one run may spend.

    Args:
        per_day: Most that one day may cost, over all runs; None for no limit.
        per_run: Most that this run may cost; None for no limit.
        spent: What each day has cost before.
        longest_answers: The longest answer known of each model, in tokens.
    """

    def __init__(
        self,
        per_day: float | None,
        per_run: float | None,
        spent: Mapping[date, float],
        longest_answers: Mapping[str, int] | None = None,
    ) -> None:
        self._per_day = per_day
        self._per_run = per_run
        self._days: defaultdict[date, float] = defaultdict(float, spent)
        self._run = 0.0
        self._closed: dict[date, str] = {}
        self._longest = dict(longest_answers or {})
        self._answers = self._answer_tokens = 0
        self._in_flight = 0
        self._settled = asyncio.Event()

    @property
    def expected_output_tokens(self) -> int:
        """Tokens that an answer is expected to have: the mean of those seen; none before the first."""
        return self._answer_tokens // max(self._answers, 1)

    def record_answer_length(self, tokens: int, model: str = "") -> None:
        """Learn from an answer's length."""
        self._answers += 1
        self._answer_tokens += tokens
        self._longest[model] = max(self._longest.get(model, 0), tokens)

    @asynccontextmanager
    async def reserve_call(
        self, day: date, model: str, price: Price | None, input_tokens: int, max_output_tokens: int
    ) -> AsyncIterator[Receipt]:
        """Reserve what a call may cost, once it fits; the block sets the receipt to what was paid.

        The receipt says how long the answer may be: as the settings allow, or as long as the money lasts.

        Raises:
            BudgetError: It does not fit.
        """
        while True:
            self._raise_if_closed(day)
            reserved = self._fit_call(day, model, price, input_tokens, max_output_tokens)
            if reserved is not None:
                break
            if not self._in_flight:
                self._close(day)
            else:
                self._settled.clear()
                await self._settled.wait()
        receipt = Receipt(0.0, reserved.max_output_tokens)
        self._add(day, reserved.usd)
        self._in_flight += 1
        try:
            yield receipt
        finally:
            self._in_flight -= 1
            self._add(day, receipt.usd - reserved.usd)
            self._settled.set()

    def _fit_call(self, day: date, model: str, price: Price | None, input_tokens: int, most: int) -> Receipt | None:
        """What the call may cost and how long its answer may be; None where it does not fit now."""
        left = self._get_left(day)
        prompt = TokenCounts(input_tokens)
        if price is None or math.isinf(left):
            return Receipt(compute_cost(price, prompt), most)
        rates = price.get_rates(input_tokens)
        # All of the input may be written to the cache, which may cost more than reading it.
        written = TokenCounts(input_tokens, cache_write_tokens=input_tokens)
        prompt_usd = max(compute_cost(price, prompt), compute_cost(price, written))
        affordable = most if rates.output == 0 else int((left - prompt_usd) * 1e6 / rates.output)
        known = self._longest.get(model)
        expected = most if known is None else min(math.ceil(_MARGIN * known), most)
        if prompt_usd <= left and expected <= affordable:
            return Receipt(prompt_usd + expected * rates.output / 1e6, min(most, affordable))
        shortest = _SHORTEST_ANSWER_TOKENS if known is None else max(known, _SHORTEST_ANSWER_TOKENS)
        if not self._in_flight and prompt_usd <= left and affordable >= min(shortest, most):
            return Receipt(left, min(most, affordable))
        return None

    def estimate_call_cost(self, model: str, price: Price | None, input_tokens: int, max_output_tokens: int) -> float:
        """What a call may cost, by the longest answer that the model gave, or by the longest that it may give."""
        longest = self._longest.get(model)
        expected = max_output_tokens if longest is None else min(math.ceil(_MARGIN * longest), max_output_tokens)
        return compute_cost(price, TokenCounts(input_tokens, output_tokens=expected))

    @contextmanager
    def reserve(self, day: date, usd: float) -> Iterator[Receipt]:
        """Reserve a known sum; the block sets the receipt to what was paid. Raises `BudgetError`."""
        self._raise_if_closed(day)
        if usd > self._get_left(day):
            self._close(day)
            self._raise_if_closed(day)
        receipt = Receipt(0.0)
        self._add(day, usd)
        try:
            yield receipt
        finally:
            self._add(day, receipt.usd - usd)

    def _get_left(self, day: date) -> float:
        of_day = math.inf if self._per_day is None else self._per_day - self._days[day]
        of_run = math.inf if self._per_run is None else self._per_run - self._run
        return min(of_day, of_run)

    def _close(self, day: date) -> None:
        of_day = math.inf if self._per_day is None else self._per_day - self._days[day]
        whose, limit = ("day", self._per_day) if of_day <= self._get_left(day) else ("run", self._per_run)
        self._closed[day] = f"the {whose}'s budget of ${limit:.2f} is spent"

    def _raise_if_closed(self, day: date) -> None:
        if day in self._closed:
            raise BudgetError(self._closed[day])

    def _add(self, day: date, usd: float) -> None:
        self._days[day] += usd
        self._run += usd


@dataclass
class Spending:
    """What a run asked and paid; responses from the cache cost nothing."""

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

    def add_call(self, call: LLMCallRow) -> None:
        """Count a call."""
        self.calls += 1
        self.retries += call.retries
        self.outcomes[call.outcome] += 1
        self.usage += TokenUsage.from_row(call)

    def to_metadata(self) -> dict[str, Any]:
        """The numbers by name, as Dagster's metadata shows them."""
        return {
            "calls": self.calls,
            "responses from the cache": self.from_cache,
            "retries": self.retries,
            "calls by outcome": dict(sorted(self.outcomes.items())),
            "input tokens": self.usage.input_tokens,
            "cached tokens": self.usage.cached_tokens,
            "cache write tokens": self.usage.cache_write_tokens,
            "output tokens": self.usage.output_tokens,
            "spent, USD": round(self.usage.cost_usd, 6),
        }
