"""A day by endpoints as they really are: what they answer, and what becomes of each paper."""

import json
from pathlib import Path
from typing import Any

import pytest

from digest_assets.testing.corpus import CORPUS_VARIABLE, find_corpus
from digest_assets.testing.model_days import make_model_day
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import API_KEY, ScriptedEndpoint, answer_well
from digest_assets_tests.summaries.endpoint_answers import ANSWERS, Serve, check_blocks, fail

# One of each kind of answer runs always: no completion, nearly one, noise, another language, an error in a 200, too long, no
# money, a format that is not taken.
_ONE_OF_EACH_KIND = {
    "wrongurl_html200",
    "drop",
    "brace",
    "Chinese for English",
    "openrouter_200err",
    "gemini_ctx",
    "openai_quota_azure_style",
    "deepseek_schema",
}


@pytest.mark.parametrize(
    "name", [name if name in _ONE_OF_EACH_KIND else pytest.param(name, marks=pytest.mark.long) for name in ANSWERS]
)
def test_an_answer_is_met_as_it_should(tmp_path: Path, serve: Serve, name: str) -> None:
    answer, judge = ANSWERS[name]
    judge(tmp_path, serve, answer)


def _load_real_answers() -> list[dict[str, Any]]:
    corpus = find_corpus()
    path = corpus.parent / "cases" / "model_answers.json" if corpus else None
    return json.loads(path.read_text("utf-8")) if path and path.is_file() else []


@pytest.mark.long
@pytest.mark.skipif(
    not _load_real_answers(), reason=f"{CORPUS_VARIABLE} is not set, or has no answers of real endpoints beside it"
)
@pytest.mark.parametrize("case", _load_real_answers(), ids=lambda case: case["name"])
def test_an_answer_that_a_real_endpoint_gave_is_met_as_it_should(
    tmp_path: Path, serve: Serve, case: dict[str, Any]
) -> None:
    is_page = isinstance(case["body"], str)
    body = case["body"].encode() if is_page else json.dumps(case["body"]).encode()
    answer = ScriptedAnswer(case["status"], body, "text/html" if is_page else "application/json", case["headers"])
    if case["name"] in ANSWERS:
        _, judge = ANSWERS[case["name"]]
        judge(tmp_path, serve, answer)
        return
    first = iter([answer])
    serve(lambda body: next(first, None) or answer_well(body))
    check_blocks(make_model_day(tmp_path))


def test_the_reason_repeats_what_an_error_inside_a_200_said(tmp_path: Path, serve: Serve) -> None:
    serve(lambda _: fail(200, "Provider returned error", 502))
    day = make_model_day(tmp_path, papers=1, deadline_seconds=1.5)
    check_blocks(day)
    assert "Provider returned error" in (day.rows[0].note or "")


def test_each_role_asks_its_own_model_at_its_own_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thinking = {"reasoning": {"effort": "low", "exclude": [True]}}
    with ScriptedEndpoint(answer_well) as cheap, ScriptedEndpoint(answer_well) as strong:
        monkeypatch.setenv("STRONG_KEY", API_KEY)
        models = [
            {"name": "home", "model": "small", "base_url": f"{cheap.address}/v1"},
            {"name": "strong", "model": "vendor/large", "base_url": f"{strong.address}/v1", "api_key_env": "STRONG_KEY",
             "parameters": thinking, "max_output_tokens": 900},
            {"name": "writer", "model": "other", "base_url": f"{cheap.address}/v1"},
        ]  # fmt: skip
        roles = {"rank": "home", "read": "strong", "overview": "writer"}
        day = make_model_day(tmp_path, of_reports=("field_review",), model="home", models=models, roles=roles)
    assert {(call.purpose, call.model) for call in day.calls} == {
        ("ranking", "small"), ("summary", "vendor/large"), ("overview", "other"),
    }  # fmt: skip
    assert {body["model"] for body in cheap.requests} == {"small", "other"}
    assert {(body["model"], body["max_tokens"]) for body in strong.requests} == {("vendor/large", 900)}
    assert all(body["reasoning"] == thinking["reasoning"] for body in strong.requests)


def test_ranking_and_overview_fall_back_too(tmp_path: Path, serve: Serve) -> None:
    serve(lambda _: ScriptedAnswer(200, b"\xff\x00", None))
    day = make_model_day(tmp_path, of_reports=("field_review",))
    check_blocks(day)
    assert {call.purpose for call in day.calls} >= {"ranking"}
    (overview,) = day.overviews
    assert (overview.engine, overview.failed) == ("extractive", True)
    assert "check OPENAI_BASE_URL" in (overview.note or "")
