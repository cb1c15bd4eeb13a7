"""What is printed of whole real days: every field opens on its own, is whole and holds no TeX around its formulas.

The checks here are not the engine's own: they look at the printed text alone.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.testing.row_factories import make_paper, make_text
from digest_assets.texts.sentences import find_math_spans

# An opening that points at what stands before it. "These results" and "This work" are the paper's; "It is known that" says
# what it means.
_LEANS = re.compile(
    r"(?:(?:In|To|For|With|By|From|On|Despite|Unlike|Through|While|When|Although|Using|Leveraging|Towards? \w+ing)\s)?"
    r"(?:(?:[Tt]his|[Tt]hat)\s(?!(?:[\w-]+\s){0,2}?(?:paper|work|study|article|letter|report|review|survey|thesis|chapter|tutorial"
    r"|research|dissertation|monograph|manuscript|project|note|essay|document|volume|collection|contribution|abstract)\b)"
    r"|(?:[Tt]hese|[Tt]hose|[Ss]uch)\s(?!results\b|findings\b|lecture notes\b|is\b)"
    r"|(?:They|He|She|Its|Their|Both|Neither|Also|Then|Thus|Hence|Moreover|Furthermore|Additionally|Besides,)(?!\w))"
    r"|(?:To|For) (?:this|that) end\b|The (?:former|latter)\b|For (?:example|instance)\b|\(?(?:[2-9]|i{2,3}|iv|[b-d])\)\s"
)
_TEX_LEFT = re.compile(r"\\[A-Za-z]|[{}](?<!\{\d\d\d\})|(?<!\\)\$(?!\d)|``|(?<=\w)~(?=\w)")
_SET = re.compile(r"\{[^{}]{1,80}\}")
_ENDED = re.compile(r"[.!?。！？…][\"'”’»)\]）」』*$]*$")
_SHORT = 15  # characters: "11 features were extracted." is a sentence, "J. Theor." the rest of a citation
_EVERY = 3  # paper of a day, some 3,600 in all: what is wrong with one field in a thousand is still seen, in a third of the time


def _find_faults(text: str, abstract: str) -> Iterator[str]:
    words, place = "", 0
    for start, end in [*find_math_spans(text), (len(text), len(text))]:
        words, place = f"{words}{text[place:start]}x", end
    # What the abstract opens with has nothing before it, and may be a name in small letters.
    opens = " ".join(abstract.split()).startswith(text[:_SHORT])
    if _LEANS.match(text) and not opens:
        yield "leans on another sentence"
    if _TEX_LEFT.search(_SET.sub("", words)):
        yield "holds TeX"
    if not _ENDED.search(text) or len(text) < _SHORT:
        yield "is a fragment"
    if re.match(r"[\"'“‘(]*[a-z]+(?![\w-])", text) and not opens:
        yield "opens in lower case"


def _iterate_texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _iterate_texts(inner, f"{path}.{name}".lstrip("."))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("report", ["category_digest", "daily_table"])
def test_every_field_of_every_real_day_opens_on_its_own_is_whole_and_holds_no_tex(corpus: Path, report: str) -> None:
    faults: list[str] = []
    for path in sorted((corpus / "arxiv").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        for row in rows[::_EVERY]:
            paper = make_paper(row["id"], title=row["title"], abstract=row["abstract"])
            summary = extract_summary(report, paper, make_text(row["id"], sections=(), source="abstract")).model_dump()
            faults += [
                f"{row['id']} {name} {fault}: {text[:60]}"
                for name, text in _iterate_texts(summary)
                for fault in _find_faults(text, row["abstract"])
            ]
    assert faults == []
