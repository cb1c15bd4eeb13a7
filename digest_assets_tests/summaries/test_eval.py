"""Scores of a prompt or a model, and two runs side by side."""

import json
from collections.abc import Callable
from pathlib import Path

from digest_assets.summaries.eval import evaluate, load_evaluation_requests
from digest_assets.summaries.summarize import make_summaries
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.scripted_endpoint import ScriptedAnswer, ScriptedEndpoint, make_completion
from digest_assets.testing.summary_days import DAY, make_llm_settings, store_day


def test_the_extractive_engine_copies_and_invents_nothing(tmp_path: Path) -> None:
    settings = make_llm_settings(tmp_path, engine="extractive")
    store_day(settings, 3, ["daily_table"])
    scores = evaluate(load_evaluation_requests(DAY, settings, 20, "en"), settings)
    assert set(scores) == {"topic_digest", "daily_table", "field_review", "category_digest", "deep_read"}
    assert scores["category_digest"]["copied from the abstract"] == 1.0
    for one in scores.values():
        assert one["figures traced"] == 1.0
        assert one["faithfulness"] >= 0.98
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


def test_a_model_that_writes_noise_is_not_faithful(tmp_path: Path, serve: Callable[..., object]) -> None:
    noise = "The moon is made of green cheese. Dragons sleep below old mountains. Nobody knows where 47 wizards went."
    serve(lambda _: ScriptedAnswer.from_json(make_completion(json.dumps({"summary": noise}))))
    settings = make_llm_settings(tmp_path)
    store_day(settings, 2, ["daily_table"])
    requests = [one for one in load_evaluation_requests(DAY, settings, 2, "en") if one.report == "daily_table"]
    assert evaluate(requests, settings)["daily_table"]["faithfulness"] <= 0.05


def test_what_nothing_supports_is_asked_once_more_and_the_second_answer_is_kept(
    tmp_path: Path, serve: Callable[..., ScriptedEndpoint]
) -> None:
    true = "Inference takes 11 ms on a single graphics card."
    answers = iter([f"{true} Lanterns are maps that cure colds of dogs in 97% of all hospitals.", true])
    endpoint = serve(lambda _: ScriptedAnswer.from_json(make_completion(json.dumps({"summary": next(answers)}))))
    settings = make_llm_settings(tmp_path, unsupported="ask")
    store_day(settings, 1, ["daily_table"])
    requests = [one for one in load_evaluation_requests(DAY, settings, 1, "en") if one.report == "daily_table"]
    for _ in range(2):
        (row,) = make_summaries(requests, settings).rows
        assert [(claim.sentence, claim.verdict) for claim in row.claims] == [(true, "quoted")]
    assert len(endpoint.requests) == 2
    assert "cure colds" in json.dumps(endpoint.requests[1])
