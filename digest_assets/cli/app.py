"""The command line `digest`: every command by its name, and how an error is said.

The commands stand in modules by theme. What loads slowly, like Dagster, is imported when a command needs it: showing
a report must not wait for it.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from digest_assets.cli import marking, reading, runs, spending, upkeep
from digest_assets.common.errors import ConfigError, DigestError

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
    ("open", reading.open_site),
    ("read", reading.read),
    ("mark", marking.mark),
    ("costs", spending.costs),
    ("estimate", spending.estimate),
    ("eval", spending.evaluate),
    ("doctor", upkeep.doctor),
    ("prune", upkeep.prune),
    ("docs", upkeep.docs),
):
    app.command(name)(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"digest {version('digest-assets')}\n")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A daily digest of research papers: make days, read what was made."""


def main() -> None:
    """Run a command; an error that a person can mend is one line, without a traceback."""
    try:
        app()
    except DigestError as error:
        # Soft-wrapped: the terminal breaks a long line, a log file keeps it whole.
        Console(stderr=True, soft_wrap=True).print(Text.assemble(("error: ", "bold red"), str(error)))
        sys.exit(2 if isinstance(error, ConfigError) else 1)
