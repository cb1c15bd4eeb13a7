"""Sentence selectors: which sentences of a paper's text a field takes where the abstract's own do not serve.

A selector names the sections where such a sentence stands, the best first, and the words that it must have. Nothing is
weighed here: of two sentences that fit in sections alike, the one with a measured number or more of the learned score
(`field_scores`) is taken, then the earlier one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest_assets.summaries.extractive.abstract_features import OUTCOME_CUES
from digest_assets.summaries.extractive.cues import find_cues
from digest_assets.summaries.extractive.field_scores import ScoredField, score_words
from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement, is_repetition
from digest_assets.texts.tables import Role

_EVERYWHERE: tuple[Role, ...] = (
    "abstract", "introduction", "method", "results", "ablation", "conclusion", "limitations", "statement", "other",
    "related_work",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentenceSelector:
    """What a field asks of a sentence: a section's role (of those named the first is best), and words.

    `required` must be found and `excluded` must not; `prefers_numbers` puts sentences with a measured number first, and
    before them come those with the `preferred` words, wherever they stand.
    `field` is the learned score by which sentences that are otherwise alike are ordered. `needs_own_subject` asks of a
    sentence outside the abstract that it speaks of this paper.
    """

    roles: tuple[Role, ...]
    required: re.Pattern[str] | None = None
    excluded: re.Pattern[str] | None = None
    preferred: re.Pattern[str] | None = None
    field: ScoredField | None = None
    prefers_numbers: bool = False
    needs_own_result: bool = False
    needs_own_subject: bool = False

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
        if sentence.role not in self.roles or sentence.leans or sentence.is_availability:
            return False
        printed = drop_connective(sentence.text)
        return (
            (self.required is None or self.required.search(printed) is not None)
            and (self.excluded is None or self.excluded.search(printed) is None)
            and (not self.needs_own_result or is_own_result(sentence))
            and (not self.needs_own_subject or sentence.role == "abstract" or speaks_of_itself(sentence))
        )

    def _rank(self, sentence: Sentence) -> tuple[bool, int, bool, float, int]:
        return (
            self.preferred is not None and self.preferred.search(sentence.text) is None,
            self.roles.index(sentence.role),
            self.prefers_numbers and not has_measurement(sentence.text),
            -score_words(sentence, self.field) if self.field else 0.0,
            sentence.order,
        )


def compile_words(*words: str) -> re.Pattern[str]:
    """A pattern that finds any of these, in capitals or not."""
    return re.compile("|".join(words), re.IGNORECASE)


OWN = (
    r"(?:our|this|the (?:proposed|present|presented|current))(?: [\w-]+){0,2}? "
    r"(?:work|paper|study|method|approach|model|framework|system|analysis|evaluation|experiments?|dataset|benchmark|results"
    r"|algorithm|pipeline|design|implementation|architecture|formulation|theory|technique|survey|review|findings|tool|agent"
    r"|network|setup|investigation|research|version|prototype|estimates?|solution|scheme|protocol)\b"
)
OTHERS = (
    r"^(?:Existing|Prior|Previous|Traditional|Conventional|Earlier|Many|Most|Recent|Other|Modern|Typical(?:ly)?)\b|"
    r"\b(?:existing|prior|previous|traditional|conventional|earlier|most|many|other|modern|state-of-(?:the-)?art|SOTA)"
    r"(?: [\w-]+){0,3}? (?:methods?|approach(?:es)?|works?|models?|systems?|studies|techniques?|frameworks?|benchmarks?"
    r"|datasets?|baselines?|LLMs|research|literature|solutions|algorithms?|implementations?)\b"
    # authors by their names, as the subject: "Doe et al. 7 used", "Doe and Roe (2019) show"
    r"|\bet al\.?(?: \d{1,3})? (?:have |has |also )?[a-z]{2,20}(?:ed|[a-z]s)\b"
    r"|^[A-Z][\w-]{1,30}(?: (?:and|&) [A-Z][\w-]{1,30})? \((?:19|20)\d\d"
)
_SPEAKS_OF_ITSELF = re.compile(
    r"\b(?:[Oo]urs?\b(?! (?:galaxy|sun|solar|planet|universe|knowledge|world|society|lives))|[Tt]he proposed"
    r"|[Tt]his (?:paper|work|study)|[Ww]e (?:\w+ly |also |further |then )?(?:achiev|obtain|reach|improv"
    r"|outperform|surpass|attain|show|find|found|demonstrat|gain|reduc|report|establish|prove)\w*)\b|我们|本文|所提"
)
_SET_UP = compile_words(
    r"^(?:[^,]{1,60}, |(?:to|on|in|for) [^,]{1,60}? )?we (?:also |then |first |additionally )?(?:rel(?:y|ied)|us(?:e|ed)|var(?:y"
    r"|ied)|train(?:ed)?"
    r"|follow(?:ed)?|adopt(?:ed)?|set|employ(?:ed)?|cho(?:o)?se|select(?:ed)?|consider(?:ed)?|comput(?:e|ed)|ran|run|sampled?"
    r"|split|measured?|compared?|tested|test|filmed|evaluated?|conduct(?:ed)?|perform(?:ed)?|assess(?:ed)?|collect(?:ed)?"
    r"|construct(?:ed)?|implement(?:ed)?|fine-?tuned?|initiali[sz]ed?|apply|applied|randomly|generated?|define|repeat(?:ed)?"
    r"|limit(?:ed)?|report(?:ed)?|fix(?:ed)?|keep|kept|divided?|annotated?|build|built|asked|study|studied|denote|choose)\b"
    r"(?!.{0,200}\b(?:and (?:find|found|show|observe|achieve|obtain)|achiev\w+|outperform\w*|improv\w+|yield\w*)\b)",
    rf"^(?:\w+, )?(?:{OTHERS})",
    r"\b(?:learning rate|batch size|hyper-?parameters?|optimizer|AdamW?|epochs|random seeds?|temperature (?:is|of|to"
    r"|=)|weight decay"
    r"|top-[pk] (?:is|of|=)|max(?:imum)? (?:length|tokens)|data ?split|train(?:ing)?/(?:val|test))\b",
    r"\b(?:consists? of|comprises?|contains?|is composed of) (?:about |over |around |approximately )?\d",
    r"\b(?:focus|goals?|aims?|objective|target|plan)\b.{0,40}?\bis to\b|\bunless (?:stated|noted|specified|otherwise)\b",
    r"\b(?:is|are) set (?:at|to)\b",
    r"\bwe (?:start|begin|increase|decrease|decay|initiali[sz]e|stop|warm|pad|crop|resize|mask)\b",
    r"\?$",
)
_HYPOTHETICAL = compile_words(r"\b(?:would|could|might|may|should|will|expect(?:ed)?|suppose|assume|let us|if we)\b")


def is_own_result(sentence: Sentence) -> bool:
    """Whether a sentence of the text states a measured result of this paper: not a set-up, nor what others reach."""
    return (
        has_measurement(sentence.text)
        and not find_cues(sentence.text).isdisjoint(OUTCOME_CUES)
        and (sentence.names_subject or _SPEAKS_OF_ITSELF.search(sentence.text) is not None)
        and not is_set_up(sentence)
        and _HYPOTHETICAL.search(sentence.text) is None
    )


def is_set_up(sentence: Sentence) -> bool:
    """Whether a sentence says how something was measured, or what others did, and not what came of it."""
    return _SET_UP.search(drop_connective(sentence.text)) is not None


_OWN_SUBJECT = compile_words(
    r"\b(?:we|ours?|the (?:proposed|present|presented)|this (?:paper|work|study|article|vignette|package|report|survey"
    r"|review))\b|本文|我们|所提"
)


def speaks_of_itself(sentence: Sentence) -> bool:
    """Whether a sentence names this paper, its authors or what its title names."""
    return sentence.names_subject or _OWN_SUBJECT.search(sentence.text) is not None


# Where a field must have something: any sentence, the best first.
ANY = SentenceSelector(roles=_EVERYWHERE, field="tldr")
ANY_OF_ABSTRACT = SentenceSelector(roles=("abstract",), field="tldr")
METHOD = SentenceSelector(
    roles=("method", "introduction"),
    excluded=compile_words(
        r"\bwe (?:also )?(?:observe|find|found|see|notice|note|consider|report)\b",
        r"^(?:[\w-]+ ){1,4}(?:outperforms?|surpass(?:es)?|won)\b",
        r"\b(?:we plan to|future work|in the (?:near )?future)\b",
        OTHERS,
        r"\b(?:recent(?:ly)?|has been|have been)\b",
    ),
    field="method",
)
RESULT = SentenceSelector(
    roles=("results", "conclusion", "introduction", "ablation"), field="result", needs_own_result=True
)
FINDING = SentenceSelector(
    roles=("results", "ablation", "conclusion", "abstract"),
    required=compile_words(r"\d"),
    field="result",
    needs_own_result=True,
)  # a number beside those of the results
MOTIVATION = SentenceSelector(
    roles=("introduction",),
    required=compile_words(OTHERS, r"\bhowever\b|challeng|\black\w*|然而|挑战"),
    field="motivation",
)
CONCLUSION = SentenceSelector(
    roles=("conclusion",),
    required=compile_words(
        OWN, r"\bwe (?:have )?(?:show|present|propos|introduc|demonstrat|find|found)\w*", "本文|我们|该工作"
    ),
    excluded=compile_words(r"\bfuture\b", r"\blimit\w*", "未来|局限"),
    field="conclusion",
)
ARCHITECTURE = SentenceSelector(
    roles=("method", "abstract", "introduction", "results"),
    required=compile_words(
        r"\b(?:encoder|decoder|transformer|backbone|architecture|loss(?:es)?|objective|fine-?tun\w+|pre-?train\w+"
        r"|trained|network|layers?"
        r"|diffusion|attention|reward|optimi[sz]\w+|regulari[sz]\w+)\b",
        "编码器|解码器|损失|架构|训练|微调|网络",
    ),
    excluded=compile_words(OTHERS, r"\b(?:recent(?:ly)?|outperform\w*|has been|have been)\b"),
    field="method",
)  # fmt: skip
_NAMED_DEVICE = (
    r"(?:[AHVP]100s?\b|TPU[ -]?v\d\w{0,8}|K[48]0s?\b|M[46]0s?\b|T4s?\b(?= )|L4s?\b(?= )|A[1234]0s?\b|A6000s?|A800s?|H[28]00s?"
    r"|B200s?|GH200|L40S?\b|(?:NVIDIA|Nvidia) (?=[A-Z0-9])|Titan\b|MI\d{3}X?|RTX[\s-]?\w{1,12}"
    r"|GTX[\s-]?\w{1,12}|Jetson|Xeon|EPYC|Ryzen|M[1-4] (?:Pro|Max|Ultra)|Apple M[1-4]|Raspberry Pi|Snapdragon|laptops?"
    r"|smartphones?|(?:Intel|AMD) (?=[A-Z0-9])|Core (?:i\d|2)|Pentium|MacBook|iMac|Mac (?:mini|Pro|Studio))"
)
_DEVICE = (
    r"(?:GPUs?|TPUs?|NPUs?|CPUs?|FPGAs?|VRAM|RAM|processors?|(?:desktop|personal|super) ?computers?|workstations?"
    rf"|edge devices?|consumer-grade|{_NAMED_DEVICE})"
)
HARDWARE = SentenceSelector(
    roles=("results", "method", "other", "ablation", "introduction", "conclusion", "limitations", "abstract", "statement"),
    required=compile_words(
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
    excluded=compile_words(
        OTHERS, r"\b(?:GPU|CPU)-(?:oriented|based)\b|\bwe (?:estimate|focus)\b|\breports? the\b|\bmost recent\b",
        r"\b(?:would|could|will)\b|\breported\b|\boptions?\b|\bspecified\b",
        # "compared with a V100", but not "We performed the comparison with fpc on a laptop"
        r"^(?!.{0,400}\bwe (?:perform|conduct|carr)\w*\b).{0,400}\bcompar\w+ (?:\w+ ){0,3}(?:with|to)\b",
        # Others' machines: what a baseline or its authors took, in a sentence that does not say "we" or "our".
        r"^(?!.{0,400}\b(?:we|ours?|all)\b).{0,400}\b(?:baselines?|et al|their|the authors|original (?:paper|work))\b",
    ),
    preferred=compile_words(
        rf"\b(?:train\w*|r[au]n(?:ning)?|experiments?|conducted|performed|implement\w*|evaluat\w+|tested|executed|measured|obtained"
        rf"|using|used|took|takes)\b.{{0,160}}?{_NAMED_DEVICE}",
        rf"{_NAMED_DEVICE}.{{0,80}}?\b(?:train\w*|experiments?|hours?|days?|used|runs?|tests?)\b",
    ),
)  # fmt: skip
COMPLEXITY = SentenceSelector(
    roles=("results", "method", "abstract", "ablation", "other"),
    required=compile_words(
        rf"\b{_DEVICE}\b",
        r"\b(?:FLOPs?|FPS|latency|memory (?:usage|footprint|cost|consumption)|runtime|wall-clock|throughput"
        r"|speed-?ups?|overhead)\b",
        r"\b\d[\d.,]{0,12}\s?[MB]\b(?:illion)?(?:\s|-)?param\w*",
        r"(?<![-\w])(?:trainable |model )parameters?\b(?=.{0,40}\d)",
        r"\bO\(",
        "显存|显卡|参数量|延迟|推理速度",
    ),
    excluded=compile_words(OTHERS, r"\bwe (?:estimate|focus)\b"),
    prefers_numbers=True,
)
DATA = SentenceSelector(
    roles=("results", "abstract", "method"),
    required=compile_words(
        r"\b(?:evaluat\w+|experiments?|test(?:ed)?|train(?:ed)?|conducted"
        r"|validated?)\b.{0,60}\bon\b.{0,80}\b(?:datasets?|benchmarks?|corpus"
        r"|corpora|test sets?|tasks)\b",
        r"\b(?:datasets?|benchmarks?|metrics?)\b.{0,40}(?:\binclud\w+|\bsuch as\b|:)",
        "数据集|基准|指标|评测",
    ),
    excluded=compile_words(OTHERS),
    needs_own_subject=True,
)
# What is compared with what; that one is better than the other is a result.
BASELINES = SentenceSelector(
    roles=("results", "abstract"),
    required=compile_words(
        r"\b(?:we|is|are|was|were) (?:\w+ )?compared?\b|\bcomparisons? (?:is|are|was|were|includes?|covers?)\b"
        r"|\bbaselines?\b.{0,30}(?:\b(?:includ\w+|compris\w+|consist\w*|such as)\b|:)",
        "基线|与.{0,40}(?:比较|对比)",
    ),
    needs_own_subject=True,
)
_CHANGES = (
    r"(?:degrad|drop|decreas|reduc|declin|wors|hurt|fall|lower|improv|increas|ris(?=e|ing)|gain|boost|caus|yield"
    r"|(?:lead|led|leads|leading) to\b|result(?:s|ed|ing)? in\b)"
)
_NO_ABLATION = compile_words(
    OTHERS,
    r"^(?:to|we (?:conduct|perform|ablate|study|evaluate|measure))\b(?!.{0,200}\b(?:show|find|observ)\w*)",
    r"\bet al\b|\bwith (?:and|or) without\b|\b(?:must|could|would|can|may|might|will|should)\b|^(?:If|Two|Three)\b",
)
ABLATION = SentenceSelector(
    roles=("ablation", "results", "other", "abstract", "method"),
    required=compile_words(
        r"\bablat\w+\b.{0,80}\b(?:show|confirm|reveal|demonstrat|indicat|validat|suggest|verif)\w*",
        rf"\b(?:without|removing|removal of|replacing|disabling|excluding|dropping|w/o|omitting)\b.{{0,120}}\b{_CHANGES}\w*",
        # What is added may be anything; what it changes is how well the paper's own does.
        rf"\b(?:adding|introducing|incorporating)\b.{{0,120}}\b{_CHANGES}\w*"
        r"(?=.{0,120}(?:\b(?:performance|accuracy|scores?|errors?|quality|recall|precision|results?|rates?|loss)\b|%|points?\b|(?-i:[A-Z]{2})))",
        r"\b(?:degrad|drop|decreas|declin|fall|wors|hurt)\w*\b.{0,80}?\b(?:without|when (?:we )?(?:remov|replac|disabl|omit)\w*"
        r"|than (?:the )?(?:best|full|default|complete|original) \w+|with (?:too|fewer)\b)",
        "消融.{0,20}(?:表明|显示|证明)|移除|去掉",
    ),
    excluded=_NO_ABLATION,
    prefers_numbers=True,
)  # fmt: skip


# In a section that is headed so: what came of it, if its words are others.
ABLATION_SECTION = SentenceSelector(
    roles=("ablation",),
    required=compile_words(
        r"\b(?:shows?|showed|confirm|reveal|demonstrat|indicat|validat|improv|outperform|achiev|yield|drop|gain|establish"
        r"|degrad|surpass)\w*",
        "表明|显示|证明|提升|下降",
    ),
    excluded=_NO_ABLATION,
    prefers_numbers=True,
)
PROS = SentenceSelector(
    roles=("conclusion", "abstract", "introduction"),
    required=compile_words(
        r"\b(?:outperform\w*|robust\w*|efficien\w+|general(?:i[sz]\w+|ity)|scalab\w+|flexib\w+|interpretab\w+"
        r"|lightweight|state-of-the-art|practical"
        r"|without (?:additional|extra|any|requiring|retraining|the need)|faster|superior|effective\w*"
        r"|training-free|plug-and-play)\b",
        "优于|鲁棒|高效|泛化|可扩展|首个|无需|显著",
    ),
    excluded=compile_words(
        r"^(?:although|while|despite|however|though|yet|to)\b", OTHERS, r"\b(?:remain\w*|challeng\w*|future|limit\w*"
        r"|difficult|priorit\w+)\b", r"\b(?:we|our) (?:plan|aim|hope|goal|intend|believe|are excited)\b|\bis (?:well )?known\b",
    ),
    field="conclusion",
    needs_own_subject=True,
)  # fmt: skip
_SYSTEM = (
    r"(?:our|the (?:proposed|full|final|resulting|trained|overall)|this)(?: [\w-]+){0,3}? "
    r"(?:model|method|framework|system|network|pipeline|approach|agent|algorithm|tool|library)"
)
INPUT = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=compile_words(
        r"\btakes?\b.{1,100}\bas (?:an? |its |the )?(?:\w+ )?inputs?\b",
        r"^given (?:an?|the|only|multiple|\w+ing)\b(?=.{0,200}\b(?:we|our|aims?|goal|task|predicts?|generates?|produces?)\b)",
        rf"\b(?:we|{_SYSTEM})\b.{{0,80}}\bfrom (?:a )?(?:single|sparse|monocular|raw|multi-?view|casual\w*)\b.{{0,30}}"
        r"\b(?:images?|videos?|views?|inputs?|data|text)\b",
        "以.{1,20}(?:作为|为)输入|给定|输入(?:是|为|包括)",
    ),
    excluded=compile_words(OTHERS),
)
OUTPUT = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=compile_words(
        rf"\b{_SYSTEM}\b.{{0,60}}\b(?:generates|produces|predicts|synthesi[sz]es|reconstructs|returns|estimates|outputs)\b",
        r"\b(?:final|resulting|model'?s?) outputs? (?:is|are|consists? of)\b",
        "输出",
    ),
    excluded=compile_words(OTHERS, r"\bwe (?:think|believe|find|observe|note|see)\b"),
)
WORKFLOW = SentenceSelector(
    roles=("abstract", "method", "introduction"),
    required=compile_words(
        r"\b(?:two|three|four|five|multi)-(?:stage|step|phase)\b.{0,30}\b(?:pipeline|framework|method|approach"
        r"|procedure|process|training|strategy|algorithm|curriculum|learning)\b",
        r"\b(?:our|proposed|an?|the) (?:[\w-]+ ){0,4}(?:pipeline|workflow)\b(?!\s[A-Z])",
        r"\bconsists? of (?:two|three|four|five|several|the following)\b",
        r"\bfirst(?:ly)?\b(?! (?:is|was|one|of|time|to)\b).{5,220}\b(?:then|followed by|finally|subsequently)\b",
        "流程|阶段|步骤|首先.{5,120}(?:然后|其次|最后|再)",
    ),
    excluded=compile_words(
        r"\bwe (?:compare|evaluat|re-?run|report)|\b(?:typically|commonly|usually|traditionally)\b", OTHERS
    ),
)
AREA = SentenceSelector(
    roles=("abstract", "introduction"),
    required=compile_words(
        r"\b(?:applications? (?:such as|like|in|including|of|to)|such as (?:robot|autonomous|medical|video|game|virtual"
        r"|content)|real-world applications?|downstream applications"
        r"|(?:crucial|essential|important|fundamental|critical|key|central|vital)(?: task| problem)? (?:for|in|to)\b)",
        "应用于|应用|任务",
    ),
    excluded=compile_words(OTHERS, r"^(?:We|This (?:paper|work)|In this)\b"),
    field="motivation",
)
INNOVATION = SentenceSelector(
    roles=("abstract", "introduction", "method"),
    required=compile_words(
        r"\b(?:we|this (?:paper|work)) (?:\w+ly )?(?:propos|introduc|present|develop|design|devis|build|construct"
        r"|formulat|releas)\w*\b",
        r"\b(?:is|are) (?:propos|introduc|present|develop)ed\b",
        r"\bnovel\b",
        "提出|设计|引入|构建",
    ),
    excluded=compile_words(OTHERS, r"\b(?:results?|experiments?) (?:show|demonstrat)"),
    field="tldr",
)


def select_ablations(sentences: Sequence[Sentence], most: int, used: Sequence[Sentence]) -> list[Sentence]:
    """What changing a part of the method changed; else what a section on ablations found."""
    return ABLATION.select(sentences, most, used) or ABLATION_SECTION.select(sentences, most, used)
