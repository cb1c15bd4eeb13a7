"""The command `digest mark`: what a reader read, saved, liked, or has no interest in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digest_assets.cli.arguments import AsJson, print_json
from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.settings import Settings, load_settings

out = Console(highlight=False)


def mark(
    arxiv_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="Like 2512.05117; without it, the marks are listed.")
    ] = "",
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="read, saved, liked or not_interested.")] = "",
    reader: Annotated[
        str, typer.Option(help="One of the settings' readers; not needed where there is one alone.")
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the mark back.")] = False,
    file: Annotated[
        Path | None, typer.Option(help="Marks of a file: CSV with id and kind, or what the site saved.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mark a paper as read, saved, liked or not_interested. What is made next is ordered by it; it stays on this machine."""
    from digest_assets.relevance.library import MARK_KINDS, add_marks
    from digest_assets.relevance.library_files import read_marks_file

    settings = load_settings()
    if file is None and not arxiv_id:
        _list_marks(settings, reader, as_json)
        return
    pairs = [(_parse_id(arxiv_id), kind)] if file is None else read_marks_file(file, MARK_KINDS)
    by_name = {str(name): name for name in MARK_KINDS}
    if wrong := [kind for _, kind in pairs if kind not in by_name]:
        raise ReportError(f"{wrong[0]!r} is no mark; there are {', '.join(MARK_KINDS)}")
    changed = add_marks(settings, [(id_, by_name[kind]) for id_, kind in pairs], reader, is_set=not remove)
    out.print(
        f"{changed} mark{'' if changed == 1 else 's'} {'taken back' if remove else 'set'}; `digest run DAY` uses them"
    )


def _parse_id(text: str) -> str:
    try:
        return parse_arxiv_id(text).id
    except ValueError as error:
        raise ReportError(str(error)) from None


def _list_marks(settings: Settings, reader: str, as_json: bool) -> None:
    from digest_assets.relevance.library import find_papers, load_reader_marks
    from digest_assets.warehouse import open_warehouse

    marks = {name: papers for name, papers in load_reader_marks(settings).items() if reader in ("", name)}
    papers = find_papers(open_warehouse(settings), {id_ for of_reader in marks.values() for id_ in of_reader})
    rows = [
        {"reader": name, "id": id_, "marks": list(kinds), "title": papers[id_].title if id_ in papers else ""}
        for name, of_reader in marks.items()
        for id_, kinds in of_reader.items()
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("reader", "id", "marks", "title", box=None, header_style="bold")
    for row in rows:
        table.add_row(
            str(row["reader"]), str(row["id"]), ", ".join(row["marks"]), Text(to_single_line(str(row["title"])))
        )
    out.print(table if rows else "no marks yet: `digest mark ID liked` sets one")
