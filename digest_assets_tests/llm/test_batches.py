"""A day by the Batch API: submitted once, collected when it has ended, completed by live calls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Settings
from digest_assets.llm.batches import MODEL_BATCHES, batches_of
from digest_assets.llm.ledger import MODEL_CALLS
from digest_assets.testing.fake_llm import StandInModel
from digest_assets.testing.summary_days import DAY, fill_day, materialise, summaries, with_model

Start = Callable[..., StandInModel]
PRICES = {"stand-in": {"input": 100.0, "output": 100.0}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = with_model(tmp_path, mode="batch", prices=PRICES)
    fill_day(settings, 10, ["category_digest"])
    return settings


def ledger(settings: Settings) -> list[Any]:
    return MODEL_CALLS.rows(settings.warehouse().read(MODEL_CALLS))


def test_a_day_is_submitted_and_says_so_until_its_batch_has_ended(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    materialise(settings)
    assert {row.note for row in summaries(settings)} == {"its batch is under way"}
    assert all(row.failed for row in summaries(settings))
    materialise(settings)
    assert model.calls == []
    assert len(model.batches) == 1
    (row,) = batches_of(settings.warehouse())
    assert (row.days, len(row.keys), row.state) == ((DAY,), 10, "under way")


def test_an_ended_batch_fills_the_day_for_half_the_price(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    materialise(settings)
    model.end_batches()
    materialise(settings)
    rows = summaries(settings)
    assert not any(row.failed for row in rows)
    assert model.calls == []
    assert len(ledger(settings)) == 10
    for row in rows:
        assert row.cost_usd == pytest.approx((row.tokens_in + row.tokens_out) * 100 / 1e6 / 2)
    materialise(settings)
    assert (len(ledger(settings)), len(model.batches), summaries(settings)) == (10, 1, rows)


def test_it_gives_the_same_summaries_as_live_calls(settings: Settings, endpoint: Start, tmp_path: Path) -> None:
    model = endpoint()
    materialise(settings)
    model.end_batches()
    materialise(settings)
    live = with_model(tmp_path / "live")
    fill_day(live, 10, ["category_digest"])
    materialise(live)
    assert [row.fields for row in summaries(settings)] == [row.fields for row in summaries(live)]
    assert [row.key for row in summaries(settings)] == [row.key for row in summaries(live)]


@pytest.mark.parametrize("status", ["expired", "completed", "cancelled"])
def test_what_a_batch_left_unanswered_is_asked_live(settings: Settings, endpoint: Start, status: str) -> None:
    model = endpoint()
    materialise(settings)
    model.end_batches(status, unanswered=0.4)
    materialise(settings)
    assert not any(row.failed for row in summaries(settings))
    assert len(model.calls) == 4


def test_a_batch_that_failed_altogether_is_asked_live(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    materialise(settings)
    model.end_batches("failed", unanswered=1.0)
    materialise(settings)
    assert not any(row.failed for row in summaries(settings))
    assert len(model.calls) == 10


def test_answers_that_do_not_fit_are_asked_live(settings: Settings, endpoint: Start) -> None:
    model = endpoint(faults={"broken_json": 0.5})
    materialise(settings)
    model.end_batches()
    model.faults = {}
    materialise(settings)
    assert not any(row.failed for row in summaries(settings))
    outcomes = [row.outcome for row in ledger(settings)]
    assert outcomes.count("ok") == 10
    assert outcomes.count("invalid") == len(model.calls) > 0


def test_a_run_that_was_killed_after_submitting_does_not_submit_twice(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    materialise(settings)
    with settings.warehouse().writing() as connection:  # the killed run could not remember its batch
        connection.execute(f"DELETE FROM {MODEL_BATCHES.name}")
    materialise(settings)
    assert len(model.batches) == 1
    assert len(batches_of(settings.warehouse())) == 1


def test_papers_that_come_later_go_into_a_batch_of_their_own(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    materialise(settings)
    fill_day(settings, 13, ["category_digest"])
    materialise(settings)
    assert [len(row.keys) for row in batches_of(settings.warehouse())] == [10, 3]
    model.end_batches()
    materialise(settings)
    assert not any(row.failed for row in summaries(settings))


def test_an_endpoint_without_batches_is_asked_live(settings: Settings, endpoint: Start) -> None:
    model = endpoint()
    model.has_batches = False
    materialise(settings)
    assert not any(row.failed for row in summaries(settings))
    assert len(model.calls) == 10


def test_no_more_is_submitted_than_the_budget_allows(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = with_model(tmp_path, mode="batch", prices=PRICES, budget_usd=0.1)
    fill_day(settings, 10, ["category_digest"])
    materialise(settings)
    (row,) = batches_of(settings.warehouse())
    assert 0 < len(row.keys) < 10
    notes = {row.note for row in summaries(settings)}
    assert notes == {"its batch is under way", "the day's budget of $0.10 is spent"}
    assert model.calls == []
