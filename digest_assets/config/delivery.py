"""The settings `feeds` and `delivery`: where editions go, to whom, and when. Secrets are named, never held, here."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, model_validator

from digest_assets.config.fields import ConfigModel, NonBlankText, ReportName, reject_repeats

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
    attach_report: bool = Field(
        False, description="Whether the whole report goes along as a Markdown file; that of a large day is megabytes."
    )

    @model_validator(mode="after")
    def _secrets_need_encryption(self) -> Self:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(f"security: none is for a server on the same machine, not {self.host}")
        return self


class WebhookConfig(RecipientConfig):
    """Editions posted to an address."""

    kind: Literal["slack", "discord", "json", "apprise"] = Field(
        description="The form of the message. `apprise` is for a hundred other services, by an address of Apprise as "
        "`tgram://…`, `feishu://…`, `ntfys://…`: https://appriseit.com/services/."
    )
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
