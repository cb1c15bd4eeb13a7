"""Innovations: sentences that say what is new in a paper, each under a lead of a few words that it holds itself."""

import re
from collections.abc import Sequence

from digest_assets.summaries.extractive.quotes import Values, quote_sentence
from digest_assets.summaries.extractive.sentence_features import Sentence

_NAMED = re.compile(
    r"\b(?:we|us|to|paper|work|study|authors|called|named|dubbed|termed)\b[^.;]{0,60}?\b(?:propos(?:e|es)"
    r"|introduces?|present|presents|develop|develops|design|designs"
    r"|devise|devises|build|construct|release|employ|adopt|called|named|dubbed|termed)\s"
    r"(?:(?:an?|the|our|two|three|several|both)\s)?(?:(?:novel|new|simple|efficient|effective|general"
    r"|unified),\s)?(?P<lead>[^,.;:()]{3,90}?)"
    r"(?=\s?[,.;:()—–]|\s(?:that|which|to|for|where|with|by|(?<!ly )based|designed|consisting|comprising|capable|using|in"
    r"|on|as|via|and|from|wherein|whose|where|when|first|which)\b)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:An?|an?)\s(?P<lead>[^,.;:()]{3,70}?)\s(?:is|are)\s(?:propos|introduc|present|develop)ed\b")
_SUBJECT = re.compile(
    r"(?:[A-Z][a-z]+(?:ly)?, )?(?:(?:The|Our|An?|This)\s)?(?P<lead>[^,.;:()]{3,70}?)\s(?:\w{1,30}ly\s)?(?:is|are|uses?"
    r"|employs?|adopts?|leverages?|enables?|provides?"
    r"|introduces?|integrates?|combines?|allows?|consists?|learns?|performs?|generates?|captures?|includes?"
    r"|incorporates?|operates?|supports?|features?"
    r"|treats?|decouples?|replaces?|extends?|unif(?:y|ies)|aligns?|optimizes?|predicts?|formulates?|encodes?)\b"
)
_HAS_A_NAME = re.compile(r"(?<=.)[A-Z0-9]")  # a capital or digit that begins no sentence
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

# A lead is a few words: what "we propose" names may be long, a mere subject of that length is no name.
_MAX_LEAD_WORDS, _MAX_SUBJECT_WORDS, _MAX_TITLE_NAME_WORDS = 9, 5, 6
_MAX_INNOVATIONS = 5  # as the schema asks


def extract_innovations(sentences: Sequence[Sentence], title: str) -> tuple[Values, ...]:
    """Up to five sentences with a lead of their own, or the title's name; one that names the same again is left out."""
    name, colon, _ = title.partition(":")
    found: dict[str, Values] = {}
    for sentence in sentences:
        if lead := _find_lead(sentence.text) or (
            name.strip() if colon and len(name.split()) <= _MAX_TITLE_NAME_WORDS else None
        ):
            found.setdefault(lead.lower(), {"lead": lead, "detail": quote_sentence(sentence)})
    return tuple(found.values())[:_MAX_INNOVATIONS]


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
            0 < len(lead.split()) <= (_MAX_SUBJECT_WORDS if match.re is _SUBJECT else _MAX_LEAD_WORDS)
            and len(lead) > 2
            and not _NO_LEAD.match(lead)
        ):
            return lead if names and " " not in lead else lead[0].upper() + lead[1:]
    return None
