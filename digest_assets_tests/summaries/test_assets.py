"""A day's summaries and overview through Dagster, with a model on loopback and without one."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.schemas import load_fields
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import (
    DAY,
    day_overviews,
    load_overview,
    load_summaries,
    make_llm_settings,
    materialise_asset,
    store_day,
)
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Table, open_warehouse

Start = Callable[..., FakeLLMServer]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_paper_has_every_report_s_summary_by_the_model(tmp_path: Path, endpoint: Start, language: str) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path, reports={name: {"language": language} for name in FORMATS})
    store_day(settings, 3, FORMATS)
    metadata = materialise_asset(settings)
    rows = load_summaries(settings)
    assert [(row.id, row.report) for row in rows] == [
        (f"2512.{number:05d}", report) for number in (1, 2, 3) for report in sorted(FORMATS)
    ]
    assert {(row.engine, row.model, row.language, row.failed, row.note) for row in rows} == {
        ("openai", "fake-llm", language, False, None)
    }
    for row in rows:
        assert load_fields(row.report, row.fields)
    assert (metadata["calls"], metadata["summaries"], metadata["fallbacks"]) == (15, 15, 0)
    asked_for = "Simplified Chinese" if language == "zh" else "Write in English"
    assert all(asked_for in call.prompt for call in model.calls)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_model_the_paper_speaks_for_itself(tmp_path: Path, language: str) -> None:
    config = Config.model_validate({"reports": {name: {"language": language} for name in FORMATS}})
    settings = Settings(config=config, environment=Environment(data_dir=tmp_path))
    store_day(settings, 2, FORMATS)
    metadata = materialise_asset(settings)
    rows = load_summaries(settings)
    assert len(rows) == 10
    assert {(row.engine, row.model, row.failed) for row in rows} == {("extractive", None, False)}
    assert {row.note for row in rows} == {None}
    assert metadata["calls"] == 0
    assert metadata["figures traced"] == 1.0


def test_the_same_day_again_asks_nothing_and_gives_the_same_rows(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 4, FORMATS)
    materialise_asset(settings)
    materialise_asset(settings, asset=day_overviews)
    first, page, asked = load_summaries(settings), load_overview(settings), len(model.calls)
    metadata = materialise_asset(settings)
    materialise_asset(settings, asset=day_overviews)
    assert len(model.calls) == asked == 21
    assert (metadata["calls"], metadata["unchanged"]) == (0, 20)
    assert (load_summaries(settings), load_overview(settings)) == (first, page)


def test_a_paper_that_another_day_shows_again_is_not_paid_again(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    other = date(2025, 12, 8)
    store_day(settings, 3, ["topic_digest"])
    store_day(settings, 3, ["topic_digest"], day=other)
    materialise_asset(settings)
    materialise_asset(settings, day=other)
    assert len(model.calls) == 3
    assert [row.fields for row in load_summaries(settings)] == [row.fields for row in load_summaries(settings, other)]


def test_one_paper_of_a_day_can_be_made_again(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 3, ["daily_table", "deep_read"])
    materialise_asset(settings)
    before = load_summaries(settings)
    model.reset()
    config = {"ops": {"paper_summaries": {"config": {"only": ["2512.00002"], "refresh": True}}}}
    materialise_asset(settings, run_config=config)
    assert {call.prompt.count("Lanterns of kind 2 ") for call in model.calls} == {1}
    assert len(model.calls) == 2
    assert load_summaries(settings) == before


def test_a_day_without_papers_is_an_empty_partition(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    tables: list[Table[Any]] = [PAPERS, PAPER_GROUPS, PAPER_TEXTS]
    for table in tables:
        open_warehouse(settings).replace_days(table, [DAY], table.to_frame())
    materialise_asset(settings)
    materialise_asset(settings, asset=day_overviews)
    assert load_summaries(settings) == []
    assert open_warehouse(settings).find_written_days("paper_summaries", [DAY]) == {DAY}


def test_a_report_that_reads_abstracts_sends_no_more_than_the_abstract(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 1, ["category_digest", "daily_table"])
    materialise_asset(settings)
    prompts = {("CategoryDigest" in call.prompt): call.prompt for call in model.calls}
    assert "has three stages" not in prompts[True]
    assert "has three stages" in prompts[False]


def test_a_report_that_is_off_is_not_summarised(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path, reports={"deep_read": {"enabled": False}})
    store_day(settings, 1, ["daily_table", "deep_read"])
    materialise_asset(settings)
    assert [row.report for row in load_summaries(settings)] == ["daily_table"]


FAULTS: list[tuple[dict[str, float], dict[str, Any]]] = [
    ({"429": 0.3}, {}),
    ({"500": 0.2, "503": 0.1}, {}),
    ({"hang": 0.2}, {"timeout_seconds": 0.5}),
    ({"broken_json": 0.2, "refusal": 0.05, "length": 0.05}, {}),
    ({"refusal": 1.0}, {}),
    ({"broken_json": 1.0}, {}),
    ({"drop": 0.3, "wrong_shape": 0.2, "content_filter": 0.1}, {}),
]


@pytest.mark.long
@pytest.mark.parametrize(
    ("faults", "choice"),
    FAULTS,
    ids=["+".join(faults) + ("!" if 1.0 in faults.values() else "") for faults, _ in FAULTS],
)
def test_under_every_fault_each_paper_has_a_summary_or_a_labelled_fallback(
    tmp_path: Path, endpoint: Start, faults: dict[str, float], choice: dict[str, Any]
) -> None:
    model = endpoint(faults=faults, retry_after=0.05)
    settings = make_llm_settings(tmp_path, deadline_seconds=8, **choice)
    store_day(settings, 20, ["category_digest"])
    metadata = materialise_asset(settings)
    rows = load_summaries(settings)
    assert len({row.id for row in rows}) == 20
    for row in rows:
        assert (row.engine == "extractive") == row.failed == (row.note is not None)
        assert load_fields("category_digest", row.fields).tldr
    assert metadata["fallbacks"] == sum(row.failed for row in rows)
    assert sum(metadata["calls by outcome"].values()) == metadata["calls"] == len(_ledger(settings))
    assert metadata["retries"] + metadata["calls"] >= len(model.calls) - metadata["fallbacks"]


def test_a_storm_that_passes_leaves_no_fallback_when_the_day_is_made_again(tmp_path: Path, endpoint: Start) -> None:
    endpoint(faults={"refusal": 1.0})
    settings = make_llm_settings(tmp_path)
    store_day(settings, 3, ["category_digest"])
    materialise_asset(settings)
    assert all(row.failed for row in load_summaries(settings))
    endpoint()
    materialise_asset(settings)
    assert not any(row.failed for row in load_summaries(settings))


def test_the_budget_ends_the_model_s_part_and_the_rest_says_so(tmp_path: Path, endpoint: Start) -> None:
    endpoint(latency=0.02)
    prices = {"fake-llm": {"input": 1000.0, "output": 1000.0}}
    workers, limit = 3, 4.0
    settings = make_llm_settings(tmp_path, prices=prices, budget_usd=limit, concurrency=workers)
    store_day(settings, 30, ["category_digest"])
    metadata = materialise_asset(settings)
    rows = load_summaries(settings)
    one = max(row.cost_usd for row in rows)
    assert limit - workers * one <= metadata["spent, USD"] <= limit + workers * one
    assert {row.note for row in rows if row.failed} == {"the day's budget of $4.00 is spent"}
    assert 0 < sum(row.failed for row in rows) < 30
    assert "budget" in metadata["why fallbacks"]


def test_no_key_makes_a_whole_day_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = make_llm_settings(tmp_path)
    store_day(settings, 2, FORMATS)
    materialise_asset(settings)
    materialise_asset(settings, asset=day_overviews)
    assert all(row.failed and "OPENAI_API_KEY" in (row.note or "") for row in load_summaries(settings))
    assert load_overview(settings).failed


def test_a_text_longer_than_the_model_reads_is_read_in_parts(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(context_tokens=4_000)
    settings = make_llm_settings(tmp_path, context_tokens=3_500)
    store_day(settings, 1, ["daily_table", "deep_read"], paragraphs=60)
    metadata = materialise_asset(settings)
    rows = load_summaries(settings)
    assert not any(row.failed for row in rows)
    assert all(call.outcome == "ok" for call in model.calls)
    purposes = [row.purpose for row in _ledger(settings)]
    # The notes are taken once and serve both reports.
    assert purposes.count("notes") >= 2
    assert purposes.count("summary") == 2
    assert metadata["calls"] == len(purposes)
    materialise_asset(settings)
    assert len(_ledger(settings)) == len(purposes)


def test_an_endpoint_that_reads_less_than_the_settings_say_is_found_out(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(context_tokens=3_000)
    settings = make_llm_settings(tmp_path)
    store_day(settings, 1, ["daily_table"], paragraphs=60)
    materialise_asset(settings)
    (row,) = load_summaries(settings)
    assert not row.failed
    assert model.calls[0].outcome == "overflow"


def test_reports_of_one_paper_hit_the_provider_s_cache(tmp_path: Path, endpoint: Start) -> None:
    endpoint(prompt_caching=True)
    settings = make_llm_settings(tmp_path)
    store_day(settings, 3, ["daily_table", "deep_read"], paragraphs=60)
    metadata = materialise_asset(settings)
    # Nearly all of every second prompt was cached: a little less than half of all.
    assert metadata["cached tokens"] > 0.4 * metadata["input tokens"]


def test_the_prompt_begins_with_the_paper_and_ends_with_the_instruction(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 1, ["field_review"])
    materialise_asset(settings)
    (call,) = model.calls
    text, instruction = call.prompt.index("Lanterns of kind 1"), call.prompt.index("Fill the schema FieldReview")
    assert text < instruction
    assert "Computer Vision" in call.prompt[instruction:]


def test_the_overview_links_only_papers_of_the_edition(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 4, ["field_review"])
    materialise_asset(settings)
    materialise_asset(settings, asset=day_overviews)
    page = load_overview(settings)
    links = {part.split(")")[0] for part in page.markdown.split("](")[1:]}
    assert links
    assert links <= {f"#2512.{number:05d}v1" for number in range(1, 5)}
    assert (page.engine, page.failed, page.report) == ("openai", False, "field_review")


def test_metadata_shows_a_day_in_five_seconds(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 2, ["daily_table"])
    metadata = materialise_asset(settings)
    assert metadata["by report"].splitlines()[2].startswith("| daily_table | 2 | 2 | 0 |")
    json.dumps(metadata)


def _ledger(settings: Settings) -> list[Any]:
    return LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))


def test_rows_come_back_as_they_were_declared(tmp_path: Path) -> None:
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path))
    store_day(settings, 2, FORMATS)
    materialise_asset(settings)
    frame = open_warehouse(settings).read(PAPER_SUMMARIES, [DAY])
    assert frame.schema == PAPER_SUMMARIES.schema
