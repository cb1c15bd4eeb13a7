"""Data quality of the days' tables: plain functions over stored rows, whose problems are sentences for a person. Names
and severity of the Dagster checks that call them are in `checks.py`.

They read what is in the database, not what a run has in memory: a check that runs again next week sees the same. Each
takes the settings and the days to look at, and only looks at these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from digest_assets.automation.retry_plan import find_missed_days
from digest_assets.config.reports import get_summary_report
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.tables import CLAIMS, PAPER_SUMMARIES, ClaimSpan
from digest_assets.summaries.verification.source_units import METADATA
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import Table, open_warehouse

Days = Sequence[date]

MIN_FULL_TEXT_RATE = 0.9  # of the papers whose full text is wanted; a usual day has 0.97 and more
# Of the numbers in the summaries. Chosen, not measured: a summary of ten numbers may have one that is marked.
MIN_TRACED_RATE = 0.9
# Of the summaries' sentences. Chosen: honest summaries have 1 to 4% that the check doubts, one that makes things up most.
MAX_UNSUPPORTED_RATE = 0.2
# Of the summaries. Chosen, not measured: a busy minute of the endpoint costs a few; one in twenty is an outage.
MAX_FAILURE_RATE = 0.05

# A paper is read badly where a share of its score is below these: half of the paper is elsewhere than it says.
MIN_SCORES = {"headings": 0.5, "decimals": 0.7, "rows": 0.5, "named": 0.2}
_SCORED = {
    "headings": "outline's headings were found",
    "decimals": "tables' decimals were kept",
    "rows": "table captions have rows",
    "named": "text is in sections of a known role",
}
MAX_POORLY_READ_RATE = 0.2  # Chosen, not measured: odd layouts are always some; a fifth of a day is a fault of ours
_MAX_WORST = 5  # named in the metadata of a green day


@dataclass(frozen=True)
class QualityResult:
    """What a check found: the problems, each in a sentence, and the numbers behind them."""

    problems: tuple[str, ...] = ()
    metrics: dict[str, int | float] = field(default_factory=dict)


QualityCheck = Callable[[Settings, Days], QualityResult]


def build_schema_check(table: Table[Any]) -> QualityCheck:
    """Build the check that a table is stored with its declared columns, its keys whole and each once."""

    def check_schema(settings: Settings, days: Days) -> QualityResult:
        frame = open_warehouse(settings).read(table, days)
        try:
            table.validate_frame(frame)
        except ValueError as error:
            return QualityResult((str(error),), {"rows": len(frame)})
        return QualityResult((), {"rows": len(frame)})

    return check_schema


def check_groups_consistent(settings: Settings, days: Days) -> QualityResult:
    """Every place is a paper of its day; parts and places are numbered from 1 without a gap."""
    warehouse = open_warehouse(settings)
    groups = warehouse.read(PAPER_GROUPS, days)
    papers = warehouse.read(PAPERS, days)
    problems = [
        f"{day} {report}: {id_} is not among the papers of the day"
        for day, report, id_ in groups.join(papers, on=["day", "id"], how="anti")
        .select("day", "report", "id")
        .iter_rows()
    ]
    parts = groups.group_by("day", "report", "group", maintain_order=True).agg(
        pl.col("position").sort(), pl.col("group_position").unique().sort()
    )
    for part in parts.iter_rows(named=True):
        where = f"{part['day']} {part['report']} “{part['group']}”"
        if part["position"] != list(range(1, len(part["position"]) + 1)):
            problems.append(f"{where}: its papers stand at {part['position']}, not at 1, 2, 3 …")
        if len(part["group_position"]) != 1:
            problems.append(f"{where}: it stands at {part['group_position']}, not at one place")
    places = parts.explode("group_position").group_by("day", "report", maintain_order=True)
    for report in places.agg(pl.col("group_position")).iter_rows(named=True):
        if len(set(report["group_position"])) != len(report["group_position"]):
            problems.append(f"{report['day']} {report['report']}: two of its parts stand at the same place")
    return QualityResult(tuple(problems), {"places": len(groups), "reports": groups.n_unique(["day", "report"])})


def check_texts_complete(settings: Settings, days: Days) -> QualityResult:
    """Every paper that a report shows has a text, be it the abstract; nothing else has."""
    warehouse = open_warehouse(settings)
    shown = warehouse.read(PAPER_GROUPS, days).select("day", "id").unique(maintain_order=True)
    texts = warehouse.read(PAPER_TEXTS, days)
    problems = _list_unmatched(shown, texts, ["day", "id"], "has no text, though a report shows it")
    problems += _list_unmatched(texts, shown, ["day", "id"], "has a text, though no report shows it")
    return QualityResult(tuple(problems), {"shown": len(shown), "texts": len(texts)})


def check_full_text_rate(settings: Settings, days: Days) -> QualityResult:
    """Enough of the papers whose full text is wanted were read in full."""
    warehouse = open_warehouse(settings)
    asked_in_full = (
        warehouse.read(PAPER_GROUPS, days).filter(pl.col("reading_depth") == "full").select("day", "id").unique()
    )
    texts = asked_in_full.join(warehouse.read(PAPER_TEXTS, days), on=["day", "id"])
    abstract = texts.filter(pl.col("source") == "abstract").sort("day", "id")
    share = 1 - len(abstract) / len(texts) if len(texts) else 1.0
    metrics = {"wanted in full": len(texts), "read in full": len(texts) - len(abstract), "share": round(share, 4)}
    problems = [f"{id_}: {reason or 'no reason kept'}" for id_, reason in abstract.select("id", "reason").iter_rows()]
    return QualityResult(tuple(problems) if share < MIN_FULL_TEXT_RATE else (), metrics)


def check_reading_quality(settings: Settings, days: Days) -> QualityResult:
    """Few papers were read badly; the worst of the days are named, also when it is green."""
    rows = open_warehouse(settings).read(PAPER_TEXTS, days).filter(pl.col("score").is_not_null())
    poor = []
    for day, id_, score in rows.select("day", "id", "score").sort("day", "id").iter_rows():
        below = [
            (share, name) for name, limit in MIN_SCORES.items() if (share := score[name]) is not None and share < limit
        ]
        if below:
            poor.append((*min(below), day, id_))
    poor.sort()
    share = len(poor) / len(rows) if len(rows) else 0.0
    metrics: dict[str, int | float] = {"read": len(rows), "read badly": len(poor), "share": round(share, 4)}
    metrics |= {f"{id_}: {name}": round(worst, 3) for worst, name, _, id_ in poor[:_MAX_WORST]}
    problems = [f"{day} {id_}: only {worst:.0%} of its {_SCORED[name]}" for worst, name, day, id_ in poor]
    return QualityResult(tuple(problems) if share > MAX_POORLY_READ_RATE else (), metrics)


def check_summaries_complete(settings: Settings, days: Days) -> QualityResult:
    """Every place in a report has its summary."""
    warehouse = open_warehouse(settings)
    places = warehouse.read(PAPER_GROUPS, days).select("day", "report", "id")
    shared = {name: get_summary_report(name) for name in places["report"].unique()}  # readers' reports share theirs
    places = places.with_columns(pl.col("report").replace(shared)).unique(maintain_order=True)
    summaries = warehouse.read(PAPER_SUMMARIES, days)
    problems = _list_unmatched(places, summaries, ["day", "report", "id"], "has no summary, though the report shows it")
    return QualityResult(tuple(problems), {"wanted": len(places), "summaries": len(summaries)})


def check_numbers_traced(settings: Settings, days: Days) -> QualityResult:
    """Enough of the summaries' numbers stand in, or follow from, the text that was read."""
    rows = open_warehouse(settings).read(PAPER_SUMMARIES, days)
    total, traced = int(rows["numbers_total"].sum()), int(rows["numbers_traced"].sum())
    share = traced / total if total else 1.0
    metrics = {"numbers": total, "traced": traced, "share": round(share, 4)}
    if share >= MIN_TRACED_RATE:
        return QualityResult((), metrics)
    worst = rows.with_columns(missing=pl.col("numbers_total") - pl.col("numbers_traced")).filter(pl.col("missing") > 0)
    worst = worst.sort(["missing", "day", "report", "id"], descending=[True, False, False, False])
    problems = [
        f"{day} {report} {id_}: {missing} of {of} numbers are not in the text"
        for day, report, id_, missing, of in worst.select("day", "report", "id", "missing", "numbers_total").iter_rows()
    ]
    return QualityResult(tuple(problems), metrics)


