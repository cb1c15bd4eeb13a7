"""A provider's cache: five reports on one paper pay for reading it once, whatever the provider has to be told for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, load_summaries, make_llm_settings, make_stored_summaries, store_day
from digest_assets.warehouse import open_warehouse

Start = Callable[..., FakeLLMServer]


def make_day(folder: Path, reports: Any = FORMATS, model: str = "fake-llm") -> tuple[Settings, list[LLMCallRow]]:
    """One paper's summaries for all reports, each of which reads it in full."""
    in_full: dict[str, Any] = {report: {"read": "full"} for report in FORMATS}
    settings = make_llm_settings(folder, reports=in_full, model=model, concurrency=1)
    store_day(settings, 1, list(reports), paragraphs=30)
    warehouse = open_warehouse(settings)
    groups = warehouse.read(PAPER_GROUPS, [DAY]).with_columns(reading_depth=pl.lit("full"))
    warehouse.replace_days(PAPER_GROUPS, [DAY], groups)
    make_stored_summaries(settings)
    calls = LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))
    return settings, sorted(calls, key=lambda call: call.ended_at)


@pytest.mark.parametrize(
    ("model", "caching"), [("fake-llm", True), ("gpt-6-luna", "explicit"), ("vendor/claude-sonnet-5-5", "explicit")]
)
def test_the_second_to_fifth_report_are_served_from_the_cache(
    tmp_path: Path, endpoint: Start, model: str, caching: Any
) -> None:
    endpoint(prompt_caching=caching)
    _, calls = make_day(tmp_path, model=model)
    assert len(calls) == 5
    first, *others = calls
    assert first.cached_tokens == 0
    assert all(call.cached_tokens > 0.6 * call.input_tokens for call in others)
    if caching == "explicit":
        assert (first.cache_write_tokens or 0) > 0.6 * first.input_tokens
        assert all(call.cache_write_tokens == 0 for call in others)


def test_a_paper_that_one_report_shows_is_not_written_to_a_cache_that_costs(tmp_path: Path, endpoint: Start) -> None:
    endpoint(prompt_caching="explicit")
    _, (call,) = make_day(tmp_path, ["deep_read"], model="gpt-6-luna")
    assert call.cache_write_tokens == 0


def test_an_endpoint_that_refuses_the_marks_gets_none_from_then_on(tmp_path: Path, endpoint: Start) -> None:
    server = endpoint(refused_words=frozenset({"prompt_cache_breakpoint", "prompt_cache_options"}))
    settings, calls = make_day(tmp_path, model="gpt-6-luna")
    assert [call.outcome for call in server.calls] == ["refused", *["ok"] * 5]
    assert [call.retries for call in calls] == [1, 0, 0, 0, 0]
    assert not any(row.failed for row in load_summaries(settings))
