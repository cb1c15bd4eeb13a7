"""Every choice a user has: `digest.yaml` as pydantic models, and the environment.

`load_settings()` is the one way in. What is wrong is said at once, in one message that names each key, its
value and what is allowed. Secrets are not here: the client libraries read `OPENAI_API_KEY` and `HF_TOKEN` from
the environment when they first need them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)

from digest_assets.common.errors import ConfigError
from digest_assets.common.mailings import Calendar
from digest_assets.config.reports import (
    Categories,
    CategoryDigestConfig,
    ConfigModel,
    FieldReviewConfig,
    ReportName,
    ReportsConfig,
    NonBlankText,
    reject_repeats,
    load_custom_reports,
)
from digest_assets.config.validation_errors import format_validation_errors
from digest_assets.warehouse.database import Warehouse


class ArxivConfig(ConfigModel):
    """Where the day's arXiv papers come from."""

    categories: Categories = Field(
        ("cs.CV", "cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.CY", "cs.RO"),
        description="Every new paper that has one of these categories, primary or cross-listed, is a paper of the day.",
    )
    delay_seconds: float = Field(
        3.0, ge=0, le=600, description="Pause between two requests to arXiv's API, across processes."
    )
    page_size: int = Field(200, ge=1, le=2000, description="Papers per API request.")
    no_mailing: tuple[date, ...] = Field((), description="Weekdays without a mailing, added to the known ones.")
    fallback_hour: int = Field(
        3,
        ge=0,
        le=23,
        description="From this hour of the mailing's date (US Eastern) a day starts without the feed, if that is down.",
    )
    give_up_hour: int = Field(
        12,
        ge=1,
        le=23,
        description="At this hour of the mailing's date (US Eastern) a day starts although papers are not known yet.",
    )


class HuggingFaceConfig(ConfigModel):
    """The daily papers page of Hugging Face."""

    enabled: bool = Field(True, description="Whether the page is read.")
    settled_after_days: int = Field(
        2, ge=1, le=14, description="Days after its date until which a page that changes is read again."
    )


class SourcesConfig(ConfigModel):
    """Where papers come from."""

    arxiv: ArxivConfig = ArxivConfig()
    huggingface: HuggingFaceConfig = HuggingFaceConfig()
    timeout_seconds: float = Field(60, gt=0, description="For one answer of a source.")
    retry_deadline_seconds: float = Field(
        600, gt=0, description="For one question to a source, repeated after faults; then the source has failed."
    )
    backoff_seconds: float = Field(
        5, gt=0, description="Pause before the first repeat; doubled for each further one, with jitter."
    )


class TextsConfig(ConfigModel):
    """How papers are fetched and read."""

    max_bytes: int = Field(50_000_000, ge=1_000, description="Largest file that is read.")
    max_pages: int = Field(
        200, ge=1, description="Pages of a PDF that are read; a longer one is read up to here and says so."
    )
    timeout_seconds: float = Field(60, gt=0, description="For fetching a file, and for parsing it.")
    requests_per_second: float = Field(1.0, gt=0, description="Of papers' files, across processes.")
    connections: int = Field(4, ge=1, le=64, description="Downloads under way at once.")
    memory_bytes: int = Field(1_000_000_000, ge=200_000_000, description="Most memory that parsing one file may take.")
    keep_files: bool = Field(False, description="Keep downloaded files in the cache folder after they were read.")
    cache_bytes: int = Field(
        2_000_000_000, ge=0, description="Size of the cache of read texts and kept files; the oldest go first."
    )


class Price(ConfigModel):
    """US dollars per million tokens of one model."""

    input: float = Field(ge=0, description="Of input.")
    cached_input: float | None = Field(
        None, ge=0, description="Of input that the provider had cached; `input` if not given."
    )
    output: float = Field(ge=0, description="Of output.")


