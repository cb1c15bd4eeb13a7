"""Evaluate a prompt or a model: every report's summaries of a fixed set of papers, scored by code, and judged if asked for.

    digest eval 2025-12-05
    digest eval 2025-12-05 --model another --judge

The papers are those of a stored day whose texts were read (the first by id, `--papers` of them), so that two runs
see the same. What was answered before is not paid for again; `--refresh` asks anew.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from statistics import mean

from rich.table import Table as View

from digest_assets.config.fields import Language, ReportName
from digest_assets.config.settings import Settings
from digest_assets.llm.ledger import Ledger
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.judge import average_marks, judge_summaries
from digest_assets.summaries.llm_summaries import render_instruction
from digest_assets.summaries.requests import SummaryRequest, build_request
from digest_assets.summaries.sanitize import strip_chat_phrases
from digest_assets.summaries.schemas import iterate_texts, load_fields
from digest_assets.summaries.scoring import FLOORS, ScoredSummary, score_summaries
from digest_assets.summaries.summarize import make_summaries
from digest_assets.summaries.verification.evidence import is_copied_from
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import open_warehouse

Scores = Mapping[str, float]

_LOWER_IS_BETTER = ("copied from the abstract", "chat talk", "fallbacks", "tokens in", "tokens out", "USD")


def evaluate(
    requests: Sequence[SummaryRequest], settings: Settings, *, refresh: bool = False, judge: bool = False
) -> dict[ReportName, Scores]:
    """Scores of each report over the summaries; shares are between 0 and 1, the rest per paper.

    Args:
        requests: The summaries to be made.
        settings: Engine and models.
        refresh: Ask anew, also what was answered before.
        judge: Have the model of the role `check` judge them too.
    """
    rows = make_summaries(requests, settings, refresh=refresh).rows
    answers = Ledger(open_warehouse(settings)).read_cached({row.key for row in rows})
    request_by_key = {(request.report, request.id): request for request in requests}
    scored = []
    for row in rows:
        request = request_by_key[row.report, row.id]
        answer = answers[row.key].answer if row.key in answers else row.fields
        summary = load_fields(row.report, row.fields, request.custom)
        instruction = render_instruction(request, settings.config)
        scored.append(ScoredSummary(request, row, summary, json.loads(answer), instruction))
    scores: dict[ReportName, Scores] = {}
    for report in settings.config.reports.names:
        if mine := [one for one in scored if one.row.report == report]:
            marks = average_marks(judge_summaries(mine, settings)) if judge else {}
            scores[report] = {**score_summaries(mine), **marks, **_measure(mine)}
    return scores


def find_shortfalls(scores: Mapping[ReportName, Scores]) -> Iterator[str]:
    """What is so low that the summaries are worth nothing, in words."""
    for report, mine in scores.items():
        for name, floor in FLOORS.items():
            if mine.get(name, floor) < floor:
                yield f"{report}: {name} is {mine[name]:.2f}, below {floor}"


def _measure(summaries: Sequence[ScoredSummary]) -> Scores:
    """What is no score: lengths, habits, costs."""
    rows = [one.row for one in summaries]
    answered = [[text for _, text in iterate_texts(one.answer)] for one in summaries]
    copied = [
        is_copied_from(one.request.content.paper.abstract, sentence)
        for one in summaries
        for _, text in one.texts
        for sentence in split_sentences(text)
    ]
    return {
        "figures": mean(row.numbers_total for row in rows),
        "copied from the abstract": sum(copied) / len(copied) if copied else 0.0,
        "chat talk": mean(sum(strip_chat_phrases(text) != text.strip() for text in texts) for texts in answered),
        "words": mean(sum(_count_words(text) for _, text in one.texts) for one in summaries),
        "fallbacks": mean(row.failed for row in rows),
        "tokens in": mean(row.input_tokens for row in rows),
        "tokens out": mean(row.output_tokens for row in rows),
        "USD": mean(row.cost_usd for row in rows),
    }


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


def render_scores(scores: Mapping[ReportName, Scores], other: Mapping[ReportName, Scores] | None = None) -> View:
    """The scores as a table, a column a report; beside another run's, what became worse is red."""
    table = View()
    table.add_column("score", no_wrap=True)
    for report in scores:
        table.add_column(report, justify="right")
    for name in dict.fromkeys(name for mine in scores.values() for name in mine):
        cells = [
            _format_cell(name, mine.get(name), (other or {}).get(report, {}).get(name))
            for report, mine in scores.items()
        ]
        table.add_row(name, *cells)
    return table


def _format_cell(name: str, now: float | None, before: float | None) -> str:
    if now is None:
        return "–"
    show: Callable[[float], str] = (lambda value: f"{value:.5f}") if name == "USD" else (lambda value: f"{value:,.3g}")
    if before is None or show(before) == show(now):
        return show(now)
    worse = (now > before) == (name in _LOWER_IS_BETTER)
    return f"{show(before)} → [{'red' if worse else 'green'}]{show(now)}[/]"
