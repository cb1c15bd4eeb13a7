"""How the captions of tables, figures and other floats begin."""

import re

_LABEL = r"(\d{1,3}|[IVXL]{1,6}|[A-Z]{1,2}[.-]?\d{1,3}(\.\d{1,2})?|\d{1,2}\.\d{1,2}|[A-Z])"
# Behind the number a mark, nothing, or a capital: a sentence goes on with a small letter.
_BEHIND = r"\s*([:.|—–]|$|(?<=\s)[A-Z(])"
TABLE_CAPTION = re.compile(r"^((?i:extended data |supplementary )?(?i:table|tab\.)\s*" + _LABEL + r")" + _BEHIND)
CAPTION = re.compile(
    r"^(?i:extended data |supplementary )?(?i:fig(ure|\.)|table|tab\.|algorithm|listing|scheme|chart)\s*"
    + _LABEL
    + _BEHIND
)
