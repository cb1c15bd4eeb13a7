"""The command line as a whole: its commands, its errors, what it loads, and what it says where nothing was made."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digest_assets.cli.app import app
from digest_assets.config.settings import Settings
from digest_assets_tests.cli.conftest import Digest

COMMANDS = [
    "run",
    "backfill",
    "week",
    "show",
    "search",
    "paper",
    "ask",
    "open",
    "read",
    "mark",
    "ui",
    "serve",
    "mcp",
    "costs",
    "estimate",
    "eval",
    "doctor",
    "prune",
    "docs",
]
PROJECT = Path(__file__).parents[2]


def run_python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=120, check=True)


def test_every_command_is_there_with_a_sentence() -> None:
    commands = {command.name: command.callback for command in app.registered_commands if not command.hidden}
    assert list(commands) == COMMANDS
    assert [name for name, callback in commands.items() if not (callback and callback.__doc__)] == []


def test_every_make_target_is_in_its_help() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    (declared,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    help_lines = " ".join(re.findall(r'^\t@echo "make (.*)"$', makefile, re.M))
    assert [name for name in declared.split() if name != "help" and not re.search(rf"\b{name}\b", help_lines)] == []


def test_it_says_its_version(digest: Digest) -> None:
    assert re.fullmatch(r"digest \d+\.\d+\.\d+\n", digest("--version"))


def test_it_runs_as_a_program(day: Settings) -> None:
    shown = run_python("-m", "digest_assets.cli", "show", "--json").stdout
    assert json.loads(shown)[0]["day"] == "2025-12-05"


def test_reading_does_not_wait_for_dagster() -> None:
    loaded = run_python("-c", "import digest_assets.cli.app, sys; print(*sys.modules)").stdout.split()
    assert {"dagster", "openai", "pypdfium2", "duckdb", "polars"} & set(loaded) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("show", "2025-12-05"),
        ("show", "latest", "deep_read"),
        ("search", "one"),
        ("paper", "2512.00001"),
        ("open",),
        ("costs",),
    ],
)
def test_where_nothing_was_made_it_says_what_makes_something(digest: Digest, arguments: tuple[str, ...]) -> None:
    printed = digest(*arguments)
    assert printed.code == 1
    assert "nothing was made in" in printed.error
    assert "`digest run DAY` makes a day, `make demo` the sample days in data/demo" in printed.error


def test_the_demos_folder_is_named_when_it_is_there(digest: Digest) -> None:
    Path("data/demo/reports/2025-10-03").mkdir(parents=True)
    error = digest("search", "two words").error
    assert "the sample days are in data/demo: `DIGEST_DATA_DIR=data/demo digest search 'two words'`" in error


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "2025-13-05"], 2, "not a day: '2025-13-05' (expected like 2025-12-05)"),
        (["run", "05.12.2025"], 2, "not a day: '05.12.2025' (expected like 2025-12-05)"),
        (["estimate", "today"], 2, "not a day: 'today' (expected like 2025-12-05)"),
        (["estimate", "2025/12/5"], 1, "2025-12-05 has no texts yet"),
        (["estimate", " 20251205 "], 1, "2025-12-05 has no texts yet"),
        (["estimate", "2025111"], 2, "not a day"),
        (["run", "1990-01-01"], 2, "before the first partition"),
        (["backfill", "2025-12-05", "2025-12-04"], 2, "the range ends (2025-12-04) before it starts"),
        (["run", "2999-01-01"], 2, "has no partition yet: the newest is today's"),
        (["backfill", "2025-12-05"], 2, "Missing argument 'TO'"),
        (["read", "nowhere.pdf"], 1, "there is no file nowhere.pdf"),
        (["estimate", "2025-12-05"], 1, "has no texts yet; this makes them, for nothing: `dagster asset materialize"),
        (["eval", "2025-12-05"], 1, "has no texts read in full; `digest run 2025-12-05` makes the day"),
        (["prune"], 1, "no runs yet; `digest run DAY` or `make ui` makes some"),
        (["docs"], 1, "docs/ is not here: run this at the top of the project"),
    ],
)
def test_an_error_names_what_is_missing_and_keeps_its_exit_code(
    digest: Digest, arguments: list[str], code: int, message: str
) -> None:
    printed = digest(*arguments)
    assert (printed.code, "Traceback" in printed.error) == (code, False)
    assert message in printed.error


def test_a_first_day_that_is_none_is_said(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_FIRST_DAY", "soon")
    printed = digest("run", "2025-11-02")
    assert (printed.code, "Traceback" in printed.error) == (2, False)
    assert "first_day" in printed.error


def test_the_first_day_that_can_be_chosen_is_a_setting() -> None:
    environment = os.environ | {"DIGEST_FIRST_DAY": "2025-11-03", "DIGEST_CONFIG": os.devnull}
    command = [str(Path(sys.executable).parent / "digest"), "run", "2025-11-02"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "before the first partition, 2025-11-03" in done.stderr


def test_wrong_settings_are_said_before_anything_is_made(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "digest.yaml").write_text("reports: {digest: {}}")
    for arguments in (["run", "2025-12-05"], ["show"], ["costs"], ["estimate", "2025-12-05"]):
        printed = digest(*arguments)
        assert printed.code == 2
        assert "reports.digest: unknown key" in printed.error


def test_a_key_of_an_earlier_release_is_said_in_one_line(
    digest: Digest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    (tmp_path / "digest.yaml").write_text("sources: {patience_seconds: 5}")
    digest("costs", "--json")
    (message,) = caplog.messages
    assert "sources.patience_seconds is now called retry_deadline_seconds" in message
