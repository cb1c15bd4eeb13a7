"""The settings `summaries`: who writes, by which models, how fast and for how much money."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from digest_assets.config.fields import ConfigModel, NonBlankText, reject_repeats
from digest_assets.config.models import ModelConfig, Parameters, Price, Role, RolesConfig

# Keys of release 0.1.0 that named the model of a role: they still load.
_ROLE_KEYS: Mapping[str, Role] = {"ranking_model": "rank", "fallback_model": "fallback"}


UnsupportedChoice = Literal["mark", "ask", "drop"]


class SummariesConfig(ConfigModel):
    """Who writes the summaries, how fast and for how much."""

    engine: Literal["extractive", "openai"] = Field("extractive", description="Who writes.")
    mode: Literal["live", "batch"] = Field(
        "live", description="Ask at once, or by the Batch API: half the price, within a day; for backfills."
    )
    model: NonBlankText = Field(
        "gpt-6-luna",
        description="The model of every role that names none: one of `models` (the first if not given), or what the "
        "endpoint calls it where `models` is empty.",
    )
    models: tuple[ModelConfig, ...] = Field(
        (), description="Models by names of ours, each with its endpoint, parameters, limits and price."
    )
    roles: RolesConfig = RolesConfig()
    concurrency: int = Field(16, ge=1, le=512, description="Model calls in flight.")
    requests_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    tokens_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    budget_usd: float | None = Field(
        2.0,
        ge=0,
        description="Most that one day may cost; the rest falls back to extractive. `null` lifts it.",
    )
    run_budget_usd: float | None = Field(None, ge=0, description="Most that one run may cost, whatever its days.")
    prices: Mapping[str, Price] = Field(
        {}, description="Money per million tokens, by model; for those that stand not in `models`."
    )
    timeout_seconds: float = Field(180, gt=0, description="For one call.")
    deadline_seconds: float = Field(
        600, gt=0, description="For all calls of one paper, waits for our own limits not counted."
    )
    context_tokens: int = Field(
        100_000, ge=2_000, description="Longest text of a call, in tokens; a longer one is read by sections."
    )
    max_output_tokens: int = Field(
        # An answer has 250 to 1,200 tokens; the rest is room to think, which models of medium effort seldom fill.
        16_000,
        ge=100,
        description="Longest answer of a call, thinking included: what a call can cost at most hangs on it.",
    )
    unsupported: UnsupportedChoice = Field(
        "mark",
        description="A model's sentence that nothing in the text supports: `mark` it with ⚠, `ask` the model once "
        "more and mark what is left, or `drop` it.",
    )
    parameters: Parameters = Field(
        {},
        description="Further parameters of a call, by the endpoint's names, like reasoning_effort or temperature; for "
        "models that stand not in `models`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _move_role_keys(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not _ROLE_KEYS.keys() & values.keys():
            return values
        moved = {role: values[key] for key, role in _ROLE_KEYS.items() if values.get(key) is not None}
        roles = values.get("roles") or {}
        if not isinstance(roles, dict):
            return values
        if doubled := moved.keys() & roles.keys():
            raise ValueError(f"roles.{', roles.'.join(sorted(doubled))} and its old key both stand: delete the old one")
        return {key: value for key, value in values.items() if key not in _ROLE_KEYS} | {"roles": {**roles, **moved}}

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        reject_repeats(tuple(model.name for model in self.models))
        named = [("model", self.model if "model" in self.model_fields_set else None)]
        named += [(f"roles.{role}", name) for role, name in self.roles]
        for key, name in named:
            if problem := self.explain_unknown_name(name):
                raise ValueError(f"{key}: {problem}")
        return self

    def explain_unknown_name(self, name: str | None) -> str | None:
        """Why a role or report cannot name this model; None if it can."""
        known = [model.name for model in self.models]
        if name is None or not known or name in known:
            return None
        return f"no model is called {name!r}; under summaries.models stand {', '.join(known)}"

    def find_model(self, name: str) -> ModelConfig:
        """The model of a name: one of `models`, or one of the environment's endpoint, by the keys of `summaries`."""
        for model in self.models:
            if model.name == name:
                return model
        return ModelConfig(name=name, model=name, parameters=self.parameters, price=self.prices.get(name))

    def get_model(self, role: Role = "read", name: str | None = None) -> ModelConfig:
        """The model of a role, or the one that a report names."""
        default = self.models[0].name if self.models and "model" not in self.model_fields_set else self.model
        return self.find_model(name or getattr(self.roles, role) or default)

    def get_context_tokens(self, model: ModelConfig) -> int:
        """The longest text that a call of a model may have, in tokens."""
        return model.context_tokens or self.context_tokens

    def get_max_output_tokens(self, model: ModelConfig) -> int:
        """The longest answer that a call of a model may have, in tokens."""
        return model.max_output_tokens or self.max_output_tokens

    def find_used_models(self, of_reports: Iterable[str | None] = ()) -> tuple[ModelConfig, ...]:
        """Every model that a day may ask, those that reports name included."""
        named: tuple[Role, ...] = ("check", "fallback")
        roles: tuple[Role, ...] = ("read", "rank", "overview", *(role for role in named if getattr(self.roles, role)))
        every = [*(self.get_model(role) for role in roles), *(self.find_model(name) for name in of_reports if name)]
        return tuple({model.name: model for model in every}.values())
