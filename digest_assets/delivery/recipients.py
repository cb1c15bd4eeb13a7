"""The recipients of the settings, one at a time: each address of a mail is a recipient of its own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from digest_assets.config.delivery import DeliveryConfig, MailConfig, WebhookConfig
from digest_assets.config.fields import FOR_YOU
from digest_assets.config.readers import ReaderConfig
from digest_assets.config.reports import get_reader_report, is_for_you
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
        readers: The readers' reports that go to them, of those that there are.
    """

    name: str
    config: MailConfig | WebhookConfig
    address: str = ""
    readers: tuple[str, ...] = (FOR_YOU,)

    @property
    def recognizes_keys(self) -> bool:
        """Whether the receiver can tell by an idempotency key that a message came twice."""
        return isinstance(self.config, WebhookConfig) and self.config.kind == "json"

    def subscribes_to(self, row: ReportRow | WeeklyRow) -> bool:
        """Whether an edition goes to them."""
        if is_for_you(row.report) and row.report not in self.readers:
            return False
        chosen = self.config.reports
        subscribed = chosen is None or row.report in chosen or (is_for_you(row.report) and FOR_YOU in chosen)
        return subscribed and (row.papers > 0 or self.config.empty)

    def make_key(self, row: ReportRow | WeeklyRow) -> str:
        """The idempotency key of an edition: the same however often it is sent."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.name}/{row.day}/{row.report}"))


def list_recipients(config: DeliveryConfig, readers: Sequence[ReaderConfig] = ()) -> list[Recipient]:
    """Everybody in the settings. A reader's report goes to the reader's channels alone."""

    def find_reports(name: str) -> tuple[str, ...]:
        return tuple(get_reader_report(reader.name) for reader in readers if name in reader.channels) or (FOR_YOU,)

    by_mail = [
        Recipient(f"{mail.name} <{to}>", mail, to, find_reports(mail.name)) for mail in config.mail for to in mail.to
    ]
    return by_mail + [
        Recipient(webhook.name, webhook, readers=find_reports(webhook.name)) for webhook in config.webhooks
    ]
