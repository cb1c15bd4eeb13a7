"""Sentence selectors: which sentences of a paper's text a field takes where the abstract's own do not serve.

A selector names the sections where such a sentence stands, the best first, and the words that it must have. Nothing is
weighed here: of two sentences that fit in sections alike, the one with a measured number or more of the learned score
(`field_scores`) is taken, then the earlier one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.field_scores import ScoredField, score_words
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement, is_repetition
from digest_assets.texts.tables import Role

_EVERYWHERE: tuple[Role, ...] = (
    "abstract", "introduction", "method", "results", "ablation", "conclusion", "limitations", "statement", "other",
    "related_work",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentenceSelector:
    """What a field asks of a sentence: a section's role (of those named the first is best), and words.

    `required` must be found and `excluded` must not; `prefers_numbers` puts sentences with a measured number first.
    `field` is the learned score by which sentences that are otherwise alike are ordered.
    """

    roles: tuple[Role, ...]
    required: re.Pattern[str] | None = None
    excluded: re.Pattern[str] | None = None
    field: ScoredField | None = None
    prefers_numbers: bool = False
    needs_own_result: bool = False

    def select(self, sentences: Iterable[Sentence], most: int, used: Iterable[Sentence] = ()) -> list[Sentence]:
        """The best sentences, at most `most`, in reading order, none that repeats another or one in `used`."""
        ranked = sorted((sentence for sentence in sentences if self.fits(sentence)), key=self._rank)
        taken = list(used)
        selected: list[Sentence] = []
        for sentence in ranked:
            if len(selected) == most:
                break
            if not any(is_repetition(sentence.text, other.text) for other in taken):
                selected.append(sentence)
                taken.append(sentence)
        return sorted(selected, key=lambda sentence: sentence.order)

    def fits(self, sentence: Sentence) -> bool:
        """Whether a sentence may be taken at all."""
        return (
            sentence.role in self.roles
            and not sentence.leans
            and not sentence.is_availability
            and (self.required is None or self.required.search(sentence.text) is not None)
            and (self.excluded is None or self.excluded.search(sentence.text) is None)
            and (not self.needs_own_result or is_own_result(sentence))
        )

    def _rank(self, sentence: Sentence) -> tuple[int, bool, float, int]:
        return (
            self.roles.index(sentence.role),
            self.prefers_numbers and not has_measurement(sentence.text),
            -score_words(sentence, self.field) if self.field else 0.0,
            sentence.order,
        )


def _compile(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_OWN = (
    r"(?:our|this|the (?:proposed|present|presented|current))(?: [\w-]+){0,2}? "
    r"(?:work|paper|study|method|approach|model|framework|system|analysis|evaluation|experiments?|dataset|benchmark|results"
    r"|algorithm|pipeline|design|implementation|architecture|formulation|theory|technique|survey|review|findings|tool|agent"
    r"|network|setup|investigation|research|version|prototype|estimates?|solution|scheme|protocol)\b"
)
_OTHERS = (
    r"^(?:Existing|Prior|Previous|Traditional|Conventional|Earlier|Many|Most|Recent)\b|"
    r"\b(?:existing|prior|previous|traditional|conventional|earlier|most|many|other|state-of-the-art|SOTA)"
    r"(?: [\w-]+){0,3}? (?:methods?|approach(?:es)?|works?|models?|systems?|studies|techniques?|frameworks?|benchmarks?"
    r"|datasets?|baselines?|LLMs|research|literature|solutions|algorithms?)\b"
)
_SPEAKS_OF_ITSELF = re.compile(r"\b(?:[Ww]e|[Oo]urs?|[Tt]he proposed|[Tt]his (?:paper|work|study))\b|我们|本文|所提")
_SET_UP = _compile(
    r"^(?:[^,]{1,60}, |to [^,]{1,60}? )?we (?:also |then |first |additionally )?(?:rel(?:y|ied)|us(?:e|ed)|var(?:y"
    r"|ied)|train(?:ed)?"
    r"|follow(?:ed)?|adopt(?:ed)?|set|employ(?:ed)?|cho(?:o)?se|select(?:ed)?|consider(?:ed)?|comput(?:e|ed)|ran|run|sampled?"
    r"|split|measured?|compared?|tested|test|filmed|evaluated?|conduct(?:ed)?|perform(?:ed)?|assess(?:ed)?|collect(?:ed)?"
    r"|construct(?:ed)?|implement(?:ed)?|fine-?tuned?|initiali[sz]ed?|apply|applied|randomly|generated?|define|repeat(?:ed)?"
    r"|limit(?:ed)?|report(?:ed)?|fix(?:ed)?|keep|kept|divided?|annotated?|build|built|asked|study|studied|denote|choose)\b"
    r"(?!.{0,200}\b(?:and (?:find|found|show|observe|achieve|obtain)|achiev\w+|outperform\w*|improv\w+|yield\w*)\b)",
    rf"^(?:\w+, )?{_OTHERS}",
    r"\b(?:learning rate|batch size|hyper-?parameters?|optimizer|AdamW?|epochs|random seeds?|temperature (?:is|of|to"
    r"|=)|weight decay"
    r"|top-[pk] (?:is|of|=)|max(?:imum)? (?:length|tokens)|data ?split|train(?:ing)?/(?:val|test))\b",
    r"\b(?:consists? of|comprises?|contains?|is composed of) (?:about |over |around |approximately )?\d",
    r"\?$",
)
_HYPOTHETICAL = _compile(r"\b(?:would|could|might|may|should|will|expect(?:ed)?|suppose|assume|let us|if we)\b")
_OUTCOME = frozenset({"experiments_show", "outperforms", "we_find", "change", "result_zh"})


def is_own_result(sentence: Sentence) -> bool:
    """Whether a sentence of the text states a measured result of this paper: not a set-up, nor what others reach."""
    return (
        has_measurement(sentence.text)
        and not find_cues(sentence.text).isdisjoint(_OUTCOME)
        and (sentence.names_subject or _SPEAKS_OF_ITSELF.search(sentence.text) is not None)
        and _SET_UP.search(sentence.text) is None
        and _HYPOTHETICAL.search(sentence.text) is None
    )


# Where a field must have something: any sentence, the best first.
ANY = SentenceSelector(roles=_EVERYWHERE, field="tldr")
ANY_OF_ABSTRACT = SentenceSelector(roles=("abstract",), field="tldr")
METHOD = SentenceSelector(
    roles=("method", "introduction"),
    excluded=_compile(
        r"\bwe (?:also )?(?:observe|find|found|see|notice|note|consider|report)\b",
        r"^(?:[\w-]+ ){1,4}(?:outperforms?|surpass(?:es)?|won)\b",
        r"\b(?:we plan to|future work)\b",
        _OTHERS,
        r"\b(?:recent(?:ly)?|has been|have been)\b",
    ),
    field="method",
)
RESULT = SentenceSelector(
    roles=("results", "conclusion", "introduction", "ablation"), field="result", needs_own_result=True
)
FINDING = SentenceSelector(
    roles=("results", "ablation", "conclusion", "abstract"),
    required=_compile(r"\d"),
    field="result",
    needs_own_result=True,
)  # a number beside those of the results
MOTIVATION = SentenceSelector(
    roles=("introduction",), required=_compile(_OTHERS, r"\bhowever\b|challeng|\black\w*|然而|挑战"), field="motivation"
)
CONCLUSION = SentenceSelector(
    roles=("conclusion",),
    required=_compile(
        _OWN, r"\bwe (?:have )?(?:show|present|propos|introduc|demonstrat|find|found)\w*", "本文|我们|该工作"
    ),
    excluded=_compile(r"\bfuture\b", r"\blimit\w*", "未来|局限"),
    field="conclusion",
)
LIMITATION_SECTION = SentenceSelector(
    roles=("limitations",),
    required=_compile(
        r"\b(?:limit\w*|only|not|cannot|requires?|restrict\w*|fail\w*|expensive|slow\w*|sensitive|depend\w*|struggl\w*|lack\w*"
        r"|small|assum\w*|remains?|challeng\w*|costs?|overhead|bias\w*|narrow|unclear)\b",
        "局限|不足|尚未|仅|需要|依赖|无法|可能",
    ),
    excluded=_compile(
        _OTHERS, r"\b(?:future|we (?:plan|hope|intend)|leave|next step|overcom\w+|mitigat\w+|address(?:es)?|alleviat\w+"
        r"|not (?:limited to|only))\b", "未来",
    ),
)  # fmt: skip
LIMITATION = SentenceSelector(
    roles=("conclusion", "other", "results", "abstract", "method"),
    required=_compile(
        rf"\b(?:limitations?|caveats?|drawbacks?|shortcomings?) (?:of|in|to|is|are|include)\b.{{0,30}}?{_OWN}",
        r"\b(?:one|a|another|the (?:main|key|primary|major)|our (?:main|key)?) ?(?:main |key |primary |notable "
        r"|current |remaining )?"
        r"(?:limitation|caveat|drawback|shortcoming)s? (?:is|are|of (?:our|this)|includes?|remains?|concerns?)\b",
        rf"\b{_OWN}.{{0,60}}?\b(?:is limited|are limited|has (?:several |some |a few )?limitations|is restricted"
        rf"|does not (?:yet )?"
        rf"(?:account|consider|address|cover|support|handle|model|capture|include)|cannot|only (?:consider|evaluat"
        rf"|test|support|cover"
        rf"|focus)\w*|relies on|assumes?|struggles?|still (?:struggles?|requires?|fails?|lacks?))\b",
        r"\bwe (?:do not|did not|have not|cannot|only|could not) (?:yet )?(?:consider|evaluat|test|cover|address"
        r"|explor|stud|account"
        r"|investigat|includ|compar|analy[sz])\w*",
        "本文.{0,20}(?:局限|不足|尚未)|局限(?:在于|是)",
    ),
    excluded=_compile(
        _OTHERS, r"\b(?:overcom\w+|address(?:es|ed|ing)?|mitigat\w+|alleviat\w+|tackl\w+|resolv\w+|without)\b.{0,50}\blimitation"
    ),
)  # fmt: skip
FUTURE = SentenceSelector(
    roles=("conclusion", "limitations", "other", "results", "introduction", "method", "abstract"),
    required=_compile(
        r"\bfuture (?:work|works|directions?|stud(?:y|ies)|efforts?|iterations?|versions?|investigations?|extensions?"
        r"|developments?)\b",
        r"\bfuture research\b(?! community)",
        r"\bin (?:the )?(?:near )?future\b",
        r"\bwe (?:plan|intend|hope) to\b",
        r"\b(?:promising|interesting|natural|exciting|important|open) (?:\w+ )?(?:direction|avenue|extension|next step)s?\b",
        r"\b(?:leave|left|defer)\b.{0,80}\b(?:future|later)\b",
        r"\b(?:remains? (?:an )?(?:open (?:question|problem|challenge)|to be (?:seen|explored|studied|investigated)))",
        r"\bfurther (?:research|work|stud(?:y|ies)|investigation) (?:is|are|should|could|will|may|into|on)\b",
        "未来(?:工作|研究|方向|将|可)",
    ),
    excluded=_compile(
        r"\b(?:pav\w+|guid\w+|inspir\w+|facilitat\w+|foundation|groundwork|inform\w*|benefit\w*|spur\w*|foster\w*|stimulat\w+"
        r"|advanc\w+|enabl\w+|insights?|baseline|resource|roadmap)\b.{0,60}\bfuture (?:research|work|stud|direction"
        r"|effort|develop)",
        r"\b(?:prior|previous|earlier) (?:work|stud)",
    ),
)  # fmt: skip
ARCHITECTURE = SentenceSelector(
    roles=("method", "abstract", "introduction", "results"),
    required=_compile(
        r"\b(?:encoder|decoder|transformer|backbone|architecture|loss(?:es)?|objective|fine-?tun\w+|pre-?train\w+"
        r"|trained|network|layers?"
        r"|diffusion|attention|reward|optimi[sz]\w+|regulari[sz]\w+)\b",
        "编码器|解码器|损失|架构|训练|微调|网络",
    ),
    excluded=_compile(_OTHERS, r"\b(?:recent(?:ly)?|outperform\w*|has been|have been)\b"),
    field="method",
)  # fmt: skip
_DEVICE = (
    r"(?:GPUs?|TPUs?|NPUs?|CPUs?|FPGAs?|[AHV]100s?\b|[AHVTL]\d{1,3}s?\b(?= )|A6000s?|A40s?\b|A800s?|H[28]00s?|B200s?"
    r"|GH200|L40S?|MI\d{3}X?|RTX[\s-]?\w+"
    r"|GTX[\s-]?\w+|Jetson|Xeon|EPYC|Ryzen|M[1-4] (?:Pro|Max|Ultra)|Apple M[1-4]|Raspberry Pi|Snapdragon|laptops?"
    r"|smartphones?|VRAM"
    r"|workstations?|edge devices?|consumer-grade)"
)
HARDWARE = SentenceSelector(
    roles=("results", "method", "other", "ablation", "introduction", "conclusion", "limitations", "abstract", "statement"),
    required=_compile(
        rf"\b(?:train\w*|r[au]n(?:s|ning)?|experiments?|conducted|performed|implement\w*|evaluat\w+|inference"
        rf"|measured|fine-?tun\w+|deploy\w*"
        rf"|us(?:e|es|ed|ing)|requires?|takes?|took|executed|fits?|simulations?|computed|equipped|hours?|machine"
        rf"|server|cluster|achiev\w+)\b"
        rf".{{0,160}}?\b(?:on|using|with|via|by|per|to|in|across|requires?|of"
        rf"|than)\b (?:[\w\-×.,()/]{{1,30}} ){{0,7}}?{_DEVICE}",
        rf"\b(?:our|we|all)\b.{{0,120}}?\b(?:on|using|with) (?:an?|one|two|four|eight|\d{{1,4}}"
        rf"|the)\b (?:[\w\-×]{{1,30}} ){{0,5}}?{_DEVICE}",
        rf"\b(?:\d{{1,4}}|an?|one|two|four|eight|single|sixteen) ?[×x]? ?(?:[\w-]{{1,20}} ){{0,4}}?{_DEVICE}\b"
        rf".{{0,120}}?\b(?:train|run|experiment|hours?|used|inference|memory|days?)",
        "显卡|显存|硬件",
    ),
    excluded=_compile(_OTHERS, r"\b(?:GPU|CPU)-(?:oriented|based)\b"),
)  # fmt: skip
COMPLEXITY = SentenceSelector(
    roles=("results", "method", "abstract", "ablation", "other"),
    required=_compile(
        rf"{_DEVICE}\b",
        r"\b(?:FLOPs?|FPS|latency|memory (?:usage|footprint|cost|consumption)|runtime|wall-clock|throughput"
        r"|speed-?ups?|overhead)\b",
        r"\b\d[\d.,]{0,12}\s?[MB]\b(?:illion)?(?:\s|-)?param\w*",
        r"(?<![-\w])(?:trainable |model )parameters?\b(?=.{0,40}\d)",
        r"\bO\(",
        "显存|显卡|参数量|延迟|推理速度",
    ),
    excluded=_compile(_OTHERS),
    prefers_numbers=True,
)
DATA = SentenceSelector(
    roles=("results", "abstract", "method"),
    required=_compile(
        r"\b(?:evaluat\w+|experiments?|test(?:ed)?|train(?:ed)?|conducted"
        r"|validated?)\b.{0,60}\bon\b.{0,80}\b(?:datasets?|benchmarks?|corpus"
        r"|corpora|test sets?|tasks)\b",
        r"\b(?:datasets?|benchmarks?|metrics?)\b.{0,40}(?:\binclud\w+|\bsuch as\b|:)",
        "数据集|基准|指标|评测",
    ),
    excluded=_compile(_OTHERS),
)
BASELINES = SentenceSelector(
    roles=("results", "abstract"),
    required=_compile(
        r"\b(?:baselines?|compar(?:ed?|isons?|ing) (?:\w+ )?(?:to|with|against)|outperform\w*|surpass\w*|versus|vs\.)",
        "基线|相比|对比|优于|超越",
    ),
)
ABLATION = SentenceSelector(
    roles=("ablation", "results", "other", "abstract"),
    required=_compile(
        r"\bablat\w+\b.{0,80}\b(?:show|confirm|reveal|demonstrat|indicat|validat|suggest|verif)\w*",
        r"\b(?:without|removing|removal of|replacing|disabling|excluding|dropping|w/o|omitting|adding|introducing"
        r"|incorporating)\b"
        r".{0,120}\b(?:degrad|drop|decreas|reduc|declin|wors|hurt|fall|lower|improv|increas|ris|gain|boost|caus|lead"
        r"|result|yield)\w*",
        r"\b(?:degrad|drop|decreas|declin|fall)\w*\b.{0,80}\b(?:without|when|if)\b",
        "消融.{0,20}(?:表明|显示|证明)|移除|去掉",
    ),
    excluded=_compile(_OTHERS, r"^(?:to|we (?:conduct|perform|ablate|study|evaluate))\b(?!.{0,200}\b(?:show|find|observ)\w*)"),
    prefers_numbers=True,
)  # fmt: skip
PROS = SentenceSelector(
    roles=("conclusion", "abstract", "introduction"),
    required=_compile(
        r"\b(?:outperform\w*|robust\w*|efficien\w+|general(?:i[sz]\w+|ity)|scalab\w+|flexib\w+|interpretab\w+"
        r"|lightweight|state-of-the-art|practical"
        r"|without (?:additional|extra|any|requiring|retraining|the need)|faster|superior|effective\w*"
        r"|training-free|plug-and-play)\b",
        "优于|鲁棒|高效|泛化|可扩展|首个|无需|显著",
    ),
    excluded=_compile(
        r"^(?:although|while|despite|however|though|yet|to)\b", _OTHERS, r"\b(?:remain\w*|challeng\w*|future|limit\w*"
        r"|difficult)\b",
    ),
    field="conclusion",
)  # fmt: skip
_SYSTEM = (
    r"(?:our|the|this)(?: [\w-]+){0,3}? "
    r"(?:model|method|framework|system|network|pipeline|approach|agent|algorithm|tool|library)"
)
INPUT = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=_compile(
        r"\btakes?\b.{1,100}\bas (?:an? |its |the )?(?:\w+ )?inputs?\b",
        r"^given (?:an?|the|only|multiple|\w+ing)\b",
        rf"\b(?:we|{_SYSTEM})\b.{{0,80}}\bfrom (?:a )?(?:single|sparse|monocular|raw|multi-?view|casual\w*)\b.{{0,30}}"
        r"\b(?:images?|videos?|views?|inputs?|data|text)\b",
        "以.{1,20}(?:作为|为)输入|给定|输入(?:是|为|包括)",
    ),
    excluded=_compile(_OTHERS),
)
OUTPUT = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=_compile(
        rf"\b{_SYSTEM}\b.{{0,60}}\b(?:generates|produces|predicts|synthesi[sz]es|reconstructs|returns|estimates|outputs)\b",
        r"\b(?:final|resulting|model'?s?) outputs? (?:is|are|consists? of)\b",
        "输出",
    ),
    excluded=_compile(_OTHERS),
)
WORKFLOW = SentenceSelector(
    roles=("abstract", "method", "introduction"),
    required=_compile(
        r"\b(?:two|three|four|five|multi)-(?:stage|step|phase)\b.{0,30}\b(?:pipeline|framework|method|approach"
        r"|procedure|process|training|strategy|algorithm|curriculum|learning)\b",
        r"\b(?:our|proposed|an?|the) (?:[\w-]+ ){0,4}(?:pipeline|workflow)\b(?!\s[A-Z])",
        r"\bconsists? of (?:two|three|four|five|several|the following)\b",
        r"\bfirst(?:ly)?\b(?! (?:is|was|one|of|time|to)\b).{5,220}\b(?:then|followed by|finally|subsequently)\b",
        "流程|阶段|步骤|首先.{5,120}(?:然后|其次|最后|再)",
    ),
    excluded=_compile(r"\bwe (?:compare|evaluat|re-?run|report)", _OTHERS),
)
AREA = SentenceSelector(
    roles=("abstract", "introduction"),
    required=_compile(
        r"\b(?:applications? (?:such as|like|in|including|of|to)|such as (?:robot|autonomous|medical|video|game|virtual"
        r"|content)|real-world applications?|downstream applications"
        r"|(?:crucial|essential|important|fundamental|critical|key|central|vital)(?: task| problem)? (?:for|in|to)\b)",
        "应用于|应用|任务",
    ),
    field="motivation",
)
INNOVATION = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=_compile(
        r"\b(?:we|this (?:paper|work)) (?:\w+ly )?(?:propos|introduc|present|develop|design|devis|build|construct"
        r"|formulat|releas)\w*\b",
        r"\b(?:is|are) (?:propos|introduc|present|develop)ed\b",
        r"\bnovel\b",
        "提出|设计|引入|构建",
    ),
    excluded=_compile(_OTHERS, r"\b(?:results?|experiments?) (?:show|demonstrat)"),
    field="tldr",
)
_RELEASE = _compile(
    r"\b(?:our|we|this|all|the|source|project|code|models?|and)\b.{0,60}\b(?:code|models?|data(?:sets?)?|weights"
    r"|implementation|page|website|benchmark"
    r"|checkpoints|resources|demo|library|package)\b|https?://|github|\bcode\b|代码|开源",
)
_OF_OTHERS = _compile(
    _OTHERS, r"\b(?:publicly available (?:data|bench|corp)|available data|downloaded|we use|using the|were obtained)"
)


def find_availability(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The first sentence that says where this paper's code, data or models are; the abstract's before others."""
    found = [
        sentence
        for sentence in sentences
        if sentence.is_availability and _RELEASE.search(sentence.text) and not _OF_OTHERS.search(sentence.text)
    ]
    return sorted(
        found, key=lambda sentence: (sentence.role != "abstract", "http" not in sentence.text, sentence.order)
    )[:1]


STRUGGLING = re.compile(
    r"\b((?:most |many |the )?(?:existing|prior|previous|current|recent|traditional|conventional|state-of-the-art)"
    r"(?:-[\w/()-]{1,40}+)?(?:\s[\w/()-]{1,40}+){0,7}?\s(?:methods?|approach(?:es)?|models?|works?|techniques?"
    r"|systems?|frameworks?"
    r"|benchmarks?|datasets?|algorithms?"
    r"|solutions?|pipelines?|strategies|LLMs?|VLMs?|MLLMs?|agents?|policies|detectors?|studies"
    r"|research|literature|evaluations?|metrics?))\b(?=.{0,30}?\b(?:\w+ly\s)?"
    r"(?:limit\w*|fail\w*|suffer\w*|struggl\w+|lack\w*|rel(?:y|ies)|overlook\w*|ignor\w+|neglect\w*|requir\w+"
    r"|assum\w+|focus\w*|cannot|often|"
    r"typically|remain\w*|treat\w*|depend\w*|produce\w*|face\w*|do(?:es)? not|are (?:limited|restricted|constrained"
    r"|confined|prone)))",
    re.IGNORECASE,
)
