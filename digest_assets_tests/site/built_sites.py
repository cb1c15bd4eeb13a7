"""Sites of generated days, each built once in a process and copied: most tests begin with one of the same few."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from lxml import html

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PaperRow
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import generate_day, store_days

FRIDAY = date(2025, 12, 5)
MONDAY = date(2025, 12, 8)
JANUARY = date(2026, 1, 5)
PAPERS = 6  # of a day: three that every report shows, and as many that only the first does


def copy_built_site(settings: Settings, *days: date) -> Sequence[PaperRow]:
    """Fill the data folder with these days' tables and their site; gives the first day's papers."""
    shutil.copytree(_make_built_site(days).name, settings.data_dir, dirs_exist_ok=True)
    return generate_day(days[0], PAPERS).papers


@cache
def _make_built_site(days: tuple[date, ...]) -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="built-site-")
    settings = Settings(config=Config(), environment=Environment(data_dir=Path(folder.name)))
    store_days(settings, *(generate_day(day, PAPERS) for day in days))
    build_site(settings)
    return folder


def read_files(settings: Settings) -> dict[str, bytes]:
    """Every file of the site, by its name."""
    root = settings.data_dir / "site"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def parse_page(settings: Settings, name: str) -> html.HtmlElement:
    """One page of the site."""
    return html.document_fromstring((settings.data_dir / "site" / name).read_text("utf-8"))


def build_elsewhere(settings: Settings, folder: Path) -> dict[str, bytes]:
    """The files of a site that is built from nothing, in this folder, of the same tables."""
    config = Config(database=str(settings.data_dir / "digest.duckdb"))
    whole = Settings(config=config, environment=Environment(data_dir=folder))
    build_site(whole)
    return read_files(whole)
