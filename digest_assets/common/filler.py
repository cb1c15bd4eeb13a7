"""Filler: texts that say that there is nothing to say (`N/A`, `not stated in the paper`, `未提及`)."""

import re

from digest_assets.common.markdown import to_single_line

# Linear in the text's length: no repeated part can match what the part after it matches.
_FILLER = re.compile(
    r"""
      [^\n:：]{1,60} [:：] [\s*_]* n/a \W*   # with the field's name before it
    | n/a \b .*                              # with a reason after it, on one line
    | [\s*_"'(（]* (?:
          n\s*/\s*a | na | none | null | nil | tbd | unknown | unspecified
        | not\s(?:applicable|available|stated|specified|mentioned|provided|reported|given|discussed
                 |explicitly\s(?:stated|mentioned)) (?:\sin\sthe\s(?:paper|text|abstract))?
        | not\sin\sthe\s(?:paper|text|abstract)
        | 无 | 暂无 | 没有 | 不适用 | 未知
        | (?:文中|论文中?|摘要中?|原文)? (?:未|没有) (?:明确)? (?:说明|提及|提到|给出|提供|报告|涉及)
        | [-–—]
      ) \W*
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_filler(text: str) -> bool:
    """Whether a text says nothing: it is empty, or `N/A` and its like."""
    return not to_single_line(text) or _FILLER.fullmatch(text.strip()) is not None