def check_claims_stand(settings: Settings, days: Days) -> QualityResult:
    """Every place that a claim names holds in the stored text what the claim quotes, and few claims are unsupported."""
    warehouse = open_warehouse(settings)
    rows = CLAIMS.to_rows(warehouse.read(CLAIMS, days))
    texts = {(row.day, row.id): row for row in PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, days))}
    abstracts = {(row.day, row.id): row.abstract for row in PAPERS.to_rows(warehouse.read(PAPERS, days))}
    problems = [
        f"{row.day} {row.report} {row.id}: {span.quote[:60]!r} does not stand where sentence {row.position} says"
        for row in rows
        for span in row.spans
        if not _stands(span, texts.get((row.day, row.id)), abstracts.get((row.day, row.id), ""))
    ]
    unsupported = sum(row.verdict == "unsupported" for row in rows)
    share = unsupported / len(rows) if rows else 0.0
    if share > MAX_UNSUPPORTED_RATE:
        problems.insert(0, f"{unsupported} of {len(rows)} sentences are supported by nothing in the text")
    return QualityResult(
        tuple(problems), {"sentences": len(rows), "unsupported": unsupported, "share": round(share, 4)}
    )


def _stands(span: ClaimSpan, text: TextRow | None, abstract: str) -> bool:
    """Whether a span's quote stands at its place: in the text that was read in full, or in the abstract for a report that
    reads no more, whose only section it is. Metadata has no place, and a text that was let go cannot be looked at.
    """
    if span.section == METADATA or (text is not None and text.is_expired):
        return True
    sections = [section.text for section in text.sections] if text else []
    there = [*sections[span.section : span.section + 1], *([abstract] if span.section == 0 else [])]
    quote = " ".join(span.quote.rstrip("…").split())
    return any(" ".join(one[span.start : span.end].split()).startswith(quote) for one in there)


