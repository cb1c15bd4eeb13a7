"""The tables of relevance: what readers have, what they marked, and how much each paper of a day is for each of them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.warehouse.tables import DayRow, Row, Table

MarkKind = Literal["read", "saved", "liked", "not_interested"]
_READER = "The reader's name in the settings; empty for the one of `library`."


class LibraryRow(Row):
    """A paper of a reader's library, as it was last read."""

    reader: str = Field(description=_READER)
    key: str = Field(description="arXiv id without version where it is known, else a hash of title and authors.")
    title: str = Field(description="Title, white space folded; empty where only the id is known yet.")
    abstract: str = Field(description="Abstract; empty where the library has none.")
    authors: tuple[str, ...] = Field(description="Authors, as the library has them.")
    categories: tuple[str, ...] = Field((), description="arXiv categories, where known.")
    source: str = Field(description="Where it stands: a file's name, `zotero`, or `arxiv_ids`.")


class MarkRow(Row):
    """A mark that a reader set or took back; the newest row of a paper and kind holds."""

    reader: str = Field(description=_READER)
    id: str = Field(description="arXiv id without version.")
    kind: MarkKind = Field(description="`read`, `saved`, `liked` or `not_interested`.")
    recorded_at: datetime = Field(description="When, UTC.")
    is_set: bool = Field(True, description="False where the mark was taken back.")


class NearPaper(BaseModel):
    """A paper of the library, or a marked one, that a paper is near."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(description="arXiv id, or the library's own key.")
    title: str = Field(description="Its title.")
    similarity: float = Field(description="How near, between 0 and 1.")
    mark: MarkKind | None = Field(None, description="The mark for which it counts; null for a paper of the library.")
    shared: tuple[str, ...] = Field((), description="Words that both speak of, the weightiest first.")
    differs: tuple[str, ...] = Field((), description="Words of the new paper alone, the weightiest first.")


class RelevanceRow(DayRow):
    """How much a paper of the day is for a reader, and why."""

    reader: str = Field(description=_READER)
    id: str = Field(description="arXiv id without version.")
    position: int | None = Field(
        description="The paper's place in the reader's order of what the day brings, from 1; null for a paper of an "
        "earlier mailing, or listed again."
    )
    score: float = Field(description="How much it is for the reader, between 0 and 1.")
    prior: float = Field(description="How likely it is one that Hugging Face's readers pick, from its metadata alone.")
    similarity: float = Field(description="How near the nearest paper of the library is, between 0 and 1.")
    nearest: tuple[NearPaper, ...] = Field((), description="The nearest papers of library and marks, nearest first.")
    followed: tuple[str, ...] = Field((), description="Authors and labs of the paper that the reader follows.")
    topics: tuple[str, ...] = Field((), description="The reader's topics that it matches.")
    reason: str = Field(description="Why it stands where it does, in words.")
    is_personal: bool = Field(description="Whether anything was known of the reader.")


LIBRARY = Table(
    "library", LibraryRow, ("reader", "key"), "The papers that readers have, as their libraries were last read."
)
MARKS = Table(
    "marks",
    MarkRow,
    ("reader", "id", "kind", "recorded_at"),
    "What readers marked: read, saved, liked, not interested. It never leaves this machine.",
    order=("recorded_at", "reader", "id", "kind"),
)
RELEVANCE = Table(
    "relevance",
    RelevanceRow,
    ("day", "reader", "id"),
    "How much each paper of the day is for each reader, and why: near papers of the library, followed authors, marks, "
    "votes, and the learned prior. It orders papers, and hides none.",
    order=("day", "reader", "position"),
)
