"""What each report wants to know about a paper: one pydantic model per report format.

Field descriptions go to the model as part of the JSON schema. A field that the paper does not speak of is null
or empty, never a filler.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from digest_assets.config.custom_reports import CustomField, CustomReport
from digest_assets.config.fields import FormatName, ReportName


class SummarySchema(BaseModel):
    """Base of the profiles."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RelatedWork(SummarySchema):
    """An earlier work and what it leaves open."""

    work: str = Field(description="Name of the earlier work or family of works.")
    challenge: str = Field(description="What it cannot do, as this paper says.")


class TopicDigest(SummarySchema):
    """Six sections for a reader who follows a topic."""

    task: str | None = Field(description="The task or problem, in one sentence.")
    motivation: str | None = Field(description="Why it matters and which gap is open, in one sentence.")
    related_work: tuple[RelatedWork, ...] = Field(description="Up to five earlier works and the challenge each leaves.")
    core_idea: str | None = Field(description="The core idea, in one sentence.")
    pipeline: str | None = Field(description="The method's steps, from input to output.")
    architecture: str | None = Field(description="Architecture, loss and training.")
    complexity: str | None = Field(description="Cost: parameters, memory, time, hardware.")
    datasets_and_metrics: tuple[str, ...] = Field(description="Datasets and metrics of the experiments.")
    baselines: tuple[str, ...] = Field(description="What it is compared with.")
    main_results: tuple[str, ...] = Field(
        description="Main results with their figures and units, from the results sections."
    )
    ablations: tuple[str, ...] = Field(description="What the ablations show, with figures.")
    limitations: tuple[str, ...] = Field(description="Limitations and stress tests that the paper states.")
    pros: tuple[str, ...] = Field(description="Strengths.")
    cons: tuple[str, ...] = Field(description="Weaknesses.")
    future_work: tuple[str, ...] = Field(description="Future work that the paper names.")


class DailyTable(SummarySchema):
    """One paragraph for a table's cell."""

    summary: str = Field(
        description="One paragraph of four to six sentences: what it is, its objective, its method, a result with its "
        "figure, and what it means for practitioners."
    )


class Finding(SummarySchema):
    """A key finding and the sentence of the paper that it rests on."""

    finding: str = Field(description="The finding in your own words, with its figure if it has one.")
    evidence: str | None = Field(description="The one sentence of the paper that it rests on, copied word for word.")


class FieldReview(SummarySchema):
    """An analysis in depth for somebody of the field."""

    contribution: str | None = Field(description="The main contribution.")
    method: str | None = Field(description="The method, with what is new in it.")
    results: str | None = Field(description="The results with their figures, against which baselines.")
    limitations: str | None = Field(description="Limitations.")
    impact: str | None = Field(description="What it may change.")
    relevance: str | None = Field(description="Why it matters to the field.")
    key_findings: tuple[Finding, ...] = Field(description="Two to four key findings.")


class CategoryDigest(SummarySchema):
    """A few sentences for a long list."""

    tldr: str | None = Field(description="The paper in one sentence.")
    motivation: str | None = Field(description="Why it was done, in one or two sentences.")
    method: str | None = Field(description="What was done, in one or two sentences.")
    result: str | None = Field(description="What came out, with figures, in one or two sentences.")
    conclusion: str | None = Field(description="What follows, in one sentence.")


class Usage(SummarySchema):
    """How to use what the paper offers."""

    input: str | None = Field(description="What goes in.")
    output: str | None = Field(description="What comes out.")
    workflow: str | None = Field(description="The steps of use.")
    hardware: str | None = Field(description="Hardware needed.")
    code: str | None = Field(description="Whether and where code, models or data are available.")


class Innovation(SummarySchema):
    """One innovation."""

    lead: str = Field(description="A few words that name it.")
    detail: str = Field(description="What it is and what it is good for, in one or two sentences.")


class DeepRead(SummarySchema):
    """A paper read in full, for somebody who may use it."""

    application_area: str | None = Field(description="The application area.")
    core_contribution: str | None = Field(description="The core contribution, in one sentence.")
    usage: Usage = Field(description="How to use it.")
    innovations: tuple[Innovation, ...] = Field(description="Two to five innovations.")
    experimental_results: tuple[str, ...] = Field(description="Results with figures, against named baselines.")


SCHEMAS: Mapping[FormatName, type[SummarySchema]] = {
    "topic_digest": TopicDigest,
    "daily_table": DailyTable,
    "field_review": FieldReview,
    "category_digest": CategoryDigest,
    "deep_read": DeepRead,
}


class CustomSummary(SummarySchema):
    """Base of the profiles of reports of one's own."""


def get_schema(report: ReportName, custom: CustomReport | None = None) -> type[SummarySchema]:
    """What a report wants to know: one of the five profiles, or the fields of a report of one's own."""
    if custom is not None:
        return _build_custom_schema(custom.name, tuple(custom.fields.items()))
    return next(profile for name, profile in SCHEMAS.items() if name == report)


def load_fields(report: ReportName, fields_json: str, custom: CustomReport | None = None) -> Any:
    """The validated profile of a report from its stored JSON.

    A report of one's own may have had other fields when it was stored: those that it has now are taken.
    """
    profile = get_schema(report, custom)
    if custom is None:
        return profile.model_validate_json(fields_json)
    stored = json.loads(fields_json)
    return profile.model_validate({name: _coerce(field, stored.get(name)) for name, field in custom.fields.items()})


def _coerce(field: CustomField, value: Any) -> Any:
    if field.list:
        return value if isinstance(value, list) else [value] if value else []
    return "; ".join(value) or None if isinstance(value, list) else value


@cache
def _build_custom_schema(name: str, fields: tuple[tuple[str, CustomField], ...]) -> type[CustomSummary]:
    wanted: dict[str, Any] = {
        field: (tuple[str, ...] if choice.list else str | None, Field(description=choice.description))
        for field, choice in fields
    }
    title = "".join(part.capitalize() for part in name.split("_"))
    return create_model(title, __base__=CustomSummary, __doc__=f"Fields of the report {name}.", **wanted)
