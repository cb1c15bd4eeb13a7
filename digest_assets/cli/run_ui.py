"""Dagster's UI and daemon on one machine, for `digest ui`: three processes that are started, watched and ended together.

The code server listens on a socket in a folder of this user, the web server is guarded, the daemon listens nowhere.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import yaml
from rich.console import Console

from digest_assets.cli.run_days import prepare_dagster_home
from digest_assets.cli.ui_plan import describe_start
from digest_assets.common.errors import ConfigError
from digest_assets.common.processes import hold_temporary_folder
from digest_assets.config.settings import Settings

_LOOK_SECONDS = 0.5
_START_SECONDS = 120  # as in dagster.yaml; loading takes some 5 s, on a machine that is busy many times that
_END_SECONDS = 15  # for runs to be written down as canceled
_MAX_SOCKET_PATH = 100  # Linux takes 107 bytes, macOS 103

_out = Console(stderr=True, highlight=False, soft_wrap=True)


def run_ui(settings: Settings, host: str, port: int, workspace: Path) -> int:
    """Run until somebody asks to end (then 0), or one of the processes ends by itself (then 1)."""
    modules = [entry["python_module"] for entry in yaml.safe_load(workspace.read_text("utf-8"))["load_from"]]
    (module,) = modules
    with hold_temporary_folder(prepare_dagster_home(settings) / "tmp") as folder:
        address = folder / "code"
        if len(os.fsencode(address)) > _MAX_SOCKET_PATH:
            raise ConfigError(f"{folder} is too long a path for a socket: put DAGSTER_HOME into another folder")
        served = folder / "workspace.yaml"
        location = {"socket": str(address), "location_name": module["location_name"]}
        served.write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}), "utf-8")
        code = ["dagster", "code-server", "start", "--socket", str(address), "--module-name", module["module_name"]]
        web = ["digest", "webserver", "--host", host, "--port", str(port), "--workspace", str(served)]
        processes: dict[str, subprocess.Popen[bytes]] = {}
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            processes["code server"] = _start(
                [*code, "--location-name", module["location_name"], "--log-level", "warning"]
            )
            _wait_for_socket(address, processes["code server"])
            processes["daemon"] = _start(["dagster-daemon", "run", "--workspace", str(served)])
            processes["web server"] = _start(web)
            _wait_for_port(host, port, processes["web server"])
            plan = describe_start(settings, f"http://{host}:{port}", datetime.now().astimezone())
            _out.print(plan, markup=False)
            while not (ended := [name for name, process in processes.items() if process.poll() is not None]):
                time.sleep(_LOOK_SECONDS)
            _out.print(f"[red]the {ended[0]} has ended[/] (exit code {processes[ended[0]].returncode}): so all ends")
            return 1
        except KeyboardInterrupt:
            return 0
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is under way
            _end(processes)


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    # A group of its own: a terminal's Ctrl-C is for this process, which ends them in order, with all that they started.
    start = [sys.executable, "-m", "digest_assets.common.processes", str(os.getpid()), *command]
    return subprocess.Popen(start, process_group=0)  # noqa: S603 - our own programs


def _wait_for_socket(address: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as trial:
            if trial.connect_ex(str(address)) == 0:
                return
        time.sleep(_LOOK_SECONDS)


def _wait_for_port(host: str, port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the web server answers, so that an address that is printed opens."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))  # noqa: S104 - not listened on
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((name, port), timeout=_LOOK_SECONDS):
            return
        time.sleep(_LOOK_SECONDS)


def _end(processes: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _END_SECONDS
    for process in processes.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0))
    for process in processes.values():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait()
