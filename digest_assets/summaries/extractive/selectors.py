"""What each field of a summary asks of a sentence of the paper, when no model writes: sections, moves and words."""

import re
from dataclasses import replace

from digest_assets.summaries.extractive.rhetorical_moves import Move
from digest_assets.summaries.extractive.sentence_features import Want
from digest_assets.texts.tables import Role


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


CONTRIBUTION = Want(
    moves={"contribution": 3.0, "method": 0.8}, roles={"abstract": 1.5, "introduction": 0.5}, named=1.0, alone=1.2
)
MOTIVATION = Want(
    moves={"gap": 2.6, "background": 2.0, "contribution": -1.5},
    roles={"abstract": 1.2, "introduction": 0.6},
    alone=0.2,
    places=frozenset({"abstract", "introduction"}),
)
MOTIVATION_ALONE = replace(MOTIVATION, alone=3.5)  # for a field that begins with it
TASK = Want(
    moves={"background": 2.4, "gap": 1.0, "contribution": -4.0, "method": -4.0, "result": -4.0, "conclusion": -4.0},
    roles={"abstract": 1.0},
    alone=1.5,
    places=frozenset({"abstract"}),
)
METHOD = Want(
    moves={"method": 2.6, "contribution": 1.6},
    roles={"abstract": 1.0, "method": 1.6, "introduction": 0.4},
    unless=_pattern(
        r"\bwe (?:also )?(?:observe|find|found|see|notice|note|consider|report)\b",
        r"^(?:[\w-]+ ){1,4}(?:outperforms?|surpass(?:es)?|won)\b",
        r"\b(?:we plan to|future work)\b",
    ),
    alone=0.1,
    places=frozenset({"abstract", "introduction", "method"}),
)
IDEA = replace(
    METHOD, only=frozenset({"method", "contribution"}), unhinted=9.0, alone=1.0, places=frozenset({"abstract"})
)  # for a field of one sentence
RESULT = Want(
    moves={"result": 2.6, "conclusion": -0.5, "method": -1.8, "contribution": -3.0, "gap": -4.0, "background": -4.0},
    roles={"abstract": 1.0, "results": 1.4, "conclusion": 0.3},
    unless=_pattern(
        r"^(?:[^,]{1,60}, |to [^,]{1,60}? )?we (?:also )?(?:rel(?:y|ied)|us(?:e|ed)|var(?:y|ied)|train(?:ed)?|follow(?:ed)?"
        r"|adopt(?:ed)?|set|employ(?:ed)?|cho(?:o)?se|select(?:ed)?|consider(?:ed)?|comput(?:e|ed)|ran|run|sampled?|split"
        r"|measured?|compared?|tested|test|filmed)\b",
        r"^(?:\w+, )?(?:existing|previous|prior|current|traditional|conventional|most|many)\b",
    ),
    hinted=1.5,
    unhinted=0.7,
    measured=1.4,
    alone=0.1,
    places=frozenset({"abstract", "results", "introduction", "conclusion"}),
)
FINDING = replace(RESULT, pattern=_pattern(r"\d"))  # a figure beside those that the results tell
CONCLUSION = Want(
    moves={"conclusion": 2.8, "result": -1.6},
    only=frozenset({"result", "conclusion"}),
    roles={"abstract": 1.0, "conclusion": 1.2},
    alone=0.1,
    places=frozenset({"abstract", "conclusion"}),
)
LAST_RESULT = Want(
    moves={"result": 1.2, "conclusion": 1.2},
    only=frozenset({"result", "conclusion"}),
    roles={"abstract": 1.0},
    alone=0.1,
    least=0.5,
    places=frozenset({"abstract"}),
)
LIMITATION = Want(
    roles={"limitations": 3.0, "conclusion": 1.2, "abstract": 1.2},
    moves={"result": 0.6, "conclusion": 0.8},
    pattern=_pattern(
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
    places=frozenset({"limitations", "conclusion", "results", "abstract", "other"}),
    least=2.6,
)  # fmt: skip
LIMITATION_SECTION = Want(
    roles={"limitations": 2.0},
    pattern=_pattern(
        r"\b(?:limit\w*|only|not|but|however|requires?|restrict\w*|current(?:ly)?|cannot|fail\w*|expensive|slow\w*"
        r"|sensitive|depend\w*|may|could)\b",
        "局限|不足|尚未|仅|需要|依赖|无法|可能",
    ),
    places=frozenset({"limitations"}),
    alone=2.5,
)  # fmt: skip
FUTURE = Want(
    roles={"conclusion": 1.5, "limitations": 1.5, "abstract": 0.5, "other": 0.5},
    pattern=_pattern(
        r"\bfuture (?:work|research|directions?|studies|efforts?)\b",
        r"\bin (?:the )?future\b",
        r"\bwe (?:plan|intend|hope) to\b",
        r"\bpromising (?:direction|avenue)",
        r"\bleave\b.{0,40}\bfor future\b",
        "未来(?:工作|研究|方向|将|可)",
    ),
    places=frozenset({"conclusion", "limitations", "abstract", "other"}),
    least=1.5,
)  # fmt: skip
ARCHITECTURE = Want(
    roles={"method": 1.6, "abstract": 1.0, "introduction": 0.3},
    pattern=_pattern(
        r"\b(?:encoder|decoder|transformer|backbone|architecture|loss(?:es)?|objective|fine-?tun\w+|pre-?train\w+"
        r"|trained|network|layers?"
        r"|diffusion|attention|reward|optimi[sz]\w+|regulari[sz]\w+)\b",
        "编码器|解码器|损失|架构|训练|微调|网络",
    ),
    places=frozenset({"method", "abstract", "introduction", "results"}),
    alone=0.2,
    least=1.8,
)  # fmt: skip
COMPLEXITY = Want(
    roles={"method": 1.0, "results": 1.0, "abstract": 1.0, "other": 0.3},
    pattern=_pattern(
        r"\b(?:GPUs?|TPUs?|CPUs?|[AHV]100s?|H200|RTX|FLOPs?|FPS|latency|memory|VRAM|runtime|wall-clock|throughput"
        r"|speed-?ups?|overhead)\b",
        r"\b\d[\d.,]*\s?[MB]\b(?:illion)?(?:\s|-)?param\w*",
        r"(?<![-\w])parameters?\b(?=.{0,40}\d)",
        r"\bO\(",
        "显存|显卡|参数量|延迟|推理速度",
    ),
    measured=1.5,
    least=2.2,
    alone=0.1,
)  # fmt: skip
DATA = Want(
    roles={"results": 1.8, "abstract": 1.0},
    moves={"result": 0.8, "method": 0.2},
    pattern=_pattern(
        r"\b(?:datasets?|benchmarks?|corpus|corpora|metrics?|test set|evaluat\w+ on|experiments? on)\b",
        "数据集|基准|指标|评测",
    ),
    places=frozenset({"results", "abstract"}),
    alone=0.3,
    least=2.2,
)  # fmt: skip
BASELINES = Want(
    roles={"results": 1.8, "abstract": 1.0},
    only=frozenset({"result", "conclusion"}),
    pattern=_pattern(
        r"\b(?:baselines?|compared? (?:to|with|against)|outperform\w*|surpass\w*|prior (?:methods|work)"
        r"|state-of-the-art|SOTA|versus|vs\.)",
        "基线|相比|对比|优于|超越",
    ),
    places=frozenset({"results", "abstract"}),
    alone=0.2,
    least=2.0,
)  # fmt: skip
ABLATION = Want(
    roles={"ablation": 2.5, "results": 0.6, "abstract": 0.6},
    pattern=_pattern(r"\bablat\w+", r"\bwithout (?:the |our )?\w+", r"\bremov\w+", r"\bcontribut\w+ (?:of|to)\b",
        r"\d\s?\\?%", "消融|移除|去掉"),
    places=frozenset({"ablation", "results", "abstract"}),
    measured=1.0,
    least=2.8,
)  # fmt: skip
PROS = Want(
    roles={"abstract": 0.8, "conclusion": 1.0, "introduction": 0.4},
    moves={"result": 0.6, "conclusion": 1.0, "method": 0.4},
    pattern=_pattern(
        r"\b(?:outperform\w*|robust\w*|efficien\w+|general(?:i[sz]\w+|ity)|scalab\w+|flexib\w+|interpretab\w+"
        r"|lightweight|state-of-the-art|first|practical"
        r"|without (?:additional|extra|any|requiring|retraining|the need)|reduc\w+|faster|superior|effective\w*"
        r"|training-free|plug-and-play)\b",
        "优于|鲁棒|高效|泛化|可扩展|首个|无需|显著",
    ),
    unless=_pattern(
        r"^(?:although|while|despite|however|though|yet)\b",
        r"\b(?:existing|prior|previous|these|current|traditional) (?:\w+ )?(?:methods|approaches|works?|models)\b"
        r"[^.]{0,80}\b(?:not|but|fail|lack|limited)",
    ),
    places=frozenset({"abstract", "conclusion", "introduction"}),
    alone=0.2,
)  # fmt: skip
_SYSTEM = (
    r"(?:our|the|this)(?: [\w-]+){0,3}? "
    r"(?:model|method|framework|system|network|pipeline|approach|agent|algorithm|tool|library)"
)
_DOES = frozenset[Move]({"contribution", "method"})


def _usage(
    pattern: re.Pattern[str],
    *places: Role,
    moves: frozenset[Move] = _DOES,
    unless: re.Pattern[str] | None = None,
    alone: float = 2.5,
) -> Want:
    """A sentence on how the paper's work is used: not what others do, nor what a part of it does inside."""
    return Want(
        pattern=pattern,
        unless=unless,
        only=moves,
        roles={"abstract": 1.0, "method": 0.8, "introduction": 0.4, "results": 0.3},
        least=0.5,
        alone=alone,
        places=frozenset({"abstract", "introduction", *places}),
    )


INPUT = _usage(
    _pattern(
        r"\btakes?\b.{1,100}\bas (?:an? |its |the )?(?:\w+ )?inputs?\b",
        r"^given (?:an?|the|only|multiple|\w+ing)\b",
        r"\binputs? (?:is|are|consists? of|includes?)\b",
        rf"\b(?:we|{_SYSTEM})\b.{{0,80}}\bfrom (?:a )?(?:single|sparse|monocular|raw|multi-?view|casual\w*)\b.{{0,30}}"
        r"\b(?:images?|videos?|views?|inputs?|data|text)\b",
        "以.{1,20}(?:作为|为)输入|给定|输入(?:是|为|包括)",
    )
)
OUTPUT = _usage(
    _pattern(
        rf"\b{_SYSTEM}\b.{{0,60}}\b(?:generates|produces|predicts|synthesi[sz]es|reconstructs|returns"
        rf"|estimates)\b",
        r"\b(?:final|resulting|model'?s?) outputs? (?:is|are|consists? of)\b",
        "输出",
    )
)
WORKFLOW = _usage(
    _pattern(
        r"\b(?:two|three|four|five|multi)-(?:stage|step|phase)\b.{0,30}\b(?:pipeline|framework|method|approach"
        r"|procedure|process|training|strategy|algorithm|curriculum|learning)\b",
        r"\b(?:our|proposed|an?|the) (?:[\w-]+ ){0,4}(?:pipeline|workflow)\b(?!\s[A-Z])",
        r"\bconsists? of (?:two|three|four|five|several|the following)\b",
        r"\bfirst(?:ly)?\b(?! (?:is|was|one|of|time|to)\b).{5,220}\b(?:then|followed by|finally|subsequently)\b",
        "流程|阶段|步骤|首先.{5,120}(?:然后|其次|最后|再)",
    ),
    "method",
    alone=0.5,
    unless=_pattern(r"\bwe (?:compare|evaluat|re-?run|report)", r"\b(?:existing|prior|previous|traditional|most)\b"),
)
HARDWARE = _usage(
    _pattern(
        r"(?:\b(?:on|with|using|per|across|comprising|requir\w+|than|to)\b(?: [\w-]+){0,5} |\b\d+ ?[×x]? ?(?:[\w-]+ ){0,2})"
        r"(?:GPUs?|TPUs?|NPUs?|CPUs?|[AHV]100s?|H[28]00s?|B200s?|RTX\s?\w+|FPGAs?|Jetson|edge devices?|VRAM"
        r"|consumer-grade|laptops?|smartphones?|Raspberry)\b(?!-)",
        "显卡|显存|硬件",
    ),
    "method",
    "results",
    "other",
    moves=frozenset({"contribution", "method", "result", "conclusion"}),
)
AREA = _usage(
    _pattern(
        r"\b(?:applications? (?:such as|like|in|including|of|to)|such as (?:robot|autonomous|medical|video|game|virtual"
        r"|content)|real-world applications?|downstream applications"
        r"|(?:crucial|essential|important|fundamental|critical|key|central|vital)(?: task| problem)? (?:for|in|to)\b)",
        "应用于|应用|任务",
    ),
    moves=frozenset({"background", "gap", "conclusion"}),
)
STRUGGLING = re.compile(
    r"\b((?:most |many |the )?(?:existing|prior|previous|current|recent|traditional|conventional|state-of-the-art)"
    r"(?:[\s-][\w/()-]+){0,7}?\s(?:methods?|approach(?:es)?|models?|works?|techniques?|systems?|frameworks?"
    r"|benchmarks?|datasets?|algorithms?"
    r"|solutions?|pipelines?|strategies|LLMs?|VLMs?|MLLMs?|agents?|policies|detectors?|studies"
    r"|research))\b(?=.{0,30}?\b(?:\w+ly\s)?"
    r"(?:limit\w*|fail\w*|suffer\w*|struggl\w+|lack\w*|rel(?:y|ies)|overlook\w*|ignor\w+|neglect\w*|requir\w+"
    r"|assum\w+|focus\w*|cannot|often|"
    r"typically|remain\w*|treat\w*|depend\w*|produce\w*|face\w*|do(?:es)? not|are (?:limited|restricted|constrained"
    r"|confined|prone)))",
    re.IGNORECASE,
)
INNOVATION = Want(
    moves={"contribution": 2.4, "method": 1.8},
    roles={"abstract": 1.2, "introduction": 1.0, "method": 0.2},
    hinted=2.5,
    alone=0.1,
    places=frozenset({"abstract", "introduction", "method"}),
)
