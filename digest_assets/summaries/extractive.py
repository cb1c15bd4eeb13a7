"""Summaries without a model: each field holds the paper's own sentences, picked by section, move and salience.

Deterministic, without network. No sentence is cut; what the paper does not speak of stays empty.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from digest_assets.config import ReportName
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.profiles import (
    CategoryDigest,
    DailyTable,
    DeepRead,
    FieldReview,
    Finding,
    Innovation,
    Profile,
    RelatedWork,
    TopicDigest,
    Usage,
)
from digest_assets.summaries.reading import Line, Reading, Want, read
from digest_assets.texts.tables import TextRow


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_CONTRIBUTION = Want(
    moves={"contribution": 3.0, "method": 0.8}, roles={"abstract": 1.5, "introduction": 0.5}, alone=0.6
)
_MOTIVATION = Want(
    moves={"gap": 2.6, "background": 2.0, "contribution": -1.5},
    roles={"abstract": 1.2, "introduction": 0.6},
    alone=0.2,
    places=frozenset({"abstract", "introduction"}),
)
_MOTIVATION_ALONE = replace(_MOTIVATION, alone=1.5)  # for a field that begins with it
_METHOD = Want(
    moves={"method": 2.6, "contribution": 1.6},
    roles={"abstract": 1.0, "method": 1.0, "introduction": 0.4},
    alone=0.1,
    places=frozenset({"abstract", "introduction", "method"}),
)
_RESULT = Want(
    moves={"result": 2.6, "conclusion": -0.5, "method": -1.8, "contribution": -3.0, "gap": -4.0, "background": -4.0},
    roles={"abstract": 1.0, "results": 1.4, "conclusion": 0.3},
    unless=_pattern(
        r"^(?:\w+, )?we (?:also )?(?:rely|use|vary|train|follow|adopt|set|employ|choose|select|consider|compute|run|sample|split|measure)\b"
    ),
    hinted=1.5,
    measured=1.4,
    alone=0.1,
    places=frozenset({"abstract", "results", "introduction", "conclusion"}),
)
_CONCLUSION = Want(
    moves={"conclusion": 2.8, "background": -4.0, "gap": -4.0, "contribution": -4.0, "method": -4.0},
    roles={"abstract": 1.0, "conclusion": 1.2},
    alone=0.1,
    places=frozenset({"abstract", "conclusion"}),
)
_LAST_RESULT = Want(
    moves={"result": 1.0}, roles={"abstract": 1.0}, alone=0.1, least=0.5, places=frozenset({"abstract"})
)
_LIMITATION = Want(
    roles={"limitations": 3.0, "conclusion": 1.2},
    pattern=_pattern(
        r"\blimit(?:ation|ed|s)\b", r"\bdoes not\b", r"\bcannot\b", r"\bfails? (?:to|on|in|when)\b", r"\bstruggles?\b",
        r"\bonly (?:consider|evaluat|test|support|cover)\w*", r"\bcaveat", r"\bat the cost of\b", r"\bassum(?:e|es|ption)",
        "局限", "不足", "尚未",
    ),
    places=frozenset({"limitations", "conclusion", "results", "other"}),
    least=2.6,
)  # fmt: skip
_LIMITATION_SECTION = Want(
    roles={"limitations": 2.0},
    pattern=_pattern(
        r"\b(?:limit\w*|only|not|but|however|requires?|restrict\w*|current(?:ly)?|cannot|fail\w*|expensive|slow\w*|sensitive|depend\w*|may|could)\b",
        "局限|不足|尚未|仅|需要|依赖|无法|可能",
    ),
    places=frozenset({"limitations"}),
    alone=0.8,
)  # fmt: skip
_FUTURE = Want(
    roles={"conclusion": 1.5, "limitations": 1.5, "abstract": 0.5, "other": 0.5},
    pattern=_pattern(
        r"\bfuture (?:work|research|directions?|studies|efforts?)\b", r"\bin (?:the )?future\b", r"\bwe (?:plan|intend|hope) to\b",
        r"\bpromising (?:direction|avenue)", r"\bleave\b.{0,40}\bfor future\b", "未来(?:工作|研究|方向|将|可)",
    ),
    places=frozenset({"conclusion", "limitations", "abstract", "other"}),
    least=1.5,
)  # fmt: skip
_ARCHITECTURE = Want(
    roles={"method": 1.6, "abstract": 1.0, "introduction": 0.3},
    pattern=_pattern(
        r"\b(?:encoder|decoder|transformer|backbone|architecture|loss(?:es)?|objective|fine-?tun\w+|pre-?train\w+|trained|network|layers?"
        r"|diffusion|attention|reward|optimi[sz]\w+|regulari[sz]\w+)\b", "编码器|解码器|损失|架构|训练|微调|网络",
    ),
    places=frozenset({"method", "abstract", "introduction", "results"}),
    alone=0.2,
    least=1.8,
)  # fmt: skip
_COMPLEXITY = Want(
    roles={"method": 1.0, "results": 1.0, "abstract": 1.0, "other": 0.3},
    pattern=_pattern(
        r"\b(?:GPUs?|TPUs?|CPUs?|[AHV]100s?|H200|RTX|FLOPs?|FPS|latency|memory|VRAM|runtime|wall-clock|throughput|speed-?ups?|overhead)\b",
        r"\b\d[\d.,]*\s?[MB]\b(?:illion)?(?:\s|-)?param\w*", r"\bparameters?\b(?=.{0,40}\d)", r"\bO\(", "显存|显卡|参数量|延迟|推理速度",
    ),
    measured=1.5,
    least=2.2,
    alone=0.1,
)  # fmt: skip
_DATA = Want(
    roles={"results": 1.8, "abstract": 1.0},
    moves={"result": 0.8, "method": 0.2},
    pattern=_pattern(
        r"\b(?:datasets?|benchmarks?|corpus|corpora|metrics?|test set|evaluat\w+ on|experiments? on)\b", "数据集|基准|指标|评测",
    ),
    places=frozenset({"results", "abstract"}),
    alone=0.3,
    least=2.2,
)  # fmt: skip
_BASELINES = Want(
    roles={"results": 1.8, "abstract": 1.0},
    pattern=_pattern(
        r"\b(?:baselines?|compared? (?:to|with|against)|comparison|outperform\w*|surpass\w*|prior (?:methods|work)|state-of-the-art|SOTA|versus|vs\.)",
        "基线|相比|对比|优于|超越",
    ),
    places=frozenset({"results", "abstract"}),
    alone=0.2,
    least=2.0,
)  # fmt: skip
_ABLATION = Want(
    roles={"ablation": 2.5, "results": 0.6, "abstract": 0.6},
    pattern=_pattern(r"\bablat\w+", r"\bwithout (?:the |our )?\w+", r"\bremov\w+", r"\bcontribut\w+ (?:of|to)\b", r"\d\s?\\?%", "消融|移除|去掉"),
    places=frozenset({"ablation", "results", "abstract"}),
    measured=1.0,
    least=2.8,
)  # fmt: skip
_PROS = Want(
    roles={"abstract": 0.8, "conclusion": 1.0, "introduction": 0.4},
    moves={"result": 0.6, "conclusion": 1.0, "method": 0.4},
    pattern=_pattern(
        r"\b(?:outperform\w*|robust\w*|efficien\w+|general(?:i[sz]\w+|ity)|scalab\w+|flexib\w+|interpretab\w+|lightweight|state-of-the-art|first|practical"
        r"|without (?:additional|extra|any|requiring|retraining|the need)|reduc\w+|faster|superior|effective\w*|training-free|plug-and-play)\b",
        "优于|鲁棒|高效|泛化|可扩展|首个|无需|显著",
    ),
    unless=_pattern(r"^(?:although|while|despite|however|though|yet)\b", r"\b(?:existing|prior|previous|these|current|traditional) (?:\w+ )?(?:methods|approaches|works?|models)\b[^.]{0,80}\b(?:not|but|fail|lack|limited)"),
    places=frozenset({"abstract", "conclusion", "introduction"}),
    alone=0.2,
)  # fmt: skip
_SYSTEM = r"(?:our|the|this)(?: [\w-]+){0,3}? (?:model|method|framework|system|network|pipeline|approach|agent|algorithm|tool|library)"
_INPUT = _pattern(
    r"\btakes?\b.{1,100}\bas (?:an? |its |the )?inputs?\b", r"^given (?:an?|the|only|multiple|\w+ing)\b", r"\binputs? (?:is|are|consists? of|includes?)\b",
    r"\bfrom (?:a )?(?:single|sparse|monocular|raw|multi-?view|casual\w*)\b.{0,30}\b(?:images?|videos?|views?|inputs?|data|text)\b", r"\bconditioned on\b",
    "以.{1,20}(?:作为|为)输入|给定|输入(?:是|为|包括)",
)  # fmt: skip
_OUTPUT = _pattern(
    rf"\b{_SYSTEM}\b.{{0,60}}\b(?:outputs|generates|produces|predicts|synthesi[sz]es|reconstructs|returns|estimates)\b",
    r"\bthe outputs? (?:is|are|consists? of)\b", r"\b(?:to|can|directly) (?:generate|produce|predict|synthesi[sz]e|reconstruct|output|estimate)\b", "输出|生成",
)  # fmt: skip
_WORKFLOW = _pattern(
    r"\b(?:two|three|four|five|multi)-(?:stage|step|phase)\b", r"\b(?:pipeline|workflow)\b", r"\bconsists? of (?:two|three|four|five|several|the following)\b",
    r"\bfirst(?:ly)?\b.{5,220}\b(?:then|second(?:ly)?|followed by|finally|subsequently)\b", "流程|阶段|步骤|首先.{5,120}(?:然后|其次|最后|再)",
)  # fmt: skip
_HARDWARE = _pattern(
    r"\b(?:GPUs?|TPUs?|NPUs?|CPUs?|[AHV]100s?|H200s?|B200s?|RTX\s?\w+|FPGAs?|Jetson|edge devices?|VRAM|consumer-grade|laptop|smartphone)\b",
    "显卡|显存|硬件",
)
_AREA = _pattern(
    r"\b(?:applications? (?:such as|like|in|including|of|to)|such as (?:robot|autonomous|medical|video|game|virtual|content)|real-world applications?|downstream (?:tasks|applications)"
    r"|(?:crucial|essential|important|fundamental|critical|key|central|vital|task|problem) (?:for|in|to)\b)", "应用于|应用|任务",
)  # fmt: skip
_STRUGGLING = re.compile(
    r"\b((?:most |many |the )?(?:existing|prior|previous|current|recent|traditional|conventional|state-of-the-art)"
    r"(?:[\s-][\w/()-]+){0,7}?\s(?:methods?|approach(?:es)?|models?|works?|techniques?|systems?|frameworks?|benchmarks?|datasets?|algorithms?"
    r"|solutions?|pipelines?|strategies|LLMs?|VLMs?|MLLMs?|agents?|policies|detectors?|studies|research))\b(?=.{0,30}?\b(?:\w+ly\s)?"
    r"(?:limit\w*|fail\w*|suffer\w*|struggl\w+|lack\w*|rel(?:y|ies)|overlook\w*|ignor\w+|neglect\w*|requir\w+|assum\w+|focus\w*|cannot|often|"
    r"typically|remain\w*|treat\w*|depend\w*|produce\w*|face\w*|do(?:es)? not|are (?:limited|restricted|constrained|confined|prone)))",
    re.IGNORECASE,
)
_INNOVATION = Want(
    moves={"contribution": 2.4, "method": 1.8},
    roles={"abstract": 1.2, "introduction": 1.0, "method": 0.2},
    hinted=2.5,
    alone=0.1,
    places=frozenset({"abstract", "introduction", "method"}),
)
_NAMED = re.compile(
    r"\b(?:we|us|to|paper|work|study|authors|called|named|dubbed|termed)\b[^.;]{0,60}?\b(?:propos(?:e|es|ing)|introduc(?:e|es|ing)|present|presents|develop|develops|design|designs"
    r"|devise|devises|build|construct|release|employ|adopt|called|named|dubbed|termed)\s+"
    r"(?:(?:an?|the|our|two|three|several|both)\s+)?(?:(?:novel|new|simple|efficient|effective|general|unified),\s+)?(?P<lead>[^,.;:()]{3,90}?)"
    r"(?=\s*[,.;:()—–]|\s+(?:that|which|to|for|where|with|by|based|designed|consisting|comprising|capable|using|in|on|as|via|and|from)\b)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:An?|an?)\s+(?P<lead>[^,.;:()]{3,70}?)\s+(?:is|are)\s+(?:propos|introduc|present|develop)ed\b"
)
_SUBJECT = re.compile(
    r"(?:[A-Z][a-z]+(?:ly)?, )?(?:(?:The|Our|An?|This)\s+)?(?P<lead>[^,.;:()]{3,70}?)\s+(?:\w+ly\s+)?(?:is|are|uses?|employs?|adopts?|leverages?|enables?|provides?"
    r"|introduces?|integrates?|combines?|allows?|consists?|learns?|performs?|generates?|captures?|includes?|incorporates?|operates?|supports?|features?"
    r"|treats?|decouples?|replaces?|extends?|unif(?:y|ies)|aligns?|optimizes?|predicts?|formulates?|encodes?)\b"
)
_LEAD_STOP = re.compile(
    r"^(?:an?|the|our|novel|new|simple|efficient|effective|comprehensive|such|first)\s+", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_NO_LEAD = re.compile(
    r"(?:(?:core|main|key|primary)\s)?(?:we|and|or|of|in|for|to|as|with|by|it|this|these|they|how|that|such|which|its|their|there|here|using|results?|experiments?|benefits?|contributions?)\b"
    r"|(?:core |main |key )?(?:new|model|method|approach|framework|system|paper|work|study|algorithm|architecture|design|network|technique|evaluation|code|analysis"
    r"|space|contribution)s?$",
    re.IGNORECASE,
)


def summarise(report: ReportName, paper: PaperRow, text: TextRow) -> Profile:
    """A paper's profile for a report, from its own sentences."""
    reading = read(paper, text)
    match report:
        case "topic_digest":
            return _topic_digest(reading)
        case "daily_table":
            return _daily_table(reading)
        case "field_review":
            return _field_review(reading)
        case "category_digest":
            return _category_digest(reading)
        case "deep_read":
            return _deep_read(reading, paper)


