"""The page of the checks: complete, and without checks that are gone."""

import re
from pathlib import Path

from digest_assets.config.settings import Settings
from digest_assets.definitions import build_definitions

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_names_every_check_and_no_other(settings: Settings) -> None:
    keys = build_definitions(settings).resolve_asset_graph().asset_check_keys
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted({key.name for key in keys})
