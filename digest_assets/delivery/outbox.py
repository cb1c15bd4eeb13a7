"""The outbox: which edition goes to which recipient when, each once, with retries, every step a row of `deliveries`.

A row is written before a message goes out and another one after. If the process is killed in between, nobody knows
whether it arrived: it is sent again with the same key. A receiver that knows idempotency keys takes it as the same;
for the others the outbox says that it may have come twice.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial

from digest_assets.common.errors import ReportError
from digest_assets.common.locks import file_lock
from digest_assets.config.delivery import MailConfig
from digest_assets.config.reports import is_for_you
from digest_assets.config.settings import Settings
from digest_assets.delivery import messages
from digest_assets.delivery.recipients import Recipient, list_recipients
from digest_assets.delivery.senders import send_mail, send_webhook
from digest_assets.delivery.tables import DELIVERIES, DeliveryRow
from digest_assets.groups.grouping import get_report_source
from digest_assets.reports.edition import Edition
from digest_assets.reports.load import load_editions
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.sources.tables import HF_DAILY_PAPERS
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.weekly.choose import WEEK
from digest_assets.weekly.tables import WEEKLY, WeeklyRow
from digest_assets.weekly.write import load_week

Clock = Callable[[], datetime]
EditionRow = ReportRow | WeeklyRow
Send = Callable[[Recipient, Edition, EditionRow, Settings, datetime], None]

NOTHING_NEW = "nothing was sent: every paper of it stood in an earlier message of this report"
MAY_BE_DUPLICATE = "an earlier attempt was cut off, and the receiver knows no idempotency key: it may have come twice"
# A server that restarts is back in minutes; one that is down for a day gets two messages a day. Reached at attempt 6.
_FIRST_RETRY_DELAY = timedelta(minutes=10)
_MAX_RETRY_DELAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that is to be tried now."""

    recipient: Recipient
    row: EditionRow
    attempt: int
    interrupted: bool


def get_utc_now() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


def find_due(
    rows: Iterable[EditionRow],
    events: Iterable[DeliveryRow],
    recipients: Sequence[Recipient],
    *,
    now: datetime,
    max_attempts: int,
    again: bool = False,
) -> list[DueDelivery]:
    """What is to be delivered: editions that did not arrive, whose last failure is long enough ago.

    The wait triples from ten minutes to half a day; after `max_attempts` a delivery is left alone, until `again` asks for
    all that failed. Oldest editions first; of a day, the reader's ten minutes before the rest.
    """
    last = get_last_events(events)
    deliveries = []
    for row in sorted(rows, key=lambda row: (row.day, not is_for_you(row.report), row.report)):
        for recipient in recipients:
            before = last.get((recipient.name, row.day, row.report))
            if recipient.subscribes_to(row) and (before is None or _should_retry(before, now, max_attempts, again)):
                interrupted = before is not None and before.state == "sending"
                deliveries.append(DueDelivery(recipient, row, before.attempt + 1 if before else 1, interrupted))
    return deliveries


def get_last_events(events: Iterable[DeliveryRow]) -> dict[tuple[str, date, str], DeliveryRow]:
    """Where each recipient's edition stands: its last event, by recipient, day and report."""
    ordered = sorted(events, key=lambda event: (event.attempt, event.state != "sending"))
    return {(event.recipient, event.day, event.report): event for event in ordered}


def _should_retry(before: DeliveryRow, now: datetime, max_attempts: int, again: bool) -> bool:
    if before.state == "sent":
        return False
    if again:
        return True
    has_waited = before.state == "sending" or now >= before.recorded_at + get_retry_delay(before.attempt)
    return has_waited and before.attempt < max_attempts


def get_retry_delay(attempt: int) -> timedelta:
    """How long a delivery rests after its attempt failed."""
    return min(_FIRST_RETRY_DELAY * int(3 ** min(attempt - 1, 9)), _MAX_RETRY_DELAY)


def get_ready_time(row: ReportRow, settings: Settings) -> datetime:
    """From when an edition is delivered: at once, but of a page that is still filling only when its day is over."""
    is_filling = get_report_source(row.report, settings.config.reports) == HF_DAILY_PAPERS.name
    hours = settings.config.delivery.hf_delay_hours if is_filling else -24
    return datetime.combine(row.day, time(), UTC) + timedelta(hours=hours)


def load_due(settings: Settings, *, now: datetime, again: bool = False) -> list[DueDelivery]:
    """What is to be delivered of the newest days, by the tables."""
    config = settings.config.delivery
    recipients = list_recipients(config, settings.config.readers)
    if not recipients:
        return []
    days = [
        now.date() - timedelta(days=back) for back in range(-1, config.newest_days)
    ]  # a mailing is out the evening before
    warehouse = open_warehouse(settings)
    rows = _load_rows(warehouse, settings, days, now)
    events = DELIVERIES.to_rows(warehouse.read(DELIVERIES, sorted({row.day for row in rows}))) if rows else []
    return find_due(rows, events, recipients, now=now, max_attempts=config.attempts, again=again)


