"""The dry run, beside what the day then really costs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digest_assets.summaries.estimate import estimate_costs, load_requests
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day

PRICES = {"fake-llm": {"input": 0.25, "cached_input": 0.025, "output": 2.0}}


def test_it_asks_nothing_and_foretells_calls_and_tokens(tmp_path: Path, endpoint: Callable[..., FakeLLMServer]) -> None:
    model = endpoint(context_tokens=4_000)
    settings = make_llm_settings(tmp_path, prices=PRICES, context_tokens=3_500)
    store_day(settings, 3, ["category_digest"])
    store_day(settings, 3, ["category_digest", "daily_table", "deep_read"], paragraphs=60)
    before = estimate_costs(load_requests(DAY, settings), settings)
    assert model.calls == []
    metadata = materialise_asset(settings)
    assert sum(one.calls for one in before.values()) == metadata["calls"]
    assert before["category_digest"].input_tokens == pytest.approx(
        sum(call.input_tokens for call in model.calls if "CategoryDigest" in call.prompt), rel=0.05
    )
    after = estimate_costs(load_requests(DAY, settings), settings)
    assert sum(one.calls for one in after.values()) == 0
    assert sum(one.cached for one in after.values()) == 9
