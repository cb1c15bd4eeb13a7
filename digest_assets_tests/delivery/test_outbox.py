"""Each edition once to each recipient; what fails is tried again; nothing is lost or hidden."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Config, Settings
from digest_assets.delivery.outbox import MAY_BE_DUPLICATE, NOTHING_NEW, deliver, get_retry_delay, load_due
from digest_assets.delivery.tables import DELIVERIES, DeliveryRow
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.load import load_editions
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import write_report
from digest_assets.testing.receivers import WebhookReceiver
from digest_assets.testing.row_factories import FRIDAY
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.reports.days import publish_day

MORNING = datetime(2025, 12, 5, 6, tzinfo=UTC)


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as webhook:
        monkeypatch.setenv("MY_HOOK", webhook.url)
        yield webhook


def with_settings(settings: Settings, **values: Any) -> Settings:
    config = Config.model_validate(settings.config.model_dump(by_alias=True) | values)
    return settings.model_copy(update={"config": config})


def with_delivery(settings: Settings, **delivery: Any) -> Settings:
    return with_settings(settings, delivery=delivery)


def to_webhook(settings: Settings, kind: str = "json", **values: Any) -> Settings:
    hook = {"name": "ours", "kind": kind, "url_variable": "MY_HOOK", "reports": ["category_digest"]}
    return with_delivery(settings, webhooks=[hook | values])


@pytest.fixture
def day(settings: Settings) -> Settings:
    """A published Friday: two papers in the category digest, one in the deep read."""
    return publish_day(settings)


def events(settings: Settings) -> list[tuple[str, int]]:
    rows = DELIVERIES.to_rows(open_warehouse(settings).read(DELIVERIES))
    return [(row.state, row.attempt) for row in sorted(rows, key=lambda row: (row.attempt, row.state != "sending"))]


def at(moment: datetime) -> Any:
    return lambda: moment


def test_an_edition_is_delivered_once(day: Settings, webhook: WebhookReceiver) -> None:
    settings = to_webhook(day)
    assert [row.state for row in deliver(settings, clock=at(MORNING))] == ["sent"]
    assert deliver(settings, clock=at(MORNING + timedelta(hours=1))) == []
    assert len(webhook.posts) == 1
    assert events(settings) == [("sending", 1), ("sent", 1)]


def test_an_edition_whose_file_changed_later_is_not_delivered_again(day: Settings, webhook: WebhookReceiver) -> None:
    settings = to_webhook(day)
    deliver(settings, clock=at(MORNING))
    rows = REPORTS.to_rows(open_warehouse(settings).read(REPORTS, [FRIDAY]))
    changed = [row.model_copy(update={"sha256": "f" * 64}) for row in rows]
    open_warehouse(settings).replace_days(REPORTS, [FRIDAY], REPORTS.to_frame(changed))
    assert deliver(settings, clock=at(MORNING)) == []


def test_a_failed_delivery_is_tried_again_later_and_later(day: Settings, webhook: WebhookReceiver) -> None:
    settings = to_webhook(day)
    webhook.next_statuses = [503, 429]
    (first,) = deliver(settings, clock=at(MORNING))
    assert (first.state, first.note) == ("failed", "127.0.0.1 answered 503")
    assert deliver(settings, clock=at(MORNING + timedelta(minutes=9))) == []
    deliver(settings, clock=at(MORNING + timedelta(minutes=10)))
    assert deliver(settings, clock=at(MORNING + timedelta(minutes=39))) == []
    (third,) = deliver(settings, clock=at(MORNING + timedelta(minutes=40)))
    assert (third.state, third.attempt) == ("sent", 3)


def test_an_edition_of_a_page_that_fills_during_the_day_waits_until_it_is_over(
    day: Settings, webhook: WebhookReceiver
) -> None:
    settings = to_webhook(day, reports=["category_digest", "deep_read"])
    assert [row.report for row in deliver(settings, clock=at(MORNING))] == ["category_digest"]
    assert load_due(settings, now=datetime(2025, 12, 5, 23, 59, tzinfo=UTC)) == []
    assert [row.report for row in deliver(settings, clock=at(datetime(2025, 12, 6, tzinfo=UTC)))] == ["deep_read"]


def test_after_the_last_attempt_only_a_person_asks_again(day: Settings, webhook: WebhookReceiver) -> None:
    settings = with_delivery(
        day,
        webhooks=[{"name": "ours", "kind": "json", "url_variable": "MY_HOOK", "reports": ["category_digest"]}],
        attempts=1,
    )
    webhook.next_statuses = [500]
    deliver(settings, clock=at(MORNING))
    assert deliver(settings, clock=at(MORNING + timedelta(hours=20))) == []
    assert [row.state for row in deliver(settings, again=True, clock=at(MORNING + timedelta(hours=20)))] == ["sent"]


def test_waits_triple_up_to_half_a_day() -> None:
    assert [get_retry_delay(attempt) for attempt in (1, 2, 3)] == [
        timedelta(minutes=minutes) for minutes in (10, 30, 90)
    ]
    assert get_retry_delay(100) == timedelta(hours=12)


def test_one_recipient_that_fails_does_not_keep_the_others(day: Settings, webhook: WebhookReceiver) -> None:
    hooks = [
        {"name": name, "kind": "json", "url_variable": variable, "reports": ["category_digest"]}
        for name, variable in (("a", "NOT_SET"), ("b", "MY_HOOK"))
    ]
    outcomes = {row.recipient: row for row in deliver(with_delivery(day, webhooks=hooks), clock=at(MORNING))}
    assert outcomes["a"].note == "NOT_SET is not set in the environment"
    assert outcomes["b"].state == "sent"


def test_an_edition_without_papers_goes_to_whoever_wants_it(day: Settings, webhook: WebhookReceiver) -> None:
    quiet = to_webhook(day, reports=["field_review"])
    assert load_due(quiet, now=MORNING) == []
    assert len(load_due(to_webhook(day, reports=["field_review"], empty=True), now=MORNING)) == 1


def test_old_editions_as_of_a_backfill_are_not_delivered(day: Settings, webhook: WebhookReceiver) -> None:
    assert load_due(to_webhook(day), now=MORNING + timedelta(days=3)) == []


def test_an_edition_that_cannot_be_read_is_a_failed_delivery(day: Settings, webhook: WebhookReceiver) -> None:
    settings = to_webhook(day)
    open_warehouse(settings).replace_days(PAPERS, [FRIDAY], PAPERS.to_frame())
    (row,) = deliver(settings, clock=at(MORNING))
    assert row.state == "failed"
    assert "materialise papers" in (row.note or "")


KILLED = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from digest_assets.config.settings import Config, Environment, Settings
    from digest_assets.delivery import outbox

    def send_and_die(*arguments):
        outbox._send(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(
        config=Config.model_validate_json(sys.argv[1]), environment=Environment(data_dir=Path(sys.argv[2]))
    )
    outbox.deliver(settings, clock=lambda: datetime(2025, 12, 5, 6, tzinfo=UTC), send=send_and_die)
"""


