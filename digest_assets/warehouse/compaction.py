"""Compaction of the database file: written anew without the room that replaced days left. For `digest prune --compact`."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import file_lock
from digest_assets.warehouse.backends import quote_literal


@dataclass(frozen=True)
class Compaction:
    """The file's bytes before and after."""

    before: int
    after: int


def compact_file(path: Path, wait_seconds: float) -> Compaction:
    """Copy the database into a new file and put that in its place, while nobody else has it.

    A kill at any moment leaves the old file or the new one. Raises `StorageError` if the disk has no room for a second
    one, or if the copy does not hold what the file holds.
    """
    with file_lock(path.with_name(path.name + ".lock"), timeout=wait_seconds):
        before = path.stat().st_size
        if (free := shutil.disk_usage(path.parent).free) < before:
            raise StorageError(
                f"{path} is {before / 1e9:.1f} GB and its disk has {free / 1e9:.1f} GB: a copy needs as much as the file"
            )
        copy = path.with_name(path.name + ".compact")
        for left in (copy, copy.with_name(copy.name + ".wal")):
            left.unlink(missing_ok=True)
        try:
            with duckdb.connect(path) as connection:
                connection.execute("CHECKPOINT")  # else a log of changes would stay beside the new file
                name = connection.execute("SELECT current_database()").fetchone()
                assert name is not None
                connection.execute(f"ATTACH {quote_literal(str(copy))} AS compacted")
                connection.execute(f'COPY FROM DATABASE "{name[0]}" TO compacted')
                for (table,) in connection.execute(
                    "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
                ).fetchall():
                    counts = connection.execute(
                        f'SELECT (SELECT count(*) FROM "{table}"), (SELECT count(*) FROM compacted."{table}")'  # noqa: S608
                    ).fetchone()
                    if counts is None or counts[0] != counts[1]:
                        raise StorageError(f"the copy of {path} is not whole at {table}: the file was left as it is")
                connection.execute("DETACH compacted")
        except duckdb.Error as error:
            raise StorageError(f"{path} could not be compacted and was left as it is: {error}") from error
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        copy.replace(path)
        return Compaction(before, path.stat().st_size)
