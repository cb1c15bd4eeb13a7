"""The assets of relevance: `library` and `marks`, which readers change, and `relevance`, made of them for each day."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from digest_assets.common.markdown import build_counts_table, build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.orchestration.digest_asset import observed_asset
from digest_assets.orchestration.partitions import format_partition_key, get_partition_days
from digest_assets.orchestration.table_asset import build_column_schema, group_rows_by_day, table_asset
from digest_assets.papers.tables import PAPERS
from digest_assets.relevance.library import load_profiles, load_reader_marks, refresh_library
from digest_assets.relevance.scoring import score_day_to_frame
from digest_assets.relevance.tables import LIBRARY, MARKS, RELEVANCE
from digest_assets.warehouse import Table

GROUP = "papers"
_PREVIEW_ROWS = 12  # as many as a report shows


def _describe_table(table: Table[Any]) -> Mapping[str, Any]:
    return {
        "dagster/column_schema": build_column_schema(table),
        "dagster/table_name": f"main.{table.name}",
        "key": ", ".join(table.key),
    }


@observed_asset(
    description=LIBRARY.description + " Looked at four times a day, and whenever a day is scored.",
    group_name=GROUP,
    kinds={"duckdb"},
    code_version="1",
    metadata=_describe_table(LIBRARY),
)
def library(settings: Settings) -> tuple[str, Mapping[str, Any]]:
    reading = refresh_library(settings)
    counts = Counter((row.reader or "(settings)", row.source) for row in reading.rows)
    return _hash(repr(reading.rows)), {
        "papers": len(reading.rows),
        "by reader and source": dg.MetadataValue.md(
            build_counts_table("reader: source", Counter({": ".join(key): count for key, count in counts.items()}))
        ),
        "problems": dg.MetadataValue.md("\n".join(f"- {line}" for line in reading.problems) or "none"),
    }


@observed_asset(
    description=MARKS.description,
    group_name=GROUP,
    kinds={"duckdb"},
    code_version="1",
    metadata=_describe_table(MARKS),
)
def marks(settings: Settings) -> tuple[str, Mapping[str, Any]]:
    found = load_reader_marks(settings)
    counts: Counter[str] = Counter(kind for papers in found.values() for kinds in papers.values() for kind in kinds)
    return _hash(repr(found)), {"marks": dg.MetadataValue.md(build_counts_table("kind", counts))}


@table_asset(RELEVANCE, group=GROUP, code_version="1", deps=["library", "marks"])
def relevance(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], papers: pl.DataFrame
) -> pl.DataFrame:
    days = get_partition_days(context)
    reading = refresh_library(settings)
    profiles = load_profiles(settings, reading.rows, reading.problems)
    for problem in reading.problems:
        context.log.warning("%s", problem)
    by_day = group_rows_by_day(PAPERS, papers, days)
    frames = [RELEVANCE.to_frame()]
    for day in days:
        frame = score_day_to_frame(day, by_day[day], profiles)
        titles = {paper.id: paper.title for paper in by_day[day]}
        first = frame.filter(pl.col("position") <= _PREVIEW_ROWS).iter_rows(named=True)
        context.add_asset_metadata(
            {
                "papers": frame["id"].n_unique(),
                "brought by the day": frame.filter(pl.col("position").is_not_null())["id"].n_unique(),
                "readers": sum(map(bool, profiles)),
                "near a library": frame.filter(pl.col("nearest").list.len() > 0)["id"].n_unique(),
                "preview": dg.MetadataValue.md(
                    build_markdown_table(
                        ("reader", "", "score", "title", "why"),
                        [
                            (row["reader"], row["position"], f"{row['score']:.4f}", titles[row["id"]], row["reason"])
                            for row in first
                        ],
                    )
                ),
            },
            partition_key=format_partition_key(day),
        )
        frames.append(frame)
    return pl.concat(frames)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
