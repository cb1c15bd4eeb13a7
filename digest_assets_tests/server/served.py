"""An application behind the guard, on a free port of this machine, asked by real clients."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from digest_assets.server.guard import guard


class Changeable:
    """Something that answers every request with a secret, and counts what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        methods = ["GET", "POST", "PUT", "DELETE"]
        routes = [Route("/{path:path}", self._answer, methods=methods), WebSocketRoute("/{path:path}", self._talk)]
        self.app = Starlette(routes=routes)

    async def _answer(self, request: Request) -> Response:
        self.reached.append(f"{request.method} {request.url.path}")
        return PlainTextResponse("secret")

    async def _talk(self, socket: WebSocket) -> None:
        self.reached.append(f"websocket {socket.url.path}")
        await socket.accept()
        await socket.send_text("secret")
        await socket.close()


@contextmanager
def serve(app: ASGIApp, variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """The host and port of a server of the application behind the guard."""
    with run_server(guard(app, variables or {}), lifespan="off") as place:
        yield place


@contextmanager
def run_server(app: ASGIApp, lifespan: Literal["on", "off"] = "on") -> Iterator[str]:
    """The host and port of a server of the application as it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan=lifespan))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
