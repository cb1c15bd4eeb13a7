"""What a model costs: the price of the settings, nothing for a local endpoint, else the public price of `prices.yaml`.

A remote model whose price nobody knows is refused while a budget holds: its calls could not be counted against it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources

import yaml
from pydantic import Field

from digest_assets.config.fields import ConfigModel
from digest_assets.config.models import ModelConfig, Price, is_local
from digest_assets.config.settings import Settings

BASE_URL_VARIABLE = "OPENAI_BASE_URL"
_OPENAI_URL = "https://api.openai.com/v1"
_FREE = Price(input=0, output=0)
# What stands around a model's name: a gateway's prefix, a date or `latest` at its end, a variant behind a colon.
_DATED = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{6,8}|latest)$")


class PublicModel(Price):
    """What is publicly known of a model."""

    context_tokens: int = Field(description="Longest prompt and answer together.")
    verified: bool = Field(True, description="Whether a copy of the provider's price was found.")


class PriceTable(ConfigModel):
    """The public prices, with the day on which they were compared with the providers' pages."""

    checked: date
    sources: tuple[str, ...]
    models: Mapping[str, PublicModel]

    def find(self, model: str) -> PublicModel | None:
        """What is known of a model, by the name that an endpoint or a gateway gives it."""
        name = model.lower().rsplit("/", 1)[-1].split(":", 1)[0]
        by_name = {_fold(known): found for known, found in self.models.items()}
        return by_name.get(_fold(name)) or by_name.get(_fold(_DATED.sub("", name)))


def _fold(name: str) -> str:
    """Versions are written with dots or with hyphens."""
    return name.replace(".", "-")


@cache
def load_price_table() -> PriceTable:
    """The table that is shipped."""
    text = resources.files("digest_assets.llm").joinpath("prices.yaml").read_text("utf-8")
    return PriceTable.model_validate(yaml.safe_load(text))


def get_base_url(model: ModelConfig, variables: Mapping[str, str] | None = None) -> str:
    """The address of a model's endpoint."""
    variables = os.environ if variables is None else variables
    return str(model.base_url or variables.get(BASE_URL_VARIABLE, "").strip() or _OPENAI_URL)


def find_price(model: ModelConfig, variables: Mapping[str, str] | None = None) -> Price | None:
    """What a model costs; None if nobody knows."""
    if model.price is not None:
        return model.price
    return _FREE if is_local(get_base_url(model, variables)) else load_price_table().find(model.model)


def find_used_models(settings: Settings) -> tuple[ModelConfig, ...]:
    """Every model that a day of these settings may ask."""
    reports = settings.config.reports.possible_reports().values()
    return settings.config.summaries.find_used_models(report.model for report in reports)


def explain_missing_prices(settings: Settings, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """What to do about each model that is bounded by a budget and has no known price, by the model's name."""
    config = settings.config.summaries
    if config.engine != "openai" or (config.budget_usd is None and config.run_budget_usd is None):
        return {}
    return dict(_find_unpriced(settings, variables))


def _find_unpriced(settings: Settings, variables: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    for model in find_used_models(settings):
        if find_price(model, variables) is not None:
            continue
        rates = "{input: …, output: …}"
        listed = model in settings.config.summaries.models
        line = f"`price: {rates}` to it" if listed else f"`prices: {{{model.name}: {rates}}}` under summaries"
        yield (
            model.name,
            f"no price of {model.name} is known, so the budget cannot bound it: add {line} (dollars per million "
            "tokens), or lift the budget by `budget_usd: null`",
        )
