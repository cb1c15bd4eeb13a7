"""The whole of `digest.yaml` and of the environment's `DIGEST_*` variables, read and validated.

`load_settings()` is the one way in. What is wrong is said at once, in one message that names each key, its value and
what is allowed. Each part of the settings has a module of its own. Secrets are not here: the client libraries read
`OPENAI_API_KEY` and `HF_TOKEN` from the environment when they first need them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, HttpUrl, ValidationError, model_validator

from digest_assets.common.arxiv_ids import API_URL, FEEDS_URL, OAI_URL, SITE_URL
from digest_assets.common.errors import ConfigError
from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.custom_reports import load_custom_reports
from digest_assets.config.delivery import DeliveryConfig, FeedsConfig
from digest_assets.config.fields import WEEKLY_REPORT, ConfigModel, reject_repeats
from digest_assets.config.readers import LibraryConfig, ReaderConfig
from digest_assets.config.renamed_keys import SETTINGS_KEYS, rename_old_keys
from digest_assets.config.report_formats import CategoryDigestConfig, FieldReviewConfig
from digest_assets.config.reports import ReportsConfig
from digest_assets.config.sources import SourcesConfig
from digest_assets.config.summaries import SummariesConfig
from digest_assets.config.texts import TextsConfig
from digest_assets.config.validation_errors import format_validation_errors
from digest_assets.config.weekly import WeeklyConfig
from digest_assets.config.yaml_files import read_yaml


class Config(ConfigModel):
    """The whole of `digest.yaml`; everything has a default."""

    sources: SourcesConfig = SourcesConfig()
    reports: ReportsConfig = ReportsConfig()
    texts: TextsConfig = TextsConfig()
    summaries: SummariesConfig = SummariesConfig()
    feeds: FeedsConfig = FeedsConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    library: LibraryConfig = LibraryConfig()
    readers: tuple[ReaderConfig, ...] = Field(
        (), description="Several people who share the days; one alone needs only `library`."
    )
    weekly: WeeklyConfig = WeeklyConfig()
    contact: str = Field("", max_length=200, description="An address in the User-Agent, as arXiv asks for.")
    database: str | None = Field(
        None,
        description="A path, or a DuckLake attach string (`ducklake:…`); by default digest.duckdb in the data folder.",
    )
    database_files: str | None = Field(
        None,
        description="Where a DuckLake keeps its tables' files: a folder that every machine sees, or "
        "`s3://bucket/prefix`; by default the folder `tables` in the data folder.",
    )
    lock_wait_seconds: float = Field(600, gt=0, description="How long a process waits for its turn at the database.")
    executor: Literal["in_process", "celery"] = Field(
        "in_process",
        description="What runs the steps of a day that the UI or the daemons start: the run's own process, or Celery "
        "workers, found by Celery's own variables.",
    )
    run_history_days: int = Field(
        90,
        ge=7,  # sensors look back two weeks at days, and at runs by their newest
        description="After how many days Dagster forgets a run that made nothing which is still the newest.",
    )

    @model_validator(mode="after")
    def _no_password(self) -> "Config":
        # Of the whole model, because the message about a single field would repeat its value.
        if self.database and re.search(r"password\s*=|://[^/@\s]*:[^/@\s]*@", self.database):
            raise ValueError("database: a password does not belong into a file; set PGPASSWORD in the environment")
        return self

    @model_validator(mode="after")
    def _give_readers_reports(self) -> "Config":
        reject_repeats(tuple(reader.name for reader in self.readers))
        recipients = {recipient.name for recipient in (*self.delivery.mail, *self.delivery.webhooks)}
        for reader in self.readers:
            if unknown := sorted(set(reader.channels) - recipients):
                raise ValueError(f"readers: {reader.name}: no recipient under delivery is called {', '.join(unknown)}")
        # In place, since a validator may not give another object; the reports themselves are a copy.
        self.__dict__["reports"] = self.reports.with_readers({one.name: one.language for one in self.readers})
        return self

    def get_library(self, reader: str) -> LibraryConfig:
        """What a reader has; that of the settings for the one without a name."""
        return next((one.library for one in self.readers if one.name == reader), self.library)

    def list_followed_authors(self) -> tuple[str, ...]:
        """The authors whom any reader follows, once each."""
        libraries = (self.library, *(reader.library for reader in self.readers))
        return tuple(dict.fromkeys(author for library in libraries for author in library.authors))


class Environment(ConfigModel):
    """What the environment says: places, never choices about content."""

    data_dir: Path = Field(Path("data"), description="The folder of everything that is made.")
    first_day: date = Field(
        date(2025, 8, 1),
        ge=date(1991, 8, 14),  # arXiv's first day
        description="The first day that can be chosen, where Dagster's partitions start. An earlier one only makes their list "
        "longer; set it where the daemon and the commands run, once.",
    )
    arxiv_api_url: HttpUrl = Field(HttpUrl(API_URL), description="The whole query URL of arXiv's API.")
    arxiv_rss_url: HttpUrl = Field(
        HttpUrl(FEEDS_URL), description="The root of the announcement feeds, `/rss/…` and `/atom/…`."
    )
    arxiv_site_url: HttpUrl = Field(HttpUrl(SITE_URL), description="The root of papers' files, `/html/…` and `/pdf/…`.")
    zotero_api_url: HttpUrl = Field(HttpUrl("https://api.zotero.org"), description="The root of Zotero's API.")
    arxiv_oai_url: HttpUrl | None = Field(
        HttpUrl(OAI_URL),
        description="arXiv's OAI-PMH: versions, withdrawals, licences. Not asked where another address of arXiv is set and "
        "this one is not.",
    )

    @model_validator(mode="before")
    @classmethod
    def _skip_oai_beside_mirrors(cls, given: Any) -> Any:
        mirrored = isinstance(given, dict) and {"arxiv_api_url", "arxiv_rss_url", "arxiv_site_url"} & given.keys()
        return {"arxiv_oai_url": None, **given} if mirrored else given

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "Environment":
        """From `DIGEST_*` variables; an empty one counts as not set, and blanks around a value are none of it."""
        given = {name: variables.get(f"DIGEST_{name.upper()}", "").strip() for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


class Settings(ConfigModel):
    """The validated choices and places that every asset gets."""

    config: Config = Config()
    environment: Environment = Environment()

    @cached_property
    def calendar(self) -> MailingCalendar:
        """arXiv's mailings, with the known and the configured dates that have none."""
        return MailingCalendar.with_extra_dates(self.config.sources.arxiv.no_mailing)

    @property
    def data_dir(self) -> Path:
        """The absolute folder of everything that is made."""
        return self.environment.data_dir.absolute()

    @property
    def database(self) -> str:
        """What DuckDB opens: a path, or a DuckLake attach string."""
        return self.config.database or str(self.data_dir / "digest.duckdb")

    @property
    def database_files(self) -> str:
        """Where a DuckLake keeps its tables' files: an absolute folder, or an address of an object store."""
        files = self.config.database_files or str(self.data_dir / "tables")
        return files if "://" in files else str(Path(files).absolute())


