"""Rhetorical moves: whether a sentence states background, gap, contribution, method, result or conclusion.

Scientific abstracts run through these moves in order (Swales, *Genre Analysis*, 1990; Teufel and Moens,
"Summarizing scientific articles", Computational Linguistics 28(4), 2002). A sentence's words hint at its move;
the most likely course through the moves is found by the Viterbi algorithm, which forgives a step back.

The cues' words and weights were set by hand on abstracts of real days, so that a word that decides alone (`we propose`)
weighs 3, one that needs company about 1; changes were judged by `benchmarks.extractive`. `code is available` stands
outside the sequence, anywhere, and weighs as much as all others together.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

Move = Literal["background", "gap", "contribution", "method", "result", "conclusion", "availability"]
MOVES: tuple[Move, ...] = get_args(Move)
_SEQUENCE: tuple[Move, ...] = MOVES[:6]

_CUES: dict[Move, tuple[tuple[float, str], ...]] = {
    "background": (
        (1.5, r"\b(?:recent(?:ly)?|in recent years|increasingly|has (?:emerged|become|shown|achieved|attracted"
        r"|gained|revolutioni[sz]ed)"
              r"|have (?:emerged|become|shown|achieved|attracted|gained|revolutioni[sz]ed|demonstrated))\b"),
        (1.0, r"\b(?:is|are) (?:a|an|the|one of the)? ?(?:crucial|essential|fundamental|key|important|critical"
        r"|central|vital|widely|challenging|core)\b"),
        (0.7, r"\b(?:plays?|playing) (?:a|an) \w+ role\b|\bwidely (?:used|adopted)\b|\badvances in\b|\bpromis(?:e"
        r"|ing)\b"),
        (1.5, r"近年来|随着|已成为|广泛应用|至关重要|取得了.{0,8}(?:进展|成功)"),
    ),
    "gap": (
        (1.6, r"^(?:however|yet|but|unfortunately|nevertheless|nonetheless|despite|although|while|though)\b"),
        (1.4, r"\b(?:existing|current|prior|previous|traditional|conventional|most|many)\b.{0,60}\b(?:limit\w*"
        r"|fail\w*|suffer\w*|struggl\w+|lack\w*"
              r"|rely|relies|overlook\w*|ignor\w+|neglect\w*|require\w*|assume\w*|focus\w*|cannot|often|typically)\b"),
        (1.2, r"\b(?:remain\w* (?:a |an |the |largely |poorly |unclear|under\w*|challenging|limited|difficult|open"
        r"|elusive|unexplored)|challeng(?:e|es|ing)"
              r"|bottleneck|under-?explored|unexplored|poorly understood|little is known|limited by|hinder\w*"
              r"|hamper\w*|impractical|gap|costly|expensive"
              r"|inefficien\w+|difficult|suboptimal|scarc\w+|unclear|lack of|the question of|no existing"
              r"|not well understood)\b"),
        (1.8, r"然而|但是|但现有|现有.{0,20}(?:不足|局限|难以|缺乏|依赖|忽略|无法)|仍(?:然)?(?:面临|存在|是)|挑战|瓶颈|为了解决"),
    ),
    "contribution": (
        (3.0, r"\b(?:we|this (?:paper|work|article|study|survey|report|thesis|letter|position paper|chapter)|the (?:paper"
        r"|authors|present work)|our (?:paper|work|study))\b"
              r"[^.]{0,60}\b(?:propos\w+|introduc\w+|present\w*|develop\w*|design\w*|describ\w+|devis\w+|formulat\w+"
              r"|establish\w*|investigat\w+|explor\w+|stud(?:y|ies)"
              r"|examin\w+|analy[sz]\w+|address\w*|review\w*|offer\w*|provid\w+|revisit\w*|argu\w+|aim\w*|seek\w*"
              r"|tackl\w+|consider\w*|release\w*|construct\w*|build\w*|report\w*|contribut\w+|unif(?:y|ies)"
              r"|survey\w*)\b"),
        (1.2, r"\b(?:in this (?:paper|work|study|article|letter|report)|here,? we|to (?:this|that) end|to (?:address"
        r"|bridge|fill|overcome|tackle|mitigate|resolve|solve|close|remedy|alleviate)\b[^.]{0,80}\bwe)\b"),
        (1.2, r"\b(?:a (?:novel|new)|the first|first[- ]ever)\b"),
        (3.0, r"(?:本文|本研究|本工作|我们|该(?:论文|研究|工作)|论文).{0,20}"
              r"(?:提出|介绍|引入|设计|开发|构建|研究|探讨|探索|分析|综述|解决)|提出了?一种"),
        (0.8, r"\b(?:we|paper|work|study)\b[^.]{0,40}\b(?:propos|introduc|present)"),
    ),
    "method": (
        (1.0, r"\b(?:specifically|concretely|in particular|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|finally|next"
        r"|additionally|moreover|furthermore|further|subsequently|technically)\b"),
        (1.0, r"\b(?:consists? of|compris\w+|is (?:based|built|trained|composed|designed)|are (?:trained|combined"
        r"|extracted)|leverag\w+|employ\w*|utili[sz]\w+|combin\w+|integrat\w+|incorporat\w+"
              r"|by (?:\w+ly )?\w+ing|using|via|adopt\w*|jointly|adapt\w*|optimi[sz]\w+|encod\w+|decod\w+"
              r"|fine-?tun\w+|module|architecture|pipeline|framework|mechanism|strategy|objective|loss|stage)\b"),
        (0.5, r"\b(?:our (?:method|approach|framework|model|system|algorithm|pipeline)|the (?:proposed|framework"
        r"|model|method|system))\b"),
        (1.2, r"具体(?:而言|来说)|首先|其次|然后|最后|此外|采用|利用|通过|结合|包括|模块|框架|机制|策略"),
    ),
    "result": (
        (2.2, r"\b(?:experiment\w*|evaluation\w*|results?|simulations?|benchmarks?|empirical\w*|ablation\w*"
        r"|case stud(?:y|ies)|measurements?)\b[^.]{0,90}\b(?:show\w*|demonstrat\w+|reveal\w*|indicat\w+|confirm\w*"
        r"|validat\w+|suggest\w*|prove\w*|illustrat\w+|highlight\w*)\b"),
        (1.8, r"\b(?:outperform\w*|surpass\w*|state-of-the-art|sota|exceed\w*|superior|achiev\w+|improv(?:es|ed|ing"
        r"|ement|ements) (?:\w+ )?(?:by|over|of|from|upon)|yield\w*|attain\w*|reach(?:es|ed|ing)|reduc(?:es|ed|ing"
        r"|tion)[^.]{0,40}\bby)\b"),
        (1.3, r"\b(?:we (?:find|found|show|demonstrate|observe|prove|discover|report|validate|evaluate)"
        r"|our (?:results|findings|experiments|analysis|evaluation|study)|it (?:achieves|outperforms)|findings"
        r"|compared (?:to|with)|gains? of|accuracy|speed-?up|on (?:\w+ )?(?:benchmarks?|datasets?|tasks))\b"),
        (1.6, r"\d\s?\\?%|\d(?:\.\d+)?\s?(?:×|x\b|\\times|-?fold)|\bby \d"),
        (2.0, r"实验(?:结果)?(?:表明|显示|证明)|结果(?:表明|显示)|优于|超越|达到|提升了?|提高了?|降低了?|发现|准确率"),
    ),
    "conclusion": (
        (1.8, r"\b(?:these (?:results|findings|insights|observations)|this (?:work|study|research|approach|paper)"
        r"|our (?:work|findings|results|approach|study|framework|insights)|the (?:results"
        r"|findings))\b[^.]{0,60}\b(?:suggest\w*|highlight\w*|underscor\w+|pav\w+|open\w*"
              r"|offer\w*|provid\w+|contribut\w+|lay\w*|impl(?:y|ies)|emphasi[sz]\w+|establish\w*|point\w*|enabl\w+"
              r"|advanc\w+|call\w*|bridg\w+|support\w*|inform\w*|position\w*)\b"),
        (2.0, r"\b(?:pav\w+ the way|in (?:summary|conclusion)|overall|taken together|future (?:work|research"
        r"|directions?)|implications?|opens? (?:up )?(?:new|the|avenues)|step toward\w*|lay(?:s|ing)? (?:the"
        r"|a) (?:foundation|groundwork)|conclude|potential (?:for|to|of)|insights? (?:into|for)|guid(?:e|ance"
        r"|elines)|practitioners|broader)\b"),
        (2.0, r"总之|综上|未来(?:工作|研究|方向)|奠定(?:了)?.{0,6}基础|铺平(?:了)?道路"
        r"|为.{0,30}提供了?.{0,20}(?:方案|思路|基础|工具|途径|视角|指导|支持)|意义"
        r"|潜力|有助于|强调"),
    ),
    "availability": (
        (6.0, r"\b(?:code(?:base)?|data(?:sets?)?|models?|weights|implementations?|demos?|page|website|videos?"
        r"|resources|checkpoints?|software|source|benchmarks?|suite|framework)\b[^.]{0,40}\b(?:is|are|be|been)\s"
        r"(?:\w+\s){0,3}?(?:available|released|open-?sourced?|found|accessible|hosted|published|public)\b"
              r"|\b(?:available|released|open-?sourced?|code|page|website|see|visit|demo)\b.{0,40}(?:https?://|www\."
              r"|github\.com|\.io\b)|^\W*(?:code|project page|project|website|demo|data)\s*+(?:link\s*+)?:"
              r"|^https?://\S+$"),
        (6.0, r"(?:代码|数据|模型|项目).{0,20}(?:公开|开源|可在|获取|见)"),
    ),
}  # fmt: skip
_COMPILED = {
    move: tuple((weight, re.compile(pattern, re.IGNORECASE)) for weight, pattern in cues)
    for move, cues in _CUES.items()
}
_AVAILABILITY_CUE = 6.0  # the weight of either cue: one is enough

# Where in an abstract a move mostly stands (0 is its first sentence, 1 its last), by reading abstracts.
_USUAL_POSITION = {
    "background": 0.0,
    "gap": 0.22,
    "contribution": 0.36,
    "method": 0.52,
    "result": 0.8,
    "conclusion": 1.0,
}
_POSITION_WEIGHT = 3.0  # a sentence at the wrong end of an abstract loses as much as the clearest cue gives
_STEP_BACK_PENALTY = 1.3  # for each move back: a result before a method is rarer than an unclear cue
_SKIP_PENALTY = 0.25  # for each move left out: many abstracts have no gap or no conclusion


@lru_cache(maxsize=8192)
def score_cues(sentence: str, move: Move) -> float:
    """How strongly a sentence's words hint at a move."""
    return sum(weight for weight, found in _COMPILED[move] if found.search(sentence))


