"""Summaries without a model: each field holds the paper's own sentences, picked by section, move and salience.

Deterministic, without network. No sentence is cut; what the paper does not speak of stays empty.
"""

import re
from collections.abc import Mapping, Sequence

from digest_assets.config.custom_reports import Aspect, CustomReport
from digest_assets.config.fields import ReportName
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive import entities, selectors
from digest_assets.summaries.extractive.sentence_features import (
    PaperSentences,
    Sentence,
    SentenceSelector,
    extract_sentences,
    has_measurement,
)
from digest_assets.summaries.schemas import (
    CategoryDigest,
    DailyTable,
    DeepRead,
    FieldReview,
    Finding,
    Innovation,
    RelatedWork,
    SummarySchema,
    TopicDigest,
    Usage,
    get_schema,
)
from digest_assets.texts.tables import TextRow

_NAMED = re.compile(
    r"\b(?:we|us|to|paper|work|study|authors|called|named|dubbed|termed)\b[^.;]{0,60}?\b(?:propos(?:e|es)"
    r"|introduces?|present|presents|develop|develops|design|designs"
    r"|devise|devises|build|construct|release|employ|adopt|called|named|dubbed|termed)\s+"
    r"(?:(?:an?|the|our|two|three|several|both)\s+)?(?:(?:novel|new|simple|efficient|effective|general"
    r"|unified),\s+)?(?P<lead>[^,.;:()]{3,90}?)"
    r"(?=\s*[,.;:()—–]|\s+(?:that|which|to|for|where|with|by|(?<!ly )based|designed|consisting|comprising|capable|using|in"
    r"|on|as|via|and|from|wherein|whose|where|when|first|which)\b)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:An?|an?)\s+(?P<lead>[^,.;:()]{3,70}?)\s+(?:is|are)\s+(?:propos|introduc|present|develop)ed\b"
)
_SUBJECT = re.compile(
    r"(?:[A-Z][a-z]+(?:ly)?, )?(?:(?:The|Our|An?|This)\s+)?(?P<lead>[^,.;:()]{3,70}?)\s+(?:\w+ly\s+)?(?:is|are|uses?"
    r"|employs?|adopts?|leverages?|enables?|provides?"
    r"|introduces?|integrates?|combines?|allows?|consists?|learns?|performs?|generates?|captures?|includes?"
    r"|incorporates?|operates?|supports?|features?"
    r"|treats?|decouples?|replaces?|extends?|unif(?:y|ies)|aligns?|optimizes?|predicts?|formulates?|encodes?)\b"
)
_HAS_A_NAME = re.compile(r"(?<=.)[A-Z0-9]")  # a capital or figure that begins no sentence
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

