"""The daily partitions: a calendar date D, meaning the arXiv mailing dated D."""

import warnings

import dagster as dg

# Checks belong to a day as their assets do. Dagster calls this a preview and would warn at every load.
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)

FIRST_DAY = "2025-08-01"

# In UTC with one partition of the present day: the mailing dated D is out at 20:00 US Eastern of the evening
# before, which is 00:00 or 01:00 UTC of D, so the partition is there when the mailing is.
daily_partitions = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)