def _load_rows(warehouse: Warehouse, settings: Settings, days: Sequence[date], now: datetime) -> list[EditionRow]:
    """What was made for these days, and of the weeks that were over on them, as far as it is ready."""
    names = settings.config.reports.names
    reports = REPORTS.to_rows(warehouse.read(REPORTS, days))
    ready = [row for row in reports if row.report in names and now >= get_ready_time(row, settings)]
    weeks = WEEKLY.to_rows(warehouse.read(WEEKLY, [day - WEEK for day in days]))
    return [*ready, *(weeks if settings.config.weekly.enabled else [])]


def deliver(
    settings: Settings, *, again: bool = False, clock: Clock = get_utc_now, send: Send | None = None
) -> list[DeliveryRow]:
    """Deliver all that is due; gives what became of each. A failed delivery is a row, never an error.

    One process delivers at a time, so that a message that is on its way is not taken for one that was cut off.
    """
    send = send or _send
    outcomes: list[DeliveryRow] = []
    with file_lock(settings.data_dir / "deliveries.lock", timeout=settings.config.lock_wait_seconds):
        load_day = cache(partial(_load_editions, settings))
        for item in load_due(settings, now=clock(), again=again):
            _record(settings, item, "sending", clock())
            outcomes.append(_attempt(settings, item, load_day, clock, send))
    return outcomes


def _load_editions(settings: Settings, day: date) -> dict[str, Edition]:
    return {row.report: edition for row, edition in load_editions(open_warehouse(settings), settings, day)}


def _attempt(
    settings: Settings, item: DueDelivery, load_day: Callable[[date], dict[str, Edition]], clock: Clock, send: Send
) -> DeliveryRow:
    try:
        if isinstance(item.row, WeeklyRow):
            fresh = load_week(open_warehouse(settings), settings, item.row)[1]
        else:
            edition = load_day(item.row.day)[item.row.report]
            fresh = drop_sent_papers(edition, _load_sent_papers(settings, item))
            if edition.entries and not fresh.entries:
                return _record(settings, item, "sent", clock(), NOTHING_NEW)
        send(item.recipient, fresh, item.row, settings, clock())
    except (ReportError, OSError) as error:  # OSError: the report's file is not there
        return _record(settings, item, "failed", clock(), str(error))
    may_be_duplicate = item.interrupted and not item.recipient.recognizes_keys
    papers = tuple(entry.paper.id for entry in fresh.papers)
    return _record(settings, item, "sent", clock(), MAY_BE_DUPLICATE if may_be_duplicate else None, papers)


def drop_sent_papers(edition: Edition, sent: Collection[str]) -> Edition:
    """The edition without papers that its recipient has had before."""
    groups = tuple(
        replace(group, entries=tuple(entry for entry in group.entries if entry.paper.id not in sent))
        for group in edition.groups
    )
    return replace(edition, groups=groups)


def _load_sent_papers(settings: Settings, item: DueDelivery) -> set[str]:
    """The papers that the recipient had in messages of the same report on other days."""
    found = open_warehouse(settings).query(
        "SELECT DISTINCT unnest(papers) AS id FROM deliveries WHERE recipient = ? AND report = ? AND day <> ?",
        [item.recipient.name, item.row.report, item.row.day],
        tables=[DELIVERIES],
    )
    return set(found["id"])


def _record(
    settings: Settings,
    item: DueDelivery,
    state: str,
    now: datetime,
    note: str | None = None,
    papers: tuple[str, ...] = (),
) -> DeliveryRow:
    row = DeliveryRow.model_validate(
        {
            "recipient": item.recipient.name,
            "day": item.row.day,
            "report": item.row.report,
            "attempt": item.attempt,
            "state": state,
            "recorded_at": now,
            "key": item.recipient.make_key(item.row),
            "sha256": item.row.sha256,
            "papers": papers,
            "note": note,
        }
    )
    open_warehouse(settings).append(DELIVERIES, [row])
    return row


def _send(recipient: Recipient, edition: Edition, row: EditionRow, settings: Settings, now: datetime) -> None:
    config, key = recipient.config, recipient.make_key(row)
    timeout = settings.config.delivery.timeout_seconds
    if isinstance(config, MailConfig):
        letter = messages.build_mail(edition, row, settings, config, to=recipient.address, key=key, now=now)
        send_mail(letter, config, timeout)
        return
    match config.kind:
        case "apprise":
            from digest_assets.delivery.apprise_channel import send_by_apprise  # loads slowly, and few have it

            send_by_apprise(edition, settings, config, timeout)
            return
        case "slack":
            payload = messages.build_slack_message(edition, settings)
        case "discord":
            payload = messages.build_discord_message(edition, settings)
        case "json":
            payload = messages.build_json_message(edition, row, settings, key=key)
    send_webhook(payload, config, timeout, key=key)
