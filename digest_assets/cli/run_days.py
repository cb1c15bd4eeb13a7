"""Making days without a daemon, for `digest run` and `digest backfill`: runs of the jobs, and what is printed of them.

Each day is a run of the daily job, several at once; when only sources fail, it is followed by one of everything that
does not need them. Then site and feeds are brought up to date. Dagster is imported here: the commands import this
module only when they need it.
"""

import logging
import os
import signal
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import as_completed
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

from digest_assets.archive.earlier_days import load_stale_days
from digest_assets.automation.jobs import AFTER_SOURCES, EARLIER_DAYS_CONFIG, NOT_OF_A_DAY, build_rebuild_config
from digest_assets.automation.runs import describe_failure
from digest_assets.common.disk_failures import explain_failure
from digest_assets.common.errors import ConfigError, StorageError
from digest_assets.common.markdown import to_single_line, to_visible_lines
from digest_assets.common.processes import WorkerProcesses, collect_garbage_rarely
from digest_assets.config.settings import Settings
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.orchestration.partitions import FIRST_DAY, format_week_key
from digest_assets.orchestration.run_databases import hold_databases_open
from digest_assets.reports.tables import REPORTS
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.write import get_week_path

# A range of days as one run: what Dagster's own command line sets for one.
_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_DAYS_A_RUN = 7  # whose texts are in memory at once: tens of megabytes each
_MAX_REASON = 400  # characters: an error of SQLAlchemy quotes its whole statement
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# Messages of one line stay one line; the table gets the width that it needs, also in a log file.
_out = Console(stderr=True, highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else 160)


@dataclass(frozen=True)
class DayResult:
    """How a day's runs ended: the steps that failed, with their errors in one line."""

    day: date
    failures: dict[str, str]


def make_day(instance: dg.DagsterInstance, day: date) -> DayResult:
    """Run the daily job for one day in this process; if only sources failed, then the rest without them."""
    from digest_assets.definitions import defs  # loads every room: not needed for --help or a wrong date

    job = defs.resolve_job_def("daily_digest")
    failures = _run(instance, job, day)
    sources = {key.to_user_string() for key in dg.AssetSelection.groups("sources").resolve(job.asset_layer.asset_graph)}
    if failures and failures.keys() <= sources:
        _out.print(f"{day}  [yellow]making what does not need {', '.join(sorted(failures))}[/]")
        failures |= _run(instance, job, day, AFTER_SOURCES.resolve(job.asset_layer.asset_graph))
    return DayResult(day, failures)


def rebuild_papers(instance: dg.DagsterInstance, day: date, ids: Sequence[str]) -> DayResult:
    """Read and summarise some papers of a day again, and make its reports from them and the others."""
    from digest_assets.definitions import defs

    job = defs.resolve_job_def("rebuild_papers")
    return DayResult(day, _run(instance, job, day, run_config=build_rebuild_config(ids) | _QUIET))


def make_week(instance: dg.DagsterInstance, settings: Settings, monday: date, today: date) -> bool:
    """Run the weekly job for a week that is over, then bring site and feeds up to date; print how it ended. Raises
    `ConfigError` for a week that is not over, or that is before the first.
    """
    from digest_assets.definitions import defs

    if monday + timedelta(days=7) > today or monday < FIRST_DAY:
        raise ConfigError(f"the week of {monday} has no partition: it must be over, and begin on {FIRST_DAY} or later")
    if not settings.config.weekly.enabled:
        raise ConfigError("weekly.enabled is false in the settings: no week is made")
    failures = _run(instance, defs.resolve_job_def("weekly_digest"), format_week_key(monday))
    failures |= run_publish_job(instance)
    for step, reason in failures.items():
        _out.print(f"[red]{step} failed[/]: {_escape(reason)}")
    _out.print(f"report: {os.path.relpath(settings.data_dir / get_week_path(monday))}")
    return not failures


def _measure_again(instance: dg.DagsterInstance, settings: Settings) -> dict[date, dict[str, str]]:
    """Make again what days measure against the days before, where these changed since; what failed, by day."""
    from digest_assets.definitions import defs

    failed: dict[date, dict[str, str]] = {}
    stale = [one.day for one in load_stale_days(open_warehouse(settings))]
    if not stale:
        return failed
    _out.print(
        f"days before {len(stale)} {'day' if len(stale) == 1 else 'days'} changed: measuring them against these again"
    )
    job = defs.resolve_job_def("daily_digest")
    keys = (dg.AssetSelection.assets("earlier_days").downstream() - NOT_OF_A_DAY).resolve(job.asset_layer.asset_graph)
    for first, last in split_into_ranges(stale, _DAYS_A_RUN):
        failures = _run(instance, job, first, keys, EARLIER_DAYS_CONFIG | _QUIET, last=last)
        if failures:
            failed[first] = failures
    return failed


