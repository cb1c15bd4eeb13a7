"""Related work: families of earlier works, and what the paper says that they leave open."""

import re
from collections.abc import Sequence

from digest_assets.summaries.extractive.quotes import Block, Values
from digest_assets.summaries.extractive.selectors import OTHERS, SentenceSelector, compile_words, speaks_of_itself
from digest_assets.summaries.extractive.sentence_features import Sentence

_MAX_WORKS = 5  # as the schema asks

LEAVES_OPEN = SentenceSelector(
    roles=("related_work",),
    required=compile_words(
        r"\b(?:however|but|limit\w*|lack\w*|only|cannot|fails?|suffer\w*|requir\w+|in contrast|unlike|instead|while|whereas"
        r"|does not|do not|costly|expensive|difficult|overhead)\b",
        "然而|不足|局限",
    ),
)
_OF_OTHERS = compile_words(OTHERS)
_HEADED_SO = compile_words(
    r"related|previous|prior\b|earlier|literature|相关|现有"
)  # "Background" may tell of anything
DESCRIBES = SentenceSelector(
    roles=("related_work",),
    required=compile_words(
        r"\b(?:propos|introduc|present|develop|rel(?:y|ies)\b|explor|stud(?:y|ied)|focus|formulat|employ|learn|categor)\w*",
        "提出|引入|采用",
    ),
)
# Earlier works that struggle themselves, at a clause's start: not what another verb acts on ("improves existing pipelines").
STRUGGLING = re.compile(
    r"(?:^|[,;:)—–-]\s|\b(?:whil(?:e|st)|whereas|although|though|but|and|because|since|as|that|why|unlike|when|where|however|yet"
    r"|hence|therefore|currently|even|several|few|most of"
    r"|(?:limit\w*|shortcomings?|drawbacks?|weakness\w*|problems?|issues?|challenges?) (?:of|in|with))\s)"
    r"((?:most |many |the )?(?:existing|prior|previous|current|recent|traditional|conventional|state-of-the-art)"
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


def extract_related_work(sentences: Sequence[Sentence], block: Block) -> tuple[Values, ...]:
    """Families of earlier works, each with the sentence that says what they leave open; where none is named so, what the
    section on related work says of its subjects: what they lack, else what they do.
    """
    found: dict[str, Values] = {}
    for sentence in sentences:
        if (
            sentence.role in ("abstract", "introduction", "related_work")
            and not sentence.leans
            and (match := STRUGGLING.search(sentence.text))
        ):
            work = match[1][0].upper() + match[1][1:]
            if work.lower() not in found and (challenge := block.take_item(sentence)):
                found[work.lower()] = {"work": work, "challenge": challenge}
    if not found:
        cited = [one for one in sentences if one.cites]
        candidates = [
            one
            for one in sentences
            if one.cites or _HEADED_SO.search(one.heading) or _OF_OTHERS.search(one.text) or speaks_of_itself(one)
        ]
        for sentence in LEAVES_OPEN.select(candidates, _MAX_WORKS) or DESCRIBES.select(cited, _MAX_WORKS):
            work = sentence.heading or "Related work"
            if work.lower() not in found and (challenge := block.take_item(sentence)):
                found[work.lower()] = {"work": work, "challenge": challenge}
    return tuple(found.values())[:_MAX_WORKS]
