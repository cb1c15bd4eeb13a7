"""Availability: where this paper's code, data or models are to be had; not others', nor what is available in a method."""

import re
from collections.abc import Iterable

from digest_assets.summaries.extractive.selectors import OTHERS, compile_words
from digest_assets.summaries.extractive.sentence_features import Sentence

_PROGRAM = (
    r"(?:codes?(?:base)?|software|sources|scripts|implementations?|repositor(?:y|ies)|packages?|librar(?:y|ies)|toolbox"
    r"|version \d)"
)
_CODE = compile_words(rf"\b{_PROGRAM}\b|\b(?:current|latest|released) versions? of\b|代码")
_THING = (
    r"(?:codes?(?:base)?|software|sources?|scripts?|implementations?|repositor(?:y|ies)|packages?|librar(?:y|ies)|toolbox"
    r"|models?|data(?:sets?)?|weights|checkpoints?|benchmarks?|resources|demos?|videos?|page|website|supplement\w*)"
)
_PLACE = (
    r"(?:https?://|\bwww\.|\w\.(?:com|org|io|net|edu)\b|\b(?:github|gitlab|bitbucket|zenodo|hugging ?face|figshare|osf|pypi"
    r"|cran|bioconductor|r-forge|sourceforge)\b)"
)
_HAD = (
    r"(?:available|released?|open[- ]?sourced?|accessible|hosted|published|found|obtained|downloaded|provided?|shared?|public"
    r"|made public)"
)
# "Our code is available", "the source code can be found at", "HubFold is on CRAN", "we release …", "Code: https://…".
_OWN_RELEASE = compile_words(
    rf"\b(?:our|this|all|the source|the (?=(?:code|software|implementation|package|library|toolbox|scripts|project)\b))"
    rf"[^.;]{{0,100}}?\b{_THING}\b[^;]{{0,80}}?\b(?:is|are|be|been)\b (?:\w+ ){{0,3}}{_HAD}\b"
    r"(?! (?:by|for|as|through|via)\b)",
    rf"\b(?:our|we|this|{_PROGRAM}|project (?:page|website))\b[^;]{{0,200}}?{_PLACE}",
    rf"^{_THING}\b[^.:]{{0,40}}:\s*{_PLACE}",
    rf"\b(?:we|will|to)\b(?: \w+){{0,3}}? (?:releas|open-?sourc|publish|shar|provid)\w*\b[^;]{{0,80}}?\b{_THING}\b",
    rf"\bwe (?:also )?open-?source\b|^(?:source )?codes?\b.{{0,60}}?\b{_HAD}\b",
    rf"^(?:please )?(?:see|watch|view|visit)\b (?:(?:our|the (?:project|code|video|demo|accompanying)|more|all|videos?"
    rf"|results|code)\b.{{0,60}}?)?{_PLACE}",
    r"代码|开源",
)
_WE_RELEASE = compile_words(
    rf"\bwe (?:also |will )?(?:share|release|open-?source|publish)\b[^;]{{0,80}}?\b(?:open[- ]?source|publicly|{_PROGRAM})\b"
)
_AT_A_PLACE = compile_words(
    rf"\b(?:available|released|hosted|accessible|distributed|installed|be (?:found|obtained|downloaded|accessed))\b"
    rf"[^;]{{0,100}}?{_PLACE}",
    rf"{_PLACE}[^;]{{0,60}}\b(?:can|may) be (?:found|obtained|downloaded|accessed)\b",
)
# "HubFold is available on GitHub": a subject of a word or two, which must be what the paper is about.
_NAME_AT_A_PLACE = re.compile(
    rf"(?:The )?[A-Z][\w.-]{{1,30}}(?: [\w-]{{1,20}})? (?:is|are) (?:\w+ly |also )?(?:available|hosted|distributed)\b"
    rf"[^;.]{{0,60}}?(?i:{_PLACE})"
)
_OF_OTHERS = compile_words(
    r"\bnot (?:yet )?(?:publicly )?available\b|\bavailable only\b|\bonly (?:be )?available\b",
    OTHERS,
    r"\b(?:publicly available (?:data|bench|corp)|available data|(?:downloaded|obtained) from|can found in"
    r"|community|we (?:use|chose|choose)\b|because|using the|were obtained"
    r"|\btask is\b|pre-?trained|provided by|for example|example code)",
    # what it needs or is written in is others'
    r"\brequires?\b|\b(?:open[- ]source|programming) language\b|\bR itself\b",
    # texts about it are no code: "an overview is available at", "its syntax is described at"
    r"\b(?:overview|documentation|syntax|copy|tutorial|manual)\b[^.;]{0,80}\b(?:is|are|be)\b",
    r"^(?:additional |more )?examples\b",
    # tools of the trade: "all packages that were used are available from CRAN"
    r"\bused\)? (?:is|are)\b",
    r"\b(?:this|the) (?:manuscript|article|vignette|version of this)\b|\bversion of this (?:paper|manuscript|article)\b",
)


def find_availability(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The first sentence that says where this paper's code, data or models are; the abstract's before others."""
    found = [
        sentence
        for sentence in sentences
        if _is_release(sentence) and not _OF_OTHERS.search(sentence.text) and not sentence.leans
    ]
    return sorted(
        found,
        key=lambda sentence: (
            sentence.role != "abstract",
            "http" not in sentence.text,
            _CODE.search(sentence.text) is None,
            sentence.order,
        ),
    )[:1]


def _is_release(sentence: Sentence) -> bool:
    if (sentence.is_availability and _OWN_RELEASE.search(sentence.text)) or _WE_RELEASE.search(sentence.text):
        return True
    if sentence.salience > 0 and _NAME_AT_A_PLACE.match(sentence.text):  # it holds a word of the title
        return True
    return bool(sentence.names_subject or _CODE.search(sentence.text)) and bool(_AT_A_PLACE.search(sentence.text))
