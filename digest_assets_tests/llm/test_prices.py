"""What a model costs: by the settings, by its address, by the public table."""

from typing import Any

import pytest

from digest_assets.config.models import ModelConfig, Price, PriceTier, is_local
from digest_assets.config.settings import Config, Settings
from digest_assets.llm.prices import explain_missing_prices, find_price, load_price_table
from digest_assets.llm.requests import compute_cost
from digest_assets.llm.usage import TokenCounts

REMOTE = {"OPENAI_BASE_URL": "https://models.example.org/v1"}


def make_settings(**summaries: Any) -> Settings:
    return Settings(config=Config.model_validate({"summaries": {"engine": "openai", **summaries}}))


@pytest.mark.parametrize(
    "address",
    ["http://localhost:11434/v1", "http://127.0.0.1:8080", "http://[::1]:1/v1", "http://192.168.1.5/v1",
     "http://10.0.0.2/v1", "http://ollama:11434/v1", "http://host.docker.internal:8000/v1", "http://box.local/v1"],
)  # fmt: skip
def test_an_address_of_ones_own_is_local(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", ["https://api.openai.com/v1", "http://8.8.8.8/v1", "https://localhost.example.org"])
def test_an_address_of_the_internet_is_not(address: str) -> None:
    assert not is_local(address)


def test_a_local_model_costs_nothing_and_a_price_of_the_settings_goes_before_all() -> None:
    local = {"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}
    assert find_price(ModelConfig(name="m", model="m"), local) == Price(input=0, output=0)
    priced = ModelConfig(name="m", model="m", price=Price(input=1, output=2))
    assert find_price(priced, local) == Price(input=1, output=2)


@pytest.mark.parametrize("name", ["gpt-5-mini", "gpt-5-mini-2025-08-07", "openai/gpt-5-mini", "OpenAI/GPT-5-mini:free"])
def test_a_public_price_is_found_by_the_names_that_gateways_give(name: str) -> None:
    price = find_price(ModelConfig(name="m", model=name), REMOTE)
    assert price is not None
    assert (price.input, price.output) == (0.25, 2.0)


def test_versions_may_be_written_with_dots_or_hyphens() -> None:
    table = load_price_table()
    assert table.find("anthropic/claude-haiku-4.5") is table.models["claude-haiku-4-5"]


def test_the_default_model_has_a_public_price() -> None:
    assert find_price(Config().summaries.get_model(), {}) is not None


def test_a_remote_model_without_a_price_is_refused_with_the_line_to_add() -> None:
    settings = make_settings(model="unheard-of")
    (message,) = explain_missing_prices(settings, REMOTE).values()
    assert "prices: {unheard-of: {input: …, output: …}}" in message
    assert explain_missing_prices(settings, {"OPENAI_BASE_URL": "http://localhost:1/v1"}) == {}


def test_who_lifts_the_budget_needs_no_price() -> None:
    assert explain_missing_prices(make_settings(model="unheard-of", budget_usd=None), REMOTE) == {}


def test_a_model_that_a_report_names_needs_its_price_too() -> None:
    config = Config.model_validate(
        {"summaries": {"engine": "openai"}, "reports": {"deep_read": {"model": "unheard-of"}}}
    )
    assert list(explain_missing_prices(Settings(config=config), {})) == ["unheard-of"]


def test_a_long_prompt_costs_what_its_tier_says() -> None:
    tiers = (PriceTier(above_input_tokens=200, input=4, output=6), PriceTier(above_input_tokens=100, input=2, output=3))
    price = Price(input=1, output=1, tiers=tiers)
    assert [compute_cost(price, TokenCounts(tokens)) * 1e6 for tokens in (100, 101, 201)] == [100, 202, 804]


def test_cached_and_written_tokens_have_their_own_price() -> None:
    price = Price(input=1, cached_input=0.1, cache_write=1.25, output=10)
    assert compute_cost(price, TokenCounts(1000, 400, 500, 7)) * 1e6 == pytest.approx(100 + 40 + 625 + 70)
