"""The tables of the archive: what each day knew of the days before it, and the earlier papers near those that it shows."""

from datetime import date
from typing import Literal

from pydantic import Field

from digest_assets.warehouse.tables import DayRow, Table

Kinship = Literal["same work", "parallel work", "near"]


class EarlierDaysRow(DayRow):
    """A day's own papers, and the days before it as they were when it was measured against them."""

    papers: int = Field(description="Papers of the day.")
    papers_hash: str = Field(description="Hash of their ids, titles, abstracts, authors and categories.")
    earlier_days: int = Field(description="Days before it that have papers.")
    earlier_papers: int = Field(description="Papers of these days; one of several days counts on each.")
    earlier_hash: str = Field(
        description="Hash of these days' dates and papers. Where it is not that of the days before as "
        "they are now, what is measured against them is made again."
    )


class SimilarPaperRow(DayRow):
    """An earlier paper that is near a paper of the day."""

    id: str = Field(description="arXiv id without version of the paper that a report shows.")
    position: int = Field(description="From 1, the nearest first.")
    similar_id: str = Field(description="arXiv id without version of the earlier paper.")
    similar_title: str = Field(description="Its title.")
    similar_day: date = Field(description="The first day that has it.")
    similarity: float = Field(description="Cosine of the TF-IDF vectors of title and abstract, 0 to 1.")
    kinship: Kinship = Field(
        description="`same work`: much the same words and an author in common, be it a continuation; `parallel work`: as near, "
        "by others; `near`: about the same."
    )
    shared_authors: int = Field(description="How many authors the two have in common.")


EARLIER_DAYS = Table(
    "earlier_days",
    EarlierDaysRow,
    ("day",),
    "What each day knew of the days before it, so that it shows when one of them was made or changed since.",
)
SIMILAR_PAPERS = Table(
    "similar_papers",
    SimilarPaperRow,
    ("day", "id", "position"),
    "The nearest earlier papers of the archive for each paper that a report shows; the same work under another id is said.",
)
