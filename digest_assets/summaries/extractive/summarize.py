"""Extractive summarization: each field holds the paper's own sentences, selected by section, move and salience.

Deterministic, without network or model. No sentence is cut; what the paper does not speak of stays empty. Which
sentences fit a field stands in `selectors`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_origin

from digest_assets.config.custom_reports import Aspect, CustomReport
from digest_assets.config.fields import ReportName
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive import entities, selectors
from digest_assets.summaries.extractive.quotes import (
    ExtractedSummary,
    Passage,
    Values,
    fill_schema,
    quote_item,
    quote_items,
    quote_text,
)
from digest_assets.summaries.extractive.sentence_features import Sentence, extract_sentences, has_measurement
from digest_assets.summaries.schemas import SummarySchema, get_schema
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import TextRow

_NAMED = re.compile(
    r"\b(?:we|us|to|paper|work|study|authors|called|named|dubbed|termed)\b[^.;]{0,60}?\b(?:propos(?:e|es)"
    r"|introduces?|present|presents|develop|develops|design|designs"
    r"|devise|devises|build|construct|release|employ|adopt|called|named|dubbed|termed)\s"
    r"(?:(?:an?|the|our|two|three|several|both)\s)?(?:(?:novel|new|simple|efficient|effective|general"
    r"|unified),\s)?(?P<lead>[^,.;:()]{3,90}?)"
    r"(?=\s?[,.;:()—–]|\s(?:that|which|to|for|where|with|by|(?<!ly )based|designed|consisting|comprising|capable|using|in"
    r"|on|as|via|and|from|wherein|whose|where|when|first|which)\b)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:An?|an?)\s(?P<lead>[^,.;:()]{3,70}?)\s(?:is|are)\s(?:propos|introduc|present|develop)ed\b")
_SUBJECT = re.compile(
    r"(?:[A-Z][a-z]+(?:ly)?, )?(?:(?:The|Our|An?|This)\s)?(?P<lead>[^,.;:()]{3,70}?)\s(?:\w{1,30}ly\s)?(?:is|are|uses?"
    r"|employs?|adopts?|leverages?|enables?|provides?"
    r"|introduces?|integrates?|combines?|allows?|consists?|learns?|performs?|generates?|captures?|includes?"
    r"|incorporates?|operates?|supports?|features?"
    r"|treats?|decouples?|replaces?|extends?|unif(?:y|ies)|aligns?|optimizes?|predicts?|formulates?|encodes?)\b"
)
_HAS_A_NAME = re.compile(r"(?<=.)[A-Z0-9]")  # a capital or digit that begins no sentence
_LEAD_STOP = re.compile(
    r"^(?:an?|the|our|novel|new|simple|efficient|effective|comprehensive|such|first)\s+", re.IGNORECASE
)
_NO_LEAD = re.compile(
    r"(?:(?:core|main|key|primary)\s)?(?:we|and|or|of|in|for|to|as|with|by|it|this|these|they|how|that|such|which"
    r"|its|their|there|here|using|results?|experiments?|benefits?|contributions?)\b"
    r"|(?:core |main |key )?(?:new|model|method|approach|framework|system|paper|work|study|algorithm|architecture"
    r"|design|network|technique|evaluation|code|analysis|variant|structure|scenario|strategy|mechanism|module|benchmark"
    r"|dataset|pipeline|solution|tool|platform|scheme|procedure|step|metric|theory|idea|insight|protocol"
    r"|space|contribution)s?$",
    re.IGNORECASE,
)

_ASPECT_SELECTORS: Mapping[Aspect, selectors.SentenceSelector] = {
    "ablations": selectors.ABLATION,
    "architecture": selectors.ARCHITECTURE,
    "baselines": selectors.BASELINES,
    "conclusion": selectors.CONCLUSION,
    "cost": selectors.COMPLEXITY,
    "data": selectors.DATA,
    "future_work": selectors.FUTURE,
    "hardware": selectors.HARDWARE,
    "input": selectors.INPUT,
    "method": selectors.METHOD,
    "motivation": selectors.MOTIVATION,
    "output": selectors.OUTPUT,
    "results": selectors.RESULT,
    "strengths": selectors.PROS,
    "task": selectors.TASK,
    "workflow": selectors.WORKFLOW,
}


# How many sentences a field gets follows the schemas' descriptions, which ask a model for as many; here are those that
# no description says.
_MAX_CUSTOM_SENTENCES, _MAX_CUSTOM_ITEMS = 2, 3  # as the built-in reports take for a paragraph and for a list
_MAX_LIST_ITEMS = 5  # related works and innovations, as the schemas ask
_MAX_KEYWORDS = 6  # one line
# A lead is a few words: what "we propose" names may be long, a mere subject of that length is no name.
_MAX_LEAD_WORDS, _MAX_SUBJECT_WORDS, _MAX_TITLE_NAME_WORDS = 9, 5, 6
_MAX_FALLBACK_CHARACTERS = 600  # a long sentence: what is longer is none
_MIN_TABLE_SENTENCES = 4  # the schema asks for four to six


def extract_summary(
    report: ReportName, paper: PaperRow, text: TextRow, custom: CustomReport | None = None
) -> SummarySchema:
    """A paper's summary for a built-in or a custom report, from its own sentences."""
    return extract_quotes(report, paper, text, custom).summary