def classify_moves(sentences: Sequence[str]) -> list[Move]:
    """The likeliest move of each sentence of an abstract."""
    hints = [{move: score_cues(sentence, move) for move in MOVES} for sentence in sentences]
    running = [n for n, hint in enumerate(hints) if hint["availability"] < _AVAILABILITY_CUE]
    moves: list[Move] = ["availability"] * len(sentences)
    best: list[list[tuple[float, int]]] = []
    for step, n in enumerate(running):
        position = step / (len(running) - 1) if len(running) > 1 else _USUAL_POSITION["contribution"]
        row = []
        for state, move in enumerate(_SEQUENCE):
            score = hints[n][move] - _POSITION_WEIGHT * abs(position - _USUAL_POSITION[move])
            before = (
                [(best[-1][other][0] - _price_step(other, state), other) for other in range(len(_SEQUENCE))]
                if best
                else [(0.0, state)]
            )
            top = max(before, key=lambda pair: (pair[0], -pair[1]))
            row.append((score + top[0], top[1]))
        best.append(row)
    if best:
        state = max(range(len(_SEQUENCE)), key=lambda s: (best[-1][s][0], -s))
        for step in range(len(running) - 1, -1, -1):
            moves[running[step]] = _SEQUENCE[state]
            state = best[step][state][1]
    return moves


def _price_step(before: int, state: int) -> float:
    """What it costs to go from one place of the sequence to another."""
    return _STEP_BACK_PENALTY * (before - state) if before > state else _SKIP_PENALTY * max(0, state - before - 1)
