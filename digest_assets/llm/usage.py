"""Token counts of a response, as each provider spells them.

OpenAI and most others count cached tokens inside the prompt; Anthropic's own names count them beside it. Some count
thinking into the total alone: what the total has beyond the prompt was paid as output.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

_INPUT = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count")
_OUTPUT = ("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count")
_THOUGHTS = ("thoughtsTokenCount", "thoughts_tokens")  # counted beside the output
_TOTAL = ("total_tokens", "totalTokenCount")
_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),  # DeepSeek
    ("cached_tokens",),  # Moonshot, Together
    ("cachedContentTokenCount",),
)
_CACHE_WRITE = (
    ("prompt_tokens_details", "cache_write_tokens"),
    ("prompt_tokens_details", "cache_creation_tokens"),  # LiteLLM
    ("input_tokens_details", "cache_write_tokens"),
    ("cache_write_tokens",),
)
_MAX_TOKENS = 10**9  # more than any model writes or reads: a larger count is nonsense
_READ_BESIDE = "cache_read_input_tokens"  # Anthropic: not part of `input_tokens`
_WRITTEN_BESIDE = "cache_creation_input_tokens"


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of one call; cached and written ones are part of the input."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


NO_TOKENS = TokenCounts()


def read_usage(usage: Any) -> TokenCounts:
    """The counts of a response's `usage`, in whatever spelling; nothing of what it does not count."""
    if not isinstance(usage, Mapping):
        return NO_TOKENS
    input_, output = _read_first(usage, _INPUT), _read_first(usage, _OUTPUT)
    if input_ is None and output is None:
        return NO_TOKENS
    prompt, answer = input_ or 0, (output or 0) + (_read_first(usage, _THOUGHTS) or 0)
    cached = max((_read_path(usage, path) or 0 for path in _CACHED), default=0)
    written = max((_read_path(usage, path) or 0 for path in _CACHE_WRITE), default=0)
    read_beside, written_beside = _to_count(usage.get(_READ_BESIDE)), _to_count(usage.get(_WRITTEN_BESIDE))
    if "prompt_tokens" not in usage:
        prompt += (read_beside or 0) + (written_beside or 0)
    cached, written = max(cached, read_beside or 0), max(written, written_beside or 0)
    total = _read_first(usage, _TOTAL) or 0
    prompt = prompt or max(total - answer, 0)
    cached = min(cached, prompt)
    return TokenCounts(prompt, cached, min(written, prompt - cached), max(answer, total - prompt))


def _read_first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := _to_count(usage.get(name))) is not None), None)


def _read_path(usage: Mapping[str, Any], path: tuple[str, ...]) -> int | None:
    value: Any = usage
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return _to_count(value)


def _to_count(value: Any) -> int | None:
    """A count that a bill may rest on: a number that is not negative, and that a call can have."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_TOKENS:
        return None
    return int(value)
