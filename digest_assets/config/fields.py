"""What all settings share: the base of their models, and the types of fields that several rooms of settings use.

The settings themselves stand in the modules of their names; this one knows none of them.
"""

import difflib
from importlib import resources
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.fields import FieldInfo

from digest_assets.common.arxiv_ids import CATEGORIES_URL

FormatName = Literal["topic_digest", "daily_table", "field_review", "category_digest", "deep_read", "for_you"]
FOR_YOU: FormatName = "for_you"  # of one reader: where there are several, `for_you_NAME` for each
FORMATS: tuple[FormatName, ...] = tuple(name for name in get_args(FormatName) if name != FOR_YOU)  # of everybody
ReportName = str  # one of the formats, a reader's `for_you_NAME`, or the folder of a custom report
WEEKLY_REPORT: ReportName = "weekly"  # over seven days: no folder of a custom report may have its name
Language = Literal["en", "zh"]
Depth = Literal["full", "abstract"]

KNOWN_CATEGORIES = frozenset(
    resources.files("digest_assets.config").joinpath("arxiv_categories.txt").read_text("ascii").split()
)


def _check_category(name: str) -> str:
    if name not in KNOWN_CATEGORIES:
        near = difflib.get_close_matches(name, sorted(KNOWN_CATEGORIES), n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"not an arXiv category{hint} (the list: {CATEGORIES_URL})")
    return name


def reject_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, unless one stands more than once: then `ValueError`."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} stands more than once")
    return names


Category = Annotated[
    str, AfterValidator(_check_category), WithJsonSchema({"type": "string", "format": "arxiv-category"})
]
Categories = Annotated[tuple[Category, ...], Field(min_length=1), AfterValidator(reject_repeats)]
NonBlankText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class ConfigModel(BaseModel):
    """Base of the settings: frozen, and a key that does not exist is an error. A section without anything in it is empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _skip_empty_sections(cls, given: Any) -> Any:
        # What YAML reads where all lines under a key are commented out.
        if not isinstance(given, dict):
            return given
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        return {
            name: value
            for name, value in given.items()
            if value is not None or name not in fields or not _is_section(fields[name])
        }


def _is_section(field: FieldInfo) -> bool:
    return field.default == () or (isinstance(field.annotation, type) and issubclass(field.annotation, ConfigModel))
