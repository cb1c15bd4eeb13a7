"""A day by the Batch API: submitted once, collected when it has ended, completed by further batches, never live."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Settings
from digest_assets.llm.batches import read_batches
from digest_assets.llm.tables import LLM_BATCHES, LLM_CALLS
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, load_summaries, make_llm_settings, make_stored_summaries, store_day
from digest_assets.warehouse import open_warehouse

Start = Callable[..., FakeLLMServer]
PRICES = {"fake-llm": {"input": 100.0, "output": 100.0}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = make_llm_settings(tmp_path, mode="batch", prices=PRICES, budget_usd=None)
    store_day(settings, 10, ["category_digest"])
    return settings


def ledger(settings: Settings) -> list[Any]:
    return LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))


def test_a_day_is_submitted_and_says_so_until_its_batch_has_ended(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    assert {row.note for row in load_summaries(settings)} == {"its batch is under way"}
    assert all(row.failed for row in load_summaries(settings))
    make_stored_summaries(settings)
    assert model.calls == []
    assert len(model.batches) == 1
    (row,) = read_batches(open_warehouse(settings))
    assert (row.days, len(row.keys), row.state) == ((DAY,), 10, "in_progress")


def test_an_ended_batch_fills_the_day_for_half_the_price(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    model.finish_batches()
    make_stored_summaries(settings)
    rows = load_summaries(settings)
    assert not any(row.failed for row in rows)
    assert model.calls == []
    assert len(ledger(settings)) == 10
    for row in rows:
        assert row.cost_usd == pytest.approx((row.input_tokens + row.output_tokens) * 100 / 1e6 / 2)
    make_stored_summaries(settings)
    assert (len(ledger(settings)), len(model.batches), load_summaries(settings)) == (10, 1, rows)


def test_it_gives_the_same_summaries_as_live_calls(settings: Settings, endpoint: Start, tmp_path: Path) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    model.finish_batches()
    make_stored_summaries(settings)
    live = make_llm_settings(tmp_path / "live")
    store_day(live, 10, ["category_digest"])
    make_stored_summaries(live)
    assert [row.fields for row in load_summaries(settings)] == [row.fields for row in load_summaries(live)]
    assert [row.key for row in load_summaries(settings)] == [row.key for row in load_summaries(live)]


@pytest.mark.parametrize("status", ["expired", "completed", "cancelled"])
def test_what_a_batch_left_unanswered_goes_into_another_one(settings: Settings, endpoint: Start, status: str) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    model.finish_batches(status, unanswered_share=0.4)
    make_stored_summaries(settings)
    assert [len(row.keys) for row in read_batches(open_warehouse(settings))] == [10, 4]
    model.finish_batches()
    make_stored_summaries(settings)
    assert not any(row.failed for row in load_summaries(settings))
    assert model.calls == []


def test_what_three_batches_left_unanswered_says_what_to_set(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    for _ in range(4):
        make_stored_summaries(settings)
        model.finish_batches("failed", unanswered_share=1.0)
    assert {row.note for row in load_summaries(settings)} == {
        "3 batches left it unanswered: set summaries.mode to live to have it asked at once"
    }
    assert (len(model.batches), model.calls) == (3, [])


@pytest.mark.parametrize("fault", ["broken_json", "length"])
def test_an_answer_that_does_not_fit_is_repaired_by_the_next_batch(
    settings: Settings, endpoint: Start, fault: Any
) -> None:
    model = endpoint(faults={fault: 0.5})
    make_stored_summaries(settings)
    model.finish_batches()
    model.faults = {}
    make_stored_summaries(settings)
    second = model.get_batch_bodies("batch-1")
    assert 0 < len(second) < 10
    assert all("That answer is not valid" in body["messages"][-1]["content"] for body in second)
    model.finish_batches()
    make_stored_summaries(settings)
    assert not any(row.failed for row in load_summaries(settings))
    assert [row.outcome for row in ledger(settings)].count("ok") == 10
    assert model.calls == []


@pytest.mark.parametrize(("limit", "value"), [("_MAX_LINES", 4), ("_MAX_BYTES", 16_000), ("_MAX_TOKENS", 3_000)])
def test_no_batch_is_larger_than_it_may_be(
    settings: Settings, endpoint: Start, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"digest_assets.llm.batches.{limit}", value)
    endpoint()
    make_stored_summaries(settings)
    sizes = [len(row.keys) for row in read_batches(open_warehouse(settings))]
    assert len(sizes) > 1
    assert sum(sizes) == 10


def test_a_text_longer_than_the_context_is_read_in_parts_by_batches(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path, mode="batch", prices=PRICES, budget_usd=None, context_tokens=3_500)
    store_day(settings, 1, ["deep_read"], paragraphs=60)
    for _ in range(3):
        make_stored_summaries(settings)
        model.finish_batches()
    assert [row.failed for row in load_summaries(settings)] == [False]
    assert model.calls == []


def test_a_run_that_was_killed_after_submitting_does_not_submit_twice(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    with open_warehouse(settings).begin() as connection:  # the killed run could not remember its batch
        connection.execute(f"DELETE FROM {LLM_BATCHES.name}")
    make_stored_summaries(settings)
    assert len(model.batches) == 1
    assert len(read_batches(open_warehouse(settings))) == 1


def test_papers_that_come_later_go_into_a_batch_of_their_own(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    make_stored_summaries(settings)
    store_day(settings, 13, ["category_digest"])
    make_stored_summaries(settings)
    assert [len(row.keys) for row in read_batches(open_warehouse(settings))] == [10, 3]
    model.finish_batches()
    make_stored_summaries(settings)
    assert not any(row.failed for row in load_summaries(settings))


def test_an_endpoint_without_batches_is_not_asked_live_for_twice_the_price(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    model.supports_batches = False
    make_stored_summaries(settings)
    assert {row.note for row in load_summaries(settings)} == {
        "the endpoint has no Batch API: set summaries.mode to live"
    }
    assert model.calls == []


def test_no_more_is_submitted_than_the_budget_allows(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path, mode="batch", prices=PRICES, budget_usd=0.1, max_output_tokens=300)
    store_day(settings, 10, ["category_digest"])
    make_stored_summaries(settings)
    (row,) = read_batches(open_warehouse(settings))
    assert 0 < len(row.keys) < 10
    notes = {row.note for row in load_summaries(settings)}
    assert notes == {"its batch is under way", "the day's budget of $0.10 is spent"}
    assert model.calls == []
