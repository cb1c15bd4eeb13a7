"""`digest`: what was made, at the command line. It only reads.

digest show 2025-12-05 topic_digest
digest search '"gaussian splatting" avatar'
digest paper 2512.05117
digest costs --since 2025-12-01
digest open
"""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from digest_assets.cli import queries
from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import ConfigError, DigestError, ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.config.settings import Settings, load_settings
from digest_assets.reports import snippets, urls
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.edition import EditionEntry
from digest_assets.reports.summary_sections import build_sections
from digest_assets.site.paper_history import Appearance, PaperHistory, load_papers

app = typer.Typer(
    help="Read what the digest made: reports, papers, costs.", no_args_is_help=True, pretty_exceptions_enable=False
)
out = Console()

_EVER = date(1991, 8, 1)  # arXiv's first month

Day = Annotated[str, typer.Argument(help="YYYY-MM-DD, or `latest`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def main() -> None:
    """Run a command; an error that a person can mend is one line, without a traceback."""
    try:
        app()
    except DigestError as error:
        Console(stderr=True).print(Text.assemble(("error: ", "bold red"), str(error)))
        sys.exit(2 if isinstance(error, ConfigError) else 1)


@app.command()
def show(
    day: Day = "latest",
    report: Annotated[
        str, typer.Argument(help=f"{', '.join(FORMATS)} or one of your own; without it, what the day has.")
    ] = "",
    as_json: AsJson = False,
    raw: Annotated[bool, typer.Option("--raw", help="Print the Markdown as it is in the file.")] = False,
) -> None:
    """Show a report, or which reports a day has."""
    settings = load_settings()
    on = _day(day, settings)
    if not report:
        _list_reports(settings, on, as_json)
        return
    file = queries.read_report(settings, on, _report(report, settings))
    if as_json:
        _print_json({"day": on, "report": report, "path": str(file.path), "markdown": file.markdown})
    elif raw or not out.is_terminal:
        sys.stdout.write(file.markdown)
    else:
        out.print(Markdown(file.markdown))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help='Words that must all be there; "a phrase" in double quotes.')],
    since: Annotated[str, typer.Option(help="From this day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Up to this day, YYYY-MM-DD.")] = "",
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=1000, help="How many papers.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find papers by words of their title, authors, abstract or summaries."""
    settings = load_settings()
    query = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
    found = queries.search(
        settings.warehouse(),
        query,
        since=_date(since) if since else _EVER,
        until=_date(until) if until else date.max,
        most=most,
    )
    if as_json:
        _print_json(found.to_dicts())
        return
    if found.is_empty():
        if not queries.days_with_reports(settings):
            raise ReportError(f"nothing was made in {settings.data_dir} yet; `make digest DAY=…` makes a day")
        raise ReportError(f"no paper has all of: {query}")
    table = Table("day", "id", "title", "category", "upvotes", "code", box=None, header_style="bold")
    for row in found.iter_rows(named=True):
        code = Text("code", style=f"link {row['code_url']}") if _is_address(row["code_url"]) else ""
        upvotes = "" if row["hf_upvotes"] is None else str(row["hf_upvotes"])
        table.add_row(
            str(row["day"]), row["id"], Text(to_single_line(row["title"])), row["primary_category"] or "", upvotes, code
        )
    out.print(table)


@app.command()
def paper(
    arxiv_id: Annotated[str, typer.Argument(metavar="ID", help="Like 2512.05117.")],
    as_json: AsJson = False,
    bib: Annotated[bool, typer.Option("--bibtex", help="Print the BibTeX entry alone.")] = False,
) -> None:
    """Show all that is known of a paper: summaries, evidence, figures, links."""
    settings = load_settings()
    try:
        wanted = parse_arxiv_id(arxiv_id).id
    except ValueError as error:
        raise ReportError(str(error)) from None
    dossiers = load_papers(settings.warehouse(), settings, [wanted])
    if not dossiers:
        raise ReportError(f"no published day has {wanted}; `digest search` finds papers by words")
    if bib:
        sys.stdout.write(format_bibtex(dossiers[0].paper))
    elif as_json:
        _print_json(_as_json(dossiers[0]))
    else:
        _print_paper(dossiers[0])


