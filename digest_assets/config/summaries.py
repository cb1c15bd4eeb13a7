"""The settings `summaries`: who writes, by which model, how fast and for how much money."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from digest_assets.config.fields import ConfigModel, NonBlankText


class Price(ConfigModel):
    """US dollars per million tokens of one model."""

    input: float = Field(ge=0, description="Of input.")
    cached_input: float | None = Field(
        None, ge=0, description="Of input that the provider had cached; `input` if not given."
    )
    output: float = Field(ge=0, description="Of output.")


class SummariesConfig(ConfigModel):
    """Who writes the summaries, how fast and for how much."""

    engine: Literal["extractive", "openai"] = Field("extractive", description="Who writes.")
    mode: Literal["live", "batch"] = Field(
        "live", description="Ask at once, or by the Batch API: half the price, within a day; for backfills."
    )
    model: NonBlankText = Field("gpt-5-mini", description="Any model of the OpenAI-compatible endpoint.")
    concurrency: int = Field(16, ge=1, le=512, description="Model calls in flight.")
    requests_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    tokens_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    budget_usd: float | None = Field(
        None, ge=0, description="Most that one day may cost; the rest falls back to extractive."
    )
    run_budget_usd: float | None = Field(None, ge=0, description="Most that one run may cost, whatever its days.")
    prices: Mapping[str, Price] = Field({}, description="Money per million tokens, by model.")
    fallback_model: NonBlankText | None = Field(
        None, description="Asked when the model refuses or fails; none if not given."
    )
    ranking_model: NonBlankText | None = Field(None, description="Ranks papers; `model` if not given.")
    timeout_seconds: float = Field(180, gt=0, description="For one call.")
    deadline_seconds: float = Field(
        600, gt=0, description="For all calls of one paper, waits for our own limits not counted."
    )
    context_tokens: int = Field(
        100_000, ge=2_000, description="Longest text of a call, in tokens; a longer one is read by sections."
    )
    parameters: Mapping[str, str | int | float | bool] = Field(
        {}, description="Further parameters of a call, by the endpoint's names, like reasoning_effort or temperature."
    )

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that may be asked."""
        named = (self.model, self.fallback_model, self.ranking_model)
        return tuple(dict.fromkeys(model for model in named if model is not None))

    @model_validator(mode="after")
    def _budget_needs_prices(self) -> Self:
        if self.engine == "openai" and (self.budget_usd is not None or self.run_budget_usd is not None):
            unpriced = [model for model in self.models if model not in self.prices]
            if unpriced:
                raise ValueError(f"a budget needs the price of {', '.join(map(repr, unpriced))} under prices")
        return self
