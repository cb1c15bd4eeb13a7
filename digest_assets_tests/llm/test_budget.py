"""Money: what is reserved, what is spent, and when it ends."""

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.models import Price
from digest_assets.llm.budget import Budget, BudgetError

DAY, OTHER = date(2025, 12, 5), date(2025, 12, 8)
CENTS = st.integers(min_value=0, max_value=500)


def spend(budget: Budget, day: date, usd: float, paid: float | None = None) -> None:
    with budget.reserve(day, usd) as receipt:
        receipt.usd = usd if paid is None else paid


def test_without_limits_everything_may_be_spent() -> None:
    budget = Budget(None, None, {})
    for _ in range(100):
        spend(budget, DAY, 1e6)


def test_what_earlier_runs_spent_counts() -> None:
    budget = Budget(1.0, None, {DAY: 0.95})
    with pytest.raises(BudgetError, match=r"the day's budget of \$1.00"):
        spend(budget, DAY, 0.1)
    spend(budget, OTHER, 0.1)


def test_a_run_ends_with_its_own_budget_whatever_the_days() -> None:
    budget = Budget(None, 1.0, {})
    spend(budget, DAY, 0.6)
    with pytest.raises(BudgetError, match="the run's budget"):
        spend(budget, OTHER, 0.6)


def test_a_day_that_was_closed_stays_closed() -> None:
    budget = Budget(1.0, None, {})
    with pytest.raises(BudgetError):
        spend(budget, DAY, 2.0)
    with pytest.raises(BudgetError):
        spend(budget, DAY, 0.01)


def test_a_call_that_failed_costs_nothing() -> None:
    budget = Budget(1.0, None, {})

    def fails() -> None:
        with budget.reserve(DAY, 0.9):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fails()
    spend(budget, DAY, 0.9)


def test_an_answer_is_expected_to_be_as_long_as_those_before() -> None:
    budget = Budget(None, None, {})
    assert budget.expected_output_tokens == 0
    budget.record_answer_length(100)
    budget.record_answer_length(300)
    assert budget.expected_output_tokens == 200


@given(limit=CENTS, calls=st.lists(st.tuples(CENTS, CENTS), max_size=60))
def test_the_sum_passes_the_limit_by_one_misjudged_call_at_most(limit: int, calls: list[tuple[int, int]]) -> None:
    budget, spent, worst = Budget(limit, None, {}), 0, 0
    for expected, paid in calls:
        try:
            spend(budget, DAY, expected, paid)
        except BudgetError:
            continue
        spent += paid
        worst = max(worst, paid - expected)
    assert spent <= limit + worst


PRICE = Price(input=1.0, output=8.25)  # so that 16,000 tokens of thinking cost $0.132


def run_calls(budget: Budget, calls: int, answer_tokens: int, max_output_tokens: int = 16_000) -> list[float]:
    """What calls cost that are all made at once; each answers with so many tokens, or as many as it may."""
    paid: list[float] = []

    async def call() -> None:
        try:
            async with budget.reserve_call(DAY, "m", PRICE, 1_000, max_output_tokens) as receipt:
                await asyncio.sleep(0)
                tokens = min(answer_tokens, receipt.max_output_tokens)
                receipt.usd = (1_000 * PRICE.input + tokens * PRICE.output) / 1e6
                budget.record_answer_length(tokens, "m")
                paid.append(receipt.usd)
        except BudgetError:
            pass

    async def run() -> None:
        await asyncio.gather(*(call() for _ in range(calls)))

    asyncio.run(run())
    return paid


def test_calls_that_think_long_do_not_pass_a_small_budget_before_the_first_answer() -> None:
    assert sum(run_calls(Budget(0.05, None, {}), 16, 16_000)) <= 0.05


def test_short_answers_use_the_budget_that_long_ones_might_have_needed() -> None:
    paid = run_calls(Budget(0.05, None, {}), 64, 300)
    assert 0.04 <= sum(paid) <= 0.05


def test_a_known_length_lets_calls_go_side_by_side_at_once() -> None:
    budget, most = Budget(0.05, None, {}, {"m": 300}), 0

    async def call() -> None:
        nonlocal most
        async with budget.reserve_call(DAY, "m", PRICE, 1_000, 16_000):
            most = max(most, budget._in_flight)
            await asyncio.sleep(0)

    async def run() -> None:
        await asyncio.gather(*(call() for _ in range(8)))

    asyncio.run(run())
    assert most == 8


def test_without_a_limit_an_answer_may_be_as_long_as_the_settings_say() -> None:
    async def run() -> int:
        async with Budget(None, None, {}).reserve_call(DAY, "m", PRICE, 1_000, 16_000) as receipt:
            return receipt.max_output_tokens

    assert asyncio.run(run()) == 16_000
