"""Cues: words by which a sentence shows what it does, each under a name. What a cue is worth for a field of a summary
is learned (`field_scores`), not written here.

Scientific abstracts run through moves (background, gap, contribution, method, result, conclusion) in order: Swales,
*Genre Analysis*, 1990; Teufel and Moens, "Summarizing scientific articles", Computational Linguistics 28(4), 2002.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

_PATTERNS = {
    # background
    "recent_progress": (
        r"\b(?:recent(?:ly)?|in recent years|increasingly|has (?:emerged|become|shown|achieved|attracted"
        r"|gained|revolutioni[sz]ed)|have (?:emerged|become|shown|achieved|attracted|gained|revolutioni[sz]ed"
        r"|demonstrated))\b"
        r"|近年来|随着|已成为|广泛应用|至关重要|取得了.{0,8}(?:进展|成功)"
    ),
    "importance": (
        r"\b(?:is|are) (?:a|an|the|one of the)? ?(?:crucial|essential|fundamental|key|important|critical"
        r"|central|vital|widely|challenging|core)\b"
    ),
    "promise": (
        r"\b(?:plays?|playing) (?:a|an) \w+ role\b|\bwidely (?:used|adopted)\b|\badvances in\b|\bpromis(?:e"
        r"|ing)\b"
    ),
    # gap
    "contrast": (
        r"^(?:however|yet|but|unfortunately|nevertheless|nonetheless|despite|although|while|though)\b"
    ),
    "others_fall_short": (
        r"\b(?:existing|current|prior|previous|traditional|conventional|most|many|standard)\b.{0,120}?\b(?:limit\w*"
        r"|fail\w*|suffer\w*|struggl\w+|lack\w*|rely|relies|overlook\w*|ignor\w+|neglect\w*|require\w*"
        r"|assume\w*|focus\w*|cannot|often|typically)\b"
    ),
    "difficulty": (
        r"\b(?:remain\w* (?:a |an |the |largely |poorly |unclear|under\w*|challenging|limited|difficult|open"
        r"|elusive|unexplored)|challeng(?:e|es|ing)|bottleneck|under-?explored|unexplored|poorly understood"
        r"|little is known|limited by|hinder\w*|hamper\w*|impractical|gap|costly|expensive|inefficien\w+"
        r"|difficult|suboptimal|scarc\w+|unclear|lack of|the question of|no existing|not well understood)\b"
        r"|然而|但是|但现有|现有.{0,20}(?:不足|局限|难以|缺乏|依赖|忽略|无法)|仍(?:然)?(?:面临|存在|是)|挑战|瓶颈|为了解决"
    ),
    # contribution
    "we_propose": (
        r"\b(?:we|this (?:paper|work|article|study|survey|report|thesis|letter|position paper|chapter)"
        r"|the (?:paper|authors|present (?:work|study|paper|article))|our (?:paper|work|study))\b[^.]{0,60}"
        r"\b(?:propos\w+|introduc\w+"
        r"|present\w*|develop\w*|design\w*|describ\w+|devis\w+|formulat\w+|establish\w*|investigat\w+"
        r"|explor\w+|stud(?:y|ies)|examin\w+|analy[sz]\w+|address\w*|review\w*|offer\w*|provid\w+|revisit\w*"
        r"|argu\w+|aim\w*|seek\w*|tackl\w+|consider\w*|release\w*|construct\w*|build\w*|report\w*|contribut\w+"
        r"|unif(?:y|ies)|survey\w*|deriv\w+|combin\w+)\b"
        r"|(?:本文|本研究|本工作|我们|该(?:论文|研究|工作)|论文).{0,20}(?:提出|介绍|引入|设计|开发|构建|研究|探讨|探索|分析|综述|解决)|提出了?一种"
    ),
    "to_this_end": (
        r"\b(?:in this (?:paper|work|study|article|letter|report)|here(?:in)?,? we|to (?:this|that) end|to (?:address"
        r"|bridge|fill|overcome|tackle|mitigate|resolve|solve|close|remedy|alleviate)\b[^.]{0,80}\bwe)\b"
    ),
    "novelty": (
        r"\b(?:a (?:novel|new)|the first|first[- ]ever)\b"
    ),
    "paper_proposes": (
        r"\b(?:we|paper|work|study)\b[^.]{0,40}\b(?:propos|introduc|present)"
    ),
    # method
    "step": (
        r"\b(?:specifically|concretely|in particular|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|finally|next"
        r"|additionally|moreover|furthermore|further|subsequently|technically)\b"
    ),
    "construction": (
        r"\b(?:consists? of|compris\w+|is (?:based|built|trained|composed|designed)|are (?:trained|combined"
        r"|extracted)|leverag\w+|employ\w*|utili[sz]\w+|combin\w+|integrat\w+|incorporat\w+"
        r"|by (?:\w+ly )?\w+ing|using|via|adopt\w*|jointly|adapt\w*|optimi[sz]\w+|encod\w+|decod\w+"
        r"|fine-?tun\w+|module|architecture|pipeline|framework|mechanism|strategy|objective|loss|stage)\b"
        r"|具体(?:而言|来说)|首先|其次|然后|最后|此外|采用|利用|通过|结合|包括|模块|框架|机制|策略"
    ),
    "own_system": (
        r"\b(?:our (?:method|approach|framework|model|system|algorithm|pipeline)|the (?:proposed|framework"
        r"|model|method|system))\b"
    ),
    # evaluation
    "announced": (
        r"\b(?:is|are|was|were) (?:also |then |further )?(?:conducted|performed|carried out|assessed|evaluated|tested"
        r"|examined|provided|presented|discussed|validated|compared)\b"
    ),
    # result
    "we_establish": (
        r"\b(?:we|our \w+|analys[ei]s|this \w+) (?:\w+ly |also |further |then )?(?:shows?|proves?|establish(?:es)?|derives?"
        r"|obtains?|identif(?:y|ies)|reveals?|uncovers?|confirms?|observes?|finds?|demonstrates?)\b"
    ),
    "experiments_show": (
        r"\b(?:experiment\w*|evaluation\w*|results?|simulations?|benchmarks?|empirical\w*|ablation\w*"
        r"|case stud(?:y|ies)|measurements?)\b[^.]{0,90}\b(?:show\w*|demonstrat\w+|reveal\w*|indicat\w+"
        r"|confirm\w*|validat\w+|suggest\w*|prove\w*|illustrat\w+|highlight\w*)\b"
        r"|实验(?:结果)?(?:表明|显示|证明)|结果(?:表明|显示)|优于|超越|达到|提升了?|提高了?|降低了?|发现|准确率"
    ),
    "outperforms": (
        r"\b(?:outperform\w*|surpass\w*|state-of-the-art|sota|exceed\w*|superior|achiev\w+|improv(?:es|ed|ing"
        r"|ement|ements) (?:\w+ )?(?:by|over|of|from|upon)|yield\w*|attain\w*|reach(?:es|ed|ing)|reduc(?:es|ed"
        r"|ing|tion)[^.]{0,40}\bby)\b"
    ),
    "we_find": (
        r"\b(?:we (?:find|found|show|demonstrate|observe|prove|discover|report|validate|evaluate)"
        r"|our (?:results|findings|experiments|analysis|evaluation|study)|it (?:achieves|outperforms)|findings"
        r"|compared (?:to|with)|gains? of|accuracy|speed-?up|on (?:\w+ )?(?:benchmarks?|datasets?|tasks))\b"
    ),
    "change": (
        r"\d\s?\\?%|\d(?:\.\d+)?\s?(?:×|x\b|\\times|-?fold)|\bby \d"
    ),
    # conclusion
    "suggests": (
        r"\b(?:these (?:results|findings|insights|observations)|this (?:work|study|research|approach|paper)"
        r"|our (?:work|findings|results|approach|study|framework|insights)|the (?:results"
        r"|findings))\b[^.]{0,60}\b(?:suggest\w*|highlight\w*|underscor\w+|pav\w+|open\w*|offer\w*|provid\w+"
        r"|contribut\w+|lay\w*|impl(?:y|ies)|emphasi[sz]\w+|establish\w*|point\w*|enabl\w+|advanc\w+|call\w*"
        r"|bridg\w+|support\w*|inform\w*|position\w*)\b"
        r"|总之|综上|未来(?:工作|研究|方向)|奠定(?:了)?.{0,6}基础|铺平(?:了)?道路|为.{0,30}提供了?.{0,20}(?:方案|思路|基础|工具|途径|视角|指导|支持)|意义"
        r"|潜力|有助于|强调"
    ),
    "outlook": (
        r"\b(?:pav\w+ the way|in (?:summary|conclusion)|overall|taken together|future (?:work|research"
        r"|directions?)|implications?|opens? (?:up )?(?:new|the|avenues)|step toward\w*|lay(?:s|ing)? (?:the"
        r"|a) (?:foundation|groundwork)|conclude|potential (?:for|to|of)|insights? (?:into|for)|guid(?:e|ance"
        r"|elines)|practitioners|broader)\b"
    ),
    # availability
    "available": (
        r"\b(?:codes?(?:base)?|data(?:sets?)?|models?|weights|implementations?|demos?|page|website|videos?"
        r"|resources|checkpoints?|software|source|benchmarks?|suite|framework)\b[^.]{0,80}?\b(?:is|are|be"
        r"|been)\s(?:\w+\s){0,3}?(?:available|released|open-?sourced?|found|accessible|hosted|published"
        r"|public)\b|\b(?:available|released|open-?sourced?|code|page|website|see|visit"
        r"|demo)\b.{0,40}(?:https?://|www\.|github\.com|\.io\b)|^\W*(?:code|project page|project|website|demo"
        r"|data)\s*+(?:link\s*+)?:|^https?://\S+$|\bwe will (?:open-?source|release)\b.{0,60}?\bupon\b"
        r"|\b(?:is|are|will be) (?:openly |publicly )?released\b|\bwe will (?:openly |publicly )?release\b"
        r"|\bwe (?:also )?(?:provide|share|release|publish|open-?source)\b.{0,80}?\b(?:code|software|implementation)\b"
        r"|\bwe open-?source [A-Z]"
        r"|\b(?:our|the|source) codes?\b.{0,20}\b(?:has been|will be|is|are) (?:open\w*|in the supp\w*)"
        r"|^(?:please )?(?:see|watch|view|find)\b.{0,30}\b(?:videos?|demos?|page|website)\b"
        r"|(?:代码|数据|模型|项目).{0,20}(?:公开|开源|可在|获取|见)"
    ),
}  # fmt: skip
CUES: Mapping[str, re.Pattern[str]] = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}


@lru_cache(maxsize=8192)
def find_cues(sentence: str) -> frozenset[str]:
    """The cues that a sentence holds."""
    return frozenset(name for name, pattern in CUES.items() if pattern.search(sentence))


def is_availability(sentence: str) -> bool:
    """Whether a sentence says where code, data or models are to be had."""
    return "available" in find_cues(sentence)
