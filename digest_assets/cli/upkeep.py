"""The commands that look after an installation: doctor (what is wrong), prune (old runs), docs (the reference pages)."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from digest_assets.common.errors import ConfigError, ReportError
from digest_assets.config.settings import Settings, load_settings

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
    older_than: Annotated[int | None, typer.Option(min=0, metavar="DAYS", help="Since a run's end.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many runs would be forgotten.")] = False,
    compact: Annotated[bool, typer.Option("--compact", help="Write the database and Dagster's anew, smaller.")] = False,
) -> None:
    """Forget old runs of Dagster on which nothing rests, and old texts where `texts.keep_days` is set; all else stays."""
    import dagster as dg

    from digest_assets.automation.run_history import find_superfluous_runs, forget_superfluous_runs
    from digest_assets.common import clock
    from digest_assets.texts.expiry import expire_texts

    settings = load_settings()
    days = settings.config.run_history_days if older_than is None else older_than
    home = Path(os.environ.get("DAGSTER_HOME") or settings.data_dir / "dagster")
    if not home.is_dir():
        raise ReportError(f"{home} is not there: no runs yet; `digest run DAY` or `make ui` makes some")
    os.environ["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.get() as instance:
        if dry_run:
            runs = len(find_superfluous_runs(instance, datetime.now(UTC) - timedelta(days=days)))
        else:
            runs = forget_superfluous_runs(instance, days)
    done = "would be" if dry_run else "were"
    out.print(f"{runs} runs {done} forgotten")
    if settings.config.texts.keep_days is not None:
        texts = expire_texts(settings, clock.get_utc_now().date(), dry_run=dry_run)
        out.print(f"{texts} papers' texts {done} let go")
    if compact and not dry_run:
        _compact(settings, home)


def _compact(settings: Settings, home: Path) -> None:
    from digest_assets.warehouse.backends import LAKE_PREFIX
    from digest_assets.warehouse.compaction import compact_file

    if settings.database.startswith(LAKE_PREFIX):
        out.print("a lake is compacted by its own functions: https://ducklake.select/docs/stable/duckdb/maintenance/")
    elif (path := Path(settings.database)).exists():
        done = compact_file(path, settings.config.lock_wait_seconds)
        out.print(f"{path}: {done.before / 1e6:,.1f} → {done.after / 1e6:,.1f} MB", markup=False)
    for file in sorted(home.rglob("*.db")):
        with closing(sqlite3.connect(file, timeout=settings.config.lock_wait_seconds)) as connection:
            connection.execute("VACUUM")


def docs() -> None:
    """Write docs/settings.md and docs/tables.md from the code that they describe."""
    from digest_assets.cli.docs import write_pages

    folder = Path("docs")
    if not folder.is_dir():
        raise ReportError("docs/ is not here: run this at the top of the project")
    for path in write_pages(folder):
        out.print(f"{path} written")
