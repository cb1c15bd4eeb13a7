"""The commands that serve: `ui` (Dagster with the site), `serve` (the site alone), `mcp` (the archive for agents),
`webserver` (for deployments).
"""

import errno
import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from starlette.types import ASGIApp

from digest_assets.common.errors import ConfigError
from digest_assets.common.locks import find_listener
from digest_assets.config.settings import load_settings
from digest_assets.server.guard import PASSWORD_VARIABLE, guard, require_password

Host = Annotated[str, typer.Option("--host", "-h", help=f"Any but this machine's own needs {PASSWORD_VARIABLE}.")]
Port = Annotated[int, typer.Option("--port", "-p", min=1, max=65535)]
PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True}


def ui(host: Host = "127.0.0.1", port: Port = 3000) -> None:
    """Run Dagster's UI with its schedules and sensors, and the site and the reports beside it (/site/, /reports/)."""
    require_password(host)
    check_port(host, port)
    from digest_assets.cli.run_ui import run_ui  # loads Dagster

    raise typer.Exit(run_ui(load_settings(), host, port, workspace=Path("workspace.yaml")))


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the site (/site/) and the reports (/reports/), without Dagster."""
    import uvicorn

    from digest_assets.server.pages import build_pages

    require_password(host)
    check_port(host, port)
    typer.echo(f"http://{host}:{port}/site/", err=True)
    uvicorn.run(guard(build_pages(load_settings())), host=host, port=port, log_level="warning")


def mcp(
    http: Annotated[
        bool,
        typer.Option("--http", help="Over HTTP on 127.0.0.1, for programs that have the token of DIGEST_MCP_TOKEN."),
    ] = False,
    port: Port = 8765,
) -> None:
    """Let agents ask the archive (MCP): over standard input and output, or over HTTP on this machine alone."""
    if find_spec("mcp") is None:
        raise ConfigError("`digest mcp` needs the package mcp: pip install 'digest-assets[mcp]'")
    from digest_assets.server.mcp_server import PATH, TOKEN_VARIABLE, build_app, build_server

    settings = load_settings()
    if not http:
        build_server(settings).run("stdio")
        return
    import uvicorn

    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise ConfigError(f"--http needs a token: set {TOKEN_VARIABLE}, for example to `openssl rand -hex 16`")
    check_port("127.0.0.1", port)
    typer.echo(f"http://127.0.0.1:{port}{PATH}", err=True)
    uvicorn.run(build_app(settings, token), host="127.0.0.1", port=port, log_level="warning")


def webserver(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 3000,
    workspace: Annotated[str, typer.Option("--workspace", "-w")] = "workspace.yaml",
) -> None:
    """Run Dagster's web server alone, behind the guard; it takes dagster-webserver's options."""
    require_password(host)
    check_port(host, port)
    from dagster_webserver import app as dagster_app
    from dagster_webserver import cli as dagster_program

    from digest_assets.server.pages import add_pages

    settings = load_settings()

    def create_guarded_app(*arguments: Any, **options: Any) -> ASGIApp:
        return guard(add_pages(dagster_app.create_app_from_workspace_process_context(*arguments, **options), settings))

    # Dagster's own program, but for the application that it serves: there is no port without the guard.
    vars(dagster_program)["create_app_from_workspace_process_context"] = create_guarded_app
    options = ["--host", host, "--port", str(port), "--workspace", workspace, *context.args]
    dagster_program.cli(options, prog_name="digest webserver", auto_envvar_prefix="DAGSTER_WEBSERVER")


def check_port(host: str, port: int) -> None:
    """Raise `ConfigError` where the port cannot be had, saying who has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: one that just ended is no one
        try:
            trial.bind((host.strip("[]"), port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"{host} port {port} cannot be listened on: {os.strerror(error.errno or 0)}"
                ) from None
            who = find_listener(port) or "another program"
            raise ConfigError(
                f"port {port} is taken by {who}; end that one, or choose another: --port {port + 1} "
                f"(`make ui PORT={port + 1}`)"
            ) from None
