"""A prompt or a model judged by figures: every profile over a fixed set of papers, scored by code.

    python -m digest_assets.summaries.eval 2025-12-05 --save before.json
    python -m digest_assets.summaries.eval 2025-12-05 --model another --save after.json --beside before.json

The papers are those of a stored day whose texts were read (the first by id, `--papers` of them), so that two runs
see the same. What was answered before is not paid for again; `--refresh` asks anew.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table as View

from digest_assets.common.errors import DigestError
from digest_assets.config.fields import Language, ReportName
from digest_assets.config.settings import Settings, load_settings
from digest_assets.llm.client import require_key
from digest_assets.llm.ledger import Ledger
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.requests import SummaryRequest, build_request
from digest_assets.summaries.sanitize import strip_talk
from digest_assets.summaries.schemas import profile_of
from digest_assets.summaries.sentences import sentences
from digest_assets.summaries.summarize import summarise
from digest_assets.summaries.tables import SummaryRow
from digest_assets.summaries.verification.evidence import copied_from
from digest_assets.summaries.verification.quantities import figures
from digest_assets.texts.tables import PAPER_TEXTS

Scores = dict[str, float]
Leaf = tuple[str, str]

_RESULTS = ("result", "finding", "ablation", "summary")
_BETTER_WHEN_LESS = ("copied from the abstract", "chat talk", "fallbacks", "tokens in", "tokens out", "USD")


def evaluate(wishes: Sequence[SummaryRequest], settings: Settings, *, refresh: bool = False) -> dict[ReportName, Scores]:
    """Scores of each profile over the wished-for summaries; shares are between 0 and 1, the rest per paper."""
    rows = summarise(wishes, settings, refresh=refresh).rows
    raw = Ledger(settings.warehouse()).read_cached({row.key for row in rows})
    abstracts = {wish.id: wish.content.paper.abstract for wish in wishes}
    scores: dict[ReportName, Scores] = {}
    for report in settings.config.reports.names:
        mine = [row for row in rows if row.report == report]
        if mine:
            answers = [raw[row.key].answer if row.key in raw else row.fields for row in mine]
            own = settings.config.reports.custom.get(report)
            fields = [profile_of(report, row.fields, own).model_dump() for row in mine]
            scores[report] = _scores(fields, mine, answers, abstracts)
    return scores


def _scores(
    fields: Sequence[dict[str, Any]], rows: Sequence[SummaryRow], answers: Sequence[str], abstracts: dict[str, str]
) -> Scores:
    leaves = [list(_leaves(value)) for value in fields]
    texts = [[text for _, text in leaf] for leaf in leaves]
    results = [text for leaf in leaves for path, text in leaf if any(word in path for word in _RESULTS)]
    given = [list(_leaves(json.loads(answer))) for answer in answers]
    cited = [path for leaf in given for path, _ in leaf if path.endswith("evidence")]
    verified = [path for leaf in leaves for path, _ in leaf if path.endswith("evidence")]
    said = [
        (row.id, sentence) for row, text in zip(rows, texts, strict=True) for one in text for sentence in sentences(one)
    ]
    total = sum(row.numbers_total for row in rows)
    return {
        "fields filled": _share([_is_filled(part) for value in fields for part in value.values()]),
        "results with figures": _share([bool(figures(text)) for text in results]),
        "figures": total / len(rows),
        "figures traced": sum(row.numbers_traced for row in rows) / total if total else 1.0,
        "evidence found": len(verified) / len(cited) if cited else 1.0,
        "copied from the abstract": _share([copied_from(abstracts[id_], sentence) for id_, sentence in said]),
        "chat talk": mean(sum(strip_talk(text) != text.strip() for _, text in leaf) for leaf in given),
        "words": mean(sum(_words(text) for text in one) for one in texts),
        "fallbacks": _share([row.failed for row in rows]),
        "tokens in": mean(row.input_tokens for row in rows),
        "tokens out": mean(row.output_tokens for row in rows),
        "USD": mean(row.cost_usd for row in rows),
    }


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def _leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    """Every text of a profile with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{place}")


def _is_filled(value: Any) -> bool:
    return any(True for _ in _leaves(value))


def _words(text: str) -> int:
    """Words, or characters where words are not divided."""
    return sum(1 if part.isascii() else len(part) for part in text.split())


def wishes_of_set(day: date, settings: Settings, most: int, language: Language) -> list[SummaryRequest]:
    """Every profile for the first papers of a stored day whose text was read in full."""
    warehouse = settings.warehouse()
    papers = {paper.id: paper for paper in PAPERS.to_rows(warehouse.read(PAPERS, [day]))}
    texts = [text for text in PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, [day])) if text.source != "abstract"]
    reports = settings.config.reports.enabled_reports()
    return [
        build_request(papers[text.id], text, report, language, settings.config) for text in texts[:most] for report in reports
    ]


def view(scores: dict[ReportName, Scores], other: dict[ReportName, Scores] | None = None) -> View:
    """The scores as a table, a column a profile; beside another run's, what became worse is red."""
    table = View()
    table.add_column("score", no_wrap=True)
    for report in scores:
        table.add_column(report, justify="right")
    for name in next(iter(scores.values())):
        cells = [_cell(name, scores[report][name], (other or {}).get(report, {}).get(name)) for report in scores]
        table.add_row(name, *cells)
    return table


def _cell(name: str, now: float, before: float | None) -> str:
    show: Callable[[float], str] = (lambda value: f"{value:.5f}") if name == "USD" else (lambda value: f"{value:,.3g}")
    if before is None or show(before) == show(now):
        return show(now)
    worse = (now > before) == (name in _BETTER_WHEN_LESS)
    return f"{show(before)} → [{'red' if worse else 'green'}]{show(now)}[/]"


def main() -> None:
    """Evaluate the configured engine, or the one named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m digest_assets.summaries.eval", description=__doc__.splitlines()[0])
    parser.add_argument("day", type=date.fromisoformat, help="a stored day, YYYY-MM-DD")
    parser.add_argument("--papers", type=int, default=20, help="how many papers (20)")
    parser.add_argument("--engine", choices=["openai", "extractive"], help="instead of the configured one")
    parser.add_argument("--model", help="instead of the configured one")
    parser.add_argument("--language", choices=["en", "zh"], default="en")
    parser.add_argument("--refresh", action="store_true", help="ask anew although answers were kept")
    parser.add_argument("--save", type=Path, help="write the scores to this file")
    parser.add_argument("--beside", type=Path, help="show another run's scores beside")
    given = parser.parse_args()
    try:
        settings = _with(load_settings(), engine=given.engine, model=given.model)
        require_key(settings)
        wishes = wishes_of_set(given.day, settings, given.papers, given.language)
        if not wishes:
            sys.exit(f"{given.day}: no texts read in full; make paper_texts of the day first")
        scores = evaluate(wishes, settings, refresh=given.refresh)
    except DigestError as error:
        sys.exit(str(error))
    if given.save:
        given.save.write_text(json.dumps(scores, indent=1))
    Console().print(view(scores, json.loads(given.beside.read_text()) if given.beside else None))


def _with(settings: Settings, **choices: str | None) -> Settings:
    """The settings with other choices for the summaries."""
    changes = {name: value for name, value in choices.items() if value}
    summaries = settings.config.summaries.model_copy(update=changes)
    return settings.model_copy(update={"config": settings.config.model_copy(update={"summaries": summaries})})


if __name__ == "__main__":
    main()
