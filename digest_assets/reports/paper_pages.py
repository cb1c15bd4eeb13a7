"""Which papers have a page of their own on the site: those that a report of a published day is to read in full.

The others stand whole on a page of their day (site/day_papers.py), so that the number of files is bounded by what is
read and not by what is announced.
"""

from collections.abc import Collection, Iterable

import duckdb

from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.reports.tables import REPORTS
from digest_assets.warehouse import Warehouse

PAPERS_WITH_PAGE = (
    "SELECT DISTINCT id FROM paper_groups WHERE reading_depth = 'full' AND day IN (SELECT day FROM reports)"
)


def find_papers_with_page(warehouse: Warehouse, ids: Iterable[str]) -> set[str]:
    """Those of the papers that have a page of their own."""
    unique_ids = set(ids)
    return warehouse.run_queries(lambda connection: select_with_page(connection, unique_ids), [PAPER_GROUPS, REPORTS])


def select_with_page(connection: duckdb.DuckDBPyConnection, ids: Collection[str]) -> set[str]:
    """The same over a connection on which the tables `paper_groups` and `reports` are."""
    query = f"SELECT id FROM ({PAPERS_WITH_PAGE}) WHERE list_contains(?, id)"  # noqa: S608 - a constant
    return {id_ for (id_,) in connection.execute(query, [sorted(ids)]).fetchall()}
