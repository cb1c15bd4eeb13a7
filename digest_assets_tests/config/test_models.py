"""Named models and their roles, and the flat keys of release 0.1.0."""

from typing import Any

import pytest
from pydantic import ValidationError

from digest_assets.config.settings import Config, load_settings
from digest_assets.config.summaries import SummariesConfig

LOCAL = {"name": "local", "model": "qwen3:8b", "base_url": "http://127.0.0.1:11434/v1"}
STRONG: dict[str, Any] = {
    "name": "strong",
    "model": "vendor/strong-1",
    "base_url": "https://gateway.example.org/v1",
    "api_key_env": "GATEWAY_KEY",
    "parameters": {"reasoning": {"effort": "low"}, "provider": {"order": ["a", "b"], "allow_fallbacks": False}},
    "context_tokens": 200_000,
    "max_output_tokens": 4_000,
    "price": {"input": 1, "cached_input": 0.1, "cache_write": 1.25, "output": 5,
              "tiers": [{"above_input_tokens": 100_000, "input": 2, "output": 10}]},
}  # fmt: skip


def read(**values: Any) -> SummariesConfig:
    return SummariesConfig.model_validate(values)


def test_roles_name_models_and_the_first_does_what_no_role_names() -> None:
    config = read(models=[STRONG, LOCAL], roles={"rank": "local", "fallback": "local"})
    assert config.get_model("rank").model == "qwen3:8b"
    assert config.get_model("read").name == config.get_model("overview").name == "strong"
    assert config.get_model("read").parameters["provider"] == {"order": ["a", "b"], "allow_fallbacks": False}
    assert {model.name for model in config.find_used_models()} == {"strong", "local"}


def test_limits_of_a_model_go_before_those_of_all() -> None:
    config = read(models=[STRONG, LOCAL], context_tokens=8_000)
    strong, local = config.models
    assert (config.get_context_tokens(strong), config.get_context_tokens(local)) == (200_000, 8_000)
    assert (config.get_max_output_tokens(strong), config.get_max_output_tokens(local)) == (4_000, 16_000)


def test_flat_keys_still_load() -> None:
    config = read(
        model="a",
        fallback_model="b",
        ranking_model="c",
        parameters={"temperature": 0},
        prices={"b": {"input": 1, "output": 2}},
    )
    assert [config.get_model(role).model for role in ("read", "overview", "fallback", "rank")] == ["a", "a", "b", "c"]
    assert config.get_model("fallback").price is not None
    assert config.get_model("rank").parameters == {"temperature": 0}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"models": [STRONG], "roles": {"rank": "wrong"}},
            "no model is called 'wrong'; under summaries.models stand strong",
        ),
        ({"models": [STRONG, STRONG]}, "strong stands more than once"),
        ({"models": [{**STRONG, "api_key_env": None}]}, "api_key_env must name"),
        ({"ranking_model": "a", "roles": {"rank": "b"}}, "delete the old one"),
        ({"models": [{**LOCAL, "roles": 1}]}, "roles"),
    ],
)
def test_what_cannot_be_is_said(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(**values)
    assert said in str(caught.value)


def test_a_report_names_its_model(tmp_path: Any) -> None:
    path = tmp_path / "digest.yaml"
    path.write_text("summaries: {models: [{name: a, model: m}]}\nreports: {deep_read: {model: b}}\n")
    with pytest.raises(Exception, match=r"reports\.deep_read.model: no model is called 'b'"):
        load_settings({"DIGEST_CONFIG": str(path)})


def test_a_day_costs_two_dollars_at_most_unless_the_limit_is_lifted() -> None:
    assert Config().summaries.budget_usd == 2.0
    assert read(budget_usd=None).budget_usd is None