@app.command()
def costs(
    since: Annotated[str, typer.Option(help="From this day, YYYY-MM-DD; by default the last 30 days.")] = "",
    as_json: AsJson = False,
) -> None:
    """What models were asked and what it cost, by day and purpose."""
    settings = load_settings()
    start = _date(since) if since else datetime.now(UTC).date() - timedelta(days=30)
    spent = queries.costs(settings.warehouse(), start)
    if as_json:
        _print_json({"since": start, "cost_usd": round(spent["cost_usd"].sum(), 6), "rows": spent.to_dicts()})
        return
    if spent.is_empty():
        out.print(f"No model was asked for any day since {start}.")
        return
    out.print(_costs_table(spent))


@app.command("open")
def open_site(
    day: Annotated[str, typer.Argument(help="YYYY-MM-DD or `latest`; without it, the front page.")] = "",
    report: Annotated[str, typer.Argument(help="A report of the day.")] = "",
    only_print: Annotated[bool, typer.Option("--print", help="Print the page's address, do not open it.")] = False,
) -> None:
    """Open the site in the browser."""
    settings = load_settings()
    page = "index.html"
    if day:
        on = _day(day, settings)
        page = urls.report_page(on, _report(report, settings)) if report else urls.day_page(on)
    path = settings.data_dir / "site" / page
    if not path.is_file():
        raise ReportError(f"{path} is not there; the job that makes the site brings it up to date")
    if only_print or typer.launch(path.as_uri()) != 0:
        sys.stdout.write(f"{path.as_uri()}\n")


def _list_reports(settings: Settings, day: date, as_json: bool) -> None:
    made = queries.reports_of(settings, day)
    files = [queries.read_report(settings, day, report) for report in made]
    if as_json:
        _print_json([{"day": file.day, "report": file.report, "path": str(file.path)} for file in files])
        return
    table = Table("report", "size", "file", box=None, header_style="bold", title=str(day), title_justify="left")
    for file in files:
        table.add_row(file.report, f"{len(file.markdown):,}", _near(file.path))
    out.print(table)


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


def _costs_table(spent: pl.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", show_footer=True)
    table.add_column("day", footer="all")
    table.add_column("model")
    table.add_column("purpose")
    for name, label in _FIGURES.items():
        table.add_column(label, justify="right", footer=_figure(name, spent[name].sum()))
    for row in spent.iter_rows(named=True):
        table.add_row(str(row["day"]), row["model"], row["purpose"], *(_figure(name, row[name]) for name in _FIGURES))
    return table


_FIGURES = {
    "calls": "calls",
    "not_ok": "not ok",
    "input_tokens": "tokens in",
    "cached_tokens": "cached",
    "output_tokens": "tokens out",
    "cost_usd": "USD",
}


def _figure(name: str, value: Any) -> str:
    return f"{value:.4f}" if name == "cost_usd" else f"{value:,}"


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


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def _day(text: str, settings: Settings) -> date:
    if text != "latest":
        return _date(text)
    days = queries.days_with_reports(settings)
    if not days:
        raise ReportError(f"{settings.data_dir / 'reports'} has no reports yet; `make digest DAY=…` makes a day's")
    return days[0]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReportError(f"not a day: {text!r} (expected like 2025-12-05, or latest)") from None


def _report(name: str, settings: Settings) -> ReportName:
    known = settings.config.reports.names
    if name not in known:
        raise ReportError(f"no report is called {name!r}; there are {', '.join(known)}")
    return name


def _is_address(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://")) and to_single_line(url) == url and " " not in url


def _near(path: Path) -> str:
    """The path as one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


if __name__ == "__main__":
    main()
