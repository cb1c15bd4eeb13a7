"""What must hold of the days' tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from digest_assets.automation import data_quality
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.tables import PAPER_SUMMARIES, ClaimSpan, SummaryRow
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow
from digest_assets.warehouse import Table, open_warehouse

DAY = date(2025, 12, 5)
OTHER = date(2025, 12, 4)


def paper(id_: str, day: date = DAY) -> PaperRow:
    return PaperRow(day=day, id=id_, title="t", abstract="a", authors=(), categories=(), sources=())


def place(id_: str, position: int = 1, *, day: date = DAY, **values: Any) -> PaperGroupRow:
    given = {
        "report": "deep_read",
        "group": "all",
        "group_position": 1,
        "reason": "r",
        "reading_depth": "full",
        **values,
    }
    return PaperGroupRow(day=day, id=id_, position=position, **given)


def text(id_: str, source: str = "html", *, day: date = DAY, reason: str | None = None) -> TextRow:
    return TextRow.model_validate(
        {"day": day, "id": id_, "source": source, "sections": (), "characters": 1, "sha256": "0", "reason": reason}
    )


def summary(id_: str, *, day: date = DAY, **values: Any) -> SummaryRow:
    given = {
        "report": "deep_read", "language": "en", "engine": "openai", "fields": "{}", "numbers": (),
        "numbers_traced": 0, "numbers_total": 0, "key": "k", **values,
    }  # fmt: skip
    return SummaryRow(day=day, id=id_, **given)


def store(settings: Settings, *rows: Any, day: date = DAY) -> None:
    """All tables of a day, each with those of the rows that are its own."""
    tables: list[Table[Any]] = [PAPERS, PAPER_GROUPS, PAPER_TEXTS, PAPER_SUMMARIES]
    for table in tables:
        own: Iterable[Any] = [row for row in rows if isinstance(row, table.row)]
        open_warehouse(settings).replace_days(table, [day], table.to_frame(own))


def ids(count: int) -> list[str]:
    return [f"2512.{number:05}" for number in range(1, count + 1)]


def test_a_day_that_was_never_written_has_nothing_wrong(settings: Settings) -> None:
    for look in (
        data_quality.check_groups_consistent,
        data_quality.check_texts_complete,
        data_quality.check_full_text_rate,
        data_quality.check_reading_quality,
        data_quality.check_summaries_complete,
        data_quality.check_numbers_traced,
        data_quality.check_failure_rate,
        data_quality.check_budget,
        data_quality.build_schema_check(PAPERS),
    ):
        assert look(settings, [DAY]).problems == ()


def test_a_whole_day_has_nothing_wrong(settings: Settings) -> None:
    rows = [row for at, id_ in enumerate(ids(3), 1) for row in (paper(id_), place(id_, at), text(id_), summary(id_))]
    store(settings, *rows)
    assert data_quality.check_groups_consistent(settings, [DAY]).metrics == {"places": 3, "reports": 1}
    assert data_quality.check_groups_consistent(settings, [DAY]).problems == ()
    assert data_quality.check_texts_complete(settings, [DAY]).problems == ()
    assert data_quality.check_summaries_complete(settings, [DAY]).problems == ()
    assert data_quality.build_schema_check(PAPER_SUMMARIES)(settings, [DAY]).metrics == {"rows": 3}


def test_another_day_is_not_looked_at(settings: Settings) -> None:
    store(settings, place("2512.00001", 7, day=OTHER), day=OTHER)
    assert data_quality.check_groups_consistent(settings, [DAY]).problems == ()
    assert data_quality.check_groups_consistent(settings, [OTHER]).problems != ()


def test_a_place_of_a_paper_that_is_not_of_the_day_is_named(settings: Settings) -> None:
    store(settings, paper("2512.00001"), place("2512.00001"), place("2512.00002", 2))
    found = data_quality.check_groups_consistent(settings, [DAY])
    assert found.problems == ("2025-12-05 deep_read: 2512.00002 is not among the papers of the day",)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ([place("2512.00001", 1), place("2512.00002", 3)], "its papers stand at [1, 3]"),
        (
            [place("2512.00001", 1), place("2512.00002", 2, group_position=2)],
            "it stands at [1, 2], not at one place",
        ),
        (
            [place("2512.00001", 1), place("2512.00002", 1, group="more")],
            "two of its parts stand at the same place",
        ),
    ],
)
def test_places_with_gaps_and_clashes_are_named(settings: Settings, places: list[PaperGroupRow], message: str) -> None:
    store(settings, *map(paper, ids(2)), *places)
    assert any(message in problem for problem in data_quality.check_groups_consistent(settings, [DAY]).problems)


def test_a_shown_paper_without_text_and_a_text_that_nobody_shows_are_named(settings: Settings) -> None:
    store(settings, place("2512.00001"), text("2512.00002"))
    assert data_quality.check_texts_complete(settings, [DAY]).problems == (
        "2025-12-05 2512.00001 has no text, though a report shows it",
        "2025-12-05 2512.00002 has a text, though no report shows it",
    )


def test_the_share_read_in_full_counts_only_what_is_wanted_in_full(settings: Settings) -> None:
    texts = [text(id_, "abstract", reason="html: 404; pdf: 404") for id_ in ids(3)]
    store(settings, *texts, *[place(id_, at, reading_depth="abstract") for at, id_ in enumerate(ids(3), 1)])
    assert data_quality.check_full_text_rate(settings, [DAY]).problems == ()
    store(settings, *texts, *[place(id_, at) for at, id_ in enumerate(ids(3), 1)])
    found = data_quality.check_full_text_rate(settings, [DAY])
    assert found.problems[0] == "2512.00001: html: 404; pdf: 404"
    assert found.metrics == {"wanted in full": 3, "read in full": 0, "share": 0.0}


def test_one_paper_that_cannot_be_read_does_not_turn_the_check_red(settings: Settings) -> None:
    texts = [text(id_) for id_ in ids(19)] + [text("2512.00020", "abstract", reason="html: 404")]
    store(settings, *texts, *[place(id_, at) for at, id_ in enumerate(ids(20), 1)])
    found = data_quality.check_full_text_rate(settings, [DAY])
    assert (found.problems, found.metrics["share"]) == ((), 0.95)


def test_a_place_without_its_summary_is_named(settings: Settings) -> None:
    store(settings, place("2512.00001"), place("2512.00001", report="daily_table"), summary("2512.00001"))
    assert data_quality.check_summaries_complete(settings, [DAY]).problems == (
        "2025-12-05 daily_table 2512.00001 has no summary, though the report shows it",
    )


def test_untraced_figures_are_named_the_worst_paper_first(settings: Settings) -> None:
    store(
        settings,
        summary("2512.00001", numbers_traced=9, numbers_total=10),
        summary("2512.00002", numbers_traced=1, numbers_total=10),
    )
    found = data_quality.check_numbers_traced(settings, [DAY])
    assert found.metrics["share"] == 0.5
    assert found.problems[0] == "2025-12-05 deep_read 2512.00002: 9 of 10 numbers are not in the text"


def test_failures_are_counted_by_reason(settings: Settings) -> None:
    failed = [summary(id_, failed=True, note="the model did not answer") for id_ in ids(2)]
    store(settings, *failed, summary("2512.00003"))
    assert data_quality.check_failure_rate(settings, [DAY]).problems == ("2 times: the model did not answer",)


def call(cost: float, day: date = DAY) -> LLMCallRow:
    return LLMCallRow(
        id=f"{day}-{cost}", ended_at=datetime(2025, 12, 5, tzinfo=UTC), day=day, purpose="summary", paper=None, report=None,
        model="m", input_tokens=1, cached_tokens=0, output_tokens=1, seconds=1.0, retries=0, outcome="ok", cost_usd=cost, key="k",
    )  # fmt: skip


def test_a_day_over_its_budget_and_what_fell_back_for_it_are_named(settings: Settings) -> None:
    config = Config.model_validate({"summaries": {"budget_usd": 1.0}})
    tight = Settings(config=config, environment=Environment(data_dir=settings.data_dir))
    open_warehouse(tight).append(LLM_CALLS, [call(0.75), call(0.5), call(9.0, OTHER)])
    store(tight, summary("2512.00001", failed=True, note="the day's budget of $1.00 is spent"))
    assert data_quality.check_budget(tight, [DAY]).problems == (
        "2025-12-05: $1.2500 were spent, $1.00 were allowed",
        "2025-12-05: 1 summaries are extractive because the budget was spent",
    )
    unlimited = Settings(
        config=Config.model_validate({"summaries": {"budget_usd": None}}), environment=tight.environment
    )
    assert data_quality.check_budget(unlimited, [DAY]).problems == ()
    assert data_quality.check_budget(unlimited, [DAY]).metrics == {"spent, USD": 1.25}


def test_a_missing_key_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    wants_key = Settings(config=Config.model_validate({"summaries": {"engine": "openai"}}))
    (problem,) = data_quality.check_api_key(wants_key).problems
    assert "OPENAI_API_KEY is not set" in problem
    assert data_quality.check_api_key(settings).problems == ()


def test_days_that_are_left_are_named_the_newest_first() -> None:
    due = {DAY - timedelta(days=back): datetime(2025, 12, 1, tzinfo=UTC) for back in range(4)}
    states = dict(zip(due, ("missing", "made", "failed", "made"), strict=True))
    found = data_quality.check_missing_days(states, due, datetime(2025, 12, 6, tzinfo=UTC))
    assert found.problems == ("2025-12-05 is missing", "2025-12-03 is failed")
    assert found.metrics == {"days": 4, "made": 2, "missed": 2}


def scored(id_: str, **shares: float) -> TextRow:
    score = {"headings": None, "decimals": None, "rows": None, "named": None, **shares}
    return TextRow.model_validate({**text(id_).model_dump(), "score": score})


def test_the_worst_read_papers_are_named_and_a_day_with_many_is_red(settings: Settings) -> None:
    store(
        settings,
        scored("2512.00001", rows=0.1),
        *[scored(id_, rows=0.9, named=0.8) for id_ in ids(9)[1:]],
        text("2512.00010"),
    )
    found = data_quality.check_reading_quality(settings, [DAY])
    assert found.problems == ()
    assert found.metrics == {"read": 9, "read badly": 1, "share": 0.1111, "2512.00001: rows": 0.1}
    store(settings, scored("2512.00001", rows=0.4), scored("2512.00002", decimals=0.2), scored("2512.00003", named=1.0))
    assert data_quality.check_reading_quality(settings, [DAY]).problems == (
        "2025-12-05 2512.00002: only 20% of its tables' decimals were kept",
        "2025-12-05 2512.00001: only 40% of its table captions have rows",
    )


@pytest.mark.parametrize(("held", "stands"), [("We place splats.", True), ("Another text.", False), ("", True)])
def test_a_quote_stands_at_its_place_unless_the_text_was_let_go(held: str, stands: bool) -> None:
    sections = (Section(role="method", level=1, heading="Method", text=held),) if held else ()
    text = TextRow(day=DAY, id="2512.00001", source="html", sections=sections, characters=16, sha256="s")
    span = ClaimSpan(section=0, start=0, end=16, quote="We place splats.")
    assert data_quality._stands(span, text, "") is stands
