"""Read an endpoint's response, whatever it is: a completion with its tokens, or an error that says what came back.

Nothing here trusts a type: a body may be bytes, a page, JSON of any shape. What the words of an error mean is in
`provider_errors`, what an answer's text means in `structured_output`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from digest_assets.common.http import parse_retry_after
from digest_assets.llm.provider_errors import CHECK_ADDRESS, FailedCallError, NoCompletionError, quote_words
from digest_assets.llm.requests import Completion, estimate_tokens
from digest_assets.llm.tables import Outcome
from digest_assets.llm.usage import NO_TOKENS, TokenCounts, read_usage

_MAX_ERROR_CHARACTERS = 4_000  # of an error's body that are searched: every wording seen stands in the first 1,000
_MAX_DEPTH = 6  # of an error's body; OpenRouter wraps a provider's error four deep
_MIN_CUT_TOKENS = 2_048  # the smallest context that a server is started with
# English has 3 to 5 characters a token and is estimated by 4; half as many tokens were not all of the text.
_LEAST_SHARE = 0.5
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CODE_STARTS = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_CODE_ENDS = re.compile(r"</(?:script|style)>", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<!doctype|<html|<\?xml|<head|<body)", re.IGNORECASE)
_UNQUOTED = frozenset({"failed_generation"})  # a model's own words are no words of the endpoint
# Where errors say what they say to people; the first is the provider's own where OpenRouter wraps it.
_MESSAGES = (
    "raw", "metadata", "message", "error", "detail", "msg", "error_message", "error_msg", "status_msg", "errors", "title",
    "base_resp",
)  # fmt: skip
# By the beginning of a finish reason in lower case: OpenAI's, Anthropic's, Mistral's, Gemini's (also behind OpenAI's:
# `content_filter: PROHIBITED_CONTENT`), Z.AI's.
_OUTCOME_BY_FINISH_REASON: Mapping[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "max_output_tokens": "truncated",
    "model_length": "truncated",
    "model_context_window_exceeded": "truncated",
    "refusal": "refused",
    "content_filter": "filtered",
    "safety": "filtered",
    "prohibited_content": "filtered",
    "recitation": "filtered",
    "blocklist": "filtered",
    "spii": "filtered",
    "sensitive": "filtered",
}
# The endpoint broke off in the midst of an answer: OpenRouter's, Z.AI's, DeepSeek's.
_BROKEN_OFF = frozenset({"error", "network_error", "insufficient_system_resource", "abort", "upstream_error"})
NO_STATUS = 200  # of an error inside a 200 that gives no code of its own
_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
_STREAM_END = "data: [DONE]"
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)


def read_error(status: int, headers: Mapping[str, str], body: bytes, key: str | None) -> FailedCallError:
    """What an answer with an error status says."""
    text = _decode(body[: 20 * _MAX_ERROR_CHARACTERS], headers.get("content-type", ""))
    milliseconds = parse_retry_after(headers.get("retry-after-ms"))
    wait = parse_retry_after(headers.get("retry-after")) if milliseconds is None else milliseconds / 1000
    data = parse_json(text)
    if isinstance(data, dict | list):
        return _build_failure(status, data, wait, key)
    shown = quote_words(_strip_tags(text), key)
    # The words of a page speak of pages: of a page that is not found, say, not of a model.
    return FailedCallError(status, shown, "" if _PAGE.match(text) else text[:_MAX_ERROR_CHARACTERS], wait)


def _strip_tags(text: str) -> str:
    """A web page's words, without scripts and styles. One that is not closed reaches to the end."""
    return _TAG.sub(" ", " ".join(_CODE_STARTS.split(part, maxsplit=1)[0] for part in _CODE_ENDS.split(text)))


