"""Keys of earlier releases: each still loads, and is named with its new name in one line."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest_assets.common.errors import ConfigError
from digest_assets.config import renamed_keys
from digest_assets.config.renamed_keys import CUSTOM_REPORT_KEYS, SETTINGS_KEYS
from digest_assets.config.settings import Config, load_config
from digest_assets.summaries.schemas import get_schema

VALUES: dict[str, Any] = {
    "retry_deadline_seconds": 12.5,
    "hf_delay_hours": 7,
    "based_on": "deep_read",
    "aspect": "results",
}
REPORT = {"papers": {"based_on": "daily_table"}, "fields": {"gains": {"description": "What it gains."}}}
PLACES = [(SETTINGS_KEYS, place, new) for place, new in SETTINGS_KEYS.items()]
PLACES += [(CUSTOM_REPORT_KEYS, place, new) for place, new in CUSTOM_REPORT_KEYS.items()]


@pytest.fixture(autouse=True)
def _no_earlier_warnings() -> None:
    renamed_keys._warn_once.cache_clear()


def write(folder: Path, settings: dict[str, Any], report: dict[str, Any]) -> Path:
    """A settings file, and beside it a folder with one custom report."""
    custom = folder / "reports" / "my_notes"
    custom.mkdir(parents=True)
    (custom / "report.yaml").write_text(yaml.safe_dump(report), "utf-8")
    (custom / "prompt.md").write_text("Be brief.", "utf-8")
    (custom / "template.md.jinja").write_text("{{ edition.day }}", "utf-8")
    path = folder / "digest.yaml"
    path.write_text(yaml.safe_dump({"reports": {"folder": "reports"}, **settings}), "utf-8")
    return path


def write_with(folder: Path, table: object, place: tuple[str, ...], new: str, *keys: str) -> Path:
    """The same, with these keys at a place, each with a value that differs from the default."""
    value = VALUES[new]
    if table is SETTINGS_KEYS:
        return write(folder, {place[0]: dict.fromkeys(keys, value)}, REPORT)
    if place == ("papers", "like"):
        return write(folder, {}, REPORT | {"papers": dict.fromkeys(keys, value)})
    fields = {"gains": {"description": "What it gains.", **dict.fromkeys(keys, value)}}
    return write(folder, {}, REPORT | {"fields": fields})


def read_value(config: Config, new: str) -> Any:
    report = config.reports.custom["my_notes"]
    return {
        "retry_deadline_seconds": config.sources.retry_deadline_seconds,
        "hf_delay_hours": config.delivery.hf_delay_hours,
        "based_on": report.papers.based_on,
        "aspect": report.fields["gains"].aspect,
    }[new]


@pytest.mark.parametrize(("table", "place", "new"), PLACES)
def test_an_old_key_loads_with_one_line_that_names_the_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, table: object, place: tuple[str, ...], new: str
) -> None:
    caplog.set_level(logging.WARNING)
    path = write_with(tmp_path, table, place, new, place[-1])
    assert read_value(load_config(path), new) == VALUES[new]
    load_config(path)
    (message,) = caplog.messages
    assert place[-1] in message
    assert f"is now called {new}" in message
    assert str(tmp_path) in message


@pytest.mark.parametrize(("table", "place", "new"), PLACES)
def test_the_new_key_alone_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, table: object, place: tuple[str, ...], new: str
) -> None:
    assert read_value(load_config(write_with(tmp_path, table, place, new, new)), new) == VALUES[new]
    assert caplog.messages == []


@pytest.mark.parametrize(("table", "place", "new"), PLACES)
def test_old_and_new_together_are_an_error_that_names_both(
    tmp_path: Path, table: object, place: tuple[str, ...], new: str
) -> None:
    with pytest.raises(ConfigError, match=rf"{place[-1]} is now called {new}, and both are there"):
        load_config(write_with(tmp_path, table, place, new, place[-1], new))


def test_a_file_that_is_no_mapping_is_left_to_the_validation(tmp_path: Path) -> None:
    path = tmp_path / "digest.yaml"
    path.write_text("sources: [patience_seconds]", "utf-8")
    with pytest.raises(ConfigError, match="sources"):
        load_config(path)


def test_a_custom_report_of_0_1_0_asks_a_model_for_the_same_json(tmp_path: Path) -> None:
    """The hash is 0.1.0's: another schema would be another key, and stored answers would be paid for again."""
    fields = {
        "gains": {"about": "results", "list": True, "description": "Results."},
        "limits": {"description": "Limits."},
    }
    path = write(tmp_path, {}, {"papers": {"like": "daily_table"}, "fields": fields})
    schema = get_schema("my_notes", load_config(path).reports.custom["my_notes"]).model_json_schema()
    assert hashlib.sha256(json.dumps(schema).encode()).hexdigest()[:12] == "092f96cbfa64"
