"""One paper as `digest paper` shows it: panels for the terminal, or JSON for other programs."""

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from digest_assets.common.markdown import to_single_line
from digest_assets.reports import snippets
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.edition import EditionEntry
from digest_assets.reports.summary_sections import build_sections
from digest_assets.site.paper_history import Appearance, PaperHistory


def _print_paper(dossier: PaperHistory) -> None:
    row = dossier.paper
    links = [f"https://arxiv.org/abs/{row.id}"]
    links += [url for url in dict.fromkeys((row.code_url, row.project_url)) if url and _is_address(url)]
    head = [
        Text(", ".join(to_single_line(name) for name in row.authors)),
        Text(f"{', '.join(row.categories)} · v{row.version or 1} · {row.published:%Y-%m-%d}" if row.published else ""),
        *(Text(link, style=f"link {link}") for link in links),
        Text(""),
        Text(to_single_line(row.abstract)),
    ]
    out.print(Panel(Group(*head), title=Text(to_single_line(row.title), style="bold"), title_align="left"))
    for seen in dossier.newest_summaries():
        out.print(_summary_panel(seen))


def _summary_panel(seen: Appearance) -> Panel:
    entry = seen.entry
    lines: list[Text] = []
    for section in build_sections(entry.fields, seen.edition.language):
        if section.label:
            lines.append(Text(section.label, style="bold"))
        for point in section.points:
            said = "; ".join(snippets.format_words(text, entry) for text in point.texts)
            lines.append(Text(f"• {snippets.format_words(point.lead, entry)}: {said}" if point.lead else f"• {said}"))
            if point.evidence:
                lines.append(Text(f"  “{to_single_line(point.evidence)}”", style="italic"))
    lines += [Text(""), Text(str(entry.provenance), style="dim")]
    return Panel(Group(*lines), title=f"{seen.edition.report} · {seen.edition.day}", title_align="left")


def _as_json(dossier: PaperHistory) -> dict[str, Any]:
    row = dossier.paper
    return {
        **row.model_dump(mode="json"),
        "days": [str(seen.day) for seen in dossier.rows],
        "bibtex": format_bibtex(row),
        "summaries": [_summary_json(seen.entry, seen) for seen in dossier.newest_summaries()],
    }


def _summary_json(entry: EditionEntry, seen: Appearance) -> dict[str, Any]:
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


def _is_address(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://")) and to_single_line(url) == url and " " not in url