def read_completion(
    body: bytes, content_type: str, model: str, input_tokens: int, key: str | None = None
) -> Completion:
    """The completion in the body of a 200.

    Args:
        body: The body.
        content_type: What it says it is.
        model: The model that was asked, for an answer that does not name its own.
        input_tokens: About how many were sent, for an answer that does not say.
        key: Our key, which no message may repeat.

    Raises:
        FailedCallError: The body is an error.
        NoCompletionError: It is neither an error nor a completion.
    """
    text = _decode(body, content_type)
    data = _find_completion(text)
    choices = _as_dict(data).get("choices")
    counts = read_usage(_as_dict(data).get("usage"))
    if isinstance(data, dict) and data.get("error") and not choices:
        raise _build_failure(_get_code(data["error"]), data, None, key, counts)
    if not isinstance(data, dict) or not isinstance(choices, list):
        if isinstance(data, dict | list):  # an error that does not call itself one
            failure = _build_failure(_get_code(data), data, None, key, counts)
            if failure.is_known:
                raise failure
        elif text.lstrip().startswith("{"):
            raise FailedCallError(NO_STATUS, "its answer ends in the midst of JSON", tokens=counts)
        kind = content_type.split(";")[0].strip()
        what = "JSON that is no completion" if data is not None else f"no JSON but {kind or 'no content type'}"
        words = quote_words(_strip_tags(text[: 20 * _MAX_ERROR_CHARACTERS]), key)
        message = f"the model's endpoint answered with {what}: {CHECK_ADDRESS}; it said: {words}"
        raise NoCompletionError(message, counts)
    choice = _choose(choices)
    if choice.get("error"):
        raise _build_failure(_get_code(choice["error"]), choice["error"], None, key, counts)
    endings = (_as_text(choice.get(name)).lower() for name in ("finish_reason", "native_finish_reason"))
    if broken := next((ending for ending in endings if ending in _BROKEN_OFF), None):
        raise FailedCallError(NO_STATUS, f"it broke off ({broken})", tokens=counts)
    return _build_completion(data, choice, model, input_tokens)


def _decode(body: bytes, content_type: str) -> str:
    """A body's text, by the encoding that it names, else as UTF-8; JSON shows UTF-16 and UTF-32 by its first bytes."""
    named = _CHARSET.search(content_type)
    for encoding in (named[1] if named else "utf-8", json.detect_encoding(body)):
        try:
            return body.decode(encoding).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def _find_completion(text: str) -> Any:
    """The JSON of a body: as it stands, out of a list or an envelope, or joined from a stream that nobody asked for."""
    data = parse_json(text)
    if data is None and "data:" in text:
        data = _join_stream(text)
    if isinstance(data, list) and len(data) == 1:  # Gemini wraps what it says in a list
        (data,) = data
    if isinstance(data, dict) and "choices" not in data:  # gateways wrap it: {"code": 0, "data": {"choices": …}}
        inner = (value for value in data.values() if isinstance(value, dict) and isinstance(value.get("choices"), list))
        return next(inner, data)
    return data


def _join_stream(text: str) -> Any:
    """The completion of server-sent events: whole in one of them, or in pieces; None if there are none."""
    lines = (line.strip().removeprefix("data:") for line in text.replace(_STREAM_END, "\n").splitlines())
    events = [event for event in map(parse_json, lines) if isinstance(event, dict)]
    joined: dict[str, Any] = {}
    message: dict[str, str] = {}
    choice: dict[str, Any] = {"message": message}
    for event in events:
        joined.update({name: value for name, value in event.items() if value is not None})
        choices = event.get("choices")
        piece = _as_dict(choices[0]) if isinstance(choices, list) and choices else {}
        choice.update({name: value for name, value in piece.items() if name not in ("delta", "message") and value})
        for name, value in {**_as_dict(piece.get("message")), **_as_dict(piece.get("delta"))}.items():
            if isinstance(value, str):
                message[name] = message.get(name, "") + value
    if message:
        joined["choices"] = [choice]
    return joined or None


def _choose(choices: list[Any]) -> dict[str, Any]:
    """The first choice that says something, else the first."""
    given = [_as_dict(choice) for choice in choices] or [{}]
    return next((choice for choice in given if _read_choice(choice).strip()), given[0])


def _read_choice(choice: Mapping[str, Any]) -> str:
    """What a choice says: its text, else what was called as a tool, else its thoughts."""
    message = _get_message(choice)
    content = _read_content(message.get("content", choice.get("text")))
    return content if content.strip() else _read_arguments(message) or _read_reasoning(message)


def _get_message(choice: Mapping[str, Any]) -> dict[str, Any]:
    message = choice.get("message", choice.get("delta"))
    return {"content": message} if isinstance(message, str) else _as_dict(message)


def _build_completion(data: Mapping[str, Any], choice: Mapping[str, Any], model: str, sent: int) -> Completion:
    message, content = _get_message(choice), _read_choice(choice)
    refusal, finish, named = message.get("refusal"), choice.get("finish_reason"), data.get("model")
    counts = read_usage(data.get("usage"))
    written = 0
    if not counts.output_tokens:
        written = estimate_tokens(content) + estimate_tokens(_read_reasoning(message))
    return Completion(
        content=content,
        finish_reason="refusal" if isinstance(refusal, str) and refusal.strip() else _as_text(finish) or "stop",
        model=named if isinstance(named, str) and named.strip() else model,
        counts=replace(counts, input_tokens=counts.input_tokens or sent, output_tokens=counts.output_tokens or written),
        tokens_estimated=not counts.input_tokens or not counts.output_tokens,
    )


