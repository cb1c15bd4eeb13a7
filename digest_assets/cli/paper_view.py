"""One paper as `digest paper` shows it: panels for the terminal, or JSON for other programs."""

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.markdown import to_single_line
from digest_assets.reports import snippets
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.edition import EditionEntry
from digest_assets.reports.summary_sections import build_sections
from digest_assets.reports.urls import is_web_address
from digest_assets.site.paper_history import Appearance, PaperHistory, SimilarPaper


def print_paper(history: PaperHistory, out: Console) -> None:
    """Print a paper's panel, then one for each report's summary of it."""
    row = history.paper
    links = [build_paper_url("abs", row.id)]
    links += [url for url in dict.fromkeys((row.code_url, row.project_url)) if url and is_web_address(url)]
    head = [
        Text(", ".join(to_single_line(name) for name in row.authors)),
        Text(f"{', '.join(row.categories)} · v{row.version or 1} · {row.published:%Y-%m-%d}" if row.published else ""),
        *(Text(link, style=f"link {link}") for link in links),
        Text(""),
        Text(to_single_line(row.abstract)),
    ]
    out.print(Panel(Group(*head), title=Text(to_single_line(row.title), style="bold"), title_align="left"))
    for seen in history.list_summaries():
        out.print(_build_summary_panel(seen))
    if history.list_similar():
        lines = [Text(_describe_similar(near)) for near in history.list_similar()]
        out.print(Panel(Group(*lines), title="near it in the archive", title_align="left"))


def _describe_similar(near: SimilarPaper) -> str:
    row = near.row
    kinship = "" if row.kinship == "near" else f"{row.kinship}: "
    return f"{kinship}{to_single_line(row.similar_title)} ({row.similar_id}, {row.similar_day}, {row.similarity:.0%} alike)"


def _build_summary_panel(seen: Appearance) -> Panel:
    entry = seen.entry
    lines: list[Text] = []
    for section in build_sections(entry.fields, seen.edition.language):
        if section.label:
            lines.append(Text(section.label, style="bold"))
        for point in section.points:
            words = "; ".join(snippets.format_words(text, entry) for text in point.texts)
            lines.append(Text(f"• {snippets.format_words(point.lead, entry)}: {words}" if point.lead else f"• {words}"))
            if point.evidence:
                lines.append(Text(f"  “{to_single_line(point.evidence)}”", style="italic"))
    lines += [Text(""), Text(str(entry.provenance), style="dim")]
    return Panel(Group(*lines), title=f"{seen.edition.report} · {seen.edition.day}", title_align="left")


def describe_paper(history: PaperHistory) -> dict[str, Any]:
    """The same for JSON; other programs read these keys, so they keep their names."""
    row = history.paper
    return {
        **row.model_dump(mode="json"),
        "days": [str(seen.day) for seen in history.rows],
        "bibtex": format_bibtex(row),
        "figure": None
        if history.figure is None
        else {"caption": history.figure.caption, "image": history.figure.picture.data_url},
        "similar": [near.row.model_dump(mode="json", exclude={"day", "id"}) for near in history.list_similar()],
        "summaries": [_describe_summary(seen.entry, seen) for seen in history.list_summaries()],
    }


def _describe_summary(entry: EditionEntry, seen: Appearance) -> dict[str, Any]:
    return {
        "day": str(seen.edition.day),
        "report": seen.edition.report,
        "language": seen.edition.language,
        "part": seen.group,
        "why": entry.placement.reason,
        "provenance": str(entry.provenance),
        "fields": entry.fields.model_dump(mode="json"),
        "figures": [figure.model_dump(mode="json") for figure in entry.summary.numbers] if entry.summary else [],
    }
