"""What endpoints send back, read: completions of every shape, and errors in every provider's words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.llm.provider_errors import FailedCallError, NoCompletionError, describe_long_wait, translate
from digest_assets.llm.requests import Completion
from digest_assets.llm.responses import describe_unread, read_completion, read_error

KEY = "sk-secret-0123456789"


def read(body: Any, content_type: str = "application/json", sent: int = 500) -> Completion:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_completion(raw, content_type, "asked", sent, KEY)


def completion(content: Any = "x", finish: Any = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return {"choices": [choice], "usage": usage, "model": "m"}


@pytest.mark.parametrize(
    "body",
    [
        completion("words"),
        completion([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "words"}]),
        completion(["wo", {"text": {"value": "rds"}, "type": "output_text"}]),
        completion(None, tool_calls=[{"function": {"name": "answer", "arguments": "words"}}]),
        completion(None, function_call={"arguments": "words"}),
        completion("", reasoning_content="words"),
        [completion("words")],
        {"choices": [{"text": "words"}]},
    ],
    ids=["text", "parts", "mixed parts", "tool call", "function call", "reasoning", "in a list", "old style"],
)  # fmt: skip
def test_the_answers_text_is_found_where_the_endpoint_puts_it(body: Any) -> None:
    assert read(body).content == "words"


@pytest.mark.parametrize(
    ("usage", "tokens", "is_estimated"),
    [
        ({"prompt_tokens": 90, "completion_tokens": 7, "total_tokens": 97}, (90, 0, 7), False),
        ({"prompt_tokens": 90, "completion_tokens": 7, "total_tokens": 300}, (90, 0, 210), False),
        ({"prompt_tokens": 90, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 64}}, (90, 64, 7), False),
        ({"prompt_tokens": 90, "completion_tokens": 7, "prompt_cache_hit_tokens": 64}, (90, 64, 7), False),
        ({"input_tokens": 90, "output_tokens": 7, "cache_read_input_tokens": 999}, (1089, 999, 7), False),
        ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, (500, 0, 10), True),
        (None, (500, 0, 10), True),
        ("lots", (500, 0, 10), True),
        ({"prompt_tokens": "90", "completion_tokens": -7, "total_tokens": 10**30}, (500, 0, 10), True),
    ],
)  # fmt: skip
def test_tokens_are_counted_in_every_spelling_and_estimated_where_there_are_none(
    usage: Any, tokens: tuple[int, int, int], is_estimated: bool
) -> None:
    answer = read(completion("word " * 8, usage=usage))
    counts = answer.counts
    assert (counts.input_tokens, counts.cached_tokens, counts.output_tokens) == tokens
    assert answer.tokens_estimated == is_estimated


def test_what_is_no_completion_is_said_with_its_own_words() -> None:
    with pytest.raises(
        NoCompletionError, match=r"no JSON but text/html: check OPENAI_BASE_URL .*/v1\); it said: Open WebUI"
    ):
        read(b"<!doctype html><html><body>Open WebUI</body></html>", "text/html")


def fail(status: int, body: Any, headers: dict[str, str] | None = None) -> FailedCallError:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return read_error(status, headers or {}, raw, KEY)


ERRORS = [
    # money
    (429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.", "money"),
    (400, "billing_hard_limit_reached", "Billing hard limit has been reached", "money"),
    (402, "invalid_request_error", "Insufficient Balance", "money"),
    (403, None, "Your team has either used all available credits or reached its monthly spending limit.", "money"),
    (400, None, "Your credit balance is too low to access the Anthropic API.", "money"),
    (402, 402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits", "money"),
    (403, None, "user [12345] quota [50000000] preConsumedQuota [150000000] is not enough", "money"),
    (403, "insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.00", "money"),
    (429, None, "Budget has been exceeded! Current cost: 10.2, Max budget: 10.0", "money"),
    (402, None, "This request requires more credits, or fewer max_tokens. You can only afford 21000.", "output cap"),
    # wait
    (429, "rate_limit_exceeded", "Rate limit reached for m on requests per min. Please try again in 20s.", "busy"),
    (429, 429, "You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: "
     "generate_content_free_tier_requests, limit: 15. Please retry in 36.2s.", "busy"),
    (429, "rate_limit_error", "This would exceed your organization's rate limit of 30,000 input tokens per minute. Please "
     "reduce the prompt length or the maximum tokens requested, or try again later.", "busy"),
    (529, "overloaded_error", "Overloaded", "busy"),
    (500, None, "Internal server error", "busy"),
    (400, "json_validate_failed", "Failed to validate JSON. Please adjust your prompt.", "again"),
    # length
    (400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.", "too long"),
    (400, 400, "The input token count (1204834) exceeds the maximum number of tokens allowed (1048576).", "too long"),
    (413, "rate_limit_exceeded", "Request too large for model `m` on tokens per minute (TPM): Limit 12000", "too long"),
    (429, "rate_limit_exceeded", "Request too large for m on tokens per min (TPM): Limit 30000, Requested 42000. The input "
     "or output tokens must be reduced in order to run successfully.", "too long"),
    (400, None, "Input is too long for requested model.", "too long"),
    (400, 400, "You passed 11000 input tokens and requested 1 output tokens. However, the model's context length is only "
     "8192 tokens", "too long"),
    (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "too long"),
    (500, None, "the request exceeds the available context size. try increasing the context size", "too long"),
    (413, None, "Payload Too Large", "too long"),
    # key, place, model, filter, format
    (401, "invalid_api_key", f"Incorrect API key provided: {KEY}.", "key"),
    (400, 400, "API key not valid. Please pass a valid API key.", "key"),
    (401, None, "无效的令牌", "key"),
    (403, "unsupported_country_region_territory", "Country, region, or territory not supported", "region"),
    (400, "FAILED_PRECONDITION", "User location is not supported for the API use.", "region"),
    (400, None, "User location is not supported for the API use without a billing account linked.", "region"),
    (404, None, 'model "qwen9" not found, try pulling it first', "model"),
    (404, "model_not_found", "No models loaded. Please load a model in the developer page.", "model"),
    (400, None, "The model `llama2` has been decommissioned and is no longer supported.", "model"),
    (503, None, "当前分组 default 下对于模型 m 无可用渠道", "model"),
    (404, "unknown_url", "Unknown request URL", "address"),
    (400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management "
     "policy.", "filter"),
    (400, None, "Content Exists Risk", "filter"),
    (400, None, "This response_format type is unavailable now", "format"),
    (400, None, "Invalid schema: Objects provided via 'anyOf' must not share identical first keys.", "format"),
    (400, None, "The specified schema produces a constraint that has too many states for serving.", "format"),
    (400, None, "temperature must be 1", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "kind"), ERRORS, ids=[f"{e[3]}: {e[2][:40]}" for e in ERRORS])
def test_an_errors_words_say_its_kind(status: int, code: Any, message: str, kind: str) -> None:
    failure = fail(status, {"error": {"message": message, "type": "error", "code": code, "param": None}})
    assert failure.kind.name == kind
    error = translate(failure, "m")
    assert isinstance(error, failure.kind.error)
    assert message[:40].replace(KEY, "…") in str(error) or KEY in message
    assert KEY not in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "plain"}, "plain"),
        ({"message": "Unauthorized"}, "Unauthorized"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        (b"<html><head><title>502</title></head><body>Bad\nGateway</body></html>", "502 Bad Gateway"),
        (b"\xff\xfe\x00 plain bytes", "plain bytes"),
        ({"error": {"message": f"bad {KEY} and sk-ab****yz. " + "w" * 300}}, "bad … and …"),
        ({}, ""),
    ],
)  # fmt: skip
def test_the_endpoints_own_words_are_quoted_in_short_and_without_the_key(body: Any, words: str) -> None:
    failure = fail(500, body)
    assert words in failure.words
    assert len(failure.words) <= 150
    assert KEY not in failure.words


@pytest.mark.parametrize(
    ("words", "headers", "seconds"),
    [
        ("Please try again in 25m.", {"retry-after": "20"}, 1500),
        ("Please try again in 1h2m3.5s", {}, 3723.5),
        ("Please retry in 36.2s.", {}, 36.2),
        ("Please try again in 120ms.", {"retry-after-ms": "2500"}, 2.5),
        ("Try again after 5 minutes", {}, 300),
        ("no hint", {}, None),
    ],
)
def test_the_longer_of_the_headers_and_the_words_wait_counts(
    words: str, headers: dict[str, str], seconds: float | None
) -> None:
    failure = fail(429, {"error": {"message": words}}, headers)
    assert failure.seconds_to_wait == (seconds if seconds is None else pytest.approx(seconds))


def test_a_limit_of_a_day_says_how_long_it_lasts() -> None:
    failure = fail(429, {"error": {"message": "Rate limit reached on tokens per day (TPD). Please try again in 25m."}})
    assert failure.is_daily_limit
    assert "for 25 minutes" in str(describe_long_wait(failure, "m"))


def test_a_prompt_that_was_cut_off_by_the_server_is_noticed() -> None:
    answer = read(completion("x", usage={"prompt_tokens": 4096, "completion_tokens": 9}))
    assert "only the first 4,096 of about 20,000 tokens" in (describe_unread(20_000, answer) or "")
    assert describe_unread(5_000, answer) is None
    assert describe_unread(20_000, read(completion("x"), sent=20_000)) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "error", "usage", "model", "code", "text", "tool_calls", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()), st.integers(100, 999))
def test_whatever_comes_back_is_a_completion_or_an_error(body: bytes, status: int) -> None:
    failure = read_error(status, {}, body, KEY)
    assert str(translate(failure, "m"))
    assert failure.seconds_to_wait is None or failure.seconds_to_wait >= 0
    try:
        answer = read_completion(body, "", "m", 5, KEY)
    except (FailedCallError, NoCompletionError):
        return
    assert answer.counts.input_tokens >= answer.counts.cached_tokens >= 0
    assert answer.model