def extract_quotes(
    report: ReportName, paper: PaperRow, text: TextRow, custom: CustomReport | None = None
) -> ExtractedSummary:
    """A paper's summary, and for each of its texts the spans of the sentences that it is made of."""
    sentences = extract_sentences(paper, text)
    schema = get_schema(report, custom)
    if custom is not None:
        return fill_schema(schema, _extract_custom(sentences, custom))
    match report:
        case "topic_digest":
            return fill_schema(schema, _extract_topic_digest(sentences, paper.title))
        case "daily_table":
            return fill_schema(schema, _extract_daily_table(sentences))
        case "field_review":
            return fill_schema(schema, _extract_field_review(sentences))
        case "category_digest":
            return fill_schema(schema, _extract_category_digest(sentences))
        case "deep_read":
            return fill_schema(schema, _extract_deep_read(sentences, paper))
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
        (name for name in ("core_idea", "contribution", "core_contribution", "tldr") if name in texts), texts[0]
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
    values: dict[str, Passage | tuple[Passage, ...] | None] = {}
    for name, field in custom.fields.items():
        most = _MAX_CUSTOM_ITEMS if field.list else _MAX_CUSTOM_SENTENCES
        selected = _select_by_aspect(sentences, field.aspect, most, used) if field.aspect else []
        used += selected
        values[name] = quote_items(selected) if field.list else quote_text(selected)
    return values


def _select_by_aspect(
    sentences: Sequence[Sentence], aspect: Aspect, most: int, used: Sequence[Sentence]
) -> list[Sentence]:
    if aspect == "contribution":
        return [sentence for sentence in _select_contribution(sentences) if sentence not in used]
    if aspect == "limitations":
        return _select_limitations(sentences, used)
    return _ASPECT_SELECTORS[aspect].select(sentences, most, used)


def _extract_category_digest(sentences: Sequence[Sentence]) -> Values:
    tldr = _select_contribution(sentences)
    conclusion = selectors.CONCLUSION.select(sentences, 1, tldr)
    result = selectors.RESULT.select(sentences, 2, [*tldr, *conclusion])
    conclusion = conclusion or selectors.LAST_RESULT.select(sentences, 1, [*tldr, *result])
    if not conclusion and len(result) > 1:
        spare = next((sentence for sentence in reversed(result) if not has_measurement(sentence.text)), result[-1])
        result, conclusion = [sentence for sentence in result if sentence is not spare], [spare]
    motivation = selectors.MOTIVATION.select(sentences, 2, [*tldr, *result, *conclusion])
    method = selectors.METHOD.select(sentences, 2, [*tldr, *result, *conclusion, *motivation]) or tldr
    return {
        "tldr": quote_text(tldr),
        "motivation": quote_text(motivation),
        "method": quote_text(method),
        "result": quote_text(result),
        "conclusion": quote_text(conclusion),
    }


