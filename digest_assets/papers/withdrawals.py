"""Withdrawals: whether a paper's comment or abstract says that it was withdrawn from arXiv, and in which words."""

import re

_PAPER = r"(?:paper|article|manuscript|submission|preprint|pre-print|e-?print|work|version|draft|report|study)"
# "Withdrawn from the proceedings" is no withdrawal from arXiv.
_NOT_ELSEWHERE = r"\b(?!\s+from\s+(?!arxiv|publication|the\s+arxiv))"
_GONE = rf"(?:(?:withdrawn|retracted){_NOT_ELSEWHERE}|removed\s(?:by|from)\s(?:the\s)?arxiv\b)"
_NOTICE = re.compile(
    rf"""\b(?:this|the|our)\s(?:\w+\s){{0,2}}?{_PAPER}\s
           (?:has\s(?:now\s)?been|had\sbeen|is|was|is\sbeing|is\snow|should\sbe)\s(?:\w+ly\s)?{_GONE}
       | \bwithdrawal\sof\s(?:this|the|our|my)\s{_PAPER}\b
       | \b(?:withdrawn|retracted)\sby\s(?:the\s|its\s|an?\s)?(?:\w+\s)?(?:authors?|submitter|arxiv)\b
       | \b(?:authors?|we|i)\s(?:\w+\s){{0,4}}?(?:withdr[ae]w|withdrawn|withdrawing)\s(?:this|the|our|my)\s{_PAPER}
           {_NOT_ELSEWHERE}
       | ^\W{{0,5}}(?:{_PAPER}\s)?(?:withdrawn{_NOT_ELSEWHERE}|retracted\b(?!\s+(?!by|due|because|since|as|for\b)))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OTHER_PAPER = re.compile(r"arXiv:\s?\S{7,20},?\s(?:which|that)\s", re.IGNORECASE)
_MAX_COMMENT_CHARACTERS = 2_000  # as long as an abstract may be: arXiv allows fewer
_NOTICE_WITHIN = 200  # a notice that stands for an abstract says so in its first sentence


def find_withdrawal(comment: str | None, abstract: str) -> str | None:
    """The authors' words on a withdrawal: the comment, or the notice that stands where the abstract stood."""
    comment = (comment or "")[:_MAX_COMMENT_CHARACTERS]
    if _NOTICE.search(comment) and not _OTHER_PAPER.search(comment):
        return comment
    return (comment or abstract[:_MAX_COMMENT_CHARACTERS]) if _NOTICE.search(abstract[:_NOTICE_WITHIN]) else None
