"""Serve the sample days: `python -m digest_assets.testing.sample [--port PORT] [-- COMMAND ...]`.

With a command: run it so that all its requests for papers go to the sample, and exit with its exit code. Without
one: print the environment that does this, and serve until interrupted.
"""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from digest_assets.testing import sample

_LOCAL = "127.0.0.1"


def build_environment(variables: Mapping[str, str], server: Mapping[str, str]) -> dict[str, str]:
    """The caller's variables with the sample's in their place: no request for papers may reach a real service.

    A proxy is kept for everything else, and Hugging Face's offline switch, which would refuse the sample, is off.
    """
    proxies = {name: ",".join(filter(None, (variables.get(name), _LOCAL))) for name in ("NO_PROXY", "no_proxy")}
    return {**variables, **proxies, "HF_HUB_OFFLINE": "0", **server}


def run_command(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a command in this environment and return its exit code, as a shell counts it (128 + signal)."""
    try:
        process = subprocess.Popen(command, env=dict(variables))
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        return 127
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue  # the terminal has interrupted the command, too: let it end in its own way
        return code if code >= 0 else 128 - code


def main(
    command: Annotated[list[str] | None, typer.Argument(help="After --: what to run on the sample.")] = None,
    port: Annotated[int, typer.Option(help="On 127.0.0.1; any free one by default.")] = 0,
) -> None:
    """Serve the sample days: to a command, or until interrupted."""
    server = sample.create_sample_server(port=port)
    if command:
        with server:
            raise typer.Exit(run_command(command, build_environment(os.environ, server.get_environment())))
    for name, value in server.get_environment().items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"# sample days {sample.DAYS[0]} to {sample.DAYS[-1]}; Ctrl-C stops", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    typer.run(main)
