"""Papers that come again: the share of a day's listing that an earlier day had listed as new already."""

from collections.abc import Collection
from datetime import date, timedelta

from digest_assets.sources.tables import ARXIV_LISTING
from digest_assets.warehouse import Warehouse

LOOK_BACK_DAYS = 30


def share_of_repeats(warehouse: Warehouse, day: date, new: Collection[str]) -> float:
    """The share of these ids, new on `day`, that were new in the thirty days before; 0 if there are none."""
    earlier = warehouse.query(
        "SELECT DISTINCT id FROM arxiv_listing WHERE day >= ? AND day < ? AND announce_type = 'new'",
        [day - timedelta(days=LOOK_BACK_DAYS), day],
        missing=ARXIV_LISTING.frame().select("id"),
    )
    return len(set(earlier["id"]).intersection(new)) / len(new) if new else 0.0
