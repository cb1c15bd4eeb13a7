"""What endpoints send back, read: completions of every shape, and errors in every provider's words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.errors import TransientModelError
from digest_assets.llm.provider_errors import (
    FailedCallError,
    NoCompletionError,
    describe_long_wait,
    quote_words,
    translate,
)
from digest_assets.llm.requests import Completion
from digest_assets.llm.responses import describe_unread, get_outcome, read_completion, read_error

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
        completion("", thinking="words"),
        completion(None, reasoning_details=[{"text": "wo"}, {"text": "rds"}]),
        [completion("words")],
        {"choices": [{"text": "words"}]},
        {"choices": [{"message": "words"}]},
        {"choices": [{"delta": {"content": "words"}}]},
        completion({"type": "text", "text": "words"}),
        {"code": 0, "message": "success", "data": completion("words")},
        json.dumps(completion("words"), indent=1).encode("utf-16"),
        b"\xef\xbb\xbf \n\n" + json.dumps(completion("words")).encode() + b"\n\ndata: [DONE]\n\n",
        json.dumps(completion("words")).encode() + b"data: [DONE]",
        b": PROCESSING\n\n"
        + b"".join(
            b"data: " + json.dumps(event).encode() + b"\n\n"
            for event in (
                {"choices": [{"delta": {"role": "assistant", "content": ""}, "finish_reason": None}], "usage": None},
                {"choices": [{"delta": {"reasoning_content": "hm"}}]},
                {"choices": [{"delta": {"content": "wo"}}]},
                {"choices": [{"delta": {"content": "rds"}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
            )
        )
        + b"data: [DONE]\n\n",
    ],
    ids=["text", "parts", "mixed parts", "tool call", "function call", "reasoning", "thinking", "details",
         "in a list", "old style", "message is text",
         "delta", "one part", "envelope", "UTF-16", "end of a stream", "end of a stream on its line", "stream"],
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


@pytest.mark.parametrize(
    ("finish", "outcome"),
    [
        ("stop", "ok"), (None, "ok"), ("eos_token", "ok"), ("end_turn", "ok"), ("STOP", "ok"), ("tool_calls", "ok"),
        ("MAX_TOKENS", "truncated"), ("model_context_window_exceeded", "truncated"),
        ("content_filter: PROHIBITED_CONTENT", "filtered"), ("RECITATION", "filtered"), ("SPII", "filtered"),
        ("BLOCKLIST", "filtered"), ("IMAGE_SAFETY", "filtered"), ("sensitive", "filtered"), ("content-filter", "filtered"),
    ],
)  # fmt: skip
def test_the_end_of_an_answer_is_read_in_every_providers_words(finish: Any, outcome: str) -> None:
    assert get_outcome(read(completion("x", finish))) == outcome


@pytest.mark.parametrize(
    "body",
    [
        completion('{"a": "half', "error"),
        completion("", "network_error"),
        completion('{"a": "half', "insufficient_system_resource"),
        {"choices": [{"message": {"content": ""}, "finish_reason": "stop", "native_finish_reason": "network_error"}]},
        b'{"id": "c", "choices": [{"message": {"content": "hal',
        {"error": "upstream connect error"},
        {"choices": [{"error": {"message": "Provider disconnected"}, "finish_reason": None}]},
    ],
    ids=["error", "network", "resources", "native reason", "cut body", "an error that is text", "error of the choice"],
)
def test_an_answer_that_the_endpoint_broke_off_may_be_asked_for_again(body: Any) -> None:
    with pytest.raises(FailedCallError) as caught:
        read(body)
    assert isinstance(translate(caught.value, "m"), TransientModelError)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "address"),
        ({"error": {"message": "The model `m` does not exist"}}, "model"),
        ({"id": "1", "choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "money"),
        ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail: Please carry the API secret key"}},
         "key"),
        ({"choices": None, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, "filter"),
        ({"error_code": 336007, "error_msg": "the max input length exceeded, context length is 7168"}, "too long"),
        ({"code": "InvalidApiKey", "message": "Invalid API-key provided."}, "key"),
        ({"object": "error", "message": "This model's maximum context length is 2048 tokens.", "code": 40303}, "too long"),
        ({"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "result": None}, "key"),
        ({"code": 429, "msg": "slow down"}, "busy"),
        ({"status": 500, "message": "oops"}, "busy"),
        ([{"error": {"code": 503, "message": "The service is currently unavailable."}}], "busy"),
    ],
)  # fmt: skip
def test_an_error_inside_a_200_has_its_kind_whatever_its_shape(body: Any, kind: str) -> None:
    with pytest.raises(FailedCallError) as caught:
        read(body)
    assert caught.value.kind.name == kind


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
    (403, 30001, "Sorry, your account balance is insufficient", "money"),
    (400, "Arrearage", "Access denied, please make sure your account is in good standing.", "money"),
    (403, "AccountOverdueError", "The request failed because your account has an overdue balance.", "money"),
    (429, "exceeded_current_quota_error", "Your account org-1 <ak-2> is suspended due to insufficient balance, please "
     "recharge your account or check your plan and billing details", "money"),
    (429, "1113", "余额不足或无可用资源包,请充值。", "money"),
    (500, None, "insufficient balance (1008)", "money"),
    (403, "NOT_ENOUGH_BALANCE", "not enough balance", "money"),
    (402, None, "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO.", "money"),
    (400, None, "You have reached your specified API usage limits. You will regain access on 2026-12-01.", "money"),
    (429, "billing_not_active", "Your account is not active, please check your billing details on our website.", "money"),
    (403, "PERMISSION_DENIED", "This API method requires billing to be enabled. Please enable billing.", "money"),
    (403, "INSUFFICIENT_BALANCE", "Insufficient account balance", "money"),
    (429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: m. "
     "Please retry in 25.4s.", "money"),
    (403, 403, "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys", "money"),
    (400, None, "Your project's spend cap was reached.", "money"),
    # how long an answer may be
    (400, None, "max_tokens is too large: 16384. This model supports at most 4096 completion tokens.", "output cap"),
    (400, None, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", "output cap"),
    (400, None, "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]", "output cap"),
    (400, None, "max_tokens: 16000 > 4096, which is the maximum allowed number of output tokens for m", "output cap"),
    (400, None, "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the "
     "`context_window` for this model", "output cap"),
    (400, None, "The maximum tokens you requested exceeds the model limit of 4096.", "output cap"),
    # wait
    (429, "rate_limit_exceeded", "Rate limit reached for m on requests per min. Please try again in 20s.", "busy"),
    (429, 429, "You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: "
     "generate_content_free_tier_requests, limit: 15. Please retry in 36.2s.", "busy"),
    (429, "rate_limit_error", "This would exceed your organization's rate limit of 30,000 input tokens per minute. Please "
     "reduce the prompt length or the maximum tokens requested, or try again later.", "busy"),
    (529, "overloaded_error", "Overloaded", "busy"),
    (500, None, "Internal server error", "busy"),
    (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", "busy"),
    (400, None, "Failed to generate JSON. Please adjust your prompt.", "again"),
    (400, "json_validate_failed", "Failed to validate JSON. Please adjust your prompt.", "again"),
    (429, None, "Too many tokens, please wait before trying again.", "busy"),
    (429, None, "Too many tokens per day, please wait before trying again.", "busy"),
    (429, "3505", "Service tier capacity exceeded for this model.", "busy"),
    (429, "1302", "您当前使用该API的并发数过高，请降低并发，或联系客服增加限额", "busy"),
    (503, 503, "Loading model", "busy"),
    (524, None, "A timeout occurred", "busy"),
    (429, "RateLimitReached", "Rate limit of 150 per 86400s exceeded for UserByModelByDay. Please wait 3600 seconds before "
     "retrying.", "busy"),
    (429, 429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
     "busy"),
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
    (422, None, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens "
     "and 1000 `max_new_tokens`", "too long"),
    (422, None, "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000", "too long"),
    (400, None, "Range of input length should be [1, 30720]", "too long"),
    (400, "1261", "Prompt 超长", "too long"),
    (400, None, "Invalid request: Your request exceeded model token limit: 8192", "too long"),
    (400, None, "model max length exceeded, max length:8192", "too long"),
    (400, None, "Malformed input request: expected maxLength: 51200, actual: 60000, please reformat your input.", "too long"),
    (413, "tokens_limit_reached", "Request body too large for m model. Max size: 8000 tokens.", "too long"),
    (400, None, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
     "too long"),
    (400, None, "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or "
     "`max_tokens` and try again", "too long"),
    (500, None, "Requested tokens (9000) exceed context window of 8192", "too long"),
    (400, None, "This model's maximum prompt length is 131072 but the request contains 500000 tokens.", "too long"),
    (400, None, "Input length 203743 exceeds the maximum length 202752", "too long"),
    (400, None, "too many tokens: total number of tokens in the prompt cannot exceed 4081", "too long"),
    # key, place, model, filter, format
    (401, "invalid_api_key", f"Incorrect API key provided: {KEY}.", "key"),
    (400, 400, "API key not valid. Please pass a valid API key.", "key"),
    (401, None, "无效的令牌", "key"),
    (403, "unsupported_country_region_territory", "Country, region, or territory not supported", "region"),
    (400, "FAILED_PRECONDITION", "User location is not supported for the API use.", "region"),
    (400, None, "User location is not supported for the API use without a billing account linked.", "region"),
    (404, "not_found_error", "model: claude-9-opus", "model"),
    (400, None, '"embedder" does not support chat', "model"),
    (404, None, 'model "qwen9" not found, try pulling it first', "model"),
    (404, "model_not_found", "No models loaded. Please load a model in the developer page.", "model"),
    (400, None, "The model `llama2` has been decommissioned and is no longer supported.", "model"),
    (503, None, "当前分组 default 下对于模型 m 无可用渠道", "model"),
    (404, 404, "No allowed providers are available for the selected model.", "model"),
    (404, 404, "No endpoints available matching your guardrail restrictions and data policy.", "model"),
    (403, None, "You don't have access to the model with the specified model ID.", "model"),
    (400, None, "Invocation of model ID m with on-demand throughput isn’t supported. Retry with an inference profile.",
     "model"),
    (404, "DeploymentNotFound", "The API deployment for this resource does not exist. If you created the deployment within "
     "the last 5 minutes, please wait a moment and try again.", "model"),
    (403, None, "Your organization must be verified to use the model `m`.", "model"),
    (404, "unknown_url", "Unknown request URL", "address"),
    (404, None, "Invalid URL (POST /v1/v1/chat/completions)", "address"),
    (401, None, "Access denied due to invalid subscription key or wrong API endpoint.", "key"),
    (400, None, "This organization has been disabled.", "key"),
    (401, "1000", "身份验证失败。", "key"),
    (400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management "
     "policy.", "filter"),
    (400, None, "Content Exists Risk", "filter"),
    (400, "1301", "系统检测到输入或生成内容可能包含不安全或敏感内容", "filter"),
    (400, "content_filter", "The request was rejected because it was considered high risk", "filter"),
    (403, 403, "m requires moderation on Provider. Your input was flagged for \"violence\".", "filter"),
    (400, "data_inspection_failed", "Output data may contain inappropriate content.", "filter"),
    (404, 404, "No endpoints found that can handle the requested parameters.", "format"),
    (400, None, "The provided JSON schema contains features not supported by xgrammar.", "format"),
    (400, None, "This response_format type is unavailable now", "format"),
    (400, None, "Invalid schema: Objects provided via 'anyOf' must not share identical first keys.", "format"),
    (400, None, "The specified schema produces a constraint that has too many states for serving.", "format"),
    (400, None, "temperature must be 1", "other"),
    # More of each kind.
    (400, 400, "max_tokens must be at least 1, got -186.", "too long"),
    (400, None, "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
     "too long"),
    (500, None, "failed to load model vocabulary required for format", "format"),
    (404, None, "Unable to access model m. Please visit the list of supported models.", "model"),
    (400, None, "The model `m` requires terms acceptance.", "model"),
    (400, None, "Multiple models are loaded. Please specify a model.", "model"),
    (400, None, 'Failed to load model "m". Error: insufficient system resources.', "model"),
    (404, None, "This model is only supported in v1/responses and not in v1/chat/completions.", "model"),
    (403, "Model.AccessDenied", "Access denied.", "model"),
    (500, None, "model requires more system memory (8.4 GiB) than is available (5.1 GiB)", "model"),
    (400, "organization_restricted", "Organization has been restricted.", "key"),
    (403, None, "Your API key was reported as leaked.", "key"),
    (403, None, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", "filter"),
    (400, None, "The request failed because the input text may contain sensitive information.", "filter"),
    (400, None, "Guardrail was enabled and input is in violation", "filter"),
    (403, None, "Forbidden", "forbidden"),
    (400, None, "The model has crashed without additional information.", "again"),
    (424, None, "The upstream failed", "busy"),
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
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "too hot"}}'}}}, "too hot"),
        ({"error": {"message": '{\n  "error": {\n    "code": 429, "message": "in a string"}}'}}, "in a string"),
        ({"base_resp": {"status_code": 1, "status_msg": "of MiniMax"}}, "of MiniMax"),
    ],
)  # fmt: skip
def test_the_endpoints_own_words_are_quoted_in_short_and_without_the_key(body: Any, words: str) -> None:
    failure = fail(500, body)
    assert words in failure.words
    assert len(failure.words) <= 150
    assert KEY not in failure.words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("x", "no exact model for my_live_9f3k"),  # any word does for a local server
        ("my_live_9f3k", "no exact model for …"),
        ("live_9f3k", "no exact model for my_…"),  # a secret goes also from within a word
    ],
)
def test_a_key_of_few_letters_is_no_secret(key: str, words: str) -> None:
    assert quote_words("no exact model for my_live_9f3k", key) == words


@pytest.mark.parametrize(
    ("words", "headers", "seconds"),
    [
        ("Please try again in 25m.", {"retry-after": "20"}, 1500),
        ("Please try again in 1h2m3.5s", {}, 3723.5),
        ("Please retry in 36.2s.", {}, 36.2),
        ("Please try again in 120ms.", {"retry-after-ms": "2500"}, 2.5),
        ("Try again after 5 minutes", {}, 300),
        ("Please wait 3600 seconds before retrying.", {}, 3600),
        ("Please retry after 86400 seconds.", {}, 86400),
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


@pytest.mark.parametrize(
    ("status", "message", "tokens"),
    [
        (400, "max_tokens is too large: 16384. This model supports at most 4096 completion tokens, whereas you provided 16384.",
         4096),
        (400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
        (400, "Range of max_tokens should be [1, 8192]", 8192),
        (400, "max_tokens: 16000 > 4096, which is the maximum allowed number of output tokens for m", 4096),
        (400, "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens`", 8192),
        (400, "The maximum tokens you requested exceeds the model limit of 4096. Try again with a lower value.", 4096),
        (402, "This request requires more credits, or fewer max_tokens. You can only afford 21000.", 21_000),
        (400, "max_completion_tokens is too large", None),
    ],
)  # fmt: skip
def test_how_long_an_answer_may_be_is_read_from_the_error(status: int, message: str, tokens: int | None) -> None:
    failure = fail(status, {"error": {"message": message}})
    assert failure.kind.name == "output cap"
    assert failure.allowed_output_tokens == tokens


@pytest.mark.parametrize(
    ("message", "room"),
    [
        ("This model's maximum context length is 16384 tokens. However, you requested 20000 tokens (4000 in the messages, "
         "16000 in the completion).", 12_384),
        ("'max_tokens' or 'max_completion_tokens' is too large: 16000. This model's maximum context length is 8192 tokens and "
         "your request has 3000 input tokens (16000 > 8192 - 3000).", 5192),
        ("This model's maximum context length is 128000 tokens. However, you requested 65535 output tokens and your prompt "
         "contains at least 62466 input tokens, for a total of at least 128001 tokens.", 65_534),
        ("This endpoint's maximum context length is 262144 tokens. However, you requested about 264433 tokens (2289 of text "
         "input, 262144 in the output).", 259_855),
        ("input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length", 21_041),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3000 `inputs` tokens and 2000 `max_new_tokens`", 1096),
        ("You passed 11000 input tokens. However, the model's context length is only 8192 tokens.", -2808),
        ("prompt is too long: 210000 tokens > 200000 maximum", None),
    ],
)  # fmt: skip
def test_the_room_beside_a_prompt_is_read_from_the_error(message: str, room: int | None) -> None:
    assert fail(400, {"error": {"message": message}}).room_for_output == room


@pytest.mark.parametrize(
    "message",
    [
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "System role not supported",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_model_without_a_system_role_is_known_by_its_words(message: str) -> None:
    assert fail(400, {"error": {"message": message}}).refuses_system_role


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
