"""Texts that are let go: after `texts.keep_days` a row says where its text came from, and holds it no more."""

from datetime import date, timedelta
from functools import partial

import duckdb

from digest_assets.common.errors import StorageError
from digest_assets.config.settings import Settings
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import open_warehouse
from digest_assets.warehouse.migrations import create_or_migrate

# What is most of the database. Captions and the picture stay, which pages show; an abstract is as long in `papers`.
_LET_GO = "SET sections = [], places = [], tables = [] WHERE source <> 'abstract' AND len(sections) > 0"


def expire_texts(settings: Settings, today: date, *, dry_run: bool = False) -> int:
    """Let go the texts of days that are older than the settings say; returns how many papers', a day at a time."""
    keep_days = settings.config.texts.keep_days
    if keep_days is None:
        return 0
    warehouse = open_warehouse(settings)
    held = warehouse.query(
        "SELECT day, count(*) AS papers FROM paper_texts WHERE day < ? AND source <> 'abstract' AND len(sections) > 0 "
        "GROUP BY day ORDER BY day",
        [today - timedelta(days=keep_days)],
        tables=[PAPER_TEXTS],
    )

    def expire(day: date, connection: duckdb.DuckDBPyConnection) -> None:
        create_or_migrate(connection, PAPER_TEXTS)
        connection.execute(f"UPDATE paper_texts {_LET_GO} AND day = ?", [day])

    for day in [] if dry_run else held["day"]:
        warehouse.run_in_transaction(partial(expire, day), can_repeat=True)
    return int(held["papers"].sum())


def require_text(row: TextRow) -> TextRow:
    """The row, which holds its text. Raises `StorageError` if it was let go."""
    if row.is_expired:
        raise StorageError(
            f"what was read of {row.id} was let go after texts.keep_days: materialise `paper_texts` of {row.day} first, "
            "which reads the day's papers anew"
        )
    return row
