"""Stored days that are written once in a process and copied from then on: most tests begin with one of the same few."""

import shutil
import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

from digest_assets.config.settings import Config, Environment, Settings


def fill_database(settings: Settings, write: Callable[..., None], *arguments: Hashable) -> None:
    """Have `write(settings, *arguments)` fill the settings' database; into a new file, copy what it wrote before.

    What it writes must follow from the arguments alone, and be in the database alone.
    """
    path = settings.data_dir / "digest.duckdb"
    if settings.database != str(path) or path.exists():
        write(settings, *arguments)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(_fill_elsewhere(write, *arguments).name) / path.name, path)


@cache
def _fill_elsewhere(write: Callable[..., None], *arguments: Hashable) -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="stored-once-")
    write(Settings(config=Config(), environment=Environment(data_dir=Path(folder.name))), *arguments)
    return folder
