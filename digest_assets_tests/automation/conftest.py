"""Fixtures: a small graph of assets without work, and an instance to run it in."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from digest_assets.config.settings import Settings
from digest_assets_tests.automation.small_graph import build_small_graph


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance in memory, which runs a day in a seventh of the time that one on disk takes."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def stored_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance in files, as `make ui` has one, for what looks at where it is stored."""
    settings = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text("utf-8"))
    overrides = {name: settings[name] for name in ("telemetry", "storage")}
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    with dg.DagsterInstance.local_temp(str(tmp_path / "home"), overrides=overrides) as instance:
        yield instance


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    """A file that names the assets that fail."""
    return tmp_path / "trouble"


@pytest.fixture
def defs(settings: Settings, trouble: Path) -> dg.Definitions:
    return build_small_graph(settings, trouble)