def _category_digest(reading: Reading) -> CategoryDigest:
    tldr = _tldr(reading)
    conclusion = reading.pick(_CONCLUSION, 1, tldr)
    result = reading.pick(_RESULT, 2, [*tldr, *conclusion])
    conclusion = conclusion or reading.pick(_LAST_RESULT, 1, [*tldr, *result])
    if not conclusion and len(result) > 1:
        *result, last = result
        conclusion = [last]
    motivation = reading.pick(_MOTIVATION, 2, [*tldr, *result, *conclusion])
    method = reading.pick(_METHOD, 2, [*tldr, *result, *conclusion, *motivation]) or tldr
    return CategoryDigest(
        tldr=_joined(tldr),
        motivation=_joined(motivation),
        method=_joined(method),
        result=_joined(result),
        conclusion=_joined(conclusion),
    )


def _daily_table(reading: Reading) -> DailyTable:
    picked = _tldr(reading)
    for want, most in ((_RESULT, 1), (_MOTIVATION_ALONE, 1), (_METHOD, 2), (_CONCLUSION, 1)):
        picked += reading.pick(want, most, picked)
    if len(picked) < 4:
        picked += reading.pick(Want(least=float("-inf"), places=frozenset({"abstract"})), 4 - len(picked), picked)
    if len(picked) < 4:
        picked += reading.pick(Want(least=float("-inf")), 4 - len(picked), picked)
    return DailyTable(summary=_joined(sorted(picked, key=lambda line: line.order)) or "")


