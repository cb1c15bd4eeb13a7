"""Dagster assets of the summaries: a paper's summary for each report that shows it, and a report's overview of a day."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from digest_assets.common.markdown import build_markdown_table, escape_text
from digest_assets.config.reports import ReportsConfig
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.llm.budget import Spending
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.orchestration.paper_choice import parse_paper_choice
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import group_rows_by_day, table_asset
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.code_versions import compute_overview_version, compute_summaries_version
from digest_assets.summaries.extractive.overview import FieldDay
from digest_assets.summaries.extractive.themes import EarlierPapers, FieldPaper
from digest_assets.summaries.overview import (
    REPORTS_WITH_OVERVIEW,
    OverviewRequest,
    extract_overviews_again,
    make_overviews,
)
from digest_assets.summaries.requests import SummaryRequest, build_requests
from digest_assets.summaries.summarize import make_summaries
from digest_assets.summaries.tables import CLAIMS, DAY_OVERVIEWS, PAPER_SUMMARIES, OverviewRow, SummaryRow, list_claims
from digest_assets.summaries.unchanged import RowKey, get_row_key
from digest_assets.texts.expiry import require_text
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import Warehouse, open_warehouse

GROUP = "summaries"
_EARLIER_DAYS = 28  # whole weeks: some 20 mailings, enough to know what is usual, few enough to follow a field's words
_PREVIEW_ROWS = 20  # as many as fit a screen of the UI


class SummariesRunConfig(dg.Config):
    """What a run makes anew; by default only what was never made."""

    only: list[Any] = Field(
        default=[], description='arXiv ids, like ["2512.05117"]: only these papers are summarised anew.'
    )
    refresh: bool = Field(default=False, description="Ask the model again although an answer was kept.")


class OverviewRunConfig(dg.Config):
    """What a run makes anew; by default only what was never made."""

    refresh: bool = Field(default=False, description="Ask the model again although an answer was kept.")
    keep_answers: bool = Field(
        default=False,
        description="Only the days before changed: no model is asked. What one wrote stays as it is, what was extracted "
        "is extracted again.",
    )


@table_asset(PAPER_SUMMARIES, group=GROUP, kinds={"openai"}, code_version=compute_summaries_version())
def paper_summaries(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    config: SummariesRunConfig,
    papers: pl.DataFrame,
    paper_groups: pl.DataFrame,
    paper_texts: pl.DataFrame,
) -> pl.DataFrame:
    days = get_partition_days(context)
    papers_of = group_rows_by_day(PAPERS, papers, days)
    groups_of = group_rows_by_day(PAPER_GROUPS, paper_groups, days)
    texts_of = group_rows_by_day(PAPER_TEXTS, paper_texts, days)
    requests = [
        request
        for day in days
        for request in build_requests(day, papers_of[day], groups_of[day], texts_of[day], settings.config.reports)
    ]
    if message := explain_unready_models(settings):
        context.log.warning("%s; all summaries are extractive", message)
    stored = PAPER_SUMMARIES.to_rows(open_warehouse(settings).read(PAPER_SUMMARIES, days))
    only = parse_paper_choice(config.only)
    others = _select_others(stored, requests, only)
    to_make = [request for request in requests if get_row_key(request) not in others]
    made = make_summaries(to_make, settings, stored=() if only else stored, refresh=config.refresh)
    rows = [*others.values(), *made.rows]
    context.add_output_metadata(
        {
            **_build_metadata(rows),
            **made.spending.to_metadata(),
            "unchanged": len(others) + made.unchanged,
            "seconds": round(made.seconds, 2),
        }
    )
    return PAPER_SUMMARIES.to_frame(rows)


@table_asset(CLAIMS, group=GROUP, code_version="1")
def claims(context: dg.AssetExecutionContext, paper_summaries: pl.DataFrame) -> pl.DataFrame:
    rows = list_claims(PAPER_SUMMARIES.to_rows(paper_summaries))
    counts = Counter[str](row.verdict for row in rows)
    context.add_output_metadata({"sentences": len(rows), **{verdict: counts[verdict] for verdict in sorted(counts)}})
    return CLAIMS.to_frame(rows)


@table_asset(
    DAY_OVERVIEWS,
    group=GROUP,
    kinds={"openai"},
    code_version=compute_overview_version(),
    deps=["earlier_days"],  # the weeks before, which it reads by itself
)
def day_overviews(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    config: OverviewRunConfig,
    papers: pl.DataFrame,
    paper_groups: pl.DataFrame,
    paper_texts: pl.DataFrame,
    paper_summaries: pl.DataFrame,
) -> pl.DataFrame:
    days = get_partition_days(context)
    warehouse = open_warehouse(settings)
    papers_of = group_rows_by_day(PAPERS, papers, days)
    groups_of = group_rows_by_day(PAPER_GROUPS, paper_groups, days)
    shown = paper_groups.filter(pl.col("report").is_in(REPORTS_WITH_OVERVIEW))["id"].unique().to_list()
    texts_of = group_rows_by_day(PAPER_TEXTS, paper_texts.filter(pl.col("id").is_in(shown)), days)
    summaries_of = group_rows_by_day(PAPER_SUMMARIES, paper_summaries, days)
    requests = [
        request
        for day in days
        for request in build_overview_requests(
            day, papers_of[day], groups_of[day], summaries_of[day], settings.config.reports, texts_of[day], warehouse
        )
    ]
    if config.keep_answers:
        stored = DAY_OVERVIEWS.to_rows(warehouse.read(DAY_OVERVIEWS, days))
        rows, spending = extract_overviews_again(requests, stored), Spending()
    else:
        rows, spending = make_overviews(requests, settings, refresh=config.refresh)
    context.add_output_metadata({**spending.to_metadata(), "preview": dg.MetadataValue.md(_render_preview(rows))})
    return DAY_OVERVIEWS.to_frame(rows)


def _select_others(
    stored: Iterable[SummaryRow], requests: Iterable[SummaryRequest], only: Collection[str]
) -> dict[RowKey, SummaryRow]:
    """With `only`: the stored rows of all other papers that are still asked for."""
    requested = {get_row_key(request) for request in requests if only and request.id not in only}
    return {key: row for row in stored if (key := get_row_key(row)) in requested}


def build_overview_requests(
    day: date,
    papers: Sequence[PaperRow],
    groups: Sequence[PaperGroupRow],
    summaries: Sequence[SummaryRow],
    reports: ReportsConfig,
    texts: Sequence[TextRow] = (),
    warehouse: Warehouse | None = None,
) -> list[OverviewRequest]:
    """The reports of the day that get an overview, each paper with its summary; the weeks before from the warehouse."""
    paper_by_id = {paper.id: paper for paper in papers}
    summary_by_key = {(row.report, row.id, row.language): row for row in summaries}
    requests = []
    for report, report_config in reports.enabled_reports().items():
        if report in REPORTS_WITH_OVERVIEW:
            mine = {row.id: row for row in reversed(groups) if row.report == report}
            ids = list(reversed(mine))
            found = [(paper_by_id[id_], summary_by_key.get((report, id_, report_config.language))) for id_ in ids]
            pairs = tuple((paper, summary) for paper, summary in found if summary is not None)
            categories = reports.field_review.categories
            requests.append(
                OverviewRequest(
                    day,
                    report,
                    report_config.language,
                    pairs,
                    _load_field_day(day, papers, {paper.id for paper, _ in pairs}, categories, warehouse),
                    {
                        text.id: require_text(text)
                        for text in texts
                        if text.id in mine and mine[text.id].reading_depth == "full"
                    },
                    {id_: row.reason for id_, row in mine.items()},
                )
            )
    return requests


def _load_field_day(
    day: date, papers: Sequence[PaperRow], shown: Set[str], categories: Sequence[str], warehouse: Warehouse | None
) -> FieldDay:
    """The field's papers that the report does not show, and those of the weeks before."""
    others = tuple(
        FieldPaper(paper.id, " ".join(paper.title.split()), paper.abstract)
        for paper in papers
        if paper.id not in shown and paper.withdrawal is None and set(categories) & set(paper.categories)
    )
    if warehouse is None:
        return FieldDay(others)
    frame = warehouse.query(
        "SELECT id, min(day) AS day, arg_min(title, day) AS title, arg_min(abstract, day) AS abstract FROM papers "
        "WHERE day >= ? AND day < ? AND list_has_any(categories, ?) GROUP BY id ORDER BY day, id",
        [day - timedelta(days=_EARLIER_DAYS), day, list(categories)],
        tables=[PAPERS],
    )
    today = {paper.id for paper in papers}
    earlier = [row for row in frame.rows() if row[0] not in today]
    papers_before = tuple((title, abstract) for _, _, title, abstract in earlier)
    return FieldDay(others, EarlierPapers(papers_before, len({row[1] for row in earlier})))


