"""Structured output: the JSON schema that a request asks for, and the validated value of a response's text."""

import json
import operator
import re
from collections.abc import Sequence
from functools import cache, reduce
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from digest_assets.llm.json_answers import clean_texts, find_objects
from digest_assets.llm.requests import (
    A,
    Completion,
    LLMRequest,
    Message,
    ResponseSchemas,
    build_json_schema,
    estimate_tokens,
)
from digest_assets.llm.responses import get_outcome, parse_json

_EXTRA: tuple[Literal["forbid", "ignore"], ...] = ("forbid", "ignore")  # how unknown fields are met, in this order
_SEPARATORS = re.compile(r"[\s-]+")
_MAX_PROBLEMS = 8  # for the repair: what matters is soon repeated, and each costs tokens


def build_wire_schema(request: LLMRequest[Any], *, alone: bool = False) -> dict[str, Any]:
    """The JSON schema that the endpoint gets: that of the family of schemas, or (`alone`) the response's own."""
    # A family's schema has the same bytes for every member: it is the beginning of what a provider caches.
    if alone or not has_shared_schema(request):
        response_model: type[BaseModel] = request.response_model
        return build_json_schema(response_model)
    return _build_shared_schema(_sort_family(request))


def build_response_schemas(request: LLMRequest[Any]) -> ResponseSchemas:
    """Both forms of the schema: for the wire, where a provider may cache it, and the response's own."""
    return ResponseSchemas(build_wire_schema(request), build_wire_schema(request, alone=True))


def estimate_schema_tokens(request: LLMRequest[Any], *, alone: bool = False) -> int:
    """About how many tokens the schema adds to a prompt: that of the family, or (`alone`) the response's own."""
    response_model: type[BaseModel] = request.response_model
    return _estimate_schema_tokens(response_model, () if alone else _sort_family(request))


@cache
def _estimate_schema_tokens(response_model: type[BaseModel], family: tuple[type[BaseModel], ...]) -> int:
    schema = _build_shared_schema(family) if len(family) > 1 else build_json_schema(response_model)
    return estimate_tokens(json.dumps(schema, ensure_ascii=False))


def has_shared_schema(request: LLMRequest[Any]) -> bool:
    """Whether the response may be asked for by the schema of a family."""
    return len(request.schema_family) >= 2


def is_first_schema(request: LLMRequest[Any]) -> bool:
    """Whether the response's schema is its family's first: a model that heeds no more than that answers it rightly."""
    return _sort_family(request)[0] is request.response_model


def _sort_family(request: LLMRequest[Any]) -> tuple[type[BaseModel], ...]:
    # Backwards: what is asked first, by its report's name, is not the first schema, so that it shows at once whether
    # a model keeps them apart.
    return tuple(sorted(request.schema_family, key=_get_name, reverse=True))


