"""One small question to each model: what is found out by it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest_assets.llm.probe import find_context, find_shutdown, probe_models
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import make_llm_settings
from digest_assets.warehouse import open_warehouse

Start = Callable[..., FakeLLMServer]


def test_a_probe_finds_format_usage_context_and_the_day_of_shutdown(tmp_path: Path, endpoint: Start) -> None:
    listed = [{"id": "other"}, {"id": "fake-llm", "context_length": 32_768, "shutdown_date": "2026-12-11"}]
    endpoint(response_formats={"json_object", "text"}, listed_models=listed)
    (probe,) = probe_models(make_llm_settings(tmp_path))
    assert probe.error is None
    assert (probe.format, probe.context_tokens, probe.shutdown) == ("json_object", 32_768, date(2026, 12, 11))
    assert probe.input_tokens > 0
    assert probe.answered_as == "fake-llm"


def test_the_probes_call_is_in_the_ledger(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    probe_models(settings)
    (call,) = LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))
    assert (call.purpose, len(model.calls)) == ("probe", 1)


def test_an_endpoint_that_refuses_is_named_with_its_reason(tmp_path: Path, endpoint: Start) -> None:
    endpoint(unavailable_models=frozenset({"fake-llm"}))
    (probe,) = probe_models(make_llm_settings(tmp_path))
    assert probe.error is not None
    assert "404" in probe.error or "fake-llm" in probe.error


@pytest.mark.parametrize(
    ("listed", "day"),
    [
        ({"shutdown_date": "2026-12-11"}, date(2026, 12, 11)),
        ({"deprecation_date": "2026-12-11T00:00:00Z"}, date(2026, 12, 11)),
        ({"shutdown_date": 1_796_947_200}, date(2026, 12, 11)),
        ({"shutdown_date": None, "expiration_date": "soon"}, None),
        ({"shutdown_date": 1e30}, None),
        ({}, None),
    ],
)
def test_the_day_of_shutdown_is_read_in_several_spellings(listed: dict[str, Any], day: date | None) -> None:
    assert find_shutdown(listed) == day


@pytest.mark.parametrize(
    ("listed", "tokens"),
    [
        ({"max_model_len": 4096}, 4096),
        ({"meta": {"n_ctx_train": 2048}}, 2048),
        ({"context_window": "big"}, None),
        ({"meta": 1}, None),
    ],
)
def test_the_context_is_read_in_several_spellings(listed: dict[str, Any], tokens: int | None) -> None:
    assert find_context(listed) == tokens
