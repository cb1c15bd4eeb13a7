"""The tables of the sources: one row is a paper as a source gave it."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from digest_assets.warehouse.tables import DayRow, OldNames, Table


class ArxivRow(DayRow):
    """A paper's metadata as arXiv gives it."""

    id: str = Field(description="arXiv id without version.")
    version: int = Field(description="The version that was announced or found.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded, TeX as given.")
    authors: tuple[str, ...] = Field(description="Full names, in arXiv's order.")
    categories: tuple[str, ...] = Field(description="All arXiv categories, the primary one first.")
    primary_category: str = Field(description="The primary category.")
    published: datetime = Field(description="When version 1 was submitted, UTC.")
    updated: datetime | None = Field(None, description="When this version was submitted, UTC.")
    comment: str | None = Field(None, description="The authors' comment.")
    doi: str | None = Field(None, description="DOI of the published version.")
    journal_ref: str | None = Field(None, description="Where it was published.")


class ListingRow(ArxivRow):
    """A paper of a mailing."""

    announce_type: Literal["new", "cross", "replace", "replace-cross"] = Field(
        description="`new`: a paper announced for the first time; the others are known from the announcement feed only."
    )
    found_by: Literal["window", "feed"] = Field(
        description="Found by its submission time, or named by the mailing's announcement feed."
    )


class AnnouncedRow(DayRow):
    """A paper of a mailing, as it was when the mailing's announcement feed was read."""

    id: str = Field(description="arXiv id without version.")
    version: int = Field(description="The version that was announced.")
    announce_type: Literal["new", "cross", "replace", "replace-cross"] = Field(description="As the feed said.")
    announced_in: Literal["feed", "window"] = Field(
        description="`feed`: the feed named it; `window`: it did not, but by its submission time it belongs to the mailing."
    )
    categories: tuple[str, ...] = Field(description="Its categories at that time.")
    feed_query: str = Field(description="The categories of the feed, joined by `+`, as in its address.")


class TopicHitRow(ArxivRow):
    """A paper that a topic's query found."""

    topic: str = Field(description="The topic's name in the settings.")
    position: int = Field(description="1 for the newest of the topic.")
    mailing: date = Field(description="The mailing that announced it, by its submission time.")


class HuggingFaceRow(DayRow):
    """A paper on the day's Hugging Face page."""

    id: str = Field(description="arXiv id without version.")
    position: int = Field(description="Place on the page, from 1.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded.")
    authors: tuple[str, ...] = Field(description="Names in the paper's order, hidden ones left out.")
    published: datetime | None = Field(None, description="When the paper was submitted, as the page says, UTC.")
    upvotes: int = Field(0, description="Upvotes when the page was read.")
    ai_summary: str | None = Field(None, description="The page's own one-sentence summary.")
    ai_keywords: tuple[str, ...] = Field((), description="The page's own keywords.")
    code_url: str | None = Field(None, description="Repository that the page links.")
    code_stars: int | None = Field(None, description="Its stars when the page was read.")
    project_url: str | None = Field(None, description="Project page that the page links.")
    organization: str | None = Field(None, description="Organisation that the page names.")
    submitted_by: str | None = Field(None, description="User who put the paper on the page.")
    comments: int | None = Field(None, description="Comments when the page was read.")


ARXIV_LISTING = Table(
    "arxiv_listing",
    ListingRow,
    ("day", "id"),
    "The papers that the arXiv mailing of the day announces in our categories.",
)
# Not an asset's table: the listing's asset writes it while a feed is out, since a feed cannot be read later.
ARXIV_ANNOUNCED = Table(
    "arxiv_announced",
    AnnouncedRow,
    ("day", "id"),
    "What each mailing announced, as its announcement feed said while it was out.",
    version=2,
    renamed_from=OldNames(columns={"announced_in": "said_by", "feed_query": "asked"}),
)
ARXIV_TOPIC_HITS = Table(
    "arxiv_topic_hits",
    TopicHitRow,
    ("day", "topic", "id"),
    "The newest papers of each topic within its look-back, ending at the mailing's cut-off.",
    order=("day", "topic", "position"),
)
HF_DAILY_PAPERS = Table(
    "hf_daily_papers",
    HuggingFaceRow,
    ("day", "id"),
    "The papers on Hugging Face's daily page, in its order.",
    order=("day", "position"),
)
