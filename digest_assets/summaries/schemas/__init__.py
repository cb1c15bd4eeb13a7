"""Summary schemas: what each report wants to know about a paper, one pydantic model per report format.

Titles, docstrings and field descriptions go to the model as part of the JSON schema, and with it into the keys of
the LLM cache: whoever changes a word of one of these classes has its summaries asked and paid for anew. A field that
the paper does not speak of is null or empty, never a filler.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from digest_assets.config.custom_reports import CustomField, CustomReport
from digest_assets.config.fields import FormatName, ReportName
from digest_assets.config.reports import get_summary_report
from digest_assets.llm.requests import build_json_schema


class SummarySchema(BaseModel):
    """Base of every schema that a model fills."""

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


_EVIDENCE = "The number of the one sentence of the paper that it rests on, like [#12]."


class Finding(SummarySchema):
    """A key finding and the sentence of the paper that it rests on."""

    finding: str = Field(description="The finding in your own words, with its figure if it has one.")
    evidence: str | None = Field(description=_EVIDENCE)


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


class ForYou(SummarySchema):
    """A paper in three lines, for a reader who has ten minutes for all."""

    sentence: str | None = Field(description="The paper in one sentence.")
    main_result: str | None = Field(description="The main result with its figure, in one sentence.")
    next_best: str | None = Field(description="What comes next best to that result, named with its figure.")


SCHEMAS: Mapping[FormatName, type[SummarySchema]] = {
    "topic_digest": TopicDigest,
    "daily_table": DailyTable,
    "field_review": FieldReview,
    "category_digest": CategoryDigest,
    "deep_read": DeepRead,
    "for_you": ForYou,
}


QUOTES = "Numbers of sentences of the part, like [#12]."  # of the notes on a part of a paper
_FORMER_DESCRIPTIONS = {
    _EVIDENCE: "The one sentence of the paper that it rests on, copied word for word.",
    QUOTES: "Sentences of the part, word for word.",
}


class CustomSummary(SummarySchema):
    """Base of the schemas of custom reports, which are made from the settings' fields."""

    definition: ClassVar[tuple[str, tuple[tuple[str, CustomField], ...]]]

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets a process pool have it: a class made at run time is made again there."""
        return _restore_custom_summary, (*self.definition, dict(self))


def get_schema(report: ReportName, custom: CustomReport | None = None) -> type[SummarySchema]:
    """The schema of a report: a built-in one, or the fields of a custom report."""
    if custom is not None:
        return _build_custom_schema(custom.name, tuple(custom.fields.items()))
    return next(schema for name, schema in SCHEMAS.items() if name == get_summary_report(report))


def load_fields(report: ReportName, fields_json: str, custom: CustomReport | None = None) -> Any:
    """A summary from its stored JSON, whichever version of the report's schema it was stored with.

    A field that is new since then is null or empty, one that is gone is ignored, and a text that became a list, or a
    list that became a text, is turned into the other.
    """
    schema = get_schema(report, custom)
    return schema.model_validate(_fit_fields(schema, json.loads(fields_json)))


def find_unasked_fields(report: ReportName, fields_json: str, custom: CustomReport | None = None) -> tuple[str, ...]:
    """The fields that the report's schema has got since the summary was stored: nobody asked for them."""
    stored = json.loads(fields_json)
    return tuple(name for name in get_schema(report, custom).model_fields if name not in stored)


def build_former_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema as release 0.1.0 sent it: quotes were asked for as text."""
    text = json.dumps(build_json_schema(schema))
    for now, then in _FORMER_DESCRIPTIONS.items():
        text = text.replace(json.dumps(now), json.dumps(then))
    former: dict[str, Any] = json.loads(text)
    return former


def compute_schema_version(schema: type[SummarySchema]) -> str:
    """The version that is stored with a summary's fields: a hash, so that no change of a schema can forget to raise it."""
    return hashlib.sha256(json.dumps(schema.model_json_schema(), sort_keys=True).encode()).hexdigest()[:12]


def _fit_fields(schema: type[SummarySchema], stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _fit_value(info.annotation, stored.get(name)) for name, info in schema.model_fields.items()}


def _fit_value(annotation: Any, value: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, SummarySchema):
        return _fit_fields(annotation, value if isinstance(value, dict) else {})
    if get_origin(annotation) is tuple:
        items = value if isinstance(value, list) else [value] if value else []
        return [_fit_value(get_args(annotation)[0], item) for item in items]
    if isinstance(value, list):
        value = "; ".join(item for item in value if isinstance(item, str)) or None
    return "" if value is None and annotation is str else value


@cache
def _build_custom_schema(name: str, fields: tuple[tuple[str, CustomField], ...]) -> type[CustomSummary]:
    definitions: dict[str, Any] = {
        field: (tuple[str, ...] if choice.list else str | None, Field(description=choice.description))
        for field, choice in fields
    }
    title = "".join(part.capitalize() for part in name.split("_"))
    schema = create_model(title, __base__=CustomSummary, __doc__=f"Fields of the report {name}.", **definitions)
    schema.definition = (name, fields)
    return schema


def _restore_custom_summary(
    name: str, fields: tuple[tuple[str, CustomField], ...], values: dict[str, Any]
) -> CustomSummary:
    return _build_custom_schema(name, fields).model_construct(**values)


def iterate_texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a summary, or of its JSON, with its path, like `key_findings.0.finding`."""
    if isinstance(value, str):
        yield path, value
        return
    if isinstance(value, SummarySchema):
        value = dict(value)
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from iterate_texts(inner, f"{path}.{name}" if path else str(name))


def map_texts(value: Any, change: Callable[[str, str], str], path: str = "") -> Any:
    """A summary with every text changed; the change gets the text's path and the text."""
    if isinstance(value, str):
        return change(path, value)
    if isinstance(value, tuple):
        return tuple(map_texts(inner, change, f"{path}.{index}") for index, inner in enumerate(value))
    if isinstance(value, SummarySchema):
        texts = {name: map_texts(inner, change, f"{path}.{name}" if path else name) for name, inner in value}
        return value.model_copy(update=texts)
    return value
