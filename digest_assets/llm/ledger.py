"""The ledger: every model call and every valid response, written durably before anybody builds on it.

A thread collects what comes in while a transaction runs and commits it all in the next one; where many calls end at
once it waits a moment for more of them. So hundreds of calls a second cost a few commits, and a killed process loses
only calls that were still in flight or had ended in that moment.
"""

import asyncio
import itertools
import queue
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

import duckdb
import polars as pl
from pydantic import BaseModel

from digest_assets.llm.requests import Completion, LLMRequest, TokenUsage
from digest_assets.llm.tables import LLM_CACHE, LLM_CALLS, LLMCacheRow, LLMCallRow, Outcome
from digest_assets.warehouse import Warehouse
from digest_assets.warehouse.migrations import create_or_migrate, insert_rows

# Hashes in one text: of a list, DuckDB's client looks at each element for a millisecond (for libraries that it might be of).
_IN_KEYS = "list_contains(string_split(?, ' '), key)"
_SELECT_CACHED = f"SELECT * FROM {LLM_CACHE.name} WHERE {_IN_KEYS}"  # noqa: S608 - constants
# While many calls end: the thread works a third of the time, since opening the database takes 20 ms of a core, 20 times
# a second at 20 calls in flight; and nobody waits longer than a fraction of what a model's answer takes.
_PAUSES = 2.0
_MAX_PAUSE_SECONDS = 0.25


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
        self._calls_in_flight = 0
        self._has_tables = False  # seen to once a run: it costs as much as the rows of a commit

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.put(None)
        self._writer.join()

    @asynccontextmanager
    async def expect_call(self) -> AsyncIterator[None]:
        """A call is in flight while the block lasts: for its row a commit waits a moment, after the last call none does."""
        self._calls_in_flight += 1
        try:
            yield
        finally:
            self._calls_in_flight -= 1

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
        frame = self._warehouse.query(_SELECT_CACHED, [" ".join(sorted(keys))], tables=[LLM_CACHE])
        return {row.key: row for row in LLM_CACHE.to_rows(frame)}

    def read_history(self, days: Collection[date]) -> tuple[dict[date, float], dict[str, int]]:
        """What these days have cost so far, US dollars; and the longest answer that each model gave so far, in tokens."""
        frame = self._warehouse.query(
            "SELECT day, model, sum(cost_usd) AS usd, max(output_tokens) AS longest "  # noqa: S608 - a declared name
            f"FROM {LLM_CALLS.name} GROUP BY day, model ORDER BY day, model",
            tables=[LLM_CALLS],
        )
        spending: defaultdict[date, float] = defaultdict(float)
        longest: defaultdict[str, int] = defaultdict(int)
        for day, model, usd, tokens in frame.iter_rows():
            if day in days:
                spending[day] += usd
            if tokens > 0:
                longest[model] = max(longest[model], tokens)
        return dict(spending), dict(longest)

    def _write_all(self) -> None:
        open_, pause = True, 0.0
        while open_:
            pending = self._collect(pause)
            started = time.monotonic()
            open_ = None not in pending
            entries = [entry for entry in pending if entry is not None]
            # A call is written also when nobody waits for it any more.
            awaited = [entry for entry in entries if entry.done.set_running_or_notify_cancel()]
            try:
                rows = self._commit(entries, {entry.key for entry in awaited if entry.key is not None})
            except BaseException as error:  # whoever waits must hear of it, whatever it is
                for entry in awaited:
                    entry.done.set_exception(error)
            else:
                for entry in awaited:
                    entry.done.set_result(rows.get(entry.key or ""))
            is_busy = len(pending) > 1 or not self._entries.empty()
            pause = min(_PAUSES * (time.monotonic() - started), _MAX_PAUSE_SECONDS) if is_busy else 0.0

    def _collect(self, pause: float) -> list[_LedgerEntry | None]:
        """The entries that are there, the first waited for, and those that come within a pause; `None` ends it."""
        pending = [self._entries.get()]
        until = time.monotonic() + pause
        while pending[-1] is not None:
            seconds = max(until - time.monotonic(), 0) if self._calls_in_flight else 0
            try:
                pending.append(self._entries.get(timeout=seconds))
            except queue.Empty:
                break
        return pending

    def _commit(self, entries: Sequence[_LedgerEntry], keys: Collection[str]) -> dict[str, LLMCacheRow]:
        """Write calls and responses; the cached responses among the keys, these included."""
        calls = [call for entry in entries for call in entry.calls]
        responses = {entry.response.key: entry.response for entry in entries if entry.response is not None}
        if not calls and not responses:
            return self.read_cached(keys)
        found: dict[str, LLMCacheRow] = {}
        tries = itertools.count(1)

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            is_repeated = next(tries) > 1
            for table in () if self._has_tables else (LLM_CALLS, LLM_CACHE):
                create_or_migrate(connection, table)
            if is_repeated:  # the first try may have been committed, and its word lost with the catalogue
                ids = [call.id for call in calls]
                connection.execute(f"DELETE FROM {LLM_CALLS.name} WHERE list_contains(?, id)", [ids])  # noqa: S608
            insert_rows(connection, LLM_CALLS, LLM_CALLS.to_frame(calls))
            if responses:
                connection.execute(f"DELETE FROM {LLM_CACHE.name} WHERE {_IN_KEYS}", [" ".join(sorted(responses))])  # noqa: S608
                insert_rows(connection, LLM_CACHE, LLM_CACHE.to_frame(responses.values()))
            if keys:  # on this connection: another one would cost as much as the transaction
                frame = pl.DataFrame(connection.sql(_SELECT_CACHED, params=[" ".join(sorted(keys))]))
                found.update({row.key: row for row in LLM_CACHE.to_rows(frame)})

        self._warehouse.run_in_transaction(work, can_repeat=True)
        self._has_tables = True
        return found


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
