"""Where people meet a week: its page, the list of weeks, the feed, mails and other messages, each once."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from digest_assets.config.settings import Config, Settings
from digest_assets.delivery.outbox import deliver
from digest_assets.feeds.feeds import write_feeds
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.testing.receivers import WebhookReceiver
from digest_assets.testing.site_days import generate_day, remove_day, store_days
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.tables import WEEKLY
from digest_assets.weekly.write import write_week

MONDAY = date(2025, 12, 1)
MADE = datetime(2025, 12, 8, 14, tzinfo=UTC)


@pytest.fixture
def week(settings: Settings) -> Settings:
    """A week of one day with six papers."""
    store_days(settings, generate_day(MONDAY, 6))
    store_week(settings)
    return settings


def store_week(settings: Settings) -> None:
    row = write_week(settings, MONDAY).row
    open_warehouse(settings).replace_days(WEEKLY, [MONDAY], WEEKLY.to_frame([row]))


def test_the_site_has_its_page_a_list_and_links_to_it(week: Settings) -> None:
    build_site(week)
    site = week.data_dir / "site"
    page = (site / "weeks/2025-12-01.html").read_text("utf-8")
    papers = WEEKLY.to_rows(open_warehouse(week).read(WEEKLY))[0].named
    assert all(f"#{paper.id}" in page or urls.paper_page(paper.id) in page for paper in papers)
    assert "weeks/2025-12-01.html" in (site / "weeks/index.html").read_text("utf-8")
    assert "weeks/2025-12-01.html" in (site / "index.html").read_text("utf-8")


def test_a_week_is_rendered_again_when_its_report_changed_and_goes_when_it_is_gone(week: Settings) -> None:
    build_site(week)
    assert build_site(week).files_written == 0
    store_days(week, generate_day(MONDAY, 6, title="Another title"))
    store_week(week)
    assert build_site(week).files_written
    open_warehouse(week).replace_days(WEEKLY, [MONDAY], WEEKLY.to_frame())
    build_site(week)
    assert not (week.data_dir / "site/weeks/2025-12-01.html").exists()
    assert "None yet" in (week.data_dir / "site/weeks/index.html").read_text("utf-8")


def test_a_week_whose_day_is_gone_keeps_its_page(week: Settings) -> None:
    remove_day(week, MONDAY)
    build_site(week)
    assert (week.data_dir / "site/weeks/2025-12-01.html").exists()


def test_the_feed_has_the_week_once_it_is_over(week: Settings) -> None:
    (feed,) = [feed for feed in write_feeds(week) if feed.path == "feeds/weekly"]
    (item,) = feed.items
    assert item.title == "The week · 2025-12-01 · 6 papers"
    assert item.published >= MADE - timedelta(days=1)
    document = json.loads((week.data_dir / "site/feeds/weekly.json").read_text("utf-8"))
    assert len(document["items"]) == 1


def test_an_empty_week_is_no_news(settings: Settings) -> None:
    store_week(settings)
    (feed,) = [feed for feed in write_feeds(settings) if feed.path == "feeds/weekly"]
    assert feed.items == ()


def test_a_week_is_delivered_once_after_it_is_over(week: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    hook: dict[str, Any] = {"name": "ours", "kind": "json", "url_variable": "MY_HOOK", "reports": ["weekly"]}
    config = Config.model_validate({"delivery": {"webhooks": [hook]}})
    settings = week.model_copy(update={"config": config})
    with WebhookReceiver() as webhook:
        monkeypatch.setenv("MY_HOOK", webhook.url)
        outcomes = deliver(settings, clock=lambda: MADE)
        assert [(row.report, row.day, row.state) for row in outcomes] == [("weekly", MONDAY, "sent")]
        assert deliver(settings, clock=lambda: MADE + timedelta(days=1)) == []
        ((_, body),) = webhook.posts
    assert [part["name"] for part in body["parts"]] == ["What mattered", "To catch up on"]
