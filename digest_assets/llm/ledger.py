"""The ledger: every model call and every valid response, written durably before anybody builds on it.

A thread collects what comes in while a transaction runs and commits it all in the next one, so that hundreds of
calls a second cost a few commits, and a killed process loses only calls that were still in flight.
"""

import asyncio
import queue
import threading
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

import duckdb
from pydantic import BaseModel

from digest_assets.llm.requests import Completion, LLMRequest, TokenUsage
from digest_assets.llm.tables import LLM_CACHE, LLM_CALLS, LLMCacheRow, LLMCallRow, Outcome
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.migrations import create_or_migrate, insert_rows


@dataclass
class _LedgerEntry:
    """Calls and the response they gave, to be written; or a key to look up."""

    calls: Sequence[LLMCallRow] = ()
    response: LLMCacheRow | None = None
    key: str | None = None
    done: "Future[LLMCacheRow | None]" = field(default_factory=Future)


class Ledger:
    """The ledger of one warehouse; a context manager whose end waits until all is written."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._entries: queue.SimpleQueue[_LedgerEntry | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="ledger", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.put(None)
        self._writer.join()

    async def record(self, calls: Sequence[LLMCallRow], response: LLMCacheRow | None = None) -> None:
        """Write calls and the response that they gave; returns when they are committed. Raises `StorageError`."""
        await self._enqueue(_LedgerEntry(calls, response))

    async def look_up(self, key: str) -> LLMCacheRow | None:
        """The cached response of a key, whichever run stored it; asked for by many at once, it is one query."""
        return await self._enqueue(_LedgerEntry(key=key))

    async def _enqueue(self, entry: _LedgerEntry) -> LLMCacheRow | None:
        self._entries.put(entry)
        return await asyncio.wrap_future(entry.done)

    def read_cached(self, keys: Collection[str]) -> dict[str, LLMCacheRow]:
        """The cached responses among these keys."""
        if not keys:
            return {}
        frame = self._warehouse.query(
            f"SELECT * FROM {LLM_CACHE.name} WHERE list_contains(?, key)",  # noqa: S608 - a constant
            [sorted(keys)],
            tables=[LLM_CACHE],
        )
        return {row.key: row for row in LLM_CACHE.to_rows(frame)}

    def read_spending(self, days: Collection[date]) -> dict[date, float]:
        """What these days have cost so far, US dollars."""
        frame = self._warehouse.query(
            f"SELECT day, sum(cost_usd) FROM {LLM_CALLS.name} WHERE list_contains(?, day) GROUP BY day",  # noqa: S608
            [sorted(days)],
            tables=[LLM_CALLS],
        )
        return dict(frame.iter_rows())

    def read_longest_answers(self) -> dict[str, int]:
        """The longest answer that each model gave so far, in tokens."""
        frame = self._warehouse.query(
            f"SELECT model, max(output_tokens) FROM {LLM_CALLS.name} WHERE output_tokens > 0 GROUP BY model",  # noqa: S608
            tables=[LLM_CALLS],
        )
        return dict(frame.iter_rows())

    def _write_all(self) -> None:
        open_ = True
        while open_:
            pending = [self._entries.get()]
            while not self._entries.empty():
                pending.append(self._entries.get())
            open_ = None not in pending
            entries = [entry for entry in pending if entry is not None]
            # A call is written also when nobody waits for it any more.
            awaited = [entry for entry in entries if entry.done.set_running_or_notify_cancel()]
            try:
                self._commit(entries)
                rows = self.read_cached({entry.key for entry in awaited if entry.key is not None})
            except BaseException as error:  # whoever waits must hear of it, whatever it is
                for entry in awaited:
                    entry.done.set_exception(error)
            else:
                for entry in awaited:
                    entry.done.set_result(rows.get(entry.key or ""))

    def _commit(self, entries: Sequence[_LedgerEntry]) -> None:
        calls = [call for entry in entries for call in entry.calls]
        responses = {entry.response.key: entry.response for entry in entries if entry.response is not None}
        if not calls and not responses:
            return

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            create_or_migrate(connection, LLM_CALLS)
            insert_rows(connection, LLM_CALLS, LLM_CALLS.to_frame(calls))
            create_or_migrate(connection, LLM_CACHE)
            if responses:
                connection.execute(f"DELETE FROM {LLM_CACHE.name} WHERE list_contains(?, key)", [sorted(responses)])  # noqa: S608
                insert_rows(connection, LLM_CACHE, LLM_CACHE.to_frame(responses.values()))

        self._warehouse.run_in_transaction(work)


def build_call_row(
    request: LLMRequest[Any],
    model: str,
    completion: Completion,
    outcome: Outcome,
    cost_usd: float,
    key: str,
    seconds: float = 0.0,
    estimated_tokens: int | None = None,
) -> LLMCallRow:
    """The row of a call that ended now."""
    return LLMCallRow(
        id=uuid.uuid4().hex,
        ended_at=datetime.now(UTC),
        day=request.day,
        purpose=request.purpose,
        paper=request.paper,
        report=request.report,
        model=model,
        input_tokens=completion.counts.input_tokens,
        cached_tokens=completion.counts.cached_tokens,
        output_tokens=completion.counts.output_tokens,
        cache_write_tokens=completion.counts.cache_write_tokens,
        estimated_tokens=estimated_tokens,
        seconds=round(seconds, 3),
        retries=completion.retries,
        outcome=outcome,
        cost_usd=cost_usd,
        key=key,
        tokens_estimated=completion.tokens_estimated,
    )


def build_cache_row(
    request: LLMRequest[Any], value: BaseModel, model: str, usage: TokenUsage, key: str, note: str | None = None
) -> LLMCacheRow:
    """The row of a valid response."""
    return LLMCacheRow(
        key=key,
        purpose=request.purpose,
        answer=value.model_dump_json(),
        model=model,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        cost_usd=usage.cost_usd,
        note=note,
    )
