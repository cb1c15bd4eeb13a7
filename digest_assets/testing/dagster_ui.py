"""Dagster's webserver and daemon as `make ui` starts them, in a folder of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

PROJECT = Path(__file__).parents[2]
_REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "digest_assets"}


@dataclass(frozen=True)
class DagsterUI:
    """A running Dagster."""

    url: str
    home: Path
    process: "subprocess.Popen[bytes]"

    def query(self, query: str, **variables: Any) -> dict[str, Any]:
        """A GraphQL query's data."""
        answer = httpx2.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def fetch_runs(self, **tags: str) -> list[dict[str, Any]]:
        """The runs that have these tags, the newest first."""
        query = """query Runs($tags: [ExecutionTag!]) { runsOrError(filter: {tags: $tags}) { ... on Runs { results {
            runId status jobName startTime endTime tags { key value } } } } }"""
        tag_filter = [{"key": key.replace("__", "/"), "value": value} for key, value in tags.items()]
        runs: list[dict[str, Any]] = self.query(query, tags=tag_filter)["runsOrError"]["results"]
        return runs

    def fetch_backfills(self) -> list[dict[str, Any]]:
        """The backfills, the newest first."""
        query = """{ partitionBackfillsOrError { ... on PartitionBackfills { results {
            id status numPartitions partitionNames error { message } } } } }"""
        found: list[dict[str, Any]] = self.query(query)["partitionBackfillsOrError"]["results"]
        return found

    def fetch_ticks(self) -> dict[str, list[dict[str, Any]]]:
        """The last ticks of each sensor, by its name."""
        query = """query Ticks($of: RepositorySelector!) { sensorsOrError(repositorySelector: $of) { ... on Sensors {
            results { name sensorState { ticks(limit: 20) { status skipReason error { message } } } } } } }"""
        found = self.query(query, of=_REPOSITORY)["sensorsOrError"]["results"]
        return {sensor["name"]: sensor["sensorState"]["ticks"] for sensor in found}

    def stop_automation(self) -> None:
        """Let no schedule or sensor start a run; what looks after runs stays on."""
        query = """query Automation($of: RepositorySelector!) {
            sensorsOrError(repositorySelector: $of) { ... on Sensors { results { id name targets { pipelineName } } } }
            schedulesOrError(repositorySelector: $of) { ... on Schedules { results { id name } } } }"""
        found = self.query(query, of=_REPOSITORY)
        for sensor in found["sensorsOrError"]["results"]:
            if sensor["targets"]:
                self.query("mutation Stop($id: String) { stopSensor(id: $id) { __typename } }", id=sensor["id"])
        for schedule in found["schedulesOrError"]["results"]:
            self.query("mutation Stop($id: String) { stopRunningSchedule(id: $id) { __typename } }", id=schedule["id"])


def wait_until(condition: Any, seconds: float, every: float = 0.5) -> Any:
    """Call until the answer is true; returns it. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(every)
    raise AssertionError(f"{condition} did not come true in {seconds} s")


@contextmanager
def run_dagster_ui(data: Path, variables: Mapping[str, str]) -> Iterator[DagsterUI]:
    """Start `digest ui` on a free port of 127.0.0.1; ends it with all its processes."""
    home = data / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))},
        "DIGEST_DATA_DIR": str(data),
        **variables,
    }
    command = [sys.executable, "-m", "digest_assets.cli", "ui", "--port", str(port)]
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: process.poll() is not None or _is_reachable(url), 420)
        assert process.poll() is None, (home / "log").read_text()
        yield DagsterUI(url, home, process)
    finally:
        stop_process(process)


def find_processes(session: int) -> dict[int, str]:
    """The living processes of a session, with their command lines."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):  # it has ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_text().replace("\0", " ")
    return found


def stop_process(process: "subprocess.Popen[bytes]") -> None:
    """End the process with its session."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
    for id_ in find_processes(process.pid):
        with suppress(ProcessLookupError):
            os.kill(id_, signal.SIGKILL)
    process.wait(20)


def _is_reachable(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/server_info", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False
