"""The tables of the summaries: one row is a paper's summary for a report, or a report's day overview."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.llm.tables import OLD_TOKEN_COLUMNS
from digest_assets.warehouse.tables import DayRow, OldNames, Table


class TracedNumber(BaseModel):
    """A number of a summary, looked up in the text that was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(description="Path of the field that holds it, like `main_results.0`.")
    text: str = Field(description="The number as the summary writes it.")
    status: Literal["found", "derived", "missing"] = Field(
        description="Stands in the text; follows from numbers that do; or was not found."
    )
    source: str | None = Field(None, description="The number or numbers of the text that it rests on.")


Verdict = Literal["quoted", "supported", "unsupported", "undecided"]
_VERDICTS = (
    "`quoted`: the text's own sentence; `supported`: sentences or table rows of the text say it; `unsupported`: nothing "
    "does; `undecided`: in another script than the text without a name or number to find it by, or of no paper in particular."
)
_REASONS = "Why it is unsupported: `words`, `number`, `name`, `direction`, `negation` or `strength`; null if it is not."

_JUDGED_BY = "The model of the role `check` that gave the verdict; null where the code did."


class ClaimSpan(BaseModel):
    """A place of the text that a sentence stands on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: int = Field(description="Which section of the text that was read, from 0 on; -1 for the paper's title.")
    start: int = Field(description="From which character of the section's text on.")
    end: int = Field(description="Up to which character.")
    page: int | None = Field(None, description="The page of a PDF, counted from 1.")
    element: str = Field("", description="The id of the paragraph in an HTML page, like `S3.SS2.p1`.")
    quote: str = Field(description="What stands there: a sentence, or a table's row.")


class SummaryClaim(BaseModel):
    """A sentence of a summary, and what it stands on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(description="Path of the field that holds it, like `main_results.0`.")
    sentence: str = Field(description="The sentence, without marks.")
    verdict: Verdict = Field(description=_VERDICTS)
    reason: str | None = Field(None, description=_REASONS)
    spans: tuple[ClaimSpan, ...] = Field((), description="The places of the text that it stands on, the best first.")
    judged_by: str | None = Field(None, description=_JUDGED_BY)


class SummaryRow(DayRow):
    """A paper's summary for one report."""

    id: str = Field(description="arXiv id without version.")
    report: str = Field(description="The report that it is for.")
    language: str = Field(description="Language that was asked for.")
    engine: Literal["openai", "extractive"] = Field(description="Who wrote it.")
    model: str | None = Field(None, description="The model's name, as the endpoint gave it; null for extractive.")
    fields: str = Field(
        description="The summary as JSON, by the fields of the report's schema; a number that was not found is followed by "
        "` ⚠`, an unsupported sentence has it before its full stop."
    )
    schema_version: str | None = Field(
        None, description="Version of the schema that `fields` were stored with; null for what release 0.1.0 stored."
    )
    numbers: tuple[TracedNumber, ...] = Field(description="Every number of the summary and where it comes from.")
    numbers_traced: int = Field(description="How many numbers were found or derived.")
    numbers_total: int = Field(description="How many numbers there are.")
    claims: tuple[SummaryClaim, ...] = Field(
        (), description="Every sentence of the summary and what it stands on; none where release 0.1.0 stored it."
    )
    citations_total: int | None = Field(
        None,
        description="How many places of the paper the model cited; null for extractive and where none were asked for.",
    )
    citations_confirmed: int | None = Field(None, description="Of these, how many exist and say the sentence.")
    note: str | None = Field(None, description="Why it is not what was asked for, in plain words; null if it is.")
    failed: bool = Field(False, description="Whether the asked-for engine failed and this is the fallback.")
    can_retry: bool = Field(False, description="Whether it failed and asking again later may end otherwise.")
    key: str = Field(description="Hash of text, schema, prompt revision, language, model and settings.")
    made_from: str | None = Field(
        None, description="Hash of paper, text, settings and program: while it is the same, the row is kept as it is."
    )
    input_tokens: int = Field(0, description="Prompt tokens of the calls that made it.")
    cached_tokens: int = Field(0, description="Of these, tokens that the provider had cached.")
    output_tokens: int = Field(0, description="Completion tokens.")
    cost_usd: float = Field(0.0, description="Money for the calls that made it, by the price table.")


class ClaimRow(DayRow):
    """A sentence of a paper's summary."""

    id: str = Field(description="arXiv id without version.")
    report: str = Field(description="The report of the summary.")
    language: str = Field(description="The summary's language.")
    position: int = Field(description="Which sentence of the summary, counted from 0.")
    field: str = Field(description="Path of the field that holds it, like `main_results.0`.")
    sentence: str = Field(description="The sentence, without marks.")
    verdict: Verdict = Field(description=_VERDICTS)
    reason: str | None = Field(None, description=_REASONS)
    spans: tuple[ClaimSpan, ...] = Field(description="The places of the text that it stands on, the best first.")
    judged_by: str | None = Field(None, description=_JUDGED_BY)


class OverviewRow(DayRow):
    """An executive summary of a report's day."""

    report: str = Field(description="The report.")
    language: str = Field(description="Language that was asked for.")
    engine: Literal["openai", "extractive"] = Field(description="Who wrote it.")
    model: str | None = Field(None, description="The model's name; null for extractive.")
    markdown: str = Field(description="Markdown whose claims link papers of the edition, `[name](#<id>v<n>)`.")
    note: str | None = Field(None, description="Why it is not what was asked for, in plain words; null if it is.")
    failed: bool = Field(False, description="Whether the asked-for engine failed and this is the fallback.")
    key: str = Field(description="Hash of everything that it was made from.")
    input_tokens: int = Field(0, description="Prompt tokens.")
    cached_tokens: int = Field(0, description="Of these, tokens that the provider had cached.")
    output_tokens: int = Field(0, description="Completion tokens.")
    cost_usd: float = Field(0.0, description="Money, by the price table.")


PAPER_SUMMARIES = Table(
    "paper_summaries",
    SummaryRow,
    ("day", "id", "report", "language"),
    "What each paper says, for each report that shows it: validated fields, who wrote them, numbers traced, money.",
    version=6,
    renamed_from=OldNames(
        columns={
            "report": "profile",
            "numbers": "figures",
            "numbers_traced": "figures_traced",
            "numbers_total": "figures_total",
            **OLD_TOKEN_COLUMNS,
        }
    ),
)
CLAIMS = Table(
    "claims",
    ClaimRow,
    ("day", "id", "report", "language", "position"),
    "Every sentence of the summaries, with the places of the text that it stands on, and a verdict.",
    version=2,
)
DAY_OVERVIEWS = Table(
    "day_overviews",
    OverviewRow,
    ("day", "report", "language"),
    "An executive summary of a report's day, from its summaries.",
    version=2,
    renamed_from=OldNames(columns=OLD_TOKEN_COLUMNS),
)


def list_claims(summaries: Iterable[SummaryRow]) -> list[ClaimRow]:
    """The claims of summaries as rows of their own."""
    return [
        ClaimRow(day=row.day, id=row.id, report=row.report, language=row.language, position=position, **dict(claim))
        for row in summaries
        for position, claim in enumerate(row.claims)
    ]
