"""Fixtures: a small graph of assets without work, and an instance to run it in."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.config.settings import Settings
from digest_assets_tests.automation.small_graph import build_small_graph


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "home").mkdir()
    overrides = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(tmp_path / "home"), overrides=overrides) as instance:
        yield instance


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    """A file that names the assets that fail."""
    return tmp_path / "trouble"


@pytest.fixture
def defs(settings: Settings, trouble: Path) -> dg.Definitions:
    return build_small_graph(settings, trouble)
