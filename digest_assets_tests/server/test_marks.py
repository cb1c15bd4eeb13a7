"""Marks over HTTP: taken from our own pages and programs, as the table holds them, and nothing else."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from digest_assets.config.settings import Config, Settings
from digest_assets.relevance.library import add_marks, load_marks, load_profiles
from digest_assets.relevance.scoring import score_day
from digest_assets.reports import urls
from digest_assets.server.pages import build_pages
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import store_generated_day
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.server.served import serve

ID = "2512.04677"
DAY = date(2025, 12, 5)


@pytest.fixture
def marked(settings: Settings) -> Settings:
    """Settings with a reader of a name."""
    return settings.model_copy(update={"config": Config.model_validate({"readers": [{"name": "anna"}]})})


@pytest.fixture
def place(marked: Settings) -> Iterator[str]:
    with serve(build_pages(marked)) as place:
        yield f"http://{place}/marks"


def post(place: str, **body: Any) -> httpx2.Response:
    return httpx2.post(place, json=body)


def test_a_mark_is_stored_for_its_reader_alone_and_can_be_taken_back(marked: Settings, place: str) -> None:
    answer = post(place, reader="anna", marks=[{"id": f"{ID}v2", "kind": "liked"}, {"id": ID, "kind": "read"}])
    assert {(mark["id"], mark["kind"]) for mark in answer.json()} == {(ID, "liked"), (ID, "read")}
    assert httpx2.get(place).json() == []
    post(place, reader="anna", marks=[{"id": ID, "kind": "read", "is_set": False}])
    assert load_marks(open_warehouse(marked)) == {"anna": {ID: ("liked",)}}
    assert httpx2.get(place, params={"reader": "anna"}).json() == [{"id": ID, "kind": "liked"}]


def test_marks_of_the_command_are_given(marked: Settings, place: str) -> None:
    add_marks(marked, [(ID, "saved")], "")
    assert httpx2.get(place).json() == [{"id": ID, "kind": "saved"}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (json.dumps({"marks": [{"id": "../etc", "kind": "liked"}]}).encode(), 400),
        (json.dumps({"marks": [{"id": ID, "kind": "hated"}]}).encode(), 400),
        (json.dumps({"marks": [{"id": ID, "kind": "liked", "more": 1}]}).encode(), 400),
        (json.dumps({"reader": "nobody", "marks": [{"id": ID, "kind": "liked"}]}).encode(), 404),
        (json.dumps({"marks": [{"id": ID, "kind": "liked"}] * 501}).encode(), 400),
        (b" " * 70_000, 413),
    ],
)
def test_what_is_no_mark_is_refused_and_stored_nowhere(marked: Settings, place: str, body: bytes, status: int) -> None:
    answer = httpx2.post(place, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert load_marks(open_warehouse(marked)) == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),  # what a form of another page can send
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "application/json", "Host": "evil.example"}, 400),
    ],
)
def test_pages_of_other_origins_mark_nothing(
    marked: Settings, place: str, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"marks": [{"id": ID, "kind": "liked"}]}).encode()
    assert httpx2.post(place, content=body, headers=headers).status_code == status
    assert load_marks(open_warehouse(marked)) == {}


@pytest.mark.long
def test_a_mark_by_a_key_reaches_the_table_and_the_next_relevance(marked: Settings, browser: Browser) -> None:
    papers = store_generated_day(marked, DAY, 8)
    build_site(marked)

    def score() -> dict[str, float]:
        return {row.id: row.score for row in score_day(DAY, papers, load_profiles(marked, (), [])) if row.reader == ""}

    before = score()
    with serve(build_pages(marked)) as place, browser.new_context() as context:
        page = context.new_page()
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.goto(f"http://{place}/site/{urls.day_page(DAY)}")
        page.keyboard.press("j")
        page.keyboard.press("j")
        with page.expect_response("**/marks"):
            page.keyboard.press("l")
        chosen = page.evaluate("document.activeElement.closest('li').dataset.paper")
        assert load_marks(open_warehouse(marked)) == {"": {chosen: ("liked",)}}
        add_marks(marked, [(chosen, "read")], "")  # by the command: the page shows it when it is opened again
        page.reload()
        read = page.locator(f"li[data-paper='{chosen}']").get_by_role("button", name="Read", include_hidden=True)
        expect(read).to_have_attribute("aria-pressed", "true")
        page.get_by_label("Marks of").select_option("anna")
        expect(read).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("fetch('/health').then(() => 'asked', () => 'refused')") == "refused"
        assert [line for line in trouble if "/health" not in line] == []
    assert score()[chosen] > before[chosen]
