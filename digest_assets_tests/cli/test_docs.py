"""The reference pages in `docs/` are current, and leave nothing out."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import digest_assets
from digest_assets.cli.docs import build_pages, build_settings_page, build_tables_page, write_pages
from digest_assets.config.settings import Config
from digest_assets.warehouse import Table

DOCS = Path(__file__).parents[2] / "docs"


def declared_tables() -> dict[str, Table[Any]]:
    names = [
        module.name
        for module in pkgutil.walk_packages(digest_assets.__path__, "digest_assets.")
        if not module.name.endswith("__main__")
    ]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    return {value.name: value for value in values if isinstance(value, Table)}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    for key, inner in value.items():
        place = f"{path}.{key}" if path else key
        if isinstance(inner, dict) and inner:
            yield from leaves(inner, place)
        else:
            yield place


@pytest.mark.parametrize("name", build_pages())
def test_the_committed_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == build_pages()[name], "run `digest docs` and commit docs/"


def test_every_setting_has_a_row_in_the_section_of_its_place() -> None:
    sections = dict(re.findall(r"^## (?:`([^`]+)`|At the top)\n(.*?)(?=^## |\Z)", build_settings_page(), re.S | re.M))
    for place in leaves(Config().model_dump(mode="json", by_alias=True)):
        section, _, key = place.rpartition(".")
        assert f"\n| `{key}` |" in sections[section], place


def test_every_setting_says_what_it_means() -> None:
    rows = re.findall(r"^\| `.*$", build_settings_page(), re.M)
    assert len(rows) > 60
    assert [row for row in rows if not row.removesuffix(" |").rpartition("|")[2].strip()] == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("| `delay_seconds` | number, 0 to 600 | `3` |", "a range"),
        ("| `language` | `en`, `zh` | `en` |", "a choice"),
        ("| `categories` | list (not empty) of: arXiv category | `[cs.CV, cs.RO]` |", "a list"),
        ("| `budget_usd` | number, 0 or more; or `null` | `2` |", "an optional number"),
        ("| `name` | text | required |", "a key without default"),
    ],
)
def test_a_row_says_what_is_allowed_and_the_default(row: str, why: str) -> None:
    assert row in build_settings_page(), why


def test_every_declared_table_is_on_the_page_with_every_column() -> None:
    page = build_tables_page()
    for table in declared_tables().values():
        assert f"\n### `{table.name}`\n" in page, f"{table.name} is in no list of digest_assets/cli/docs.py"
        section = page.split(f"\n### `{table.name}`\n")[1].split("\n##")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(table.row.model_fields), table.name


def test_every_column_says_what_it_means() -> None:
    rows = re.findall(r"^\| `\w+` \| .*$", build_tables_page(), re.M)
    assert len(rows) > 100
    assert [row for row in rows if not row.removesuffix(" |").rpartition("|")[2].strip()] == []


def test_types_are_those_of_the_database() -> None:
    page = build_tables_page()
    assert "| `authors` | VARCHAR[] |" in page
    assert "| `ended_at` | TIMESTAMP WITH TIME ZONE |" in page
    assert "| `updated` | TIMESTAMP WITH TIME ZONE or NULL |" in page


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert len(write_pages(tmp_path)) == 2
    (tmp_path / "tables.md").write_text("old", "utf-8")
    assert write_pages(tmp_path) == [tmp_path / "tables.md"]
