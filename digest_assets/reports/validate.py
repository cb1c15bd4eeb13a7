"""A strict parser of the built-in report formats, for validation: what a report holds, or the line where its form breaks.

It knows the formats without the templates, so that a file can be checked against the groups it was made from. Custom
reports have no fixed form: see `describe_missing` in render.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from digest_assets.common.errors import ReportError
from digest_assets.config.fields import Language, ReportName
from digest_assets.config.reports import get_summary_report
from digest_assets.reports.edition import PROVENANCE_PATTERN
from digest_assets.reports.labels import (
    BLANKS,
    CATEGORY_DIGEST_LABELS,
    DEEP_READ_LABELS,
    DEEP_READ_RULE,
    FOR_YOU_LABELS,
    TOPIC_DIGEST_LABELS,
)
from digest_assets.reports.line_reader import LineReader

_ID = r"(?P<id>\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})"
_VERSION = r"v(?P<version>[1-9]\d*)"
_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
_TITLE = r"(?P<title>\S(?:.*\S)?)"
_PROVENANCE = rf"<sub>(?P<provenance>{PROVENANCE_PATTERN})</sub>"
_CATEGORY = r"[a-z-]+(?:\.[A-Za-z-]+)?"
_CELL = r"(?:[^|\\]|\\.)+?"  # a pipe only after a backslash
_HEAD_NOTE = r"<sub>\S.*</sub>"
_BLANK = "|".join(re.escape(words) for pair in BLANKS.values() for words in pair)
_NO_RESULTS = r"- \(No results\)"
_TOPIC_NOTE = r"<sub>(?!Read: )\S.*</sub>"  # how many papers match a topic, and which others


@dataclass(frozen=True, slots=True)
class ParsedPaper:
    """A paper's block in a report."""

    id: str
    version: int | None
    title: str
    provenance: str


