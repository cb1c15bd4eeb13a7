"""The guard before everything that we serve: pages of other origins get nothing from it, and nobody without the password.

A browser lets any page send requests to a server on its own machine, by that server's address or by a name that was made
to lead there. So each request's `Host` must be one of ours, and its `Origin` and fetch metadata
(https://www.w3.org/TR/fetch-metadata/) must say that it comes from our own pages, or was typed or followed as a link. What
is behind the guard is not its business, but for GraphQL: that changes nothing by GET.
"""

import asyncio
import base64
import binascii
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest_assets.common.errors import ConfigError

PASSWORD_VARIABLE = "DIGEST_UI_PASSWORD"  # noqa: S105 - the name of it
HOSTS_VARIABLE = "DIGEST_UI_HOSTS"
LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")

_OPEN_PATHS = ("/health", "/server_info")  # what probes ask, by whatever name: versions and "ok", nothing else
_WRONG_PASSWORD_SECONDS = 1.0  # a password of eight random letters and digits then holds for ages
_ADDED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # no page lays ours under its own buttons
    "Cross-Origin-Resource-Policy": "same-origin",  # nor loads it as a script or an image
    "Cross-Origin-Opener-Policy": "same-origin",  # nor holds its window
    "Referrer-Policy": "same-origin",
}


def guard(app: ASGIApp, variables: Mapping[str, str] | None = None) -> ASGIApp:
    """The application behind the guard, with the password and the further hosts that the environment names."""
    variables = os.environ if variables is None else variables
    hosts = [name.strip() for name in variables.get(HOSTS_VARIABLE, "").split(",") if name.strip()]
    inside = _OriginGuard(app, variables.get(PASSWORD_VARIABLE, ""), _PASSWORD)
    checked = TrustedHostMiddleware(inside, allowed_hosts=[*LOOPBACK, *hosts], www_redirect=False)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        is_probe = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in _OPEN_PATHS
        await (app if is_probe else checked)(scope, receive, send)

    return call


def guard_with_token(app: ASGIApp, token: str) -> ASGIApp:
    """The application for programs of this machine: its loopback names alone, no page of another origin, and the token."""
    return TrustedHostMiddleware(_OriginGuard(app, token, _TOKEN), allowed_hosts=LOOPBACK, www_redirect=False)


def require_password(host: str, variables: Mapping[str, str] | None = None) -> None:
    """Raise `ConfigError` where a server that others reach has no password."""
    variables = os.environ if variables is None else variables
    if host not in LOOPBACK and not variables.get(PASSWORD_VARIABLE):
        raise ConfigError(
            f"--host {host} lets others than this machine in: set {PASSWORD_VARIABLE} to a password that is asked for, "
            f"and {HOSTS_VARIABLE} to the name under which it is reached"
        )


@dataclass(frozen=True)
class _Scheme:
    """How a secret is asked for and given (RFC 7617 and RFC 6750)."""

    challenge: str
    refusal: str
    read: Callable[[str], bytes | None]


class _OriginGuard:
    def __init__(self, app: ASGIApp, password: str, scheme: _Scheme) -> None:
        self._app = app
        self._password = password.encode()
        self._scheme = scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _refuse_foreign_page(scope, headers) or _refuse_graphql(scope, headers)
        if refusal is None and self._password:
            refusal = await self._refuse_stranger(headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _ADDED_HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    async def _refuse_stranger(self, headers: Headers) -> Response | None:
        given = self._scheme.read(headers.get("authorization", ""))
        if given is not None and secrets.compare_digest(given, self._password):
            return None
        if given is not None:
            await asyncio.sleep(_WRONG_PASSWORD_SECONDS)
        return PlainTextResponse(self._scheme.refusal, 401, {"WWW-Authenticate": self._scheme.challenge})


def _refuse_foreign_page(scope: Scope, headers: Headers) -> Response | None:
    origins = headers.getlist("origin")
    foreign = any(urlsplit(origin).netloc.lower() != headers["host"].lower() for origin in origins)
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        # A link on another page may be followed; what is framed, embedded, fetched or posted by one may not.
        followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        foreign = foreign or not (followed and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"))
    return PlainTextResponse("pages of other origins get nothing here\n", 403) if foreign else None


def _refuse_graphql(scope: Scope, headers: Headers) -> Response | None:
    """A query by GET may be a mutation, and so may a form's; of GETs, only the page that asks is let through."""
    if scope["type"] != "http" or not scope["path"].rstrip("/").endswith("/graphql"):
        return None
    if scope["method"] == "POST":
        kind: Sequence[str] = headers.get("content-type", "").split(";")
        is_json = kind[0].strip().lower() == "application/json"
        return None if is_json else PlainTextResponse("POST application/json\n", 415)
    if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
        return None
    return PlainTextResponse("nothing is asked or changed by GET: POST application/json\n", 405, {"Allow": "POST"})


def _read_password(authorization: str) -> bytes | None:
    """The password of HTTP's Basic scheme; None if there is none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _read_token(authorization: str) -> bytes | None:
    """The token of HTTP's Bearer scheme; None if there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip().encode() if scheme.lower() == "bearer" else None


_PASSWORD = _Scheme(
    'Basic realm="digest", charset="UTF-8"', "the password, please; any user name will do\n", _read_password
)
_TOKEN = _Scheme('Bearer realm="digest"', "the token, please: Authorization: Bearer …\n", _read_token)
