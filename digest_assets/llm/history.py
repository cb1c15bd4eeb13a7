"""What the ledger knows of a model: how its tokens relate to our count, how long it answers, what it repeats and caches.

From it a cost is foretold. Repairs and cut answers are in it, because they are paid; so is thinking, and what the
provider cached or wrote to its cache.
"""

from dataclasses import dataclass
from typing import Any

from digest_assets.llm.tables import LLM_CALLS
from digest_assets.warehouse import Warehouse

# A summary is of its report's kind, whatever else of its purpose. Rows without a count were not paid.
_HISTORY = f"""
SELECT model, CASE purpose WHEN 'summary' THEN report ELSE purpose END AS kind,
    count(*) FILTER (outcome = 'ok') AS answers,
    sum(input_tokens) AS input_tokens,
    sum(input_tokens) FILTER (outcome = 'ok') AS ok_input_tokens,
    sum(input_tokens) FILTER (estimated_tokens > 0) AS counted_tokens,
    sum(estimated_tokens) FILTER (input_tokens > 0) AS estimated_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(coalesce(cache_write_tokens, 0)) AS written_tokens,
    sum(output_tokens) AS output_tokens
FROM {LLM_CALLS.name}
WHERE input_tokens > 0
GROUP BY ALL
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class CallHistory:
    """What a model's calls of one kind took so far.

    Args:
        token_factor: Tokens that the endpoint counts, for each that we count.
        repeats: Input that was paid for each token of input that led to an answer: 1 where nothing was repeated.
        cached_share: Of the input, what was cached.
        written_share: Of the input, what was written to the cache.
        output_tokens: Paid for one answer, thinking and lost attempts included.
    """

    token_factor: float | None
    repeats: float
    cached_share: float
    written_share: float
    output_tokens: float


class ModelHistory:
    """The history of all models, by model and kind: a report's name, or `notes`, `ranking`, `overview`."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._by_kind = {(row["model"], row["kind"]): _summarize(row) for row in rows if row["answers"]}
        self._factors: dict[str, float] = {}
        for model in {row["model"] for row in rows}:
            mine = [row for row in rows if row["model"] == model and row["estimated_tokens"]]
            if estimated := sum(row["estimated_tokens"] for row in mine):
                self._factors[model] = sum(row["counted_tokens"] for row in mine) / estimated

    @classmethod
    def read(cls, warehouse: Warehouse) -> "ModelHistory":
        """From the ledger."""
        return cls(warehouse.query(_HISTORY, tables=[LLM_CALLS]).to_dicts())

    def find(self, model: str, kind: str) -> CallHistory | None:
        """What a model's calls of a kind took; None where it made none."""
        return self._by_kind.get((model, kind))

    def get_token_factor(self, model: str) -> float | None:
        """Tokens that a model's endpoint counts for each that we count; None where it made no call."""
        return self._factors.get(model)


def _summarize(row: dict[str, Any]) -> CallHistory:
    estimated = row["estimated_tokens"]
    return CallHistory(
        token_factor=row["counted_tokens"] / estimated if estimated else None,
        repeats=row["input_tokens"] / row["ok_input_tokens"] if row["ok_input_tokens"] else 1.0,
        cached_share=row["cached_tokens"] / row["input_tokens"],
        written_share=row["written_tokens"] / row["input_tokens"],
        output_tokens=row["output_tokens"] / row["answers"],
    )
