"""The commands that show what was made, or what a file says: show, search, paper, open, read. They write nothing."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from digest_assets.cli import queries
from digest_assets.cli.arguments import (
    AsJson,
    describe_empty,
    out,
    parse_date,
    parse_report,
    print_json,
)
from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Settings, load_settings
from digest_assets.reports import urls
from digest_assets.reports.urls import is_web_address
from digest_assets.search.papers import search_papers

_FIRST_ARXIV_DAY = date(1991, 8, 1)  # arXiv's first month

Day = Annotated[str, typer.Argument(help="YYYY-MM-DD, or `latest`.")]


def show(
    day: Day = "latest",
    report: Annotated[
        str, typer.Argument(help=f"{', '.join(FORMATS)} or a custom report; without it, what the day has.")
    ] = "",
    as_json: AsJson = False,
    raw: Annotated[bool, typer.Option("--raw", help="Print the Markdown as it is in the file.")] = False,
) -> None:
    """Show a report, or which reports a day has."""
    settings = load_settings()
    on = _resolve_day(day, settings)
    if not report:
        _list_reports(settings, on, as_json)
        return
    file = queries.read_report(settings, on, parse_report(report, settings))
    if as_json:
        print_json({"day": on, "report": report, "path": str(file.path), "markdown": file.markdown})
    elif raw or not out.is_terminal:
        sys.stdout.write(file.markdown)
    else:
        out.print(Markdown(file.markdown))


def search(
    words: Annotated[list[str], typer.Argument(help='Words that must all be there; "a phrase" in double quotes.')],
    since: Annotated[str, typer.Option(help="From this day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Up to this day, YYYY-MM-DD.")] = "",
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=1000, help="How many papers.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find papers by words of their title, authors, abstract, summaries or text; else those that have most of them."""
    settings = load_settings()
    query = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
    found = search_papers(
        settings,
        query,
        since=parse_date(since) if since else _FIRST_ARXIV_DAY,
        until=parse_date(until) if until else date.max,
        most=most,
    )
    if as_json:
        print_json([{"day": hit.day, "id": hit.id, **hit.shown} for hit in found.hits])
        return
    if not found.hits:
        if not queries.list_days(settings):
            raise ReportError(describe_empty(settings))
        raise ReportError(f"no paper has all of: {query}")
    if not found.has_all:
        typer.echo(f"no paper has all of: {query}; the closest:", err=True)
    table = Table("day", "id", "title", "category", "upvotes", "code", box=None, header_style="bold")
    for hit in found.hits:
        code_url, upvotes = hit.shown["code_url"], hit.shown["hf_upvotes"]
        table.add_row(
            str(hit.day),
            hit.id,
            Text(to_single_line(hit.shown["title"])),
            hit.shown["primary_category"] or "",
            "" if upvotes is None else str(upvotes),
            Text("code", style=f"link {code_url}") if is_web_address(code_url) else "",
        )
    out.print(table)


def paper(
    arxiv_id: Annotated[str, typer.Argument(metavar="ID", help="Like 2512.05117.")],
    as_json: AsJson = False,
    bib: Annotated[bool, typer.Option("--bibtex", help="Print the BibTeX entry alone.")] = False,
) -> None:
    """Show all that is known of a paper: summaries, evidence, figures, links."""
    settings = load_settings()
    try:
        id_ = parse_arxiv_id(arxiv_id).id
    except ValueError as error:
        raise ReportError(str(error)) from None
    from digest_assets.cli.paper_view import describe_paper, print_paper
    from digest_assets.reports.bibtex import format_bibtex
    from digest_assets.site.paper_history import load_papers
    from digest_assets.warehouse import open_warehouse

    histories = load_papers(open_warehouse(settings), settings, [id_])
    if not histories:
        if not queries.list_days(settings):
            raise ReportError(describe_empty(settings))
        raise ReportError(f"no published day has {id_}; `digest search WORDS` finds papers by words")
    if bib:
        sys.stdout.write(format_bibtex(histories[0].paper))
    elif as_json:
        print_json(describe_paper(histories[0]))
    else:
        print_paper(histories[0], out)


def open_site(
    day: Annotated[str, typer.Argument(help="YYYY-MM-DD or `latest`; without it, the front page.")] = "",
    report: Annotated[str, typer.Argument(help="A report of the day.")] = "",
    only_print: Annotated[bool, typer.Option("--print", help="Print the page's address, do not open it.")] = False,
) -> None:
    """Open the site in the browser."""
    settings = load_settings()
    page = "index.html"
    if day:
        on = _resolve_day(day, settings)
        page = urls.report_page(on, parse_report(report, settings)) if report else urls.day_page(on)
    path = settings.data_dir / "site" / page
    if not path.is_file():
        if not queries.list_days(settings):
            raise ReportError(describe_empty(settings))
        raise ReportError(f"{path} is not there; `digest run DAY` makes a day and brings the site up to date")
    if only_print or typer.launch(path.as_uri()) != 0:
        sys.stdout.write(f"{path.as_uri()}\n")


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A paper as PDF or HTML.")],
    as_json: AsJson = False,
) -> None:
    """Print what is read of a paper's file: sections, tables and figures, as summaries are made from it."""
    from digest_assets.cli.file_view import format_file
    from digest_assets.texts.local_file import read_file  # the parsers are for this command alone

    # Anybody's file, anywhere: the limits of the settings hold where there are settings.
    configured = os.environ.get("DIGEST_CONFIG") or Path("digest.yaml").is_file()
    content = read_file(file, load_settings().config.texts if configured else None)
    if as_json:
        print_json(content)
    else:
        sys.stdout.write(format_file(content))


def _list_reports(settings: Settings, day: date, as_json: bool) -> None:
    made = queries.list_reports(settings, day)
    files = [queries.read_report(settings, day, report) for report in made]
    if as_json:
        print_json([{"day": file.day, "report": file.report, "path": str(file.path)} for file in files])
        return
    table = Table("report", "size", "file", box=None, header_style="bold", title=str(day), title_justify="left")
    for file in files:
        table.add_row(file.report, f"{len(file.markdown):,}", _shorten(file.path))
    out.print(table)


def _resolve_day(text: str, settings: Settings) -> date:
    if text != "latest":
        return parse_date(text)
    days = queries.list_days(settings)
    if not days:
        raise ReportError(describe_empty(settings))
    return days[0]


def _shorten(path: Path) -> str:
    """The path as one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
