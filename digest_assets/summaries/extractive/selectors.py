"""Sentence selectors: which sentences of a paper each field of an extracted summary takes.

A selector scores a sentence by section, rhetorical move, words and position. The weights were set by hand while
reading extracted summaries of real days beside their papers, and every change was judged by `benchmarks.extractive`
(its results: `docs/benchmarks.md`); none was fitted by a script. What a score means: the right move is worth 2 to 3,
the right section 1 to 2, a wrong move costs 2 and more, and the default `min_score` of 2 asks for one of the first
two and something beside it. A selector whose `min_score` is higher asks for a cue word and its section together.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from digest_assets.summaries.extractive.rhetorical_moves import Move, score_cues
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement, is_repetition
from digest_assets.texts.tables import Role

_OTHER_MOVE_WEIGHT = -2.0  # for a sentence of the abstract that does something else: as much as the usual `min_score`
_CUE_WEIGHT = 0.35  # a clear cue (3 to 6 by `score_cues`) then weighs as much as the right section
_CHARACTERS_PER_POINT = 900  # a sentence of 900 characters loses one point: of two alike, the shorter is taken


@dataclass(frozen=True, slots=True)
class SentenceSelector:
    """What a field asks of a sentence; each number is added to the score of a sentence that has it.

    `required` must match and `excluded` must not; `allowed_roles` are the only roles looked at, and `allowed_moves`
    the only moves of the abstract; outside the abstract, words that hint at one of the moves must weigh at least
    `min_cue`, and in it a sentence without any such word, which has its move by its position alone, loses
    `no_cue_penalty`.
    """

    role_weights: Mapping[Role, float] = field(default_factory=dict)
    move_weights: Mapping[Move, float] = field(default_factory=dict)
    required: re.Pattern[str] | None = None
    excluded: re.Pattern[str] | None = None
    min_cue: float = 0.0
    no_cue_penalty: float = 0.0
    allowed_moves: frozenset[Move] | None = None
    measurement_bonus: float = 0.0
    subject_bonus: float = 0.0
    dependence_penalty: float = 0.4
    min_score: float = 2.0
    allowed_roles: frozenset[Role] | None = None

    def select(self, sentences: Iterable[Sentence], most: int, used: Iterable[Sentence] = ()) -> list[Sentence]:
        """The best sentences, at most `most`, in reading order, none that repeats another or one in `used`."""
        scored = [(score, sentence) for sentence in sentences if (score := self.score(sentence)) is not None]
        scored.sort(key=lambda pair: (-pair[0], pair[1].order))
        taken = list(used)
        selected: list[Sentence] = []
        for _, sentence in scored:
            if len(selected) == most:
                break
            if not any(is_repetition(sentence.text, other.text) for other in taken):
                selected.append(sentence)
                taken.append(sentence)
        return sorted(selected, key=lambda sentence: sentence.order)

    def score(self, sentence: Sentence) -> float | None:
        """How well a sentence fits, or None where it does not at all."""
        if self.allowed_roles is not None and sentence.role not in self.allowed_roles:
            return None
        if self.allowed_moves is not None and sentence.move is not None and sentence.move not in self.allowed_moves:
            return None
        if self.required is not None and not self.required.search(sentence.text):
            return None
        if self.excluded is not None and self.excluded.search(sentence.text):
            return None
        cues = (score_cues(sentence.text, move) for move, weight in self.move_weights.items() if weight > 0)
        cue = max(cues, default=0.0)
        if sentence.move is None and cue < self.min_cue:
            return None
        score = self.role_weights.get(sentence.role, 0.0) + _CUE_WEIGHT * cue + sentence.salience + sentence.opening
        if sentence.move is not None:
            other = _OTHER_MOVE_WEIGHT if self.move_weights else 0.0
            score += self.move_weights.get(sentence.move, other) - self.no_cue_penalty * (cue == 0)
        score += (
            self.measurement_bonus * (self.measurement_bonus > 0 and has_measurement(sentence.text))
            + self.subject_bonus * sentence.names_subject
            - self.dependence_penalty * sentence.depends_on_previous
            - len(sentence.text) / _CHARACTERS_PER_POINT
        )
        return score if score >= self.min_score else None


# Where a field must have something: any sentence, the best first.
ANY = SentenceSelector(min_score=float("-inf"))
ANY_OF_ABSTRACT = replace(ANY, allowed_roles=frozenset({"abstract"}))


def _compile(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


CONTRIBUTION = SentenceSelector(
    move_weights={"contribution": 3.0, "method": 0.8},
    role_weights={"abstract": 1.5, "introduction": 0.5},
    subject_bonus=1.0,
    dependence_penalty=1.2,
)
MOTIVATION = SentenceSelector(
    move_weights={"gap": 2.6, "background": 2.0, "contribution": -1.5},
    role_weights={"abstract": 1.2, "introduction": 0.6},
    dependence_penalty=0.2,
    allowed_roles=frozenset({"abstract", "introduction"}),
)
MOTIVATION_ALONE = replace(MOTIVATION, dependence_penalty=3.5)  # for a field that begins with it
TASK = SentenceSelector(
    move_weights={
        "background": 2.4,
        "gap": 1.0,
        "contribution": -4.0,
        "method": -4.0,
        "result": -4.0,
        "conclusion": -4.0,
    },
    role_weights={"abstract": 1.0},
    dependence_penalty=1.5,
    allowed_roles=frozenset({"abstract"}),
)
METHOD = SentenceSelector(
    move_weights={"method": 2.6, "contribution": 1.6},
    role_weights={"abstract": 1.0, "method": 1.6, "introduction": 0.4},
    excluded=_compile(
        r"\bwe (?:also )?(?:observe|find|found|see|notice|note|consider|report)\b",
        r"^(?:[\w-]+ ){1,4}(?:outperforms?|surpass(?:es)?|won)\b",
        r"\b(?:we plan to|future work)\b",
    ),
    dependence_penalty=0.1,
    allowed_roles=frozenset({"abstract", "introduction", "method"}),
)
IDEA = replace(
    METHOD,
    allowed_moves=frozenset({"method", "contribution"}),
    no_cue_penalty=9.0,
    dependence_penalty=1.0,
    allowed_roles=frozenset({"abstract"}),
)  # for a field of one sentence
RESULT = SentenceSelector(
    move_weights={
        "result": 2.6,
        "conclusion": -0.5,
        "method": -1.8,
        "contribution": -3.0,
        "gap": -4.0,
        "background": -4.0,
    },
    role_weights={"abstract": 1.0, "results": 1.4, "conclusion": 0.3},
    excluded=_compile(
        r"^(?:[^,]{1,60}, |to [^,]{1,60}? )?we (?:also )?(?:rel(?:y|ied)|us(?:e|ed)|var(?:y|ied)|train(?:ed)?|follow(?:ed)?"
        r"|adopt(?:ed)?|set|employ(?:ed)?|cho(?:o)?se|select(?:ed)?|consider(?:ed)?|comput(?:e|ed)|ran|run|sampled?|split"
        r"|measured?|compared?|tested|test|filmed)\b",
        r"^(?:\w+, )?(?:existing|previous|prior|current|traditional|conventional|most|many)\b",
    ),
    min_cue=1.5,
    no_cue_penalty=0.7,
    measurement_bonus=1.4,
    dependence_penalty=0.1,
    allowed_roles=frozenset({"abstract", "results", "introduction", "conclusion"}),
)
FINDING = replace(RESULT, required=_compile(r"\d"))  # a number beside those of the results
CONCLUSION = SentenceSelector(
    move_weights={"conclusion": 2.8, "result": -1.6},
    allowed_moves=frozenset({"result", "conclusion"}),
    role_weights={"abstract": 1.0, "conclusion": 1.2},
    dependence_penalty=0.1,
    allowed_roles=frozenset({"abstract", "conclusion"}),
)
LAST_RESULT = SentenceSelector(
    move_weights={"result": 1.2, "conclusion": 1.2},
    allowed_moves=frozenset({"result", "conclusion"}),
    role_weights={"abstract": 1.0},
    dependence_penalty=0.1,
    min_score=0.5,
    allowed_roles=frozenset({"abstract"}),
)
LIMITATION = SentenceSelector(
    role_weights={"limitations": 3.0, "conclusion": 1.2, "abstract": 1.2},
    move_weights={"result": 0.6, "conclusion": 0.8},
    required=_compile(
        r"\blimitations?\b", r"\b(?:remains?|still|currently) limited\b",
        r"\bdoes not\b",
        r"\bcannot\b",
        r"\bfails? (?:to|on|in|when)\b",
        r"\bstruggles?\b",
        r"\bonly (?:consider|evaluat|test|support|cover)\w*",
        r"\bcaveat",
        r"\bat the cost of\b",
        r"\bassum(?:e|es|ption)",
        "局限",
        "不足",
        "尚未",
    ),
    allowed_roles=frozenset({"limitations", "conclusion", "results", "abstract", "other"}),
    min_score=2.6,
)  # fmt: skip
LIMITATION_SECTION = SentenceSelector(
    role_weights={"limitations": 2.0},
    required=_compile(
        r"\b(?:limit\w*|only|not|but|however|requires?|restrict\w*|current(?:ly)?|cannot|fail\w*|expensive|slow\w*"
        r"|sensitive|depend\w*|may|could)\b",
        "局限|不足|尚未|仅|需要|依赖|无法|可能",
    ),
    allowed_roles=frozenset({"limitations"}),
    dependence_penalty=2.5,
)  # fmt: skip
FUTURE = SentenceSelector(
    role_weights={"conclusion": 1.5, "limitations": 1.5, "abstract": 0.5, "other": 0.5},
    required=_compile(
        r"\bfuture (?:work|research|directions?|studies|efforts?)\b",
        r"\bin (?:the )?future\b",
        r"\bwe (?:plan|intend|hope) to\b",
        r"\bpromising (?:direction|avenue)",
        r"\bleave\b.{0,40}\bfor future\b",
        "未来(?:工作|研究|方向|将|可)",
    ),
    allowed_roles=frozenset({"conclusion", "limitations", "abstract", "other"}),
    min_score=1.5,
)  # fmt: skip
ARCHITECTURE = SentenceSelector(
    role_weights={"method": 1.6, "abstract": 1.0, "introduction": 0.3},
    required=_compile(
        r"\b(?:encoder|decoder|transformer|backbone|architecture|loss(?:es)?|objective|fine-?tun\w+|pre-?train\w+"
        r"|trained|network|layers?"
        r"|diffusion|attention|reward|optimi[sz]\w+|regulari[sz]\w+)\b",
        "编码器|解码器|损失|架构|训练|微调|网络",
    ),
    allowed_roles=frozenset({"method", "abstract", "introduction", "results"}),
    dependence_penalty=0.2,
    min_score=1.8,
)  # fmt: skip
COMPLEXITY = SentenceSelector(
    role_weights={"method": 1.0, "results": 1.0, "abstract": 1.0, "other": 0.3},
    required=_compile(
        r"\b(?:GPUs?|TPUs?|CPUs?|[AHV]100s?|H200|RTX|FLOPs?|FPS|latency|memory|VRAM|runtime|wall-clock|throughput"
        r"|speed-?ups?|overhead)\b",
        r"\b\d[\d.,]{0,12}\s?[MB]\b(?:illion)?(?:\s|-)?param\w*",
        r"(?<![-\w])parameters?\b(?=.{0,40}\d)",
        r"\bO\(",
        "显存|显卡|参数量|延迟|推理速度",
    ),
    measurement_bonus=1.5,
    min_score=2.2,
    dependence_penalty=0.1,
)  # fmt: skip
DATA = SentenceSelector(
    role_weights={"results": 1.8, "abstract": 1.0},
    move_weights={"result": 0.8, "method": 0.2},
    required=_compile(
        r"\b(?:datasets?|benchmarks?|corpus|corpora|metrics?|test set|evaluat\w+ on|experiments? on)\b",
        "数据集|基准|指标|评测",
    ),
    allowed_roles=frozenset({"results", "abstract"}),
    dependence_penalty=0.3,
    min_score=2.2,
)  # fmt: skip
BASELINES = SentenceSelector(
    role_weights={"results": 1.8, "abstract": 1.0},
    allowed_moves=frozenset({"result", "conclusion"}),
    required=_compile(
        r"\b(?:baselines?|compared? (?:to|with|against)|outperform\w*|surpass\w*|prior (?:methods|work)"
        r"|state-of-the-art|SOTA|versus|vs\.)",
        "基线|相比|对比|优于|超越",
    ),
    allowed_roles=frozenset({"results", "abstract"}),
    dependence_penalty=0.2,
    min_score=2.0,
)  # fmt: skip
ABLATION = SentenceSelector(
    role_weights={"ablation": 2.5, "results": 0.6, "abstract": 0.6},
    required=_compile(r"\bablat\w+", r"\bwithout (?:the |our )?\w+", r"\bremov\w+", r"\bcontribut\w+ (?:of|to)\b",
        r"\d\s?\\?%", "消融|移除|去掉"),
    allowed_roles=frozenset({"ablation", "results", "abstract"}),
    measurement_bonus=1.0,
    min_score=2.8,
)  # fmt: skip
PROS = SentenceSelector(
    role_weights={"abstract": 0.8, "conclusion": 1.0, "introduction": 0.4},
    move_weights={"result": 0.6, "conclusion": 1.0, "method": 0.4},
    required=_compile(
        r"\b(?:outperform\w*|robust\w*|efficien\w+|general(?:i[sz]\w+|ity)|scalab\w+|flexib\w+|interpretab\w+"
        r"|lightweight|state-of-the-art|first|practical"
        r"|without (?:additional|extra|any|requiring|retraining|the need)|reduc\w+|faster|superior|effective\w*"
        r"|training-free|plug-and-play)\b",
        "优于|鲁棒|高效|泛化|可扩展|首个|无需|显著",
    ),
    excluded=_compile(
        r"^(?:although|while|despite|however|though|yet)\b",
        r"\b(?:existing|prior|previous|these|current|traditional) (?:\w+ )?(?:methods|approaches|works?|models)\b"
        r"[^.]{0,80}\b(?:not|but|fail|lack|limited)",
    ),
    allowed_roles=frozenset({"abstract", "conclusion", "introduction"}),
    dependence_penalty=0.2,
)  # fmt: skip
_SYSTEM = (
    r"(?:our|the|this)(?: [\w-]+){0,3}? "
    r"(?:model|method|framework|system|network|pipeline|approach|agent|algorithm|tool|library)"
)
_DOES = frozenset[Move]({"contribution", "method"})


def _make_usage_selector(
    pattern: re.Pattern[str],
    *places: Role,
    moves: frozenset[Move] = _DOES,
    unless: re.Pattern[str] | None = None,
    alone: float = 2.5,
) -> SentenceSelector:
    """A sentence on how the paper's work is used: not what others do, nor what a part of it does inside."""
    return SentenceSelector(
        required=pattern,
        excluded=unless,
        allowed_moves=moves,
        role_weights={"abstract": 1.0, "method": 0.8, "introduction": 0.4, "results": 0.3},
        min_score=0.5,
        dependence_penalty=alone,
        allowed_roles=frozenset({"abstract", "introduction", *places}),
    )


