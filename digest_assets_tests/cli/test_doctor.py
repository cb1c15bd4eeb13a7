"""What the doctor finds, on installations that are broken on purpose."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from digest_assets.cli.doctor import Problem, check_calendar, check_database, describe_calendar, find_problems
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.tables import DAY_TABLES
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.cli.conftest import Digest

DAY = date(2025, 12, 5)


def database_of(settings: Settings) -> Path:
    return Path(settings.database)


def make_day(settings: Settings, *without: str) -> None:
    """A day whose every table is there, but these; made once in a process, and copied."""
    shutil.copytree(_make_day(without).name, settings.data_dir, dirs_exist_ok=True)


@cache
def _make_day(without: tuple[str, ...]) -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="day-")
    warehouse = open_warehouse(Settings(config=Config(), environment=Environment(data_dir=Path(folder.name))))
    for table in DAY_TABLES.values():
        if table.name not in without:
            warehouse.replace_days(table, [DAY], table.to_frame())
    return folder


def find(settings: Settings, **variables: str) -> list[Problem]:
    return find_problems(settings, variables)


def test_a_new_installation_and_a_whole_day_are_well(settings: Settings) -> None:
    assert find(settings) == []
    make_day(settings)
    assert find(settings) == []


def test_a_corrupt_page_is_found_and_the_way_back_is_said(settings: Settings) -> None:
    make_day(settings, "papers")
    many = [
        PaperRow(
            day=DAY,
            id=f"2512.{n:05}",
            title="t",
            abstract=f"{pow(7919, n, 2**511):x}",
            authors=(),
            categories=(),
            sources=(),
        )
        for n in range(5_000)
    ]
    open_warehouse(settings).replace_days(PAPERS, [DAY], PAPERS.to_frame(many))
    with database_of(settings).open("r+b") as file:
        size = database_of(settings).stat().st_size
        file.seek(size // 4)
        file.write(b"\xff" * (size // 2))
    (found,) = [problem for problem in find(settings) if "orrupt" in problem.what]
    assert found.grade == "broken"
    assert "move" in found.todo
    assert "digest backfill" in found.todo


def test_a_file_that_is_no_database_is_found(settings: Settings) -> None:
    database_of(settings).parent.mkdir()
    database_of(settings).write_bytes(b"not a database" * 1000)
    (found,) = find(settings)
    assert (found.grade, "cannot be opened" in found.what, "aside" in found.todo) == ("broken", True, True)


_HOLDER = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"


def test_a_program_that_holds_the_file_is_named(settings: Settings) -> None:
    make_day(settings)
    command = [sys.executable, "-c", _HOLDER, str(database_of(settings))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            (found,) = [problem for problem in check_database(settings) if problem.grade == "broken"]
        finally:
            holder.kill()
    assert str(holder.pid) in found.what
    assert "Close the program" in found.todo


_TURN_TAKER = """
import sys, time
from functools import cache
from pathlib import Path
from digest_assets.common.locks import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_whoever_has_its_turn_is_named_with_its_command(settings: Settings) -> None:
    make_day(settings)
    lock = database_of(settings).with_name("digest.duckdb.lock")
    with subprocess.Popen([sys.executable, "-c", _TURN_TAKER, str(lock)], stdout=subprocess.PIPE) as taker:
        assert taker.stdout is not None
        taker.stdout.readline()
        try:
            found = next(check_database(settings))
        finally:
            taker.kill()
    assert found.grade == "weak"
    assert f"process {taker.pid}" in found.what
    assert "python" in found.what


def test_a_database_of_a_newer_program_is_found(settings: Settings) -> None:
    make_day(settings)
    with duckdb.connect(str(database_of(settings))) as connection:
        connection.execute("UPDATE table_versions SET version = 99 WHERE table_name = 'papers'")
    (found,) = find(settings)
    assert "papers was written by a newer version of this program (99" in found.what


def test_a_day_that_was_begun_and_not_ended_is_named(settings: Settings) -> None:
    make_day(settings, "reports", "day_overviews")
    (found,) = find(settings)
    assert found == Problem(
        "weak", "2025-12-05 was begun, but has no day_overviews, reports", "Make it: `digest run 2025-12-05`."
    )


def report(settings: Settings, text: str | None) -> None:
    row = ReportRow(
        day=DAY, report="deep_read", language="en", path="reports/2025-12-05/deep_read.md",
        sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", bytes=3, papers=0, read_in_full=0,
        requested_in_full=0, failures=0, numbers_traced=0, numbers_total=0, cost_usd=0.0,
    )  # fmt: skip
    open_warehouse(settings).replace_days(REPORTS, [DAY], REPORTS.to_frame([row]))
    path = settings.data_dir / row.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is not None:
        path.write_text(text)


@pytest.mark.parametrize(("text", "what"), [("abc", None), ("abd", "is not as it was written"), (None, "is gone")])
def test_reports_are_compared_with_their_hashes(settings: Settings, text: str | None, what: str | None) -> None:
    make_day(settings)
    report(settings, text)
    assert [problem.what for problem in find(settings)] == ([f"reports/2025-12-05/deep_read.md {what}"] if what else [])


