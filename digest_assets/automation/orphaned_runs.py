"""Runs that count as started though their process is gone: found by process id, and reported to Dagster as failed.

Dagster notices when a run's process dies, but by the code server that started it; when both die (a power cut), the run
counts as in progress until `max_runtime_seconds`, holds its place in the queue, and its day waits. Where all of Dagster
is on one machine, its processes can be looked at.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

_STARTED_STATUSES = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# /proc gives a process's start in whole ticks after a boot time in whole seconds: together up to 2 s late.
_START_TIME_ERROR_SECONDS = 2


def find_orphaned_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Find the runs in progress that have started processes, none of which lives any more.

    None where Dagster's storage is a server: then the processes may be on another machine.
    """
    if type(instance.run_storage).__name__ != "SqliteRunStorage":
        return []
    found = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_STARTED_STATUSES)):
        processes = list(_iterate_processes(instance, run))
        if processes and not any(is_process_alive(process, timestamp) for process, timestamp in processes):
            found.append(run)
    return found


def report_orphaned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Tell Dagster of the orphaned runs, so that it runs them again; returns their ids."""
    runs = find_orphaned_runs(instance)
    for run in runs:
        instance.report_run_failed(run, "Its process is gone without a word: killed, or the machine was restarted.")
    return [run.run_id for run in runs]


def _iterate_processes(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[tuple[int, float]]:
    """The processes that the run's events name, with the time of the event."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        process_id = event.engine_event_data.metadata.get("pid") if event else None
        if process_id is not None:
            yield int(str(process_id.value)), entry.timestamp


def is_process_alive(process: int, timestamp: float) -> bool:
    """Whether the process that had this id at this time (seconds since 1970) is still there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        boot_line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    except (OSError, StopIteration):  # not Linux: the id alone must do
        return True
    start = int(boot_line.split()[1]) + int(fields[19]) / _TICKS_PER_SECOND
    return fields[0] != "Z" and start < timestamp + _START_TIME_ERROR_SECONDS  # else another process got the id later


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Finds runs whose process was killed together with all that could have said so (a power cut, a restart), and "
        "reports them as failed: then Dagster runs them again. Only where Dagster's storage is on one machine."
    ),
)
def orphaned_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look at the processes of runs in progress."""
    run_ids = report_orphaned_runs(context.instance)
    return dg.SkipReason(
        f"reported as failed: {', '.join(run_id[:8] for run_id in run_ids)}" if run_ids else "every run's process lives"
    )
