"""What the loopback server answers for arXiv's listing pages: `/list/CAT/new`, `/list/CAT/recent`, `/catchup/CAT/DATE`.

The pages have the structure of arXiv's own (a `dl` with an `h3` for each section, `dt` and `dd` for each paper), in markup
of ours.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

from digest_assets.testing.loopback.responses import LoopbackResponse, ServedPaper

HTML = "text/html; charset=utf-8"
_SECTIONS = {"new": "New", "cross": "Cross", "replace": "Replacement"}
_RECENT_MAILINGS = 5
_ENTRIES_PER_CATCHUP_PAGE = 2000
_MOST_ENTRIES = 2000


def build_new_response(
    papers: Sequence[ServedPaper], category: str, day: date, parameters: Mapping[str, str]
) -> LoopbackResponse:
    """The page `new` of a category: the mailing of `day` in sections."""
    skip, show = int(parameters.get("skip", "0")), int(parameters.get("show", "50"))
    entries = _list_entries(papers, category, day)
    body = (
        f"<h1>{category}</h1><h2>Authors and titles</h2><h3>Showing new listings for {day:%A, %-d %B %Y}</h3>"
        f"<div class='paging'>Total of {len(entries)} entries </div>"
        + (_render_sections(entries, skip, show) or "<p>No updates today.</p>")
    )
    return _page(body)


def build_recent_response(
    papers: Sequence[ServedPaper], category: str, newest: date, parameters: Mapping[str, str]
) -> LoopbackResponse:
    """The page `recent` of a category: its last mailings, without replacements."""
    skip, show = int(parameters.get("skip", "0")), min(int(parameters.get("show", "50")), _MOST_ENTRIES)
    days = sorted({day for paper in papers for day in paper.announced if day <= newest}, reverse=True)
    sections = [
        (day, [entry for entry in _list_entries(papers, category, day) if entry[1] != "replace"])
        for day in days[:_RECENT_MAILINGS]
    ]
    total = sum(len(entries) for _, entries in sections)
    body, number = [], 0
    for day, entries in sections:
        shown = [(number + index + 1, *entry) for index, entry in enumerate(entries)]
        number += len(entries)
        shown = [item for item in shown if skip < item[0] <= skip + show]
        heading = f"<h3>{day:%a, %-d %b %Y} (showing {len(shown)} of {len(entries)} entries )</h3>"
        body.append(f"<dl id='articles'>{heading}{''.join(_render_entry(*item, category) for item in shown)}</dl>")
    head = f"<h1>{category}</h1><h2>Authors and titles for recent submissions</h2>"
    return _page(f"{head}<div class='paging'>Total of {total} entries </div>{''.join(body)}")


def build_catchup_response(
    papers: Sequence[ServedPaper], category: str, text: str, newest: date, parameters: Mapping[str, str]
) -> LoopbackResponse:
    """The catch-up page of a category and date; HTTP 400 for a date that is none or has not come."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return LoopbackResponse(b"Invalid date format. Use format: YYYY-MM-DD", 400)
    if day > newest:
        return LoopbackResponse(b"Can't request date later than today", 400)
    entries = _list_entries(papers, category, day)
    skip = (int(parameters.get("page", "1")) - 1) * _ENTRIES_PER_CATCHUP_PAGE
    sections = _render_sections(entries, skip, _ENTRIES_PER_CATCHUP_PAGE)
    return _page(
        f"<h1>Catchup results for {category} on {day:%a, %d %b %Y}</h1>"
        f"<div>Total of {len(entries)} entries for {day:%a, %d %b %Y}</div>"
        + (sections or f"<div><p>No updates for {day:%a, %d %b %Y}.</p></div>")
    )


def _list_entries(papers: Sequence[ServedPaper], category: str, day: date) -> list[tuple[ServedPaper, str]]:
    """The category's papers of a mailing with the section that each stands in, in the sections' order."""
    entries = []
    for paper in papers:
        kind = paper.announced.get(day)
        if kind is None or category not in paper.categories:
            continue
        section = kind.partition("-")[0]
        if section == "new" and paper.categories[0] != category:
            section = "cross"
        entries.append((paper, section))
    return sorted(entries, key=lambda entry: list(_SECTIONS).index(entry[1]))


def _render_sections(entries: Sequence[tuple[ServedPaper, str]], skip: int, show: int) -> str:
    numbered = [(number, *entry) for number, entry in enumerate(entries, 1)]
    body = []
    for section, name in _SECTIONS.items():
        all_of_it = [item for item in numbered if item[2] == section]
        shown = [item for item in all_of_it if skip < item[0] <= skip + show]
        if shown:
            heading = f"<h3>{name} submissions (showing {len(shown)} of {len(all_of_it)} entries)</h3>"
            items = "".join(_render_entry(number, paper, kind, None) for number, paper, kind in shown)
            body.append(f"<dl id='articles'>{heading}{items}</dl>")
    return "".join(body)


def _render_entry(number: int, paper: ServedPaper, section: str, category: str | None) -> str:
    cross = section == "cross"
    note = f"(cross-list from {paper.categories[0]})" if cross else "(replaced)" if section == "replace" else ""
    authors = ", ".join(f"<a href='/search/?query=author'>{escape(name)}</a>" for name in paper.authors)
    first, *others = (f"Subject {name} ({name})" for name in paper.categories)
    subjects = f"<span class='primary-subject'>{first}</span>" + "".join(f"; {name}" for name in others)
    comments = (
        f"<div class='list-comments mathjax'><span>Comments:</span> {escape(paper.comment)}</div>"
        if paper.comment
        else ""
    )
    abstract = "" if category else f"<p class='mathjax'>{escape(paper.abstract)}</p>"
    return (
        f"<dt><a name='item{number}'>[{number}]</a> "
        f'<a href ="/abs/{paper.id}" title="Abstract" id="{paper.id}">arXiv:{paper.id}</a> {note} '
        f'[<a href="/pdf/{paper.id}" title="Download PDF">pdf</a>, '
        f'<a href="/html/{paper.id}v{paper.version}" title="View HTML">html</a>]</dt>'
        f"<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:</span> "
        f"{escape(paper.title)}</div><div class='list-authors'>{authors}</div>{comments}"
        f"<div class='list-subjects'><span class='descriptor'>Subjects:</span> {subjects}</div>{abstract}</div></dd>\n"
    )


def _page(content: str) -> LoopbackResponse:
    body = (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>listing</title></head><body><main>"
        f"<div id='content'><div id='dlpage'>{content}</div></div></main></body></html>"
    )
    return LoopbackResponse(body.encode(), content_type=HTML)
