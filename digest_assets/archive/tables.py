"""The table of similar papers: one row is an earlier paper that is near one that a report shows."""

from datetime import date
from typing import Literal

from pydantic import Field

from digest_assets.warehouse.tables import DayRow, Table

Kinship = Literal["same work", "parallel work", "near"]


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


SIMILAR_PAPERS = Table(
    "similar_papers",
    SimilarPaperRow,
    ("day", "id", "position"),
    "The nearest earlier papers of the archive for each paper that a report shows; the same work under another id is said.",
)
