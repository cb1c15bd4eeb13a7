"""`digest costs`, `estimate` and `eval`: what models cost, would cost, and are worth."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.loopback.environment import override_environment
from digest_assets.testing.summary_days import DAY, make_llm_settings, store_day
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.cli.conftest import Digest


def test_costs_are_summed_by_day_and_purpose(digest: Digest, day: Settings) -> None:
    call = LLMCallRow(
        id="1",
        ended_at=datetime(2025, 12, 5, tzinfo=UTC),
        day=datetime(2025, 12, 5, tzinfo=UTC).date(),
        purpose="summary",
        paper="2512.00001",
        report="deep_read",
        model="m-1",
        input_tokens=1000,
        cached_tokens=200,
        output_tokens=50,
        seconds=1.0,
        retries=0,
        outcome="ok",
        cost_usd=0.25,
        key="k",
    )
    open_warehouse(day).append(LLM_CALLS, [call, call.model_copy(update={"id": "2", "outcome": "invalid"})])
    printed = json.loads(digest("costs", "--since", "2025-12-01", "--json"))
    assert printed["cost_usd"] == 0.5
    assert (printed["rows"][0]["calls"], printed["rows"][0]["not_ok"], printed["rows"][0]["tokens_in"]) == (2, 1, 2000)
    assert "0.5000" in digest("costs", "--since", "2025-12-01")
    assert json.loads(digest("costs", "--since", "2025-12-06", "--json"))["rows"] == []


@pytest.mark.usefixtures("day")
def test_costs_without_any_call_say_so(digest: Digest) -> None:
    assert "No model was asked" in digest("costs")


def test_an_estimate_is_a_table_that_says_what_is_not_known(digest: Digest, empty: Settings, tmp_path: Path) -> None:
    (tmp_path / "digest.yaml").write_text("summaries: {engine: openai, model: fake-llm}")
    store_day(make_llm_settings(empty.data_dir), 2, ["daily_table"])
    table = " ".join(digest("estimate", DAY.isoformat()).split())
    assert "daily_table" in table
    assert "no price of fake-llm" in table
    assert "0.0000" not in table
    prices = "summaries: {engine: openai, model: fake-llm, prices: {fake-llm: {input: 1, output: 2}}}"
    (tmp_path / "digest.yaml").write_text(prices)
    assert "no price" not in digest("estimate", DAY.isoformat())


def test_two_evaluations_stand_side_by_side(digest: Digest, empty: Settings, tmp_path: Path) -> None:
    store_day(make_llm_settings(empty.data_dir), 2, ["daily_table"])
    saved = tmp_path / "one.json"
    digest("eval", DAY.isoformat(), "--save", str(saved))
    scores = json.loads(saved.read_text())
    scores["daily_table"]["words"] = 1.0
    saved.write_text(json.dumps(scores))
    assert "1 → " in digest("eval", DAY.isoformat(), "--beside", str(saved))


def test_an_evaluation_stands_beside_the_last_one_of_its_day(digest: Digest, empty: Settings) -> None:
    store_day(make_llm_settings(empty.data_dir), 2, ["daily_table"])
    assert "→" not in digest("eval", DAY.isoformat())
    assert "→" not in digest("eval", DAY.isoformat())  # the same again
    with FakeLLMServer() as model, override_environment(model):
        printed = digest("eval", DAY.isoformat(), "--engine", "openai", "--model", "fake-llm")
    assert "→" in printed
    assert "→" not in digest("eval", DAY.isoformat(), "--papers", "1")  # other papers, nothing to compare with


def test_an_evaluation_of_noise_fails(digest: Digest, empty: Settings) -> None:
    store_day(make_llm_settings(empty.data_dir), 1, ["daily_table"])
    with FakeLLMServer(faults={"wrong_shape": 1.0}) as model, override_environment(model):
        printed = digest("eval", DAY.isoformat(), "--engine", "openai", "--model", "fake-llm")
    assert (printed.code, "daily_table: coverage is 0.00, below" in printed.error) == (1, True)


def test_an_evaluation_with_a_model_needs_its_key(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    printed = digest("eval", DAY.isoformat(), "--engine", "openai")
    assert (printed.code, "OPENAI_API_KEY" in printed.error) == (2, True)


@pytest.mark.usefixtures("empty")
def test_the_public_prices_are_shown_with_their_date(digest: Digest) -> None:
    printed = digest("costs", "--prices")
    known = json.loads(digest("costs", "--prices", "--json"))
    assert known["checked"] in printed
    assert "gpt-6-luna †" in printed  # weaker: copied from the provider's page by others
    assert known["models"]["gpt-6-luna"]["output"] == 0.5
