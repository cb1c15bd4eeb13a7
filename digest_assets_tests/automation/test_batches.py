"""The sensor that looks after batches, against an endpoint on loopback."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.automation.batches import batch_results
from digest_assets.config.settings import Settings
from digest_assets.definitions import build_definitions
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day
from digest_assets_tests.llm.conftest import endpoint

__all__ = ["endpoint"]

Start = Callable[..., FakeLLMServer]


def tick(settings: Settings) -> dg.SensorResult:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance,
            definitions=build_definitions(settings),
            resources={"settings": settings},
            sensor_name="batch_results",
        )
        result = batch_results(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_day_is_asked_for_when_its_batch_has_ended(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path, mode="batch")
    store_day(settings, 2, ["category_digest"])
    assert not tick(settings).run_requests
    materialise_asset(settings)
    assert not tick(settings).run_requests
    model.finish_batches()
    (request,) = tick(settings).run_requests or ()
    assert (request.partition_key, request.run_key) == (str(DAY), f"batch_results batch-0 {DAY}")
    names = {key.to_user_string() for key in request.asset_selection or ()}
    assert {"paper_summaries", "reports"} <= names
    assert "papers" not in names
    materialise_asset(settings)
    assert not tick(settings).run_requests


def test_an_endpoint_that_does_not_answer_is_no_failure(
    tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path, mode="batch")
    store_day(settings, 2, ["category_digest"])
    materialise_asset(settings)
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    result = tick(settings)
    assert not result.run_requests
    assert "looking again" in str(result.skip_reason)
