"""Cost estimate (dry run) of a day, in tokens and money, before anything is asked.

The day's papers, groups and texts must have been made. Prompts and schemas are counted as they would be sent. Once a
model has answered, the ledger says what its calls take; before, the estimate is a range: from brief answers and a
provider that caches to long thoughts, repairs and no cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from rich.table import Table as View

from digest_assets.config.fields import ReportName
from digest_assets.config.models import ModelConfig
from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import REPORT_SOURCES, group_papers
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.batches import PRICE_SHARE
from digest_assets.llm.history import CallHistory, ModelHistory
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.prices import find_price
from digest_assets.llm.request_bodies import shows_schemas
from digest_assets.llm.requests import LLMRequest, compute_cost, estimate_tokens
from digest_assets.llm.structured_output import estimate_schema_tokens
from digest_assets.llm.usage import TokenCounts
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.llm_ranking import build_ranking_requests
from digest_assets.relevance.ranking import RankedPaper, rank_papers
from digest_assets.summaries.llm_summaries import build_llm_request, find_reader, split_to_context
from digest_assets.summaries.overview import REPORTS_WITH_OVERVIEW
from digest_assets.summaries.requests import SummaryRequest, build_requests
from digest_assets.summaries.tables import DAY_OVERVIEWS
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Warehouse, open_warehouse

# Until the ledger knows better: the lengths that the prompts ask for with their citations, by `estimate_tokens` with JSON around.
_USUAL_ANSWER_TOKENS: dict[str, int] = {
    "topic_digest": 800,
    "daily_table": 280,
    "field_review": 900,
    "category_digest": 280,
    "deep_read": 800,
    "for_you": 170,
    "notes": 1_400,
    "ranking": 1_000,  # twenty papers, two numbers and half a sentence each
    "overview": 700,
}
_USUAL_FIELD_TOKENS = 100  # a field of a custom report: as much as one of the built-in ones
_INSTRUCTION_TOKENS = 600  # of an overview, with its schema, by `estimate_tokens`
# The range before the first answer. Tokenizers differ from our count by about a fifth either way; models of medium
# effort think some thousand tokens about a paper, others not at all; a model that is new to schemas repairs one in four.
_TOKEN_FACTORS = (0.8, 1.2)
_BRIEF = 0.3  # of the usual answer: small models leave fields out
_THINKING_TOKENS = 4_000
_REPEATS = 1.25


@dataclass
class Estimate:
    """What one report's summaries, or one other purpose's calls, would cost; `usd` is the middle of low and high."""

    summaries: int = 0
    cached: int = 0
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    usd_low: float = 0.0
    usd_high: float = 0.0

    def __iadd__(self, other: "Estimate") -> "Estimate":
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self


@dataclass(frozen=True)
class _PlannedCall:
    """A call that would be made.

    Args:
        kind: As in the ledger's history.
        model: The model that would be asked.
        tokens: Of the prompt with its schema, by our own count.
        repeated_tokens: Of these, what an earlier call about the same text sent already.
        schema_tokens: Of these, the schema's.
    """

    kind: str
    model: ModelConfig
    tokens: int
    repeated_tokens: int = 0
    schema_tokens: int = 0


def estimate_day(day: date, settings: Settings) -> dict[str, Estimate]:
    """What a stored day would cost: ranking, summaries by report, overviews; nothing is asked."""
    requests = load_requests(day, settings)
    every = {
        "ranking": _estimate_ranking(day, settings),
        **estimate_costs(requests, settings),
        "overview": _estimate_overviews(day, requests, settings),
    }
    return {name: one for name, one in every.items() if one.summaries}


def estimate_costs(requests: Sequence[SummaryRequest], settings: Settings) -> dict[ReportName, Estimate]:
    """What the summaries would cost, by report; nothing is asked."""
    config = settings.config
    llm_requests = [build_llm_request(request, config) for request in requests]
    warehouse = open_warehouse(settings)
    cached_keys = Ledger(warehouse).read_cached({key for llm_request in llm_requests for key in llm_request.keys})
    estimator = _Estimator(warehouse, settings)
    share = PRICE_SHARE if config.summaries.mode == "batch" else 1.0
    estimates: dict[ReportName, Estimate] = {}
    seen: set[tuple[str, str]] = set()
    for request, llm_request in zip(requests, llm_requests, strict=True):
        made = estimates.setdefault(request.report, Estimate())
        made.summaries += 1
        if any(key in cached_keys for key in llm_request.keys):
            made.cached += 1
            continue
        text = (request.content.content_hash, llm_request.model)
        for call in _plan_summary(request, llm_request, settings, is_first=text not in seen):
            made += estimator.estimate(call, _USUAL_FIELD_TOKENS * len(request.schema.model_fields), share)
        seen.add(text)
    return estimates


def _plan_summary(
    request: SummaryRequest, llm_request: LLMRequest[Any], settings: Settings, *, is_first: bool
) -> Iterator[_PlannedCall]:
    model = find_reader(request, settings.config)
    parts = split_to_context(request, llm_request, settings.config)
    schema = estimate_schema_tokens(llm_request, alone=not shows_schemas(model))
    if len(parts) == 1:
        repeated = 0 if is_first else estimate_tokens(request.content.fenced_text)
        yield _PlannedCall(request.report, model, llm_request.estimated_tokens + schema, repeated, schema)
        return
    if is_first:
        for part in parts:
            size = sum(estimate_tokens(section.text) + estimate_tokens(section.heading) for section in part)
            yield _PlannedCall("notes", model, size + _INSTRUCTION_TOKENS)
    notes = _USUAL_ANSWER_TOKENS["notes"] * len(parts)
    yield _PlannedCall(request.report, model, notes + schema + _INSTRUCTION_TOKENS, 0, schema)


def _estimate_ranking(day: date, settings: Settings) -> Estimate:
    """What ranking would cost, were the day's groups made anew."""
    warehouse = open_warehouse(settings)
    requests: list[LLMRequest[Any]] = []

    def collect(papers: Sequence[PaperRow], field: FieldReviewConfig, among: Sequence[PaperRow]) -> list[RankedPaper]:
        requests.extend(build_ranking_requests(papers, field, settings, day))
        return rank_papers(papers, field, among)

    papers = PAPERS.to_rows(warehouse.read(PAPERS, [day]))
    group_papers(day, papers, settings.config.reports, sources=frozenset(REPORT_SOURCES.values()), rank=collect)
    kept = Ledger(warehouse).read_cached({request.key for request in requests})
    model, estimator = settings.config.summaries.get_model("rank"), _Estimator(warehouse, settings)
    made = Estimate(summaries=len(requests), cached=len(kept))
    for request in requests:
        if request.key not in kept:
            tokens = request.estimated_tokens + estimate_schema_tokens(request, alone=not shows_schemas(model))
            made += estimator.estimate(_PlannedCall("ranking", model, tokens))
    return made


