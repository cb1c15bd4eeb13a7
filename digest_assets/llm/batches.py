"""The Batch API: a backfill's requests in one file, answered within a day for half the price.

    https://platform.openai.com/docs/guides/batch

A run submits what was never asked and goes on without the responses; when the batch has ended, the days are made
again and find them in the cache. What a batch left unanswered (it expired, a line failed, a response does not fit) is
asked live then. A batch is found again by the hash of its requests, so a run that was killed after submitting does
not submit twice.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import LLMClient, build_request_body
from digest_assets.llm.ledger import Ledger, build_cache_row, build_call_row
from digest_assets.llm.prices import find_price
from digest_assets.llm.provider_errors import FailedCallError, NoCompletionError, translate_batch_errors
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import LLMRequest, TokenUsage, compute_cost
from digest_assets.llm.responses import parse_json, read_completion
from digest_assets.llm.structured_output import (
    build_response_schemas,
    estimate_schema_tokens,
    has_shared_schema,
    parse_response,
)
from digest_assets.llm.tables import LLM_BATCHES, LLMBatchRow, LLMCacheRow, LLMCallRow
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.warehouse.migrations import create_or_migrate, insert_rows

if TYPE_CHECKING:
    from openai.types import Batch

logger = logging.getLogger(__name__)

PRICE_SHARE = 0.5  # of a live call's price
_MAX_LINES = 50_000  # the API's limit for one file
_ENDED = frozenset({"completed", "expired", "failed", "cancelled"})
_TAG = "digest_questions"  # the name as release 0.1.0 wrote it: its batches are found too
_MAX_LISTED = 100  # the API's limit for one page of batches


class BatchQueue:
    """The batches of one run.

    Args:
        settings: The model and its price.
        ledger: Where calls and responses are written.
        client: The endpoint.
        budget: What may be spent.
    """

    def __init__(self, settings: Settings, ledger: Ledger, client: LLMClient, budget: Budget) -> None:
        self._config = settings.config.summaries
        self._warehouse = open_warehouse(settings)
        self._ledger = ledger
        self._client = client
        self._budget = budget

    async def collect_and_submit(self, requests: Sequence[LLMRequest[Any]]) -> tuple[list[LLMCacheRow], set[str]]:
        """Fetch what has been answered, submit what was never asked.

        Returns:
            The new responses, and the keys that are in progress. The other requests are to be asked live: a batch
            left them unanswered, or there was no money to submit them.
        """
        batches = read_batches(self._warehouse)
        by_key = {request.key: request for request in requests}
        responses: list[LLMCacheRow] = []
        in_progress: set[str] = set()
        for row in batches:
            if row.state == "in_progress" and by_key.keys() & set(row.keys):
                try:
                    batch = await self._retrieve(row.id)
                    has_ended = batch.status in _ENDED
                    if has_ended:
                        responses += await self._collect(row, batch, by_key)
                except ModelError as error:
                    logger.warning("batch %s: %s; looking again in the next run", row.id, error)
                    has_ended = False
                if not has_ended:
                    in_progress.update(row.keys)
        submitted = {key for row in batches for key in row.keys}
        fresh = [request for key, request in by_key.items() if key not in submitted]
        for start in range(0, len(fresh), _MAX_LINES):
            in_progress.update(await self._submit(fresh[start : start + _MAX_LINES]))
        return responses, in_progress

    async def _retrieve(self, id_: str) -> "Batch":
        with translate_batch_errors():
            return await self._client.batches().retrieve(id_)

    async def _submit(self, requests: Sequence[LLMRequest[Any]]) -> set[str]:
        """Submit as many requests as the budget allows; their keys."""
        affordable = self._select_affordable(requests)
        if not affordable:
            return set()
        keys = tuple(sorted(request.key for request in affordable))
        tag = hashlib.sha256("".join(keys).encode()).hexdigest()
        with translate_batch_errors():
            batch = await self._find_submitted(tag)
            if batch is None:
                lines = "\n".join(json.dumps(self._build_line(request), ensure_ascii=False) for request in affordable)
                file = await self._client.files().create(file=("questions.jsonl", lines.encode()), purpose="batch")
                batch = await self._client.batches().create(
                    input_file_id=file.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={_TAG: tag},
                )
        days = tuple(sorted({request.day for request in affordable}))
        write_batch(
            self._warehouse,
            LLMBatchRow(id=batch.id, submitted_at=datetime.now(UTC), days=days, keys=keys, state="in_progress"),
        )
        logger.info("submitted %d requests as batch %s", len(keys), batch.id)
        return set(keys)

    def _select_affordable(self, requests: Sequence[LLMRequest[Any]]) -> list[LLMRequest[Any]]:
        model = self._config.get_model()
        price, most = find_price(model), self._config.get_max_output_tokens(model)
        affordable = []
        with ExitStack() as reserved:
            for request in requests:
                input_tokens = request.estimated_tokens + estimate_schema_tokens(request)
                usd = PRICE_SHARE * self._budget.estimate_call_cost(model.model, price, input_tokens, most)
                try:
                    reserved.enter_context(self._budget.reserve(request.day, usd))
                except BudgetError:
                    continue
                affordable.append(request)
        return affordable

    async def _find_submitted(self, tag: str) -> "Batch | None":
        """The batch of the same requests that a killed run submitted and could not write down."""
        async for batch in self._client.batches().list(limit=_MAX_LISTED):
            if (batch.metadata or {}).get(_TAG) == tag and batch.status not in _ENDED - {"completed"}:
                return batch
        return None

    async def _collect(
        self, row: LLMBatchRow, batch: "Batch", by_key: Mapping[str, LLMRequest[Any]]
    ) -> list[LLMCacheRow]:
        """Fetch a batch's responses; those that fit are cached, all are in the ledger."""
        text = ""
        if batch.output_file_id:
            with translate_batch_errors():
                text = (await self._client.files().content(batch.output_file_id)).text
        lines = [self._read_line(line, by_key) for line in map(parse_json, text.splitlines()) if isinstance(line, dict)]
        responses = {response.key: response for _, response in filter(None, lines) if response is not None}
        await self._ledger.record([call for call, _ in filter(None, lines)])
        for response in responses.values():
            await self._ledger.record([], response)
        write_batch(self._warehouse, row.model_copy(update={"state": "collected"}))
        logger.info("batch %s %s: %d of %d requests answered", row.id, batch.status, len(responses), len(row.keys))
        return list(responses.values())

    def _build_line(self, request: LLMRequest[Any]) -> dict[str, Any]:
        schemas = build_response_schemas(request)
        format_ = self._client.formats.choose(request.model, "shared_schema", shared=has_shared_schema(request))
        body = build_request_body(request.model, request.messages, schemas, format_, request.parameters)
        return {"custom_id": request.key, "method": "POST", "url": "/v1/chat/completions", "body": body}

    def _read_line(
        self, line: dict[str, Any], by_key: Mapping[str, LLMRequest[Any]]
    ) -> tuple[LLMCallRow, LLMCacheRow | None] | None:
        """A line's call and its response; None where it was never answered or belongs to no request here."""
        request = by_key.get(str(line.get("custom_id", "")))
        http = line.get("response")
        if request is None or not isinstance(http, dict) or http.get("status_code") != 200:
            return None
        body = json.dumps(http.get("body")).encode()
        try:
            completion = read_completion(body, "application/json", request.model, request.estimated_tokens)
        except (FailedCallError, NoCompletionError):
            return None
        model = self._config.find_model(request.model)
        usd = PRICE_SHARE * compute_cost(find_price(model), *completion.tokens, completion.cache_write_tokens)
        try:
            value = parse_response(request, completion.content)
        except ValueError:
            return build_call_row(request, model.model, completion, "invalid", usd, request.key), None
        usage = TokenUsage(*completion.tokens, usd)
        response = build_cache_row(request, value, completion.model, usage, request.key)
        return build_call_row(request, model.model, completion, "ok", usd, request.key), response


