"""A summary as labelled sections, whatever its report: the form that site, feeds, search and command line show.

No escaping and no HTML here; the words of the labels are in labels.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest_assets.config.fields import Language
from digest_assets.reports.labels import (
    CATEGORY_DIGEST_LABELS,
    DEEP_READ_LABELS,
    FIELD_REVIEW_LABELS,
    FOR_YOU_LABELS,
    TOPIC_DIGEST_LABELS,
    USAGE_LABELS,
    get_display_name,
)
from digest_assets.summaries.schemas import (
    CategoryDigest,
    CustomSummary,
    DailyTable,
    DeepRead,
    FieldReview,
    ForYou,
    TopicDigest,
)


@dataclass(frozen=True, slots=True)
class SummaryPoint:
    """One paragraph or bullet: its texts, maybe under a lead, maybe with the sentence of the paper that it rests on."""

    texts: tuple[str, ...]
    lead: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class SummarySection:
    """Points under one label; the label of a summary's only text is empty."""

    label: str
    points: tuple[SummaryPoint, ...]
    as_list: bool = False


def build_sections(fields: Any, language: Language) -> tuple[SummarySection, ...]:
    """The sections of a summary that hold a text, in the report's order."""
    match fields:
        case TopicDigest():
            sections = _build_topic_digest(fields)
        case DailyTable():
            sections = [_make_text_section("", fields.summary)]
        case FieldReview():
            sections = _build_field_review(fields)
        case CategoryDigest():
            sections = _make_text_sections(fields, CATEGORY_DIGEST_LABELS)
        case DeepRead():
            sections = _build_deep_read(fields, language)
        case ForYou():
            labels = FOR_YOU_LABELS[language]
            sections = _make_text_sections(
                fields, {name: labels[name] for name in ("sentence", "main_result", "next_best")}
            )
        case CustomSummary():
            sections = [_make_custom_section(get_display_name(name), value) for name, value in fields]
        case _:
            raise TypeError(f"no sections for {type(fields).__name__}")
    return tuple(section for section in sections if section.points)


def find_lead(fields: Any) -> str | None:
    """The summary's sentence on what the paper is, if its report has one."""
    match fields:
        case TopicDigest():
            return fields.core_idea or fields.task
        case FieldReview():
            return fields.contribution
        case CategoryDigest():
            return fields.tldr
        case DeepRead():
            return fields.core_contribution
        case DailyTable():
            return fields.summary
        case ForYou():
            return fields.sentence
        case CustomSummary():
            return next((value for _, value in fields if isinstance(value, str)), None)
    raise TypeError(f"no lead in {type(fields).__name__}")


def iter_texts(fields: Any) -> Iterable[str]:
    """Every text of a summary, for the search."""
    for section in build_sections(fields, "en"):
        for point in section.points:
            yield from point.texts


def _build_topic_digest(fields: TopicDigest) -> list[SummarySection]:
    challenges = tuple(f"{earlier.work}: {earlier.challenge}" for earlier in fields.related_work)
    return [
        _make_text_section("Task / Problem", fields.task),
        _make_list_section("Motivation & Gaps", (None, fields.motivation), ("Related work challenges", challenges)),
        _make_text_section("Core Idea", fields.core_idea),
        *(
            _make_list_section(heading, *((label, getattr(fields, name)) for name, label in labels.items()))
            for heading, labels in TOPIC_DIGEST_LABELS.items()
        ),
    ]


def _build_field_review(fields: FieldReview) -> list[SummarySection]:
    findings = tuple(
        SummaryPoint((item.finding,), evidence=item.evidence if item.evidence != item.finding else None)
        for item in fields.key_findings
    )
    return [
        *_make_text_sections(fields, FIELD_REVIEW_LABELS),
        SummarySection("Key findings", findings, as_list=True),
    ]


def _build_deep_read(fields: DeepRead, language: Language) -> list[SummarySection]:
    labels = DEEP_READ_LABELS[language]
    steps = ((label, getattr(fields.usage, name)) for name, label in USAGE_LABELS[language].items())
    innovations = tuple(SummaryPoint((item.detail,), lead=item.lead) for item in fields.innovations)
    results = tuple(SummaryPoint((result,)) for result in fields.experimental_results)
    return [
        _make_text_section(labels["application_area"], fields.application_area),
        _make_text_section(labels["core_contribution"], fields.core_contribution),
        _make_list_section(labels["usage"], *steps),
        SummarySection(labels["innovations"], innovations, as_list=True),
        SummarySection(labels["experimental_results"], results, as_list=True),
    ]


def _make_custom_section(label: str, value: str | tuple[str, ...] | None) -> SummarySection:
    if isinstance(value, tuple):
        return SummarySection(label, tuple(SummaryPoint((item,)) for item in value), as_list=True)
    return _make_text_section(label, value)


def _make_text_sections(fields: Any, labels: Mapping[str, str]) -> list[SummarySection]:
    return [_make_text_section(label, getattr(fields, name)) for name, label in labels.items()]


def _make_text_section(label: str, value: str | None) -> SummarySection:
    return SummarySection(label, (SummaryPoint((value,)),) if value else ())


def _make_list_section(label: str, *pairs: tuple[str | None, str | tuple[str, ...] | None]) -> SummarySection:
    points = [SummaryPoint((value,) if isinstance(value, str) else value, lead=name) for name, value in pairs if value]
    return SummarySection(label, tuple(points), as_list=True)
