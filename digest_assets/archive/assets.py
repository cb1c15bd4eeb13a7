"""The Dagster assets of the archive: daily tables, from the papers of the day and of all days before."""

import dagster as dg
import polars as pl

from digest_assets.archive.earlier_days import describe_day, load_days
from digest_assets.archive.similar_papers import find_similar_papers
from digest_assets.archive.tables import EARLIER_DAYS, SIMILAR_PAPERS
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.warehouse import open_warehouse


@table_asset(EARLIER_DAYS, group="papers", code_version="1")
def earlier_days(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], papers: pl.DataFrame
) -> pl.DataFrame:
    known = {row.day: row for row in load_days(open_warehouse(settings))}
    made = sorted(get_partition_days(context))
    for day in made:  # in order, so that a later one of the run sees those before it
        before = [row for other, row in sorted(known.items()) if other < day]
        known[day] = describe_day(day, papers.filter(pl.col("day") == day), before)
    newest = known[made[-1]]
    context.add_output_metadata({"days before": newest.earlier_days, "their papers": newest.earlier_papers})
    return EARLIER_DAYS.to_frame(known[day] for day in made)


# It reads the earlier days by itself, which a dependency on the day's own row cannot say.
@table_asset(SIMILAR_PAPERS, group="papers", code_version="1", deps=["earlier_days"])
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
