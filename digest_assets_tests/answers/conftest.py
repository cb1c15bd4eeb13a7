"""The archive that tests ask: stored once, since nothing here changes it."""

import pytest

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets_tests.answers.archive import make_archive, store_archive


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose data folder holds the archive."""
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path_factory.mktemp("archive")))
    store_archive(settings, *make_archive())
    return settings


@pytest.fixture
def warehouse(archive: Settings) -> Warehouse:
    return open_warehouse(archive)
