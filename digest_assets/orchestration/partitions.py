"""The daily partitions, and the one place where a day becomes a partition key and a key a day.

A partition is a calendar date D and means the arXiv mailing dated D.
"""

import warnings
from collections.abc import Iterable
from datetime import date
from typing import Protocol

import dagster as dg

from digest_assets.config.settings import load_environment

# Checks belong to a day as their assets do. Dagster calls this a preview and would warn at every load.
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)

FIRST_DAY = load_environment().first_day  # of this process: what a partition is cannot change while it runs
PARTITION_TAG = "dagster/partition"  # the run tag in which Dagster keeps the key

# In UTC with one partition of the present day: the mailing dated D is out at 20:00 US Eastern of the evening
# before, which is 00:00 or 01:00 UTC of D, so the partition is there when the mailing is.
daily_partitions = dg.DailyPartitionsDefinition(start_date=str(FIRST_DAY), timezone="UTC", end_offset=1)


class PartitionedContext(Protocol):
    """The context of an asset or a check that runs for partitions."""

    @property
    def partition_keys(self) -> Iterable[str]:
        """The keys of the run's partitions."""


def format_partition_key(day: date) -> str:
    """The day's partition key, YYYY-MM-DD."""
    return day.isoformat()


def parse_partition_key(key: str) -> date:
    """The day of a partition key."""
    return date.fromisoformat(key)


def get_partition_days(context: PartitionedContext) -> list[date]:
    """The days of this run: one, or a range in a single run."""
    return [parse_partition_key(key) for key in context.partition_keys]
