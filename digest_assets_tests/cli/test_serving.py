"""`digest ui` and `digest serve`: when they refuse to start. What they serve is tested in digest_assets_tests/server."""

import os
import socket

import pytest

from digest_assets_tests.cli.conftest import Digest


@pytest.mark.parametrize("command", ["ui", "serve", "webserver"])
def test_a_port_that_is_taken_is_said_with_who_has_it(digest: Digest, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        printed = digest(command, "--port", str(port))
    assert printed.code == 2
    assert f"port {port} is taken by process {os.getpid()}" in printed.error
    assert f"--port {port + 1}" in printed.error


@pytest.mark.parametrize("command", ["ui", "serve", "webserver"])
def test_others_are_not_let_in_without_a_password(
    digest: Digest, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_UI_PASSWORD", raising=False)
    printed = digest(command, "--host", "0.0.0.0")
    assert (printed.code, "DIGEST_UI_PASSWORD" in printed.error) == (2, True)
