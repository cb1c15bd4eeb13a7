"""What every room's tests share: the corpus of real days, and settings in a temporary folder."""

import os
from pathlib import Path

import pytest

from digest_assets.config.settings import Config, Environment, Settings


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real days, papers and feeds."""
    folder = os.environ.get("DIGEST_TEST_CORPUS")
    if not folder:
        pytest.skip("DIGEST_TEST_CORPUS is not set: no corpus of real days")
    path = Path(folder)
    assert (path / "arxiv").is_dir(), f"DIGEST_TEST_CORPUS={folder} holds no corpus"
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings that keep everything in the test's own folder."""
    return Settings(config=Config(), environment=Environment(data_dir=tmp_path / "data"))
