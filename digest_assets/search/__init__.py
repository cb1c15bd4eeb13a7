"""The search over everything that was made: an index on disk, brought up to date by the day."""
