"""Other services through Apprise: what arrives at each, with their own addresses led to loopback."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from digest_assets.config.settings import Settings
from digest_assets.delivery.outbox import deliver
from digest_assets.papers.tables import PaperRow
from digest_assets.testing import row_factories
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint
from digest_assets_tests.delivery.test_outbox import MORNING, at, to_webhook
from digest_assets_tests.reports.days import publish_day

ADDRESSES = {
    "telegram": "tgram://123456789:AABBccdd_eeffgghhiijjkkllmmnnooppqqr/12345",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "teams": "workflows://prod-14.example.com:443/abcdefgh/sig12345678",
    "feishu": "feishu://abcdefghijklmnop1234",
    "dingtalk": "dingtalk://abcdefghij1234567890abcdefghij12",
    "wecom": "wecombot://botkey1234567",
    "ntfy": "ntfys://ntfy.example.org/papers",
}


class Service:
    """A service's server: takes what Apprise posts, wherever it is addressed."""

    def __init__(self) -> None:
        self.status, self.body = 200, b'{"ok": true, "errcode": 0, "code": 0}'
        self.addresses: list[str] = []
        self.endpoint = ScriptedEndpoint(lambda _: ScriptedAnswer(self.status, self.body))

    def texts(self) -> list[str]:
        return [text for request in self.endpoint.requests for text in strings(request)]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service, send = Service(), requests.sessions.Session.request

    def send_to_loopback(session: Any, method: str, url: str, **options: Any) -> Any:
        service.addresses.append(url)
        here = service.endpoint.get_environment()["OPENAI_BASE_URL"]
        return send(session, method, here, **options)

    monkeypatch.setattr(requests.sessions.Session, "request", send_to_loopback)
    with service.endpoint:
        yield service


@pytest.fixture
def day(settings: Settings) -> Settings:
    return to_webhook(publish_day(settings), kind="apprise")


@pytest.mark.parametrize("name", ADDRESSES)
def test_each_service_gets_the_papers_once(
    day: Settings, service: Service, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HOOK", ADDRESSES[name])
    service.body = b"ok" if name == "slack" else service.body
    (row,) = deliver(day, clock=at(MORNING))
    assert (row.state, row.note) == ("sent", None)
    assert len(service.endpoint.requests) == 1
    text = "\n".join(service.texts()).replace("\\", "")
    assert "https://arxiv.org/abs/2512.00001" in text
    assert "Category digest · 2025-12-05 · 2 papers" in text
    assert "apprise" not in text.lower()
    assert deliver(day, clock=at(MORNING)) == []


def test_a_refused_message_is_a_failed_delivery_that_tells_no_secret(
    day: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HOOK", ADDRESSES["telegram"])
    service.status, service.body = 401, json.dumps({"ok": False, "description": "Unauthorized"}).encode()
    (row,) = deliver(day, clock=at(MORNING))
    assert row.state == "failed"
    assert "Telegram did not take it" in (row.note or "")
    assert "Unauthorized" in (row.note or "")
    assert "AABBccdd" not in (row.note or "")


@pytest.mark.parametrize("url", ["", "nonsense", "tgram://too-short", "nosuchservice://abc/def"])
def test_an_address_that_apprise_does_not_know_is_said_without_telling_it(
    day: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HOOK", url)
    (row,) = deliver(day, clock=at(MORNING))
    assert row.state == "failed"
    assert "MY_HOOK is not" in (row.note or "")
    assert not url or url not in (row.note or "")


def make_edition_of(papers: list[PaperRow], settings: Settings) -> Any:
    return row_factories.make_edition("category_digest", papers, settings)


def test_a_message_is_as_long_as_the_service_takes_in_one(
    settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest_assets.config.delivery import WebhookConfig
    from digest_assets.delivery.apprise_channel import send_by_apprise

    papers = [row_factories.make_paper(f"2512.{number:05}", title="标题" * 30) for number in range(1, 30)]
    config = WebhookConfig(name="ours", kind="apprise", url_variable="MY_HOOK")
    monkeypatch.setenv("MY_HOOK", ADDRESSES["wecom"])
    send_by_apprise(make_edition_of(papers, settings), settings, config, timeout=10)
    (request,) = service.endpoint.requests
    sent = request["text"]["content"]
    assert 1000 < len(sent.encode()) <= 2048
    assert "more." in sent


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_papers_write_mentions_nobody_and_leads_nowhere(
    settings: Settings, service: Service, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest_assets.config.delivery import WebhookConfig
    from digest_assets.delivery.apprise_channel import send_by_apprise

    calls = '@everyone <@1> <!channel> !here> <!subteam^S1|all> <#C1> <at user_id="all">all</at> <@U1|you>'
    links = "[x](https://evil.example) www.evil.example <https://evil.example|here>"
    papers = [row_factories.make_paper("2512.00001", title=f"{calls} {links} pass@1 p<q!")]
    monkeypatch.setenv("MY_HOOK", ADDRESSES[name])
    service.body = b"ok" if name == "slack" else service.body
    config = WebhookConfig(name="ours", kind="apprise", url_variable="MY_HOOK")
    send_by_apprise(make_edition_of(papers, settings), settings, config, timeout=10)
    content = html.unescape("\n".join(service.texts()).replace("\\", ""))
    assert "pass@1 p<q!" in content
    live = r"@everyone|<@\w|<!\w|<#\w|<at\b|!here>|https://evil|www\.evil"
    assert re.findall(live, content) == []
