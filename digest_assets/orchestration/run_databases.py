"""Dagster's own SQLite databases while a run lasts: held open, and written without a wait for the disk at each event.

Dagster opens and closes a database for each event that it stores, some 600 times a day's run. Whoever closes SQLite's
last connection to a database empties the write-ahead log into it, and each commit waits until the disk has it. One more
connection to each, which does nothing, spares the first; `synchronous=NORMAL`, SQLite's own advice for such logs, spares the
second (https://www.sqlite.org/pragma.html#pragma_synchronous). A run that is killed loses nothing: what it committed is in
the log. Where the machine itself loses power the last events of that run may be missing, and no database is broken. What
was made of a day is in DuckDB, which this does not touch.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import dagster as dg
from sqlalchemy import Engine, event

from digest_assets.config.settings import Settings

_held_folders: set[str] = set()  # a command holds them before the run that it starts, which need not do it again


@contextmanager
def hold_databases_open(home: Path) -> Iterator[None]:
    """Hold every database of an instance open from its first use until the end, and let its commits not wait.

    Args:
        home: The instance's root directory; another storage, like PostgreSQL, keeps no database there.
    """
    folder = f"{os.path.realpath(home)}{os.sep}"
    if folder in _held_folders:
        yield
        return
    held: set[str] = set()
    with ExitStack() as stack:

        def prepare(connection: object, _: object) -> None:
            if not isinstance(connection, sqlite3.Connection):
                return
            path = _find_path(connection)
            if not path.startswith(folder):
                return
            # A database that cannot be read is Dagster's to complain of.
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA synchronous=NORMAL")
                if path not in held:
                    # As Dagster does right after this: only what was read in this mode holds the log.
                    connection.execute("PRAGMA journal_mode=WAL")
                    other = stack.enter_context(closing(sqlite3.connect(path, check_same_thread=False)))
                    other.execute("SELECT count(*) FROM sqlite_master").fetchall()
                    held.add(path)

        event.listen(Engine, "connect", prepare)
        stack.callback(event.remove, Engine, "connect", prepare)
        _held_folders.add(folder)
        stack.callback(_held_folders.discard, folder)
        yield


def _find_path(connection: sqlite3.Connection) -> str:
    """The file of a database, with links resolved; empty for one in memory."""
    path: str = connection.execute("PRAGMA database_list").fetchone()[2]
    return path


def build_settings_resource(settings: Settings) -> dg.ResourceDefinition:
    """The resource `settings`, which every step has: while a run has it, Dagster's databases are held open."""

    @dg.resource
    def hold_settings(context: dg.InitResourceContext) -> Iterator[Settings]:
        if context.instance is None:
            yield settings
        else:
            with hold_databases_open(Path(context.instance.root_directory)):
                yield settings

    return hold_settings
