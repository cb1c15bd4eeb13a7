"""The tables of the papers: one row is a paper of the day, or its place in a report."""

from datetime import date, datetime

from pydantic import Field

from digest_assets.report_choices import Depth
from digest_assets.warehouse.tables import DayRow, Table


class PaperRow(DayRow):
    """A paper of the day, every field that any source gave."""

    id: str = Field(description="arXiv id without version.")
    version: int | None = Field(None, description="Newest version known; null if only Hugging Face gave the paper.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded, TeX as given.")
    authors: tuple[str, ...] = Field(description="Full names, in the paper's order.")
    categories: tuple[str, ...] = Field(description="All arXiv categories, the primary one first; empty if not known.")
    primary_category: str | None = Field(None, description="The primary category.")
    published: datetime | None = Field(None, description="When version 1 was submitted, UTC.")
    updated: datetime | None = Field(None, description="When this version was submitted, UTC.")
    comment: str | None = Field(None, description="The authors' comment.")
    doi: str | None = Field(None, description="DOI of the published version.")
    journal_ref: str | None = Field(None, description="Where it was published.")
    sources: tuple[str, ...] = Field(description="The source tables that gave the paper, in the order of the design.")
    announce_type: str | None = Field(None, description="How the day's mailing announced it; null if it did not.")
    mailing: date | None = Field(None, description="The mailing that announced it: the day, or an earlier one.")
    topics: tuple[str, ...] = Field((), description="The topics whose queries found it, in the settings' order.")
    hf_position: int | None = Field(None, description="Place on the Hugging Face page.")
    hf_upvotes: int | None = Field(None, description="Hugging Face upvotes.")
    hf_keywords: tuple[str, ...] = Field((), description="Hugging Face's own keywords.")
    organization: str | None = Field(None, description="Organisation that Hugging Face names.")
    code_url: str | None = Field(None, description="Code repository, from Hugging Face, the comment or the abstract.")
    project_url: str | None = Field(None, description="Project page, from Hugging Face, the comment or the abstract.")


class GroupRow(DayRow):
    """A paper's place in a report."""

    report: str = Field(description="The report.")
    group: str = Field(description="Its part: a topic, a category, or the report's only list.")
    group_position: int = Field(description="The part's place in the report, from 1.")
    position: int = Field(description="The paper's place in its part, from 1.")
    id: str = Field(description="arXiv id without version.")
    reason: str = Field(description="Why the paper is there, in words.")
    read: Depth = Field(description="How deep it is to be read.")
    score: float | None = Field(None, description="The score that ranked it, where a report ranks.")


PAPERS = Table(
    "papers", PaperRow, ("day", "id"), "The papers of the day: all sources merged by arXiv id, newest version."
)
PAPER_GROUPS = Table(
    "paper_groups",
    GroupRow,
    ("day", "report", "group", "id"),
    "Which paper stands where in which report, why, and how deep it is to be read.",
    order=("day", "report", "group_position", "position"),
)
