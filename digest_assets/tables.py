"""Every daily table of the warehouse, in the order in which a day flows."""

from typing import Any

from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.tables import REPORTS
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table

TABLES: dict[str, Table[Any]] = {
    table.name: table
    for table in (
        ARXIV_LISTING,
        ARXIV_TOPIC_HITS,
        HF_DAILY_PAPERS,
        PAPERS,
        PAPER_GROUPS,
        PAPER_TEXTS,
        PAPER_SUMMARIES,
        DAY_OVERVIEWS,
        REPORTS,
    )
}
