"""The tables of the language model: one row is a call, a cached response, or a batch of the Batch API."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from digest_assets.warehouse.tables import OldNames, Row, Table

Outcome = Literal["ok", "invalid", "truncated", "refused", "filtered", "context_overflow", "failed"]


class LLMCallRow(Row):
    """A call of a model, whatever came of it."""

    id: str = Field(description="Its own id.")
    ended_at: datetime = Field(description="When it ended, UTC.")
    day: date = Field(description="The partition that it was made for.")
    purpose: str = Field(
        description="`summary`, `notes`, `overview`, `ranking`, `probe`, `check`, `judge` or `answer`."
    )
    paper: str | None = Field(description="arXiv id, where it was about one paper.")
    report: str | None = Field(description="The report whose summary it was for, if it was for one.")
    model: str = Field(description="The model that was asked.")
    input_tokens: int = Field(description="Prompt tokens.")
    cached_tokens: int = Field(description="Of these, tokens that the provider had cached.")
    output_tokens: int = Field(description="Completion tokens, thinking included.")
    cache_write_tokens: int | None = Field(None, description="Prompt tokens that the provider wrote to its cache.")
    estimated_tokens: int | None = Field(
        None, description="Prompt tokens by our own count, schema included: what `digest estimate` learns from."
    )
    seconds: float = Field(description="From the first attempt to the end, waits for our own limits included.")
    retries: int = Field(description="Attempts that failed before.")
    outcome: Outcome = Field(
        description="`ok`; `invalid`: not of the schema; `truncated`: cut off at the output limit; `refused` by the model; "
        "`filtered` by the provider; `context_overflow`: the prompt was too long; `failed`: no response."
    )
    cost_usd: float = Field(description="Money, by the price table.")
    key: str = Field(description="The request's cache key.")
    tokens_estimated: bool = Field(False, description="Whether the endpoint gave no count, and tokens are estimated.")


class LLMCacheRow(Row):
    """A validated response, which is never paid for again."""

    key: str = Field(description="Hash of model, parameters, messages and schema.")
    purpose: str = Field(description="What it was for, as in `llm_calls`.")
    answer: str = Field(description="The validated response as JSON.")
    model: str = Field(description="The model that gave it.")
    input_tokens: int = Field(description="Prompt tokens of all calls that it took.")
    cached_tokens: int = Field(description="Of these, tokens that the provider had cached.")
    output_tokens: int = Field(description="Completion tokens.")
    cost_usd: float = Field(description="Money, by the price table of its day.")
    note: str | None = Field(None, description="What a reader must know of it, like how much of the text was read.")


class LLMBatchRow(Row):
    """A batch that was submitted to the Batch API."""

    id: str = Field(description="The endpoint's id of the batch.")
    submitted_at: datetime = Field(description="When it was submitted, UTC.")
    days: tuple[date, ...] = Field(description="The partitions that wait for it.")
    keys: tuple[str, ...] = Field(description="The cache keys of its requests.")
    state: Literal["in_progress", "collected"] = Field(description="Whether its responses were collected.")
    model: str | None = Field(None, description="The model, by its name in the settings; that of `read` if not given.")


OLD_TOKEN_COLUMNS = {"input_tokens": "tokens_in", "cached_tokens": "tokens_cached", "output_tokens": "tokens_out"}

LLM_CALLS = Table(
    "llm_calls",
    LLMCallRow,
    ("id",),
    "Every call of a model: tokens, seconds, outcome, money.",
    version=3,
    renamed_from=OldNames(
        "model_calls",
        columns={"ended_at": "at", "report": "profile", **OLD_TOKEN_COLUMNS},
        values={"outcome": {"cut": "truncated", "overflow": "context_overflow"}},
    ),
)
LLM_CACHE = Table(
    "llm_cache",
    LLMCacheRow,
    ("key",),
    "Every valid response of a model, by its request's cache key.",
    version=3,
    renamed_from=OldNames("kept_answers", columns=OLD_TOKEN_COLUMNS),
)
LLM_BATCHES = Table(
    "llm_batches",
    LLMBatchRow,
    ("id",),
    "Every batch of requests, and whether its responses were collected.",
    version=3,
    renamed_from=OldNames(
        "model_batches", columns={"submitted_at": "at"}, values={"state": {"under way": "in_progress"}}
    ),
)