def _extract_daily_table(sentences: Sequence[Sentence]) -> Values:
    selected = _select_contribution(sentences)
    for selector, most in (
        (selectors.RESULT, 1),
        (selectors.MOTIVATION_ALONE, 1),
        (selectors.METHOD, 2),
        (selectors.CONCLUSION, 1),
    ):
        selected += selector.select(sentences, most, selected)
    if len(selected) < _MIN_TABLE_SENTENCES:
        selected += selectors.ANY_OF_ABSTRACT.select(sentences, _MIN_TABLE_SENTENCES - len(selected), selected)
    if len(selected) < _MIN_TABLE_SENTENCES:
        selected += selectors.ANY.select(sentences, _MIN_TABLE_SENTENCES - len(selected), selected)
    return {"summary": quote_text(sorted(selected, key=lambda sentence: sentence.order)) or ""}


def _extract_field_review(sentences: Sequence[Sentence]) -> Values:
    contribution = _select_contribution(sentences)
    impact = selectors.CONCLUSION.select(sentences, 2, contribution)
    results = selectors.RESULT.select(sentences, 3, [*contribution, *impact])
    method = selectors.METHOD.select(sentences, 3, [*contribution, *impact, *results])
    limitations = _select_limitations(sentences, [*contribution, *impact, *results, *method])
    relevance = selectors.MOTIVATION.select(sentences, 2, [*contribution, *results, *method, *limitations, *impact])
    used = [*contribution, *impact, *results, *method, *limitations, *relevance]
    findings = selectors.FINDING.select(sentences, 4, used)
    findings += selectors.ABLATION.select(sentences, 4 - len(findings), [*used, *findings])
    return {
        "contribution": quote_text(contribution),
        "method": quote_text(method),
        "results": quote_text(results),
        "limitations": quote_text(limitations),
        "impact": quote_text(impact),
        "relevance": quote_text(relevance),
        "key_findings": tuple(
            {"finding": Passage(sentence.text, (sentence,)), "evidence": Passage(sentence.text, (sentence,))}
            for sentence in findings
        ),
    }


def _extract_topic_digest(sentences: Sequence[Sentence], title: str) -> Values:
    idea = _select_contribution(sentences)
    results = selectors.RESULT.select(sentences, 3, idea)
    motivation = selectors.MOTIVATION_ALONE.select(sentences, 1, [*idea, *results])
    task = selectors.TASK.select(sentences, 1, [*idea, *results, *motivation])
    if not task and (how := selectors.IDEA.select(sentences, 1, [*idea, *results, *motivation])):
        task, idea = idea, how  # what the paper brings says its task; how it does so is its idea
    experiments = [
        sentence for sentence in sentences if sentence.role == "results" or sentence.move in ("result", "conclusion")
    ]
    pipeline = selectors.METHOD.select(sentences, 2, [*idea, *results, *motivation, *task])
    used = [*idea, *results, *motivation, *task, *pipeline]
    architecture = selectors.ARCHITECTURE.select(sentences, 2, used)
    complexity = selectors.COMPLEXITY.select(sentences, 1, [*used, *architecture])
    ablations = selectors.ABLATION.select(sentences, 2, [*used, *architecture, *complexity])
    limitations = _select_limitations(sentences, used)
    pros = selectors.PROS.select(sentences, 2, [*used, *architecture])
    return {
        "task": quote_text(task),
        "motivation": quote_text(motivation),
        "related_work": _extract_related_work(sentences),
        "core_idea": quote_text(idea),
        "pipeline": quote_text(pipeline),
        "architecture": quote_text(architecture),
        "complexity": quote_text(complexity),
        "datasets_and_metrics": _quote_names(entities.find_datasets_and_metrics, experiments, title)
        or quote_items(selectors.DATA.select(sentences, 1, results)),
        "baselines": _quote_names(entities.find_baselines, experiments, title)
        or quote_items(selectors.BASELINES.select(sentences, 1, results)),
        "main_results": quote_items(results),
        "ablations": quote_items(ablations),
        "limitations": quote_items(limitations),
        "pros": quote_items(pros),
        "cons": (),
        "future_work": quote_items(selectors.FUTURE.select(sentences, 2)),
    }


