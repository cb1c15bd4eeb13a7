"""The table of deliveries, the outbox: one row is an attempt's start or end."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from digest_assets.config.fields import ReportName
from digest_assets.warehouse.tables import OldNames, Row, Table


class DeliveryRow(Row):
    """Something that happened to a delivery; the last row of an edition and a recipient is where it stands."""

    recipient: str = Field(description="The recipient's name in the settings; for mail also the address.")
    day: date = Field(description="The edition's day.")
    report: ReportName = Field(description="The edition's report.")
    attempt: int = Field(description="From 1.")
    state: Literal["sending", "sent", "failed"] = Field(
        description="`sending` is written before the message goes out, so that a kill in between is noticed."
    )
    recorded_at: datetime = Field(description="When it happened, UTC.")
    key: str = Field(description="Idempotency key: by it the receiver knows an edition that it already has.")
    sha256: str = Field(description="Hash of the report file that it speaks of.")
    papers: tuple[str, ...] = Field(
        (), description="The papers of a message that was sent, by which a later edition's leaves them out."
    )
    note: str | None = Field(None, description="Why it failed, or what else to know, in plain words.")


DELIVERIES = Table(
    "deliveries",
    DeliveryRow,
    ("recipient", "day", "report", "attempt", "state"),
    "Every attempt to deliver an edition to a recipient, and what became of it.",
    order=("recorded_at",),
    version=3,
    renamed_from=OldNames(columns={"recorded_at": "at"}),
)
