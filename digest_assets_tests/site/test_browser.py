"""The site in a real browser, over real days: from a folder and from a web server, by mouse, keyboard and touch."""

import re
import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from digest_assets.config.settings import Environment, Settings
from digest_assets.relevance.library_files import read_marks_file
from digest_assets.relevance.personal import KnownPaper, ReaderProfile
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import store_corpus_day
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.tables import WEEKLY
from digest_assets.weekly.write import write_week
from digest_assets_tests.browser import find_violations
from digest_assets_tests.site.test_hostile import hostile_day

pytestmark = pytest.mark.long
expect.set_options(timeout=60_000)  # a machine that is busy with other things is slow, not wrong

LEFT = "net::ERR_ABORTED"  # the page was left before all of it was loaded
MONDAY, THURSDAY, FRIDAY = date(2025, 12, 1), date(2025, 12, 4), date(2025, 12, 5)
LIVE_AVATAR = "2512.04677"
SPLATTING = KnownPaper(
    "2308.04079", "Splatting of Gaussians", "We render radiance fields in real time by 3D Gaussians."
)
PAGES = [
    "index.html",
    "days.html",
    "months/2025-12.html",
    urls.day_page(FRIDAY),
    urls.report_page(FRIDAY, "topic_digest"),
    urls.report_page(FRIDAY, "daily_table"),
    urls.report_page(FRIDAY, "field_review"),
    urls.report_page(FRIDAY, "category_digest"),
    urls.report_page(FRIDAY, "deep_read"),
    urls.papers_page(FRIDAY, "cs.CV"),
    urls.papers_page(FRIDAY, "others"),
    urls.report_page(FRIDAY, "category_digest", 2),
    urls.paper_page(LIVE_AVATAR),
    "topics/index.html",
    urls.series_page("topics", "avatar", "2025-12"),
    urls.series_page("categories", "cs.CV"),
    urls.series_page("categories", "cs.CV", "2025-12"),
    "trends.html",
    urls.week_page(MONDAY),
    "search.html?q=avatar",
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two real days, the second for somebody who has one paper in a library."""
    settings = Settings(environment=Environment(data_dir=tmp_path_factory.mktemp("real")))
    store_corpus_day(settings, corpus, THURSDAY)
    store_corpus_day(settings, corpus, FRIDAY, ReaderProfile("", library=(SPLATTING,)))
    open_warehouse(settings).replace_days(WEEKLY, [MONDAY], WEEKLY.to_frame([write_week(settings, MONDAY).row]))
    return build_site(settings).folder


# Browsers let a page of a folder do less: what scripts load, keep and write into the address is tried in both ways.
BOTH_WAYS = pytest.mark.parametrize("home", ["folder", "server"], indirect=True)


@pytest.fixture
def home(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """The address of the site's folder, as files unless a test asks for HTTP."""
    if getattr(request, "param", "folder") == "folder":
        yield site.as_uri() + "/"
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    with browser.new_context(**getattr(request, "param", {})) as opened:
        opened.set_default_timeout(60_000)
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may write nothing to the console and ask nobody but the site."""
    trouble: list[str] = []
    asked: set[str] = set()
    opened = context.new_page()
    opened.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("dialog", lambda dialog: trouble.append(dialog.message))
    opened.on("requestfailed", lambda failed: trouble.append(failed.url) if failed.failure != LEFT else None)
    opened.on("request", lambda made: asked.add(re.sub(r"^(file://|http://127\.0\.0\.1:\d+).*", r"\1", made.url)))
    yield opened
    assert trouble == []
    assert len(asked) == 1
    assert next(iter(asked)).startswith(("file://", "http://127.0.0.1"))


@BOTH_WAYS
def test_from_the_front_page_to_a_day_to_a_paper_and_back(page: Page, home: str) -> None:
    page.goto(home + "index.html")
    expect(page.locator("h1")).to_have_text("Friday, 5 December 2025")
    page.locator(".calendar td a", has_text="4").first.click()
    expect(page.locator("h1")).to_have_text("Thursday, 4 December 2025")
    page.get_by_role("link", name="2025-12-05 →").click()
    expect(page.locator("h1")).to_have_text("Friday, 5 December 2025")
    page.locator(".papers a", has_text="Live Avatar").click()
    expect(page.locator("h1")).to_contain_text("Live Avatar")
    expect(page.locator("#bibtex")).to_contain_text("eprint        = {2512.04677}")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Friday, 5 December 2025")
    page.locator(".ledger").get_by_role("link", name="Hugging Face, read in full").click()
    # It lists what the daily table lists, so that both stand under one heading.
    expect(page.locator("h1")).to_have_text("Hugging Face daily papers")
    expect(page).to_have_url(home + urls.report_page(FRIDAY, "deep_read"))
    page.get_by_role("link", name="Latest").click()
    expect(page).to_have_url(home + "index.html")


def test_a_paper_that_no_report_reads_in_full_is_reached_whole_from_day_search_and_report(
    page: Page, home: str
) -> None:
    page.goto(home + urls.day_page(FRIDAY))
    line = page.locator("[data-filtered] > li", has=page.locator('a[href*="#"]')).first
    id_ = line.get_attribute("data-paper") or ""
    title = line.locator("h3").text_content() or ""
    line.locator("h3 a").click()
    whole = page.locator("li:target")
    expect(whole.locator("h2")).to_have_text(title)
    expect(whole).to_be_in_viewport()
    whole.get_by_text("Links and BibTeX").click()
    expect(whole.get_by_role("link", name="arXiv", exact=True)).to_have_attribute("href", re.compile(id_))
    page.goto(home + f"search.html?q={id_}")  # an id goes there at once
    expect(page.locator("li:target h2")).to_have_text(title)
    page.goto(home + urls.report_page(FRIDAY, "category_digest"))
    page.locator("aside details summary").click()
    page.get_by_role("navigation", name="Contents").get_by_role("link").last.click()
    expect(page.locator("li:target details")).to_have_count(1)


@pytest.mark.parametrize("home", ["server"], indirect=True)
def test_the_page_of_a_paper_that_has_none_any_more_leads_on_to_where_it_stands(
    page: Page, home: str, site: Path
) -> None:
    page.goto(home + urls.day_page(FRIDAY))
    line = page.locator("[data-filtered] > li", has=page.locator('a[href*="#"]')).first
    id_ = line.get_attribute("data-paper") or ""
    missing = (site / "404.html").read_text("utf-8").replace('href="', f'href="{home}')
    missing = missing.replace('src="', f'src="{home}').replace('data-missing="', f'data-missing="{home}')
    page.route(f"**/{urls.paper_page(id_)}", lambda route: route.fulfill(body=missing, content_type="text/html"))
    page.goto(home + urls.paper_page(id_))  # hosts of static pages answer with 404.html
    expect(page.locator("li:target")).to_have_attribute("data-paper", id_)


def test_search_finds_a_paper_by_a_word_of_its_abstract(page: Page, home: str) -> None:
    page.goto(home + "index.html")
    page.get_by_label("Search papers").fill("timestep-forcing parallelism")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found")).to_have_attribute("data-ready", "true")
    first = page.locator("#results li").first
    expect(first.locator("h2")).to_contain_text("Live Avatar")
    first.locator("h2 a").click()
    expect(page.locator("h1")).to_contain_text("Live Avatar")


@BOTH_WAYS
def test_search_finds_authors_phrases_and_words_written_with_a_slip(page: Page, home: str) -> None:
    page.goto(home + "search.html")
    expect(page.locator("#found")).to_have_attribute("data-ready", "true")
    for words in (
        "Yubo Huang",
        '"Rolling Sink Frame"',
        "difusion avatr streaming",
        "how is streaming of an infinite avatar done?",
        "live avatar -codec",
        LIVE_AVATAR,
        f"https://arxiv.org/pdf/{LIVE_AVATAR}v1",
    ):
        page.get_by_label("Words").fill("xyzzy")
        expect(page.locator("#results li")).to_have_count(0)
        page.get_by_label("Words").fill(words)
        expect(page.locator("#found")).to_have_attribute("data-ready", "true")
        expect(page.locator("#results li").first.locator("h2")).to_contain_text("Live Avatar")


@BOTH_WAYS
def test_search_filters_by_category_topic_code_and_upvotes(page: Page, home: str) -> None:
    page.goto(home + "search.html")
    expect(page.locator("#found")).to_have_attribute("data-ready", "true")
    everything = page.locator("#found").inner_text()
    page.get_by_label("Category").select_option("cs.RO")
    expect(page.locator("#found")).not_to_have_text(everything)
    for byline in page.locator("#results .byline").all_text_contents():
        assert "cs.RO" in byline
    page.get_by_label("Category").select_option("")
    page.get_by_label("Code available").check()
    page.get_by_label("Upvotes").select_option("10")
    expect(page).to_have_url(re.compile("upvotes=10.*code=1"))
    expect(page.locator("#found")).to_have_attribute("data-ready", "true")
    for byline in page.locator("#results .byline").all_text_contents():
        assert "code" in byline
        votes = re.search(r"▲ (\d+)", byline)
        assert votes is not None
        assert int(votes[1]) >= 10
    page.get_by_label("Code available").uncheck()
    page.get_by_label("Upvotes").select_option("")
    page.get_by_label("Topic").select_option("avatar")
    expect(page.locator("#results li h2", has_text="Live Avatar")).to_be_visible()


@BOTH_WAYS
def test_the_filters_of_a_day_hide_what_does_not_fit(page: Page, home: str) -> None:
    page.goto(home + urls.day_page(FRIDAY))
    shown = page.locator("[data-filtered] > li:not([hidden])")
    every = shown.count()
    page.get_by_label("Category").select_option("cs.RO")
    expect(page.locator(".status")).to_have_text(re.compile(rf"^\d+ of {every} papers$"))
    assert 0 < shown.count() < every
    page.get_by_label("Words").fill("no paper says this")
    expect(page.locator(".status")).to_have_text(f"0 of {every} papers")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".status")).to_have_text(f"{every} papers")
    page.goto(home + urls.day_page(FRIDAY) + "?topic=avatar&upvotes=50")
    expect(page.locator("[data-filtered] > li:not([hidden])")).to_have_count(1)


def test_the_colours_follow_the_reader_and_the_button(page: Page, home: str) -> None:
    def colour() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    page.goto(home + "index.html")
    light = colour()
    page.emulate_media(color_scheme="dark")
    assert colour() != light
    page.get_by_role("button", name="Colours: auto").click()
    assert colour() == light
    page.get_by_role("link", name="Trends").click()
    expect(page.get_by_role("button", name="Colours: light")).to_be_visible()
    assert colour() == light


@pytest.mark.parametrize("context", [{"viewport": {"width": 360, "height": 740}, "has_touch": True}], indirect=True)
def test_a_phone_shows_every_page_without_scrolling_sideways(page: Page, site: Path) -> None:
    for name in PAGES:
        page.goto(f"{site.as_uri()}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_the_keyboard_reaches_the_papers(page: Page, home: str) -> None:
    page.goto(home + urls.day_page(FRIDAY))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the papers")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-filtered] a')"):
            break
    title = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_everything_but_the_search_is_there(context: BrowserContext, site: Path) -> None:
    page = context.new_page()
    page.goto(f"{site.as_uri()}/{urls.day_page(FRIDAY)}")
    expect(page.locator("form[data-filters]")).to_be_hidden()
    page.locator(".papers a", has_text="Live Avatar").click()
    expect(page.locator("h1")).to_contain_text("Live Avatar")


def test_formulas_are_typeset_without_a_script(page: Page, site: Path) -> None:
    typeset = (path for path in sorted(site.rglob("papers/*/*.html")) if "<math" in path.read_text("utf-8"))
    page.goto(next(typeset).as_uri())
    box = page.locator("math").first.bounding_box()
    assert box is not None
    assert box["width"] > 0
    assert box["height"] > 0


def test_axe_finds_no_serious_violation(browser: Browser, site: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = []
        for name in PAGES:
            page.goto(f"{site.as_uri()}/{name}")
            if name.startswith("search"):
                expect(page.locator("#found")).to_have_attribute("data-ready", "true")
            found += [(name, *one) for one in find_violations(page) if one[1] in ("serious", "critical")]
        assert found == []


def test_hostile_texts_run_nothing_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    settings = Settings(environment=Environment(data_dir=tmp_path))
    hostile_day(settings)
    folder = build_site(settings).folder
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        dialogs: list[str] = []
        errors: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        for path in sorted(folder.rglob("*.html")):
            page.goto(path.as_uri() + ("?q=script" if path.name == "search.html" else ""))
            if path.name == "search.html":
                expect(page.locator("#found")).to_have_attribute("data-ready", "true")
                assert page.locator("#results li").count() > 0
            assert page.evaluate("window.ran") is None, path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert (dialogs, errors) == ([], [])


def test_the_front_page_opens_with_the_readers_ten_minutes_and_leads_to_what_was_nearly_in(
    page: Page, home: str
) -> None:
    page.goto(home + "index.html")
    first = page.locator("section.block", has=page.locator("ol.papers")).first
    expect(first.get_by_role("heading", name="For you")).to_be_visible()
    expect(first.locator("ol.papers > li")).to_have_count(12)
    expect(first.locator("li").first).to_contain_text("near “Splatting of Gaussians” in your library")
    first.get_by_role("link", name="The whole report").click()
    expect(page.get_by_role("heading", name="For you", level=1)).to_be_visible()
    expect(page.locator("ol.papers.report > li").first).to_contain_text("What differs:")
    page.get_by_role("heading", name="Nearly in").scroll_into_view_if_needed()
    nearly = page.locator("section.block", has=page.get_by_role("heading", name="Nearly in"))
    expect(nearly.locator("ul.papers > li")).to_have_count(8)
    nearly.get_by_role("link").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert "/papers/" in page.url


def test_marks_set_on_a_papers_page_are_saved_as_a_file_that_the_command_takes(
    page: Page, home: str, tmp_path: Path
) -> None:
    page.goto(home + urls.paper_page(LIVE_AVATAR))
    for name in ("Like", "Read"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Read", exact=True).click()  # taken back
    expect(page.get_by_role("button", name="Like", exact=True)).to_have_attribute("aria-pressed", "true")
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 1 mark").click()
    download.value.save_as(tmp_path / "marks.json")
    assert read_marks_file(tmp_path / "marks.json", ["liked"]) == [(LIVE_AVATAR, "liked")]


@BOTH_WAYS
def test_marks_by_keys_are_kept_in_the_browser_without_a_server_and_go_out_and_in_as_a_file(
    page: Page, home: str, tmp_path: Path
) -> None:
    page.goto(home + urls.day_page(FRIDAY))
    for key in ("j", "j", "k", "s", "l", "x"):  # of like and not interested, the newer holds
        page.keyboard.press(key)
    first = page.locator("li[data-paper]").first
    id_ = first.get_attribute("data-paper")
    pressed = first.locator("button[aria-pressed=true]")
    expect(pressed).to_have_text(["Save for later", "Not interested"])
    page.reload()
    expect(pressed).to_have_text(["Save for later", "Not interested"])
    page.get_by_label("Words").fill("slj")  # typed words mark nothing
    page.get_by_role("button", name="Clear").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("not interested")
    page.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 2 marks").click()
    download.value.save_as(tmp_path / "marks.json")
    assert read_marks_file(tmp_path / "marks.json", ["saved", "not_interested"]) == [
        (id_, "saved"), (id_, "not_interested")
    ]  # fmt: skip
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(pressed).to_have_count(0)
    page.get_by_label("Load marks").set_input_files(tmp_path / "marks.json")
    expect(pressed).to_have_text(["Save for later", "Not interested"])
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_be_visible()
    assert "/papers/" in page.url


@pytest.mark.parametrize("list_page", ["search.html?q=avatar", urls.week_page(MONDAY)])
def test_search_results_and_weeks_have_the_marks_and_keys_of_the_other_lists(
    page: Page, home: str, list_page: str
) -> None:
    page.goto(home + list_page)
    items = page.locator("li[data-paper]")
    like = items.nth(1).locator("button[data-kind=liked]")  # seen where the pointer or the focus is
    expect(like).to_be_attached()
    if list_page.startswith("search"):
        page.get_by_label("Words").press("Enter")  # out of the field, to the first result
        expect(items.first.get_by_role("link").first).to_be_focused()
        page.keyboard.press("k")
    for key in ("j", "l") if list_page.startswith("search") else ("j", "j", "l"):
        page.keyboard.press(key)
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button[aria-pressed=true]")).to_have_count(1)
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog")).to_contain_text("next paper")
    page.reload()
    expect(like).to_have_attribute("aria-pressed", "true")


def test_marks_of_search_results_stay_while_the_words_change(page: Page, home: str) -> None:
    page.goto(home + "search.html?q=avatar")
    chosen = page.locator(f'li[data-paper="{LIVE_AVATAR}"]')
    chosen.hover()
    chosen.get_by_role("button", name="Save for later").click()
    for words in ("xyzzy", "live avatar"):
        page.get_by_label("Words").fill(words)
        expect(chosen).to_have_count(int(words != "xyzzy"))
    expect(chosen.get_by_role("button", name="Save for later")).to_have_attribute("aria-pressed", "true")
