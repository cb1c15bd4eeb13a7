"""What is served of what was made: the site at /site/, the reports' files at /reports/, and /health. Nothing is written.

What readers send (marks) belongs here too, as a route of its own with its table; Dagster does not.
"""

from pathlib import Path, PurePosixPath

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from digest_assets.config.settings import Settings

# As in the pages themselves, which are read from folders too. No page may fetch anything: a script that somebody smuggled
# into one could not ask Dagster, which has the same origin.
_SITE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_PREFIXES = ("/site", "/reports", "/health")


def build_pages(settings: Settings) -> Starlette:
    """The site, the reports and the health check as an application of their own; `/` leads to the site."""
    return Starlette(
        routes=[
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
        response.headers["Content-Security-Policy"] = self._policy
        if path.endswith((".md", ".bib", ".jsonl")):
            response.headers["Content-Type"] = "text/plain; charset=utf-8"  # shown, not saved
        return response
