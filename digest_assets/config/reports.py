"""What a user may say about reports: the five formats, and reports of one's own in a folder.

A report of one's own is a folder with three files: `report.yaml` (whose papers it shows, and the fields of its
summaries), `prompt.md` (what a model is told) and `template.md.jinja` (its Markdown). docs/own-reports.md shows one.
"""

import difflib
import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from digest_assets.common.errors import ConfigError
from digest_assets.config.validation_errors import format_validation_errors

FormatName = Literal["topic_digest", "daily_table", "field_review", "category_digest", "deep_read"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)
ReportName = str  # one of the five formats, or the folder of a report of one's own
Language = Literal["en", "zh"]
Depth = Literal["full", "abstract"]

KNOWN_CATEGORIES = frozenset(
    resources.files("digest_assets.config").joinpath("arxiv_categories.txt").read_text("ascii").split()
)


def _check_category(name: str) -> str:
    if name not in KNOWN_CATEGORIES:
        near = difflib.get_close_matches(name, sorted(KNOWN_CATEGORIES), n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"not an arXiv category{hint} (the list: https://arxiv.org/category_taxonomy)")
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
    """Base of the settings: frozen, and a key that does not exist is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(ConfigModel):
    """What a reader follows: phrases of which any, all or none must stand in a paper's title or abstract."""

    model_config = ConfigDict(populate_by_name=True)

    name: NonBlankText = Field(description="The heading in the report.")
    any: tuple[NonBlankText, ...] = Field((), description="At least one of these phrases.")
    all: tuple[NonBlankText, ...] = Field((), description="Every one of these phrases.")
    excluded: tuple[NonBlankText, ...] = Field((), alias="not", description="None of these phrases.")
    categories: tuple[Category, ...] = Field((), description="In at least one of these categories.")

    @model_validator(mode="before")
    @classmethod
    def _phrase(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        return " ".join(name.split())

    @property
    def phrases(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """`(any, all)`: the topic's name is its phrase when neither is given."""
        return (self.any, self.all) if self.any or self.all else ((), (self.name,))


class ReportConfig(ConfigModel):
    """What every report has."""

    enabled: bool = Field(True, description="Whether the report is made.")
    language: Language = Field("en", description="Language of the content.")
    read: Depth = Field("full", description="Read the full text, or the abstract only.")


class TopicDigestConfig(ReportConfig):
    """Topics, each with its newest papers."""

    papers_per_topic: int = Field(3, ge=1, le=50, description="How many papers a topic shows.")
    lookback_days: int = Field(7, ge=1, le=90, description="How many days back a topic looks for papers.")
    topics: tuple[Topic, ...] = Field(
        tuple(Topic(name=name) for name in ("neural rendering", "Gaussian Splatting", "avatar", "video understanding")),
        description="Phrases, or mappings of name, any, all, not, categories.",
    )

    @field_validator("topics")
    @classmethod
    def _distinct(cls, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
        reject_repeats(tuple(topic.name for topic in topics))
        return topics


class DailyTableConfig(ReportConfig):
    """Hugging Face's daily papers as a table."""


class FieldReviewConfig(ReportConfig):
    """The best papers of a field, in depth."""

    field: NonBlankText = Field("Computer Vision", description="The field's name, in the title and for the ranking.")
    categories: Categories = Field(("cs.CV", "cs.RO"), description="The field's arXiv categories.")
    papers: int = Field(10, ge=1, le=100, description="How many papers are reviewed.")
    interests: tuple[NonBlankText, ...] = Field((), description="Phrases that the ranking prefers.")


class CategoryDigestConfig(ReportConfig):
    """Every paper of the day, by category."""

    read: Depth = Field("abstract", description="Read the full text, or the abstract only.")
    categories: Categories = Field(
        ("cs.CV", "cs.CY", "cs.IR", "cs.LG", "cs.AI"),
        description="In this order. If they are not given and the sources lack one, all categories of the sources.",
    )


class DeepReadConfig(ReportConfig):
    """Hugging Face's daily papers, read in full."""


# What a field of one's own may be about, so that it can be filled without a model too.
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
    """A field of the summaries of a report of one's own: a text, or a list of texts."""

    description: NonBlankText = Field(description="What stands in it, in a sentence; a model is told so.")
    aspect: Aspect | None = Field(
        None, description="Whose sentences fill it without a model; nothing does if it is not given."
    )
    list: bool = Field(False, description="Whether it is a list of texts.")


class CustomPapers(ConfigModel):
    """Which papers a report of one's own shows: those of one of the five, and for a field or categories of its own."""

    based_on: FormatName = Field(description="The report whose papers it shows, in the same parts and order.")
    field: NonBlankText | None = Field(None, description="Instead of field_review's field.")
    categories: Categories | None = Field(None, description="Instead of those of field_review or category_digest.")
    papers: int | None = Field(None, ge=1, le=100, description="Instead of field_review's number of papers.")
    interests: tuple[NonBlankText, ...] | None = Field(None, description="Instead of field_review's interests.")

    @property
    def overrides(self) -> dict[str, Any]:
        """What it has instead of the other report's choices."""
        return {name: value for name, value in self if name != "like" and value is not None}

    @model_validator(mode="after")
    def _the_report_has_them(self) -> Self:
        allowed = _OVERRIDES.get(self.based_on, frozenset())
        if strange := sorted(self.overrides.keys() - allowed):
            has = f"it has {', '.join(sorted(allowed))}" if allowed else "only `like` may stand here"
            raise ValueError(f"{self.based_on} has no {', '.join(strange)}; {has}")
        return self


class CustomReport(ReportConfig):
    """A report of one's own, as its `report.yaml` says it."""

    papers: CustomPapers = Field(description="Which papers it shows.")
    fields: Annotated[Mapping[str, CustomField], Field(min_length=1)] = Field(
        description="The fields of a paper's summary, by name, in the order in which they are asked for."
    )
    _name: str = PrivateAttr("")
    _prompt: str = PrivateAttr("")
    _template: str = PrivateAttr("")

    @field_validator("fields")
    @classmethod
    def _good_names(cls, fields: Mapping[str, CustomField]) -> Mapping[str, CustomField]:
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


class ReportsConfig(ConfigModel):
    """The five reports, and a folder of one's own."""

    topic_digest: TopicDigestConfig = TopicDigestConfig()
    daily_table: DailyTableConfig = DailyTableConfig()
    field_review: FieldReviewConfig = FieldReviewConfig()
    category_digest: CategoryDigestConfig = CategoryDigestConfig()
    deep_read: DeepReadConfig = DeepReadConfig()
    folder: str | None = Field(
        None,
        description="A folder of reports of your own, beside this file; none if not given (see docs/own-reports.md).",
    )
    _custom: Mapping[str, CustomReport] = PrivateAttr(default_factory=dict)

    @property
    def custom(self) -> Mapping[str, CustomReport]:
        """The reports of the folder, by name."""
        return self._custom

    @property
    def names(self) -> tuple[ReportName, ...]:
        """Every report that there is, made or not, in the fixed order."""
        return (*FORMATS, *self._custom)

    def get_config(self, report: ReportName) -> ReportConfig:
        """What was chosen for a report."""
        choice: ReportConfig = self._custom[report] if report in self._custom else getattr(self, report)
        return choice

    def enabled_reports(self) -> dict[ReportName, ReportConfig]:
        """The reports to make, by name, in the fixed order."""
        every = {name: self.get_config(name) for name in self.names}
        return {name: choice for name, choice in every.items() if choice.enabled}

    def get_format(self, report: ReportName) -> FormatName:
        """The one of the five whose papers a report shows: itself, for one of them."""
        return self._custom[report].papers.based_on if report in self._custom else next(n for n in FORMATS if n == report)

    def get_selection(self, report: ReportName) -> ReportConfig:
        """The choices by which a report's papers are chosen: its own, or those of the one that it is like."""
        own = self._custom.get(report)
        if own is None:
            return self.get_config(report)
        mine = {name: getattr(own, name) for name in ReportConfig.model_fields}
        return self.get_config(own.papers.based_on).model_copy(update={**own.papers.overrides, **mine})

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that some report shows."""
        shown = any(self.get_format(report) == "topic_digest" for report in self.enabled_reports())
        return self.topic_digest.topics if shown else ()

    def with_custom(self, own: Mapping[str, CustomReport]) -> Self:
        """The same with these reports of one's own."""
        changed = self.model_copy()
        changed._custom = dict(sorted(own.items()))
        return changed


def load_custom_reports(folder: Path) -> dict[str, CustomReport]:
    """The reports of a folder, by the names of their folders. Raises `ConfigError` that names the file."""
    if not folder.is_dir():
        raise ConfigError(f"reports.folder: {folder} is not a folder")
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    return {path.name: _load_custom_report(path) for path in inner}


def _load_custom_report(folder: Path) -> CustomReport:
    if not _NAME.fullmatch(folder.name) or folder.name in FORMATS:
        raise ConfigError(
            f"{folder}: a report's folder is named by lower-case letters, digits and single underscores, and not like "
            f"one of {', '.join(FORMATS)}"
        )
    try:
        report = CustomReport.model_validate(yaml.safe_load(_read_text(folder / _SETTINGS)))
    except yaml.YAMLError as error:
        raise ConfigError(f"{folder / _SETTINGS} cannot be read: {error}") from None
    except ValidationError as error:
        raise ConfigError(format_validation_errors(str(folder / _SETTINGS), error, CustomReport)) from None
    report._name = folder.name
    report._prompt, report._template = (_read_text(folder / name) for name in _FILES.values())
    return report


def _read_text(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        needed = ", ".join((_SETTINGS, *_FILES.values()))
        raise ConfigError(f"{path} does not exist; a report of your own needs {needed}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    if not text.strip():
        raise ConfigError(f"{path} is empty")
    return text