def load_settings(variables: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises `ConfigError` with one readable message."""
    variables = os.environ if variables is None else variables
    config = load_config(Path(variables.get("DIGEST_CONFIG", "").strip() or "digest.yaml"))
    return Settings(config=config, environment=load_environment(variables))


def load_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """What the environment of this process says. Raises `ConfigError` with one readable message."""
    try:
        return Environment.from_variables(os.environ if variables is None else variables)
    except ValidationError as error:
        raise ConfigError(format_validation_errors("the environment", error, Environment)) from None


def load_config(path: Path) -> Config:
    """Read and validate `digest.yaml`, with the custom reports that it names. Raises `ConfigError`."""
    try:
        loaded = rename_old_keys(read_yaml(path.read_text("utf-8")), str(path), SETTINGS_KEYS)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; set DIGEST_CONFIG, or run where digest.yaml is") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read: it is not UTF-8; save it as that") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        config = Config.model_validate({} if loaded is None else loaded)
    except ValidationError as error:
        raise ConfigError(format_validation_errors(str(path), error, Config)) from None
    reports = _fit_default_categories(config)
    if reports.folder is not None:
        reports = reports.with_custom(load_custom_reports(path.parent / reports.folder))
    library = config.library.with_folder(path.parent)
    readers = tuple(
        reader.model_copy(update={"library": reader.library.with_folder(path.parent)}) for reader in config.readers
    )
    config = config.model_copy(update={"reports": reports, "library": library, "readers": readers})
    if problems := list(_find_contradictions(config)):
        raise ConfigError("\n".join([f"{path} is not valid:", *(f"  {problem}" for problem in problems)]))
    return config


def _fit_default_categories(config: Config) -> ReportsConfig:
    """The reports, whose default categories give way to those that the sources list."""
    listed, reports = config.sources.arxiv.categories, config.reports
    digest, review = reports.category_digest, reports.field_review
    if "categories" not in digest.model_fields_set and not set(digest.categories) <= set(listed):
        digest = digest.model_copy(update={"categories": listed})
    common = tuple(category for category in review.categories if category in listed)
    if "categories" not in review.model_fields_set and common:
        review = review.model_copy(update={"categories": common})
    return reports.model_copy(update={"category_digest": digest, "field_review": review})


def _find_contradictions(config: Config) -> Iterator[str]:
    """What cannot be: each choice is allowed by itself, but not beside another."""
    listed, reports = config.sources.arxiv.categories, config.reports
    for name in reports.enabled_reports():
        selection = reports.get_selection(name)
        if isinstance(selection, FieldReviewConfig | CategoryDigestConfig):
            missing = [category for category in selection.categories if category not in listed]
            if missing:
                where = f"reports.{name}.categories" if name not in reports.custom else f"{reports.folder}/{name}"
                yield f"{where}: {', '.join(missing)} must stand under sources.arxiv.categories too"
    for name, report in reports.possible_reports().items():
        if problem := config.summaries.explain_unknown_name(report.model):
            yield f"reports.{name}.model: {problem}"
    names = (*reports.names, WEEKLY_REPORT)
    for recipient in (*config.delivery.mail, *config.delivery.webhooks):
        for name in recipient.reports or ():
            if name not in names:
                yield f"delivery: {recipient.name}: no report is called {name!r}; there are {', '.join(names)}"
