"""The settings of one language model: where it is, what it takes, what it costs; and which model has which role.

Public prices and contexts are not settings: they stand in `llm/prices.yaml`.
"""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, JsonValue, WithJsonSchema, model_validator

from digest_assets.config.delivery import VariableName
from digest_assets.config.fields import ConfigModel, NonBlankText

Role = Literal["rank", "read", "check", "overview", "fallback"]
Parameters = Mapping[str, Annotated[JsonValue, WithJsonSchema({"format": "any"})]]
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")  # never names of the public internet


class Rates(ConfigModel):
    """US dollars per million tokens."""

    input: float = Field(ge=0, description="Of input.")
    cached_input: float | None = Field(
        None, ge=0, description="Of input that the provider had cached; `input` if not given."
    )
    cache_write: float | None = Field(
        None, ge=0, description="Of input that the provider writes to its cache; `input` if not given."
    )
    output: float = Field(ge=0, description="Of output, thinking included.")


class PriceTier(Rates):
    """What a call costs whose prompt is longer than that."""

    above_input_tokens: int = Field(ge=1, description="Prompts longer than this cost these rates, wholly.")


class Price(Rates):
    """US dollars per million tokens of one model."""

    tiers: tuple[PriceTier, ...] = Field((), description="Other rates for long prompts.")

    def get_rates(self, input_tokens: int) -> Rates:
        """The rates of a call with a prompt of this length."""
        tiers = [tier for tier in self.tiers if input_tokens > tier.above_input_tokens]
        return max(tiers, key=lambda tier: tier.above_input_tokens, default=self)


class ModelConfig(ConfigModel):
    """A model by a name of ours."""

    name: NonBlankText = Field(description="What roles and reports call it.")
    model: NonBlankText = Field(description="What its endpoint calls it.")
    base_url: HttpUrl | None = Field(
        None, description="Its endpoint, mostly ending in /v1; the environment's OPENAI_BASE_URL if not given."
    )
    api_key_env: VariableName | None = Field(
        None,
        description="The environment's variable that holds the key: OPENAI_API_KEY if neither this nor `base_url` is "
        "given; a local endpoint needs none.",
    )
    parameters: Parameters = Field(
        {}, description="Further parameters of a call, by the endpoint's names: thinking, effort, routing of providers."
    )
    context_tokens: int | None = Field(
        None, ge=2_000, description="Longest text of a call, in tokens; `summaries.context_tokens` if not given."
    )
    max_output_tokens: int | None = Field(
        None, ge=100, description="Longest answer, thinking included; `summaries.max_output_tokens` if not given."
    )
    price: Price | None = Field(
        None,
        description="What it costs; the public price that we know if not given, nothing for a local one. Keys as in `prices`.",
    )

    @model_validator(mode="after")
    def _remote_needs_key(self) -> Self:
        # The key of one provider is not sent to another one because nobody said otherwise.
        if self.base_url is not None and self.api_key_env is None and not is_local(str(self.base_url)):
            raise ValueError(
                f"{self.name}: api_key_env must name the environment's variable that holds the key of {self.base_url}"
            )
        return self


class RolesConfig(ConfigModel):
    """Which model does what: names of `models`, or what the endpoint calls them where `models` is empty."""

    rank: NonBlankText | None = Field(None, description="Ranks papers.")
    read: NonBlankText | None = Field(None, description="Reads papers and writes their summaries.")
    check: NonBlankText | None = Field(
        None,
        description="Judges claims that the code cannot decide, where it is given, and summaries in `digest eval`.",
    )
    overview: NonBlankText | None = Field(None, description="Writes a report's overview of a day.")
    fallback: NonBlankText | None = Field(
        None, description="Asked when another one refuses or fails; none if not given."
    )


def is_local(base_url: str) -> bool:
    """Whether an address is of this machine or a private network, where nobody sends a bill."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # A name without a dot is found on one's own network alone.
        return bool(host) and ("." not in host or host.endswith(_PRIVATE_SUFFIXES))
    return address.is_loopback or address.is_private or address.is_link_local
