"""The response cache of a run: a request that was answered before is not sent again. Its rows are the ledger's."""

import logging
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from pydantic import ValidationError

from digest_assets.common.errors import TransientModelError
from digest_assets.common.locks import NamedLocks
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.requests import A, LLMRequest, LLMResponse, TokenUsage
from digest_assets.llm.tables import LLMCacheRow

logger = logging.getLogger(__name__)


class ResponseCache:
    """Cached responses by request key, and one lock per key over all processes.

    Args:
        ledger: Where cached responses are stored.
        locks: Held by a run while it asks, so that another one waits and then finds the response.
        wait_seconds: How long to wait for another run.
    """

    def __init__(self, ledger: Ledger, locks: NamedLocks, wait_seconds: float) -> None:
        self._ledger = ledger
        self._locks = locks
        self._wait_seconds = wait_seconds
        self._rows: dict[str, LLMCacheRow] = {}

    def __contains__(self, request: LLMRequest[Any]) -> bool:
        return any(key in self._rows for key in request.keys)

    def preload(self, requests: Collection[LLMRequest[Any]]) -> None:
        """Look up the requests in the ledger."""
        keys = {key for request in requests for key in request.keys}
        self._rows.update(self._ledger.read_cached(keys - self._rows.keys()))

    def add(self, rows: Iterable[LLMCacheRow]) -> None:
        """Take in what was stored meanwhile."""
        self._rows.update({row.key: row for row in rows})

    def get(self, request: LLMRequest[A], key: str) -> LLMResponse[A] | None:
        """The cached response, if it fits the request's schema."""
        row = self._rows.get(key)
        if row is None:
            return None
        try:
            value = request.response_model.model_validate_json(row.answer)
        except ValidationError:
            logger.warning("a cached response does not fit its schema any more; asking again")
            return None
        return LLMResponse(value, row.model, TokenUsage.from_row(row), cached=True, note=row.note, key=row.key)

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Keep other runs from asking the same. Raises `TransientModelError` if one has done so for too long."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._locks.hold(key, self._wait_seconds))
            except TimeoutError:
                raise TransientModelError("another run has been asking the same for too long") from None
            yield

    async def reload(self, key: str) -> bool:
        """Look the key up again; whether there is a response that was not there before."""
        row = await self._ledger.look_up(key)
        if row is None or row == self._rows.get(key):
            return False
        self._rows[key] = row
        return True
