"""An endpoint on loopback that answers every call as a script says: any status, headers and bytes, or a cut connection."""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from digest_assets.testing.fake_llm.schema_filling import count_tokens, extract_schema, fill_schema

API_KEY = "scripted-endpoint-key"


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


class ScriptedEndpoint:
    """The server; a context manager that runs it in threads of its own.

    Args:
        answer: The answer to a request's body; called by one thread at a time.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], ScriptedAnswer]) -> None:
        self.requests: list[dict[str, Any]] = []
        self._answer = answer
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                answer = endpoint._choose(body)
                if answer.status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.status)
                if answer.content_type is not None:
                    self.send_header("content-type", answer.content_type)
                self.send_header("content-length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def get_environment(self) -> dict[str, str]:
        """The environment of a client that is to use this endpoint."""
        return {"OPENAI_BASE_URL": f"http://127.0.0.1:{self._server.server_port}/v1", "OPENAI_API_KEY": API_KEY}

    def _choose(self, body: dict[str, Any]) -> ScriptedAnswer:
        with self._lock:
            self.requests.append(body)
            return self._answer(body)


def make_completion(content: Any, finish: str = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    """A chat completion with this content."""
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": usage or {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
    }


def answer_well(body: dict[str, Any]) -> ScriptedAnswer:
    """A fine answer to a request's body, in the schema that it asks for, with counts that fit its prompt."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema") or extract_schema(prompt)
    content = json.dumps(fill_schema(schema, prompt), ensure_ascii=False)
    read, written = count_tokens(prompt), count_tokens(content)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return ScriptedAnswer.from_json(make_completion(content, usage=usage))
