"""The line that stands first with what was made of a day, and links to its pages, for the UI."""

from collections.abc import Collection
from datetime import date

import dagster as dg

from digest_assets.common.markdown import build_markdown_table


def build_day_table(
    days: Collection[date],
    *,
    papers: int,
    read: str | None = None,
    failed: int,
    traced: str | None = None,
    cost_usd: float | None = None,
    seconds: float,
) -> dg.MarkdownMetadataValue:
    """Build the table of one line: papers, read in full, failed, figures traced, US$, seconds; None where a table has none."""
    cells = {
        "day": " to ".join(str(day) for day in sorted({min(days), max(days)})) if days else "no day",
        "papers": papers,
        "read in full": read,
        "failed": failed,
        "figures traced": traced,
        "US$": None if cost_usd is None else f"{cost_usd:.4f}",
        "seconds": f"{seconds:.1f}",
    }
    known = {head: cell for head, cell in cells.items() if cell is not None}
    return dg.MetadataValue.md(build_markdown_table(tuple(known), [tuple(known.values())]))


def link_page(base_url: object | None, page: str) -> dg.UrlMetadataValue:
    """Link a page of the site: where it is published, else beside the UI, which serves it (`digest ui`)."""
    return dg.MetadataValue.url(f"{str(base_url).rstrip('/')}/{page}" if base_url else f"/site/{page}")