def describe_unread(sent: int, completion: Completion) -> str | None:
    """What to say of an answer whose endpoint cut the prompt off without a word, as some servers do; None if it did not.

    Args:
        sent: About how many tokens were sent.
        completion: With the tokens that the endpoint counted.
    """
    read = completion.counts.input_tokens
    if completion.tokens_estimated or sent < _MIN_CUT_TOKENS or read >= sent * _LEAST_SHARE:
        return None
    return f"the model's endpoint read only the first {read:,} of about {sent:,} tokens: raise its context length"


def get_outcome(completion: Completion) -> Outcome:
    """What the endpoint says of the end of an answer."""
    reason = re.sub(r"[\s-]", "_", completion.finish_reason.strip().lower()).removeprefix("image_")
    return next((outcome for start, outcome in _OUTCOME_BY_FINISH_REASON.items() if reason.startswith(start)), "ok")


def parse_json(text: str) -> Any:
    """The JSON value of a text; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_content(content: Any) -> str:
    """The text of a message: as it stands, or of its parts that are no thoughts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_read_part(part) for part in content)
    if isinstance(content, dict):  # one part, or the answer itself
        return _read_part(content) or json.dumps(content)
    return ""


def _read_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    part = _as_dict(part)
    if part.get("type", "text") not in ("text", "output_text"):
        return ""
    text = part.get("text")
    return _as_text(text.get("value") if isinstance(text, dict) else text)


def _read_arguments(message: Mapping[str, Any]) -> str:
    """The arguments of the tool calls, where the answer came as one of them, or what the endpoint parsed of it."""
    given = message.get("tool_calls")
    calls = [_as_dict(call).get("function") for call in given] if isinstance(given, list) else []
    values = [_as_dict(call).get("arguments") for call in [*calls, message.get("function_call")]]
    texts = [
        json.dumps(value) if isinstance(value, dict) else _as_text(value) for value in [*values, message.get("parsed")]
    ]
    return "\n".join(filter(None, texts))


def _read_reasoning(message: Mapping[str, Any]) -> str:
    """The thoughts, where the endpoint keeps them apart: as text, or as parts."""
    for name in _REASONING:
        value = message.get(name)
        parts = [_as_text(_as_dict(part).get("text")) for part in value] if isinstance(value, list) else []
        if text := _as_text(value) or "".join(parts):
            return text
    return ""


def _build_failure(
    status: int, data: Any, wait: float | None, key: str | None, tokens: TokenCounts = NO_TOKENS
) -> FailedCallError:
    message = next((text for text in _iterate_messages(data)), "")
    everything = " ".join(_iterate_texts(data))[:_MAX_ERROR_CHARACTERS]
    return FailedCallError(status, quote_words(message or everything, key), everything, wait, tokens)


def _iterate_messages(data: Any, depth: int = 0) -> Iterator[str]:
    """What an error says to people, the innermost message first where a gateway wraps a provider's."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, str):
        inner = parse_json(data) if data.lstrip().startswith(("{", "[")) else None  # a gateway quotes a provider
        yield from _iterate_messages(inner, depth + 1)
        if inner is None and data.strip():
            yield data
    elif isinstance(data, list):
        for item in data:
            yield from _iterate_messages(item, depth + 1)
    elif isinstance(data, dict):
        for name in _MESSAGES:
            yield from _iterate_messages(data.get(name), depth + 1)


def _iterate_texts(data: Any, depth: int = 0) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, str | int):
        yield str(data)
    elif isinstance(data, list):
        for item in data:
            yield from _iterate_texts(item, depth + 1)
    elif isinstance(data, dict):
        for name, value in data.items():
            if name not in _UNQUOTED:
                yield from _iterate_texts(value, depth + 1)


def _get_code(error: Any) -> int:
    """The HTTP status that an error inside a 200 gives, by whatever name."""
    for name in ("code", "status", "status_code", "http_code"):
        code = _as_dict(error).get(name)
        if isinstance(code, str) and re.fullmatch(r"[1-5]\d\d", code):
            code = int(code)
        if isinstance(code, int) and 400 <= code < 600:
            return code
    return NO_STATUS


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""
