"""Whether the configured models can be asked at all: their keys are there, and their prices known."""

import os
from collections.abc import Mapping

from digest_assets.common.errors import ConfigError
from digest_assets.config.models import ModelConfig, is_local
from digest_assets.config.settings import Settings
from digest_assets.llm.prices import explain_missing_prices, find_used_models
from digest_assets.llm.provider_errors import KEY_VARIABLE

_NO_KEY = "none"  # what a local endpoint that asks for no key is sent


def find_key(model: ModelConfig, variables: Mapping[str, str] | None = None) -> str | None:
    """The key of a model's endpoint; None if the environment lacks it."""
    variables = os.environ if variables is None else variables
    if model.api_key_env is None and model.base_url is not None and is_local(str(model.base_url)):
        return _NO_KEY
    return variables.get(get_key_variable(model), "").strip() or None


def get_key_variable(model: ModelConfig) -> str:
    """The environment's variable that holds a model's key."""
    return model.api_key_env or KEY_VARIABLE


def explain_unready_models(settings: Settings, variables: Mapping[str, str] | None = None) -> str | None:
    """What to do about keys or prices that the engine needs and nobody gave; None if all is well."""
    if settings.config.summaries.engine != "openai":
        return None
    missing = [get_key_variable(model) for model in find_used_models(settings) if find_key(model, variables) is None]
    if missing:
        return (
            f"summaries.engine is openai, but {' and '.join(dict.fromkeys(missing))} is not set: export it (an endpoint "
            "of your own, named by OPENAI_BASE_URL, takes any word as key), or set summaries.engine to extractive"
        )
    return "; ".join(explain_missing_prices(settings, variables).values()) or None


def require_ready_models(settings: Settings) -> None:
    """Raise `ConfigError` if the engine needs a key or a price that nobody gave."""
    if message := explain_unready_models(settings):
        raise ConfigError(message)


def find_unready_models(settings: Settings) -> dict[str, str]:
    """The models that cannot be asked, by name, each with the reason: short, for it stands with every paper."""
    reasons = {model: reason.split(":", 1)[0] for model, reason in explain_missing_prices(settings).items()}
    for model in find_used_models(settings):
        if find_key(model) is None:
            reasons[model.name] = f"no model: {get_key_variable(model)} is not set"
    return reasons
