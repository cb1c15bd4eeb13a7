"""Chinese prose as its readers expect it: a space beside Latin words and numbers, full-width stops and brackets.

Formulas and code stay as they are. Which language a summary is in is checked in `acceptance`.
"""

import re

from digest_assets.texts.sentences import find_math_spans

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WIDE = dict(zip(",;:?!", "，；：？！", strict=True))
_CODE = re.compile(r"`[^`\n]{1,400}`|https?://\S{1,2000}")
_BESIDE = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%°])(?=[{_HAN}])")
_IN_BRACKETS = re.compile(rf"(?<=[{_HAN}])[ ]?\(([^()\n]{{1,120}})\)")
_MARK = re.compile(rf"(?<=[{_HAN}]) ?([,;:?!])(?![\d/]) *|(?<=[\w%)）”]) ?([,;:?!]) *(?=[{_HAN}])")
_STOP = re.compile(rf"(?<=[{_HAN}）”])\.(?=\s|\Z) *")
_SPACE_AT_STOP = re.compile(r"(?<! ) ++(?=[，。；：？！、（）《》“”])|(?<=[，。；：？！、（）《》]) ++(?=\S)")


def set_chinese(text: str) -> str:
    """The text with Chinese punctuation and spacing where it is Chinese; other text as it is."""
    if not re.search(f"[{_HAN}]", text):
        return text
    kept = sorted([*find_math_spans(text), *(match.span() for match in _CODE.finditer(text))])
    parts, place = [], 0
    for start, end in kept:
        if start >= place:
            parts += [_set_words(text[place:start]), text[start:end]]
            place = end
    return "".join([*parts, _set_words(text[place:])])


def _set_words(words: str) -> str:
    words = _IN_BRACKETS.sub(r"（\1）", words)
    words = _MARK.sub(lambda match: _WIDE[match[1] or match[2]], words)
    words = _STOP.sub("。", words)
    return _SPACE_AT_STOP.sub("", _BESIDE.sub(" ", words))
