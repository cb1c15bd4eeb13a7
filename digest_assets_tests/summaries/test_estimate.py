"""The dry run, beside what the day then really costs."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Settings
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.summaries.estimate import Estimate, estimate_costs, estimate_day, load_requests
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day
from digest_assets.warehouse import open_warehouse

Start = Callable[..., FakeLLMServer]
PRICES = {"fake-llm": {"input": 0.25, "cached_input": 0.025, "output": 2.0}}
NEXT_DAY = date(2025, 12, 8)


def read_calls(settings: Settings) -> list[LLMCallRow]:
    return LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))


def add_up(estimates: dict[str, Estimate]) -> Estimate:
    total = Estimate()
    for one in estimates.values():
        total += one
    return total


def test_it_asks_nothing_and_foretells_every_call(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(context_tokens=4_000)
    settings = make_llm_settings(tmp_path, prices=PRICES, context_tokens=3_500)
    store_day(settings, 3, ["category_digest"])
    store_day(settings, 3, ["category_digest", "daily_table", "deep_read"], paragraphs=60)
    before = estimate_costs(load_requests(DAY, settings), settings)
    assert model.calls == []
    metadata = materialise_asset(settings)
    assert add_up(before).calls == metadata["calls"]
    after = add_up(estimate_costs(load_requests(DAY, settings), settings))
    assert (after.calls, after.cached) == (0, 9)


def test_before_the_first_answer_it_is_a_range_that_holds_what_is_then_paid(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path, prices=PRICES)
    store_day(settings, 3, ["category_digest", "deep_read"])
    before = add_up(estimate_day(DAY, settings))
    materialise_asset(settings)
    assert before.usd_low < sum(call.cost_usd for call in read_calls(settings)) < before.usd_high


@pytest.mark.parametrize(
    "endpoint_values",
    [{}, {"prompt_caching": True}],
    ids=["plain", "a provider that caches"],
)
def test_once_a_day_was_made_it_is_within_15_percent_of_the_ledger(
    tmp_path: Path, endpoint: Start, endpoint_values: dict[str, Any]
) -> None:
    endpoint(**endpoint_values)
    settings = make_llm_settings(tmp_path, prices=PRICES)
    reports = ["daily_table", "deep_read"]
    store_day(settings, 4, reports, paragraphs=20)
    materialise_asset(settings)
    known = sum(call.cost_usd for call in read_calls(settings))
    store_day(settings, 6, reports, day=NEXT_DAY, paragraphs=25)
    endpoint(**endpoint_values)  # which has forgotten what it cached
    foretold = add_up(estimate_day(NEXT_DAY, settings))
    materialise_asset(settings, day=NEXT_DAY)
    paid = sum(call.cost_usd for call in read_calls(settings)) - known
    assert foretold.usd_low == foretold.usd_high
    assert foretold.usd == pytest.approx(paid, rel=0.15)


def test_overviews_are_in_it(tmp_path: Path) -> None:
    settings = make_llm_settings(tmp_path, prices=PRICES)
    store_day(settings, 3, ["field_review"])
    assert estimate_day(DAY, settings)["overview"].calls == 1
