"""Summaries without a model: each field holds the paper's own sentences, picked by section, move and salience.

Deterministic, without network. No sentence is cut; what the paper does not speak of stays empty.
"""

import re
from collections.abc import Mapping, Sequence

from digest_assets.config.custom_reports import Aspect, CustomReport
from digest_assets.config.fields import ReportName
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive import entities, selectors
from digest_assets.summaries.extractive.sentence_features import Line, Reading, Want, is_measured, read
from digest_assets.summaries.schemas import (
    CategoryDigest,
    DailyTable,
    DeepRead,
    FieldReview,
    Finding,
    Innovation,
    SummarySchema,
    RelatedWork,
    TopicDigest,
    Usage,
    profile_class,
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

_WANTS: Mapping[Aspect, Want] = {
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


def summarise(report: ReportName, paper: PaperRow, text: TextRow, own: CustomReport | None = None) -> SummarySchema:
    """A paper's profile for a report, which may be one's own, from its own sentences."""
    reading = read(paper, text)
    if own is not None:
        return _own(reading, own)
    match report:
        case "topic_digest":
            return _topic_digest(reading, paper.title)
        case "daily_table":
            return _daily_table(reading)
        case "field_review":
            return _field_review(reading)
        case "category_digest":
            return _category_digest(reading)
        case "deep_read":
            return _deep_read(reading, paper)
    raise ValueError(f"no report is called {report!r}")


def _own(reading: Reading, own: CustomReport) -> SummarySchema:
    """Each field with the sentences of what it is about, none twice; one that is about nothing known stays empty."""
    used: list[Line] = []
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name, field in own.fields.items():
        lines = _about(reading, field.aspect, 3 if field.list else 2, used) if field.aspect else []
        used += lines
        values[name] = _items(lines) if field.list else _joined(lines)
    return profile_class(own.name, own).model_validate(values)


def _about(reading: Reading, about: Aspect, most: int, used: Sequence[Line]) -> list[Line]:
    if about == "contribution":
        return [line for line in _tldr(reading) if line not in used]
    if about == "limitations":
        return _limitations(reading, used)
    return reading.pick(_WANTS[about], most, used)


def _category_digest(reading: Reading) -> CategoryDigest:
    tldr = _tldr(reading)
    conclusion = reading.pick(selectors.CONCLUSION, 1, tldr)
    result = reading.pick(selectors.RESULT, 2, [*tldr, *conclusion])
    conclusion = conclusion or reading.pick(selectors.LAST_RESULT, 1, [*tldr, *result])
    if not conclusion and len(result) > 1:
        spare = next((line for line in reversed(result) if not is_measured(line.text)), result[-1])
        result, conclusion = [line for line in result if line is not spare], [spare]
    motivation = reading.pick(selectors.MOTIVATION, 2, [*tldr, *result, *conclusion])
    method = reading.pick(selectors.METHOD, 2, [*tldr, *result, *conclusion, *motivation]) or tldr
    return CategoryDigest(
        tldr=_joined(tldr),
        motivation=_joined(motivation),
        method=_joined(method),
        result=_joined(result),
        conclusion=_joined(conclusion),
    )


def _daily_table(reading: Reading) -> DailyTable:
    picked = _tldr(reading)
    for want, most in (
        (selectors.RESULT, 1),
        (selectors.MOTIVATION_ALONE, 1),
        (selectors.METHOD, 2),
        (selectors.CONCLUSION, 1),
    ):
        picked += reading.pick(want, most, picked)
    if len(picked) < 4:
        picked += reading.pick(Want(least=float("-inf"), places=frozenset({"abstract"})), 4 - len(picked), picked)
    if len(picked) < 4:
        picked += reading.pick(Want(least=float("-inf")), 4 - len(picked), picked)
    return DailyTable(summary=_joined(sorted(picked, key=lambda line: line.order)) or "")


def _field_review(reading: Reading) -> FieldReview:
    contribution = _tldr(reading)
    impact = reading.pick(selectors.CONCLUSION, 2, contribution)
    results = reading.pick(selectors.RESULT, 3, [*contribution, *impact])
    method = reading.pick(selectors.METHOD, 3, [*contribution, *impact, *results])
    limitations = _limitations(reading, [*contribution, *impact, *results, *method])
    relevance = reading.pick(selectors.MOTIVATION, 2, [*contribution, *results, *method, *limitations, *impact])
    told = [*contribution, *impact, *results, *method, *limitations, *relevance]
    findings = reading.pick(selectors.FINDING, 4, told)
    findings += reading.pick(selectors.ABLATION, 4 - len(findings), [*told, *findings])
    return FieldReview(
        contribution=_joined(contribution),
        method=_joined(method),
        results=_joined(results),
        limitations=_joined(limitations),
        impact=_joined(impact),
        relevance=_joined(relevance),
        key_findings=tuple(Finding(finding=line.text, evidence=line.text) for line in findings),
    )


def _topic_digest(reading: Reading, title: str) -> TopicDigest:
    idea = _tldr(reading)
    results = reading.pick(selectors.RESULT, 3, idea)
    motivation = reading.pick(selectors.MOTIVATION_ALONE, 1, [*idea, *results])
    task = reading.pick(selectors.TASK, 1, [*idea, *results, *motivation])
    if not task and (how := reading.pick(selectors.IDEA, 1, [*idea, *results, *motivation])):
        task, idea = idea, how  # what the paper brings says its task; how it does so is its idea
    experiments = [
        line.text for line in reading.lines if line.role == "results" or line.move in ("result", "conclusion")
    ]
    pipeline = reading.pick(selectors.METHOD, 2, [*idea, *results, *motivation, *task])
    used = [*idea, *results, *motivation, *task, *pipeline]
    architecture = reading.pick(selectors.ARCHITECTURE, 2, used)
    complexity = reading.pick(selectors.COMPLEXITY, 1, [*used, *architecture])
    ablations = reading.pick(selectors.ABLATION, 2, [*used, *architecture, *complexity])
    limitations = _limitations(reading, used)
    pros = reading.pick(selectors.PROS, 2, [*used, *architecture])
    return TopicDigest(
        task=_joined(task),
        motivation=_joined(motivation),
        related_work=_related_work(reading),
        core_idea=_joined(idea),
        pipeline=_joined(pipeline),
        architecture=_joined(architecture),
        complexity=_joined(complexity),
        datasets_and_metrics=entities.datasets_and_metrics(experiments, title)
        or _items(reading.pick(selectors.DATA, 1, results)),
        baselines=entities.compared_with(experiments, title) or _items(reading.pick(selectors.BASELINES, 1, results)),
        main_results=_items(results),
        ablations=_items(ablations),
        limitations=_items(limitations),
        pros=_items(pros),
        cons=(),
        future_work=_items(reading.pick(selectors.FUTURE, 2)),
    )


def _deep_read(reading: Reading, paper: PaperRow) -> DeepRead:
    contribution = _tldr(reading)
    innovations = reading.pick(selectors.INNOVATION, 6, contribution)
    results = reading.pick(selectors.RESULT, 5, [*contribution, *innovations])
    area = _joined(reading.pick(selectors.AREA, 1, [*contribution, *results])) or "; ".join(paper.hf_keywords[:6])
    goes_in = reading.pick(selectors.INPUT, 1)
    comes_out = reading.pick(selectors.OUTPUT, 1, goes_in)
    steps = reading.pick(selectors.WORKFLOW, 1, [*goes_in, *comes_out])
    code = "; ".join(dict.fromkeys(url for url in (paper.code_url, paper.project_url) if url))
    return DeepRead(
        application_area=area or None,
        core_contribution=_joined(contribution),
        usage=Usage(
            input=_joined(goes_in),
            output=_joined(comes_out),
            workflow=_joined(steps),
            hardware=_joined(reading.pick(selectors.HARDWARE, 1)),
            code=code or _joined([line for line in reading.lines if line.move == "availability"][:1]),
        ),
        innovations=_innovations(innovations, "") or _innovations(contribution, paper.title),
        experimental_results=tuple(line.text for line in results),
    )


def _tldr(reading: Reading) -> list[Line]:
    """The sentence that says what the paper brings; the best of the abstract where none says so."""
    return reading.pick(selectors.CONTRIBUTION, 1) or reading.pick(Want(least=float("-inf")), 1)


def _limitations(reading: Reading, used: Sequence[Line]) -> list[Line]:
    """What the section on limitations says, else what other sections admit."""
    return reading.pick(selectors.LIMITATION_SECTION, 2, used) or reading.pick(selectors.LIMITATION, 2, used)


def _joined(lines: Sequence[Line]) -> str | None:
    """Sentences as one paragraph; Chinese ones without a space between."""
    text = ""
    for line in lines:
        text += line.text if not text or text[-1] > "\u2fff" else f" {line.text}"
    return text or None


def _items(lines: Sequence[Line]) -> tuple[str, ...]:
    """Sentences as items of a list: without the final stop."""
    return tuple(line.text.rstrip(".。 ") for line in lines)


def _related_work(reading: Reading) -> tuple[RelatedWork, ...]:
    """Families of earlier works, each with the sentence that says what they leave open."""
    found: dict[str, RelatedWork] = {}
    for line in reading.lines:
        if line.role in ("abstract", "introduction", "related_work") and (
            match := selectors.STRUGGLING.search(line.text)
        ):
            work = match[1][0].upper() + match[1][1:]
            found.setdefault(work.lower(), RelatedWork(work=work, challenge=line.text.rstrip(".。 ")))
    return tuple(found.values())[:5]


def _innovations(lines: Sequence[Line], title: str) -> tuple[Innovation, ...]:
    """Up to five sentences with a lead of their own, or the title's name; one that names the same again is left out."""
    name, colon, _ = title.partition(":")
    found: dict[str, Innovation] = {}
    for line in lines:
        if lead := _lead(line.text) or (name.strip() if colon and len(name.split()) <= 6 else None):
            found.setdefault(lead.lower(), Innovation(lead=lead, detail=line.text))
    return tuple(found.values())[:5]


def _lead(sentence: str) -> str | None:
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
