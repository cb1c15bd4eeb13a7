"""Which days were measured against other days before them than there are now: those are to be made again.

Days are made in any order, several at once, and again when a source completes them. What looks at the days before (similar
papers, the themes of an overview) then differs from what it would be had the days been made in order. So each day keeps a
hash of its own papers, and one of the days before it. A day whose second hash is no more that of the days before is made
again, from what is stored. Its own papers do not change by that, so that one pass is enough, in whichever order.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from digest_assets.archive.tables import EARLIER_DAYS, EarlierDaysRow
from digest_assets.warehouse import Warehouse

# What is compared with and counted; votes, comments and the like change nothing of it.
_COMPARED = ("id", "title", "abstract", "authors", "categories")


@dataclass(frozen=True, slots=True)
class StaleDay:
    """A day that was measured against others than the days before it, and the hash of what they are now."""

    day: date
    earlier_hash: str


def describe_day(day: date, papers: pl.DataFrame, before: Sequence[EarlierDaysRow]) -> EarlierDaysRow:
    """A day's row from its papers and the rows of the days before, by day."""
    seen = [row for row in before if row.papers]
    return EarlierDaysRow(
        day=day,
        papers=len(papers),
        papers_hash=hash_papers(papers),
        earlier_days=len(seen),
        earlier_papers=sum(row.papers for row in seen),
        earlier_hash=_hash_days(seen),
    )


def hash_papers(papers: pl.DataFrame) -> str:
    """A hash of what other days are measured against, whatever the order of the rows."""
    rows = papers.select(_COMPARED).sort("id").rows()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def load_days(warehouse: Warehouse, before: date | None = None) -> list[EarlierDaysRow]:
    """The rows of all days, or of those before one, by day."""
    rows = EARLIER_DAYS.to_rows(warehouse.read(EARLIER_DAYS))
    return [row for row in rows if before is None or row.day < before]


def find_stale_days(rows: Iterable[EarlierDaysRow]) -> list[StaleDay]:
    """The days that are to be made again, oldest first.

    Days that a release without this table made have no row: they count from when they are made again.
    """
    stale = []
    earlier = _hash_days(())
    for row in sorted(rows, key=lambda row: row.day):
        if row.earlier_hash != earlier:
            stale.append(StaleDay(row.day, earlier))
        earlier = _add_day(earlier, row)
    return stale


def load_stale_days(warehouse: Warehouse) -> list[StaleDay]:
    """The days with reports that are to be made again, oldest first. One that was not made to its end has what it needs
    only when that is done, and is measured then.
    """
    stale = find_stale_days(load_days(warehouse))
    with_reports = warehouse.find_written_days("reports", [one.day for one in stale]) if stale else set()
    return [one for one in stale if one.day in with_reports]


def _hash_days(rows: Iterable[EarlierDaysRow]) -> str:
    value = hashlib.sha256().hexdigest()
    for row in rows:
        value = _add_day(value, row)
    return value


def _add_day(value: str, row: EarlierDaysRow) -> str:
    """The hash of some days and one more; a day without papers says nothing."""
    return hashlib.sha256(f"{value} {row.day} {row.papers_hash}".encode()).hexdigest() if row.papers else value