def _field_review(reading: Reading) -> FieldReview:
    contribution = _tldr(reading)
    results = reading.pick(_RESULT, 3, contribution)
    method = reading.pick(_METHOD, 3, [*contribution, *results])
    limitations = _limitations(reading, [*contribution, *results, *method])
    impact = reading.pick(_CONCLUSION, 2, [*contribution, *results, *method, *limitations])
    relevance = reading.pick(_MOTIVATION, 2, [*contribution, *results, *method, *limitations, *impact])
    findings = reading.pick(_RESULT, 4)
    if len(findings) < 2:
        findings = sorted(
            [*findings, *reading.pick(_CONCLUSION, 2 - len(findings), findings)], key=lambda line: line.order
        )
    return FieldReview(
        contribution=_joined(contribution),
        method=_joined(method),
        results=_joined(results),
        limitations=_joined(limitations),
        impact=_joined(impact),
        relevance=_joined(relevance),
        key_findings=tuple(Finding(finding=line.text, evidence=_support(reading, line)) for line in findings),
    )


def _topic_digest(reading: Reading) -> TopicDigest:
    idea = _tldr(reading)
    results = reading.pick(_RESULT, 3, idea)
    motivation = reading.pick(_MOTIVATION_ALONE, 1, [*idea, *results])
    task = reading.pick(Want(moves={"background": 2.4, "contribution": 1.0}, roles={"abstract": 1.0}, least=1.5,
                             places=frozenset({"abstract"})), 1, [*idea, *results, *motivation]) or motivation  # fmt: skip
    pipeline = reading.pick(_METHOD, 2, [*idea, *results, *motivation, *task])
    used = [*idea, *results, *motivation, *task, *pipeline]
    architecture = reading.pick(_ARCHITECTURE, 2, used)
    complexity = reading.pick(_COMPLEXITY, 1, [*used, *architecture])
    ablations = reading.pick(_ABLATION, 2, [*used, *architecture, *complexity])
    limitations = _limitations(reading, used)
    pros = reading.pick(_PROS, 2, [*used, *architecture])
    return TopicDigest(
        task=_joined(task),
        motivation=_joined(motivation),
        related_work=_related_work(reading),
        core_idea=_joined(idea),
        pipeline=_joined(pipeline),
        architecture=_joined(architecture),
        complexity=_joined(complexity),
        datasets_and_metrics=_items(reading.pick(_DATA, 2)),
        baselines=_items(reading.pick(_BASELINES, 2)),
        main_results=_items(results),
        ablations=_items(ablations),
        limitations=_items(limitations),
        pros=_items(pros),
        cons=(),
        future_work=_items(reading.pick(_FUTURE, 2)),
    )


