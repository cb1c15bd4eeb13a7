"""The Batch API: a backfill's requests in one file, answered within a day for half the price.

    https://platform.openai.com/docs/guides/batch

A run submits what was never asked and goes on without the responses; when the batch has ended, the days are made
again and find them in the cache. What a batch left unanswered (it expired, a line failed, a response does not fit) goes
into another batch, a few times: the price of a live call is never paid unasked. A batch is found again by the hash of
its requests, so a run that was killed after submitting does not submit twice.
"""

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.config.settings import Settings
from digest_assets.config.summaries import SummariesConfig
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import LLMClient
from digest_assets.llm.format_ladder import FormatLadder
from digest_assets.llm.format_memory import ResponseFormat
from digest_assets.llm.ledger import Ledger, build_cache_row, build_call_row
from digest_assets.llm.prices import find_price
from digest_assets.llm.provider_errors import EndpointError, FailedCallError, NoCompletionError
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.request_bodies import build_request_body, shows_schemas
from digest_assets.llm.requests import LLMRequest, Message, TokenUsage, compute_cost
from digest_assets.llm.responses import get_outcome, parse_json, read_completion
from digest_assets.llm.structured_output import (
    build_repair_messages,
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

_NO_SUCH_API = frozenset({404, 405, 501})
PRICE_SHARE = 0.5  # of a live call's price
_MAX_LINES = 50_000  # the API's limits for one file
_MAX_BYTES = 190_000_000  # of 200 MB
_MAX_TOKENS = 2_000_000  # what OpenAI's first paid tier may have waiting of a small model
_MAX_SUBMISSIONS = 3  # of one request: what three batches left unanswered, a fourth will not answer
_TOO_MUCH_WAITING = "token_limit_exceeded"  # the code of a batch that was refused for what waits beside it
_ENDED = frozenset({"completed", "expired", "failed", "cancelled"})
_TAG = "digest_questions"  # the name as release 0.1.0 wrote it: its batches are found too
_MAX_LISTED = 100  # the API's limit for one page of batches


_UNDER_WAY = TransientModelError("its batch is under way")
_UNANSWERED = ModelError(
    f"{_MAX_SUBMISSIONS} batches left it unanswered: set summaries.mode to live to have it asked at once"
)


@dataclass(frozen=True)
class _Repair:
    """How a request is asked that a batch answered wrongly."""

    messages: Sequence[Message]
    format_: ResponseFormat | None = None


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
        self._ladder = FormatLadder(client.formats)
        self._repairs: dict[str, _Repair] = {}

    async def collect_and_submit(
        self, requests: Sequence[LLMRequest[Any]]
    ) -> tuple[list[LLMCacheRow], dict[str, ModelError]]:
        """Fetch what has been answered, submit the rest.

        Returns:
            The new responses; and of every other request, by its key, what to say of it.
        """
        by_key = {request.key: request for request in requests}
        responses: list[LLMCacheRow] = []
        left: dict[str, ModelError] = {}
        self._repairs = {}
        for row in read_batches(self._warehouse):
            if row.state == "in_progress" and by_key.keys() & set(row.keys):
                try:
                    batch = await self._retrieve(row)
                    has_ended = batch.status in _ENDED
                    if has_ended:
                        responses += await self._collect(row, batch, by_key)
                except ModelError as error:
                    logger.warning("batch %s: %s; looking again in the next run", row.id, error)
                    has_ended = False
                if not has_ended:
                    left.update(dict.fromkeys(row.keys, _UNDER_WAY))
        answered = {row.key for row in responses}
        submissions = Counter(key for row in read_batches(self._warehouse) for key in row.keys)
        waiting = [request for key, request in by_key.items() if key not in answered and key not in left]
        for request in waiting:
            if submissions[request.key] >= _MAX_SUBMISSIONS:
                left[request.key] = _UNANSWERED
        for model in dict.fromkeys(request.model for request in waiting):
            mine = [one for one in waiting if one.model == model and one.key not in left]
            try:
                left.update(await self._submit(model, mine))
            except ModelError as error:
                logger.warning("%s", error)
                left.update({request.key: error for request in mine if request.key not in left})
        return responses, left

    async def _retrieve(self, row: LLMBatchRow) -> "Batch":
        with _translate_batch_errors():
            return await self._client.batches(_get_model(row, self._config)).retrieve(row.id)

    async def _submit(self, model: str, requests: Sequence[LLMRequest[Any]]) -> dict[str, ModelError]:
        """Submit as many requests as the budget allows, in batches of bounded size; what to say of each, by its key."""
        affordable, left = self._select_affordable(requests)
        for part in self._split(affordable):
            await self._submit_part(model, part)
            left.update(dict.fromkeys((request.key for request, _ in part), _UNDER_WAY))
        return left

    def _split(self, requests: Sequence[LLMRequest[Any]]) -> Iterator[list[tuple[LLMRequest[Any], bytes]]]:
        """The requests with their lines, as many together as one file holds."""
        part: list[tuple[LLMRequest[Any], bytes]] = []
        size = tokens = 0
        for request in requests:
            line = json.dumps(self._build_line(request), ensure_ascii=False).encode() + b"\n"
            count = self._count_tokens(request)
            if part and (len(part) >= _MAX_LINES or size + len(line) > _MAX_BYTES or tokens + count > _MAX_TOKENS):
                yield part
                part, size, tokens = [], 0, 0
            part.append((request, line))
            size, tokens = size + len(line), tokens + count
        if part:
            yield part

    async def _submit_part(self, model: str, part: Sequence[tuple[LLMRequest[Any], bytes]]) -> None:
        keys = tuple(sorted(request.key for request, _ in part))
        tag = hashlib.sha256("".join(keys).encode()).hexdigest()
        with _translate_batch_errors():
            batch = await self._find_submitted(model, tag)
            if batch is None:
                lines = b"".join(line for _, line in part)
                file = await self._client.files(model).create(file=("questions.jsonl", lines), purpose="batch")
                batch = await self._client.batches(model).create(
                    input_file_id=file.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={_TAG: tag},
                )
        days = tuple(sorted({request.day for request, _ in part}))
        write_batch(
            self._warehouse,
            LLMBatchRow(
                id=batch.id, submitted_at=datetime.now(UTC), days=days, keys=keys, state="in_progress", model=model
            ),
        )
        logger.info("submitted %d requests as batch %s", len(keys), batch.id)

    def _select_affordable(
        self, requests: Sequence[LLMRequest[Any]]
    ) -> tuple[list[LLMRequest[Any]], dict[str, ModelError]]:
        affordable, left = [], dict[str, ModelError]()
        with ExitStack() as reserved:
            for request in requests:
                model = self._config.find_model(request.model)
                price, most = find_price(model), self._config.get_max_output_tokens(model)
                usd = self._budget.estimate_call_cost(model.model, price, self._count_tokens(request), most)
                try:
                    reserved.enter_context(self._budget.reserve(request.day, PRICE_SHARE * usd))
                except BudgetError as error:
                    left[request.key] = error
                    continue
                affordable.append(request)
        return affordable, left

    def _count_tokens(self, request: LLMRequest[Any]) -> int:
        alone = not shows_schemas(self._config.find_model(request.model))
        return request.estimated_tokens + estimate_schema_tokens(request, alone=alone)

    async def _find_submitted(self, model: str, tag: str) -> "Batch | None":
        """The batch of the same requests that a killed run submitted and could not write down."""
        known = {row.id for row in read_batches(self._warehouse)}
        async for batch in self._client.batches(model).list(limit=_MAX_LISTED):
            is_same = (batch.metadata or {}).get(_TAG) == tag and batch.id not in known
            if is_same and batch.status not in _ENDED - {"completed"}:
                return batch
        return None

    async def _collect(
        self, row: LLMBatchRow, batch: "Batch", by_key: Mapping[str, LLMRequest[Any]]
    ) -> list[LLMCacheRow]:
        """Fetch a batch's responses; those that fit are cached, all are in the ledger."""
        text = ""
        if batch.output_file_id:
            with _translate_batch_errors():
                text = (await self._client.files(_get_model(row, self._config)).content(batch.output_file_id)).text
        lines = [self._read_line(line, by_key) for line in map(parse_json, text.splitlines()) if isinstance(line, dict)]
        responses = {response.key: response for _, response in filter(None, lines) if response is not None}
        await self._ledger.record([call for call, _ in filter(None, lines)])
        for response in responses.values():
            await self._ledger.record([], response)
        collected = row.model_copy(update={"state": "collected"})
        if any(error.code == _TOO_MUCH_WAITING for error in (batch.errors and batch.errors.data) or ()):
            collected = collected.model_copy(update={"keys": ()})  # it was never begun, so it does not count
        write_batch(self._warehouse, collected)
        logger.info("batch %s %s: %d of %d requests answered", row.id, batch.status, len(responses), len(row.keys))
        return list(responses.values())

    def _build_line(self, request: LLMRequest[Any]) -> dict[str, Any]:
        formats, target = self._client.formats, self._config.find_model(request.model)
        repair = self._repairs.get(request.key, _Repair(request.messages))
        best = repair.format_ or self._ladder.choose(request, request.model)
        format_ = formats.choose(request.model, best, shared=has_shared_schema(request))
        most = self._config.get_max_output_tokens(target)
        body = build_request_body(request, target, repair.messages, format_, formats, most)
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
        usd = PRICE_SHARE * compute_cost(find_price(model), completion.counts)
        outcome = get_outcome(completion)
        used = self._client.formats.choose(
            request.model, self._ladder.choose(request, request.model), shared=has_shared_schema(request)
        )
        try:
            if outcome == "truncated":
                raise ValueError("it was cut off before its end; answer more briefly")
            value = parse_response(request, completion.content)
        except ValueError as error:
            outcome = "invalid" if outcome == "ok" else outcome
            lower = self._ladder.step_down(request, request.model, used, error, completion.content)
            messages = request.messages if lower else build_repair_messages(request.messages, completion, error)
            self._repairs[request.key] = _Repair(messages, lower)
            return build_call_row(request, model.model, completion, outcome, usd, request.key), None
        self._ladder.learn_success(request, request.model, used)
        usage = TokenUsage(**asdict(completion.counts), cost_usd=usd)
        response = build_cache_row(request, value, completion.model, usage, request.key)
        return build_call_row(request, model.model, completion, "ok", usd, request.key), response


def _get_model(row: LLMBatchRow, config: SummariesConfig) -> str:
    """The model of a batch; rows of 0.1.0 are of the only one that there was."""
    return row.model or config.get_model().name


def read_batches(warehouse: Warehouse) -> list[LLMBatchRow]:
    """Every batch that was submitted."""
    return LLM_BATCHES.to_rows(warehouse.read(LLM_BATCHES))


def write_batch(warehouse: Warehouse, row: LLMBatchRow) -> None:
    """Write a batch, or what became of it."""

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        create_or_migrate(connection, LLM_BATCHES)
        connection.execute(f"DELETE FROM {LLM_BATCHES.name} WHERE id = ?", [row.id])  # noqa: S608 - a constant
        insert_rows(connection, LLM_BATCHES, LLM_BATCHES.to_frame([row]))

    warehouse.run_in_transaction(work, can_repeat=True)


def find_ended_batches(settings: Settings) -> dict[str, tuple[date, ...]]:
    """The batches that have ended and wait to be collected, each with its days. Raises `ModelError`."""
    waiting = [row for row in read_batches(open_warehouse(settings)) if row.state == "in_progress"]
    return asyncio.run(_select_ended(waiting, settings)) if waiting else {}


async def _select_ended(rows: Sequence[LLMBatchRow], settings: Settings) -> dict[str, tuple[date, ...]]:
    client, config = LLMClient(settings, RateLimiter.from_settings(settings)), settings.config.summaries
    try:
        with _translate_batch_errors():
            batches = [(row, await client.batches(_get_model(row, config)).retrieve(row.id)) for row in rows]
    finally:
        await client.close()
    return {row.id: row.days for row, batch in batches if batch.status in _ENDED}


@contextmanager
def _translate_batch_errors() -> Iterator[None]:
    """The errors of the Batch API as ours: most failures leave the batch for a later run."""
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        if error.status_code in _NO_SUCH_API:
            raise EndpointError("the endpoint has no Batch API: set summaries.mode to live") from error
        raise TransientModelError(f"the endpoint's Batch API failed ({type(error).__name__})") from error
    except openai.APIError as error:
        raise TransientModelError(f"the endpoint's Batch API failed ({type(error).__name__})") from error
