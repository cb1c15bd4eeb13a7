"""Answers of endpoints as they are documented and reported, each with what a whole day makes of it.

A judgement serves an endpoint that gives the answer, makes a day, and looks at its summaries, ledger and report.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digest_assets.testing.model_days import ModelDay, make_model_day, run_model_day
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import API_KEY, ScriptedEndpoint, answer_well, make_completion

SUMMARY = "A method called X is proposed. It works. It gains 3 points on Y over Z. It is useful."
GOOD = json.dumps({"summary": SUMMARY})
Serve = Callable[[Callable[[dict[str, Any]], ScriptedAnswer]], ScriptedEndpoint]
Judgement = Callable[[Path, Serve, ScriptedAnswer], None]
SCHEMA_IN_WORDS = "Answer with one JSON object of this JSON schema"


def say(content: Any, **values: Any) -> ScriptedAnswer:
    """A completion."""
    return ScriptedAnswer.from_json(make_completion(content, **values))


def fail(status: int, message: str, code: Any = None, headers: dict[str, str] | None = None) -> ScriptedAnswer:
    """An error as most endpoints write it."""
    return ScriptedAnswer.from_json({"error": {"message": message, "code": code}}, status, headers)


def check_blocks(day: ModelDay) -> None:
    """Every paper has its block in the report; what fell back is labelled, and nothing repeats the key."""
    (text,) = day.texts.values()
    assert {row.id for row in day.rows} == set(re.findall(r"arxiv\.org/abs/([\d.]+)", text))
    for row in day.rows:
        assert (row.engine == "extractive") == row.failed
        assert not row.failed or row.note
        assert API_KEY not in (row.note or "") + text
    assert text.count("written by m") == sum(not row.failed for row in day.rows)


def is_closed(words: str, calls: int = 1) -> Judgement:
    """Nobody is asked any more, and every paper says why in these words."""

    def judge(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
        endpoint = serve(lambda _: answer)
        day = make_model_day(folder, papers=5)
        check_blocks(day)
        assert len(endpoint.requests) == len(day.calls) == calls
        assert {call.outcome for call in day.calls} == {"failed"}
        assert all(row.failed and words in (row.note or "") for row in day.rows), day.rows[0].note

    return judge


def is_taken(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """It is the summary, by one call."""
    _take(folder, serve, answer)


def _take(folder: Path, serve: Serve, answer: ScriptedAnswer, paragraphs: int = 3) -> ModelDay:
    serve(lambda _: answer)
    day = make_model_day(folder, papers=1, paragraphs=paragraphs)
    check_blocks(day)
    assert [call.outcome for call in day.calls] == ["ok"]
    assert not day.rows[0].failed
    return day


def counts_thinking(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """What the total has beyond the prompt was paid."""
    (call,) = _take(folder, serve, answer).calls
    assert (call.input_tokens, call.output_tokens) == (1000, 2200)


def is_estimated(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """It is taken, and its tokens are estimated and marked so."""
    (call,) = _take(folder, serve, answer).calls
    assert call.tokens_estimated
    assert call.input_tokens > 100
    assert call.output_tokens > 10


def is_marked_as_cut(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """The endpoint counts far fewer tokens than were sent: the summary says how much was read, also made again."""
    day = _take(folder, serve, answer, paragraphs=150)
    assert re.search(r"read only the first [\d,]+ of about", day.rows[0].note or "")
    assert run_model_day(day.settings).rows == day.rows


def keeps_tex(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """TeX with one backslash stands in the report, and no mark inside a formula."""
    (text,) = _take(folder, serve, answer).texts.values()
    assert all(command in text for command in (r"\theta", r"\times", r"\frac", r"\beta", r"\nabla", r"\rho"))
    assert all("⚠" not in formula for formula in re.findall(r"\$([^$]+)\$", text))


def is_asked_again(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """The same call is made once more."""
    first = iter([answer])
    endpoint = serve(lambda body: next(first, None) or answer_well(body))
    day = make_model_day(folder)
    check_blocks(day)
    assert [(call.outcome, call.retries) for call in day.calls] == [("ok", 1), ("ok", 0)]
    assert endpoint.requests[0] == endpoint.requests[1]


def is_split(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """The text is read in parts, and nothing is sent twice."""
    longest = 12_000  # characters

    def script(body: dict[str, Any]) -> ScriptedAnswer:
        return answer if len(body["messages"][1]["content"]) > longest else answer_well(body)

    endpoint = serve(script)
    day = make_model_day(folder, papers=1, paragraphs=40)
    check_blocks(day)
    assert not day.rows[0].failed, day.rows[0].note
    outcomes = [call.outcome for call in day.calls]
    assert outcomes.count("context_overflow") >= 1
    assert outcomes.count("ok") >= 3
    sent = [json.dumps(body["messages"]) for body in endpoint.requests]
    assert len(set(sent)) == len(sent) == len(day.calls)


def steps_down(mark: str) -> Judgement:
    """What the endpoint refuses (a body with this mark) is refused once, and remembered over runs."""

    def judge(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
        endpoint = serve(lambda body: answer if mark in json.dumps(body["response_format"]) else answer_well(body))
        day = make_model_day(folder, papers=3, of_reports=("daily_table", "deep_read"))
        assert not any(row.failed for row in day.rows), day.rows[0].note
        refused = [body for body in endpoint.requests if mark in json.dumps(body["response_format"])]
        shapes = len({body["response_format"]["json_schema"]["name"] for body in refused})
        assert len(refused) == shapes <= 2  # the shared schema, and that of one report
        asked = len(endpoint.requests)
        assert asked - len(refused) == len(day.calls) == 6
        run_model_day(day.settings, refresh=True)
        assert len(endpoint.requests) == asked + 6

    return judge


def is_told_in_words(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """An endpoint that ignores the schema gets it in words; the next papers cost one call each."""
    serve(lambda body: answer_well(body) if SCHEMA_IN_WORDS in body["messages"][1]["content"] else answer)
    day = make_model_day(folder, papers=3)
    check_blocks(day)
    assert [call.outcome for call in day.calls] == ["invalid", "ok", "ok", "ok"]
    again = run_model_day(day.settings, refresh=True)
    assert [call.outcome for call in again.calls[4:]] == ["ok", "ok", "ok"]


def is_asked_shorter(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """The answers' bound is what the account can afford, from the first call on that met it."""
    affordable = 21_000

    def script(body: dict[str, Any]) -> ScriptedAnswer:
        return answer if body["max_tokens"] > affordable else answer_well(body)

    endpoint = serve(script)
    day = make_model_day(folder, max_output_tokens=65_535)
    check_blocks(day)
    assert not any(row.failed for row in day.rows), day.rows[0].note
    assert [body["max_tokens"] for body in endpoint.requests] == [65_535, affordable, affordable]


