"""Every choice a user has: `digest.yaml` as pydantic models, and the environment.

`load_settings()` is the one way in. What is wrong is said at once, in one message that names each key, its
value and what is allowed. Secrets are not here: the client libraries read `OPENAI_API_KEY` and `HF_TOKEN` from
the environment when they first need them.
"""

import difflib
import os
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from digest_assets.complaints import complaint
from digest_assets.errors import ConfigError
from digest_assets.mailings import Calendar
from digest_assets.warehouse.database import Warehouse

ReportName = Literal["topic_digest", "daily_table", "field_review", "category_digest", "deep_read"]
REPORT_NAMES: tuple[ReportName, ...] = get_args(ReportName)
Language = Literal["en", "zh"]
Depth = Literal["full", "abstract"]

KNOWN_CATEGORIES = frozenset(
    resources.files("digest_assets").joinpath("arxiv_categories.txt").read_text("ascii").split()
)


def _known_category(name: str) -> str:
    if name not in KNOWN_CATEGORIES:
        near = difflib.get_close_matches(name, sorted(KNOWN_CATEGORIES), n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"not an arXiv category{hint} (the list: https://arxiv.org/category_taxonomy)")
    return name


def _no_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} stands more than once")
    return names


Category = Annotated[
    str, AfterValidator(_known_category), WithJsonSchema({"type": "string", "format": "arxiv-category"})
]
Categories = Annotated[tuple[Category, ...], Field(min_length=1), AfterValidator(_no_repeats)]
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class Choice(BaseModel):
    """Base of the settings: frozen, and a key that does not exist is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ArxivChoice(Choice):
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


class HuggingFaceChoice(Choice):
    """The daily papers page of Hugging Face."""

    enabled: bool = Field(True, description="Whether the page is read.")
    settled_after_days: int = Field(
        2, ge=1, le=14, description="Days after its date until which a page that changes is read again."
    )


class SourcesChoice(Choice):
    """Where papers come from."""

    arxiv: ArxivChoice = ArxivChoice()
    huggingface: HuggingFaceChoice = HuggingFaceChoice()
    timeout_seconds: float = Field(60, gt=0, description="For one answer of a source.")
    patience_seconds: float = Field(
        600, gt=0, description="For one question to a source, repeated after faults; then the source has failed."
    )
    backoff_seconds: float = Field(
        5, gt=0, description="Pause before the first repeat; doubled for each further one, with jitter."
    )


class Topic(Choice):
    """What a reader follows: phrases of which any, all or none must stand in a paper's title or abstract."""

    model_config = ConfigDict(populate_by_name=True)

    name: Words = Field(description="The heading in the report.")
    any: tuple[Words, ...] = Field((), description="At least one of these phrases.")
    all: tuple[Words, ...] = Field((), description="Every one of these phrases.")
    excluded: tuple[Words, ...] = Field((), alias="not", description="None of these phrases.")
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


class ReportChoice(Choice):
    """What every report has."""

    enabled: bool = Field(True, description="Whether the report is made.")
    language: Language = Field("en", description="Language of the content.")
    read: Depth = Field("full", description="Read the full text, or the abstract only.")


class TopicDigestChoice(ReportChoice):
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
        _no_repeats(tuple(topic.name for topic in topics))
        return topics


class DailyTableChoice(ReportChoice):
    """Hugging Face's daily papers as a table."""


class FieldReviewChoice(ReportChoice):
    """The best papers of a field, in depth."""

    field: Words = Field("Computer Vision", description="The field's name, in the title and for the ranking.")
    categories: Categories = Field(("cs.CV", "cs.RO"), description="The field's arXiv categories.")
    papers: int = Field(10, ge=1, le=100, description="How many papers are reviewed.")
    interests: tuple[Words, ...] = Field((), description="Phrases that the ranking prefers.")


class CategoryDigestChoice(ReportChoice):
    """Every paper of the day, by category."""

    read: Depth = Field("abstract", description="Read the full text, or the abstract only.")
    categories: Categories = Field(("cs.CV", "cs.CY", "cs.IR", "cs.LG", "cs.AI"), description="In this order.")


class DeepReadChoice(ReportChoice):
    """Hugging Face's daily papers, read in full."""


class ReportsChoice(Choice):
    """The five reports."""

    topic_digest: TopicDigestChoice = TopicDigestChoice()
    daily_table: DailyTableChoice = DailyTableChoice()
    field_review: FieldReviewChoice = FieldReviewChoice()
    category_digest: CategoryDigestChoice = CategoryDigestChoice()
    deep_read: DeepReadChoice = DeepReadChoice()

    def enabled(self) -> dict[ReportName, ReportChoice]:
        """The reports to make, by name, in the fixed order."""
        every = {name: getattr(self, name) for name in REPORT_NAMES}
        return {name: choice for name, choice in every.items() if choice.enabled}


class TextsChoice(Choice):
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


