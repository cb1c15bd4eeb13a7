"""Sanitize a model's answer: chat phrases, repeated titles, rules and fillers go, headings and bold are repaired.

The answer itself is left as it is. A summary's fields go through `sanitize_summary`, free Markdown through
`strip_chat_phrases`. What makes Markdown safe to publish is not here but in the room of the reports.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from digest_assets.common.errors import ModelError
from digest_assets.common.filler import is_filler
from digest_assets.summaries.chinese import set_chinese
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.texts.sentences import find_math_spans, find_sentence_spans

SchemaT = TypeVar("SchemaT", bound=SummarySchema)

_INTERJECTION = re.compile(
    r"(?:好的|当然可以|当然|没问题|Sure(?: thing)?|Certainly|Of course|Absolutely|Great(?: question)?|Okay|OK)[,，!！.。:：]\s*",
    re.I,
)
_CHAT_PHRASE = re.compile(
    r"""^(?:Here(?:['’]s|\sis|\sare)\b | Below\s(?:is|are)\b | As\san\s(?:AI|expert)\b
          | I(?:['’]ll|\swill|['’]d|\shave|['’]ve|\scan|\sam|['’]m)\b | Let\sme\b
          | 以下(?:是|为) | 下面(?:是|为) | 这(?:是|份|里是)(?=.{0,12}(?:摘要|分析|总结|报告|对论文|关于|概述))
          | 作为(?:一名|一位|一个|计算机|AI|人工智能)
          | 我(?:将|会|来|已|很乐意) | 根据(?:您|你)(?:提供|的要求) | 基于(?:您|你)提供 )
      | (?:希望|但愿).{0,30}(?:帮助|参考|有用|有益|价值|所需|满意)
      | (?:如果|如)(?:您|你)?(?:需要|还有|想|有任何) | 请(?:随时|告诉我|告知)
      | 旨在帮助(?:您|你) | \bI\shope\s(?:this|these|that|it)\b | \b(?:let\sme\sknow|feel\sfree\sto)\b
      | \bhappy\sto\s(?:help|provide|elaborate)\b | \bWould\syou\slike\sme\sto\b | \bas\s(?:you\s)?requested\b""",
    re.VERBOSE | re.IGNORECASE,
)
_HEADING = re.compile(r"(#{1,6})\s++(.*)")
_TOP_LEVEL = 4  # of a summary's headings: a report has its own, its groups' and its papers' above
_RULE = re.compile(r"\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_TITLE_LINE = re.compile(
    r"(?:\*\*)?(?:论文(?:题目|标题|摘要|分析|报告|摘要分析|阅读报告|核心报告)|执行摘要|题目|标题|作者|"
    r"(?:paper\s)?(?:title|authors?|summary|analysis)|executive summary|(?:research"
    r"|reading)\sreport)\s*+(?:\*\*\s*+)?(?:[:：]|$).*",
    re.IGNORECASE,
)
_REPORT_TITLE = re.compile(r"报告|摘要|分析|总结|summary|report|analysis|overview|digest", re.IGNORECASE)
_BULLET = re.compile(r"(\s*(?:[-*+]|\d+[.)])\s+)(.*)")
_LABEL = re.compile(r"(?:\*\*(?P<bold>[^*]+?)[:：]?\*\*\s*[:：]?|(?P<plain>[^:：*]{1,60})[:：])\s*(?P<rest>.*)")
_STARS = re.compile(r"(?<!\s)\*\*|\*\*(?!\s)")
_CODE = re.compile(r"`[^`]+`")
_CJK_OR_LETTER = re.compile(r"\w")


def strip_chat_phrases(markdown: str) -> str:
    """Free Markdown of a model without the sentences that it says to its user.

    Headings start at `####`, below those of the reports, and keep their order of depth; rules go; bullets that say nothing
    go; `**` that Markdown would show as stars are mended.
    """
    lines = _remove_rules(markdown.replace("\r\n", "\n").strip().split("\n"))
    paragraphs = [block for block in re.split(r"\n\s*\n", "\n".join(lines)) if block.strip()]
    answered = [block for block in map(_remove_chat_sentences, paragraphs) if block.strip()]
    text = "\n\n".join(_remove_title(answered))
    return _shift_headings(_map_prose(text, _remove_fillers)).strip()


def sanitize_summary(summary: SchemaT) -> SchemaT:
    """A summary without chat and fillers: a field that says nothing is null, a list item that says nothing goes.

    Raises `ModelError` when a field that must be filled is not.
    """
    fields = {name: _sanitize_value(value) for name, value in summary}
    if any(fields[name] is None for name in _find_required_texts(summary)):
        raise ModelError("the summary says nothing where it must")
    return summary.model_copy(update=fields)


def _sanitize_value(value: Any) -> Any:
    if isinstance(value, str):
        return None if is_filler(value) else set_chinese(strip_chat_phrases(value)) or None
    if isinstance(value, SummarySchema):
        return sanitize_summary(value)
    if isinstance(value, tuple):
        return tuple(_sanitize_value(item) for item in value if _has_required_texts(item))
    return value


def _has_required_texts(item: Any) -> bool:
    """Whether a list's item is filled wherever it must be."""
    if not isinstance(item, SummarySchema):
        return _sanitize_value(item) is not None
    return all(_sanitize_value(getattr(item, name)) is not None for name in _find_required_texts(item))


def _find_required_texts(summary: SummarySchema) -> list[str]:
    return [name for name, field in type(summary).model_fields.items() if field.annotation is str]


def _remove_rules(lines: list[str]) -> list[str]:
    lines_left, fenced = [], False
    if len(lines) > 2 and re.fullmatch(r"```(?:markdown|md)?", lines[0]) and lines[-1] == "```":
        lines = lines[1:-1]  # the whole answer in a code block
    for line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        lines_left.append("" if not fenced and _RULE.fullmatch(line) else line)
    return lines_left


def _remove_chat_sentences(block: str) -> str:
    """A paragraph without the sentences that speak of the answer or to the user; the rest as it stands."""
    if _FENCE.match(block) or ("\n" in block and _BULLET.match(block)):
        return block
    heading = re.match(r"#{1,6}\s+", block)
    lead = heading[0] if heading else ""
    text = block[len(lead) :]
    if interjection := _INTERJECTION.match(text):
        text = text[interjection.end() :]
        text = text[:1].upper() + text[1:]
    sentences = [text[start:end] for start, end in find_sentence_spans(text)]
    answer = [sentence for sentence in sentences if not _CHAT_PHRASE.search(sentence)]
    if len(answer) == len(sentences):
        return lead + text
    separator = "" if answer and re.search(r"[\u3000-\u9fff]$", answer[0]) else " "
    return lead + separator.join(answer) if answer else ""


def _remove_title(blocks: list[str]) -> list[str]:
    """Without the lines at the start that repeat the paper's title or name the answer."""
    while blocks:
        first, *rest = blocks[0].split("\n")
        heading = _HEADING.fullmatch(first)
        level = len(heading[1]) if heading else 0
        alone = level == 1 and _find_heading_levels(blocks).count(1) == 1
        titled = 0 < level <= 2 and heading is not None and _REPORT_TITLE.search(heading[2])
        plain = _TITLE_LINE.fullmatch(first.strip()) or (
            re.fullmatch(r"\*\*[^*]+\*\*", first.strip())
            and _REPORT_TITLE.search(first)
            and not re.match(r"\*\*\d", first)
        )
        if not (alone or titled or plain):
            break
        blocks = ["\n".join(rest), *blocks[1:]] if "\n".join(rest).strip() else blocks[1:]
    return blocks


def _find_heading_levels(blocks: list[str]) -> list[int]:
    return [len(match[1]) for block in blocks for line in block.split("\n") if (match := _HEADING.fullmatch(line))]


def _map_prose(text: str, change: Callable[[str], str | None]) -> str:
    """Apply `change` to each line outside code blocks; a line that becomes None goes."""
    lines, fenced = [], False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        changed = line if fenced else change(line)
        if changed is not None:
            lines.append(changed)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _remove_fillers(line: str) -> str | None:
    bullet = _BULLET.fullmatch(line)
    lead, content = (bullet[1], bullet[2]) if bullet else ("", line)
    content = repair_bold(content)  # before labels are looked for, which may be in it
    while label := _LABEL.fullmatch(content):
        if label["rest"] and is_filler(label["rest"]):
            return None
        if not is_filler(label["bold"] or label["plain"]):
            break
        content = label["rest"]
    if bullet and is_filler(content):
        return None
    return lead + content


def repair_bold(line: str) -> str:
    """A line whose `**` are balanced and flanked as CommonMark asks, next to CJK text and punctuation too."""
    parts = _split_at_stars(line)
    if len(parts) % 2 == 0:  # one star pair too many: the last is taken away
        parts[-2:] = [parts[-2] + parts[-1]]
    out = parts[0]
    for place in range(1, len(parts) - 1, 2):
        inner, after = parts[place].strip(), parts[place + 1]
        if not inner:
            out += after
            continue
        if out.endswith("*") or (out and _CJK_OR_LETTER.match(out[-1]) and not _CJK_OR_LETTER.match(inner[0])):
            out += " "
        out += f"**{inner}**"
        if after and _CJK_OR_LETTER.match(after[0]) and not _CJK_OR_LETTER.match(inner[-1]):
            out += " "
        out += after
    return out


def _split_at_stars(line: str) -> list[str]:
    """The line divided at each `**` that is meant as markup: not in a formula or code, not alone between blanks."""
    verbatim = [*find_math_spans(line), *(match.span() for match in _CODE.finditer(line))]
    parts, place = [], 0
    for match in _STARS.finditer(line):
        if not any(start <= match.start() < end for start, end in verbatim):
            parts.append(line[place : match.start()])
            place = match.end()
    return [*parts, line[place:]]


def _shift_headings(text: str) -> str:
    levels = sorted(set(_find_heading_levels([text])))
    depth = {level: min(_TOP_LEVEL + place, 6) for place, level in enumerate(levels)}

    def heading(line: str) -> str:
        match = _HEADING.fullmatch(line)
        return f"{'#' * depth[len(match[1])]} {match[2].rstrip().rstrip('#').rstrip().rstrip(':：')}" if match else line

    return _map_prose(text, heading)
