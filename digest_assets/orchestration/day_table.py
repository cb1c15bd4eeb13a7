"""The line that stands first with what was made of a day, and links to its pages, for the UI."""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import wraps
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.common.markdown import build_markdown_table
from digest_assets.orchestration.partitions import get_partition_days

IN_SHORT = "in short"
_COMING = "not there yet"


def with_day_table(function: Callable[..., pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    """Let the metadata of a daily table's asset begin with its day table, made of the frame that the function returns.

    A function whose rows do not say it all adds an `IN_SHORT` of its own.
    """

    @wraps(function)
    def make(*args: Any, **inputs: Any) -> pl.DataFrame:
        context = dg.AssetExecutionContext.get()
        context.add_output_metadata({IN_SHORT: _COMING})  # what is added first, the UI shows first
        started = time.monotonic()
        frame = function(*args, **inputs)
        if (context.get_output_metadata("result") or {}).get(IN_SHORT) == _COMING:
            cells = {**measure_frame(frame), "seconds": f"{time.monotonic() - started:.1f}"}
            context.add_output_metadata({IN_SHORT: build_day_table(get_partition_days(context), cells)})
        return frame

    return make


def measure_frame(frame: pl.DataFrame) -> dict[str, object]:
    """The cells that a table's columns can fill: papers, read in full, failed, figures traced, US$."""

    def add_up(*columns: str) -> float | None:
        found = [column for column in columns if column in frame.columns]
        total: float | None = frame.get_column(found[0]).sum() if found else None  # type: ignore[assignment] # no decimals
        return total

    def divide(part: str, whole: str) -> str | None:
        return f"{add_up(part)}/{add_up(whole)}" if {part, whole} <= set(frame.columns) else None

    cost_usd = add_up("cost_usd")
    cells = {
        "papers": frame.n_unique(["day", "id"]) if "id" in frame.columns else add_up("papers"),
        "read in full": divide("read_in_full", "requested_in_full"),
        "failed": add_up("failed", "failures"),
        "figures traced": divide("numbers_traced", "numbers_total"),
        "US$": None if cost_usd is None else f"{cost_usd:.4f}",
    }
    return {head: cell for head, cell in cells.items() if cell is not None}


def build_day_table(days: Collection[date], cells: Mapping[str, object]) -> dg.MarkdownMetadataValue:
    """Build the table of one line: the days, and what was made of them."""
    span = " to ".join(str(day) for day in sorted({min(days), max(days)}))
    return dg.MetadataValue.md(build_markdown_table(("day", *cells), [(span, *cells.values())]))


def link_page(base_url: object | None, page: str) -> dg.UrlMetadataValue:
    """Link a page of the site: where it is published, else beside the UI, which serves it (`digest ui`)."""
    return dg.MetadataValue.url(f"{str(base_url).rstrip('/')}/{page}" if base_url else f"/site/{page}")
