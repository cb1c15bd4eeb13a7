"""Fixtures: a small graph of assets without work, and an instance to run it in."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.config.settings import Settings
from digest_assets_tests.automation.small_graph import build_small_graph


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance in memory, which runs a day in a seventh of the time that one on disk takes."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def stored_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance in files, as `make ui` has one, for what looks at where it is stored."""
    overrides = {"telemetry": {"enabled": False}}
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home"), overrides=overrides) as instance:
        yield instance


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    """A file that names the assets that fail."""
    return tmp_path / "trouble"


@pytest.fixture
def defs(settings: Settings, trouble: Path) -> dg.Definitions:
    return build_small_graph(settings, trouble)
