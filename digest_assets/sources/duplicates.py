"""Repeated announcements: the share of a mailing's new papers that an earlier mailing had announced as new already.

Rows that stand twice within one day are in `completeness`.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from statistics import median

from digest_assets.sources.tables import ARXIV_LISTING
from digest_assets.warehouse import Warehouse

LOOK_BACK_DAYS = 30  # a month of mailings: enough for a stable median, and a day's check reads few rows
_HARMLESS_SHARE = 0.02  # some ten papers of a usual mailing: withdrawn and announced again, or moved between days
_UNUSUAL_FACTOR = 3.0  # an old mailing served again repeats nearly all its papers, so anything above noise will do


def load_new_ids(warehouse: Warehouse, first: date, last: date) -> dict[date, set[str]]:
    """The ids that the listings from `first` to `last` announce as new, by day; days without any are left out."""
    rows = warehouse.query(
        "SELECT day, id FROM arxiv_listing WHERE day BETWEEN ? AND ? AND announce_type = 'new'",
        [first, last],
        tables=[ARXIV_LISTING],
    )
    ids: dict[date, set[str]] = {}
    for day, identifier in rows.iter_rows():
        ids.setdefault(day, set()).add(identifier)
    return ids


def compute_duplicate_share(new: Mapping[date, Collection[str]], day: date) -> float:
    """The share of the day's new ids that stand in the thirty days before; 0 if it has none."""
    today = set(new.get(day, ()))
    before = {
        identifier
        for earlier, ids in new.items()
        if timedelta() < day - earlier <= timedelta(LOOK_BACK_DAYS)
        for identifier in ids
    }
    return len(today & before) / len(today) if today else 0.0


def compute_usual_share(new: Mapping[date, Collection[str]], day: date) -> float:
    """The median share of the thirty days before; 0 if there are none."""
    shares = [
        compute_duplicate_share(new, earlier)
        for earlier in new
        if timedelta() < day - earlier <= timedelta(LOOK_BACK_DAYS)
    ]
    return median(shares) if shares else 0.0


def is_unusual_share(share: float, usual: float) -> bool:
    """Whether a share of repeats is so far above the usual one that something is wrong with the day."""
    return share > max(_HARMLESS_SHARE, _UNUSUAL_FACTOR * usual)
