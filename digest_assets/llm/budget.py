"""Budget and spending: what a run may still spend, by day and in all, and what it did spend.

A call reserves what it is expected to cost and settles what it did cost, so that calls in flight cannot carry the
sum further beyond a limit than their own misjudgement. Once a call did not fit, its day is closed for this run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from digest_assets.common.errors import TransientModelError
from digest_assets.llm.requests import TokenUsage
from digest_assets.llm.tables import LLMCallRow


class BudgetError(TransientModelError):
    """The day's or the run's money is spent; nothing was asked."""


@dataclass
class Receipt:
    """What a call costs: the reservation, until it is set to what was paid."""

    usd: float


class Budget:
    """What one run may spend.

    Args:
        per_day: Most that one day may cost, over all runs; None for no limit.
        per_run: Most that this run may cost; None for no limit.
        spent: What each day has cost before.
    """

    def __init__(self, per_day: float | None, per_run: float | None, spent: Mapping[date, float]) -> None:
        self._per_day = per_day
        self._per_run = per_run
        self._days: defaultdict[date, float] = defaultdict(float, spent)
        self._run = 0.0
        self._closed: dict[date, str] = {}
        self._answers = self._answer_tokens = 0

    @property
    def expected_output_tokens(self) -> int:
        """Tokens that an answer is expected to have: the mean of those seen; none before the first.

        A guess too high would close a small budget before its first call, one too low overspends by the calls that
        are in flight before the first answer.
        """
        return self._answer_tokens // max(self._answers, 1)

    def record_answer_length(self, tokens: int) -> None:
        """Learn from an answer's length."""
        self._answers += 1
        self._answer_tokens += tokens

    @contextmanager
    def reserve(self, day: date, usd: float) -> Iterator[Receipt]:
        """Reserve money for a call; the block sets the receipt to what was paid. Raises `BudgetError`."""
        self._check(day, usd)
        receipt = Receipt(0.0)
        self._add(day, usd)
        try:
            yield receipt
        finally:
            self._add(day, receipt.usd - usd)

    def _check(self, day: date, usd: float) -> None:
        if day not in self._closed:
            if _exceeds(self._days[day] + usd, self._per_day):
                self._closed[day] = f"the day's budget of ${self._per_day:.2f} is spent"
            elif _exceeds(self._run + usd, self._per_run):
                self._closed[day] = f"the run's budget of ${self._per_run:.2f} is spent"
        if day in self._closed:
            raise BudgetError(self._closed[day])

    def _add(self, day: date, usd: float) -> None:
        self._days[day] += usd
        self._run += usd


def _exceeds(usd: float, limit: float | None) -> bool:
    return limit is not None and usd > limit


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
            "output tokens": self.usage.output_tokens,
            "spent, USD": round(self.usage.cost_usd, 6),
        }
