"""What is wrong with an installation, and what to do: the checks of `digest doctor`.

They only look: nothing is changed. Nothing is asked of the network but one small question of each configured model.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import find_lock_holder, find_open_processes
from digest_assets.common.mailings import EASTERN, find_end_of_published_dates
from digest_assets.config.settings import Settings
from digest_assets.llm.probe import SHUTDOWN_NOTICE_DAYS, ModelProbe, probe_models
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.reports.tables import REPORTS
from digest_assets.tables import ALL_TABLES, DAY_TABLES
from digest_assets.warehouse import open_warehouse
from digest_assets.warehouse.backends import LAKE_PREFIX
from digest_assets.warehouse.database import PARTITIONS
from digest_assets.warehouse.migrations import create_views

LITTLE_SPACE = 2_000_000_000  # bytes; a year of days with their papers' files takes some gigabytes
CLOCK_SECONDS = 120.0  # clocks of machines that share a folder differ by so much at most
CHECK_MEMORY = "100MB"  # for DuckDB, of a doctor that stays below 200
NO_SPACE = 100_000_000  # bytes; less than a day's files and the copy that a transaction makes may need

_REBUILD = (
    "Stop Dagster, move {path} aside (and {path}.wal, if there is one), and put back a copy from your backup; or make "
    "the days again (`digest backfill FROM TO`): papers that were read come from the kept texts, and what a model "
    "answered since the copy is asked again."
)


@dataclass(frozen=True)
class Problem:
    """Something that is not right: what, and what to do. `broken` stops the work; `weak` does not."""

    grade: Literal["broken", "weak"]
    what: str
    todo: str


def check_disk(settings: Settings, variables: Mapping[str, str]) -> Iterator[Problem]:
    """Whether the data folder, Dagster's and the one of temporary files can be written and have room."""
    folders = {
        "": settings.data_dir,
        "DAGSTER_HOME=": Path(variables.get("DAGSTER_HOME") or settings.data_dir / "dagster"),
        "TMPDIR=": Path(variables.get("TMPDIR") or tempfile.gettempdir()),
    }
    seen = set()
    for name, folder in folders.items():
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not os.access(folder, os.W_OK):
            yield Problem(
                "broken", f"{name}{folder} cannot be written by this user", "Give it to the user that runs Dagster."
            )
        if (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(folder).free
        little, none = (LITTLE_SPACE, NO_SPACE) if not name else (LITTLE_SPACE // 10, NO_SPACE // 10)
        if free < little:
            yield Problem(
                "broken" if free < none else "weak",
                f"only {free / 1e9:.1f} GB are free on the disk of {name}{folder}",
                "Free some: old runs of Dagster (`digest prune`), the papers' files in the data folder's cache, or other "
                "files on this disk. Then run what failed again; a full disk leaves every partition and report as it was.",
            )


def check_clock(settings: Settings, variables: Mapping[str, str]) -> Iterator[Problem]:
    """Whether the clock can be right, and the time zones are known by which mailings are awaited."""
    now = time.time()
    newest = max((path.stat().st_mtime for path in _list_files_of_work(settings)), default=0.0)
    if newest > now + CLOCK_SECONDS:
        yield Problem(
            "broken",
            f"the clock says {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC, which is before the newest file was "
            f"written ({datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M})",
            "Set the clock (`timedatectl`): schedules, retries and budgets go by it.",
        )
    try:
        EASTERN.utcoffset(datetime.now())  # noqa: DTZ005 - any moment
    except Exception as error:  # whatever a broken time zone database raises
        yield Problem("broken", f"America/New_York is not known here: {error}", "Install the package tzdata.")
    if zone := variables.get("TZ", "").removeprefix(":"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield Problem(
                "weak",
                f"TZ={zone} is no time zone that is known here",
                "Times print as UTC. Name one like Europe/Berlin.",
            )


def _list_files_of_work(settings: Settings) -> list[Path]:
    reports = settings.data_dir / "reports"
    return [path for path in (Path(settings.database), reports) if path.exists()]


def describe_calendar(settings: Settings) -> str:
    """Until when the dates without a mailing are known, and from where."""
    return (
        f"Dates without a mailing are arXiv's published ones until {find_end_of_published_dates()}, and expected ones until "
        f"{max(settings.calendar.no_mailing)}; more go under sources.arxiv.no_mailing "
        "(https://info.arxiv.org/help/availability.html)."
    )


def check_calendar(settings: Settings, today: date) -> Iterator[Problem]:
    """Whether dates without a mailing are known for the time to come."""
    if today > (end := max(settings.calendar.no_mailing)):
        yield Problem(
            "weak",
            f"the list of dates without a mailing has ended, on {end}",
            "Upgrade, or add this year's dates under sources.arxiv.no_mailing: "
            "https://info.arxiv.org/help/availability.html.",
        )


def check_database(settings: Settings) -> Iterator[Problem]:
    """Whether the database can be opened and every table read, by this version of the program."""
    path = Path(settings.database)
    lake = settings.database.startswith(LAKE_PREFIX)
    if not lake and not path.exists():
        return
    if not lake and (who := find_lock_holder(path.with_name(path.name + ".lock"))):
        yield Problem(
            "weak",
            f"{who} has its turn at {path}",
            "Usually it is a run and over in a moment. If it stays, look at that process; when it ends, however it "
            "ends, its turn ends too.",
        )
    if not lake and (readers := find_open_processes(path)):
        yield Problem(
            "weak",
            f"{'; '.join(readers)} has {path} open",
            "While it is read by a program that does not know the turn, like a notebook, nothing can be written: close it "
            "there if runs wait, or let it look at a copy.",
        )
    # Without the patience of a run: whoever calls the doctor waits at the screen.
    warehouse = replace(open_warehouse(settings), wait_seconds=3.0)
    try:
        warehouse.run_queries(_read_all_pages)
    except StorageError as error:
        todo = (
            "Close the program that the message names (a notebook or shell with the file open), or let it read a copy."
            if error.can_retry
            else _REBUILD.format(path=path)
        )
        if lake:
            todo = "See that the catalogue's server runs, and that PGPASSWORD and the AWS_* variables are right here."
        yield Problem("broken", str(error), todo)


def _read_all_pages(connection: duckdb.DuckDBPyConnection) -> None:
    """Read all tables once, in little memory: no page is worth keeping."""
    connection.execute(f"SET memory_limit = '{CHECK_MEMORY}'; SET threads = 1; SET preserve_insertion_order = false")
    try:
        for (name,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY ALL"
        ).fetchall():
            connection.execute(f'SELECT bit_xor(hash(t)) FROM "{name}" t').fetchall()  # noqa: S608 - its own name
    finally:  # the engine goes on to other files
        connection.execute("RESET memory_limit; RESET threads; RESET preserve_insertion_order")


def check_tables(settings: Settings) -> Iterator[Problem]:
    """Whether the stored tables are those of this version of the program, or can become so."""
    try:
        found = open_warehouse(settings).run_queries(_find_foreign_tables)
    except (StorageError, duckdb.Error):
        return  # `check_database` has said it
    yield from (Problem("broken", message, "Do what the message says.") for message in found)


def _find_foreign_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    messages = []
    for table in ALL_TABLES.values():
        try:
            create_views(connection, [table])
        except StorageError as error:
            messages.append(str(error))
    return messages


def check_partitions(settings: Settings) -> Iterator[Problem]:
    """Whether a day that was begun is missing some of its tables."""
    try:
        marks = open_warehouse(settings).read(PARTITIONS)
    except StorageError:
        return
    have: dict[str, set[str]] = {}
    for mark in PARTITIONS.to_rows(marks):
        have.setdefault(str(mark.day), set()).add(mark.table_name)
    for day, found in sorted(have.items()):
        missing = [name for name in DAY_TABLES if name not in found]
        if missing and found & set(DAY_TABLES):
            yield Problem("weak", f"{day} was begun, but has no {', '.join(missing)}", f"Make it: `digest run {day}`.")


def check_reports(settings: Settings) -> Iterator[Problem]:
    """Whether every report file is there and as it was written, and nothing half-written lies about."""
    try:
        rows = REPORTS.to_rows(open_warehouse(settings).read(REPORTS))
    except StorageError:
        return
    for row in rows:
        path = settings.data_dir / row.path
        again = f"Make it again from its tables: materialise `reports` of {row.day}, or `digest run {row.day}`."
        if not path.exists():
            yield Problem("broken", f"{row.path} is gone", again)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != row.sha256:
            yield Problem("weak", f"{row.path} is not as it was written", again)
    drafts = sorted((settings.data_dir / "reports").rglob(".*.new"))
    if drafts:
        yield Problem(
            "weak",
            f"{len(drafts)} half-written drafts lie in {settings.data_dir / 'reports'}, like {drafts[0].name}",
            "A process was killed while it wrote; the reports themselves are whole. Delete the drafts.",
        )


def check_dagster_home(variables: Mapping[str, str]) -> Iterator[Problem]:
    """Whether DAGSTER_HOME, where it is set, is a folder that Dagster can use."""
    home = variables.get("DAGSTER_HOME", "")
    if not home:
        return
    path = Path(home)
    if not path.is_absolute():
        yield Problem("broken", f"DAGSTER_HOME={home} is not absolute", "Set it to the whole path.")
    elif not path.is_dir():
        yield Problem("broken", f"DAGSTER_HOME={home} is not there", "Make the folder, or unset the variable.")
    elif not (path / "dagster.yaml").exists():
        yield Problem(
            "weak",
            f"DAGSTER_HOME={home} has no dagster.yaml",
            "Link the project's there; without it there are no limits to runs at once, and no retries of crashed ones.",
        )
    elif not os.access(path, os.W_OK):
        yield Problem("broken", f"DAGSTER_HOME={home} cannot be written by this user", "Give it to that user.")


def check_key(settings: Settings, variables: Mapping[str, str]) -> Iterator[Problem]:
    """Whether the models have the keys and prices that they need."""
    if message := explain_unready_models(settings, variables):
        yield Problem("broken", message, "Until then summaries are extractive, and say so.")


def check_models(settings: Settings, today: date) -> tuple[list[str], list[Problem]]:
    """What each model's endpoint does with one small question: findings in a line each, and what is not right."""
    if settings.config.summaries.engine != "openai":
        return [], []
    probes = probe_models(settings)
    return [probe.describe() for probe in probes], [problem for probe in probes for problem in _judge(probe, today)]


def _judge(probe: ModelProbe, today: date) -> Iterator[Problem]:
    name = probe.model.name
    if probe.error is not None:
        grade: Literal["broken", "weak"] = "weak" if probe.may_pass else "broken"
        yield Problem(grade, f"{name} does not answer: {probe.error}", "Until then summaries are extractive.")
        return
    if not probe.is_valid:
        yield Problem(
            "weak", f"{name} does not answer in the asked-for form", "Summaries may fail: try another model, or `eval`."
        )
    if not probe.input_tokens:
        yield Problem(
            "weak",
            f"the endpoint of {name} counts no tokens",
            "Money is estimated: see that a budget is set there, too.",
        )
    if probe.shutdown is not None and probe.shutdown - today <= timedelta(days=SHUTDOWN_NOTICE_DAYS):
        is_over = probe.shutdown <= today
        yield Problem(
            "broken" if is_over else "weak",
            f"{name} {'was' if is_over else 'is'} shut down on {probe.shutdown}",
            "Name another one under `summaries` in digest.yaml; what was answered stays.",
        )


def find_problems(settings: Settings, variables: Mapping[str, str]) -> list[Problem]:
    """Everything that is not right, the disk first: it explains much of the rest."""
    problems = [*check_disk(settings, variables), *check_clock(settings, variables)]
    checks = (check_database, check_tables, check_partitions, check_reports)
    problems += [problem for check in checks for problem in check(settings)]
    problems += check_calendar(settings, datetime.now(EASTERN).date())
    return [*problems, *check_dagster_home(variables), *check_key(settings, variables)]
