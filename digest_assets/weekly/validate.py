"""A strict parser of the weekly report, for validation: what a file holds, or the line where its form breaks.

It knows the format without the template. The grammar in words: docs/weekly.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from digest_assets.common.errors import ReportError
from digest_assets.reports.edition import PROVENANCE_PATTERN
from digest_assets.reports.line_reader import LineReader

_DAY = r"\d{4}-\d\d-\d\d"
_ID = r"\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7}"
_HEAD = rf"# Weekly Paper Digest · (?P<first>{_DAY}) to (?P<last>{_DAY})"
_COUNTS = r"> [0-7] of 7 days have reports · \d+ papers were announced · (?P<named>\d+) are named here"
_PAPER = rf"### \[\S(?:.*\S)?\]\(https://arxiv\.org/abs/(?P<id>{_ID})\)"
_PROVENANCE = rf"<sub>{PROVENANCE_PATTERN}</sub>"
_MARKED = rf"- \[\S(?:.*\S)?\]\(https://arxiv\.org/abs/(?P<id>{_ID})\) · [1-9]\d* marks?"
_NO_RESULTS = r"- \(No results\)"
_TERM = r"\| (?P<term>(?:[^|\\]|\\.)+?) \| \d+ \| \d+\.\d\d% \| \d+\.\d\d% \|"
_TERMS_HEAD = (r"\| Term \| Papers \| This week \| Weeks before \|", r"\|-+\|-+:\|-+:\|-+:\|")


@dataclass(frozen=True, slots=True)
class ParsedWeek:
    """What a week's report holds."""

    day: date
    mattered: tuple[str, ...]
    catch_up: tuple[str, ...]
    rising: tuple[str, ...]
    fading: tuple[str, ...]
    marked: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The papers that it names, in its order."""
        return (*self.mattered, *self.catch_up)


def parse_week(markdown: str) -> ParsedWeek:
    """Read a week's report strictly. Raises `ReportError` that names the line and what should stand there."""
    if not markdown.endswith("\n") or "\r" in markdown:
        raise ReportError("weekly: the file must end with a newline and hold no carriage return")
    lines = LineReader("weekly", markdown[:-1].split("\n"))
    head = lines.read(_HEAD) | lines.read("", _COUNTS)
    first = date.fromisoformat(head["first"])
    if first.weekday() or date.fromisoformat(head["last"]) != first + timedelta(days=6):
        raise ReportError(f"weekly: {head['first']} to {head['last']} is not a week from Monday to Sunday")
    mattered = _parse_papers(lines, "What mattered")
    rising, fading = _parse_terms(lines, "Rising terms"), _parse_terms(lines, "Fading terms")
    marked = _parse_marked(lines)
    catch_up = _parse_papers(lines, "To catch up on")
    lines.expect_end()
    week = ParsedWeek(first, mattered, catch_up, rising, fading, marked)
    if len(set(week.ids)) != len(week.ids) or len(week.ids) != int(head["named"]):
        raise ReportError(f"weekly: {len(week.ids)} papers are named, some twice or not as many as its head says")
    return week


def _parse_papers(lines: LineReader, title: str) -> tuple[str, ...]:
    lines.read("", f"## {title}")
    if lines.matches(_NO_RESULTS, ahead=1):
        lines.read("", _NO_RESULTS)
        return ()
    ids = [_parse_paper(lines)]
    while lines.matches(r"### .*", ahead=1):
        ids.append(_parse_paper(lines))
    return tuple(ids)


def _parse_paper(lines: LineReader) -> str:
    values = lines.read("", _PAPER, "", r"\*\S.*\*", "", r"(?!#|- |\||<sub>)\S.*", "")
    lines.read_if(r"- Result: \S.*")
    lines.read(r"- Why: \S.*", "", _PROVENANCE)
    return values["id"]


def _parse_marked(lines: LineReader) -> tuple[str, ...]:
    lines.read("", "## Most marked", "")
    if lines.read_if(_NO_RESULTS):
        return ()
    ids = [lines.read(_MARKED)["id"]]
    while lines.matches(_MARKED):
        ids.append(lines.read(_MARKED)["id"])
    return tuple(ids)


def _parse_terms(lines: LineReader, title: str) -> tuple[str, ...]:
    lines.read("", f"## {title}", "")
    if lines.read_if(_NO_RESULTS):
        return ()
    lines.read(*_TERMS_HEAD)
    terms = [lines.read(_TERM)["term"]]
    while lines.matches(_TERM):
        terms.append(lines.read(_TERM)["term"])
    return tuple(terms)
