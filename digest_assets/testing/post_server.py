"""A server on loopback for JSON posts that answers each as a script says: any status, headers and bytes, or a cut connection."""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class ScriptedAnswer:
    """One answer; without a status the connection is cut."""

    status: int | None = 200
    body: bytes = b""
    content_type: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> "ScriptedAnswer":
        """An answer whose body is JSON."""
        return cls(status, json.dumps(data, ensure_ascii=False).encode(), headers=headers or {})


class PostServer:
    """The server; a context manager that runs it in threads of its own.

    Args:
        answer: The answer to a post's headers, by names in lower case, and body; called by one thread at a time.
    """

    def __init__(self, answer: Callable[[Mapping[str, str], dict[str, Any]], ScriptedAnswer]) -> None:
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with lock:
                    chosen = answer({name.lower(): value for name, value in self.headers.items()}, body)
                if chosen.status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(chosen.status)
                if chosen.content_type is not None:
                    self.send_header("content-type", chosen.content_type)
                self.send_header("content-length", str(len(chosen.body)))
                for name, value in chosen.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(chosen.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)
