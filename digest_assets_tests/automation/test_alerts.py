"""Telling people about a failed run."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digest_assets.automation.alerts import WEBHOOK_VARIABLE, format_failure, send_alert


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(500 if self.path == "/broken" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.received = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def address(hook: HTTPServer, path: str = "/secret-token") -> dict[str, str]:
    return {WEBHOOK_VARIABLE: f"http://127.0.0.1:{hook.server_port}{path}"}


def test_the_text_arrives(hook: HTTPServer) -> None:
    assert send_alert("a text", address(hook)) == "127.0.0.1 was told"
    assert hook.received == [{"text": "a text"}]  # type: ignore[attr-defined]


def test_a_hook_that_answers_with_an_error_is_said_without_its_secret_path(hook: HTTPServer) -> None:
    assert send_alert("a text", address(hook, "/broken")) == "127.0.0.1 answered 500: nobody was told"


def test_a_hook_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    told = send_alert("a text", {WEBHOOK_VARIABLE: f"http://127.0.0.1:{port}/secret-token"})
    assert told.startswith("127.0.0.1 could not be reached")
    assert "secret" not in told


@pytest.mark.parametrize("value", ["file:///etc/passwd", "nonsense", "http://"])
def test_what_is_no_web_address_is_refused(value: str) -> None:
    assert (
        send_alert("a text", {WEBHOOK_VARIABLE: value})
        == f"{WEBHOOK_VARIABLE} is not an http(s) address: nobody was told"
    )


def test_without_an_address_nobody_is_told() -> None:
    assert send_alert("a text", {}) == f"{WEBHOOK_VARIABLE} is not set: nobody was told"


def test_the_text_names_day_steps_and_reasons_and_stays_short() -> None:
    reasons = {f"step_{number:02}": f"reason\n{number} " + "x" * 1000 for number in range(14)}
    text = format_failure(job="daily_digest", day="2025-12-05", run_id="0123456789", reasons=reasons)
    lines = text.splitlines()
    assert lines[0] == "digest: 2025-12-05 failed (job daily_digest, run 01234567)"
    assert lines[1].startswith("• step_00: reason 0 xxx")
    assert lines[-1] == "• and 4 more"
    assert max(map(len, lines)) < 330