class SummariesConfig(ConfigModel):
    """Who writes the summaries, how fast and for how much."""

    engine: Literal["extractive", "openai"] = Field("extractive", description="Who writes.")
    mode: Literal["live", "batch"] = Field(
        "live", description="Ask at once, or by the Batch API: half the price, within a day; for backfills."
    )
    model: NonBlankText = Field("gpt-5-mini", description="Any model of the OpenAI-compatible endpoint.")
    concurrency: int = Field(16, ge=1, le=512, description="Model calls in flight.")
    requests_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    tokens_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    budget_usd: float | None = Field(
        None, ge=0, description="Most that one day may cost; the rest falls back to extractive."
    )
    run_budget_usd: float | None = Field(None, ge=0, description="Most that one run may cost, whatever its days.")
    prices: Mapping[str, Price] = Field({}, description="Money per million tokens, by model.")
    fallback_model: NonBlankText | None = Field(None, description="Asked when the model refuses or fails; none if not given.")
    ranking_model: NonBlankText | None = Field(None, description="Ranks papers; `model` if not given.")
    timeout_seconds: float = Field(180, gt=0, description="For one call.")
    deadline_seconds: float = Field(
        600, gt=0, description="For all calls of one paper, waits for our own limits not counted."
    )
    context_tokens: int = Field(
        100_000, ge=2_000, description="Longest text of a call, in tokens; a longer one is read by sections."
    )
    parameters: Mapping[str, str | int | float | bool] = Field(
        {}, description="Further parameters of a call, by the endpoint's names, like reasoning_effort or temperature."
    )

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that may be asked."""
        named = (self.model, self.fallback_model, self.ranking_model)
        return tuple(dict.fromkeys(model for model in named if model is not None))

    @model_validator(mode="after")
    def _budget_needs_prices(self) -> Self:
        if self.engine == "openai" and (self.budget_usd is not None or self.run_budget_usd is not None):
            unpriced = [model for model in self.models if model not in self.prices]
            if unpriced:
                raise ValueError(f"a budget needs the price of {', '.join(map(repr, unpriced))} under prices")
        return self


VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
EmailAddress = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]


class FeedsConfig(ConfigModel):
    """Atom and JSON feeds, one for each report and topic."""

    enabled: bool = Field(True, description="Whether feeds are written.")
    days: int = Field(30, ge=1, le=366, description="How many published days back a feed goes.")
    base_url: HttpUrl | None = Field(
        None, description="Where the data folder's `site` is served; without it, items link to arXiv and Hugging Face."
    )


class RecipientConfig(ConfigModel):
    """Somebody whom editions are delivered to, and which."""

    name: NonBlankText = Field(description="A name of your own, which the table of deliveries keeps.")
    reports: Annotated[tuple[ReportName, ...], Field(min_length=1), AfterValidator(reject_repeats)] | None = Field(
        None, description="The reports that are delivered; all if not given."
    )
    empty: bool = Field(False, description="Whether an edition without papers is delivered too.")


class MailConfig(RecipientConfig):
    """Editions by e-mail."""

    to: Annotated[tuple[EmailAddress, ...], Field(min_length=1)] = Field(
        description="Addresses, each of which gets its own."
    )
    sender: EmailAddress = Field(description="The address that it comes from.")
    host: NonBlankText = Field(description="The SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="587 for `starttls`, 465 for `tls`.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`none` is for a server on the same machine only."
    )
    user_variable: VariableName = Field(
        "DIGEST_SMTP_USER", description="The environment variable of the user name; if it is empty, there is no log-in."
    )
    password_variable: VariableName = Field("DIGEST_SMTP_PASSWORD", description="The one of the password.")

    @model_validator(mode="after")
    def _secrets_need_encryption(self) -> Self:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(f"security: none is for a server on the same machine, not {self.host}")
        return self


class WebhookConfig(RecipientConfig):
    """Editions posted to an address."""

    kind: Literal["slack", "discord", "json"] = Field(description="The form of the message.")
    url_variable: VariableName = Field(
        description="The environment variable of the address, which is a secret: who has it can write there."
    )


class DeliveryConfig(ConfigModel):
    """Where editions are delivered to, each once."""

    mail: tuple[MailConfig, ...] = Field((), description="By e-mail.")
    webhooks: tuple[WebhookConfig, ...] = Field((), description="To chat rooms and other programs.")
    newest_days: int = Field(3, ge=1, le=366, description="Older editions, as of a backfill, are not delivered.")
    hf_delay_hours: int = Field(
        24,
        ge=0,
        le=336,
        description="Hours from 00:00 UTC of its date until an edition of Hugging Face's page, which fills during the "
        "day, is delivered.",
    )
    attempts: int = Field(6, ge=1, le=100, description="How often a failed delivery is tried, hours apart.")
    timeout_seconds: float = Field(30, gt=0, description="For one message.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        reject_repeats(tuple(recipient.name for recipient in (*self.mail, *self.webhooks)))
        return self


class Config(ConfigModel):
    """The whole of `digest.yaml`; everything has a default."""

    sources: SourcesConfig = SourcesConfig()
    reports: ReportsConfig = ReportsConfig()
    texts: TextsConfig = TextsConfig()
    summaries: SummariesConfig = SummariesConfig()
    feeds: FeedsConfig = FeedsConfig()
    delivery: DeliveryConfig = DeliveryConfig()
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

    @model_validator(mode="after")
    def _no_password(self) -> Self:
        # Of the whole model, because the message about a single field would repeat its value.
        if self.database and re.search(r"password\s*=|://[^/@\s]*:[^/@\s]*@", self.database):
            raise ValueError("database: a password does not belong into a file; set PGPASSWORD in the environment")
        return self


class Environment(ConfigModel):
    """What the environment says: places, never choices about content."""

    data_dir: Path = Field(Path("data"), description="The folder of everything that is made.")
    arxiv_api_url: HttpUrl = Field(
        HttpUrl("https://export.arxiv.org/api/query"), description="The whole query URL of arXiv's API."
    )
    arxiv_rss_url: HttpUrl = Field(
        HttpUrl("https://rss.arxiv.org"), description="The root of the announcement feeds, `/rss/…` and `/atom/…`."
    )
    arxiv_site_url: HttpUrl = Field(
        HttpUrl("https://arxiv.org"), description="The root of papers' files, `/html/…` and `/pdf/…`."
    )

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "Environment":
        """From `DIGEST_*` variables; an empty one counts as not set."""
        given = {name: variables.get(f"DIGEST_{name.upper()}", "") for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


class Settings(ConfigModel):
    """The validated choices and places that every asset gets."""

    config: Config = Config()
    environment: Environment = Environment()

    @cached_property
    def calendar(self) -> Calendar:
        """arXiv's mailings, with the known and the configured dates that have none."""
        return Calendar.known(self.config.sources.arxiv.no_mailing)

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

    def warehouse(self) -> Warehouse:
        """The database of the tables."""
        return Warehouse(self.database, self.config.lock_wait_seconds, files=self.database_files)


def load_settings(variables: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises `ConfigError` with one readable message."""
    variables = os.environ if variables is None else variables
    try:
        environment = Environment.from_variables(variables)
    except ValidationError as error:
        raise ConfigError(format_validation_errors("the environment", error, Environment)) from None
    return Settings(config=load_config(Path(variables.get("DIGEST_CONFIG") or "digest.yaml")), environment=environment)


def load_config(path: Path) -> Config:
    """Read and validate `digest.yaml`, with the reports of one's own that it names. Raises `ConfigError`."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; set DIGEST_CONFIG, or run where digest.yaml is") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        config = Config.model_validate({} if loaded is None else loaded)
    except ValidationError as error:
        raise ConfigError(format_validation_errors(str(path), error, Config)) from None
    reports = _fit_default_categories(config)
    if reports.folder is not None:
        reports = reports.with_custom(load_custom_reports(path.parent / reports.folder))
    config = config.model_copy(update={"reports": reports})
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
    for recipient in (*config.delivery.mail, *config.delivery.webhooks):
        for name in recipient.reports or ():
            if name not in reports.names:
                yield f"delivery: {recipient.name}: no report is called {name!r}; there are {', '.join(reports.names)}"
