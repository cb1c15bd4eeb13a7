"""Requests to a language model and its responses: plain data, cache keys, JSON schemas, token counts and prices."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from digest_assets.config.models import Price
from digest_assets.llm.tables import LLMCacheRow, LLMCallRow
from digest_assets.llm.usage import NO_TOKENS, TokenCounts

A = TypeVar("A", bound=BaseModel)
Message = Mapping[str, str]


@dataclass(frozen=True)
class LLMRequest(Generic[A]):
    """One request; its `key` names everything that its response depends on.

    Args:
        purpose: What it is for, in the ledger: `summary`, `notes`, `overview`, `ranking`, `probe`, `check`, `judge` or `answer`.
        model: The model that is asked first, by its name in the settings.
        system: The system message.
        prompt: The user's message: the material first, the instruction last.
        response_model: The pydantic model of the response, whose JSON schema is asked for.
        day: The partition that pays for it.
        paper: The paper that it is about, where it is about one.
        report: The report that it is for, where it is for one.
        parameters: Further parameters of the call.
        model_id: What its endpoint calls the model, where the settings have another name for it.
        schema_family: Models of all responses that are asked of the same material. They share one schema on the wire,
            because a provider caches a prompt from its beginning, and the schema is the beginning.
        check: Raises `ValueError`, in words for the model, for a response that fits the schema and still is no answer.
        material: The beginning of the prompt that other requests may share.
        is_material_shared: Whether others are asked about it in the same run, so that it is worth caching.
        former_keys: Keys of the same question as earlier releases put it: an answer that was paid for then still holds.
    """

    purpose: str
    model: str
    system: str
    prompt: str
    response_model: type[A]
    day: date
    paper: str | None = None
    report: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema_family: tuple[type[BaseModel], ...] = ()
    model_id: str | None = None
    check: Callable[[A], None] | None = field(default=None, compare=False)
    material: str = field(default="", compare=False)
    is_material_shared: bool = field(default=False, compare=False)
    former_keys: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def key(self) -> str:
        """Hash of model, parameters, messages and schema; not of what only the wire needs."""
        return self.compute_key(self.prompt, build_json_schema(self.response_model))

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key, then the former ones: under each of them an answer to it may be cached."""
        return tuple(dict.fromkeys((self.key, *self.former_keys)))

    def compute_key(self, prompt: str, schema: Mapping[str, Any]) -> str:
        """The key that it has with this prompt and JSON schema."""
        parts = [self.model_id or self.model, dict(self.parameters), self.system, prompt, schema]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The system message and the user's."""
        return ({"role": "system", "content": self.system}, {"role": "user", "content": self.prompt})

    @cached_property
    def estimated_tokens(self) -> int:
        """About how many tokens its messages have."""
        return estimate_tokens(self.system) + estimate_tokens(self.prompt)


@dataclass(frozen=True)
class ResponseSchemas:
    """The JSON schema of a response: as an endpoint gets it, and alone, in words for an endpoint that takes none."""

    wire: Mapping[str, Any]
    alone: Mapping[str, Any]


@cache
def build_json_schema(response_model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a response model, as strict endpoints take it; made once, since it takes milliseconds."""
    schema = response_model.model_json_schema()
    strict: dict[str, Any] = _inline_described_references(schema, schema.get("$defs", {}))
    return strict


def _inline_described_references(node: Any, definitions: Mapping[str, Any]) -> Any:
    """OpenAI refuses a `$ref` that has neighbours, such as a field's description: the schema goes in its place."""
    if isinstance(node, list):
        return [_inline_described_references(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and len(node) > 1:
        neighbours = {name: value for name, value in node.items() if name != "$ref"}
        node = {**definitions[node["$ref"].rsplit("/", 1)[-1]], **neighbours}
    return {name: _inline_described_references(part, definitions) for name, part in node.items()}


@dataclass(frozen=True)
class TokenUsage(TokenCounts):
    """Tokens and money of one or more calls."""

    cost_usd: float = 0.0

    @classmethod
    def from_row(cls, row: LLMCallRow | LLMCacheRow) -> "TokenUsage":
        """What a stored call or response took."""
        written = (row.cache_write_tokens or 0) if isinstance(row, LLMCallRow) else 0
        return cls(row.input_tokens, row.cached_tokens, written, row.output_tokens, row.cost_usd)


@dataclass(frozen=True)
class LLMResponse(Generic[A]):
    """A validated response: which model gave it, what it took when it was made, and whether it is from the cache.

    `note` says what a reader must know of it, such as that the model got only a part of the text; `key` is the one that
    it is stored under.
    """

    value: A
    model: str
    usage: TokenUsage
    cached: bool
    note: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Completion:
    """What an endpoint returned, not yet validated."""

    content: str
    finish_reason: str
    model: str
    counts: TokenCounts = NO_TOKENS
    retries: int = 0
    tokens_estimated: bool = False


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: one for four ASCII characters, as OpenAI says of English; one for any other."""
    others = len(text) - len(text.encode("ascii", "ignore"))
    return (len(text) - others) // 4 + others


def estimate_message_tokens(messages: Iterable[Message]) -> int:
    """About how many tokens the messages have."""
    return sum(estimate_tokens(message["content"]) for message in messages)


def compute_cost(price: Price | None, counts: TokenCounts) -> float:
    """US dollars for a call; 0 for a model without a price. Rounded to a billionth, so that sums are stable."""
    if price is None:
        return 0.0
    rates = price.get_rates(counts.input_tokens)
    cached_price = rates.input if rates.cached_input is None else rates.cached_input
    write_price = rates.input if rates.cache_write is None else rates.cache_write
    fresh = counts.input_tokens - counts.cached_tokens - counts.cache_write_tokens
    usd = fresh * rates.input + counts.cached_tokens * cached_price + counts.cache_write_tokens * write_price
    return round((usd + counts.output_tokens * rates.output) / 1e6, 9)