@dataclass(frozen=True, slots=True)
class ParsedGroup:
    """A topic, a category, or a report's only list (whose name is empty)."""

    name: str
    papers: tuple[ParsedPaper, ...]


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """What a report holds."""

    day: date
    groups: tuple[ParsedGroup, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The papers' ids, in the report's order."""
        return tuple(paper.id for group in self.groups for paper in group.papers)


def parse_report(report: ReportName, markdown: str, language: Language = "en") -> ParsedReport:
    """Read a report strictly. Raises `ReportError` that names the line and what should stand there."""
    if not markdown.endswith("\n") or "\r" in markdown:
        raise ReportError(f"{report}: the file must end with a newline and hold no carriage return")
    lines = LineReader(report, markdown[:-1].split("\n"))
    parsed = _PARSERS[get_summary_report(report)](lines, language)
    lines.expect_end()
    return parsed


def _parse_topic_digest(lines: LineReader, _: Language) -> ParsedReport:
    head = lines.read(
        rf"# Daily Paper Digest · {_DAY}",
        r"> Auto-generated: Recent submissions from arXiv are fetched by topic and keyword "
        r"\(up to \d+ papers per query\)\.",
    )
    if lines.matches(_HEAD_NOTE, ahead=1):
        lines.read("", _HEAD_NOTE)
    groups = []
    while not lines.at_end:
        name = lines.read("", rf"## {_TITLE}")["title"]
        papers: list[ParsedPaper] = []
        if lines.matches(_NO_RESULTS, ahead=1):
            lines.read("", _NO_RESULTS)
        else:
            papers.append(_parse_topic_paper(lines))
            while lines.matches(r"### .*", ahead=1):
                papers.append(_parse_topic_paper(lines))
        if lines.matches(_TOPIC_NOTE, ahead=1):
            lines.read("", _TOPIC_NOTE)
        groups.append(ParsedGroup(name, tuple(papers)))
    return _make_report(head, groups)


def _parse_topic_paper(lines: LineReader) -> ParsedPaper:
    values = lines.read(
        "",
        rf"### \[{_TITLE}\]\(https://arxiv\.org/pdf/{_ID}{_VERSION}\)",
        "",
        "",
        "<!--break-out-of-list-->",
        '<details markdown="1">',
        "<summary>📄 Paper Summary </summary>",
        "",
        "### 1. Task / Problem",
        r"- \S.*",
        "",
        "### 2. Motivation & Gaps",
        r"- \S.*",
        "",
    )
    if lines.matches(r"- \*\*Related work challenges:\*\*"):
        lines.read(r"- \*\*Related work challenges:\*\*")
        lines.read_while(r"  - \S.*: \S.*", at_least=1)
        lines.read("")
    lines.read("### 3. Core Idea", r"- \S.*", "")
    for number, (heading, labels) in enumerate(TOPIC_DIGEST_LABELS.items(), 4):
        lines.read(rf"### {number}\. {heading}")
        stated = [label for label in labels.values() if lines.read_if(rf"- \*\*{label}\*\*: \S.*")]
        lines.read(*(() if stated else (rf"- (?:{_BLANK})",)), "")
    return _make_paper(values | lines.read(_PROVENANCE, "", "</details>"))


def _parse_daily_table(lines: LineReader, _: Language) -> ParsedReport:
    head = lines.read("", "", rf"## Papers for {_DAY}", "")
    _read_head_note(lines)
    papers = []
    if not _read_no_results(lines):
        lines.read(r"\| Title \| Authors \| Summary \|", r"\|-------\|---------\|---------\|")
        while not lines.at_end:
            papers.append(
                _make_paper(
                    lines.read(
                        rf"\| (?P<title>{_CELL}) \(Read more on \[arXiv\]\(https://arxiv\.org/abs/{_ID}\) or "
                        r"\[HuggingFace\]\(https://huggingface\.co/papers/(?P=id)\)\)"
                        rf"\| {_CELL} \| {_CELL} {_PROVENANCE} \|"
                    )
                )
            )
    return _make_report(head, [ParsedGroup("", tuple(papers))])


def _parse_field_review(lines: LineReader, _: Language) -> ParsedReport:
    head = lines.read(r"time: (?P<stamp>\d{8})", "", rf"# Arxiv \S.* Papers - {_DAY}", "", "## Executive Summary", "")
    if head["stamp"] != head["day"].replace("-", ""):
        raise ReportError(f"field_review: time {head['stamp']} and {head['day']} are two dates")
    lines.read_blocks(until="---")
    lines.read("---", "", "## Table of Contents", "")
    contents: list[dict[str, str]] = []
    empty = _read_no_results(lines)
    while not empty and not lines.matches(""):
        contents.append(lines.read(rf"{len(contents) + 1}\. \[{_TITLE}\]\(#{_ID}{_VERSION}\)"))
    lines.read("", "---", "", "## Papers", "")
    papers = [] if empty and _read_no_results(lines) else [_parse_field_paper(lines)]
    while not empty and not lines.at_end:
        lines.read("")
        papers.append(_parse_field_paper(lines))
    if [(item["id"], item["version"]) for item in contents] != [(paper.id, str(paper.version)) for paper in papers]:
        raise ReportError("field_review: contents and body differ")
    return _make_report(head, [ParsedGroup("", tuple(papers))])


def _parse_field_paper(lines: LineReader) -> ParsedPaper:
    values = lines.read(rf"<a id='{_ID}{_VERSION}'></a>")
    idv = re.escape(f"{values['id']}v{values['version']}")
    values |= lines.read(
        rf"## \[{_TITLE}\]\(https://arxiv\.org/abs/{idv}\)",
        "",
        r"\*\*Authors:\*\* \S.*",
        "",
        r"\*\*Published:\*\* \d{4}-\d\d-\d\d",
        "",
        r"\*\*Categories:\*\* \S.*",
        "",
        r"\*\*Abstract:\*\*",
        "",
        r"\S.*",
        "",
        r"\*\*Analysis:\*\*",
        "",
    )
    lines.read_blocks(until=rf"\*\*Key Findings:\*\*|{_PROVENANCE}")
    if lines.matches(r"\*\*Key Findings:\*\*"):
        lines.read(r"\*\*Key Findings:\*\*", "")
        lines.read_while(r"- \S.*", at_least=1)
        lines.read("")
    values |= lines.read(
        _PROVENANCE,
        "",
        r"\*\*Links:\*\*",
        "",
        rf"- \[PDF\]\(https://arxiv\.org/pdf/{idv}\)",
        rf"- \[arXiv\]\(https://arxiv\.org/abs/{idv}\)",
        "",
        "---",
    )
    return _make_paper(values)


def _parse_category_digest(lines: LineReader, _: Language) -> ParsedReport:
    head = lines.read(
        "<div id=toc></div>", "", "# Table of Contents", "", rf"> .+ · {_DAY} · (?P<total>\d+) papers", ""
    )
    _read_head_note(lines)
    contents = []
    if not _read_no_results(lines):
        while lines.matches(r"- .*"):
            contents.append(lines.read(rf"- \[(?P<name>{_CATEGORY})\]\(#(?P=name)\) \[Total: (?P<total>\d+)\]"))
    groups: list[ParsedGroup] = []
    number = 0
    for item in contents:
        name = re.escape(item["name"])
        lines.read("", "", rf"<div id='{name}'></div>", "", rf"# {name} \[\[Back\]\]\(#toc\)", "")
        papers = []
        for count in range(1, int(item["total"]) + 1):
            number += 1
            papers.append(_parse_category_paper(lines, number, last=count == int(item["total"])))
        groups.append(ParsedGroup(item["name"], tuple(papers)))
    if number != int(head["total"]):
        raise ReportError(f"category_digest: {number} papers, but its head says {head['total']}")
    return _make_report(head, groups)


def _parse_category_paper(lines: LineReader, number: int, last: bool) -> ParsedPaper:
    tldr, *labels = CATEGORY_DIGEST_LABELS.values()
    values = lines.read(
        rf"### \[{number}\] \[{_TITLE}\]\(https://arxiv\.org/abs/{_ID}\)",
        r"\*\S.*\*",
        "",
        rf"Main category: (?:{_CATEGORY}|\S.*)",
        "",
        rf"{tldr}: \S.*",
        "",
        "",
        "<details>",
        "  <summary>Details</summary>",
    )
    for label in (*labels, "Abstract"):
        lines.read(rf"{label}: \S.*", "")
    values |= lines.read(_PROVENANCE, "", "</details>", *(() if last else ("", "")))
    return _make_paper(values)


def _parse_deep_read(lines: LineReader, language: Language) -> ParsedReport:
    head = lines.read(
        "# Hugging Face Daily Papers Report",
        rf"\*\*Date\*\*: {_DAY}",
        r"\*\*Source URL\*\*: https://huggingface\.co/papers/date/(?P<page>\d{4}-\d\d-\d\d)",
        "",
        DEEP_READ_RULE,
        "",
    )
    if head["page"] != head["day"]:
        raise ReportError(f"deep_read: the page of {head['page']} in the report of {head['day']}")
    _read_head_note(lines)
    papers = [] if _read_no_results(lines) else [_parse_deep_paper(lines, language)]
    while not lines.at_end:
        lines.read("")
        papers.append(_parse_deep_paper(lines, language))
    return _make_report(head, [ParsedGroup("", tuple(papers))])


def _parse_deep_paper(lines: LineReader, language: Language) -> ParsedPaper:
    labels = DEEP_READ_LABELS[language]
    values = lines.read(
        rf"## 📄 {_TITLE}",
        "",
        rf"- \*\*{labels['link']}\*\*: https://huggingface\.co/papers/{_ID}",
        rf"- \*\*{labels['read']}\*\*: (?:HTML|PDF|ArXiv Abs)",
        "",
    )
    _, _, *headings = labels.values()  # the first two label the link and the source
    for number, heading in enumerate(headings, 1):
        lines.read(rf"### {number}\. {heading}", "")
        lines.read_blocks(until=rf"### .*|{_PROVENANCE}")
    values |= lines.read(_PROVENANCE, "", "", DEEP_READ_RULE)
    return _make_paper(values)


def _parse_for_you(lines: LineReader, language: Language) -> ParsedReport:
    label = FOR_YOU_LABELS[language]
    head = label["head"].format(shown=r"(?P<shown>\d+)", candidates=r"\d+")
    values = lines.read(rf"# {label['title']} · {_DAY}", "", rf"> {head}", "")
    _read_head_note(lines)
    papers: list[ParsedPaper] = []
    if _read_no_results(lines):
        lines.read("")
    while lines.matches(r"## \d+\. .*"):
        papers.append(_parse_paper_for_you(lines, len(papers) + 1, label))
    if len(papers) != int(values["shown"]):
        raise ReportError(f"for_you: {len(papers)} papers, but its head says {values['shown']}")
    lines.read(f"## {label['nearly_in']}", "")
    if not _read_no_results(lines):
        lines.read_while(rf"- \[{_TITLE}\]\(https://arxiv\.org/abs/{_ID}\): \S.*", at_least=1)
    lines.read("", f"## {label['changes']}", "")
    if not _read_no_results(lines):
        lines.read_while(rf"- \[{_TITLE}\]\(https://arxiv\.org/abs/{_ID}{_VERSION}\) v\d+: \S.*", at_least=1)
    return _make_report(values, [ParsedGroup("", tuple(papers))])


def _parse_paper_for_you(lines: LineReader, number: int, label: Mapping[str, str]) -> ParsedPaper:
    values = lines.read(
        rf"## {number}\. \[{_TITLE}\]\(https://arxiv\.org/abs/{_ID}{_VERSION}\)",
        "",
        r"\*\S.*\*",
        "",
        r"\S.*",
        "",
        rf"- \*\*{label['main_result']}:\*\* \S.*",
    )
    lines.read_if(rf"- \*\*{label['next_best']}:\*\* \S.*")
    lines.read(rf"- \*\*{label['why']}:\*\* \S.*")
    if lines.read_if(rf"- \*\*{label['near']}:\*\* \S.*"):
        lines.read_if(rf"- \*\*{label['differs']}:\*\* \S.*")
    return _make_paper(values | lines.read("", _PROVENANCE, "", "---", ""))


def _read_head_note(lines: LineReader) -> None:
    """Reads the note on the whole report, if one stands here."""
    if lines.matches(_HEAD_NOTE):
        lines.read(_HEAD_NOTE, "")


def _read_no_results(lines: LineReader) -> bool:
    """Reads the line that says that there is nothing to list, if it stands here."""
    empty = lines.matches(_NO_RESULTS)
    if empty:
        lines.read(_NO_RESULTS)
    return empty


def _make_report(head: dict[str, str], groups: list[ParsedGroup]) -> ParsedReport:
    return ParsedReport(date.fromisoformat(head["day"]), tuple(groups))


def _make_paper(values: dict[str, str]) -> ParsedPaper:
    version = values.get("version")
    return ParsedPaper(values["id"], int(version) if version else None, values["title"], values["provenance"])


_PARSERS: dict[ReportName, Callable[[LineReader, Language], ParsedReport]] = {
    "topic_digest": _parse_topic_digest,
    "daily_table": _parse_daily_table,
    "field_review": _parse_field_review,
    "category_digest": _parse_category_digest,
    "deep_read": _parse_deep_read,
    "for_you": _parse_for_you,
}
