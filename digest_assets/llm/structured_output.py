"""Structured output: the JSON schema that a request asks for, and the validated value of a response's text."""

import json
import operator
import re
from functools import cache, reduce
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from digest_assets.llm.requests import A, LLMRequest, ResponseSchemas, build_json_schema

_THOUGHT = re.compile(r"<think>(?:[^<]|<(?!/?think>))*+</think>")
_MAX_PROBLEMS = 8  # for the repair: what matters is soon repeated, and each costs tokens


def build_wire_schema(request: LLMRequest[Any], *, alone: bool = False) -> dict[str, Any]:
    """The JSON schema that the endpoint gets: that of the family of schemas, or (`alone`) the response's own."""
    # A family's schema has the same bytes for every member: it is the beginning of what a provider caches.
    if alone or len(request.schema_family) < 2:
        response_model: type[BaseModel] = request.response_model
        return build_json_schema(response_model)
    return build_json_schema(_build_wrapper(tuple(sorted(request.schema_family, key=_get_name))))


def build_response_schemas(request: LLMRequest[Any]) -> ResponseSchemas:
    """Both forms of the schema: for the wire, where a provider may cache it, and for words behind the instruction."""
    return ResponseSchemas(build_wire_schema(request), build_wire_schema(request, alone=True))


class WrongSchemaError(ValueError):
    """The response to another request of the family: the model does not tell its schemas apart."""


def parse_response(request: LLMRequest[A], content: str) -> A:
    """The validated value of a response's text: the one place where a model's words become data.

    Raises:
        WrongSchemaError: It has the form of another member of the request's family.
        ValueError: It does not fit (with pydantic's problems where it is JSON).
    """
    text = _extract_json(content)
    if len(request.schema_family) >= 2 and _is_wrapped(text):
        try:
            value = _build_wrapper((request.response_model,)).model_validate_json(text).answer  # type: ignore[attr-defined]
        except ValidationError as error:
            if _fits_any(request.schema_family, text):
                raise WrongSchemaError(f"it has another form than {request.response_model.__name__}") from error
            raise
        assert isinstance(value, request.response_model)
    else:
        value = request.response_model.model_validate_json(text)
    if not _has_content(value.model_dump()):
        raise ValueError("every field is empty; fill those that the material speaks of")
    return value


def format_problems(error: ValueError) -> str:
    """What is wrong with a response, for the model that is to repair it."""
    if not isinstance(error, ValidationError):
        return str(error)
    problems = error.errors(include_url=False, include_input=False)
    lines = [f"{'.'.join(map(str, problem['loc'])) or 'the text'}: {problem['msg']}" for problem in problems]
    more = [f"and {len(lines) - _MAX_PROBLEMS} more"] if len(lines) > _MAX_PROBLEMS else []
    return "; ".join([*lines[:_MAX_PROBLEMS], *more])


@cache
def _build_wrapper(family: tuple[type[BaseModel], ...]) -> type[BaseModel]:
    union: Any = reduce(operator.or_, family)
    return create_model("Answer", __config__=ConfigDict(extra="forbid"), answer=(union, ...))


def _is_wrapped(text: str) -> bool:
    """Whether a JSON text is an answer inside a family's wrapper."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and found.keys() == {"answer"} and isinstance(found["answer"], dict)


def _fits_any(family: tuple[type[BaseModel], ...], text: str) -> bool:
    try:
        _build_wrapper(family).model_validate_json(text)
    except ValidationError:
        return False
    return True


def _get_name(member: type[BaseModel]) -> str:
    return member.__name__


def _extract_json(content: str) -> str:
    """The JSON object in an answer, without what some models write around it: thoughts, fences, a sentence."""
    text = _THOUGHT.sub("", content)
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _has_content(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_content(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_has_content(inner) for inner in value)
    return bool(value.strip()) if isinstance(value, str) else value is not None
