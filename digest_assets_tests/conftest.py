"""What every room's tests share: the corpus of real days, and settings in a temporary folder."""

from pathlib import Path

import pytest

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.testing.corpus import CORPUS_VARIABLE, find_corpus


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real days, papers and feeds."""
    return find_corpus() or pytest.skip(f"{CORPUS_VARIABLE} is not set: no corpus of real days")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings that keep everything in the test's own folder."""
    return Settings(config=Config(), environment=Environment(data_dir=tmp_path / "data"))
