"""Asking a model: retries, repair, refusals, limits, money, and answers that are kept. Real HTTP, real DuckDB."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from digest_assets.common.errors import ConfigError, ModelError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.llm.budget import BudgetError, Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.provider_errors import ContextError, EndpointError, RefusalError
from digest_assets.llm.readiness import explain_unready_models, require_ready_models
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.llm.tables import LLM_CACHE, LLM_CALLS, LLMCacheRow, LLMCallRow
from digest_assets.testing.fake_llm.server import API_KEY, FakeLLMServer
from digest_assets.warehouse import open_warehouse

DAY = date(2025, 12, 5)
Start = Callable[..., FakeLLMServer]


class Note(BaseModel):
    """A note."""

    text: str | None = Field(description="What it says.")
    results: tuple[str, ...] = Field(description="Results.")


def settings_of(folder: Path, **choice: Any) -> Settings:
    config = Config.model_validate({"summaries": {"engine": "openai", "model": "fake-llm", **choice}})
    return Settings(config=config, environment=Environment(data_dir=folder))


def question(number: int = 1, **values: Any) -> LLMRequest[Note]:
    mark = "paper-0123456789abcdef"
    text = f"<{mark}>\nLantern {number} maps streets at night. It gains {number}.5 points.\n</{mark}>"
    given: dict[str, Any] = {
        "purpose": "summary",
        "model": "fake-llm",
        "system": "Report.",
        "day": DAY,
        "response_model": Note,
    }
    return LLMRequest(
        **{**given, "prompt": f"{text}\n\nFill the schema Note.", "paper": f"2512.{number:05d}", **values}
    )


def ask(
    settings: Settings, *questions: LLMRequest[Any], deadline: float = 30, **how: Any
) -> tuple[list[Any], Spending]:
    """The answers to questions asked at once (or their errors), and what was spent."""

    async def together() -> tuple[list[Any], Spending]:
        async with LLM.open(settings, {DAY}) as model:
            model.preload_cache(questions)
            asked = (model.ask(one, Deadline(deadline), **how) for one in questions)
            return list(await asyncio.gather(*asked, return_exceptions=True)), model.spending

    return asyncio.run(together())


def calls(settings: Settings) -> list[LLMCallRow]:
    return LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))


def kept(settings: Settings) -> list[LLMCacheRow]:
    return LLM_CACHE.to_rows(open_warehouse(settings).read(LLM_CACHE))


def test_an_answer_to_the_same_question_in_an_earlier_releases_words_still_holds(
    tmp_path: Path, endpoint: Start
) -> None:
    server = endpoint()
    settings = settings_of(tmp_path)
    earlier = question()
    (first,), _ = ask(settings, earlier)
    now = question(prompt=f"{earlier.prompt} In other words.", former_keys=(earlier.key,))
    (second,), spending = ask(settings, now)
    assert (second.value, second.cached, spending.calls) == (first.value, True, 0)
    assert len(server.calls) == 1
    (anew,), _ = ask(settings, now, refresh=True)
    assert not anew.cached


def test_an_answer_is_validated_counted_and_kept(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = settings_of(tmp_path)
    (answer,), spending = ask(settings, question())
    assert isinstance(answer, LLMResponse)
    assert isinstance(answer.value, Note)
    assert spending.calls == 1
    (row,), (stored,) = calls(settings), kept(settings)
    assert (row.outcome, row.paper, row.day, row.model) == ("ok", "2512.00001", DAY, "fake-llm")
    assert row.input_tokens == answer.usage.input_tokens > 0
    assert Note.model_validate_json(stored.answer) == answer.value


def test_what_was_answered_is_not_asked_again(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = settings_of(tmp_path)
    (first,), _ = ask(settings, question())
    (second,), spending = ask(settings, question())
    assert len(model.calls) == 1
    assert (second.value, second.usage, second.cached) == (first.value, first.usage, True)
    assert (spending.calls, spending.from_cache) == (0, 1)


def test_it_is_asked_again_on_request_and_the_newer_answer_stays(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = settings_of(tmp_path)
    ask(settings, question())
    ask(settings, question(), refresh=True)
    assert len(model.calls) == 2
    assert len(kept(settings)) == 1


@pytest.mark.parametrize(
    "other",
    [{"model": "another"}, {"prompt": "other text"}, {"system": "Other."}, {"parameters": {"temperature": 0}}],
    ids=["model", "prompt", "system", "parameters"],
)
def test_an_answer_holds_for_its_own_question_only(other: dict[str, Any]) -> None:
    assert question().key != question(**other).key


def test_an_answer_holds_on_other_days_and_beside_other_profiles() -> None:
    assert question().key == question(day=date(2026, 1, 1), paper=None, schema_family=(Note, Answered)).key


class Answered(BaseModel):
    """Another member of a family."""

    done: bool


def test_profiles_of_one_paper_share_the_schema_that_the_provider_caches(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(prompt_caching=True)
    long = "Streets look different at night and maps of them are blurred. " * 200
    text = f"<paper-0123456789abcdef>\n{long}\n</paper-0123456789abcdef>\n\nFill the schema"
    family = (Note, Other)
    first, second = (
        question(prompt=f"{text} Note.", schema_family=family),
        question(prompt=f"{text} Other.", response_model=Other, schema_family=family),
    )
    settings = settings_of(tmp_path, concurrency=1)
    (one,), _ = ask(settings, first)
    (two,), _ = ask(settings, second)
    assert isinstance(one.value, Note)
    assert isinstance(two.value, Other)
    assert two.usage.cached_tokens > 2_000
    assert [row.cached_tokens > 0 for row in sorted(calls(settings), key=lambda row: row.ended_at)] == [False, True]
    assert len(model.calls) == 2


def test_a_model_that_mixes_schemas_up_gets_one_at_a_time(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(first_schema_only=True)
    family = (Note, Other)
    settings = settings_of(tmp_path, concurrency=1)

    async def one_after_the_other() -> list[Any]:
        async with LLM.open(settings, {DAY}) as engine:
            questions = [question(number, schema_family=family) for number in (1, 2)]
            return [await engine.ask(one, Deadline(30)) for one in questions]

    assert all(isinstance(answer.value, Note) for answer in asyncio.run(one_after_the_other()))
    assert [row.outcome for row in sorted(calls(settings), key=lambda row: row.ended_at)] == ["invalid", "ok", "ok"]
    assert len(model.calls) == 3


def test_nobody_waits_while_it_is_found_out_whether_a_model_keeps_schemas_apart(
    tmp_path: Path, endpoint: Start
) -> None:
    model = endpoint(latency=0.3)
    questions = [question(number, schema_family=(Note, Other)) for number in range(4)]
    answers, _ = ask(settings_of(tmp_path, concurrency=4), *questions)
    assert all(isinstance(answer.value, Note) for answer in answers)
    assert (len(model.calls), model.max_in_flight) == (4, 4)


def test_what_was_asked_before_that_was_known_is_asked_as_if_it_had_been(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(latency=0.3, first_schema_only=True)
    questions = [question(number, schema_family=(Note, Other)) for number in range(4)]
    together, alone = settings_of(tmp_path / "together", concurrency=4), settings_of(tmp_path / "alone", concurrency=1)
    answers, _ = ask(together, *questions)
    assert [row.outcome for row in calls(together)].count("ok") == 4
    assert len(calls(together)) == len(model.calls) <= 8
    expected, _ = ask(alone, *questions)
    assert [(answer.value, answer.usage) for answer in answers] == [(one.value, one.usage) for one in expected]


class Other(BaseModel):
    """Another note."""

    idea: str | None = Field(description="The idea.")


@pytest.mark.parametrize("fault", ["429", "408", "500", "503", "drop"])
def test_a_passing_trouble_is_tried_again(tmp_path: Path, endpoint: Start, fault: str) -> None:
    model = endpoint(plan=[fault])
    settings = settings_of(tmp_path)
    (answer,), spending = ask(settings, question())
    assert isinstance(answer.value, Note)
    assert (len(model.calls), spending.retries, calls(settings)[0].retries) == (2, 1, 1)


def test_retry_after_is_obeyed_by_everybody(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(plan=["429"], retry_after=1)
    settings = settings_of(tmp_path)

    async def one_after_the_other() -> None:
        async with LLM.open(settings, {DAY}) as engine:
            first = asyncio.create_task(engine.ask(question(1), Deadline(30)))
            while not model.calls:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            await asyncio.gather(first, engine.ask(question(2), Deadline(30)))

    asyncio.run(one_after_the_other())
    refused, *others = sorted(model.calls, key=lambda call: call.started)
    assert len(others) == 2
    assert all(call.started - refused.ended >= 0.98 for call in others)


def test_a_hanging_call_is_given_up_and_tried_again(tmp_path: Path, endpoint: Start) -> None:
    endpoint(plan=["hang"])
    settings = settings_of(tmp_path, timeout_seconds=0.3)
    (answer,), _ = ask(settings, question())
    assert isinstance(answer.value, Note)
    assert calls(settings)[0].retries >= 1


def test_a_paper_has_no_more_time_than_its_deadline(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(faults={"hang": 1.0})
    settings = settings_of(tmp_path, timeout_seconds=0.3)
    (error,), _ = ask(settings, question(), deadline=0.8)
    assert isinstance(error, ModelError)
    assert "in time" in str(error)
    assert len(model.calls) <= 3
    assert [row.outcome for row in calls(settings)] == ["failed"]


def test_a_wait_that_is_longer_than_the_deadline_is_not_begun(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(faults={"429": 1.0}, retry_after=100)
    (error,), _ = ask(settings_of(tmp_path), question(), deadline=5)
    assert isinstance(error, ModelError)
    assert len(model.calls) == 1


@pytest.mark.parametrize("fault", ["broken_json", "wrong_shape", "length"])
def test_an_answer_that_does_not_fit_is_repaired_by_one_call(tmp_path: Path, endpoint: Start, fault: str) -> None:
    model = endpoint(plan=[fault])
    settings = settings_of(tmp_path)
    (answer,), _ = ask(settings, question())
    assert isinstance(answer.value, Note)
    assert "not valid" in model.calls[-1].prompt
    rows = calls(settings)
    assert sorted(row.outcome for row in rows) == sorted(["truncated" if fault == "length" else "invalid", "ok"])
    assert answer.usage.input_tokens == kept(settings)[0].input_tokens == sum(row.input_tokens for row in rows)


@pytest.mark.parametrize("fault", ["broken_json", "wrong_shape", "length"])
def test_a_second_answer_that_does_not_fit_is_the_last(tmp_path: Path, endpoint: Start, fault: str) -> None:
    model = endpoint(faults={fault: 1.0})
    settings = settings_of(tmp_path)
    (error,), _ = ask(settings, question())
    assert isinstance(error, ModelError)
    assert "twice" in str(error)
    assert len(model.calls) == 2
    assert kept(settings) == []


@pytest.mark.parametrize("fault", ["refusal", "content_filter"])
def test_a_refusal_is_not_argued_with(tmp_path: Path, endpoint: Start, fault: str) -> None:
    model = endpoint(faults={fault: 1.0})
    (error,), _ = ask(settings_of(tmp_path), question())
    assert isinstance(error, RefusalError)
    assert len(model.calls) == 1


def test_a_second_model_answers_where_the_first_will_not(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(plan=["refusal"])
    settings = settings_of(tmp_path, fallback_model="second")
    (answer,), _ = ask(settings, question())
    assert answer.model == "second"
    assert [call.model for call in model.calls] == ["fake-llm", "second"]


def test_too_long_a_text_is_said_as_such(tmp_path: Path, endpoint: Start) -> None:
    endpoint(context_tokens=5)
    (error,), _ = ask(settings_of(tmp_path), question())
    assert isinstance(error, ContextError)


@pytest.mark.parametrize("formats", [{"json_object", "text"}, {"text"}])
def test_an_endpoint_without_schemas_gets_the_schema_in_words(
    tmp_path: Path, endpoint: Start, formats: set[str]
) -> None:
    model = endpoint(response_formats=frozenset(formats))
    answers, _ = ask(settings_of(tmp_path, concurrency=1), question(1))
    assert isinstance(answers[0].value, Note)
    before = len(model.calls)
    (answer,), _ = ask(settings_of(tmp_path, concurrency=1), question(2))
    assert isinstance(answer.value, Note)
    assert before == 2 + ("json_object" not in formats)


def test_words_hold_the_asked_for_schema_alone(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(response_formats=frozenset({"json_object"}))
    (answer,), _ = ask(
        settings_of(tmp_path, concurrency=1), question(response_model=Other, schema_family=(Note, Other))
    )
    assert isinstance(answer.value, Other)
    assert [call.outcome for call in model.calls] == ["no format", "ok"]
    assert '"idea"' in model.calls[-1].prompt
    assert '"anyOf": [{"$ref"' not in model.calls[-1].prompt


def test_a_wrong_key_closes_the_endpoint_and_is_not_repeated(
    tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = endpoint()
    monkeypatch.setenv("OPENAI_API_KEY", "wrong-and-secret")
    settings = settings_of(tmp_path, concurrency=1)

    async def in_turn() -> list[str]:
        said = []
        async with LLM.open(settings, {DAY}) as engine:
            for number in range(3):
                with pytest.raises(EndpointError) as caught:
                    await engine.ask(question(number), Deadline(30))
                said.append(str(caught.value))
        return said

    said = asyncio.run(in_turn())
    assert len(model.calls) == 1
    assert all("OPENAI_API_KEY" in text and "secret" not in text for text in said)


@pytest.mark.parametrize(("faults", "words"), [({"quota": 1.0}, "no money"), ({}, "does not know")])
def test_an_endpoint_that_can_answer_nobody_is_asked_once(
    tmp_path: Path, endpoint: Start, faults: dict[str, float], words: str
) -> None:
    model = endpoint(faults=faults, unavailable_models=frozenset({"fake-llm"}))
    settings = settings_of(tmp_path)

    async def in_turn() -> None:
        async with LLM.open(settings, {DAY}) as engine:
            for number in range(3):
                with pytest.raises(EndpointError, match=words):
                    await engine.ask(question(number), Deadline(30))

    asyncio.run(in_turn())
    assert len(model.calls) == 1


def test_an_endpoint_that_fails_for_everybody_counts_as_down(
    tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest_assets.llm.client._ATTEMPTS", 1)
    model = endpoint(faults={"500": 1.0})
    settings = settings_of(tmp_path, concurrency=2)

    async def in_turn() -> list[str]:
        said = []
        async with LLM.open(settings, {DAY}) as engine:
            for number in range(15):
                with pytest.raises(ModelError) as caught:
                    await engine.ask(question(number), Deadline(30))
                said.append(str(caught.value))
        return said

    said = asyncio.run(in_turn())
    assert len(model.calls) == 10
    assert "many papers in a row" in said[-1]


def test_no_key_is_said_at_once_and_nothing_is_asked(
    tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = endpoint()
    monkeypatch.delenv("OPENAI_API_KEY")
    settings = settings_of(tmp_path)
    assert "OPENAI_API_KEY" in (explain_unready_models(settings) or "")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        require_ready_models(settings)
    (error,), _ = ask(settings, question())
    assert isinstance(error, EndpointError)
    assert str(error) == "no model: OPENAI_API_KEY is not set"
    assert model.calls == []


def test_no_key_is_needed_for_what_was_kept(tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint()
    settings = settings_of(tmp_path)
    ask(settings, question())
    monkeypatch.delenv("OPENAI_API_KEY")
    (answer,), _ = ask(settings, question())
    assert isinstance(answer.value, Note)


def test_the_extractive_engine_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path))
    assert explain_unready_models(settings) is None
    require_ready_models(settings)


PRICES = {"fake-llm": {"input": 1000.0, "cached_input": 100.0, "output": 2000.0}}


def test_money_is_counted_by_the_price_table(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = settings_of(tmp_path, prices=PRICES)
    (answer,), _ = ask(settings, question())
    expected = (answer.usage.input_tokens * 1000 + answer.usage.output_tokens * 2000) / 1e6
    assert answer.usage.cost_usd == pytest.approx(expected)
    assert calls(settings)[0].cost_usd == kept(settings)[0].cost_usd == pytest.approx(expected)


def test_the_budget_holds_over_runs_and_within_a_call_per_worker(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint(latency=0.05)
    (probe,), _ = ask(settings_of(tmp_path / "probe", prices=PRICES), question(100))
    one, limit, workers = probe.usage.cost_usd, probe.usage.cost_usd * 10, 4
    settings = settings_of(tmp_path, prices=PRICES, budget_usd=limit, concurrency=workers)
    model.reset()

    async def run(numbers: range) -> list[str]:
        async with LLM.open(settings, {DAY}) as engine:
            left, outcomes = iter(numbers), []

            async def work() -> None:
                for number in left:
                    try:
                        await engine.ask(question(number), Deadline(30))
                        outcomes.append("ok")
                    except BudgetError as error:
                        outcomes.append(str(error))

            await asyncio.gather(*(work() for _ in range(workers)))
            return outcomes

    outcomes = asyncio.run(run(range(101, 140)))
    spent = sum(row.cost_usd for row in calls(settings))
    assert limit - workers * one * 1.1 <= spent <= limit + workers * one * 1.1
    assert len(outcomes) == 39
    assert any("the day's budget" in outcome for outcome in outcomes)
    # Another run knows what the first one spent.
    asyncio.run(run(range(140, 160)))
    assert sum(row.cost_usd for row in calls(settings)) <= limit + workers * one * 1.1


def test_a_run_has_a_budget_of_its_own(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = settings_of(tmp_path, prices=PRICES, run_budget_usd=0.0)
    (error,), spending = ask(settings, question())
    assert isinstance(error, BudgetError)
    assert "the run's budget" in str(error)
    assert spending.calls == 0


def test_the_key_stands_in_no_table(tmp_path: Path, endpoint: Start) -> None:
    endpoint(plan=["500"])
    settings = settings_of(tmp_path)
    ask(settings, question(1), question(2))
    assert API_KEY.encode() not in Path(settings.database).read_bytes()