def check_failure_rate(settings: Settings, days: Days) -> QualityResult:
    """Few summaries stand in for one that the model did not give."""
    rows = open_warehouse(settings).read(PAPER_SUMMARIES, days)
    failed = rows.filter("failed")
    share = len(failed) / len(rows) if len(rows) else 0.0
    metrics = {"summaries": len(rows), "failed": len(failed), "share": round(share, 4)}
    reasons = failed.group_by("note").len().sort(["len", "note"], descending=[True, False])
    problems = [f"{count} times: {note or 'no reason kept'}" for note, count in reasons.iter_rows()]
    return QualityResult(tuple(problems) if share > MAX_FAILURE_RATE else (), metrics)


def check_budget(settings: Settings, days: Days) -> QualityResult:
    """No day has cost more than the budget of a day, and none ran out of it."""
    budget = settings.config.summaries.budget_usd
    warehouse = open_warehouse(settings)
    spent = warehouse.query(
        "SELECT day, sum(cost_usd) AS usd FROM llm_calls WHERE list_contains(?, day) GROUP BY day ORDER BY day",
        [list(days)],
        tables=[LLM_CALLS],
    )
    metrics = {"spent, USD": round(float(spent["usd"].sum()), 6)}
    if budget is None:
        return QualityResult((), metrics)
    rows = warehouse.read(PAPER_SUMMARIES, days).filter(pl.col("note").str.contains("budget of $", literal=True))
    problems = [
        f"{day}: ${usd:.4f} were spent, ${budget:.2f} were allowed" for day, usd in spent.iter_rows() if usd > budget
    ]
    problems += [
        f"{day}: {count} summaries are extractive because the budget was spent"
        for day, count in rows.group_by("day").len().sort("day").iter_rows()
    ]
    return QualityResult(tuple(problems), {**metrics, "budget of a day, USD": budget})


def check_api_key(settings: Settings) -> QualityResult:
    """The engine has the key that it needs."""
    message = explain_unready_models(settings)
    return QualityResult((message,) if message else ())


def check_missing_days(states: Mapping[date, str], due_times: Mapping[date, datetime], now: datetime) -> QualityResult:
    """No day that is due is missing or failed."""
    missed = find_missed_days(states, due_times, {}, now)
    problems = [f"{day} is {states[day]}" for day in sorted(missed, reverse=True)]
    made = [day for day, state in states.items() if state == "made"]
    return QualityResult(tuple(problems), {"days": len(states), "made": len(made), "missed": len(missed)})


def _list_unmatched(expected: pl.DataFrame, found: pl.DataFrame, on: list[str], words: str) -> list[str]:
    absent = expected.join(found, on=on, how="anti").select(on)
    return [f"{' '.join(map(str, key))} {words}" for key in absent.iter_rows()]