def kill_after_sending(settings: Settings) -> None:
    """Deliver in a process that is killed between sending and noting that it was sent."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(KILLED),
            settings.config.model_dump_json(by_alias=True),
            str(settings.data_dir),
        ],
        env=dict(os.environ),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_kill_between_sending_and_noting_reaches_a_receiver_that_knows_keys_once(
    day: Settings, webhook: WebhookReceiver
) -> None:
    settings = to_webhook(day)
    kill_after_sending(settings)
    assert events(settings) == [("sending", 1)]
    (row,) = deliver(settings, clock=at(MORNING))
    assert (row.state, row.attempt, row.note) == ("sent", 2, None)
    assert len(webhook.posts) == 2
    assert len(webhook.accepted) == 1


def test_where_no_key_is_known_the_outbox_says_that_it_may_have_come_twice(
    day: Settings, webhook: WebhookReceiver
) -> None:
    settings = to_webhook(day, kind="slack")
    kill_after_sending(settings)
    (row,) = deliver(settings, clock=at(MORNING))
    assert (row.state, row.note) == ("sent", MAY_BE_DUPLICATE)


def test_no_secret_reaches_the_outbox(day: Settings, webhook: WebhookReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = to_webhook(day)
    webhook.next_statuses = [500]
    deliver(settings, clock=at(MORNING))
    monkeypatch.setenv("MY_HOOK", "http://127.0.0.1:1/hook/T0PSECRET")
    deliver(settings, again=True, clock=at(MORNING))
    monkeypatch.setenv("MY_HOOK", "ftp://example.org/T0PSECRET")
    deliver(settings, again=True, clock=at(MORNING))
    rows = DELIVERIES.to_rows(open_warehouse(settings).read(DELIVERIES))
    assert sum(row.state == "failed" for row in rows) == 3
    assert "T0PSECRET" not in json.dumps([row.model_dump(mode="json") for row in rows])


def test_the_published_editions_are_those_that_were_written(day: Settings) -> None:
    for row, edition in load_editions(open_warehouse(day), day, FRIDAY):
        again = write_report(edition, day).row
        assert (again.sha256, again.papers) == (row.sha256, row.papers)


def test_rows_of_the_outbox_are_complete(day: Settings, webhook: WebhookReceiver) -> None:
    (row,) = deliver(to_webhook(day), clock=at(MORNING))
    assert isinstance(row, DeliveryRow)
    assert (row.recipient, row.day, row.report, row.recorded_at) == ("ours", FRIDAY, "category_digest", MORNING)
    assert (Path(day.data_dir) / "reports/2025-12-05/category_digest.md").is_file()


def test_a_paper_that_an_earlier_message_of_the_report_had_is_left_out(day: Settings, webhook: WebhookReceiver) -> None:
    settings = to_webhook(day)
    warehouse = open_warehouse(settings)
    sent = DeliveryRow(
        recipient="ours",
        day=FRIDAY - timedelta(days=1),
        report="category_digest",
        attempt=1,
        state="sent",
        recorded_at=MORNING - timedelta(days=1),
        key="k",
        sha256="0" * 64,
        papers=("2512.00001",),
    )
    warehouse.append(DELIVERIES, [sent])
    (first,) = deliver(settings, clock=at(MORNING))
    assert first.papers == ("2512.00002",)
    assert "2512.00001" not in json.dumps(webhook.posts[0][1]["parts"])
    again = REPORTS.to_rows(warehouse.read(REPORTS, [FRIDAY]))
    assert again
    both = sent.model_copy(update={"recipient": "late", "papers": ("2512.00001", "2512.00002")})
    warehouse.append(DELIVERIES, [both])
    (second,) = deliver(to_webhook(day, name="late"), clock=at(MORNING))
    assert (second.state, second.note, second.papers) == ("sent", NOTHING_NEW, ())
    assert len(webhook.posts) == 1
