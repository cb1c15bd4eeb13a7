"""The Batch API: a backfill's questions in one file, answered within a day for half the price.

    https://platform.openai.com/docs/guides/batch

A run submits what nobody has asked yet and goes on without the answers; when the batch has ended, the days are made
again and find the answers kept. What a batch left unanswered (it expired, a line failed, an answer does not fit) is
asked live then. A batch is found again by the hash of its questions, so a run that was killed after submitting does
not submit twice.
"""

import asyncio
import hashlib
import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import LLMClient, build_request_body, parse_completion
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.rate_limit import RateLimiter
from digest_assets.llm.requests import LLMRequest, compute_cost
from digest_assets.llm.structured_output import build_response_schemas, parse_response
from digest_assets.llm.tables import LLM_BATCHES, LLMBatchRow, LLMCacheRow, LLMCallRow, Outcome
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.warehouse.migrations import create_or_migrate, insert_rows

if TYPE_CHECKING:
    from openai.types import Batch

logger = logging.getLogger(__name__)

_PRICE = 0.5  # of a live call's
_MOST_LINES = 50_000
_ENDED = frozenset({"completed", "expired", "failed", "cancelled"})
_TAG = "digest_questions"


class BatchQueue:
    """The batches of one run.

    Args:
        settings: The model and its price.
        ledger: Where calls and answers are written.
        client: The endpoint.
        budget: What may be spent.
    """

    def __init__(self, settings: Settings, ledger: Ledger, client: LLMClient, budget: Budget) -> None:
        self._choice = settings.config.summaries
        self._warehouse = open_warehouse(settings)
        self._ledger = ledger
        self._client = client
        self._budget = budget

    async def collect_and_submit(self, questions: Sequence[LLMRequest[Any]]) -> tuple[dict[str, LLMCacheRow], set[str]]:
        """Fetch what has been answered, submit what was never asked.

        Returns:
            The new answers by key, and the keys that are under way. The other questions are to be asked live: a
            batch left them unanswered, or there was no money to submit them.
        """
        batches = read_batches(self._warehouse)
        wanted = {question.key: question for question in questions}
        answers: dict[str, LLMCacheRow] = {}
        under_way: set[str] = set()
        for row in batches:
            if row.state == "in_progress" and wanted.keys() & set(row.keys):
                try:
                    batch = await self._retrieve(row.id)
                    is_under_way = batch.status not in _ENDED
                    if not is_under_way:
                        answers.update(await self._collect(row, batch, wanted))
                except ModelError as error:
                    logger.warning("batch %s: %s; looking again in the next run", row.id, error)
                    is_under_way = True
                if is_under_way:
                    under_way.update(row.keys)
        asked = {key for row in batches for key in row.keys}
        fresh = [question for key, question in wanted.items() if key not in asked]
        for start in range(0, len(fresh), _MOST_LINES):
            under_way.update(await self._submit(fresh[start : start + _MOST_LINES]))
        return answers, under_way

    async def _retrieve(self, id_: str) -> "Batch":
        with _said():
            return await self._client.batches().retrieve(id_)

    async def _submit(self, questions: Sequence[LLMRequest[Any]]) -> set[str]:
        """Submit as many questions as the budget allows; their keys."""
        affordable = self._affordable(questions)
        if not affordable:
            return set()
        keys = tuple(sorted(question.key for question in affordable))
        tag = hashlib.sha256("".join(keys).encode()).hexdigest()
        with _said():
            batch = await self._same(tag)
            if batch is None:
                lines = "\n".join(json.dumps(_line(question), ensure_ascii=False) for question in affordable)
                file = await self._client.files().create(file=("questions.jsonl", lines.encode()), purpose="batch")
                batch = await self._client.batches().create(
                    input_file_id=file.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={_TAG: tag},
                )
        days = tuple(sorted({question.day for question in affordable}))
        write_batch(
            self._warehouse,
            LLMBatchRow(id=batch.id, submitted_at=datetime.now(UTC), days=days, keys=keys, state="in_progress"),
        )
        logger.info("submitted %d questions as batch %s", len(keys), batch.id)
        return set(keys)

    def _affordable(self, questions: Sequence[LLMRequest[Any]]) -> list[LLMRequest[Any]]:
        price = self._choice.prices.get(self._choice.model)
        affordable = []
        with ExitStack() as reserved:
            for question in questions:
                usd = _PRICE * compute_cost(price, question.estimated_tokens, 0, self._budget.expected_output_tokens)
                try:
                    reserved.enter_context(self._budget.reserve(question.day, usd))
                except BudgetError:
                    continue
                affordable.append(question)
        return affordable

    async def _same(self, tag: str) -> "Batch | None":
        """The batch of the same questions that a killed run submitted and could not remember."""
        async for batch in self._client.batches().list(limit=100):
            if (batch.metadata or {}).get(_TAG) == tag and batch.status not in _ENDED - {"completed"}:
                return batch
        return None

    async def _collect(
        self, row: LLMBatchRow, batch: "Batch", wanted: Mapping[str, LLMRequest[Any]]
    ) -> dict[str, LLMCacheRow]:
        """Fetch a batch's answers; those that fit are kept, all are in the ledger."""
        text = ""
        if batch.output_file_id:
            with _said():
                text = (await self._client.files().content(batch.output_file_id)).text
        answers: dict[str, LLMCacheRow] = {}
        calls: list[LLMCallRow] = []
        for line in text.splitlines():
            made = self._read(json.loads(line), wanted) if line.strip() else None
            if made is not None:
                call, kept = made
                calls.append(call)
                if kept is not None:
                    answers[kept.key] = kept
        await self._ledger.record(calls)
        for kept in answers.values():
            await self._ledger.record([], kept)
        write_batch(self._warehouse, row.model_copy(update={"state": "collected"}))
        logger.info("batch %s %s: %d of %d questions answered", row.id, batch.status, len(answers), len(row.keys))
        return answers

    def _read(
        self, line: dict[str, Any], wanted: Mapping[str, LLMRequest[Any]]
    ) -> tuple[LLMCallRow, LLMCacheRow | None] | None:
        """A line's call and its answer; None where it was never answered or belongs to nobody here."""
        from openai.types.chat import ChatCompletion

        question = wanted.get(line.get("custom_id", ""))
        response = line.get("response") or {}
        if question is None or response.get("status_code") != 200:
            return None
        completion = parse_completion(ChatCompletion.model_validate(response["body"]), retries=0)
        tokens = (completion.input_tokens, completion.cached_tokens, completion.output_tokens)
        usd = _PRICE * compute_cost(self._choice.prices.get(question.model), *tokens)
        outcome: Outcome = "ok"
        kept = None
        try:
            value = parse_response(question, completion.content)
        except ValueError:
            outcome = "invalid"
        else:
            kept = LLMCacheRow(
                key=question.key,
                purpose=question.purpose,
                answer=value.model_dump_json(),
                model=completion.model,
                input_tokens=tokens[0],
                cached_tokens=tokens[1],
                output_tokens=tokens[2],
                cost_usd=usd,
            )
        call = LLMCallRow(
            id=uuid.uuid4().hex,
            ended_at=datetime.now(UTC),
            day=question.day,
            purpose=question.purpose,
            paper=question.paper,
            report=question.report,
            model=question.model,
            input_tokens=tokens[0],
            cached_tokens=tokens[1],
            output_tokens=tokens[2],
            seconds=0.0,
            retries=0,
            outcome=outcome,
            cost_usd=usd,
            key=question.key,
        )
        return call, kept


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
    return asyncio.run(_ended(waiting, settings)) if waiting else {}


async def _ended(rows: Sequence[LLMBatchRow], settings: Settings) -> dict[str, tuple[date, ...]]:
    client = LLMClient(settings, RateLimiter.from_settings(settings))
    try:
        with _said():
            found = [(row, await client.batches().retrieve(row.id)) for row in rows]
    finally:
        await client.close()
    return {row.id: row.days for row, batch in found if batch.status in _ENDED}


def _line(question: LLMRequest[Any]) -> dict[str, Any]:
    body = build_request_body(
        question.model, question.messages, build_response_schemas(question), "json_schema", question.parameters
    )
    return {"custom_id": question.key, "method": "POST", "url": "/v1/chat/completions", "body": body}


@contextmanager
def _said() -> Iterator[None]:
    """The endpoint's errors in our words."""
    import openai

    try:
        yield
    except openai.APIError as error:
        raise TransientModelError(f"the endpoint's Batch API failed ({type(error).__name__})") from error