def test_half_written_drafts_are_found(settings: Settings) -> None:
    make_day(settings)
    report(settings, "abc")
    (settings.data_dir / "reports" / "2025-12-05" / ".deep_read.md.x1.new").write_text("ha")
    (found,) = find(settings)
    assert "1 half-written drafts" in found.what


def test_little_space_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 10**10 - 10**9, 10**9))
    (found,) = find(settings)
    assert (found.grade, "only 1.0 GB are free" in found.what) == ("weak", True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 10**10, 0))
    assert find(settings)[0].grade == "broken"


def test_the_disks_of_temporary_files_and_of_dagster_are_looked_at(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    usage = namedtuple("usage", "total used free")
    small = Path("/dev/shm")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 0 if path == small else 10**12))
    (found,) = find(settings, TMPDIR=str(small))
    assert (found.grade, "TMPDIR=/dev/shm" in found.what) == ("broken", True)


def test_a_clock_that_was_set_back_and_an_unknown_time_zone_are_said(settings: Settings) -> None:
    make_day(settings)
    later = datetime.now(UTC).timestamp() + 86_400
    os.utime(database_of(settings), (later, later))
    assert "the clock says" in find(settings)[0].what
    os.utime(database_of(settings))
    (found,) = find(settings, TZ="Europe/Nowhere")
    assert "Europe/Nowhere" in found.what


def test_a_program_that_only_reads_the_file_is_named(settings: Settings) -> None:
    make_day(settings)
    reader = _HOLDER.replace("connect(sys.argv[1])", "connect(sys.argv[1], read_only=True)")
    command = [sys.executable, "-c", reader, str(database_of(settings))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            (found,) = check_database(settings)
        finally:
            holder.kill()
    assert (found.grade, f"process {holder.pid}" in found.what) == ("weak", True)


def test_the_home_of_dagster_is_looked_at(settings: Settings, tmp_path: Path) -> None:
    assert "is not absolute" in find(settings, DAGSTER_HOME="some/where")[0].what
    assert "is not there" in find(settings, DAGSTER_HOME=str(tmp_path / "nowhere"))[0].what
    assert "has no dagster.yaml" in find(settings, DAGSTER_HOME=str(tmp_path))[0].what
    (tmp_path / "dagster.yaml").touch()
    assert find(settings, DAGSTER_HOME=str(tmp_path)) == []


def test_a_missing_key_is_said(settings: Settings) -> None:
    wants_key = settings.model_copy(update={"config": Config.model_validate({"summaries": {"engine": "openai"}})})
    (found,) = find(wants_key)
    assert "OPENAI_API_KEY is not set" in found.what
    assert find(wants_key, OPENAI_API_KEY="k") == []


def test_the_command_says_that_all_is_well_or_exits_with_1(digest: Digest, tmp_path: Path) -> None:
    assert digest("doctor").startswith("well: ")
    (tmp_path / "digest.yaml").write_text("summaries: {engine: nonsense}")
    printed = digest("doctor")
    assert (printed.code, "summaries.engine" in printed) == (1, True)


@pytest.mark.parametrize("days", [60, 61])
def test_the_doctor_asks_the_model_one_question_and_warns_of_its_end(
    digest: Digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    (tmp_path / "digest.yaml").write_text("summaries: {engine: openai, model: fake-llm}")
    soon = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    with FakeLLMServer(listed_models=[{"id": "fake-llm", "shutdown_date": soon}]) as model:
        for name, value in model.get_environment().items():
            monkeypatch.setenv(name, value)
        printed = digest("doctor")
        assert len(model.calls) == 1
        digest("doctor", "--no-probe")
        assert len(model.calls) == 1
    assert (f"fake-llm is shut down on {soon}" in printed) == ("well: " not in printed) == (days <= 60)
    assert "format own_schema; context not known; usage" in printed
    assert f"shut down on {soon}" in printed
    assert "model: fake-llm at http://127.0.0.1:" in printed
    assert printed.code == 0


def test_a_model_that_does_not_answer_is_broken(
    digest: Digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "digest.yaml").write_text("summaries: {engine: openai, model: fake-llm}")
    with FakeLLMServer(unavailable_models=frozenset({"fake-llm"})) as model:
        for name, value in model.get_environment().items():
            monkeypatch.setenv(name, value)
        printed = digest("doctor")
    assert (printed.code, "fake-llm does not answer" in printed) == (1, True)


def test_the_list_of_dates_without_a_mailing_says_when_it_ends(settings: Settings) -> None:
    assert "until 2027-01-01" in describe_calendar(settings)
    assert not list(check_calendar(settings, date(2027, 12, 1)))
    (problem,) = check_calendar(settings, date(2028, 1, 3))
    assert problem.what == "the list of dates without a mailing has ended, on 2027-12-27"