def _deep_read(reading: Reading, paper: PaperRow) -> DeepRead:
    contribution = _tldr(reading)
    innovations = reading.pick(_INNOVATION, 6, contribution)
    results = reading.pick(_RESULT, 5, [*contribution, *innovations])
    area = "; ".join(paper.hf_keywords[:6]) or _first(reading, _AREA)
    code = "; ".join(dict.fromkeys(url for url in (paper.code_url, paper.project_url) if url))
    return DeepRead(
        application_area=area or None,
        core_contribution=_joined(contribution),
        usage=Usage(
            input=_first(reading, _INPUT),
            output=_first(reading, _OUTPUT),
            workflow=_first(reading, _WORKFLOW),
            hardware=_first(reading, _HARDWARE),
            code=code or None,
        ),
        innovations=_innovations([*contribution, *innovations], paper.title),
        experimental_results=tuple(line.text for line in results),
    )


def _tldr(reading: Reading) -> list[Line]:
    """The sentence that says what the paper brings; the best of the abstract where none says so."""
    return reading.pick(_CONTRIBUTION, 1) or reading.pick(Want(least=float("-inf")), 1)


def _limitations(reading: Reading, used: Sequence[Line]) -> list[Line]:
    """What the section on limitations says, else what other sections admit."""
    return reading.pick(_LIMITATION_SECTION, 2, used) or reading.pick(_LIMITATION, 2, used)


