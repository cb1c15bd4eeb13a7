"""The present, in one place: what depends on it can be driven through other days. Nothing here waits or measures."""

from datetime import UTC, datetime


def get_utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)
