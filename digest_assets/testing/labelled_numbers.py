"""Numbers with a label, made from reference summaries at run time: true ones, rewritten ones, altered ones.

Whether a number is true is decided here without the tracer: its digits stand in the text of its paper as they are.
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,\\@^{\[/+*-])(?P<sign>(?:(?<![\d%}\s])|(?<=[^\d%}]\s))[-+]|)(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>\s?(?:\\?%|×|x(?![A-Za-z0-9])|倍|个百分点|GB|MB|ms|s(?![A-Za-z])|万|亿|[KMB](?![A-Za-z0-9])|FPS|Hz|nm|mm|cm)|)(?!\s?percent|\s?\\?%|多|/\d|\^)"
    r"(?![A-Za-z0-9_]|[.,]\d|\s?[)）、]|\.\s|-\w|\s?[年月])"
)
_OTHER_UNIT = {
    "%": " ms", "\\%": " ms", "×": "%", "x": "%", "倍": "%", "个百分点": "倍", "GB": "MB", "MB": "GB", "ms": " s", "s": " ms",
    "万": "亿", "亿": "万", "K": "M", "M": "B", "B": "M", "FPS": " ms", "Hz": " kHz", "nm": " mm", "mm": " nm", "cm": " mm",
    "": "%",
}  # fmt: skip


_NUMERALS = "one two three four five six seven eight nine ten"
_WORDS = {
    str(number): words for number, words in enumerate(zip(_NUMERALS.split(), "一两三四五六七八九十", strict=True), 1)
}


@dataclass(frozen=True)
class LabelledNumber:
    """A summary with one number to be judged, at `[start, end)`."""

    source: str
    kind: str  # "true", or how it was made: "digit", "unit", "sign", "rewritten"
    text: str
    summary: str
    start: int
    end: int

    @property
    def number(self) -> str:
        """The number to be judged, with its unit."""
        return self.summary[self.start : self.end]

    def __str__(self) -> str:
        around = self.summary[max(0, self.start - 40) : self.start], self.summary[self.end : self.end + 25]
        return f"{self.source} {self.kind}: {around[0]}«{self.number}»{around[1]}"


def load_reference_summaries(corpus: Path) -> Iterator[tuple[str, str, str]]:
    """`(source, text, summary)` of every reference summary whose paper's abstract is known, and of the abstracts."""
    folder = corpus / "references"
    for name in ("category_digest_en_2025-09-12", "category_digest_zh_2025-12-05"):
        for row in _read_rows(folder / f"{name}.jsonl.gz"):
            text = f"{row['title']}\n{row['summary']}"
            yield name[:18], text, "\n\n".join(value for value in row["AI"].values() if isinstance(value, str))
            yield "abstract", text, row["summary"]
    for row in _read_rows(folder / "scitldr_dev.jsonl.gz"):
        text = f"{row['title']}\n{' '.join(row['source'])}"
        yield "scitldr", text, "\n\n".join(row["target"])
        yield "abstract", text, " ".join(row["source"])
    with gzip.open(folder / "daily_table_2025-09-11.md.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.count("|") > 3:
                summary = line.rsplit("|", 2)[1].strip()
                yield "daily_table", summary, summary


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def generate_labelled_numbers(corpus: Path) -> Iterator[LabelledNumber]:
    """Every labelled case, in a fixed order."""
    for source, text, summary in load_reference_summaries(corpus):
        for match in _NUMBER.finditer(summary):
            if _is_part_of_name(match, summary) or not contains_number(text, match["digits"]):
                continue
            yield LabelledNumber(source, "true", text, summary, match.start(), match.end())
            for kind, number in (*_alter_number(match, text), *_rewrite_number(match)):
                changed = summary[: match.start()] + number + summary[match.end() :]
                yield LabelledNumber(source, kind, text, changed, match.start(), match.start() + len(number))


def _is_part_of_name(match: re.Match[str], summary: str) -> bool:
    """Whether the number is a zero or belongs to a name, a link or a date: `Part 2`, `Python 3`, `in 2019`."""
    if float(match["digits"].replace(",", "")) == 0 or re.search(r"https?://\S*$", summary[: match.start()]):
        return True
    if match["unit"].strip():
        return False
    year = re.fullmatch(r"(?:19|20)\d\d", match["digits"])
    return bool(year or re.search(r"\b[A-Z]\w*\s$", summary[: match.start()]))


def contains_number(text: str, digits: str) -> bool:
    """Whether the number stands in the text: its digits, with or without thousands separators, or its word."""
    if digits in _WORDS and re.search(rf"\b{_WORDS[digits][0]}\b|[{_WORDS[digits][1]}]", text, re.IGNORECASE):
        return True
    bare = re.sub(r"(?<=\d)(?:,|\{,\})(?=\d{3})", "", text)
    return re.search(rf"(?<![\d.]){re.escape(digits.replace(',', ''))}(?!\d|\.\d)", bare) is not None


def _alter_number(match: re.Match[str], text: str) -> Iterator[tuple[str, str]]:
    digits, sign, unit = match["digits"], match["sign"], match["unit"]
    wrong = _change_digit(digits, text)
    if wrong:
        yield "digit", sign + wrong + unit
    other = _OTHER_UNIT[unit.strip()]
    if not re.search(rf"{re.escape(digits)}\s?{re.escape(other.strip())}", text):
        yield "unit", sign + digits + other
    if sign == "-" or not re.search(rf"[-−–+]\s?{re.escape(digits)}", text):
        yield "sign", ("" if sign == "-" else "-") + digits + unit


def _change_digit(digits: str, text: str) -> str | None:
    """The digits with one of them changed, so that the text does not have the number."""
    places = [place for place, char in enumerate(digits) if char.isdigit()]
    seed = crc32(f"{digits}{len(text)}".encode())
    for step in range(9 * len(places)):
        place = places[(seed + step) % len(places)]
        new = str((int(digits[place]) + 1 + (seed // 7 + step) % 9) % 10)
        changed = digits[:place] + new + digits[place + 1 :]
        if (
            changed[0] != "0"
            and changed != digits
            and not contains_number(text, changed)
            and float(changed.replace(",", "")) > 0
        ):
            return changed
    return None


def _rewrite_number(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    """The same number in other notations."""
    digits, sign, unit = match["digits"].replace(",", ""), match["sign"], match["unit"].strip()
    if unit in ("%", "\\%") and "." in digits and not sign and 1 <= float(digits) < 100:
        yield "rewritten", f"0.{digits.replace('.', '').zfill(len(digits.split('.')[1]) + 2)}"
    if unit == "" and "." not in digits and not sign and int(digits) >= 10_000 and digits.endswith("00"):
        number = int(digits)
        yield "rewritten", f"{number:,}"
        yield "rewritten", f"{number / 1e3:g}K"
        yield "rewritten", f"{number / 1e4:g}万"
    if unit in ("×", "x", "倍"):
        yield "rewritten", f"{digits}-fold"
        yield "rewritten", f"{digits}倍"
