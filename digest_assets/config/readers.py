"""The settings `library` and `readers`: what people have, whom they follow, and where their reports go."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.config.delivery import VariableName
from digest_assets.config.fields import ConfigModel, Language, NonBlankText, reject_repeats
from digest_assets.config.report_formats import Topic

ReaderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$", max_length=40)]


def _parse_id(text: str) -> str:
    return parse_arxiv_id(text).id


PaperId = Annotated[str, AfterValidator(_parse_id)]


class ZoteroConfig(ConfigModel):
    """A library at zotero.org."""

    library_id: Annotated[str, Field(pattern=r"^[0-9]+$")] = Field(
        description="The number of the user or group: zotero.org/settings/keys says it."
    )
    library_type: Literal["user", "group"] = Field("user", description="Whose it is.")
    collection: Annotated[str, Field(pattern=r"^[A-Z0-9]{8}$")] | None = Field(
        None, description="The key of one collection; all of the library if not given."
    )
    key_variable: VariableName = Field(
        "ZOTERO_API_KEY", description="The environment variable of the key; a public library needs none."
    )

    @field_validator("library_id", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value


class LibraryConfig(ConfigModel):
    """What a reader has, and whom they follow. It stays on this machine."""

    files: tuple[NonBlankText, ...] = Field(
        (), description="BibTeX (`.bib`), RIS (`.ris`) and CSL-JSON (`.json`) files, beside this file if relative."
    )
    zotero: ZoteroConfig | None = Field(None, description="A library at zotero.org.")
    arxiv_ids: tuple[PaperId, ...] = Field((), description="Papers by their arXiv ids.")
    authors: tuple[NonBlankText, ...] = Field((), description="Authors whose new papers are wanted.")
    labs: tuple[NonBlankText, ...] = Field((), description="Labs, by their names at Hugging Face or a part of them.")
    marks: NonBlankText | None = Field(
        None,
        description="A file of marks beside those of `digest mark`: CSV with the columns `id` and `kind`, or what the "
        "site's button saves.",
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is given."""
        return self == LibraryConfig()

    def with_folder(self, folder: Path) -> Self:
        """The same, its files found from a folder."""
        marks = None if self.marks is None else str(folder / self.marks)
        return self.model_copy(update={"files": tuple(str(folder / name) for name in self.files), "marks": marks})


class ReaderConfig(ConfigModel):
    """One of several readers, who has a report `for_you` of their own."""

    name: ReaderName = Field(description="Lower-case letters, digits and single underscores.")
    library: LibraryConfig = LibraryConfig()
    topics: tuple[Topic, ...] = Field((), description="Topics whose papers are wanted first.")
    language: Language | None = Field(None, description="Language of their report; that of `for_you` if not given.")
    channels: Annotated[tuple[NonBlankText, ...], AfterValidator(reject_repeats)] = Field(
        (), description="Recipients under `delivery`, by name, who get their report; nobody else gets it."
    )
