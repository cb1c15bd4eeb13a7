"""A PostgreSQL server of the tests' own, from the machine's package."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "test-password"


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    tools: Path
    home: Path

    def control(self, *words: str) -> None:
        """Have `pg_ctl` do something to the server, like `restart -m immediate`."""
        command = [
            str(self.tools / "pg_ctl"),
            *words,
            "-D",
            str(self.home / "data"),
            "-w",
            "-l",
            str(self.home / "log-of-restarts"),  # the first one's log is another user's
        ]
        who = {"user": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.home, **who)  # type: ignore[call-overload]

    def make_database(self, name: str) -> str:
        """A new database; returns its connection string, without the password."""
        subprocess.run(
            [str(self.tools / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "digest", name],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            check=True,
        )
        return f"host=127.0.0.1 port={self.port} user=digest dbname={name}"


def tools() -> Path:
    """The folder of PostgreSQL's programs; skips the test where there are none."""
    on_path = shutil.which("initdb")
    folders = [*([Path(on_path).parent] if on_path else []), *sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    for folder in reversed(folders):
        if all((folder / program).exists() for program in ("initdb", "postgres", "createdb", "pg_ctl")):
            return folder
    pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server on a free port, in a folder that goes with it. It refuses to run as root: then as `postgres`."""
    folder_of_tools = tools()
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="digest-postgres-"))
    (home / "password").write_text(PASSWORD)
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
        os.chown(home / "password", user.pw_uid, user.pw_gid)
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()} if user else {}
    initialise = [folder_of_tools / "initdb", "-D", home / "data", "-U", "digest", "-A", "scram-sha-256"]
    try:
        subprocess.run(
            [*map(str, initialise), f"--pwfile={home / 'password'}", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=home, **who,  # type: ignore[call-overload]
        )  # fmt: skip
        command = [folder_of_tools / "postgres", "-D", home / "data", "-p", port, "-k", home, "-F"]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                [*map(str, command), "-c", "listen_addresses=127.0.0.1"],
                cwd=home, stdout=log, stderr=log, **who,  # type: ignore[call-overload]
            )  # fmt: skip
        try:
            _wait_until_ready(server, port, home / "log")
            yield Postgres(port, folder_of_tools, home)
        finally:
            server.terminate()
            server.wait(30)
            # One that was started again is not this process's child.
            stop = [str(folder_of_tools / "pg_ctl"), "stop", "-m", "immediate", "-D", str(home / "data")]
            subprocess.run(stop, check=False, capture_output=True, cwd=home, **who)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(home)


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        if "ready to accept connections" in log.read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
