"""The tables of the sources: one row is a paper as a source gave it."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from digest_assets.warehouse.tables import DayRow, OldNames, Row, Table


class ArxivRow(DayRow):
    """A paper's metadata as arXiv gives it."""

    id: str = Field(description="arXiv id without version.")
    version: int = Field(description="The version that was announced or found.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded, TeX as given.")
    authors: tuple[str, ...] = Field(description="Full names, in arXiv's order.")
    categories: tuple[str, ...] = Field(description="All arXiv categories, the primary one first.")
    primary_category: str = Field(description="The primary category.")
    published: datetime | None = Field(description="When version 1 was submitted, UTC; null where no source said it.")
    updated: datetime | None = Field(None, description="When this version was submitted, UTC.")
    comment: str | None = Field(None, description="The authors' comment.")
    doi: str | None = Field(None, description="DOI of the published version.")
    journal_ref: str | None = Field(None, description="Where it was published.")
    problems: tuple[str, ...] = Field((), description="What was odd about its entry, as it was served.")


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
    announced_in: Literal["feed", "listing", "catchup", "window"] = Field(
        description="What named it: the feed, the listing page or the catch-up page; `window`: none did, but by its "
        "submission time it belongs to the mailing."
    )
    categories: tuple[str, ...] = Field(description="Its categories at that time.")
    feed_query: str = Field(description="The categories of the feed, joined by `+`, as in its address.")


class WitnessRow(DayRow):
    """What one witness of a mailing said when the mailing was listed."""

    witness: Literal["window", "feed", "listing", "catchup"] = Field(
        description="The submission window (API), the announcement feed, the listing page, or the catch-up page."
    )
    verdict: Literal["whole", "partial", "contradicted", "not_out", "unreachable"] = Field(
        description="`whole`: used; `partial`: used without what other witnesses contradict; `contradicted`: left out; "
        "`not_out`: it did not have the mailing yet; `unreachable`: it could not be asked."
    )
    papers: int = Field(description="Papers that it named and that were used.")
    fingerprint: str = Field(description="A hash of the ids that it named, to notice when it changes; empty if none.")
    note: str = Field(description="What it held or why it was not used, in a sentence.")


class StoredVersion(Row):
    """A version of a paper."""

    version: int = Field(description="Its number.")
    submitted: datetime | None = Field(None, description="When it was submitted, UTC.")


class RecordRow(DayRow):
    """A paper's record as OAI-PMH gave it when the day was listed."""

    id: str = Field(description="arXiv id without version.")
    version: int = Field(description="The newest version at that time.")
    versions: tuple[StoredVersion, ...] = Field(description="All versions, oldest first.")
    title: str = Field(description="Title, white space folded.")
    abstract: str = Field(description="Abstract, white space folded, TeX as given.")
    comment: str | None = Field(None, description="The authors' comment.")
    categories: tuple[str, ...] = Field(description="All arXiv categories, the primary one first.")
    license: str | None = Field(None, description="The address of its licence.")
    is_withdrawn: bool = Field(description="Whether the newest version is a withdrawal.")


class TopicHitRow(ArxivRow):
    """A paper that a topic's query found."""

    topic: str = Field(description="The topic's name in the settings.")
    position: int = Field(description="1 for the newest of the topic.")
    mailing: date = Field(description="The mailing that announced it, by its submission time.")
    lookback_days: int | None = Field(
        None, description="How many days back all matches were asked for; null where only the newest few were."
    )


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
    problems: tuple[str, ...] = Field((), description="What was odd about its entry, as it was served.")


ARXIV_LISTING = Table(
    "arxiv_listing",
    ListingRow,
    ("day", "id"),
    "The papers that the arXiv mailing of the day announces in our categories.",
    version=2,
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
# Written with it, for the same reason.
ARXIV_WITNESSES = Table(
    "arxiv_witnesses",
    WitnessRow,
    ("day", "witness"),
    "What each mailing's witnesses said when it was listed, and which of them was believed.",
)
ARXIV_RECORDS = Table(
    "arxiv_records",
    RecordRow,
    ("day", "id"),
    "Version histories, withdrawals and licences that OAI-PMH gave with a mailing, of papers that a day has.",
)
ARXIV_TOPIC_HITS = Table(
    "arxiv_topic_hits",
    TopicHitRow,
    ("day", "topic", "id"),
    "All papers that match each topic within its look-back, ending at the mailing's cut-off; newest first.",
    order=("day", "topic", "position"),
    version=2,
)
HF_DAILY_PAPERS = Table(
    "hf_daily_papers",
    HuggingFaceRow,
    ("day", "id"),
    "The papers on Hugging Face's daily page, in its order.",
    order=("day", "position"),
    version=2,
)
