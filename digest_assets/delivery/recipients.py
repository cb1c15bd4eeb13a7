"""The recipients of the settings, one at a time: each address of a mail is a recipient of its own."""

import uuid
from dataclasses import dataclass

from digest_assets.config.delivery import DeliveryConfig, MailConfig, WebhookConfig
from digest_assets.reports.tables import ReportRow
from digest_assets.weekly.tables import WeeklyRow

_NAMESPACE = uuid.UUID("0d0c8a3b-6a34-5a55-9f3a-0b1f6f0f7b52")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, and how to reach them.

    Args:
        name: As the outbox knows it.
        config: Its settings.
        address: Of a mail.
    """

    name: str
    config: MailConfig | WebhookConfig
    address: str = ""

    @property
    def recognizes_keys(self) -> bool:
        """Whether the receiver can tell by an idempotency key that a message came twice."""
        return isinstance(self.config, WebhookConfig) and self.config.kind == "json"

    def subscribes_to(self, row: ReportRow | WeeklyRow) -> bool:
        """Whether an edition goes to them."""
        subscribed = self.config.reports is None or row.report in self.config.reports
        return subscribed and (row.papers > 0 or self.config.empty)

    def make_key(self, row: ReportRow | WeeklyRow) -> str:
        """The idempotency key of an edition: the same however often it is sent."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.name}/{row.day}/{row.report}"))


def list_recipients(config: DeliveryConfig) -> list[Recipient]:
    """Everybody in the settings."""
    by_mail = [Recipient(f"{mail.name} <{to}>", mail, to) for mail in config.mail for to in mail.to]
    return by_mail + [Recipient(webhook.name, webhook) for webhook in config.webhooks]