def split_into_ranges(days: Sequence[date], most: int) -> Iterator[tuple[date, date]]:
    """The days as first and last of unbroken ranges of at most so many."""
    first = last = days[0]
    for day in days[1:]:
        if day != last + timedelta(days=1) or (day - first).days == most:
            yield first, last
            first = day
        last = day
    yield first, last


def run_publish_job(instance: dg.DagsterInstance) -> dict[str, str]:
    """Run the job of what follows the reports; returns its failed steps with their errors."""
    from digest_assets.definitions import defs

    return _run(instance, defs.resolve_job_def("publish"), None)


def _run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    partition: date | str | None,
    keys: Set[dg.AssetKey] | None = None,
    run_config: Mapping[str, Any] = _QUIET,
    last: date | None = None,
) -> dict[str, str]:
    run_id = str(uuid.uuid4())
    # Steps of checks are many and quick: only the red ones are worth a line.
    assets = {key.to_python_identifier() for key in job.asset_layer.selected_asset_keys}
    name = str(partition or "all days") if last in (None, partition) else f"{partition} to {last}"
    instance.add_event_listener(run_id, lambda entry: _try_print_event(entry, name, assets))
    try:
        # From the run's creation on, which stores an event for all that is to come.
        with hold_databases_open(Path(instance.root_directory)):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                partition_key=None if partition is None or last is not None else str(partition),
                tags=None if last is None else {_RANGE_START: str(partition), _RANGE_END: str(last)},
                asset_selection=None if keys is None else sorted(keys),
                raise_on_error=False,
                run_config=run_config,
            )
    except Exception as error:  # Dagster's own, when its database cannot be written
        return {"run": _describe_error(error)}
    failures = {
        event.step_key or "run": describe_failure(event)
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.STEP_FAILURE
    }
    return failures if failures or result.success else {"run": f"run {run_id} failed; see it in the Dagster UI"}


def _escape(text: str) -> str:
    """Words from anywhere, to stand in rich's markup: they show as written and do nothing."""
    return escape_markup(to_visible_lines(text))


def _describe_error(error: Exception) -> str:
    """An error in a line, in words if we have some."""
    return str(explain_failure(error) or f"{type(error).__name__}: {to_single_line(str(error))[:_MAX_REASON]}")


def _try_print_event(entry: dg.EventLogEntry, day: str, shown: Set[str]) -> None:
    # Dagster calls this in the midst of the run: a terminal that is gone must not end it.
    with suppress(Exception):
        _print_event(entry, day, shown)


def _print_event(entry: dg.EventLogEntry, day: str, shown: Set[str]) -> None:
    event = entry.dagster_event
    if event is None:
        return
    step = event.step_key or ""
    match event.event_type:
        case dg.DagsterEventType.STEP_SUCCESS if step in shown:
            _out.print(f"{day}  {step:<20} {event.step_success_data.duration_ms / 1000:6.1f} s")
        case dg.DagsterEventType.STEP_FAILURE:
            _out.print(f"{day}  {step:<20} [red]failed[/]: {_escape(describe_failure(event))}")
        case dg.DagsterEventType.STEP_SKIPPED:
            _out.print(f"{day}  {step:<20} [yellow]not run: something before it failed[/]")
        case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                words = check.description or check.severity.value.lower()
                how = "[red]check is red" if check.severity == dg.AssetCheckSeverity.ERROR else "[yellow]check warns"
                _out.print(f"{day}  {check.asset_check_key.name:<20} {how}[/]: {_escape(words)}")


