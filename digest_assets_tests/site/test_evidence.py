"""On a page of the site each sentence of a summary opens the places of the paper that it stands on."""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from lxml import html
from playwright.sync_api import Browser, Frame, Page, expect

from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Environment, Settings
from digest_assets.llm.requests import LLMResponse, TokenUsage, build_json_schema
from digest_assets.papers.tables import PaperRow
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.summaries.drafts import Draft, build_rows
from digest_assets.summaries.llm_summaries import build_llm_request
from digest_assets.summaries.requests import SummaryRequest, build_request
from digest_assets.summaries.tables import ClaimSpan, SummaryRow
from digest_assets.summaries.verification.evidence import strip_to_letters
from digest_assets.testing import row_factories
from digest_assets.testing.fake_llm.schema_filling import fill_schema
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.testing.sample.collection import load_papers
from digest_assets.testing.site_days import DayRows, store_days
from digest_assets.texts.document import Document
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.tables import Section, TextRow, add_structure, ensure_abstract

FRIDAY = date(2025, 12, 5)
REPORT, BY_A_MODEL = "deep_read", "field_review"
IN_HTML, IN_PDF = "2512.00001", "2512.00002"


def _read(paper_id: str, abstract: str, source: str, document: Document) -> TextRow:
    sections = ensure_abstract(tuple(Section.from_parsed(one) for one in document.sections), abstract)
    values = {"source": source, "sections": sections, "version": 2}
    return add_structure(row_factories.make_text(paper_id, FRIDAY, **values), document)


def _write_by_a_model(paper: PaperRow, text: TextRow, settings: Settings) -> Draft:
    """What the stand-in answers for a paper: its own sentences, with their numbers."""
    request: SummaryRequest = build_request(paper, text, BY_A_MODEL, "en", settings.config.reports)
    prompt = build_llm_request(request, settings.config).prompt
    value = request.schema.model_validate(fill_schema(build_json_schema(request.schema), prompt))
    return Draft(request, LLMResponse(value, "stand-in", TokenUsage(), cached=False), key="k")


@pytest.fixture(scope="module")
def page_of_arxiv() -> bytes:
    return next(paper.html for paper in load_papers() if paper.html)


@dataclass(frozen=True)
class Made:
    """A site of two papers, their summaries, and the PDF that one was read from."""

    site: Path
    spans: dict[str, list[ClaimSpan]]
    pdf: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, page_of_arxiv: bytes) -> Made:
    """A site of two papers, one read from HTML and one from a PDF."""
    folder = tmp_path_factory.mktemp("evidence")
    settings = Settings(environment=Environment(data_dir=folder))
    served = [paper for paper in load_papers() if paper.pdf and not paper.html]
    file = folder / "paper.pdf"
    documents = {}
    for paper in served:
        file.write_bytes(paper.pdf or b"")
        try:
            documents[IN_PDF] = read_pdf(file, max_pages=20)
        except Exception:  # a scan, a damaged file
            continue
        if (documents[IN_PDF].pages or 0) > 1:
            break
    documents[IN_HTML] = read_html(page_of_arxiv)
    papers, texts, groups, summaries = [], [], [], list[SummaryRow]()
    for place, (paper_id, source) in enumerate(((IN_HTML, "html"), (IN_PDF, "pdf")), 1):
        document = documents[paper_id]
        abstract = " ".join(next(one.text for one in document.sections if one.role == "abstract").split())
        papers.append(
            row_factories.make_paper(paper_id, FRIDAY, version=2, abstract=abstract, title=document.title or "A")
        )
        texts.append(_read(paper_id, abstract, source, document))
        for report in (REPORT, BY_A_MODEL):
            values = {"group": "all", "reading_depth": "full"}
            groups.append(row_factories.make_group_row(paper_id, report, place, FRIDAY, **values))
        request: SummaryRequest = build_request(papers[-1], texts[-1], REPORT, "en", settings.config.reports)
        summaries += build_rows([Draft(request), _write_by_a_model(papers[-1], texts[-1], settings)])
    day = DayRows(day=FRIDAY, papers=papers, groups=groups, texts=texts, summaries=summaries)
    store_days(settings, day)
    spans: dict[str, list[ClaimSpan]] = {}
    reports: list[ReportName] = ["topic_digest", "daily_table"]
    others = [
        Draft(build_request(paper, text, report, "en", settings.config.reports))
        for paper, text in zip(papers, texts, strict=True)
        for report in reports
    ]
    for row in [*summaries, *build_rows(others)]:
        found = [span for claim in row.claims for span in claim.spans if span.section >= 0]
        spans.setdefault(row.id, []).extend(found)
    return Made(build_site(settings).folder, spans, file)


@pytest.fixture(scope="module")
def site(made: Made) -> Path:
    return made.site


def _share_of_words(quote: str, text: str) -> float:
    """Of a quote's words, those that stand in a text."""
    words = [strip_to_letters(word) for word in quote.split()]
    there = strip_to_letters(text)
    return sum(word in there for word in words) / max(len(words), 1)


