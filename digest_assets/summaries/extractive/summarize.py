"""Extractive summarization: each field holds the paper's own sentences. Deterministic, without network or model.

Which sentences each report takes stands in `reports`; custom reports are here, and what stands for a summary where
there is none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from digest_assets.config.custom_reports import Aspect, CustomReport
from digest_assets.config.fields import ReportName
from digest_assets.config.reports import get_summary_report
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive import reports, selectors
from digest_assets.summaries.extractive.field_scores import AbstractScores, ScoredField
from digest_assets.summaries.extractive.future_work import select_future_work
from digest_assets.summaries.extractive.limitations import select_limitations
from digest_assets.summaries.extractive.quotes import Values, quote_items, quote_text
from digest_assets.summaries.extractive.sentence_features import Sentence, extract_sentences
from digest_assets.summaries.schemas import SummarySchema, get_schema
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import TextRow

# What a custom report's field may be about: a field of the abstract, by its learned score, and where else to look.
_FIELD_OF_ASPECT: Mapping[Aspect, ScoredField] = {
    "conclusion": "conclusion",
    "contribution": "tldr",
    "method": "method",
    "motivation": "motivation",
    "results": "result",
    "task": "motivation",
}
_ASPECT_SELECTORS: Mapping[Aspect, selectors.SentenceSelector] = {
    "ablations": selectors.ABLATION,
    "architecture": selectors.ARCHITECTURE,
    "baselines": selectors.BASELINES,
    "conclusion": selectors.CONCLUSION,
    "cost": selectors.COMPLEXITY,
    "data": selectors.DATA,
    "hardware": selectors.HARDWARE,
    "input": selectors.INPUT,
    "method": selectors.METHOD,
    "motivation": selectors.MOTIVATION,
    "output": selectors.OUTPUT,
    "results": selectors.RESULT,
    "strengths": selectors.PROS,
    "workflow": selectors.WORKFLOW,
}
_MAX_CUSTOM_SENTENCES, _MAX_CUSTOM_ITEMS = 2, 3  # as the built-in reports take for a paragraph and for a list
_MAX_FALLBACK_CHARACTERS = 600  # a long sentence: what is longer is none


def extract_summary(
    report: ReportName, paper: PaperRow, text: TextRow, custom: CustomReport | None = None
) -> SummarySchema:
    """A paper's summary for a built-in or a custom report, from its own sentences."""
    sentences = extract_sentences(paper, text)
    values = _extract_values(report, sentences, paper, text) if custom is None else _extract_custom(sentences, custom)
    return get_schema(report, custom).model_validate(values)


def _extract_values(report: ReportName, sentences: Sequence[Sentence], paper: PaperRow, text: TextRow) -> Values:
    match get_summary_report(report):
        case "topic_digest":
            return reports.extract_topic_digest(sentences, text, paper.title)
        case "daily_table":
            return reports.extract_daily_table(sentences)
        case "field_review":
            return reports.extract_field_review(sentences, text)
        case "category_digest":
            return reports.extract_category_digest(sentences)
        case "deep_read":
            return reports.extract_deep_read(sentences, text, paper)
        case "for_you":
            return reports.extract_for_you(sentences, text)
    raise ValueError(f"no report is called {report!r}")


def extract_first_sentence(report: ReportName, paper: PaperRow, custom: CustomReport | None = None) -> SummarySchema:
    """A summary that is the abstract's first sentence (the title without one): for a paper that nothing else serves."""
    sentences = split_sentences(paper.abstract[:_MAX_FALLBACK_CHARACTERS])
    first = (sentences[0] if sentences else paper.title)[:_MAX_FALLBACK_CHARACTERS]
    return _build_single(report, first, custom)


def build_withdrawal_notice(report: ReportName, words: str, custom: CustomReport | None = None) -> SummarySchema:
    """What stands for the summary of a withdrawn paper: one sentence, and its authors' words."""
    return _build_single(report, f"Withdrawn on arXiv. {words}".strip(), custom)


def _build_single(report: ReportName, text: str, custom: CustomReport | None) -> SummarySchema:
    """A summary whose only text stands where the report says what a paper is."""
    schema = get_schema(report, custom)
    empty = _build_empty(schema)
    texts = [name for name, value in empty.items() if value is None or value == ""]
    lead = next(
        (name for name in ("core_idea", "contribution", "core_contribution", "tldr", "sentence") if name in texts),
        texts[0],
    )
    return schema.model_validate(empty | {lead: text})


def _build_empty(schema: type[SummarySchema]) -> dict[str, Any]:
    """The values of a summary that says nothing."""
    empty: dict[str, Any] = {}
    for name, field in schema.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, SummarySchema):
            empty[name] = _build_empty(field.annotation)
        elif field.annotation is str:
            empty[name] = ""
        else:
            empty[name] = () if get_origin(field.annotation) is tuple else None
    return empty


def _extract_custom(sentences: Sequence[Sentence], custom: CustomReport) -> Values:
    """Each field with the sentences of what it is about, none twice; one that is about nothing known stays empty."""
    used: list[Sentence] = []
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name, field in custom.fields.items():
        most = _MAX_CUSTOM_ITEMS if field.list else _MAX_CUSTOM_SENTENCES
        selected = _select_by_aspect(sentences, field.aspect, most, used) if field.aspect else []
        used += selected
        # Items stand by themselves.
        values[name] = quote_items([one for one in selected if not one.leans]) if field.list else quote_text(selected)
    return values


def _select_by_aspect(
    sentences: Sequence[Sentence], aspect: Aspect, most: int, used: Sequence[Sentence]
) -> list[Sentence]:
    if aspect == "limitations":
        return select_limitations(sentences, most, used)
    if aspect == "future_work":
        return select_future_work(sentences, most, used)
    selected: list[Sentence] = []
    if field := _FIELD_OF_ASPECT.get(aspect):
        selected = AbstractScores(sentences).assign_paragraphs((field,), used).get(field, [])[:most]
    if selector := _ASPECT_SELECTORS.get(aspect):
        selected = [*selected, *selector.select(sentences, max(0, most - len(selected)), [*used, *selected])]
    return selected