def _build_metadata(rows: Sequence[SummaryRow]) -> dict[str, Any]:
    """What somebody wants to see of a partition in five seconds."""
    total, traced = sum(row.numbers_total for row in rows), sum(row.numbers_traced for row in rows)
    return {
        "summaries": len(rows),
        "papers": len({(row.day, row.id) for row in rows}),
        "by a model": sum(row.engine == "openai" for row in rows),
        "fallbacks": sum(row.failed for row in rows),
        "unsupported sentences": sum(claim.verdict == "unsupported" for row in rows for claim in row.claims),
        "figures traced": round(traced / total, 4) if total else 1.0,
        "cost when made, USD": round(sum(row.cost_usd for row in rows), 6),
        "by report": dg.MetadataValue.md(_render_report_table(rows)),
        "why fallbacks": dg.MetadataValue.md(_render_fallback_reasons(rows)),
    }


def _render_report_table(rows: Sequence[SummaryRow]) -> str:
    lines: list[tuple[object, ...]] = []
    for report in sorted({row.report for row in rows}):
        mine = [row for row in rows if row.report == report]
        lines.append(
            (
                report,
                len(mine),
                sum(row.engine == "openai" for row in mine),
                sum(row.failed for row in mine),
                sum(row.numbers_total for row in mine),
                sum(row.numbers_traced for row in mine),
            )
        )
    head = ("report", "summaries", "by a model", "fallbacks", "figures", "traced")
    return build_markdown_table(head, lines, max_rows=_PREVIEW_ROWS)


def _render_fallback_reasons(rows: Sequence[SummaryRow]) -> str:
    reasons = Counter(row.note or "" for row in rows if row.failed)
    return (
        "\n".join(f"- {count} × {escape_text(reason)}" for reason, count in reasons.most_common(_PREVIEW_ROWS))
        or "none"
    )


def _render_preview(rows: Sequence[OverviewRow]) -> str:
    return "\n\n".join(f"**{row.day} · {row.report}**\n\n{row.markdown}" for row in rows[:3]) or "no papers"
