"""The command line `digest`: every command by its name, and how an error is said.

The commands stand in modules by theme. What loads slowly, like Dagster, is imported when a command needs it: showing
a report must not wait for it.
"""

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from digest_assets.cli import asking, marking, reading, runs, serving, spending, upkeep
from digest_assets.common.disk_failures import explain_failure
from digest_assets.common.errors import ConfigError
from digest_assets.common.markdown import to_visible_lines
from digest_assets.common.processes import collect_garbage_rarely

app = typer.Typer(
    help="A daily digest of research papers: make days, read what was made.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a wrong argument is one plain line, not a box
)

for name, command in (
    ("run", runs.run),
    ("backfill", runs.backfill),
    ("week", runs.week),
    ("show", reading.show),
    ("search", reading.search),
    ("paper", reading.paper),
    ("ask", asking.ask),
    ("open", reading.open_site),
    ("read", reading.read),
    ("mark", marking.mark),
    ("ui", serving.ui),
    ("serve", serving.serve),
    ("mcp", serving.mcp),
    ("costs", spending.costs),
    ("estimate", spending.estimate),
    ("eval", spending.evaluate),
    ("doctor", upkeep.doctor),
    ("prune", upkeep.prune),
    ("docs", upkeep.docs),
):
    app.command(name)(command)
app.command("webserver", context_settings=serving.PASS_ON, hidden=True)(serving.webserver)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        sys.stdout.write(f"digest {version('digest-assets')}\n")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A daily digest of research papers: make days, read what was made."""


class _VisibleFormatter(logging.Formatter):
    """Messages without what a terminal would act on: they may quote papers, models and servers."""

    def format(self, record: logging.LogRecord) -> str:
        return to_visible_lines(super().format(record))


def main() -> None:
    """Run a command; an error that a person can mend is one line, without a traceback."""
    handler = logging.StreamHandler()
    handler.setFormatter(_VisibleFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    collect_garbage_rarely()
    try:
        app()
    except Exception as error:
        explained = explain_failure(error)
        if explained is None:
            raise
        # Soft-wrapped: the terminal breaks a long line, a log file keeps it whole.
        message = Text.assemble(("error: ", "bold red"), to_visible_lines(str(explained)))
        Console(stderr=True, soft_wrap=True).print(message)
        sys.exit(2 if isinstance(explained, ConfigError) else 1)
