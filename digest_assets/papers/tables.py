"""The tables of papers: a paper of the day, and what a new version of one changed."""

from datetime import date, datetime

from pydantic import Field

from digest_assets.warehouse.tables import DayRow, Table


class PaperRow(DayRow):
    """A paper of the day, every field that any source gave."""

    id: str = Field(description="arXiv id without version.")
    version: int | None = Field(None, description="Newest version known; null if only Hugging Face gave the paper.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded, TeX as given.")
    authors: tuple[str, ...] = Field(description="Full names, in the paper's order.")
    categories: tuple[str, ...] = Field(description="All arXiv categories, the primary one first; empty if not known.")
    subject_classes: tuple[str, ...] = Field((), description="MSC and ACM classes that the authors added.")
    primary_category: str | None = Field(None, description="The primary category.")
    published: datetime | None = Field(None, description="When version 1 was submitted, UTC.")
    updated: datetime | None = Field(None, description="When this version was submitted, UTC.")
    comment: str | None = Field(None, description="The authors' comment.")
    withdrawal: str | None = Field(
        None, description="The authors' words on why the paper was withdrawn from arXiv; null if it was not."
    )
    license: str | None = Field(None, description="The address of its licence; null where no source said it.")
    doi: str | None = Field(None, description="DOI of the published version.")
    journal_ref: str | None = Field(None, description="Where it was published.")
    sources: tuple[str, ...] = Field(
        description="The source tables that gave the paper, in the order in which a day is made."
    )
    announce_type: str | None = Field(None, description="How the day's mailing announced it; null if it did not.")
    mailing: date | None = Field(None, description="The mailing that announced it: the day, or an earlier one.")
    topics: tuple[str, ...] = Field((), description="The topics that it matches, in the settings' order.")
    lookback_days: int | None = Field(
        None, description="How many days back all its topics' matches are stored; null where only the newest few are."
    )
    hf_position: int | None = Field(None, description="Place on the Hugging Face page.")
    hf_upvotes: int | None = Field(None, description="Hugging Face upvotes.")
    hf_keywords: tuple[str, ...] = Field((), description="Hugging Face's own keywords.")
    organization: str | None = Field(None, description="Organisation that Hugging Face names.")
    code_url: str | None = Field(None, description="Code repository, from Hugging Face, the comment or the abstract.")
    code_stars: int | None = Field(None, description="Its stars, as Hugging Face's page said.")
    huggingface_url: str | None = Field(
        None, description="Model, data set, space or collection at Hugging Face, from the comment or the abstract."
    )
    project_url: str | None = Field(None, description="Project page, from Hugging Face, the comment or the abstract.")


class PaperChangeRow(DayRow):
    """What a new version of a paper changed that a report had shown: both sides of what differs, null where nothing does."""

    id: str = Field(description="arXiv id without version.")
    version: int = Field(description="The new version.")
    earlier_version: int = Field(description="The version that was known before.")
    earlier_day: date = Field(description="The newest day before that has the earlier version.")
    title: str = Field(description="The title of the new version.")
    earlier_title: str | None = Field(None, description="The title before, where it was another one.")
    added_sentences: tuple[str, ...] = Field((), description="Sentences that only the new abstract has.")
    removed_sentences: tuple[str, ...] = Field((), description="Sentences that only the abstract before had.")
    added_numbers: tuple[str, ...] = Field((), description="Numbers that only the new title and abstract have.")
    removed_numbers: tuple[str, ...] = Field((), description="Numbers that only those before had.")
    comment: str | None = Field(None, description="The authors' comment, where it changed.")
    earlier_comment: str | None = Field(None, description="The comment before, where it changed.")
    withdrawal: str | None = Field(
        None, description="The authors' words, where the new version says that the paper was withdrawn."
    )


PAPERS = Table(
    "papers",
    PaperRow,
    ("day", "id"),
    "The papers of the day: all sources merged by arXiv id, newest version.",
    version=3,
)
# Not an asset's table: the reports' asset writes it, also for later days whose papers a day that is made late had shown.
PAPER_CHANGES = Table(
    "paper_changes",
    PaperChangeRow,
    ("day", "id"),
    "What new versions of papers changed that an earlier day's report had shown, by the day that brought the version.",
)