def _joined(lines: Sequence[Line]) -> str | None:
    """Sentences as one paragraph; Chinese ones without a space between."""
    text = ""
    for line in lines:
        text += line.text if not text or text[-1] > "\u2fff" else f" {line.text}"
    return text or None


def _items(lines: Sequence[Line]) -> tuple[str, ...]:
    """Sentences as items of a list: without the final stop."""
    return tuple(line.text.rstrip(".。 ") for line in lines)


def _first(reading: Reading, pattern: re.Pattern[str]) -> str | None:
    want = Want(
        pattern=pattern,
        roles={"abstract": 1.0, "method": 0.8, "introduction": 0.4, "results": 0.3},
        least=0.5,
        alone=0.5,
        places=frozenset({"abstract", "introduction", "method", "results", "other"}),
    )
    return _joined(reading.pick(want, 1))


def _related_work(reading: Reading) -> tuple[RelatedWork, ...]:
    """Families of earlier works, each with the sentence that says what they leave open."""
    found: dict[str, RelatedWork] = {}
    for line in reading.lines:
        if line.role in ("abstract", "introduction", "related_work") and (match := _STRUGGLING.search(line.text)):
            work = match[1][0].upper() + match[1][1:]
            found.setdefault(work.lower(), RelatedWork(work=work, challenge=line.text.rstrip(".。 ")))
    return tuple(found.values())[:5]


