"""The table `weekly`: one row is a week's report, with what it names."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.config.fields import WEEKLY_REPORT, Language, ReportName
from digest_assets.warehouse.tables import DayRow, Table

Section = Literal["mattered", "catch_up"]


class WeekTerm(BaseModel):
    """A term whose share of papers changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    direction: Literal["rising", "fading"] = Field(description="Whether more or fewer papers have it.")
    term: str = Field(description="The word or phrase.")
    papers: int = Field(description="Papers of the week that have it.")
    share: float = Field(description="Their share of the week's papers.")
    earlier_share: float = Field(description="The share in the weeks before.")
    deviation: float = Field(description="By how many standard errors the two differ.")


class WeekPaper(BaseModel):
    """A paper that the week names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section = Field(description="Under what it is named.")
    id: str = Field(description="arXiv id without version.")
    day: date = Field(description="The day whose summary, or else whose abstract, is quoted.")
    report: str | None = Field(None, description="The report whose summary is quoted; null for the abstract.")
    score: float = Field(description="The score that ranked it.")
    reason: str = Field(description="Why it is named, in words.")


class MarkedPaper(BaseModel):
    """A paper that readers marked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="arXiv id without version.")
    title: str = Field(description="Title.")
    marks: int = Field(description="How many marks it has: read, saved and liked, of all readers.")


class WeeklyRow(DayRow):
    """A week's report file, and what it names."""

    day: date = Field(description="The partition: the Monday on which the week begins.")
    report: ReportName = Field(WEEKLY_REPORT, description="Always `weekly`.")
    language: Language = Field(description="Language of the summaries that it prefers.")
    path: str = Field(description="The file, relative to the data folder.")
    sha256: str = Field(description="Hash of the file.")
    bytes: int = Field(description="Size of the file.")
    days: int = Field(description="Days of the week that have reports.")
    announced: int = Field(description="Papers that the week's days brought, each once.")
    papers: int = Field(description="Papers that it names.")
    terms: tuple[WeekTerm, ...] = Field((), description="Rising terms, then fading ones, the surest first.")
    named: tuple[WeekPaper, ...] = Field((), description="The papers, in the report's order.")
    marked: tuple[MarkedPaper, ...] = Field(
        (), description="The week's papers that readers marked most, the most first."
    )


WEEKLY = Table(
    "weekly",
    WeeklyRow,
    ("day",),
    "A week's report: what mattered, rising and fading terms, what to catch up on.",
)
