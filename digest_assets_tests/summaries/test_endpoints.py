"""A day's summaries by endpoints as they really are: what they answer, and what becomes of each paper."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings
from digest_assets.llm.tables import LLM_CALLS, LLMCallRow
from digest_assets.summaries.tables import SummaryRow
from digest_assets.testing.scripted_endpoint import API_KEY, ScriptedAnswer, ScriptedEndpoint, make_completion
from digest_assets.testing.summary_days import (
    load_summaries,
    make_llm_settings,
    materialise_asset,
    store_day,
)
from digest_assets.warehouse import open_warehouse

SUMMARY = "A method called X is proposed. It works. It gains 3 points on Y over Z. It is useful."
GOOD = json.dumps({"summary": SUMMARY})
Script = Callable[[dict[str, Any]], ScriptedAnswer]
Serve = Callable[[Script], ScriptedEndpoint]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts an endpoint with a script and points the environment at it."""
    with ExitStack() as stack:

        def start(script: Script) -> ScriptedEndpoint:
            running = stack.enter_context(ScriptedEndpoint(script))
            for name, value in running.get_environment().items():
                monkeypatch.setenv(name, value)
            return running

        yield start


def make_day(
    folder: Path, papers: int = 2, report: ReportName = "daily_table", paragraphs: int = 3, **summaries: Any
) -> tuple[Settings, list[SummaryRow], list[LLMCallRow]]:
    """A day's summaries for one report, one call at a time, and its ledger."""
    reports = {name: {"enabled": name == report} for name in ("daily_table", "category_digest", "deep_read")}
    reports |= {"topic_digest": {"enabled": False}, "field_review": {"enabled": False}}
    language = summaries.pop("language", "en")
    reports[report] = {**reports.get(report, {}), "enabled": True, "language": language}
    settings = make_llm_settings(folder, reports=reports, **{"concurrency": 1, "deadline_seconds": 10, **summaries})
    store_day(settings, papers, [report], paragraphs=paragraphs)
    materialise_asset(settings)
    calls = LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))
    return settings, load_summaries(settings), sorted(calls, key=lambda call: call.ended_at)


def answer(content: Any, **values: Any) -> Script:
    return lambda _: ScriptedAnswer.from_json(make_completion(content, **values))


def fail(status: int, message: str, code: Any = None, headers: dict[str, str] | None = None) -> ScriptedAnswer:
    return ScriptedAnswer.from_json({"error": {"message": message, "code": code}}, status, headers)


TAKEN = {
    "plain": GOOD,
    "parts": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": GOOD}],
    "thoughts without a beginning": f'The schema wants {{"summary": "..."}} so.\n</think>\n\n{GOOD}',
    "thoughts in other tags": f'<thinking>draft {{"summary": 1}}</thinking>\n{GOOD}',
    "trailing comma": GOOD[:-1] + ",}",
    "a fence and talk": f'Here it is, "as asked" {{mostly}}:\n```json\n{GOOD}\n```\nHope it {{helps}}!',
    "a raw line's end": GOOD.replace("works. ", "works.\n"),
    "twice": GOOD + "\n" + GOOD,
    "encoded twice": json.dumps(GOOD),
    "with the schema's name around it": json.dumps({"DailyTable": {"summary": SUMMARY}}),
}


@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN)
def test_an_answer_that_can_be_read_is_taken_by_one_call(tmp_path: Path, serve: Serve, content: Any) -> None:
    serve(answer(content))
    _, (row,), (call,) = make_day(tmp_path, papers=1)
    assert (row.engine, row.failed, row.note, call.outcome) == ("openai", False, None, "ok")
    assert "It gains 3" in row.fields


def test_a_tool_call_is_an_answer(tmp_path: Path, serve: Serve) -> None:
    serve(answer(None, tool_calls=[{"type": "function", "function": {"name": "x", "arguments": GOOD}}]))
    _, (row,), calls = make_day(tmp_path, papers=1)
    assert (row.engine, len(calls)) == ("openai", 1)


def test_tex_with_one_backslash_stands_in_the_summary(tmp_path: Path, serve: Serve) -> None:
    formula = r"$\theta \times \frac{1}{2}$ with $\beta=3$, $\nabla f$ and $\rho$"
    serve(answer(f'{{"summary": "The proposed filter minimises {formula} on maps."}}'))
    _, (row,), _ = make_day(tmp_path, papers=1)
    text = json.loads(row.fields)["summary"]
    assert all(command in text for command in (r"\theta", r"\times", r"\frac", r"\beta", r"\nabla", r"\rho"))


