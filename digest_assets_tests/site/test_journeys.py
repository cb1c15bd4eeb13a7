"""Whole walks over the site in a real browser, in two tabs, and on paper."""

from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from digest_assets.config.settings import Environment, Settings
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import store_generated_day

pytestmark = pytest.mark.long
FRIDAY = date(2025, 12, 5)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a day of thirty papers."""
    settings = Settings(environment=Environment(data_dir=tmp_path_factory.mktemp("generated")))
    store_generated_day(settings, FRIDAY, 30)
    return build_site(settings).folder


def mark_first(page: Page, kind: str) -> None:
    """Press a mark's button of the first paper."""
    first = page.locator("li[data-paper]").first
    first.hover()
    first.locator(f"button[data-kind={kind}]").click()


def first_marks(page: Page) -> Locator:
    """The pressed buttons of the first paper."""
    return page.locator("li[data-paper]").first.locator("button[aria-pressed=true]")


def test_marks_set_in_two_tabs_become_one_list(browser: Browser, generated: Path) -> None:
    with browser.new_context() as context:
        one, two = context.new_page(), context.new_page()
        for tab in (one, two):
            tab.goto((generated / urls.day_page(FRIDAY)).as_uri())
        mark_first(one, "saved")
        expect(first_marks(two)).to_have_text(["Save for later"])
        mark_first(two, "liked")
        for tab in (one, two):
            expect(first_marks(tab)).to_have_count(2)
            tab.reload()
            expect(first_marks(tab)).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_day_has_its_papers_dark_on_white_and_nothing_to_press(
    browser: Browser, generated: Path, tmp_path: Path, scheme: str
) -> None:
    with browser.new_context(color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto((generated / urls.day_page(FRIDAY)).as_uri())
        titles = page.locator("[data-filtered] h3").all_inner_texts()
        page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
        for pressed in ("form", ".marks", ".theme", ".site nav"):
            assert not any(one.is_visible() for one in page.locator(pressed).all()), pressed
        page.pdf(path=tmp_path / "day.pdf", format="A4")
    with pypdfium2.PdfDocument(tmp_path / "day.pdf") as document:
        text = " ".join(" ".join(sheet.get_textpage().get_text_bounded() for sheet in document).split())
        corner = document[0].render(scale=0.2).to_numpy()[1, 1]
    assert len(titles) == 30
    assert [title for title in titles if title not in text] == []
    assert corner.min() > 240
