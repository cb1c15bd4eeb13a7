"""What runs a day's steps is a setting."""

import sys

import dagster as dg
import pytest

from digest_assets.common.errors import ConfigError
from digest_assets.config.settings import Config, Settings
from digest_assets.definitions import build_definitions


def test_steps_run_in_the_runs_own_process_by_default() -> None:
    executor = build_definitions(Settings()).executor
    assert isinstance(executor, dg.ExecutorDefinition)
    assert executor.name == "in_process"


def test_celerys_workers_run_them_where_the_settings_say_so() -> None:
    pytest.importorskip("dagster_celery", reason="the extra many-machines is not installed")
    executor = build_definitions(Settings(config=Config(executor="celery"))).executor
    assert isinstance(executor, dg.ExecutorDefinition)
    assert executor.name == "celery"


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dagster_celery", None)
    with pytest.raises(ConfigError, match=r"extra \[many-machines\]"):
        build_definitions(Settings(config=Config(executor="celery")))
