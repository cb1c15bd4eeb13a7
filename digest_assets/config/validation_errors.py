"""What is wrong with settings, in words for a person: the key, its value, and what is allowed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError


def format_validation_errors(where: str, error: ValidationError, model: type[BaseModel]) -> str:
    """Everything that is wrong, a line each, as one message."""
    lines = []
    for problem in error.errors(include_url=False):
        path = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            allowed = list_allowed_keys(model, problem["loc"][:-1])
            message = "unknown key" + (f"; allowed here: {', '.join(allowed)}" if allowed else "")
        elif isinstance(problem["input"], str) and not problem["input"].strip():
            message = "may not be empty"
        elif isinstance(problem["input"], str | int | float | date | None):
            message = f"{message}, not {problem['input']!r}"
        lines.append(f"  {path}: {message}" if path else f"  {message}")
    return "\n".join([f"{where} is not valid:", *lines])


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