def _innovations(lines: Sequence[Line], title: str) -> tuple[Innovation, ...]:
    """Up to five sentences with a lead of their own; one that names the same thing again is left out.

    The first is the contribution, which the title may name.
    """
    name = title.partition(":")[0].strip()
    found: dict[str, Innovation] = {}
    for place, line in enumerate(lines):
        if lead := _lead(line.text) or (name if place == 0 and name != title and len(name.split()) <= 6 else None):
            found.setdefault(lead.lower(), Innovation(lead=lead, detail=line.text))
    return tuple(found.values())[:5]


def _lead(sentence: str) -> str | None:
    """A few words that name what a sentence brings: what "we propose", else what it speaks of."""
    for match in (_NAMED.search(sentence), _PASSIVE.search(sentence), _SUBJECT.match(sentence)):
        if match is None:
            continue
        lead = match["lead"].strip()
        while (shorter := _LEAD_STOP.sub("", lead)) != lead:
            lead = shorter
        if 0 < len(lead.split()) <= 9 and len(lead) > 2 and not _NO_LEAD.match(lead):
            return lead[0].upper() + lead[1:]
    return None


def _support(reading: Reading, line: Line) -> str:
    """The sentence of the sections that says the same with the same numbers, else the line itself."""
    numbers = set(_DIGITS.findall(line.text))
    body = [other for other in reading.lines if other.role in ("results", "ablation", "conclusion", "introduction")]
    best = process.extractOne(
        line.text,
        [other.text for other in body if numbers <= set(_DIGITS.findall(other.text))],
        scorer=fuzz.token_set_ratio,
        score_cutoff=65.0,
    )
    return best[0] if best else line.text