@cache
def _build_shared_schema(family: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    """The schema of a wrapper whose answer is any of these; OpenAI wants their first keys to differ."""
    schema = build_json_schema(_build_wrapper(family))
    first_keys: set[str] = set()
    definitions = dict(schema["$defs"])
    for member in family:
        definition = definitions[member.__name__]
        properties = definition["properties"]
        first = next((name for name in properties if name not in first_keys), None)
        if first is not None:
            first_keys.add(first)
            definitions[member.__name__] = {**definition, "properties": {first: properties[first], **properties}}
    return {**schema, "$defs": definitions}


class NoJSONError(ValueError):
    """There is no JSON object in the response."""


class WrongSchemaError(ValueError):
    """The response to another request of the family: the model does not tell its schemas apart."""


def parse_response(request: LLMRequest[A], content: str) -> A:
    """The validated value of a response's text: the one place where a model's words become data.

    Raises:
        NoJSONError: There is no JSON object in it.
        WrongSchemaError: It has the form of another member of the request's family.
        ValueError: It does not fit (with pydantic's problems where it is JSON).
    """
    problem: ValueError | None = None
    objects = list(find_objects(content))
    # What was not asked for is overlooked, if nothing fits without.
    for found, extra in ((found, extra) for extra in _EXTRA for found in objects):
        try:
            named = _name_fields(clean_texts(found), _collect_names(request.response_model))
            value = request.response_model.model_validate(named, extra=extra)
        except ValidationError as error:
            # Of several objects, the problems of the one that has most of the fields are worth telling.
            if problem is None or _count_problems(error) < _count_problems(problem):
                problem = error
            if _fits_another(request, found):
                problem = WrongSchemaError(f"it has another form than {request.response_model.__name__}")
                break
            continue
        if not _has_content(value.model_dump()):
            raise ValueError("every field is empty; fill those that the material speaks of")
        if request.check is not None:
            request.check(value)
        return value
    raise problem or NoJSONError("it has no JSON object")


def is_whole(content: str) -> bool:
    """Whether a response is one whole JSON object: models that are held to a schema may end in blanks without end."""
    return isinstance(parse_json(content.strip()), dict)


def knows_no_field(request: LLMRequest[Any], content: str) -> bool:
    """Whether a response shows that its model never saw the schema: it says something, and names none of its fields."""
    names = "|".join(map(re.escape, request.response_model.model_fields))
    return bool(content.strip()) and re.search(rf"""["'](?:{names})\\?["']""", content) is None


def format_problems(error: ValueError) -> str:
    """What is wrong with a response, for the model that is to repair it."""
    if not isinstance(error, ValidationError):
        return str(error)
    problems = error.errors(include_url=False, include_input=False)
    lines = [f"{'.'.join(map(str, problem['loc'])) or 'the text'}: {problem['msg']}" for problem in problems]
    more = [f"and {len(lines) - _MAX_PROBLEMS} more"] if len(lines) > _MAX_PROBLEMS else []
    return "; ".join([*lines[:_MAX_PROBLEMS], *more])


def build_repair_messages(messages: Sequence[Message], completion: Completion, error: ValueError) -> Sequence[Message]:
    """The same messages, the answer that did not fit, and what is wrong with it."""
    repair = f"That answer is not valid: {format_problems(error)}\nAnswer again with the whole JSON object."
    # Providers take no empty message; a cut answer is not shown, so that the next one is not its end.
    is_shown = completion.content.strip() and get_outcome(completion) != "truncated"
    answer = [{"role": "assistant", "content": completion.content}] if is_shown else []
    return [*messages, *answer, {"role": "user", "content": repair}]


@cache
def _build_wrapper(family: tuple[type[BaseModel], ...]) -> type[BaseModel]:
    union: Any = reduce(operator.or_, family)
    return create_model("Answer", __config__=ConfigDict(extra="forbid"), answer=(union, ...))


def _fits_another(request: LLMRequest[Any], found: dict[str, Any]) -> bool:
    """Whether an object is the answer to another request of the family."""
    if len(request.schema_family) < 2 or found.keys() == {"answer"}:
        return False
    try:
        _build_wrapper(request.schema_family).model_validate({"answer": found})
    except ValidationError:
        return False
    return True


def _name_fields(value: Any, names: frozenset[str]) -> Any:
    """A JSON value whose fields have their names, where those were written `Key findings` for `key_findings`."""
    if isinstance(value, list):
        return [_name_fields(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    spelt = {key: key if key in names else _SEPARATORS.sub("_", key.strip().lower()) for key in value}
    return {
        (name if name in names and (name == key or name not in value) else key): _name_fields(value[key], names)
        for key, name in spelt.items()
    }


@cache
def _collect_names(response_model: type[BaseModel]) -> frozenset[str]:
    """The names of all fields of a schema, at every depth."""
    schema = build_json_schema(response_model)
    objects = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for one in objects for name in one.get("properties", {}))


def _count_problems(error: ValueError) -> int:
    return error.error_count() if isinstance(error, ValidationError) else 0


def _get_name(member: type[BaseModel]) -> str:
    return member.__name__


def _has_content(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_content(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_has_content(inner) for inner in value)
    return bool(value.strip()) if isinstance(value, str) else value is not None
