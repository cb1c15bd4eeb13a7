"""Scores of a prompt or a model, and two runs side by side."""

from collections.abc import Callable
from pathlib import Path

from digest_assets.summaries.eval import evaluate, load_evaluation_requests
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, make_llm_settings, store_day


def test_the_extractive_engine_copies_and_invents_nothing(tmp_path: Path) -> None:
    settings = make_llm_settings(tmp_path, engine="extractive")
    store_day(settings, 3, ["daily_table"])
    scores = evaluate(load_evaluation_requests(DAY, settings, 20, "en"), settings)
    assert set(scores) == {"topic_digest", "daily_table", "field_review", "category_digest", "deep_read"}
    assert scores["category_digest"]["copied from the abstract"] == 1.0
    for one in scores.values():
        assert one["figures traced"] == 1.0
        assert one["results with figures"] > 0.5
        assert one["tokens in"] == one["chat talk"] == one["fallbacks"] == 0


def test_a_model_s_tokens_and_fallbacks_are_counted(tmp_path: Path, endpoint: Callable[..., FakeLLMServer]) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 2, ["daily_table"])
    requests = load_evaluation_requests(DAY, settings, 1, "zh")
    assert {request.id for request in requests} == {"2512.00001"}
    scores = evaluate(requests, settings)
    assert scores["daily_table"]["tokens in"] > 100
    assert scores["field_review"]["fields filled"] > 0.8
    endpoint(faults={"refusal": 1.0})
    assert evaluate(requests, settings, refresh=True)["daily_table"]["fallbacks"] == 1.0
