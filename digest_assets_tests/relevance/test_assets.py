"""`library` and `marks` as Dagster observes them: another version when, and only when, their content is another."""

from pathlib import Path

import dagster as dg
from dagster._core.definitions.observe import observe as observe_assets

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.relevance.assets import library, marks
from digest_assets.relevance.library import add_marks


def observe(settings: Settings, asset: dg.AssetsDefinition) -> str:
    """The data version that an observation gives."""
    (found,) = observe_assets([asset], resources={"settings": settings}).get_asset_observation_events()
    version = found.asset_observation_data.asset_observation.data_version
    assert version
    return version


def test_the_library_has_another_version_when_a_file_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - JOUR\nTI  - One\nER  -\n")
    config = Config.model_validate({"library": {"files": [str(path)]}})
    settings = Settings(config=config, environment=Environment(data_dir=tmp_path / "data"))
    first = observe(settings, library)
    assert observe(settings, library) == first
    path.write_text("TY  - JOUR\nTI  - Two\nER  -\n")
    assert observe(settings, library) != first


def test_marks_have_another_version_when_one_is_set(tmp_path: Path) -> None:
    settings = Settings(environment=Environment(data_dir=tmp_path))
    first = observe(settings, marks)
    assert observe(settings, marks) == first
    add_marks(settings, [("2512.00001", "liked")], "")
    assert observe(settings, marks) != first
