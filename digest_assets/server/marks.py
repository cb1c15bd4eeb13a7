"""What readers mark on the served site: `/marks` gives a reader's marks and takes new ones, into the table of `digest mark`.

It stands behind the guard, so that only our own pages and programs on this machine get here; and it takes JSON alone,
which no form of another page can send.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import ConfigError, StorageError
from digest_assets.config.settings import Settings
from digest_assets.relevance.library import add_marks, list_readers, load_marks
from digest_assets.relevance.tables import MarkKind
from digest_assets.warehouse import open_warehouse

MARKS_PATH = "/marks"
_MOST_MARKS = 500  # at once: a year of a diligent reader, sent when the server is first met
_MOST_BYTES = 65_536  # of a request: so many marks have 40,000
# A page does not wait for a run that writes a day: it keeps the marks, and sends them with the next page.
_WAIT = timedelta(seconds=10)


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=40), AfterValidator(lambda text: parse_arxiv_id(text).id)]
    kind: MarkKind
    is_set: bool = True


class _Changes(BaseModel):
    """Marks set and taken back, in their order."""

    model_config = ConfigDict(extra="forbid")

    reader: Annotated[str, Field(max_length=100)] = ""
    marks: Annotated[list[_Change], Field(max_length=_MOST_MARKS)]


class MarksEndpoint:
    """Answers GET with a reader's marks, and stores what is POSTed."""

    def __init__(self, settings: Settings) -> None:
        config = settings.config.model_copy(update={"lock_wait_seconds": _WAIT.total_seconds()})
        self._settings = settings.model_copy(update={"config": config})

    async def answer(self, request: Request) -> Response:
        """The marks that hold; after a POST, those with what it changed."""
        try:
            if request.method == "POST":
                return await self._store(request)
            return await run_in_threadpool(self._load, request.query_params.get("reader", ""))
        except ConfigError as error:
            return PlainTextResponse(f"{error}\n", 404)
        except StorageError as error:
            return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "60"})

    async def _store(self, request: Request) -> Response:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("POST application/json\n", 415)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                return PlainTextResponse(f"more than {_MOST_BYTES:,} bytes\n", 413)
        try:
            changes = _Changes.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            return PlainTextResponse(f"{place}: {first['msg']}\n", 400)
        await run_in_threadpool(self._add, changes)
        return await run_in_threadpool(self._load, changes.reader)

    def _add(self, changes: _Changes) -> None:
        # Of one mark, the last change holds.
        last = {(change.id, change.kind): change.is_set for change in changes.marks}
        for is_set in (False, True):
            changed = [mark for mark, value in last.items() if value == is_set]
            if changed:
                add_marks(self._settings, changed, changes.reader, is_set=is_set)

    def _load(self, reader: str) -> Response:
        if reader not in list_readers(self._settings):
            raise ConfigError("no reader has this name")
        marks = load_marks(open_warehouse(self._settings)).get(reader, {})
        held = [{"id": id_, "kind": kind} for id_, kinds in marks.items() for kind in kinds]
        return JSONResponse(held, headers={"Cache-Control": "no-store"})