_ASPECT_SELECTORS: Mapping[Aspect, SentenceSelector] = {
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


def extract_summary(report: ReportName, paper: PaperRow, text: TextRow, custom: CustomReport | None = None) -> SummarySchema:
    """A paper's profile for a report, which may be one's own, from its own sentences."""
    reading = extract_sentences(paper, text)
    if custom is not None:
        return _extract_custom(reading, custom)
    match report:
        case "topic_digest":
            return _extract_topic_digest(reading, paper.title)
        case "daily_table":
            return _extract_daily_table(reading)
        case "field_review":
            return _extract_field_review(reading)
        case "category_digest":
            return _extract_category_digest(reading)
        case "deep_read":
            return _extract_deep_read(reading, paper)
    raise ValueError(f"no report is called {report!r}")


def _extract_custom(reading: PaperSentences, own: CustomReport) -> SummarySchema:
    """Each field with the sentences of what it is about, none twice; one that is about nothing known stays empty."""
    used: list[Sentence] = []
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name, field in own.fields.items():
        lines = _select_by_aspect(reading, field.aspect, 3 if field.list else 2, used) if field.aspect else []
        used += lines
        values[name] = _to_items(lines) if field.list else _join_sentences(lines)
    return get_schema(own.name, own).model_validate(values)


def _select_by_aspect(reading: PaperSentences, about: Aspect, most: int, used: Sequence[Sentence]) -> list[Sentence]:
    if about == "contribution":
        return [line for line in _select_contribution(reading) if line not in used]
    if about == "limitations":
        return _select_limitations(reading, used)
    return reading.select(_ASPECT_SELECTORS[about], most, used)


def _extract_category_digest(reading: PaperSentences) -> CategoryDigest:
    tldr = _select_contribution(reading)
    conclusion = reading.select(selectors.CONCLUSION, 1, tldr)
    result = reading.select(selectors.RESULT, 2, [*tldr, *conclusion])
    conclusion = conclusion or reading.select(selectors.LAST_RESULT, 1, [*tldr, *result])
    if not conclusion and len(result) > 1:
        spare = next((line for line in reversed(result) if not has_measurement(line.text)), result[-1])
        result, conclusion = [line for line in result if line is not spare], [spare]
    motivation = reading.select(selectors.MOTIVATION, 2, [*tldr, *result, *conclusion])
    method = reading.select(selectors.METHOD, 2, [*tldr, *result, *conclusion, *motivation]) or tldr
    return CategoryDigest(
        tldr=_join_sentences(tldr),
        motivation=_join_sentences(motivation),
        method=_join_sentences(method),
        result=_join_sentences(result),
        conclusion=_join_sentences(conclusion),
    )


def _extract_daily_table(reading: PaperSentences) -> DailyTable:
    picked = _select_contribution(reading)
    for want, most in (
        (selectors.RESULT, 1),
        (selectors.MOTIVATION_ALONE, 1),
        (selectors.METHOD, 2),
        (selectors.CONCLUSION, 1),
    ):
        picked += reading.select(want, most, picked)
    if len(picked) < 4:
        picked += reading.select(SentenceSelector(min_score=float("-inf"), allowed_roles=frozenset({"abstract"})), 4 - len(picked), picked)
    if len(picked) < 4:
        picked += reading.select(SentenceSelector(min_score=float("-inf")), 4 - len(picked), picked)
    return DailyTable(summary=_join_sentences(sorted(picked, key=lambda line: line.order)) or "")


def _extract_field_review(reading: PaperSentences) -> FieldReview:
    contribution = _select_contribution(reading)
    impact = reading.select(selectors.CONCLUSION, 2, contribution)
    results = reading.select(selectors.RESULT, 3, [*contribution, *impact])
    method = reading.select(selectors.METHOD, 3, [*contribution, *impact, *results])
    limitations = _select_limitations(reading, [*contribution, *impact, *results, *method])
    relevance = reading.select(selectors.MOTIVATION, 2, [*contribution, *results, *method, *limitations, *impact])
    told = [*contribution, *impact, *results, *method, *limitations, *relevance]
    findings = reading.select(selectors.FINDING, 4, told)
    findings += reading.select(selectors.ABLATION, 4 - len(findings), [*told, *findings])
    return FieldReview(
        contribution=_join_sentences(contribution),
        method=_join_sentences(method),
        results=_join_sentences(results),
        limitations=_join_sentences(limitations),
        impact=_join_sentences(impact),
        relevance=_join_sentences(relevance),
        key_findings=tuple(Finding(finding=line.text, evidence=line.text) for line in findings),
    )


def _extract_topic_digest(reading: PaperSentences, title: str) -> TopicDigest:
    idea = _select_contribution(reading)
    results = reading.select(selectors.RESULT, 3, idea)
    motivation = reading.select(selectors.MOTIVATION_ALONE, 1, [*idea, *results])
    task = reading.select(selectors.TASK, 1, [*idea, *results, *motivation])
    if not task and (how := reading.select(selectors.IDEA, 1, [*idea, *results, *motivation])):
        task, idea = idea, how  # what the paper brings says its task; how it does so is its idea
    experiments = [
        line.text for line in reading.sentences if line.role == "results" or line.move in ("result", "conclusion")
    ]
    pipeline = reading.select(selectors.METHOD, 2, [*idea, *results, *motivation, *task])
    used = [*idea, *results, *motivation, *task, *pipeline]
    architecture = reading.select(selectors.ARCHITECTURE, 2, used)
    complexity = reading.select(selectors.COMPLEXITY, 1, [*used, *architecture])
    ablations = reading.select(selectors.ABLATION, 2, [*used, *architecture, *complexity])
    limitations = _select_limitations(reading, used)
    pros = reading.select(selectors.PROS, 2, [*used, *architecture])
    return TopicDigest(
        task=_join_sentences(task),
        motivation=_join_sentences(motivation),
        related_work=_extract_related_work(reading),
        core_idea=_join_sentences(idea),
        pipeline=_join_sentences(pipeline),
        architecture=_join_sentences(architecture),
        complexity=_join_sentences(complexity),
        datasets_and_metrics=entities.find_datasets_and_metrics(experiments, title)
        or _to_items(reading.select(selectors.DATA, 1, results)),
        baselines=entities.find_baselines(experiments, title) or _to_items(reading.select(selectors.BASELINES, 1, results)),
        main_results=_to_items(results),
        ablations=_to_items(ablations),
        limitations=_to_items(limitations),
        pros=_to_items(pros),
        cons=(),
        future_work=_to_items(reading.select(selectors.FUTURE, 2)),
    )


def _extract_deep_read(reading: PaperSentences, paper: PaperRow) -> DeepRead:
    contribution = _select_contribution(reading)
    innovations = reading.select(selectors.INNOVATION, 6, contribution)
    results = reading.select(selectors.RESULT, 5, [*contribution, *innovations])
    area = _join_sentences(reading.select(selectors.AREA, 1, [*contribution, *results])) or "; ".join(paper.hf_keywords[:6])
    goes_in = reading.select(selectors.INPUT, 1)
    comes_out = reading.select(selectors.OUTPUT, 1, goes_in)
    steps = reading.select(selectors.WORKFLOW, 1, [*goes_in, *comes_out])
    code = "; ".join(dict.fromkeys(url for url in (paper.code_url, paper.project_url) if url))
    return DeepRead(
        application_area=area or None,
        core_contribution=_join_sentences(contribution),
        usage=Usage(
            input=_join_sentences(goes_in),
            output=_join_sentences(comes_out),
            workflow=_join_sentences(steps),
            hardware=_join_sentences(reading.select(selectors.HARDWARE, 1)),
            code=code or _join_sentences([line for line in reading.sentences if line.move == "availability"][:1]),
        ),
        innovations=_extract_innovations(innovations, "") or _extract_innovations(contribution, paper.title),
        experimental_results=tuple(line.text for line in results),
    )


def _select_contribution(reading: PaperSentences) -> list[Sentence]:
    """The sentence that says what the paper brings; the best of the abstract where none says so."""
    return reading.select(selectors.CONTRIBUTION, 1) or reading.select(SentenceSelector(min_score=float("-inf")), 1)


def _select_limitations(reading: PaperSentences, used: Sequence[Sentence]) -> list[Sentence]:
    """What the section on limitations says, else what other sections admit."""
    return reading.select(selectors.LIMITATION_SECTION, 2, used) or reading.select(selectors.LIMITATION, 2, used)


def _join_sentences(lines: Sequence[Sentence]) -> str | None:
    """Sentences as one paragraph; Chinese ones without a space between."""
    text = ""
    for line in lines:
        text += line.text if not text or text[-1] > "\u2fff" else f" {line.text}"
    return text or None


def _to_items(lines: Sequence[Sentence]) -> tuple[str, ...]:
    """Sentences as items of a list: without the final stop."""
    return tuple(line.text.rstrip(".。 ") for line in lines)


def _extract_related_work(reading: PaperSentences) -> tuple[RelatedWork, ...]:
    """Families of earlier works, each with the sentence that says what they leave open."""
    found: dict[str, RelatedWork] = {}
    for line in reading.sentences:
        if line.role in ("abstract", "introduction", "related_work") and (
            match := selectors.STRUGGLING.search(line.text)
        ):
            work = match[1][0].upper() + match[1][1:]
            found.setdefault(work.lower(), RelatedWork(work=work, challenge=line.text.rstrip(".。 ")))
    return tuple(found.values())[:5]


def _extract_innovations(lines: Sequence[Sentence], title: str) -> tuple[Innovation, ...]:
    """Up to five sentences with a lead of their own, or the title's name; one that names the same again is left out."""
    name, colon, _ = title.partition(":")
    found: dict[str, Innovation] = {}
    for line in lines:
        if lead := _find_lead(line.text) or (name.strip() if colon and len(name.split()) <= 6 else None):
            found.setdefault(lead.lower(), Innovation(lead=lead, detail=line.text))
    return tuple(found.values())[:5]


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
            0 < len(lead.split()) <= (9 if match.re is not _SUBJECT else 5)
            and len(lead) > 2
            and not _NO_LEAD.match(lead)
        ):
            return lead if names and " " not in lead else lead[0].upper() + lead[1:]
    return None
