"""Messages of each kind: received for real, safe whatever papers and models write."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from digest_assets.config.delivery import MailConfig
from digest_assets.config.settings import Settings
from digest_assets.delivery import messages
from digest_assets.delivery.outbox import deliver
from digest_assets.reports.edition import Edition
from digest_assets.reports.tables import ReportRow
from digest_assets.reports.write import write_report
from digest_assets.testing import row_factories
from digest_assets.testing.receivers import Certificates, MailServer, WebhookReceiver
from digest_assets_tests.delivery.test_outbox import MORNING, at, to_webhook, with_delivery, with_settings
from digest_assets_tests.examples import take_examples
from digest_assets_tests.feeds.test_feeds import assert_safe_html
from digest_assets_tests.reports.days import publish_day
from digest_assets_tests.reports.hostile import choice_of, hostile_editions


@pytest.fixture
def day(settings: Settings) -> Settings:
    return publish_day(settings)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mail_server(
    request: pytest.FixtureRequest, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailServer]:
    server = MailServer(certificates, request.param)
    server.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority_file))
    monkeypatch.setenv("DIGEST_SMTP_USER", server.user)
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", server.password)
    yield server
    server.stop()


def by_mail(settings: Settings, server: MailServer, security: str, **values: Any) -> Settings:
    letter = {
        "name": "team",
        "to": ["one@example.org", "two@example.org"],
        "sender": "digest@example.org",
        "host": "127.0.0.1",
        "port": server.port,
        "security": security,
        "reports": ["category_digest"],
    }
    return with_delivery(settings, mail=[letter | values])


@pytest.mark.parametrize(
    ("mail_server", "security"), [("starttls", "starttls"), ("tls", "tls")], indirect=["mail_server"]
)
def test_an_encrypted_mail_arrives_as_html_text_and_the_report_where_it_is_asked_for(
    day: Settings, mail_server: MailServer, security: str
) -> None:
    outcomes = deliver(by_mail(day, mail_server, security, attach_report=True), clock=at(MORNING))
    assert [(row.recipient, row.state, row.note) for row in outcomes] == [
        ("team <one@example.org>", "sent", None),
        ("team <two@example.org>", "sent", None),
    ]
    assert mail_server.encrypted == [True, True]
    first, second = mail_server.messages
    assert (first["To"], second["To"]) == ("one@example.org", "two@example.org")
    assert first["Subject"] == "Category digest · 2025-12-05 · 2 papers"
    assert first["Message-ID"] != second["Message-ID"]
    page, text = first.get_body(("html",)), first.get_body(("plain",))
    assert page
    assert text
    assert "https://arxiv.org/abs/2512.00001" in page.get_content()
    assert "https://arxiv.org/abs/2512.00001" in text.get_content()
    (attached,) = first.iter_attachments()
    assert attached.get_content().encode() == (day.data_dir / "reports/2025-12-05/category_digest.md").read_bytes()


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_a_wrong_password_is_a_failed_delivery_that_says_so(
    day: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "wrong-SECRET")
    row, _ = deliver(by_mail(day, mail_server, "starttls"), clock=at(MORNING))
    assert row.state == "failed"
    assert "127.0.0.1 refused it: 535" in (row.note or "")
    assert "SECRET" not in (row.note or "")


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_a_password_that_cannot_be_sent_is_named_but_not_told(
    day: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "Pässword-SECRET")
    row, _ = deliver(by_mail(day, mail_server, "starttls"), clock=at(MORNING))
    assert "DIGEST_SMTP_PASSWORD holds a letter that is not ASCII" in (row.note or "")
    assert "SECRET" not in (row.note or "")


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_a_mail_that_is_put_off_is_sent_later_with_the_same_id(day: Settings, mail_server: MailServer) -> None:
    settings = by_mail(day, mail_server, "starttls")
    mail_server.next_refusals = ["451 try later"]
    assert [row.state for row in deliver(settings, clock=at(MORNING))] == ["failed", "sent"]
    later = datetime(2025, 12, 5, 7, tzinfo=UTC)
    (row,) = deliver(settings, clock=at(later))
    assert (row.recipient, row.state, row.attempt) == ("team <one@example.org>", "sent", 2)


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_an_unknown_certificate_is_not_accepted(
    day: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    row, _ = deliver(by_mail(day, mail_server, "starttls"), clock=at(MORNING))
    assert "certificate verify failed" in (row.note or "")
    assert mail_server.messages == []


@pytest.mark.parametrize("kind", ["slack", "discord", "json"])
def test_each_kind_of_webhook_gets_the_papers(day: Settings, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookReceiver() as webhook:
        monkeypatch.setenv("MY_HOOK", webhook.url)
        (row,) = deliver(to_webhook(day, kind=kind), clock=at(MORNING))
    assert row.state == "sent"
    ((key, body),) = webhook.posts
    assert key == row.key
    assert "https://arxiv.org/abs/2512.00002" in json.dumps(body)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@take_examples(20)
@given(hostile_editions())
def test_chat_messages_keep_their_limits_and_link_to_papers_only(made: tuple[Edition, Settings]) -> None:
    edition, choice = made
    row = make_row(edition)
    told = messages.build_slack_message(edition, choice)
    elements = [element for section in told["blocks"][0]["elements"] for element in section["elements"]]
    assert {element["type"] for element in elements} <= {"text", "link"}
    embeds = messages.build_discord_message(edition, choice)["embeds"]
    assert sum(len(text) for embed in embeds for text in strings({**embed, "url": ""})) <= 6000
    assert all(len(embed["title"]) <= 256 and len(embed["description"]) <= 4096 for embed in embeds)
    data = messages.build_json_message(edition, row, choice, key="k")
    urls = [element["url"] for element in elements if "url" in element] + [embed["url"] for embed in embeds]
    assert all(url.startswith(("https://arxiv.org/", "https://huggingface.co/")) for url in urls)
    assert all("\u202e" not in text for text in strings([told, embeds, data]))


def test_discord_mentions_nobody_and_shows_markup_as_text() -> None:
    choice = choice_of("category_digest")
    paper = row_factories.make_paper("2512.00001", title="@everyone **bold** [x](https://evil.example) <@1>")
    told = messages.build_discord_message(row_factories.make_edition("category_digest", [paper], choice), choice)
    assert told["allowed_mentions"] == {"parse": []}
    assert told["embeds"][0]["title"].startswith(r"\@everyone \*\*bold\*\* \[x\]\(https\://evil")


@hypothesis_settings(
    take_examples(20), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(made=hostile_editions())
def test_a_mail_is_safe_whatever_papers_and_models_write(made: tuple[Edition, Settings], tmp_path: Path) -> None:
    edition, choice = made
    choice = choice.model_copy(update={"environment": choice.environment.model_copy(update={"data_dir": tmp_path})})
    row = write_report(edition, choice).row
    sent = make_mail(edition, choice, row).as_bytes()
    letter = message_from_bytes(sent, policy=policy.default)
    assert max(map(len, sent.split(b"\r\n"))) <= 998
    page = letter.get_body(("html",))
    assert page
    fragment = page.get_content().split("</h1>")[1].split("</main>")[0]
    assert_safe_html(fragment)
    assert len(page.as_bytes()) < 100_000


def make_mail(edition: Edition, settings: Settings, row: ReportRow | None = None, **values: Any) -> EmailMessage:
    letter = {"name": "team", "to": ["b@example.org"], "sender": "a@example.org", "host": "127.0.0.1"}
    config = MailConfig.model_validate(letter | values)
    row = row or make_row(edition)
    return messages.build_mail(edition, row, settings, config, to="b@example.org", key="k", now=MORNING)


def make_row(edition: Edition) -> ReportRow:
    counts = ("bytes", "papers", "read_in_full", "requested_in_full", "failures", "numbers_traced", "numbers_total")
    values = {"day": edition.day, "report": edition.report, "language": edition.language, "path": "", "sha256": ""}
    return ReportRow.model_validate({**values, **dict.fromkeys((*counts, "cost_usd"), 0)})


@pytest.mark.parametrize("title", ["A long title about many things", "一个关于许多事情的标题"])
def test_the_html_of_a_day_of_1600_papers_stays_under_what_mail_programs_cut(title: str) -> None:
    choice = choice_of("category_digest")
    papers = [
        row_factories.make_paper(f"2512.{number:05}", title=f"{title} {number}", abstract=f"{title}. " * 80)
        for number in range(1, 1601)
    ]
    edition = row_factories.make_edition("category_digest", papers, choice)
    page = make_mail(edition, choice).get_body(("html",))
    assert page
    assert 10_000 < len(page.as_bytes()) < 100_000
    assert "And 15" in page.get_content()


def test_a_mail_says_when_it_was_sent_and_how_to_stop_it() -> None:
    choice = with_settings(choice_of("category_digest"), feeds={"base_url": "https://digest.example.org/here"})
    edition = row_factories.make_edition("category_digest", [row_factories.make_paper("2512.00001")], choice)
    letter = make_mail(edition, choice)
    assert parsedate_to_datetime(letter["Date"]) == MORNING
    assert letter["List-Id"] == "Category digest <category_digest.example.org>"
    assert letter["List-Unsubscribe"] == (
        "<mailto:a@example.org?subject=unsubscribe%20category_digest>, <https://digest.example.org/here/mail.html>"
    )


def test_formulas_are_in_plain_characters_in_mails_and_chats() -> None:
    choice = choice_of("category_digest")
    paper = row_factories.make_paper("2512.00001", title=r"An $O(n^2)$ bound for $\ell_1$")
    edition = row_factories.make_edition("category_digest", [paper], choice)
    page = make_mail(edition, choice).get_body(("html",))
    assert page
    assert "An O(n²) bound for ℓ₁" in page.get_content()
    assert messages.build_discord_message(edition, choice)["embeds"][0]["title"] == r"An O\(n²\) bound for ℓ₁"