def _estimate_overviews(day: date, requests: Sequence[SummaryRequest], settings: Settings) -> Estimate:
    """What the overviews would cost whose summaries are still to be made; those that a model made count as kept."""
    warehouse = open_warehouse(settings)
    model, estimator = settings.config.summaries.get_model("overview"), _Estimator(warehouse, settings)
    stored = {
        row.report for row in DAY_OVERVIEWS.to_rows(warehouse.read(DAY_OVERVIEWS, [day])) if row.engine == "openai"
    }
    made = Estimate()
    for report in REPORTS_WITH_OVERVIEW:
        papers = [request.content.paper for request in requests if request.report == report]
        if not papers:
            continue
        made.summaries += 1
        if report in stored:
            made.cached += 1
            continue
        each = _USUAL_ANSWER_TOKENS[report]
        tokens = sum(estimate_tokens(paper.title) + each for paper in papers) + _INSTRUCTION_TOKENS
        made += estimator.estimate(_PlannedCall("overview", model, tokens))
    return made


class _Estimator:
    """What a call would cost, by the ledger's history or, before there is any, as a range."""

    def __init__(self, warehouse: Warehouse, settings: Settings) -> None:
        self._history = ModelHistory.read(warehouse)
        self._config = settings.config.summaries

    def estimate(self, call: _PlannedCall, usual_answer: int = 0, share: float = 1.0) -> Estimate:
        """The estimate of one call; `share` is what is paid of the price."""
        history = self._history.find(call.model.model, call.kind)
        factor = self._history.get_token_factor(call.model.model)
        low, high = self._get_bounds(call, history, factor, _USUAL_ANSWER_TOKENS.get(call.kind, usual_answer))
        price = find_price(call.model)
        usd_low, usd_high = (
            share * compute_cost(price, TokenCounts(*map(round, (input_, cached, written, output))))
            for input_, cached, written, output in (low, high)
        )
        input_, cached, _, output = ((one + other) / 2 for one, other in zip(low, high, strict=True))
        usd = (usd_low + usd_high) / 2
        return Estimate(0, 0, 1, round(input_), round(cached), round(output), usd, usd_low, usd_high)

    def _get_bounds(
        self, call: _PlannedCall, history: CallHistory | None, factor: float | None, usual: int
    ) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
        """Input, cached, written and output tokens: the least and the most that is to be expected."""
        if history is not None:
            counted = call.tokens * (history.token_factor or factor or 1.0) * history.repeats
            exact = (counted, counted * history.cached_share, counted * history.written_share, history.output_tokens)
            return exact, exact
        low, high = (factor, factor) if factor is not None else _TOKEN_FACTORS
        most = min(usual + _THINKING_TOKENS, self._config.get_max_output_tokens(call.model))
        return (
            # An endpoint that only constrains its answers by the schema does not count it.
            ((call.tokens - call.schema_tokens) * low, call.repeated_tokens * low, 0.0, usual * _BRIEF),
            (call.tokens * high * _REPEATS, 0.0, call.tokens * high, _REPEATS * most),
        )


