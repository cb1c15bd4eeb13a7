"""Evaluate a prompt or a model: every report's summaries of a fixed set of papers, scored by code.

    digest eval 2025-12-05 --save before.json
    digest eval 2025-12-05 --model another --save after.json --beside before.json

The papers are those of a stored day whose texts were read (the first by id, `--papers` of them), so that two runs
see the same. What was answered before is not paid for again; `--refresh` asks anew.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from statistics import mean
from typing import Any

from rich.table import Table as View

from digest_assets.config.fields import Language, ReportName
from digest_assets.config.settings import Settings
from digest_assets.llm.ledger import Ledger
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.requests import SummaryRequest, build_request
from digest_assets.summaries.sanitize import strip_chat_phrases
from digest_assets.summaries.schemas import iterate_texts, load_fields
from digest_assets.summaries.summarize import make_summaries
from digest_assets.summaries.tables import SummaryRow
from digest_assets.summaries.verification.evidence import is_copied_from
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import open_warehouse

Scores = dict[str, float]

_RESULT_FIELDS = ("result", "finding", "ablation", "summary")
_LOWER_IS_BETTER = ("copied from the abstract", "chat talk", "fallbacks", "tokens in", "tokens out", "USD")


def evaluate(
    requests: Sequence[SummaryRequest], settings: Settings, *, refresh: bool = False
) -> dict[ReportName, Scores]:
    """Scores of each report over the summaries; shares are between 0 and 1, the rest per paper."""
    rows = make_summaries(requests, settings, refresh=refresh).rows
    raw = Ledger(open_warehouse(settings)).read_cached({row.key for row in rows})
    abstracts = {request.id: request.content.paper.abstract for request in requests}
    scores: dict[ReportName, Scores] = {}
    for report in settings.config.reports.names:
        mine = [row for row in rows if row.report == report]
        if mine:
            answers = [raw[row.key].answer if row.key in raw else row.fields for row in mine]
            custom = settings.config.reports.custom.get(report)
            fields = [load_fields(report, row.fields, custom).model_dump() for row in mine]
            scores[report] = _score_rows(fields, mine, answers, abstracts)
    return scores


def _score_rows(
    fields: Sequence[dict[str, Any]], rows: Sequence[SummaryRow], answers: Sequence[str], abstracts: dict[str, str]
) -> Scores:
    leaves = [list(iterate_texts(value)) for value in fields]
    texts = [[text for _, text in leaf] for leaf in leaves]
    results = [text for leaf in leaves for path, text in leaf if any(word in path for word in _RESULT_FIELDS)]
    answered = [list(iterate_texts(json.loads(answer))) for answer in answers]
    cited = [path for leaf in answered for path, _ in leaf if path.endswith("evidence")]
    verified = [path for leaf in leaves for path, _ in leaf if path.endswith("evidence")]
    sentences = [
        (row.id, sentence)
        for row, text in zip(rows, texts, strict=True)
        for one in text
        for sentence in split_sentences(one)
    ]
    total = sum(row.numbers_total for row in rows)
    return {
        "faithfulness": compute_faithfulness(rows),
        "fields filled": _compute_share([_is_filled(part) for value in fields for part in value.values()]),
        "results with figures": _compute_share([bool(find_numbers(text)) for text in results]),
        "figures": total / len(rows),
        "figures traced": sum(row.numbers_traced for row in rows) / total if total else 1.0,
        "evidence found": len(verified) / len(cited) if cited else 1.0,
        "copied from the abstract": _compute_share(
            [is_copied_from(abstracts[id_], sentence) for id_, sentence in sentences]
        ),
        "chat talk": mean(sum(strip_chat_phrases(text) != text.strip() for _, text in leaf) for leaf in answered),
        "words": mean(sum(_count_words(text) for text in one) for one in texts),
        "fallbacks": _compute_share([row.failed for row in rows]),
        "tokens in": mean(row.input_tokens for row in rows),
        "tokens out": mean(row.output_tokens for row in rows),
        "USD": mean(row.cost_usd for row in rows),
    }


def compute_faithfulness(rows: Sequence[SummaryRow]) -> float:
    """The share of sentences that the text supports; those of a summary that the model failed to give count as not."""
    claims = [(row, claim) for row in rows for claim in row.claims if claim.verdict != "undecided"]
    return _compute_share([claim.verdict != "unsupported" and not row.failed for row, claim in claims])


def _compute_share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def _is_filled(value: Any) -> bool:
    return any(True for _ in iterate_texts(value))


def _count_words(text: str) -> int:
    """Words, or characters where words are not divided."""
    return sum(1 if part.isascii() else len(part) for part in text.split())


def load_evaluation_requests(day: date, settings: Settings, most: int, language: Language) -> list[SummaryRequest]:
    """Every report for the first papers of a stored day whose text was read in full."""
    warehouse = open_warehouse(settings)
    papers = {paper.id: paper for paper in PAPERS.to_rows(warehouse.read(PAPERS, [day]))}
    texts = [text for text in PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, [day])) if text.source != "abstract"]
    reports = settings.config.reports.enabled_reports()
    return [
        build_request(papers[text.id], text, report, language, settings.config.reports)
        for text in texts[:most]
        for report in reports
    ]


def render_scores(scores: dict[ReportName, Scores], other: dict[ReportName, Scores] | None = None) -> View:
    """The scores as a table, a column a report; beside another run's, what became worse is red."""
    table = View()
    table.add_column("score", no_wrap=True)
    for report in scores:
        table.add_column(report, justify="right")
    for name in next(iter(scores.values())):
        cells = [_format_cell(name, scores[report][name], (other or {}).get(report, {}).get(name)) for report in scores]
        table.add_row(name, *cells)
    return table


def _format_cell(name: str, now: float, before: float | None) -> str:
    show: Callable[[float], str] = (lambda value: f"{value:.5f}") if name == "USD" else (lambda value: f"{value:,.3g}")
    if before is None or show(before) == show(now):
        return show(now)
    worse = (now > before) == (name in _LOWER_IS_BETTER)
    return f"{show(before)} → [{'red' if worse else 'green'}]{show(now)}[/]"