def read_batches(warehouse: Warehouse) -> list[LLMBatchRow]:
    """Every batch that was submitted."""
    return LLM_BATCHES.to_rows(warehouse.read(LLM_BATCHES))


def write_batch(warehouse: Warehouse, row: LLMBatchRow) -> None:
    """Write a batch, or what became of it."""
    with warehouse.begin() as connection:
        create_or_migrate(connection, LLM_BATCHES)
        connection.execute(f"DELETE FROM {LLM_BATCHES.name} WHERE id = ?", [row.id])  # noqa: S608 - a constant
        insert_rows(connection, LLM_BATCHES, LLM_BATCHES.to_frame([row]))


def find_ended_batches(settings: Settings) -> dict[str, tuple[date, ...]]:
    """The batches that have ended and wait to be collected, each with its days. Raises `ModelError`."""
    waiting = [row for row in read_batches(open_warehouse(settings)) if row.state == "in_progress"]
    return asyncio.run(_select_ended(waiting, settings)) if waiting else {}


async def _select_ended(rows: Sequence[LLMBatchRow], settings: Settings) -> dict[str, tuple[date, ...]]:
    client = LLMClient(settings, RateLimiter.from_settings(settings))
    try:
        with translate_batch_errors():
            batches = [(row, await client.batches().retrieve(row.id)) for row in rows]
    finally:
        await client.close()
    return {row.id: row.days for row, batch in batches if batch.status in _ENDED}
