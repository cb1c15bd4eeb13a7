"""One small call to each configured model, for `digest doctor`: does it answer, in which format, with which counts.

What the endpoint says of its models is read too: the context, and the day on which one is shut down.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.common.errors import ModelError
from digest_assets.config.models import ModelConfig
from digest_assets.config.settings import Settings
from digest_assets.llm.client import Attempts, Call, Deadline, LLMClient
from digest_assets.llm.ledger import Ledger, build_call_row
from digest_assets.llm.prices import find_price, find_used_models, get_base_url, load_price_table
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import LLMRequest, compute_cost
from digest_assets.llm.structured_output import parse_response
from digest_assets.llm.tables import Outcome
from digest_assets.warehouse import open_warehouse

SHUTDOWN_NOTICE_DAYS = 60  # as providers give for a model's end at least: time to try another one
_SECONDS = 60  # a local model may have to be loaded first
# What servers call these: OpenAI, OpenRouter, vLLM, Groq, Mistral, LM Studio; llama.cpp has its own inside `meta`.
_SHUTDOWN_NAMES = ("shutdown_date", "deprecation_date", "expiration_date", "deprecation")
_CONTEXT_NAMES = ("context_length", "max_model_len", "context_window", "max_context_length", "n_ctx", "n_ctx_train")


class ProbeAnswer(BaseModel):
    """The answer to a small question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    capital: str = Field(description="The capital.")


@dataclass(frozen=True)
class ModelProbe:
    """What a model's endpoint did and said."""

    model: ModelConfig
    base_url: str
    error: str | None = None
    may_pass: bool = False  # the error, by itself
    answered_as: str = ""
    format: str = ""
    is_valid: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    context_tokens: int | None = None
    shutdown: date | None = None

    def describe(self) -> str:
        """What was found, in one line."""
        if self.error is not None:
            return f"{self.model.name} at {self.base_url}: {self.error}"
        parts = [
            f"answers as {self.answered_as or 'no name'} in {self.seconds:.1f} s",
            f"format {self.format}{'' if self.is_valid else ', which it did not keep'}",
            f"context {self.context_tokens:,} tokens" if self.context_tokens else "context not known",
            f"usage {self.input_tokens} in, {self.output_tokens} out" if self.input_tokens else "usage not counted",
        ]
        if self.shutdown:
            parts.append(f"shut down on {self.shutdown}")
        return f"{self.model.name} at {self.base_url}: {'; '.join(parts)}"


def probe_models(settings: Settings) -> list[ModelProbe]:
    """Ask each model that a day may ask one small question; the calls are in the ledger."""
    return asyncio.run(_probe_all(settings))


async def _probe_all(settings: Settings) -> list[ModelProbe]:
    client = LLMClient(settings, RateLimiter.from_settings(settings))
    try:
        with Ledger(open_warehouse(settings)) as ledger:
            return [await _probe(model, settings, client, ledger) for model in find_used_models(settings)]
    finally:
        await client.close()


async def _probe(model: ModelConfig, settings: Settings, client: LLMClient, ledger: Ledger) -> ModelProbe:
    base_url = get_base_url(model)
    request = LLMRequest(
        purpose="probe",
        model=model.name,
        model_id=model.model,
        system="You answer in JSON.",
        prompt="What is the capital of France?",
        response_model=ProbeAnswer,
        day=datetime.now(UTC).date(),
        parameters=model.parameters,
    )
    started = asyncio.get_running_loop().time()
    most = settings.config.summaries.get_max_output_tokens(model)
    call, attempts = Call(request, model.name, request.messages, "own_schema", most), Attempts()
    try:
        completion = await client.complete(call, Deadline(_SECONDS), attempts)
    except ModelError as error:
        return ModelProbe(model, base_url, error=str(error), may_pass=error.can_retry)
    seconds = asyncio.get_running_loop().time() - started
    usd = compute_cost(find_price(model), completion.counts)
    try:
        parse_response(request, completion.content)
        is_valid = True
    except ValueError:
        is_valid = False
    outcome: Outcome = "ok" if is_valid else "invalid"
    await ledger.record([build_call_row(request, model.model, completion, outcome, usd, request.key, seconds)])
    listed = await _find_listed(model, client)
    public = load_price_table().find(model.model)
    return ModelProbe(
        model,
        base_url,
        answered_as=completion.model,
        format=attempts.format_,
        is_valid=is_valid,
        input_tokens=completion.counts.input_tokens,
        output_tokens=completion.counts.output_tokens,
        seconds=seconds,
        context_tokens=find_context(listed) or (public.context_tokens if public else None),
        shutdown=find_shutdown(listed),
    )


async def _find_listed(model: ModelConfig, client: LLMClient) -> Mapping[str, Any]:
    """What the endpoint's list of models says of this one; nothing where there is no such list."""
    try:
        listed = await client.list_models(model.name)
    except ModelError:
        return {}
    return next((one for one in listed if one.get("id") == model.model), {})


def find_context(listed: Mapping[str, Any]) -> int | None:
    """The context of a listed model, in tokens, by whatever name."""
    meta = listed.get("meta")
    for holder in (listed, meta if isinstance(meta, Mapping) else {}):
        for name in _CONTEXT_NAMES:
            value = holder.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None


def find_shutdown(listed: Mapping[str, Any]) -> date | None:
    """The day on which a listed model is shut down: a date, the beginning of a time, or seconds since 1970."""
    for value in (listed.get(name) for name in _SHUTDOWN_NAMES):
        try:
            if isinstance(value, str):
                return date.fromisoformat(value[:10])
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                return datetime.fromtimestamp(value, UTC).date()
        except (ValueError, OverflowError, OSError):
            continue
    return None
