"""The commands about models' money and worth: costs (what was spent), estimate (what would be), eval (what it gives)."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from digest_assets.cli import queries
from digest_assets.cli.arguments import AsJson, ExistingDay, describe_empty, out, parse_date, print_json
from digest_assets.common.errors import ReportError
from digest_assets.config.fields import Language
from digest_assets.config.settings import Settings, load_settings

if TYPE_CHECKING:
    import polars as pl

_COLUMNS = {
    "calls": "calls",
    "not_ok": "not ok",
    "tokens_in": "tokens in",
    "tokens_cached": "cached",
    "tokens_out": "tokens out",
    "cost_usd": "USD",
}
_MARKS = {"provider": "", "others": "†", "nowhere": "*"}  # of a public price, by where it was seen
# Texts are made without asking a model, so they can be there before anything is spent.
_MAKE_TEXTS = "dagster asset materialize -m digest_assets.definitions --select '*paper_texts' --partition"


class Engine(StrEnum):
    """Who writes the summaries, as `summaries.engine` names it."""

    openai = "openai"
    extractive = "extractive"


class ContentLanguage(StrEnum):
    """The languages of summaries."""

    en = "en"
    zh = "zh"


def costs(
    since: Annotated[str, typer.Option(help="From this day, YYYY-MM-DD; by default the last 30 days.")] = "",
    prices: Annotated[
        bool, typer.Option("--prices", help="Show the public prices that we know, and their date.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What models were asked and what it cost, by day and purpose."""
    if prices:
        _print_prices(as_json)
        return
    settings = load_settings()
    start = parse_date(since) if since else datetime.now(UTC).date() - timedelta(days=30)
    from digest_assets.warehouse import open_warehouse

    spent = queries.sum_costs(open_warehouse(settings), start)
    if as_json:
        print_json({"since": start, "cost_usd": round(spent["cost_usd"].sum(), 6), "rows": spent.to_dicts()})
    elif not spent.is_empty():
        out.print(_build_costs_table(spent))
    elif queries.list_days(settings):
        out.print(f"No model was asked for any day since {start}.")
    else:
        raise ReportError(f"no model was asked: {describe_empty(settings)}")


def estimate(day: ExistingDay) -> None:
    """What a day would cost, before anything is spent: a range until its models are known."""
    from digest_assets.llm.prices import find_price
    from digest_assets.summaries.estimate import estimate_day, load_requests, render_estimates

    settings = load_settings()
    if not load_requests(day, settings):
        raise ReportError(
            f"{day:%Y-%m-%d} has no texts yet; this makes them, for nothing: `{_MAKE_TEXTS} {day:%Y-%m-%d}`"
        )
    chosen = settings.config.summaries.get_model()
    estimates = estimate_day(day, settings)
    out.print(render_estimates(estimates, chosen.model, priced=find_price(chosen) is not None))


def evaluate(
    day: ExistingDay,
    papers: Annotated[int, typer.Option(min=1, help="How many papers, the first by id.")] = 20,
    engine: Annotated[Engine | None, typer.Option(help="Instead of the configured one.")] = None,
    model: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
    language: Annotated[ContentLanguage, typer.Option(help="The summaries' language.")] = ContentLanguage.en,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask anew, also what was answered before.")] = False,
    judge: Annotated[
        bool, typer.Option("--judge", help="Have the model of the role `check` judge each summary too.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Write the scores to this file.")] = None,
    beside: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Show the scores of this file beside, not the last ones."),
    ] = None,
) -> None:
    """Score the summaries of a made day's papers by code, beside the last time; ends with 1 if they are worth nothing."""
    import dagster as dg

    from digest_assets.automation.evaluations import find_last_evaluation, store_evaluation
    from digest_assets.cli.run_days import prepare_dagster_home
    from digest_assets.llm.readiness import require_ready_models
    from digest_assets.summaries.eval import evaluate as score
    from digest_assets.summaries.eval import find_shortfalls, load_evaluation_requests, render_scores

    settings = _override_summaries(load_settings(), engine=engine and engine.value, model=model)
    require_ready_models(settings)
    in_language: Language = "zh" if language is ContentLanguage.zh else "en"
    requests = load_evaluation_requests(day, settings, papers, in_language)
    if not requests:
        raise ReportError(f"{day:%Y-%m-%d} has no texts read in full; `digest run {day:%Y-%m-%d}` makes the day")
    scores = score(requests, settings, refresh=refresh, judge=judge)
    if save:
        save.write_text(json.dumps(scores, indent=1))
    prepare_dagster_home(settings)
    summaries = settings.config.summaries
    writer = summaries.engine if summaries.engine == "extractive" else summaries.get_model("read").model
    with dg.DagsterInstance.get() as instance:
        last = find_last_evaluation(instance, day, papers=papers, language=in_language)
        store_evaluation(instance, day, scores, papers=papers, language=in_language, model=writer)
    out.print(render_scores(scores, json.loads(beside.read_text()) if beside else last))
    if shortfalls := list(find_shortfalls(scores)):
        raise ReportError("; ".join(shortfalls))


def _override_summaries(settings: Settings, **values: str | None) -> Settings:
    """The settings with other values for the summaries, where some are given."""
    changes = {name: value for name, value in values.items() if value}
    summaries = settings.config.summaries.model_copy(update=changes)
    return settings.model_copy(update={"config": settings.config.model_copy(update={"summaries": summaries})})


def _print_prices(as_json: bool) -> None:
    from digest_assets.llm.prices import load_price_table

    known = load_price_table()
    if as_json:
        print_json(known.model_dump(mode="json"))
        return
    table = Table(
        title=f"Public prices as of {known.checked}, US dollars per million tokens; check them with the provider",
        caption=f"on that day seen on a copy of the provider's own page, or {_MARKS['others']} copied from it by others, or"
        f" {_MARKS['nowhere']} nowhere: remembered",
        box=None,
        header_style="bold",
    )
    table.add_column("model", no_wrap=True)
    for heading in ("in", "cached", "write", "out", "context", "long prompts"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, model in known.models.items():
        optional = ("" if usd is None else f"{usd:g}" for usd in (model.cached_input, model.cache_write))
        tiers = ", ".join(
            f"> {tier.above_input_tokens // 1000}k: {tier.input:g}/{tier.output:g}" for tier in model.tiers
        )
        marked = f"{name} {_MARKS[model.seen]}".rstrip()
        context = f"{model.context_tokens // 1000:,}k"
        table.add_row(marked, f"{model.input:g}", *optional, f"{model.output:g}", context, tiers)
    out.print(table)


def _build_costs_table(spent: "pl.DataFrame") -> Table:
    table = Table(box=None, header_style="bold", show_footer=True)
    table.add_column("day", footer="all")
    table.add_column("model")
    table.add_column("purpose")
    for name, label in _COLUMNS.items():
        table.add_column(label, justify="right", footer=_format_number(name, spent[name].sum()))
    for row in spent.iter_rows(named=True):
        cells = (_format_number(name, row[name]) for name in _COLUMNS)
        table.add_row(str(row["day"]), row["model"], row["purpose"], *cells)
    return table


def _format_number(name: str, value: Any) -> str:
    return f"{value:.4f}" if name == "cost_usd" else f"{value:,}"