def _extract_deep_read(sentences: Sequence[Sentence], paper: PaperRow) -> Values:
    contribution = _select_contribution(sentences)
    innovations = selectors.INNOVATION.select(sentences, 6, contribution)
    results = selectors.RESULT.select(sentences, 5, [*contribution, *innovations])
    area = quote_text(selectors.AREA.select(sentences, 1, [*contribution, *results]))
    goes_in = selectors.INPUT.select(sentences, 1)
    comes_out = selectors.OUTPUT.select(sentences, 1, goes_in)
    steps = selectors.WORKFLOW.select(sentences, 1, [*goes_in, *comes_out])
    code = "; ".join(dict.fromkeys(url for url in (paper.code_url, paper.project_url) if url))
    return {
        "application_area": area or "; ".join(paper.hf_keywords[:_MAX_KEYWORDS]) or None,
        "core_contribution": quote_text(contribution),
        "usage": {
            "input": quote_text(goes_in),
            "output": quote_text(comes_out),
            "workflow": quote_text(steps),
            "hardware": quote_text(selectors.HARDWARE.select(sentences, 1)),
            "code": code or quote_text([sentence for sentence in sentences if sentence.move == "availability"][:1]),
        },
        "innovations": _extract_innovations(innovations, "") or _extract_innovations(contribution, paper.title),
        "experimental_results": tuple(Passage(sentence.text, (sentence,)) for sentence in results),
    }


def _select_contribution(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentence that says what the paper brings; the best of the abstract where none says so."""
    return selectors.CONTRIBUTION.select(sentences, 1) or selectors.ANY.select(sentences, 1)


def _select_limitations(sentences: Sequence[Sentence], used: Sequence[Sentence]) -> list[Sentence]:
    """What the section on limitations says, else what other sections admit."""
    return selectors.LIMITATION_SECTION.select(sentences, 2, used) or selectors.LIMITATION.select(sentences, 2, used)


def _quote_names(
    find: Callable[[Iterable[str], str], tuple[str, ...]], sentences: Sequence[Sentence], title: str
) -> tuple[Passage, ...]:
    """Names, each with the first sentence that holds it."""
    names = find([sentence.text for sentence in sentences], title)
    return tuple(
        Passage(name, tuple(sentence for sentence in sentences if name in sentence.text)[:1]) for name in names
    )


def _extract_related_work(sentences: Sequence[Sentence]) -> tuple[Values, ...]:
    """Families of earlier works, each with the sentence that says what they leave open."""
    found: dict[str, Values] = {}
    for sentence in sentences:
        if sentence.role in ("abstract", "introduction", "related_work") and (
            match := selectors.STRUGGLING.search(sentence.text)
        ):
            work = match[1][0].upper() + match[1][1:]
            found.setdefault(work.lower(), {"work": Passage(work, (sentence,)), "challenge": quote_item(sentence)})
    return tuple(found.values())[:_MAX_LIST_ITEMS]


def _extract_innovations(sentences: Sequence[Sentence], title: str) -> tuple[Values, ...]:
    """Up to five sentences with a lead of their own, or the title's name; one that names the same again is left out."""
    name, colon, _ = title.partition(":")
    found: dict[str, Values] = {}
    for sentence in sentences:
        if lead := _find_lead(sentence.text) or (
            name.strip() if colon and len(name.split()) <= _MAX_TITLE_NAME_WORDS else None
        ):
            found.setdefault(
                lead.lower(), {"lead": Passage(lead, (sentence,)), "detail": Passage(sentence.text, (sentence,))}
            )
    return tuple(found.values())[:_MAX_LIST_ITEMS]


def _find_lead(sentence: str) -> str | None:
    """A few words that name what a sentence brings: what "we propose", else the name that it speaks of."""
    for match in (_NAMED.search(sentence), _PASSIVE.search(sentence), _SUBJECT.match(sentence)):
        if match is None or (match.re is _SUBJECT and not _HAS_A_NAME.search(match["lead"])):
            continue
        lead = match["lead"].strip()
        while (shorter := _LEAD_STOP.sub("", lead)) != lead:
            lead = shorter
        names = _HAS_A_NAME.search(lead)
        if not names and re.fullmatch(r"[a-z]+", lead):  # one word of many: "a robust and fast method"
            continue
        if (
            0 < len(lead.split()) <= (_MAX_SUBJECT_WORDS if match.re is _SUBJECT else _MAX_LEAD_WORDS)
            and len(lead) > 2
            and not _NO_LEAD.match(lead)
        ):
            return lead if names and " " not in lead else lead[0].upper() + lead[1:]
    return None
