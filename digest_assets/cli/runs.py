"""The commands that make days and weeks: `digest run`, `digest backfill`, `digest week`. The work is in run_days.py."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from digest_assets.cli.arguments import read_day
from digest_assets.common.processes import hold_temporary_folder
from digest_assets.config.settings import load_settings

FirstDay = Annotated[date, typer.Argument(metavar="FROM", parser=read_day, help="YYYY-MM-DD.")]
LastDay = Annotated[date, typer.Argument(metavar="TO", parser=read_day, help="YYYY-MM-DD, made too.")]
OneDay = Annotated[date, typer.Argument(metavar="DAY", parser=read_day, help="YYYY-MM-DD.")]


def run(
    day: OneDay,
    papers: Annotated[
        list[str] | None,
        typer.Option("--paper", metavar="ID", help="Only this paper of the day, read anew; repeatable."),
    ] = None,
) -> None:
    """Make a day: its papers, texts, summaries and reports, then site and feeds. Nothing is paid for twice."""
    _make(day, day, papers or [], at_once=1)


def backfill(
    first: FirstDay,
    last: LastDay,
    at_once: Annotated[int, typer.Option(min=1, help="Days made at the same time.")] = 4,
) -> None:
    """Make a range of days: every one that can be made; those that failed are named."""
    _make(first, last, [], at_once=at_once)


def week(day: OneDay) -> None:
    """Make the report of a day's week, once it is over, then site and feeds: what mattered, rising terms, what to catch up on."""
    from digest_assets.cli import run_days
    from digest_assets.weekly.choose import get_monday

    settings = load_settings()
    with run_days.open_instance(settings) as instance:
        if not run_days.make_week(instance, settings, get_monday(day), datetime.now(UTC).date()):
            raise typer.Exit(1)


def _make(first: date, last: date, papers: list[str], *, at_once: int) -> None:
    from digest_assets.cli import run_days  # loads Dagster, which the commands that read do without

    days = run_days.list_days(first, last, datetime.now(UTC).date())
    settings = load_settings()
    with hold_temporary_folder(settings.data_dir / "tmp"), run_days.open_instance(settings) as instance:
        if not run_days.make_all(instance, settings, days, papers, at_once):
            raise typer.Exit(1)