REFUSED = {
    "noise": ('{"summary":"}}}} ,,,, the the the the the the the the"}', "en", "no words"),
    "a brace": ("}", "en", "form"),
    "the description given back": (
        '{"summary": "One paragraph of four to six sentences: what it is, its objective, its method, a result with its '
        'figure, and what it means for practitioners."}',
        "en",
        "instruction",
    ),
    "English for Chinese": (GOOD, "zh", "not written in Simplified Chinese"),
    "Chinese for English": (json.dumps({"summary": "本文提出一种方法，提高了三个百分点。"}), "en", "not written in English"),
    "another paper": (
        json.dumps({"summary": "Zebras graze quietly beneath acacia trees whenever sunshine warms savannah grasslands."}),
        "en",
        "something else",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "language", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_summary_is_refused_and_counted(
    tmp_path: Path, serve: Serve, content: str, language: str, words: str
) -> None:
    serve(answer(content))
    _, (row,), calls = make_day(tmp_path, papers=1, language=language)
    assert (row.engine, row.failed) == ("extractive", True)
    assert words in (row.note or "")
    assert {call.outcome for call in calls} == {"invalid"}
    assert all(call.output_tokens == 200 for call in calls)


CLOSED = {
    "no money": (fail(402, "Insufficient Balance"), "no money left", 1),
    "quota": (fail(429, "You exceeded your current quota, please check your plan and billing details."), "no money", 1),
    "hard limit": (fail(400, "Billing hard limit has been reached"), "no money left", 1),
    "no model": (fail(404, 'model "qwen9" not found, try pulling it first'), 'said: model "qwen9" not found', 1),
    "nothing loaded": (fail(404, "No models loaded. Please load a model."), "No models loaded", 1),
    "region": (fail(403, "Country, region, or territory not supported"), "territory not supported", 1),
    "key": (fail(401, f"Incorrect API key: {API_KEY}"), "check OPENAI_API_KEY", 1),
    "a day's limit": (
        fail(429, "Rate limit reached on tokens per day (TPD). Please try again in 25m.", headers={"Retry-After": "20"}),
        "asks to wait for 25 minutes",
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "words", "calls"), CLOSED.values(), ids=CLOSED)
def test_an_endpoint_that_can_answer_nobody_is_closed_and_says_what_to_do(
    tmp_path: Path, serve: Serve, reply: ScriptedAnswer, words: str, calls: int
) -> None:
    endpoint = serve(lambda _: reply)
    _, rows, ledger = make_day(tmp_path, papers=5)
    assert len(endpoint.requests) == len(ledger) == calls
    assert all(row.failed and words in (row.note or "") and API_KEY not in (row.note or "") for row in rows)


def test_a_content_filter_stops_one_paper(tmp_path: Path, serve: Serve) -> None:
    def script(body: dict[str, Any]) -> ScriptedAnswer:
        if "kind 1 " in body["messages"][1]["content"]:
            return fail(400, "The response was filtered due to the prompt triggering content management policy.")
        return ScriptedAnswer.from_json(make_completion(GOOD))

    serve(script)
    _, rows, _ = make_day(tmp_path)
    assert [row.failed for row in rows] == [True, False]
    assert "content filter" in (rows[0].note or "")


PASSING = {
    "an error inside a 200": ScriptedAnswer.from_json({"error": {"message": "Provider returned error", "code": 502}}),
    "JSON that the provider could not validate": fail(400, "Failed to validate JSON.", "json_validate_failed"),
    "a cut connection": ScriptedAnswer(None),
}


@pytest.mark.parametrize("first", PASSING.values(), ids=PASSING)
def test_a_passing_trouble_is_asked_again(tmp_path: Path, serve: Serve, first: ScriptedAnswer) -> None:
    answers = iter([first])
    serve(lambda _: next(answers, ScriptedAnswer.from_json(make_completion(GOOD))))
    _, (row,), (call,) = make_day(tmp_path, papers=1)
    assert (row.failed, call.retries) == (False, 1)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (413, "Request too large for model `m` on tokens per minute (TPM): Limit 12000, Requested 25000"),
        (429, "Request too large for m on tokens per min (TPM). The input or output tokens must be reduced."),
        (400, "Input is too long for requested model."),
        (400, "The input token count (1204834) exceeds the maximum number of tokens allowed (1048576)."),
    ],
)
def test_a_text_that_is_too_long_is_split_and_never_repeated(
    tmp_path: Path, serve: Serve, status: int, message: str
) -> None:
    seen: list[str] = []

    def script(body: dict[str, Any]) -> ScriptedAnswer:
        prompt = body["messages"][1]["content"]
        assert prompt not in seen
        seen.append(prompt)
        if len(prompt) > 12_000:
            return fail(status, message)
        schema = body["response_format"]["json_schema"]["schema"]["properties"]
        return ScriptedAnswer.from_json(
            make_completion(
                json.dumps({"summary": SUMMARY} if "summary" in schema else {name: [SUMMARY] for name in schema})
            )
        )

    serve(script)
    _, (row,), _ = make_day(tmp_path, papers=1, paragraphs=40)
    assert (row.engine, row.failed, row.note) == ("openai", False, None)
    assert len(seen) >= 3
