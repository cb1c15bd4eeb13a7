"""Limitations: what the authors say that their own work lacks; not what others lack, nor what the work overcomes."""

from collections.abc import Sequence
from dataclasses import replace

from digest_assets.summaries.extractive.selectors import OTHERS, OWN, SentenceSelector, compile_words
from digest_assets.summaries.extractive.sentence_features import Sentence

_LACKS = (
    r"(?:limit\w*|only|not|cannot|requires?|restrict\w*|fail\w*|expensive|slow\w*|sensitive|depend\w*|struggl\w*|lack\w*|small"
    r"|assum\w*|challeng\w*|overhead|bias\w*|narrow|unclear)"
)
LIMITATION_SECTION = SentenceSelector(
    roles=("limitations",),
    required=compile_words(
        rf"\b(?:our|we|the (?:current|proposed|present)|this (?:paper|work|study|approach|method|analysis|model|survey))\b"
        rf".{{0,120}}?\b{_LACKS}\b",
        r"\b(?:one|a|another|the (?:main|key)|first|second) (?:\w+ )?limitation\b", "局限|不足|尚未|仅|需要|依赖|无法|可能",
    ),
    excluded=compile_words(
        OTHERS, r"\b(?:future|we (?:plan|hope|intend)|leave|next step|overcom\w+|mitigat\w+|address(?:es)?|alleviat\w+"
        r"|not (?:limited to|only)|et al|participants?)\b", "未来",
    ),
)  # fmt: skip
LIMITATION = SentenceSelector(
    roles=("conclusion",),
    required=compile_words(
        r"\b(?:limitations?|caveats?|drawbacks?|shortcomings?) (?:of|in|to|is|are|include)\b.{0,30}?"
        r"\b(?:our|this (?:paper|work|study)|the (?:proposed|present))\b",
        r"\b(?:one|a|another|the (?:main|key|primary|major)|our (?:main|key)?) ?(?:main |key |primary |notable "
        r"|current |remaining )?"
        r"(?:limitation|caveat|drawback|shortcoming)s? (?:is|are|of our|of this (?:paper|work|study)|includes?|remains?"
        r"|concerns?)\b|\b(?:limitation|caveat|drawback|shortcoming)s?,? (?:however, )?is that (?:our|we)\b",
        r"\b(?:is|are) currently (?:limited|restricted|confined) to\b",
        rf"\b{OWN}.{{0,60}}?\b(?:is limited|are limited|has (?:several |some |a few )?limitations|is restricted"
        rf"|does not (?:yet )?"
        rf"(?:account|consider|address|cover|support|handle|model|capture|include)|only (?:consider|evaluat"
        rf"|test|support|cover"
        rf"|focus)\w*|struggles?|still (?:struggles?|requires?|fails?|lacks?))\b",
        "本文.{0,20}(?:局限|不足|尚未)|局限(?:在于|是)",
    ),
    excluded=compile_words(
        OTHERS, r"\b(?:overcom\w+|address(?:es|ed|ing)?|mitigat\w+|alleviat\w+|tackl\w+|resolv\w+|without)\b.{0,50}\blimitation"
    ),
)  # fmt: skip
# Elsewhere "a drawback is that …" may be said of anything that the paper speaks of.
OWN_LIMITATION = replace(LIMITATION, roles=("other", "results", "abstract", "method"), needs_own_subject=True)
# What the authors say that they left out counts where they look back, not where they set up an experiment.
ADMISSION = SentenceSelector(
    roles=("conclusion", "abstract"),
    required=compile_words(
        r"\bwe (?:do not|did not|have not|cannot|could not|only) (?:yet )?(?:consider|evaluat|test|cover|address|explor|stud"
        r"|account|investigat|support|handle|model|show)\w*",
        r"\b(?:our|this) (?:\w+ )?(?:study|work|analysis|evaluation|approach|method|model)\b.{0,40}?\b(?:only|not|limited)\b",
    ),
    excluded=compile_words(
        OTHERS, r"\bnot only\b|\bnot (?:just|merely|limited to)\b|\bonly (?:a few|one|requires?|needs?)\b"
    ),
)


def select_limitations(sentences: Sequence[Sentence], most: int, used: Sequence[Sentence]) -> list[Sentence]:
    """What the section on limitations says, else what other sections call one, else what was left out."""
    for selector in (LIMITATION_SECTION, LIMITATION, OWN_LIMITATION, ADMISSION):
        if found := selector.select(sentences, most, used):
            return found
    return []
