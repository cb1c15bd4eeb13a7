"""The settings of the built-in reports: papers, topics, language and depth of reading of each."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from digest_assets.config.fields import (
    Categories,
    Category,
    ConfigModel,
    Depth,
    Language,
    NonBlankText,
    reject_repeats,
)


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

    @model_validator(mode="after")
    def _phrases_have_words(self) -> "Topic":
        any_of, all_of = self.phrases
        for phrase in (*any_of, *all_of, *self.excluded):
            if not any(character.isalnum() for character in phrase):
                raise ValueError(f"the phrase {phrase!r} has no word to look for")
        return self

    @property
    def phrases(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """`(any, all)`: the topic's name is its phrase when neither is given."""
        return (self.any, self.all) if self.any or self.all else ((), (self.name,))


class ReportConfig(ConfigModel):
    """What every report has."""

    enabled: bool = Field(True, description="Whether the report is made.")
    language: Language = Field("en", description="Language of the content.")
    read: Depth = Field("full", description="Read the full text, or the abstract only.")
    model: NonBlankText | None = Field(
        None, description="Writes its summaries, in place of the model of the role `read`; see `summaries.models`."
    )


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
    order: Literal["id", "relevance"] = Field("id", description="The papers' order inside a category.")


class DeepReadConfig(ReportConfig):
    """Hugging Face's daily papers, read in full."""


class ForYouConfig(ReportConfig):
    """A reader's ten minutes: made for whoever has a library, follows somebody, or marked a paper."""

    papers: int = Field(12, ge=1, le=50, description="How many papers are shown; a day may have fewer that are near.")
    nearly: int = Field(8, ge=0, le=50, description="How many more are named that were nearly in.")
