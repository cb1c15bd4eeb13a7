"""The daily partitions: a calendar date D, meaning the arXiv mailing dated D."""

import dagster as dg

FIRST_DAY = "2025-08-01"

# In UTC with one partition of the present day: the mailing dated D is out at 20:00 US Eastern of the evening
# before, which is 00:00 or 01:00 UTC of D, so the partition is there when the mailing is.
daily = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)