INPUT = _make_usage_selector(
    _compile(
        r"\btakes?\b.{1,100}\bas (?:an? |its |the )?(?:\w+ )?inputs?\b",
        r"^given (?:an?|the|only|multiple|\w+ing)\b",
        r"\binputs? (?:is|are|consists? of|includes?)\b",
        rf"\b(?:we|{_SYSTEM})\b.{{0,80}}\bfrom (?:a )?(?:single|sparse|monocular|raw|multi-?view|casual\w*)\b.{{0,30}}"
        r"\b(?:images?|videos?|views?|inputs?|data|text)\b",
        "以.{1,20}(?:作为|为)输入|给定|输入(?:是|为|包括)",
    )
)
OUTPUT = _make_usage_selector(
    _compile(
        rf"\b{_SYSTEM}\b.{{0,60}}\b(?:generates|produces|predicts|synthesi[sz]es|reconstructs|returns"
        rf"|estimates)\b",
        r"\b(?:final|resulting|model'?s?) outputs? (?:is|are|consists? of)\b",
        "输出",
    )
)
WORKFLOW = _make_usage_selector(
    _compile(
        r"\b(?:two|three|four|five|multi)-(?:stage|step|phase)\b.{0,30}\b(?:pipeline|framework|method|approach"
        r"|procedure|process|training|strategy|algorithm|curriculum|learning)\b",
        r"\b(?:our|proposed|an?|the) (?:[\w-]+ ){0,4}(?:pipeline|workflow)\b(?!\s[A-Z])",
        r"\bconsists? of (?:two|three|four|five|several|the following)\b",
        r"\bfirst(?:ly)?\b(?! (?:is|was|one|of|time|to)\b).{5,220}\b(?:then|followed by|finally|subsequently)\b",
        "流程|阶段|步骤|首先.{5,120}(?:然后|其次|最后|再)",
    ),
    "method",
    alone=0.5,
    unless=_compile(r"\bwe (?:compare|evaluat|re-?run|report)", r"\b(?:existing|prior|previous|traditional|most)\b"),
)
HARDWARE = _make_usage_selector(
    _compile(
        r"(?:\b(?:on|with|using|per|across|comprising|requir\w+|than|to)\b(?: [\w-]{1,30}+){0,5} "
        r"|\b\d++ ?[×x]? ?(?:[\w-]{1,30}+ ){0,2})"
        r"(?:GPUs?|TPUs?|NPUs?|CPUs?|[AHV]100s?|H[28]00s?|B200s?|RTX\s?\w+|FPGAs?|Jetson|edge devices?|VRAM"
        r"|consumer-grade|laptops?|smartphones?|Raspberry)\b(?!-)",
        "显卡|显存|硬件",
    ),
    "method",
    "results",
    "other",
    moves=frozenset({"contribution", "method", "result", "conclusion"}),
)
AREA = _make_usage_selector(
    _compile(
        r"\b(?:applications? (?:such as|like|in|including|of|to)|such as (?:robot|autonomous|medical|video|game|virtual"
        r"|content)|real-world applications?|downstream applications"
        r"|(?:crucial|essential|important|fundamental|critical|key|central|vital)(?: task| problem)? (?:for|in|to)\b)",
        "应用于|应用|任务",
    ),
    moves=frozenset({"background", "gap", "conclusion"}),
)
STRUGGLING = re.compile(
    r"\b((?:most |many |the )?(?:existing|prior|previous|current|recent|traditional|conventional|state-of-the-art)"
    r"(?:-[\w/()-]{1,40}+)?(?:\s[\w/()-]{1,40}+){0,7}?\s(?:methods?|approach(?:es)?|models?|works?|techniques?|systems?|frameworks?"
    r"|benchmarks?|datasets?|algorithms?"
    r"|solutions?|pipelines?|strategies|LLMs?|VLMs?|MLLMs?|agents?|policies|detectors?|studies"
    r"|research))\b(?=.{0,30}?\b(?:\w+ly\s)?"
    r"(?:limit\w*|fail\w*|suffer\w*|struggl\w+|lack\w*|rel(?:y|ies)|overlook\w*|ignor\w+|neglect\w*|requir\w+"
    r"|assum\w+|focus\w*|cannot|often|"
    r"typically|remain\w*|treat\w*|depend\w*|produce\w*|face\w*|do(?:es)? not|are (?:limited|restricted|constrained"
    r"|confined|prone)))",
    re.IGNORECASE,
)
INNOVATION = SentenceSelector(
    move_weights={"contribution": 2.4, "method": 1.8},
    role_weights={"abstract": 1.2, "introduction": 1.0, "method": 0.2},
    min_cue=2.5,
    dependence_penalty=0.1,
    allowed_roles=frozenset({"abstract", "introduction", "method"}),
)