def is_all_thoughts(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """It is counted, and not asked for again unchanged."""
    serve(lambda _: answer)
    day = make_model_day(folder, papers=1)
    check_blocks(day)
    assert [(call.outcome, call.output_tokens) for call in day.calls] == [("truncated", 16_384)]
    assert "16,384 tokens on thoughts" in (day.rows[0].note or "")


def is_refused(words: str, language: str = "en", report: str = "daily_table") -> Judgement:
    """It is no summary: extracted instead, labelled, a failure; every call is in the ledger."""

    def judge(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
        endpoint = serve(lambda _: answer)
        day = make_model_day(folder, papers=1, language=language, of_reports=(report,))
        check_blocks(day)
        (row,) = day.rows
        assert row.failed
        assert words in (row.note or ""), row.note
        assert {call.outcome for call in day.calls} == {"invalid"}
        assert [call.output_tokens for call in day.calls] == [200] * len(endpoint.requests)

    return judge


def is_refused_uncounted(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """It is nothing, twice, and its tokens are estimated."""
    serve(lambda _: answer)
    day = make_model_day(folder, papers=1)
    check_blocks(day)
    assert [(call.outcome, call.tokens_estimated) for call in day.calls] == [("invalid", True)] * 2


def stops_one_paper(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """One paper is refused and labelled, the others are read."""
    serve(lambda body: answer if "kind 1 " in body["messages"][1]["content"] else answer_well(body))
    day = make_model_day(folder)
    check_blocks(day)
    assert [row.failed for row in day.rows] == [True, False]
    assert "filter" in (day.rows[0].note or "")


def is_asked_with_a_lower_cap(cap: int, requests: int = 3) -> Judgement:
    """The answers' bound is what the model writes, or has room for; nothing is split or lost."""

    def judge(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
        endpoint = serve(lambda body: answer if body["max_tokens"] > cap else answer_well(body))
        day = make_model_day(folder)
        check_blocks(day)
        assert not any(row.failed for row in day.rows), day.rows[0].note
        assert [call.outcome for call in day.calls] == ["ok", "ok"]
        assert endpoint.requests[-1]["max_tokens"] == cap
        assert len(endpoint.requests) == requests

    return judge


def is_asked_without_system_message(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """What the system message says opens the user's, from then on, over runs."""
    endpoint = serve(lambda body: answer if body["messages"][0]["role"] == "system" else answer_well(body))
    day = make_model_day(folder)
    check_blocks(day)
    assert not any(row.failed for row in day.rows), day.rows[0].note
    run_model_day(day.settings, refresh=True)
    systems = [body["messages"][0]["role"] == "system" for body in endpoint.requests]
    assert systems == [True, False, False, False, False]
    told = endpoint.requests[0]["messages"][0]["content"]
    assert endpoint.requests[-1]["messages"][0]["content"].startswith(told)


def is_closed_after_one_wait(folder: Path, serve: Serve, answer: ScriptedAnswer) -> None:
    """A day's limit is waited for once, as it asks; when it comes again, nobody is asked any more."""
    endpoint = serve(lambda _: answer)
    day = make_model_day(folder, papers=5)
    check_blocks(day)
    assert len(endpoint.requests) == 2
    assert all(row.failed and "until another day" in (row.note or "") for row in day.rows), day.rows[0].note


NO_MONEY = is_closed("no money left")
BAD_ADDRESS = is_closed("no JSON but text/html: check OPENAI_BASE_URL (it mostly ends in /v1)", 3)
NO_USAGE = {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}
THOUGHTS = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
TEX = (
    r"We minimise $\theta \times \frac{1}{2}$ with $\beta=3$, $\nabla f$ and $\rho$ on maps at night; the filter gains."
)

# By name: the answer, and what is right.
ANSWERS: dict[str, tuple[ScriptedAnswer, Judgement]] = {
    "openai_quota_azure_style": (fail(429, "You exceeded your current quota, please check your plan."), NO_MONEY),
    "openai_hardlimit": (fail(400, "Billing hard limit has been reached"), NO_MONEY),
    "openai_firstkeys": (
        fail(400, "Invalid schema: Objects provided via 'anyOf' must not share identical first keys."),
        steps_down('"anyOf"'),
    ),
    "gemini_states": (
        ScriptedAnswer.from_json([{"error": {"message": "The schema has too many states for serving."}}], 400),
        steps_down("json_schema"),
    ),
    "gemini_ctx": (
        fail(400, "The input token count (1204834) exceeds the maximum number of tokens allowed (1048576)."),
        is_split,
    ),
    "gemini_usage": (
        say(GOOD, usage={"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 3200}),
        counts_thinking,
    ),
    "deepseek_402": (fail(402, "Insufficient Balance", "invalid_request_error"), NO_MONEY),
    "deepseek_schema": (fail(400, "This response_format type is unavailable now"), steps_down("json_schema")),
    "anthropic_ignores_prose": (say("# Summary\n\nThe paper proposes X, which gains 3 points."), is_told_in_words),
    "groq_413": (fail(413, "Request too large for model `m` on tokens per minute (TPM): Limit 12000"), is_split),
    "openai_tpm_toolarge": (
        fail(429, "Request too large for m on tokens per min (TPM). The input or output tokens must be reduced."),
        is_split,
    ),
    "groq_validate": (fail(400, "Failed to validate JSON.", "json_validate_failed"), is_asked_again),
    "openrouter_402": (
        fail(402, "This request requires more credits, or fewer max_tokens. You can only afford 21000."),
        is_asked_shorter,
    ),
    "openrouter_200err": (fail(200, "Provider returned error", 502), is_asked_again),
    "ollama_trunc": (
        say(GOOD, usage={"prompt_tokens": 4096, "completion_tokens": 200, "total_tokens": 4296}),
        is_marked_as_cut,
    ),
    "ollama_404": (fail(404, 'model "q9" not found, try pulling it first'), is_closed("not found, try pulling")),
    "wrongurl_html200": (ScriptedAnswer(200, b"<!doctype html><html>A page</html>", "text/html"), BAD_ADDRESS),
    "content_list": (say([THOUGHTS, {"type": "text", "text": GOOD}]), is_taken),
    "usage_nulls": (say(GOOD, usage=NO_USAGE), is_estimated),
    "think_all": (
        say("", finish="length", usage={"prompt_tokens": 1000, "completion_tokens": 16384, "total_tokens": 17384}),
        is_all_thoughts,
    ),
    "think_noopen": (say(f'I fill {{"summary": ...}} as asked.\n</think>\n\n{GOOD}'), is_taken),
    "tex_valid_escapes": (say(f'{{"summary": "{TEX}"}}'), keeps_tex),
    "xai_403": (
        ScriptedAnswer.from_json({"code": "no permission", "error": "Your team has used all available credits."}, 403),
        NO_MONEY,
    ),
    "openai_403_region": (
        fail(403, "Country, region, or territory not supported"),
        is_closed("territory not supported"),
    ),
    "retryafter": (
        fail(429, "Rate limit on tokens per day (TPD). Please try again in 25m.", headers={"Retry-After": "20"}),
        is_closed("asks to wait for 25 minutes"),
    ),
    "bedrock_ctx": (fail(400, "Input is too long for requested model."), is_split),
    "vllm_ctx2": (
        fail(400, "You passed 11000 input tokens. However, the model's context length is only 8192 tokens."),
        is_split,
    ),
    "lmstudio_nomodel": (fail(404, "No models loaded. Please load a model."), is_closed("No models loaded")),
    "garbage": (say('{"summary":"}}}} ,,,, the the the the the the the the"}'), is_refused("no words")),
    "azure_filter": (fail(400, "The response was filtered: content management policy."), stops_one_paper),
    "drop": (ScriptedAnswer(None), is_asked_again),
    # Others of these kinds.
    "deepseek_max_tokens": (
        fail(400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"),
        is_asked_with_a_lower_cap(8192),
    ),
    "vllm_room": (
        fail(400, "This model's maximum context length is 8192 tokens. However, you requested 18000 tokens (2000 in the "
             "messages, 16000 in the completion)."),
        is_asked_with_a_lower_cap(6192, 4),
    ),
    "output cap without a number": (fail(400, "max_tokens is too large"), is_asked_with_a_lower_cap(4000, 4)),
    "gemma_system": (fail(400, "Developer instruction is not enabled for models/m"), is_asked_without_system_message),
    "template_roles": (
        fail(500, "Conversation roles must alternate user/assistant/user/assistant/..."), is_asked_without_system_message
    ),
    "gemini_daily": (
        fail(429, "Quota exceeded: GenerateRequestsPerDayPerProjectPerModel. Please retry in 0.05s."),
        is_closed_after_one_wait,
    ),
    "openrouter_daily": (
        fail(429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests"),
        is_closed("until another day"),
    ),
    "lmstudio_no_v1": (
        ScriptedAnswer.from_json({"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
        is_closed("it mostly ends in /v1"),
    ),
    "minimax_200": (
        ScriptedAnswer.from_json({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
        NO_MONEY,
    ),
    "openrouter_wrapped": (
        ScriptedAnswer.from_json(
            {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": json.dumps(
                {"error": {"message": "This model's maximum context length is 8192 tokens."}})}}}, 400),
        is_split,
    ),
    "bedrock_throttled": (fail(429, "Too many tokens, please wait before trying again."), is_asked_again),
    "broken off": (say('{"summary": "half', finish="error"), is_asked_again),
    "cut body": (ScriptedAnswer(200, b'{"choices": [{"message": {"content": "half'), is_asked_again),
    "gemini_blocked": (
        ScriptedAnswer.from_json({"choices": [{"index": 0, "finish_reason": "content_filter: PROHIBITED_CONTENT"}]}),
        stops_one_paper,
    ),
    "stream unasked": (
        ScriptedAnswer(
            200,
            b"".join(b"data: " + json.dumps({"model": "m", "choices": [{"delta": {"content": piece}}]}).encode() + b"\n\n"
                     for piece in (GOOD[:40], GOOD[40:])) + b"data: [DONE]\n\n",
            "text/event-stream",
        ),
        is_taken,
    ),
    "blanks to the end": (say(GOOD + "\n" * 300, finish="length"), is_taken),
    "empty": (say(None, usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}), is_refused_uncounted),
    "stuck": (say(json.dumps({"summary": "The filter gains on maps at night. " * 40})), is_refused("again and again")),
    "Japanese for Chinese": (
        say(json.dumps({"summary": "本論文では夜間の地図のためのフィルタを提案し、精度が向上することを示した。"})),
        is_refused("not written in Simplified Chinese", "zh"),
    ),
    "plain": (say(GOOD), is_taken),
    "thoughts in other tags": (say(f'<thinking>draft {{"summary": 1}}</thinking>\n{GOOD}'), is_taken),
    "trailing comma": (say(GOOD[:-1] + ",}"), is_taken),
    "tool call": (say(None, tool_calls=[{"type": "function", "function": {"name": "x", "arguments": GOOD}}]), is_taken),
    "fence and talk": (say(f'Here it is, {{mostly}}:\n```json\n{GOOD}\n```\nHope it {{helps}}!'), is_taken),
    "raw line's end": (say(GOOD.replace("works. ", "works.\n")), is_taken),
    "twice": (say(GOOD + "\n" + GOOD), is_taken),
    "encoded twice": (say(json.dumps(GOOD)), is_taken),
    "inside the schema's name": (say(json.dumps({"DailyTable": {"summary": SUMMARY}})), is_taken),
    "key": (fail(401, f"Incorrect API key: {API_KEY}"), is_closed("check OPENAI_API_KEY")),
    "brace": (say("}"), is_refused("form")),
    "instruction given back": (
        say('{"summary": "One paragraph of four to six sentences, about 90 to 130 words"}'),
        is_refused("instruction"),
    ),
    "English for Chinese": (say(GOOD), is_refused("not written in Simplified Chinese", "zh")),
    "Chinese for English": (
        say(json.dumps({"summary": "本文提出一种方法,提高了三个百分点。"})),
        is_refused("not written in English"),
    ),
    "Spanish for English": (
        say(json.dumps({"summary": "Se propone un filtro para mapas nocturnos. Funciona en diez escenas y gana tres puntos "
                        "sobre la base en todas ellas. Es rápido, pequeño, y muy útil cuando hay poca luz en las calles."})),
        is_refused("not written in English"),
    ),
    "Dutch for English": (
        say(json.dumps({"summary": "Wij stellen een filter voor kaarten van de nacht voor. Het werkt in tien scènes en wint "
                        "drie punten op alle andere. We zien dat het snel is of klein, en nuttig waar weinig licht is."})),
        is_refused("not written in English"),
    ),
    "no paper given": (
        say(json.dumps({"summary": "I cannot summarize the paper because no text was provided. Please provide the maps."})),
        is_refused("why it does not answer"),
    ),
    "xai_guidelines": (
        ScriptedAnswer.from_json({"code": "no permission", "error": "Content violates usage guidelines."}, 403),
        stops_one_paper,
    ),
    "forbidden without known words": (fail(403, "Request blocked"), is_closed("forbids the call (403)", 3)),
    "thoughts in parts": (say("", reasoning_details=[{"type": "reasoning.text", "text": GOOD}]), is_taken),
    "second tool call": (
        say(None, tool_calls=[{"function": {"name": "think", "arguments": "{}"}},
                              {"function": {"name": "x", "arguments": GOOD}}]),
        is_taken,
    ),
    "spelt in another way": (say(json.dumps({" Summary": SUMMARY})), is_taken),
    "lmstudio_reloaded": (fail(400, "Model reloaded."), is_asked_again),
    "tgi_424": (fail(424, "Request failed during generation"), is_asked_again),
    "another paper": (
        say('{"summary": "Zebras graze quietly beneath acacia trees whenever sunshine warms savannah grasslands."}'),
        is_refused("something else"),
    ),
}  # fmt: skip
