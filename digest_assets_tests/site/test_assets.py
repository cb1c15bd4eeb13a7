"""The site as Dagster runs it."""

from datetime import date

import dagster as dg

from digest_assets.config.settings import Settings
from digest_assets.site.assets import site
from digest_assets.testing.site_days import store_generated_day

FRIDAY = date(2025, 12, 5)


def run(settings: Settings, config: dict[str, object] | None = None) -> dict[str, object]:
    result = dg.materialize(
        [site], resources={"settings": settings}, run_config={"ops": {"site": {"config": config or {}}}}
    )
    (event,) = result.asset_materializations_for_node("site")
    return {name: value.value for name, value in event.metadata.items()}


def test_a_run_renders_the_days_that_changed(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 3)
    first, second = run(settings), run(settings)
    assert (first["days"], first["days rendered"]) == (1, 1)
    assert (second["days rendered"], second["files written"]) == (0, 0)
    assert first["front page"] == "/site/index.html"  # beside the UI, which serves it
    assert first["folder"] == str(settings.data_dir / "site")


def test_a_run_can_be_told_to_render_everything(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 3)
    run(settings)
    assert run(settings, {"everything": True})["days rendered"] == 1
