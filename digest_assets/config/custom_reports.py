"""Custom reports: the files of their folders, read and validated.

A custom report is a folder with three files: `report.yaml` (whose papers it shows, and the fields of its summaries),
`prompt.md` (what a model is told) and `template.md.jinja` (its Markdown). docs/custom-reports.md shows one. Here they
are read and their settings validated; whether the template works is tried in reports/.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator, model_validator

from digest_assets.common.errors import ConfigError
from digest_assets.config.fields import (
    FOR_YOU,
    FORMATS,
    WEEKLY_REPORT,
    Categories,
    ConfigModel,
    FormatName,
    NonBlankText,
)
from digest_assets.config.renamed_keys import CUSTOM_REPORT_KEYS, rename_old_keys
from digest_assets.config.report_formats import ReportConfig
from digest_assets.config.validation_errors import format_validation_errors
from digest_assets.config.yaml_files import read_yaml

# What a field may be about, so that it can be filled without a model too.
Aspect = Literal[
    "ablations", "architecture", "baselines", "conclusion", "contribution", "cost", "data", "future_work", "hardware",
    "input", "limitations", "method", "motivation", "output", "results", "strengths", "task", "workflow",
]  # fmt: skip
_OVERRIDES: Mapping[FormatName, frozenset[str]] = {
    "field_review": frozenset({"field", "categories", "papers", "interests"}),
    "category_digest": frozenset({"categories"}),
}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_FILES = {"prompt": "prompt.md", "template": "template.md.jinja"}
_SETTINGS = "report.yaml"


class CustomField(ConfigModel):
    """A field of a custom report's summaries: a text, or a list of texts."""

    description: NonBlankText = Field(description="What stands in it, in a sentence; a model is told so.")
    aspect: Aspect | None = Field(
        None, description="Whose sentences fill it without a model; nothing does if it is not given."
    )
    list: bool = Field(False, description="Whether it is a list of texts.")


class CustomPapers(ConfigModel):
    """Which papers a custom report shows: those of one of the five, and for a field or categories of its own."""

    based_on: Literal["topic_digest", "daily_table", "field_review", "category_digest", "deep_read"] = Field(
        description="The report whose papers it shows, in the same parts and order."
    )
    field: NonBlankText | None = Field(None, description="Instead of field_review's field.")
    categories: Categories | None = Field(None, description="Instead of those of field_review or category_digest.")
    papers: int | None = Field(None, ge=1, le=100, description="Instead of field_review's number of papers.")
    interests: tuple[NonBlankText, ...] | None = Field(None, description="Instead of field_review's interests.")

    @property
    def overrides(self) -> dict[str, Any]:
        """What it has instead of the other report's choices."""
        return {name: value for name, value in self if name != "based_on" and value is not None}

    @model_validator(mode="after")
    def _base_report_has_overrides(self) -> Self:
        allowed = _OVERRIDES.get(self.based_on, frozenset())
        if strange := sorted(self.overrides.keys() - allowed):
            has = f"it has {', '.join(sorted(allowed))}" if allowed else "only `based_on` may stand here"
            raise ValueError(f"{self.based_on} has no {', '.join(strange)}; {has}")
        return self


class CustomReport(ReportConfig):
    """A custom report, as its `report.yaml` says it."""

    papers: CustomPapers = Field(description="Which papers it shows.")
    fields: Annotated[Mapping[str, CustomField], Field(min_length=1)] = Field(
        description="The fields of a paper's summary, by name, in the order in which they are asked for."
    )
    _name: str = PrivateAttr("")
    _prompt: str = PrivateAttr("")
    _template: str = PrivateAttr("")

    @field_validator("fields")
    @classmethod
    def _usable_names(cls, fields: Mapping[str, CustomField]) -> Mapping[str, CustomField]:
        for name in fields:
            taken = name == "evidence" or name.startswith("model_") or hasattr(BaseModel, name)
            if taken or not _NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot be a field's name: lower-case letters, digits and single underscores, and no "
                    "name that pydantic has taken (nor `evidence`)"
                )
        return fields

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self._name

    @property
    def prompt(self) -> str:
        """What a model is told, after the paper."""
        return self._prompt

    @property
    def template(self) -> str:
        """Its Markdown, as a Jinja2 template."""
        return self._template

    @cached_property
    def revision(self) -> str:
        """A hash of all three files' contents, as they were understood."""
        whole = (self._name, self.model_dump_json(), self._prompt, self._template)
        return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:12]


def load_custom_reports(folder: Path) -> dict[str, CustomReport]:
    """The reports of a folder, by the names of their folders. Raises `ConfigError` that names the file."""
    if not folder.is_dir():
        raise ConfigError(f"reports.folder: {folder} is not a folder")
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    return {path.name: _load_custom_report(path) for path in inner}


def _load_custom_report(folder: Path) -> CustomReport:
    reserved = (*FORMATS, FOR_YOU, WEEKLY_REPORT)
    if not _NAME.fullmatch(folder.name) or folder.name in reserved or folder.name.startswith(FOR_YOU):
        raise ConfigError(
            f"{folder}: a report's folder is named by lower-case letters, digits and single underscores, and not like "
            f"one of {', '.join(reserved)}"
        )
    settings = folder / _SETTINGS
    try:
        report = CustomReport.model_validate(
            rename_old_keys(read_yaml(_read_text(settings)), str(settings), CUSTOM_REPORT_KEYS)
        )
    except ValidationError as error:
        raise ConfigError(format_validation_errors(str(settings), error, CustomReport)) from None
    except ValueError as error:
        raise ConfigError(f"{settings} cannot be read: {error}") from None
    report._name = folder.name
    report._prompt, report._template = (_read_text(folder / name) for name in _FILES.values())
    return report


def _read_text(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        needed = ", ".join((_SETTINGS, *_FILES.values()))
        raise ConfigError(f"{path} does not exist; a custom report needs {needed}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    if not text.strip():
        raise ConfigError(f"{path} is empty")
    return text