def test_every_place_in_the_html_is_an_element_that_says_what_is_quoted(made: Made, page_of_arxiv: bytes) -> None:
    texts = {
        str(part.get("id")): "".join(map(str, part.itertext())) for part in html.fromstring(page_of_arxiv).iter("*")
    }
    spans = [span for span in made.spans[IN_HTML] if span.element]
    assert len(spans) > 5
    assert [span for span in spans if _share_of_words(span.quote, texts[span.element]) < 0.8] == []


def test_every_place_in_the_pdf_is_a_page_that_says_what_is_quoted(made: Made) -> None:
    with pypdfium2.PdfDocument(made.pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    spans = [span for span in made.spans[IN_PDF] if span.page]
    assert len(spans) > 5
    assert [span for span in spans if _share_of_words(span.quote, pages[(span.page or 0) - 1]) < 0.8] == []


def _list_links(site: Path, paper_id: str) -> list[str]:
    page = (site / urls.paper_page(paper_id)).read_text("utf-8")
    return re.findall(r'<div class="evidence">.*?<a href="([^"]+)"', page)


def test_sentences_link_the_paragraph_of_the_html_and_the_page_of_the_pdf(site: Path) -> None:
    in_html, in_pdf = _list_links(site, IN_HTML), _list_links(site, IN_PDF)
    assert any(re.fullmatch(rf"https://arxiv\.org/html/{IN_HTML}v2#S\d[\w.]*", link) for link in in_html)
    assert any(re.fullmatch(rf"https://arxiv\.org/pdf/{IN_PDF}v2#page=\d+", link) for link in in_pdf)


@pytest.mark.long
def test_a_click_on_a_sentence_opens_its_place_without_a_script(
    browser: Browser, site: Path, page_of_arxiv: bytes
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        context.route("https://arxiv.org/**", lambda route: route.fulfill(body=page_of_arxiv, content_type="text/html"))
        page = context.new_page()
        address = (site / urls.paper_page(IN_HTML)).as_uri()
        page.goto(address)
        sentences = page.locator("details.said", has=page.locator('a[href*="#S"]'))
        count = sentences.count()
        assert count > 0
        for place in range(count):
            said = sentences.nth(place)
            sentence = said.locator("summary").inner_text()
            link = said.locator('a[href*="#S"]').first
            expect(link).to_be_hidden()
            said.locator("summary").click()
            expect(link).to_be_visible()
            link.click()
            target = page.locator(":target")
            expect(target).to_have_count(1)
            expect(target).to_be_in_viewport()
            assert _share_of_words(sentence, target.inner_text()) > 0.5
            page.goto(address)


@pytest.mark.long
def test_one_walk_leads_from_the_front_page_to_the_paragraph_at_arxiv(browser: Browser, site: Path) -> None:
    with browser.new_context() as context:
        context.route("https://arxiv.org/**", lambda route: route.fulfill(body="arXiv", content_type="text/html"))
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        page.locator(f'a[href$="{urls.paper_page(IN_HTML)}"]').first.click()
        expect(page.locator("h1")).to_be_visible()
        said = page.locator("details.said", has=page.locator('a[href*="#S"]')).first
        said.locator("summary").click()
        said.locator('a[href*="#S"]').first.click()
        expect(page).to_have_url(re.compile(rf"https://arxiv\.org/html/{IN_HTML}v2#S\d[\w.]*"))


def _wait_for_viewer(page: Page) -> Frame:
    """Chromium's own PDF viewer, which is a page of an extension inside the page."""
    for _ in range(600):
        if viewers := [frame for frame in page.frames if frame.url.startswith("chrome-extension://")]:
            return viewers[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"no PDF viewer opened: {page.url}")


@pytest.mark.long
def test_a_click_on_a_sentence_opens_the_page_of_the_pdf_that_says_it(browser: Browser, made: Made) -> None:
    paper = next(paper for paper in load_papers() if paper.pdf)
    served = replace(paper, id=IN_PDF, version=2, html=None, pdf=made.pdf.read_bytes())
    with (
        LoopbackServer([served]) as arxiv,
        browser.new_context() as context,
        pypdfium2.PdfDocument(made.pdf) as document,
    ):
        texts = [page.get_textpage().get_text_bounded() for page in document]
        page = context.new_page()
        address = (made.site / urls.paper_page(IN_PDF)).as_uri()
        page.goto(address)
        sentences = page.locator("details.said", has=page.locator('a[href*="#page="]'))
        pages_opened = set()
        for place in range(sentences.count()):
            said = sentences.nth(place)
            sentence = said.locator("summary").inner_text()
            said.locator("summary").click()
            link = said.locator('a[href*="#page="]').first
            number = (link.get_attribute("href") or "").rsplit("=", 1)[1]
            link.evaluate("(a, site) => { a.href = a.href.replace('https://arxiv.org', site) }", arxiv.url)
            link.click()
            viewer = _wait_for_viewer(page)
            expect(viewer.locator("#pageSelector")).to_have_value(number)
            assert _share_of_words(sentence, texts[int(number) - 1]) > 0.5
            pages_opened.add(number)
            page.goto(address)
        assert len(pages_opened) > 1