class Price(Choice):
    """US dollars per million tokens of one model."""

    input: float = Field(ge=0, description="Of input.")
    cached_input: float | None = Field(
        None, ge=0, description="Of input that the provider had cached; `input` if not given."
    )
    output: float = Field(ge=0, description="Of output.")


class SummariesChoice(Choice):
    """Who writes the summaries, how fast and for how much."""

    engine: Literal["extractive", "openai"] = Field("extractive", description="Who writes.")
    mode: Literal["live", "batch"] = Field(
        "live", description="Ask at once, or by the Batch API: half the price, within a day; for backfills."
    )
    model: Words = Field("gpt-5-mini", description="Any model of the OpenAI-compatible endpoint.")
    concurrency: int = Field(16, ge=1, le=512, description="Model calls in flight.")
    requests_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    tokens_per_minute: int | None = Field(None, ge=1, description="Limit of the endpoint.")
    budget_usd: float | None = Field(
        None, ge=0, description="Most that one day may cost; the rest falls back to extractive."
    )
    run_budget_usd: float | None = Field(None, ge=0, description="Most that one run may cost, whatever its days.")
    prices: Mapping[str, Price] = Field({}, description="Money per million tokens, by model.")
    fallback_model: Words | None = Field(None, description="Asked when the model refuses or fails; none if not given.")
    ranking_model: Words | None = Field(None, description="Ranks papers; `model` if not given.")
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
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]


class FeedsChoice(Choice):
    """Atom and JSON feeds, one for each report and topic."""

    enabled: bool = Field(True, description="Whether feeds are written.")
    days: int = Field(30, ge=1, le=366, description="How many published days back a feed goes.")
    base_url: HttpUrl | None = Field(
        None, description="Where the data folder's `site` is served; without it, items link to arXiv and Hugging Face."
    )


class Recipient(Choice):
    """Somebody whom editions are delivered to, and which."""

    name: Words = Field(description="A name of your own, which the table of deliveries keeps.")
    reports: Annotated[tuple[ReportName, ...], Field(min_length=1), AfterValidator(_no_repeats)] = Field(
        REPORT_NAMES, description="The reports that are delivered."
    )
    empty: bool = Field(False, description="Whether an edition without papers is delivered too.")


class MailChoice(Recipient):
    """Editions by e-mail."""

    to: Annotated[tuple[Address, ...], Field(min_length=1)] = Field(
        description="Addresses, each of which gets its own."
    )
    sender: Address = Field(description="The address that it comes from.")
    host: Words = Field(description="The SMTP server.")
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


class WebhookChoice(Recipient):
    """Editions posted to an address."""

    kind: Literal["slack", "discord", "json"] = Field(description="The form of the message.")
    url_variable: VariableName = Field(
        description="The environment variable of the address, which is a secret: who has it can write there."
    )


class DeliveryChoice(Choice):
    """Where editions are delivered to, each once."""

    mail: tuple[MailChoice, ...] = Field((), description="By e-mail.")
    webhooks: tuple[WebhookChoice, ...] = Field((), description="To chat rooms and other programs.")
    newest_days: int = Field(3, ge=1, le=366, description="Older editions, as of a backfill, are not delivered.")
    page_after_hours: int = Field(
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
        _no_repeats(tuple(recipient.name for recipient in (*self.mail, *self.webhooks)))
        return self


class Config(Choice):
    """The whole of `digest.yaml`; everything has a default."""

    sources: SourcesChoice = SourcesChoice()
    reports: ReportsChoice = ReportsChoice()
    texts: TextsChoice = TextsChoice()
    summaries: SummariesChoice = SummariesChoice()
    feeds: FeedsChoice = FeedsChoice()
    delivery: DeliveryChoice = DeliveryChoice()
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

    @model_validator(mode="after")
    def _reports_have_sources(self) -> Self:
        listed = set(self.sources.arxiv.categories)
        for name in ("field_review", "category_digest"):
            choice = cast(FieldReviewChoice | CategoryDigestChoice, getattr(self.reports, name))
            missing = [category for category in choice.categories if category not in listed]
            if choice.enabled and missing:
                raise ValueError(
                    f"reports.{name}.categories: {', '.join(missing)} must stand under sources.arxiv.categories too"
                )
        return self


class Environment(Choice):
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
    def read(cls, variables: Mapping[str, str]) -> "Environment":
        """From `DIGEST_*` variables; an empty one counts as not set."""
        given = {name: variables.get(f"DIGEST_{name.upper()}", "") for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


class Settings(Choice):
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
        environment = Environment.read(variables)
    except ValidationError as error:
        raise ConfigError(complaint("the environment", error, Environment)) from None
    return Settings(config=load_config(Path(variables.get("DIGEST_CONFIG") or "digest.yaml")), environment=environment)


def load_config(path: Path) -> Config:
    """Read and validate `digest.yaml`. Raises `ConfigError`."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; set DIGEST_CONFIG, or run where digest.yaml is") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        return Config.model_validate({} if loaded is None else loaded)
    except ValidationError as error:
        raise ConfigError(complaint(str(path), error, Config)) from None
