"""A week's report file: its Markdown, its path and its row."""

import hashlib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import PurePosixPath

import jinja2

from digest_assets.common.atomic_write import write_atomically
from digest_assets.config.settings import Settings
from digest_assets.reports.edition import Edition
from digest_assets.reports.render import ENVIRONMENT
from digest_assets.reports.snippets import format_gist
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.weekly.tables import WEEKLY, WeeklyRow
from digest_assets.weekly.week import WeekContent, find_result, load_edition, make_week

_TEMPLATE = "weekly.md.jinja"


@dataclass(frozen=True, slots=True)
class WrittenWeek:
    """A week's report that was just written: its row, and its Markdown for the preview."""

    row: WeeklyRow
    markdown: str


def write_week(settings: Settings, monday: date) -> WrittenWeek:
    """Write a week's report, whole or not at all. Raises `ReportError` when the disk does not take it."""
    warehouse = open_warehouse(settings)
    content = make_week(warehouse, settings, monday)
    markdown = render_week(content, load_edition(warehouse, settings, content))
    data = markdown.encode("utf-8")
    path = get_week_path(monday)
    write_atomically(settings.data_dir / path, data)
    row = WeeklyRow(
        day=monday,
        language=content.language,
        path=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        days=content.days,
        announced=content.announced,
        papers=len(content.named),
        terms=content.terms,
        named=content.named,
        marked=content.marked,
    )
    return WrittenWeek(row, markdown)


def render_week(content: WeekContent, edition: Edition) -> str:
    """The Markdown of a week. Pure: the same content gives the same text."""
    return _make_environment().get_template(_TEMPLATE).render(week=content, edition=edition)


def get_week_path(monday: date) -> PurePosixPath:
    """The path of a week's file, relative to the data folder."""
    return PurePosixPath("reports", "weeks", f"{monday.isoformat()}.md")


def list_weeks(warehouse: Warehouse, newest: int) -> list[WeeklyRow]:
    """The newest weeks that were made, the newest first."""
    rows = WEEKLY.to_rows(warehouse.read(WEEKLY))
    return sorted(rows, key=lambda row: row.day, reverse=True)[:newest]


def load_week(warehouse: Warehouse, settings: Settings, row: WeeklyRow) -> tuple[WeekContent, Edition]:
    """A week that was made, from its row."""
    content = WeekContent(row.day, row.language, row.days, row.announced, row.terms, row.named, row.marked)
    return content, load_edition(warehouse, settings, content)


def hash_template() -> str:
    """A hash of the template, so that a change shows the weeks as stale."""
    source = resources.files(__package__).joinpath("templates", _TEMPLATE).read_bytes()
    return hashlib.sha256(source).hexdigest()[:12]


def _make_environment() -> jinja2.Environment:
    environment = ENVIRONMENT.overlay(loader=jinja2.PackageLoader(__package__))
    environment.filters = {**ENVIRONMENT.filters, "gist": format_gist, "result": find_result}
    return environment