def list_days(first: date, last: date, today: date) -> list[date]:
    """The partitions of a range. Raises `ConfigError` for one that has days without a partition."""
    if last < first:
        raise ConfigError(f"the range ends ({last}) before it starts ({first})")
    if first < FIRST_DAY:
        raise ConfigError(f"{first} is before the first partition, {FIRST_DAY}: set DIGEST_FIRST_DAY for earlier ones")
    if last > today:
        raise ConfigError(f"{last} has no partition yet: the newest is today's, {today} (UTC)")
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _make_days(instance: dg.DagsterInstance, days: Sequence[date], at_once: int) -> Iterator[DayResult]:
    if len(days) == 1:
        yield make_day(instance, days[0])
        return
    # Polars' handler of Ctrl-C lets a wait for other processes go on until it is over by itself; now it is interrupted.
    signal.siginterrupt(signal.SIGINT, True)
    with WorkerProcesses(min(at_once, len(days)), initializer=_prepare_worker) as pool:
        waiting = {pool.submit(_make_day_in_worker, day): day for day in days}
        for done in as_completed(waiting):
            try:
                yield done.result()
            except Exception as error:  # a worker that died must not take the other days with it
                yield DayResult(waiting[done], {"run": _describe_error(error)})


def _make_day_in_worker(day: date) -> DayResult:
    # Dagster writes down that a run was canceled when it is interrupted as by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with dg.DagsterInstance.get() as instance:
            return make_day(instance, day)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _prepare_worker() -> None:
    """What is to be warned of in the settings was said by the process that started the worker."""
    collect_garbage_rarely()
    logging.getLogger("digest_assets.config").setLevel(logging.ERROR)


def _build_table(settings: Settings, days: Sequence[date]) -> Table:
    """What was made: a row a report."""
    frame = open_warehouse(settings).read(REPORTS, days)
    table = Table("day", "report", "papers", "read in full", "failures", "figures traced", "US$", "file", box=None)
    for row in REPORTS.to_rows(frame):
        table.add_row(
            str(row.day),
            row.report,
            str(row.papers),
            f"{row.read_in_full}/{row.requested_in_full}",
            str(row.failures),
            f"{row.numbers_traced}/{row.numbers_total}",
            f"{row.cost_usd:.4f}",
            str(Path(os.path.relpath(settings.data_dir / row.path))),
        )
    return table


def prepare_dagster_home(settings: Settings) -> Path:
    """Keep Dagster's instance in the data folder, with the project's dagster.yaml, unless DAGSTER_HOME says where.

    Raises `StorageError` where Dagster cannot use the folder.
    """
    with open_instance(settings) as instance:
        return Path(instance.root_directory)


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Open the instance of `prepare_dagster_home`, whose databases are made here, not by all the days at once."""
    home = Path(os.environ.get("DAGSTER_HOME") or settings.data_dir / "dagster")
    try:
        if not os.environ.get("DAGSTER_HOME"):
            home.mkdir(parents=True, exist_ok=True)
            instance_file = Path("dagster.yaml").absolute()
            if instance_file.exists() and not (home / "dagster.yaml").exists():
                (home / "dagster.yaml").symlink_to(instance_file)
            os.environ["DAGSTER_HOME"] = str(home)
        instance = dg.DagsterInstance.get()
        instance.get_runs(limit=1)
    except Exception as error:  # whatever its storages raise
        raise StorageError(
            f"Dagster cannot use its folder {home}: {_describe_error(error)}; `digest doctor` says what is wrong with it"
        ) from error
    return instance


def make_all(
    instance: dg.DagsterInstance, settings: Settings, days: Sequence[date], papers: Sequence[str], at_once: int
) -> bool:
    """Make the days, or some papers of the one day anew, then site and feeds; print how it ended, and return whether well."""
    if message := explain_unready_models(settings):
        _out.print(f"[yellow]{_escape(message)}; all summaries of this run are extractive[/]")
    results = [rebuild_papers(instance, days[0], papers)] if papers else _make_days(instance, days, at_once)
    failed = {result.day: result.failures for result in results if result.failures}
    for day, failures in _measure_again(instance, settings).items():
        failed[day] = failed.get(day, {}) | failures
    unpublished = run_publish_job(instance)
    _out.print(_build_table(settings, days))
    reports, site = (os.path.relpath(settings.data_dir / folder) for folder in ("reports", "site"))
    _out.print(f"reports: {reports}   site: {site}")
    for day in sorted(failed):
        for step, reason in failed[day].items():
            _out.print(f"[red]{day} failed[/] at {step}: {_escape(reason)}")
    for step, reason in unpublished.items():
        _out.print(f"[red]{step} failed[/]: {_escape(reason)}")
    return not failed and not unpublished
