"""The body of a chat completion: messages, response format, a cap on the answer's length, marks for the provider's cache.

What a model was found not to take (`format_memory`) is left out; who finds that out is the client.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from digest_assets.config.models import ModelConfig
from digest_assets.llm.format_memory import FormatMemory, ResponseFormat
from digest_assets.llm.prices import get_base_url
from digest_assets.llm.requests import LLMRequest, Message, ResponseSchemas
from digest_assets.llm.structured_output import build_response_schemas

CAP_NAMES = ("max_completion_tokens", "max_tokens")  # OpenAI's of today, and what everybody else knows
_NEW_CAP_HOSTS = (".openai.com", ".azure.com")  # their thinking models refuse the old name
# Providers that put the schema into the prompt, by their documents. Others only constrain the answer by it, as
# llama.cpp, vLLM and Ollama do, or do not say: there the model knows the fields' descriptions from the prompt alone.
_SCHEMA_SHOWING_HOSTS = (".openai.com", ".azure.com", ".googleapis.com")
_GPT = re.compile(r"(?:^|/)gpt-(\d{1,2})(?:\.(\d{1,2}))?(?![\w.])|(?:^|/)o[1-9](?![\w.])")
_FIRST_GPT_WITH_MARKS = (5, 6)  # earlier ones cache by themselves, and writing costs nothing
_CLAUDE = re.compile(r"(?:^|[/.])claude-")
_KEY_CHARACTERS = 32  # of a hash; OpenAI takes 64


def build_request_body(
    request: LLMRequest[Any],
    target: ModelConfig,
    messages: Sequence[Message],
    format_: ResponseFormat,
    memory: FormatMemory,
    max_output_tokens: int | None = None,
) -> dict[str, Any]:
    """The body that asks a model for JSON of the request's schema."""
    schemas = build_response_schemas(request)
    if format_ in ("json_object", "text"):
        messages = _append_schema(
            messages, schemas, "Answer with one JSON object of this JSON schema, and nothing else"
        )
    elif not shows_schemas(target):
        messages = _append_schema(messages, schemas, "What the fields mean, as a JSON schema")
    if not memory.takes_system_role(target.name):
        messages = _fold_system_message(messages)
    marks, options = choose_cache_marks(request, target) if memory.takes_cache_marks(target.name) else ({}, {})
    body = {
        "model": target.model,
        "messages": _mark_material(messages, request.material, marks) if marks else list(messages),
        **_build_response_format(schemas, format_),
        **options,
        **request.parameters,
    }
    if max_output_tokens is not None:
        # A cap of the settings stands where it is the lower one: two names at once are refused.
        name = next((name for name in CAP_NAMES if name in body), get_cap_name(target, memory))
        given = body.get(name)
        body[name] = min(given, max_output_tokens) if isinstance(given, int) else max_output_tokens
    return body


def shows_schemas(target: ModelConfig) -> bool:
    """Whether a model's endpoint is known to show the schema to the model."""
    return _get_host(target).endswith(_SCHEMA_SHOWING_HOSTS)


def get_cap_name(target: ModelConfig, memory: FormatMemory) -> str:
    """The parameter that bounds an answer's length, by the name that the endpoint knows."""
    usual = CAP_NAMES[0] if _get_host(target).endswith(_NEW_CAP_HOSTS) else CAP_NAMES[1]
    return memory.get_cap_name(target.name) or usual


def choose_cache_marks(request: LLMRequest[Any], target: ModelConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """What marks the end of what is to be cached, and what the call says of caching, where the model wants to be told.

    GPT of 5.6 and later writes what it is not told to leave alone, for more money than reading costs: so a material that
    no other request asks about is not written at all. The key brings the calls about one material to one machine.
    """
    name = target.model.lower()
    if _CLAUDE.search(name):
        return ({"cache_control": {"type": "ephemeral"}} if request.is_material_shared else {}), {}
    gpt = _GPT.search(name)
    if gpt is None:
        return {}, {}
    key = hashlib.sha256((request.system + request.material).encode()).hexdigest()[:_KEY_CHARACTERS]
    options: dict[str, Any] = {"prompt_cache_key": key} if request.is_material_shared else {}
    if gpt[1] is None or (int(gpt[1]), int(gpt[2] or 0)) < _FIRST_GPT_WITH_MARKS:
        return {}, options
    marks = {"prompt_cache_breakpoint": {"mode": "explicit"}} if request.is_material_shared else {}
    return marks, {**options, "prompt_cache_options": {"mode": "explicit"}}


def has_cache_marks(body: Mapping[str, Any]) -> bool:
    """Whether a body says anything about caching."""
    marked = any(isinstance(message["content"], list) for message in body["messages"])
    return marked or any(name.startswith("prompt_cache") for name in body)


def _mark_material(messages: Sequence[Message], material: str, marks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages with the material in a block of its own, marked as the end of what is to be cached."""
    marked: list[dict[str, Any]] = []
    for message in messages:
        content: Any = message["content"]
        if material and message["role"] == "user" and content.startswith(material):
            rest = content[len(material) :]
            content = [{"type": "text", "text": material, **marks}, {"type": "text", "text": rest}]
        marked.append({**message, "content": content})
    return marked


def _fold_system_message(messages: Sequence[Message]) -> list[Message]:
    """The messages without a system message: it opens the user's; and what one role says in a row is one message."""
    folded: list[Message] = []
    for message in messages:
        role = "user" if message["role"] == "system" else message["role"]
        if folded and folded[-1]["role"] == role:
            folded[-1] = {"role": role, "content": f"{folded[-1]['content']}\n\n{message['content']}"}
        else:
            folded.append({"role": role, "content": message["content"]})
    return folded


def _build_response_format(schemas: ResponseSchemas, format_: ResponseFormat) -> dict[str, Any]:
    if format_ == "text":
        return {}
    if format_ == "json_object":
        return {"response_format": {"type": "json_object"}}
    schema = schemas.wire if format_ == "shared_schema" else schemas.alone
    name = re.sub(r"\W+", "_", str(schema.get("title", "answer")))[:64]
    json_schema = {"name": name, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": json_schema}}


def _append_schema(messages: Sequence[Message], schemas: ResponseSchemas, instruction: str) -> list[Message]:
    """The schema of the answer as JSON behind the instruction."""
    schema = json.dumps(schemas.alone, ensure_ascii=False)
    first, asked, *others = messages
    return [first, {**asked, "content": f"{asked['content']}\n\n{instruction}:\n{schema}"}, *others]


def _get_host(target: ModelConfig) -> str:
    return "." + (urlsplit(get_base_url(target)).hostname or "")
