"""Dates as people say them."""

from datetime import date


def format_long_date(day: date) -> str:
    """Like `Friday, 5 December 2025`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"
