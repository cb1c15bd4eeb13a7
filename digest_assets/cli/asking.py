"""The command `ask`: an answer from the archive's passages, with its sources."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from digest_assets.cli import queries
from digest_assets.cli.arguments import AsJson, describe_empty, out, print_json
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.settings import load_settings

if TYPE_CHECKING:
    from digest_assets.answers.ask import Answer
    from digest_assets.answers.sources import Source

_SHOWN_NEAREST = 3


def ask(
    question: Annotated[list[str], typer.Argument(help="A question, in the language of the papers.")],
    since: Annotated[str, typer.Option(help="Papers from this day on, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Papers up to this day, YYYY-MM-DD.")] = "",
    without_model: Annotated[
        bool, typer.Option("--without-model", help="Answer by the papers' own sentences, whatever the settings say.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question from what was read, each sentence with its sources; or say that it is not in the archive."""
    from digest_assets.answers.ask import answer_question
    from digest_assets.answers.passages import FIRST_DAY, LAST_DAY
    from digest_assets.answers.sources import parse_day

    settings = load_settings()
    if not queries.list_days(settings):
        raise ReportError(describe_empty(settings))
    answer = answer_question(
        settings,
        " ".join(question),
        since=parse_day(since, FIRST_DAY),
        until=parse_day(until, LAST_DAY),
        by_model=False if without_model else None,
    )
    if as_json:
        print_json(describe_answer(answer))
    else:
        _print_answer(answer)


def describe_answer(answer: "Answer") -> dict[str, Any]:
    """The answer for JSON; other programs read these keys, so they keep their names."""
    return {
        "is_answered": bool(answer.sentences),
        "written_by": answer.writer,
        "note": answer.note,
        "sentences": [
            {
                "text": sentence.text,
                "verdict": sentence.verdict,
                "spans": [{"quote": span.quote, "source": span.source.describe()} for span in sentence.spans],
            }
            for sentence in answer.sentences
        ],
        "passages": [one.describe() for one in answer.passages],
    }


def _print_answer(answer: "Answer") -> None:
    if answer.note:
        typer.echo(to_single_line(answer.note), err=True)
    if not answer.sentences:
        sys.stdout.write("Not in the archive.\n")
        nearest = dict.fromkeys(one.passage.source.title for one in answer.passages)
        for title in list(nearest)[:_SHOWN_NEAREST]:
            out.print(Text(f"  the nearest that there is: {to_single_line(title)}", style="dim"))
        return
    numbers: dict[Source, int] = {}
    for sentence in answer.sentences:
        cited = [numbers.setdefault(span.source, len(numbers) + 1) for span in sentence.spans]
        marks = "".join(f"[{number}]" for number in dict.fromkeys(cited))
        out.print(Text(f"{to_single_line(sentence.text)} {marks}".rstrip()))
    out.print()
    for source, number in numbers.items():
        out.print(Text(f"[{number}] {_format_source(source)}"))
    out.print(Text(f"written by {to_single_line(answer.writer)}", style="dim"))


def _format_source(source: "Source") -> str:
    known = source.describe()
    place = ", ".join(filter(None, (source.section, f"page {source.page}" if source.page else "")))
    return f"{known['title']} ({known['id']}{', ' + place if place else ''})\n    {known['url']}"
