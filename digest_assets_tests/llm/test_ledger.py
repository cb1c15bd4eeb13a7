"""The ledger: what is written is durable, what is written together is one transaction."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import file_lock
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.tables import LLM_CACHE, LLM_CALLS, LLMCacheRow, LLMCallRow
from digest_assets.warehouse import Warehouse

DAY = date(2025, 12, 5)


def call(number: int, day: date = DAY, usd: float = 0.25) -> LLMCallRow:
    return LLMCallRow(
        id=f"{number:08}",
        ended_at=datetime(2025, 12, 5, tzinfo=UTC),
        day=day,
        purpose="summary",
        paper=None,
        report=None,
        model="m",
        input_tokens=10,
        cached_tokens=0,
        output_tokens=5,
        seconds=0.1,
        retries=0,
        outcome="ok",
        cost_usd=usd,
        key=f"k{number}",
    )


def answer(key: str, text: str = "{}") -> LLMCacheRow:
    return LLMCacheRow(
        key=key,
        purpose="summary",
        answer=text,
        model="m",
        input_tokens=10,
        cached_tokens=0,
        output_tokens=5,
        cost_usd=0.25,
    )


class Counted(Warehouse):
    """A warehouse that counts its transactions."""

    transactions: list[int] = []  # noqa: RUF012

    @contextmanager
    def writing(self) -> Iterator[Any]:
        self.transactions.append(1)
        with super().begin() as connection:
            yield connection


def test_a_recorded_call_is_there_for_every_other_process(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "d.duckdb")

    async def record() -> None:
        with Ledger(warehouse) as ledger:
            await ledger.record([call(1)], answer("k1"))
            assert len(Warehouse(tmp_path / "d.duckdb").read(LLM_CALLS)) == 1
            assert set(ledger.read_cached(["k1", "k2"])) == {"k1"}

    asyncio.run(record())


def test_what_comes_while_the_database_is_held_goes_into_one_transaction(tmp_path: Path) -> None:
    warehouse = Counted(tmp_path / "d.duckdb")
    Counted.transactions.clear()

    async def record() -> None:
        with Ledger(warehouse) as ledger:
            with file_lock(tmp_path / "d.duckdb.lock"):
                waiting = [asyncio.create_task(ledger.record([call(n)], answer(f"k{n}"))) for n in range(200)]
                await asyncio.sleep(0.2)
                assert not any(task.done() for task in waiting)
            await asyncio.gather(*waiting)

    asyncio.run(record())
    assert len(warehouse.read(LLM_CALLS)) == 200
    assert len(warehouse.read(LLM_CACHE)) == 200
    assert len(Counted.transactions) <= 3


def test_a_newer_answer_replaces_the_older(tmp_path: Path) -> None:
    async def record() -> None:
        with Ledger(Warehouse(tmp_path / "d.duckdb")) as ledger:
            await ledger.record([call(1)], answer("k", "old"))
            await ledger.record([call(2)], answer("k", "new"))
            assert ledger.read_cached(["k"])["k"].answer == "new"

    asyncio.run(record())


def test_it_tells_what_days_have_cost_and_how_long_answers_were(tmp_path: Path) -> None:
    other = date(2025, 12, 8)

    async def record() -> None:
        with Ledger(Warehouse(tmp_path / "d.duckdb")) as ledger:
            assert ledger.read_history([DAY]) == ({}, {})
            await ledger.record([call(1), call(2), call(3, other, 1.0)])
            longest = {call(1).model: call(1).output_tokens}
            assert ledger.read_history([DAY, other]) == ({DAY: 0.5, other: 1.0}, longest)
            assert ledger.read_history([DAY]) == ({DAY: 0.5}, longest)

    asyncio.run(record())


def test_who_stops_waiting_does_not_stop_the_writing(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "d.duckdb")

    async def record() -> None:
        with Ledger(warehouse) as ledger:
            with file_lock(tmp_path / "d.duckdb.lock"):
                impatient = asyncio.create_task(ledger.record([call(1)]))
                await asyncio.sleep(0.05)
                impatient.cancel()
                await asyncio.gather(impatient, return_exceptions=True)
            await ledger.record([call(2)])

    asyncio.run(record())
    assert list(warehouse.read(LLM_CALLS)["id"]) == ["00000001", "00000002"]


def test_a_database_that_cannot_be_written_is_heard_of(tmp_path: Path) -> None:
    async def record() -> None:
        impatient = Warehouse(tmp_path / "d.duckdb", wait_seconds=0.1)
        with (
            Ledger(impatient) as ledger,
            file_lock(tmp_path / "d.duckdb.lock"),
            pytest.raises(StorageError, match="waited"),
        ):
            await ledger.record([call(1)])

    asyncio.run(record())
