"""What is served of what was made: the site at /site/, the reports' files at /reports/, and /health. What readers send, their
marks, is `marks.py`; Dagster does not belong here.
"""

import json
import re
from pathlib import Path, PurePosixPath

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from digest_assets.config.settings import Settings
from digest_assets.relevance.library import list_readers
from digest_assets.reports import urls
from digest_assets.server.marks import MARKS_PATH, MarksEndpoint

# As in the pages themselves, which are read from folders too, and narrower: a page may ask for marks, and for nothing else.
# A script that somebody smuggled into one could not ask Dagster, which has the same origin.
_SITE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# What may stand in the policy as the host that was asked; the guard lets no other through, but probes go past it.
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:]{2,45}\](:[0-9]{1,5})?")
_FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_PREFIXES = ("/site", "/reports", "/health", MARKS_PATH)


def build_pages(settings: Settings) -> Starlette:
    """The site, the reports and the health check as an application of their own; `/` leads to the site."""
    found = {"marks": MARKS_PATH, "readers": list(list_readers(settings))}

    async def say_where_marks_go(_: Request) -> Response:
        return Response(f"window.digestServer = {json.dumps(found)};\n", media_type="text/javascript")

    return Starlette(
        routes=[
            Route(f"/site/{urls.SERVER_SCRIPT}", say_where_marks_go),
            Route(MARKS_PATH, MarksEndpoint(settings).answer, methods=["GET", "POST"]),
            Mount("/site", _Folder(settings.data_dir / "site", _SITE_POLICY, html=True)),
            Mount("/reports", _Folder(settings.data_dir / "reports", _FILE_POLICY)),
            Route("/health", _say_ok),
            Route("/", lambda _: RedirectResponse("/site/")),
        ]
    )


def add_pages(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Another application with these pages beside it."""
    pages = build_pages(settings)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and any(
            scope["path"] == prefix or scope["path"].startswith(f"{prefix}/") for prefix in _PREFIXES
        )
        await (pages if ours else app)(scope, receive, send)

    return call


async def _say_ok(_: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Folder(StaticFiles):
    """A folder's files, whenever it is made; none that begins with a dot, like a draft that is being written."""

    def __init__(self, folder: Path, policy: str, *, html: bool = False) -> None:
        super().__init__(directory=folder, html=html, check_dir=False)
        self.config_checked = True  # the folder may come later: until then nothing is found
        self._policy = policy

    async def get_response(self, path: str, scope: Scope) -> Response:
        if any(part.startswith(".") for part in PurePosixPath(path).parts):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        policy, host = self._policy, Headers(scope=scope).get("host", "")
        if policy == _SITE_POLICY and _HOST.fullmatch(host):
            policy += f"; connect-src http://{host}{MARKS_PATH}"  # by the rules of the policy, https too
        response.headers["Content-Security-Policy"] = policy
        if path.endswith((".md", ".bib", ".jsonl")):
            response.headers["Content-Type"] = "text/plain; charset=utf-8"  # shown, not saved
        return response
