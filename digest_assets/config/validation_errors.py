"""What is wrong with settings, in words for a person: the key, its value, and what is allowed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

_MAX_SHOWN = 80  # characters of a value
# What belongs where something else stands, in the words of YAML; the others' own words do.
_WANTED = {
    "model_type": "keys with values belong here",
    "dict_type": "keys with values belong here",
    "tuple_type": "a list belongs here, like [a, b]",
    "string_type": "a text belongs here: write it in quotes",
    "date_from_datetime_parsing": "a date belongs here, like 2025-12-05",
    "date_parsing": "a date belongs here, like 2025-12-05",
    "url_parsing": "an address belongs here, like https://example.org",
    "url_scheme": "an address belongs here that begins with https:// or http://",
    "too_short": "at least one belongs here",
}


def format_validation_errors(where: str, error: ValidationError, model: type[BaseModel]) -> str:
    """Everything that is wrong, a line each, as one message."""
    lines = []
    problems = error.errors(include_url=False)
    for problem in problems:
        if problem["type"] == "too_short" and any(_is_inside(other["loc"], problem["loc"]) for other in problems):
            continue  # only since what stands in the list is wrong
        path = ".".join(str(part) for part in problem["loc"])
        message = _WANTED.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            allowed = list_allowed_keys(model, problem["loc"][:-1])
            message = "unknown key" + (f"; allowed here: {', '.join(allowed)}" if allowed else "")
        elif isinstance(problem["input"], str) and not problem["input"].strip():
            message = "may not be empty"
        elif isinstance(problem["input"], str | int | float | date | None):
            message = f"{message}, not {_shorten(problem['input'])}"
        if problem["type"] == "invalid_key":
            path, message = path.rpartition(".")[0], f"a key is a text: write {_shorten(problem['input'])} in quotes"
        lines.append(f"  {path}: {message}" if path else f"  {message}")
    return "\n".join([f"{where} is not valid:", *lines])


def _is_inside(place: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(place) > len(outer) and tuple(place[: len(outer)]) == tuple(outer)


def _shorten(value: object) -> str:
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def list_allowed_keys(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place of the settings; empty where the place is not one of them."""
    schema = TypeAdapter(model).json_schema(by_alias=True)
    here = [schema]
    for part in path:
        here = [
            child
            for node in here
            for child in _resolve(schema, node.get("properties", {}).get(part))
            + _resolve(schema, node.get("items" if isinstance(part, int) else "additionalProperties"))
        ]
    return sorted({key for node in here for key in node.get("properties", {})})


def _resolve(schema: Mapping[str, Any], node: Any) -> list[dict[str, Any]]:
    """A schema's node with references followed; several where it may be one of several."""
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        return _resolve(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    choices = [choice for key in ("anyOf", "oneOf", "allOf") for choice in node.get(key, ())]
    return [found for choice in choices for found in _resolve(schema, choice)] or [node]
