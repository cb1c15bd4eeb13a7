"""The Dagster asset of similar papers: a daily table, from the papers of the day and of all days before."""

import dagster as dg
import polars as pl

from digest_assets.archive.similar_papers import find_similar_papers
from digest_assets.archive.tables import SIMILAR_PAPERS
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.warehouse import open_warehouse


@table_asset(SIMILAR_PAPERS, group="papers", code_version="1")
def similar_papers(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], paper_groups: pl.DataFrame
) -> pl.DataFrame:
    warehouse = open_warehouse(settings)
    rows = []
    for day in get_partition_days(context):
        shown = paper_groups.filter(pl.col("day") == day)["id"].unique().sort().to_list()
        rows += find_similar_papers(warehouse, day, shown)
    kinships = [row.kinship for row in rows]
    context.add_output_metadata(
        {
            "papers with a near one": len({(row.day, row.id) for row in rows}),
            "same work": kinships.count("same work"),
            "parallel work": kinships.count("parallel work"),
        }
    )
    return SIMILAR_PAPERS.to_frame(rows)
