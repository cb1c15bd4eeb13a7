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
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.budget import Budget, BudgetError
from digest_assets.llm.client import Client, completion_of, request_body
from digest_assets.llm.ledger import CallRow, KeptRow, Ledger, Outcome
from digest_assets.llm.rate_limit import Limiter
from digest_assets.llm.requests import Question, money
from digest_assets.llm.structured_output import schemas_of, value_of
from digest_assets.warehouse import Row, Table, Warehouse
from digest_assets.warehouse.database import create, insert

if TYPE_CHECKING:
    from openai.types import Batch

logger = logging.getLogger(__name__)

_PRICE = 0.5  # of a live call's
_MOST_LINES = 50_000
_ENDED = frozenset({"completed", "expired", "failed", "cancelled"})
_TAG = "digest_questions"


class BatchRow(Row):
    """A batch that was submitted."""

    id: str = Field(description="The endpoint's id of the batch.")
    at: datetime = Field(description="When it was submitted, UTC.")
    days: tuple[date, ...] = Field(description="The partitions that wait for it.")
    keys: tuple[str, ...] = Field(description="The keys of its questions.")
    state: Literal["under way", "collected"] = Field(description="Whether its answers were fetched.")


MODEL_BATCHES = Table("model_batches", BatchRow, ("id",), "Every batch of questions, and whether it was collected.")


class Batches:
    """The batches of one run.

    Args:
        settings: The model and its price.
        ledger: Where calls and answers are written.
        client: The endpoint.
        budget: What may be spent.
    """

    def __init__(self, settings: Settings, ledger: Ledger, client: Client, budget: Budget) -> None:
        self._choice = settings.config.summaries
        self._warehouse = settings.warehouse()
        self._ledger = ledger
        self._client = client
        self._budget = budget

    async def exchange(self, questions: Sequence[Question[Any]]) -> tuple[dict[str, KeptRow], set[str]]:
        """Fetch what has been answered, submit what was never asked.

        Returns:
            The new answers by key, and the keys that are under way. The other questions are to be asked live: a
            batch left them unanswered, or there was no money to submit them.
        """
        batches = batches_of(self._warehouse)
        wanted = {question.key: question for question in questions}
        answers: dict[str, KeptRow] = {}
        under_way: set[str] = set()
        for row in batches:
            if row.state == "under way" and wanted.keys() & set(row.keys):
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

    async def _submit(self, questions: Sequence[Question[Any]]) -> set[str]:
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
        remember(self._warehouse, BatchRow(id=batch.id, at=datetime.now(UTC), days=days, keys=keys, state="under way"))
        logger.info("submitted %d questions as batch %s", len(keys), batch.id)
        return set(keys)

    def _affordable(self, questions: Sequence[Question[Any]]) -> list[Question[Any]]:
        price = self._choice.prices.get(self._choice.model)
        affordable = []
        with ExitStack() as reserved:
            for question in questions:
                usd = _PRICE * money(price, question.tokens, 0, self._budget.expected_answer)
                try:
                    reserved.enter_context(self._budget.reserved(question.day, usd))
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

    async def _collect(self, row: BatchRow, batch: "Batch", wanted: Mapping[str, Question[Any]]) -> dict[str, KeptRow]:
        """Fetch a batch's answers; those that fit are kept, all are in the ledger."""
        text = ""
        if batch.output_file_id:
            with _said():
                text = (await self._client.files().content(batch.output_file_id)).text
        answers: dict[str, KeptRow] = {}
        calls: list[CallRow] = []
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
        remember(self._warehouse, row.model_copy(update={"state": "collected"}))
        logger.info("batch %s %s: %d of %d questions answered", row.id, batch.status, len(answers), len(row.keys))
        return answers

    def _read(self, line: dict[str, Any], wanted: Mapping[str, Question[Any]]) -> tuple[CallRow, KeptRow | None] | None:
        """A line's call and its answer; None where it was never answered or belongs to nobody here."""
        from openai.types.chat import ChatCompletion

        question = wanted.get(line.get("custom_id", ""))
        response = line.get("response") or {}
        if question is None or response.get("status_code") != 200:
            return None
        completion = completion_of(ChatCompletion.model_validate(response["body"]), retries=0)
        tokens = (completion.tokens_in, completion.tokens_cached, completion.tokens_out)
        usd = _PRICE * money(self._choice.prices.get(question.model), *tokens)
        outcome: Outcome = "ok"
        kept = None
        try:
            value = value_of(question, completion.content)
        except ValueError:
            outcome = "invalid"
        else:
            kept = KeptRow(
                key=question.key,
                purpose=question.purpose,
                answer=value.model_dump_json(),
                model=completion.model,
                tokens_in=tokens[0],
                tokens_cached=tokens[1],
                tokens_out=tokens[2],
                cost_usd=usd,
            )
        call = CallRow(
            id=uuid.uuid4().hex,
            at=datetime.now(UTC),
            day=question.day,
            purpose=question.purpose,
            paper=question.paper,
            profile=question.profile,
            model=question.model,
            tokens_in=tokens[0],
            tokens_cached=tokens[1],
            tokens_out=tokens[2],
            seconds=0.0,
            retries=0,
            outcome=outcome,
            cost_usd=usd,
            key=question.key,
        )
        return call, kept


def batches_of(warehouse: Warehouse) -> list[BatchRow]:
    """Every batch that was submitted."""
    return MODEL_BATCHES.rows(warehouse.read(MODEL_BATCHES))


def remember(warehouse: Warehouse, row: BatchRow) -> None:
    """Write a batch, or what became of it."""
    with warehouse.writing() as connection:
        create(connection, MODEL_BATCHES)
        connection.execute(f"DELETE FROM {MODEL_BATCHES.name} WHERE id = ?", [row.id])  # noqa: S608 - a constant
        insert(connection, MODEL_BATCHES, MODEL_BATCHES.frame([row]))


def ended_batches(settings: Settings) -> dict[str, tuple[date, ...]]:
    """The batches that have ended and wait to be collected, each with its days. Raises `ModelError`."""
    waiting = [row for row in batches_of(settings.warehouse()) if row.state == "under way"]
    return asyncio.run(_ended(waiting, settings)) if waiting else {}


async def _ended(rows: Sequence[BatchRow], settings: Settings) -> dict[str, tuple[date, ...]]:
    client = Client(settings, Limiter.of(settings))
    try:
        with _said():
            found = [(row, await client.batches().retrieve(row.id)) for row in rows]
    finally:
        await client.close()
    return {row.id: row.days for row, batch in found if batch.status in _ENDED}


def _line(question: Question[Any]) -> dict[str, Any]:
    body = request_body(question.model, question.messages, schemas_of(question), "json_schema", question.parameters)
    return {"custom_id": question.key, "method": "POST", "url": "/v1/chat/completions", "body": body}


@contextmanager
def _said() -> Iterator[None]:
    """The endpoint's errors in our words."""
    import openai

    try:
        yield
    except openai.APIError as error:
        raise ModelError(f"the endpoint's Batch API failed ({type(error).__name__})", can_retry=True) from error
