"""Notes for Obsidian (https://help.obsidian.md): a Markdown file a paper, with properties as YAML, and links between papers.

What papers and models wrote does nothing in a note: it is escaped as in reports, and so is what Obsidian alone acts on: links
and embeds in double brackets, tags, comments and highlights. A file's name is an id.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from digest_assets.archive.tables import SimilarPaperRow
from digest_assets.common.arxiv_ids import ArxivId, build_paper_url
from digest_assets.common.markdown import escape_text, to_single_line
from digest_assets.reports import snippets
from digest_assets.reports.edition import Edition, EditionEntry
from digest_assets.reports.labels import get_display_name
from digest_assets.reports.summary_sections import build_sections
from digest_assets.reports.urls import is_web_address

# The second of two brackets, of a comment's or a highlight's two marks, and a tag, which begins a word.
_ACTS_IN_OBSIDIAN = re.compile(r"(?<=\[)\[|(?<=%)%|(?<==)=|(?<!\S)#(?=\S)")

EditionAndEntry = tuple[Edition, EditionEntry]


def get_note_name(id_: str) -> str:
    """A note's file name, without ending; a link names it."""
    return ArxivId(id_).file_name


def format_note(entries: Sequence[EditionAndEntry], similar: Sequence[SimilarPaperRow]) -> str:
    """A paper's note: its properties, each report's summary, and what is near it.

    Args:
        entries: Where the day's reports show the paper, at least once.
        similar: The earlier papers near it, the nearest first.
    """
    lines = ["---", _format_properties(entries).rstrip(), "---", "", f"# {escape_note(entries[0][1].title)}", ""]
    for edition, entry in entries:
        lines += [f"## {escape_note(get_display_name(edition.report))}", "", *_format_summary(edition, entry)]
        lines += [f"*{escape_note(str(entry.provenance))}*", ""]
    if similar:
        lines += ["## Similar papers", "", *map(_format_similar, similar), ""]
    return "\n".join(lines)


def _format_properties(entries: Sequence[EditionAndEntry]) -> str:
    edition, entry = entries[0]
    paper = entry.paper
    values: dict[str, Any] = {
        "title": to_single_line(entry.title),
        "id": paper.id,
        "version": paper.version,
        "authors": [to_single_line(name) for name in paper.authors],
        "published": paper.published.date() if paper.published else None,
        "day": edition.day,
        "reports": [one.report for one, _ in entries],
        "tags": [f"arxiv/{re.sub(r'[^A-Za-z0-9-]', '-', category)}" for category in paper.categories],
        "upvotes": paper.hf_upvotes,
        "doi": to_single_line(paper.doi or ""),
        "code": paper.code_url if is_web_address(paper.code_url) else None,
        "url": build_paper_url("abs", paper.id),
    }
    known = {name: value for name, value in values.items() if value not in (None, "", [])}
    text: str = yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=10**6)
    return text


def _format_summary(edition: Edition, entry: EditionEntry) -> Iterator[str]:
    for section in build_sections(entry.fields, edition.language):
        label = f"**{escape_note(section.label)}** " if section.label else ""
        points = []
        for point in section.points:
            words = "; ".join(escape_note(snippets.format_words(text, entry)) for text in point.texts)
            points.append(f"{escape_note(point.lead)}: {words}" if point.lead else words)
        if len(points) == 1:
            yield from (f"{label}{points[0]}", "")
        else:
            yield from (label.rstrip(), "", *(f"- {words}" for words in points), "")


def _format_similar(row: SimilarPaperRow) -> str:
    name = get_note_name(row.similar_id)
    return (
        f"- [[{name}]] {escape_note(row.similar_title)} ({row.kinship}, {row.similarity:.0%} alike, {row.similar_day})"
    )


def escape_note(text: str) -> str:
    """One line of a note that shows the text as written, and does nothing in Obsidian."""
    return _ACTS_IN_OBSIDIAN.sub(r"\\\g<0>", escape_text(text))
