"""What several commands of `digest` share: their arguments, how they print, and what they say of an empty data folder."""

import json
import re
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from digest_assets.common.errors import ReportError
from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings

DEMO_DATA = Path("data") / "demo"  # where `make demo` puts the sample days

out = Console()

# Without signs between them month and day have two digits each: `2025111` may be two days.
_DATE = re.compile(r"(\d{4})(?:([-/.])(\d\d?)\2(\d\d?)|(\d\d)(\d\d))", re.ASCII)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def print_json(value: Any) -> None:
    """Print a value as JSON; what JSON does not know, like a date, as text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def parse_date(text: str) -> date:
    """The day of an argument, written year first. Raises `ReportError`."""
    found = _DATE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        year, _, month, day, next_to_year, last = found.groups()
        return date(int(year), int(month or next_to_year), int(day or last))
    except ValueError:
        raise ReportError(f"not a day: {text!r} (expected like 2025-12-05)") from None


def read_day(text: str) -> date:
    """The same, for arguments that Typer itself reads."""
    try:
        return parse_date(text)
    except ReportError as error:
        raise typer.BadParameter(str(error)) from None


ExistingDay = Annotated[date, typer.Argument(metavar="DAY", parser=read_day, help="A day that was made, YYYY-MM-DD.")]


def parse_report(name: str, settings: Settings) -> ReportName:
    """The report of an argument. Raises `ReportError` that names those that there are."""
    known = settings.config.reports.names
    if name not in known:
        raise ReportError(f"no report is called {name!r}; there are {', '.join(known)}")
    return name


def describe_empty(settings: Settings) -> str:
    """What to do where nothing was made yet: the demo's days are named, if they were made elsewhere."""
    empty = f"nothing was made in {settings.data_dir} yet"
    if (DEMO_DATA / "reports").is_dir() and settings.data_dir != DEMO_DATA.absolute():
        again = f"DIGEST_DATA_DIR={DEMO_DATA} digest {shlex.join(sys.argv[1:])}"
        return f"{empty}; the sample days are in {DEMO_DATA}: `{again}`; `digest run DAY` makes a day"
    return f"{empty}: `digest run DAY` makes a day, `make demo` the sample days in {DEMO_DATA}"
