"""The processes of `deploy/compose.yaml`, each started by its own command, on this machine and without containers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget

from digest_assets_tests.warehouse.postgres import PASSWORD, Postgres

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return services


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def process(command: Sequence[str], log: Path, variables: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with all that it starts; ended with the block. The programs are those of this Python."""
    programs = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with log.open("ab") as out:
        running = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**variables, **programs},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)  # its session's leader: what it started and left behind
        running.wait()


def wait_for(
    what: str,
    answer: Callable[[], bool],
    log: Path,
    running: "subprocess.Popen[bytes] | None" = None,
    seconds: float = 120,
) -> None:
    """Wait until it is so; fail with the end of the log when that takes too long, or when the process has ended."""
    deadline = time.monotonic() + seconds
    while not answer():
        assert running is None or running.poll() is None, f"{what} has ended: {log.read_text()[-3000:]}"
        assert time.monotonic() < deadline, f"no {what} after {seconds} s: {log.read_text()[-3000:]}"
        time.sleep(0.25)


@dataclass
class Machines:
    """PostgreSQL and Redis with everything that the project runs beside them.

    Attributes:
        folder: Of logs and of everything that is made.
        variables: The environment of every process.
    """

    folder: Path
    postgres: Postgres
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "data" / "dagster"

    @property
    def redis_port(self) -> str:
        return self.variables["REDIS_PORT"]

    def prepare(self, choices: Mapping[str, Any], **variables: str) -> None:
        """Write the settings of `deploy/` with more choices, and what a process finds in its environment."""
        self.home.mkdir(parents=True)
        shutil.copy(DEPLOY / "dagster.yaml", self.home)
        shutil.copy(DEPLOY / "celery.yaml", self.folder)
        settings = {
            **yaml.safe_load((DEPLOY / "digest.yaml").read_text("utf-8")),
            "database_files": str(self.folder / "data" / "tables"),  # a folder that all see, for the object store
            **choices,
        }
        (self.folder / "digest.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))
        server = workspace["load_from"][0]["grpc_server"]
        server |= {"host": "127.0.0.1", "port": free_port()}
        (self.folder / "workspace.yaml").write_text(yaml.safe_dump(workspace), "utf-8")
        redis = free_port()
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPENAI_", "DAGSTER_", "DIGEST_", "PG", "CELERY_", "AWS_"))
        }
        self.variables |= {
            **inherited,
            "DAGSTER_HOME": str(self.home),
            "DIGEST_DATA_DIR": str(self.folder / "data"),
            "DIGEST_CONFIG": str(self.folder / "digest.yaml"),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
            "PGUSER": "digest",
            "PGPASSWORD": PASSWORD,
            "REDISCLI_AUTH": PASSWORD,
            "REDIS_PORT": str(redis),
            "CODE_PORT": str(server["port"]),
            "CELERY_BROKER_URL": f"redis://:{PASSWORD}@127.0.0.1:{redis}/0",
            "CELERY_RESULT_BACKEND": f"redis://:{PASSWORD}@127.0.0.1:{redis}/1",
            "TMPDIR": str(self.home / "tmp"),
            **variables,
        }
        (self.home / "tmp").mkdir()
        for name in ("dagster", "lake"):
            self.postgres.make_database(name)

    def command(self, service: str) -> list[str]:
        """A service's command in `deploy/compose.yaml`, with this machine's ports and folders."""
        places = {
            "4000": self.variables["CODE_PORT"],
            "0.0.0.0": "127.0.0.1",
            "/etc/digest/workspace.yaml": str(self.folder / "workspace.yaml"),
            "/etc/digest/celery.yaml": str(self.folder / "celery.yaml"),
        }
        words = [word.replace("$$", "$") for word in compose()["services"][service]["command"]]
        words = [places.get(word, word) for word in words]
        if service == "redis":
            words[-1] = words[-1].replace(
                "--dir /data", f"--dir {self.folder} --bind 127.0.0.1 --port {self.redis_port}"
            )
        return words

    @contextmanager
    def running(self, *services: str) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
        """Start services of `deploy/compose.yaml` one after the other, each when the one before is ready."""
        processes = {}
        with ExitStack() as stack:
            for service in services:
                log = self.folder / f"{service}.log"
                started = stack.enter_context(process(self.command(service), log, self.variables))
                processes[service] = started
                wait_for(service, _READY[service](self, log), log, started)
            yield processes

    def call(self, *command: str) -> str:
        """Run a program to its end; returns what it printed."""
        program = str(Path(sys.executable).parent / command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=PROJECT, env=self.variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def redis(self, *words: str) -> str:
        """What Redis answers, through its own client."""
        command = ["redis-cli", "-p", self.redis_port, *words]
        return subprocess.run(command, env=self.variables, capture_output=True, text=True, check=True).stdout.strip()

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """Dagster's instance, as every process of the deployment opens it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.variables.items():
                patch.setenv(name, value)
            with dg.DagsterInstance.get() as instance:
                yield instance

    def stop_schedules_and_sensors(self) -> None:
        """So that the daemon does what the test asks for, and nothing by itself."""
        target = WorkspaceFileTarget([str(self.folder / "workspace.yaml")])
        with self.instance() as instance, WorkspaceProcessContext(instance, target) as context:
            location = context.create_request_context().get_code_location("digest_assets")
            for repository in location.get_repositories().values():
                for sensor in repository.get_sensors():
                    instance.stop_sensor(sensor.get_remote_origin_id(), sensor.selector_id, sensor)
                for schedule in repository.get_schedules():
                    instance.stop_schedule(schedule.get_remote_origin_id(), schedule.selector_id, schedule)


def _listens(port: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(port))) == 0


_READY: dict[str, Callable[[Machines, Path], Callable[[], bool]]] = {
    "redis": lambda machines, _: lambda: _listens(machines.redis_port),
    "code": lambda machines, _: lambda: _listens(machines.variables["CODE_PORT"]),
    "worker": lambda _, log: lambda: " ready." in log.read_text(),
    "worker-paced": lambda _, log: lambda: " ready." in log.read_text(),
    "daemon": lambda _, log: lambda: "Instance is configured with the following daemons" in log.read_text(),
}
