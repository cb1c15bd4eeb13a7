"""Hostile texts of papers and models on the site's pages: they appear as text."""

import json
from datetime import date
from pathlib import Path

import pytest
from lxml import html

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.reports import urls
from digest_assets.site import search_index
from digest_assets.site.build import build_site
from digest_assets.site.files import SiteFolder
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import DayRows, store_days

FRIDAY = date(2025, 12, 5)
LONG = "x" * 10_000
TEXTS = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror=window.ran=1>",
    "</title></h1></li></script><svg onload=window.ran=1>",
    "[click](javascript:window.ran=1) <javascript:window.ran=1>",
    '" autofocus onfocus="window.ran=1',
    "{{ 7 * 7 }} {% raw %}",
    "a \u202eb\u2066c | d\n# e\n---",
    "]);window.ran=1;digestSearch.add([\u2028\u2029",
    r"$\href{javascript:window.ran=1}{x}$ $\text{<script>window.ran=1</script>}$",
    LONG,
]
BAD_ADDRESS = "javascript:window.ran=1"


def hostile_day(settings: Settings) -> None:
    """A day whose every text is hostile."""
    papers, groups, summaries = [], [], []
    for number, text in enumerate(TEXTS, 1):
        paper = row_factories.make_paper(
            f"2512.{number:05d}", FRIDAY, title=text, abstract=text, authors=(text, "B Two"), comment=text,
            journal_ref=text, doi=text, organization=text, hf_keywords=(text,), topics=(text[:200],), hf_upvotes=3,
            code_url=BAD_ADDRESS, project_url=f"https://example.org/{text.replace(' ', '')}", categories=("cs.CV", text[:50]),
        )  # fmt: skip
        papers.append(paper)
        fields = {"task": text, "core_idea": text, "pros": [text], "related_work": [{"work": text, "challenge": text}]}
        groups.append(
            row_factories.make_group_row(paper.id, "topic_digest", number, FRIDAY, group="avatar", reason=text)
        )
        groups.append(row_factories.make_group_row(paper.id, "field_review", number, FRIDAY, reason=text))
        summaries.append(row_factories.make_summary(paper.id, "topic_digest", FRIDAY, fields=fields, engine="openai", model=text,
                                          note=text))  # fmt: skip
        finding = {"key_findings": [{"finding": text, "evidence": text}], "contribution": text}
        summaries.append(row_factories.make_summary(paper.id, "field_review", FRIDAY, fields=finding))
    overview = row_factories.make_overview("\n\n".join(TEXTS), day=FRIDAY, engine="openai", model="m")
    store_days(settings, DayRows(FRIDAY, papers, groups, summaries, overviews=[overview]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site, which the tests only read."""
    settings = Settings(config=Config(), environment=Environment(data_dir=tmp_path_factory.mktemp("hostile")))
    hostile_day(settings)
    return build_site(settings).folder


def test_no_page_gets_an_element_attribute_or_address_of_a_text(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for path in pages:
        tree = html.parse(path)
        assert {script.get("src").rpartition("/")[2] for script in tree.iter("script")} <= {
            "site.js", "server.js", "marks.js", "days.js", "search.js",
        }  # fmt: skip
        assert not list(tree.iter("img", "iframe", "object", "style", "base"))
        for element in tree.iter():
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
            assert not element.get("href", "").strip().lower().startswith(("javascript:", "data:"))


def test_a_title_appears_as_it_was_written(site: Path) -> None:
    for number, text in enumerate(TEXTS[:6], 1):
        tree = html.parse(site / urls.paper_page(f"2512.{number:05d}"))
        assert tree.find(".//h1").text_content() == text


def test_an_address_that_is_not_of_the_web_is_no_link(site: Path) -> None:
    links = html.parse(site / urls.paper_page("2512.00001")).xpath("//ul[@class='tabs']//a")
    assert [link.text for link in links] == ["arXiv", "PDF", "Project"]


def test_the_search_piece_is_one_call_with_data(site: Path) -> None:
    parts = sorted((site / urls.search_folder(FRIDAY)).glob("[0-9].js"))
    texts = [part.read_text("utf-8") for part in parts]
    assert not any("\u2028" in text for text in texts)
    assert sum(len(json.loads(text[text.index("[") : text.rindex(")")])) for text in texts) == len(TEXTS)
    assert set(search_index.read_addresses(SiteFolder(site), FRIDAY)) == {
        f"2512.{n:05d}" for n in range(1, len(TEXTS) + 1)
    }
