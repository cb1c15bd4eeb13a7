"""Scores of a prompt or a model: what is worth nothing scores nothing, and a worse prompt shows against the last."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest_assets.summaries.eval import evaluate, find_shortfalls, load_evaluation_requests
from digest_assets.summaries.scoring import FLOORS, SCORES
from digest_assets.summaries.summarize import make_summaries
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.model_days import make_model_settings
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint, answer_well, make_completion
from digest_assets.testing.summary_days import DAY, make_llm_settings, store_day
from digest_assets_tests.summaries.endpoint_answers import Serve

REPORTS = {"topic_digest", "daily_table", "field_review", "category_digest", "deep_read"}


def _fill_with(text: str) -> Callable[[dict[str, Any]], ScriptedAnswer]:
    """A model that writes one text into every field of whatever it is asked for."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(inner) for name, inner in value.items()}
        return [fill(inner) for inner in value] if isinstance(value, list) else text

    def answer(body: dict[str, Any]) -> ScriptedAnswer:
        good = json.loads(json.loads(answer_well(body).body)["choices"][0]["message"]["content"])
        return ScriptedAnswer.from_json(make_completion(json.dumps(fill(good), ensure_ascii=False)))

    return answer


def test_the_extractive_engine_copies_and_invents_nothing(tmp_path: Path) -> None:
    settings = make_llm_settings(tmp_path, engine="extractive")
    store_day(settings, 3, ["daily_table"])
    scores = evaluate(load_evaluation_requests(DAY, settings, 20, "en"), settings)
    assert set(scores) == REPORTS
    assert scores["category_digest"]["copied from the abstract"] == 1.0
    assert not list(find_shortfalls(scores))
    for one in scores.values():
        assert one["figures traced"] == one["language"] == one["own words"] == 1.0
        assert one["faithfulness"] >= 0.98
        assert one["results with figures"] > 0.5
        assert one["tokens in"] == one["chat talk"] == one["fallbacks"] == 0


@pytest.mark.long
@pytest.mark.parametrize(
    "noise",
    [
        "}}}} ,,,, the the the the",
        "lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt labore magna aliqua",
        "xkqj wvzp brrt qqla mnop zzyx plok ijuh ygtf rdes waqz sxed crfv tgby hnuj mikl",
        "night maps lantern filter shots pairs accuracy baseline lantern maps night shots filter pairs night maps filter",
        "One paragraph of four to six sentences: what it is, its objective, its method, a result with its figure",
        "Die Karten der Nacht sind unscharf, und wir schlagen einen Filter vor, der aus Paaren von Bildern lernt und hilft.",
        "本文提出一种方法,提高了三个百分点。",
    ],
)
def test_a_model_that_writes_noise_scores_nothing(tmp_path: Path, serve: Serve, noise: str) -> None:
    serve(_fill_with(noise))
    settings = make_model_settings(tmp_path, of_reports=tuple(REPORTS), budget_usd=None)
    store_day(settings, 2, ["daily_table"])
    scores = evaluate(load_evaluation_requests(DAY, settings, 2, "en"), settings)
    assert set(scores) == REPORTS
    for report, mine in scores.items():
        assert all(mine.get(name, 0.0) < 0.1 for name in SCORES), (report, mine)
        assert mine.keys() >= FLOORS.keys()
    assert len(list(find_shortfalls(scores))) == len(REPORTS) * len(FLOORS)


def test_what_was_extracted_instead_is_not_the_model_s_merit(tmp_path: Path, serve: Serve) -> None:
    serve(_fill_with("}}}}"))
    settings = make_model_settings(tmp_path)
    store_day(settings, 2, ["daily_table"])
    (scores,) = evaluate(load_evaluation_requests(DAY, settings, 2, "en"), settings).values()
    assert scores["fallbacks"] == 1.0
    assert {name: scores[name] for name in SCORES if name in scores} == dict.fromkeys(SCORES, 0.0)


def test_a_model_s_tokens_and_fallbacks_are_counted(tmp_path: Path, endpoint: Callable[..., FakeLLMServer]) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    store_day(settings, 2, ["daily_table"])
    requests = load_evaluation_requests(DAY, settings, 1, "zh")
    assert {request.id for request in requests} == {"2512.00001"}
    scores = evaluate(requests, settings)
    assert scores["daily_table"]["tokens in"] > 100
    assert scores["field_review"]["fields answered"] > 0.8
    endpoint(faults={"refusal": 1.0})
    assert evaluate(requests, settings, refresh=True)["daily_table"]["fallbacks"] == 1.0


def test_a_judge_s_marks_stand_beside_the_scores(tmp_path: Path, endpoint: Callable[..., FakeLLMServer]) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path, roles={"check": "judge"})
    store_day(settings, 2, ["daily_table"])
    requests = load_evaluation_requests(DAY, settings, 1, "en")
    assert "judge: faithful" not in evaluate(requests, settings)["daily_table"]
    asked = len(model.calls)
    scores = evaluate(requests, settings, judge=True)
    assert {call.model for call in model.calls[asked:]} == {"judge"}
    assert 0 <= scores["daily_table"]["judge: faithful"] <= 1
    assert evaluate(requests, settings, judge=True) == scores
    assert len(model.calls) == asked + len(REPORTS)


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
