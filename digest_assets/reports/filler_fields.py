"""Summaries without what says nothing: where a writer put `N/A` and its like, a field is empty and an item is gone."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic.fields import FieldInfo

from digest_assets.common.filler import is_filler
from digest_assets.summaries.schemas import SummarySchema

P = TypeVar("P", bound=SummarySchema)


def remove_filler(fields: P) -> P:
    """The fields with nothing where a writer put `N/A` and its like: null, an empty text, or an item less."""
    values = {
        name: _drop_filler(getattr(fields, name), info.annotation is str) for name, info in _get_schema_fields(fields)
    }
    return fields.model_validate(values)


def _drop_filler(value: Any, required: bool) -> Any:
    if isinstance(value, str):
        return value if not is_filler(value) else "" if required else None
    if isinstance(value, SummarySchema):
        return remove_filler(value)
    if isinstance(value, tuple):
        return tuple(item for item in (_drop_filler(item, True) for item in value) if _is_complete(item))
    return value


def _is_complete(item: Any) -> bool:
    """Whether an item of a list is worth a bullet: none of its texts that must be there is empty."""
    if isinstance(item, SummarySchema):
        return all(getattr(item, name) for name, info in _get_schema_fields(item) if info.annotation is str)
    return bool(item)


def _get_schema_fields(schema: SummarySchema) -> Iterable[tuple[str, FieldInfo]]:
    return type(schema).model_fields.items()
