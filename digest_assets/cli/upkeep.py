"""The commands that look after an installation: doctor (what is wrong), prune (old runs), docs (the reference pages)."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from digest_assets.common.errors import ConfigError, ReportError
from digest_assets.config.settings import load_settings

_SHOWN_PROBLEMS = 50  # more would scroll the first ones, which explain the rest, off the screen

out = Console(highlight=False, soft_wrap=True)


def doctor(
    probe: Annotated[bool, typer.Option(help="Ask each configured model one small question.")] = True,
) -> None:
    """Say what is wrong with this installation, and what to do. It only looks; exit code 1 if something is broken."""
    from digest_assets.cli.doctor import check_models, describe_calendar, find_problems
    from digest_assets.llm.readiness import explain_unready_models

    try:
        settings = load_settings()
    except ConfigError as error:
        out.print("[red]broken[/]: ", end="")
        out.print(str(error), markup=False)
        raise typer.Exit(1) from None
    problems = find_problems(settings, os.environ)
    if probe and not explain_unready_models(settings) and not any(one.grade == "broken" for one in problems):
        findings, of_models = check_models(settings, datetime.now(UTC).date())
        problems += of_models
        for finding in findings:
            out.print(f"model: {finding}", markup=False)
    for problem in problems[:_SHOWN_PROBLEMS]:
        colour = "red" if problem.grade == "broken" else "yellow"
        out.print(f"[{colour}]{problem.grade}[/]: ", end="")
        out.print(problem.what, markup=False)
        out.print(f"  → {problem.todo}", markup=False)
    if len(problems) > _SHOWN_PROBLEMS:
        out.print(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    if not problems:
        out.print(f"[green]well[/]: {settings.data_dir}, {settings.database}")
    out.print(describe_calendar(settings), markup=False)
    if any(problem.grade == "broken" for problem in problems):
        raise typer.Exit(1)


def prune(
    older_than: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Since a run's end.")] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many runs would be forgotten.")] = False,
) -> None:
    """Forget old runs of Dagster on which nothing rests; tables and reports are not touched."""
    import dagster as dg

    from digest_assets.cli.prune import find_superfluous_runs

    home = os.environ.get("DAGSTER_HOME") or str(load_settings().data_dir / "dagster")
    if not Path(home).is_dir():
        raise ReportError(f"{home} is not there: no runs yet; `digest run DAY` or `make ui` makes some")
    os.environ["DAGSTER_HOME"] = home
    with dg.DagsterInstance.get() as instance:
        runs = find_superfluous_runs(instance, datetime.now(UTC) - timedelta(days=older_than))
        for run_id in () if dry_run else runs:
            instance.delete_run(run_id)
    out.print(f"{len(runs)} runs {'would be' if dry_run else 'were'} forgotten")


def docs() -> None:
    """Write docs/settings.md and docs/tables.md from the code that they describe."""
    from digest_assets.cli.docs import write_pages

    folder = Path("docs")
    if not folder.is_dir():
        raise ReportError("docs/ is not here: run this at the top of the project")
    for path in write_pages(folder):
        out.print(f"{path} written")
