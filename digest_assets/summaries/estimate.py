"""Cost estimate (dry run) of a day's summaries, in tokens and money, before anything is asked.

The day's papers, groups and texts must have been made. Prompts are counted as they would be sent; answers are taken
to be as long as those in the ledger, and for a report never asked, as long as its prompt allows.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rich.table import Table as View

from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.ledger import Ledger
from digest_assets.llm.requests import compute_cost
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.llm_summaries import build_llm_request, split_to_context
from digest_assets.summaries.requests import SummaryRequest, build_requests
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Warehouse, open_warehouse

# Until the ledger knows better: the lengths that the prompts ask for, by `estimate_tokens` with JSON around them.
_USUAL_ANSWER_TOKENS: dict[str, int] = {
    "topic_digest": 700,
    "daily_table": 250,
    "field_review": 800,
    "category_digest": 250,
    "deep_read": 700,
    "notes": 1_200,
}
_USUAL_FIELD_TOKENS = 100  # a field of a custom report: as much as one of the built-in ones


@dataclass
class Estimate:
    """What one report's summaries would cost."""

    summaries: int = 0
    cached: int = 0
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


def estimate_costs(requests: Sequence[SummaryRequest], settings: Settings) -> dict[ReportName, Estimate]:
    """What the summaries would cost, by report; nothing is asked."""
    config = settings.config
    llm_requests = [build_llm_request(request, config) for request in requests]
    warehouse = open_warehouse(settings)
    cached_keys = Ledger(warehouse).read_cached({llm_request.key for llm_request in llm_requests})
    answers = {**_USUAL_ANSWER_TOKENS, **_measure_answer_tokens(warehouse)}
    price = config.summaries.prices.get(config.summaries.model)
    estimates: defaultdict[ReportName, Estimate] = defaultdict(Estimate)
    seen: set[str] = set()
    for request, llm_request in zip(requests, llm_requests, strict=True):
        made = estimates[request.report]
        made.summaries += 1
        if llm_request.key in cached_keys:
            made.cached += 1
            continue
        parts = split_to_context(request, llm_request, config)
        usual = _USUAL_FIELD_TOKENS * len(request.schema.model_fields)
        input_tokens, output_tokens, calls = llm_request.estimated_tokens, answers.get(request.report, usual), 1
        if len(parts) > 1:
            notes = answers["notes"] * len(parts)
            if request.content.content_hash not in seen:
                calls, input_tokens, output_tokens = calls + len(parts), input_tokens + notes, output_tokens + notes
            else:
                input_tokens = notes
        # The second request about a text finds it in the provider's cache.
        cached = input_tokens if request.content.content_hash in seen else 0
        seen.add(request.content.content_hash)
        made.calls += calls
        made.input_tokens += input_tokens
        made.cached_tokens += cached
        made.output_tokens += output_tokens
        made.usd += compute_cost(price, input_tokens, cached, output_tokens)
    return dict(estimates)


def _measure_answer_tokens(warehouse: Warehouse) -> dict[str, int]:
    """How long answers were, by report, as the ledger tells."""
    answers = warehouse.query(
        "SELECT coalesce(report, purpose), CAST(avg(output_tokens) AS BIGINT) FROM llm_calls "
        "WHERE outcome = 'ok' AND purpose IN ('summary', 'notes') GROUP BY 1",
        tables=[LLM_CALLS],
    )
    return dict(answers.iter_rows())


def load_requests(day: date, settings: Settings) -> list[SummaryRequest]:
    """The summaries that a stored day needs."""
    warehouse = open_warehouse(settings)
    papers = PAPERS.to_rows(warehouse.read(PAPERS, [day]))
    groups = PAPER_GROUPS.to_rows(warehouse.read(PAPER_GROUPS, [day]))
    texts = PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, [day]))
    return build_requests(day, papers, groups, texts, settings.config.reports)


def render_estimates(estimates: dict[ReportName, Estimate], model: str, *, priced: bool = True) -> View:
    """The estimates as a table; `priced` says whether the settings give the model's price."""
    unpriced = f"the money is not known: summaries.prices has no price of {model}"
    table = View(title=f"What {model} would cost, in tokens and money", caption=None if priced else unpriced, box=None)
    table.add_column("report", no_wrap=True)
    for heading in ("papers", "kept", "calls", "in", "cached", "out", "USD"):
        table.add_column(heading, justify="right", no_wrap=True)
    total = Estimate()
    for name, one in estimates.items():
        table.add_row(name, *_format_cells(one, priced))
        for field in vars(total):
            setattr(total, field, getattr(total, field) + getattr(one, field))
    table.add_row("all", *_format_cells(total, priced), style="bold")
    return table


def _format_cells(one: Estimate, priced: bool) -> list[str]:
    counts = (one.summaries, one.cached, one.calls, one.input_tokens, one.cached_tokens, one.output_tokens)
    return [*(f"{count:,}" for count in counts), f"{one.usd:.4f}" if priced else "?"]