def load_requests(day: date, settings: Settings) -> list[SummaryRequest]:
    """The summaries that a stored day needs."""
    warehouse = open_warehouse(settings)
    papers = PAPERS.to_rows(warehouse.read(PAPERS, [day]))
    groups = PAPER_GROUPS.to_rows(warehouse.read(PAPER_GROUPS, [day]))
    texts = PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, [day]))
    return build_requests(day, papers, groups, texts, settings.config.reports)


def render_estimates(estimates: dict[str, Estimate], model: str, *, priced: bool = True) -> View:
    """The estimates as a table; `priced` says whether the model's price is known."""
    unpriced = f"the money is not known: summaries.prices has no price of {model}"
    table = View(title=f"What {model} would cost, in tokens and money", caption=None if priced else unpriced, box=None)
    table.add_column("report", no_wrap=True)
    for heading in ("papers", "kept", "calls", "in", "cached", "out", "USD"):
        table.add_column(heading, justify="right", no_wrap=True)
    total = Estimate()
    for name, one in estimates.items():
        table.add_row(name, *_format_cells(one, priced))
        total += one
    table.add_row("all", *_format_cells(total, priced), style="bold")
    return table


def _format_cells(one: Estimate, priced: bool) -> list[str]:
    counts = (one.summaries, one.cached, one.calls, one.input_tokens, one.cached_tokens, one.output_tokens)
    usd = f"{one.usd_low:.4f}" if one.usd_low == one.usd_high else f"{one.usd_low:.4f} to {one.usd_high:.4f}"
    return [*(f"{count:,}" for count in counts), usd if priced else "?"]
