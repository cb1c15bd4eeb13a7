"""Money: what is reserved, what is spent, and when it ends."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
