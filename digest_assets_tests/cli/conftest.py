"""`digest` in this process, on a data folder of its own; and the small Dagster project of the automation tests."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from digest_assets.cli.app import main
from digest_assets.config.settings import Settings
from digest_assets_tests.automation.conftest import defs, instance, trouble
from digest_assets_tests.reports.days import publish_day

__all__ = ["defs", "instance", "trouble"]


class Printed(str):
    """What a command printed, and how it ended."""

    code: int
    error: str


Digest = Callable[..., Printed]


@pytest.fixture
def empty(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with nothing made yet, which the environment points to, in an empty working folder."""
    (tmp_path / "digest.yaml").write_text("{}")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "digest.yaml"))
    monkeypatch.setenv("DIGEST_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return settings


@pytest.fixture
def day(empty: Settings) -> Settings:
    """A published Friday, which the environment points to."""
    return publish_day(empty)


@pytest.fixture
def digest(empty: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Digest:
    def run(*arguments: str) -> Printed:
        monkeypatch.setattr(sys, "argv", ["digest", *arguments])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        printed = Printed(captured.out)
        printed.code, printed.error = code, " ".join(captured.err.split())
        return printed

    return run
