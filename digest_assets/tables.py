"""Every table of the warehouse, by name, in the order in which a day flows.

Each room declares its tables in its `tables.py`; whoever needs all of them (the I/O manager, the checks, the doctor,
the docs) takes them from here. It stands after the rooms that declare tables, and before `automation`.
"""

from collections.abc import Mapping
from typing import Any

from digest_assets.archive.tables import EARLIER_DAYS, SIMILAR_PAPERS
from digest_assets.delivery.tables import DELIVERIES
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.tables import LLM_BATCHES, LLM_CACHE, LLM_CALLS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS
from digest_assets.relevance.tables import LIBRARY, MARKS, RELEVANCE
from digest_assets.reports.tables import REPORTS
from digest_assets.sources.tables import (
    ARXIV_ANNOUNCED,
    ARXIV_LISTING,
    ARXIV_RECORDS,
    ARXIV_TOPIC_HITS,
    ARXIV_WITNESSES,
    HF_DAILY_PAPERS,
)
from digest_assets.summaries.tables import CLAIMS, DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table
from digest_assets.warehouse.database import PARTITIONS
from digest_assets.warehouse.migrations import TABLE_VERSIONS
from digest_assets.weekly.tables import WEEKLY


def _index_by_name(*tables: Table[Any]) -> Mapping[str, Table[Any]]:
    by_name = {table.name: table for table in tables}
    if len(by_name) < len(tables):
        raise ValueError(f"two tables have the same name among {[table.name for table in tables]}")
    return by_name


# Each is written, a day at a time, by the asset of its name.
DAY_TABLES = _index_by_name(
    ARXIV_LISTING,
    ARXIV_TOPIC_HITS,
    HF_DAILY_PAPERS,
    PAPERS,
    EARLIER_DAYS,
    RELEVANCE,
    PAPER_GROUPS,
    SIMILAR_PAPERS,
    PAPER_TEXTS,
    PAPER_SUMMARIES,
    CLAIMS,
    DAY_OVERVIEWS,
    REPORTS,
)
# Each is written, a partition at a time, by the asset of its name.
ASSET_TABLES = _index_by_name(*DAY_TABLES.values(), WEEKLY)
ALL_TABLES = _index_by_name(
    *ASSET_TABLES.values(),
    ARXIV_ANNOUNCED,
    ARXIV_WITNESSES,
    ARXIV_RECORDS,
    PAPER_CHANGES,
    LIBRARY,
    MARKS,
    LLM_CALLS,
    LLM_CACHE,
    LLM_BATCHES,
    DELIVERIES,
    PARTITIONS,
    TABLE_VERSIONS,
)
