"""What a served site says of its own pages to search engines, Zotero, and whoever shares a link."""

from datetime import date

import pytest
from lxml import etree, html

from digest_assets.config.settings import Config, Settings
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import remove_day, store_generated_day

FRIDAY = date(2025, 12, 5)
ADDRESS = "https://digest.example.org/papers/"


@pytest.fixture
def served(settings: Settings) -> Settings:
    """Settings of a site that is served somewhere, and mailed."""
    mail = {"name": "team", "to": ["a@example.org"], "sender": "b@example.org", "host": "localhost"}
    values = {"feeds": {"base_url": ADDRESS}, "delivery": {"mail": [mail]}}
    config = Config.model_validate(settings.config.model_dump(by_alias=True) | values)
    return settings.model_copy(update={"config": config})


def read_head(settings: Settings, name: str) -> dict[str, list[str]]:
    """The page's `meta` elements, by name or property."""
    root = html.document_fromstring((settings.data_dir / "site" / name).read_text("utf-8"))
    found: dict[str, list[str]] = {}
    for element in root.iterfind(".//meta"):
        found.setdefault(element.get("name") or element.get("property") or "", []).append(element.get("content") or "")
    found["canonical"] = [link.get("href") or "" for link in root.iterfind(".//link[@rel='canonical']")]
    return found


def read_sitemap(settings: Settings, name: str) -> list[str]:
    root = etree.parse(str(settings.data_dir / "site" / name)).getroot()
    return [str(element.text) for element in root.iter("{*}loc")]


def test_a_papers_page_says_what_citation_managers_read(served: Settings) -> None:
    authors = ("Ann B. Dunn", "José Ruiz")
    (paper,) = store_generated_day(
        served, FRIDAY, 1, id="2512.00001", title='Bounds of $O(n^2)$ & "more"', authors=authors, doi="10.1000/1"
    )
    build_site(served)
    head = read_head(served, urls.paper_page("2512.00001"))
    assert head["citation_title"] == head["og:title"] == ['Bounds of O(n²) & "more"']
    assert head["citation_author"] == ["Ann B. Dunn", "José Ruiz"]
    assert head["citation_publication_date"] == [f"{paper.published:%Y/%m/%d}"]
    assert head["citation_pdf_url"] == ["https://arxiv.org/pdf/2512.00001"]
    assert head["citation_doi"] == ["10.1000/1"]
    assert head["canonical"] == [f"{ADDRESS}papers/2512/2512.00001.html"]


def test_the_sitemaps_name_every_page_of_the_days_and_no_other(served: Settings) -> None:
    rows = store_generated_day(served, FRIDAY, 4)
    build_site(served)
    (month,) = read_sitemap(served, "sitemap.xml")
    named = read_sitemap(served, month.removeprefix(ADDRESS))
    papers = [*(urls.paper_page(row.id) for row in rows[:3]), urls.papers_page(FRIDAY, "all")]
    assert {ADDRESS + page for page in papers} <= set(named)
    assert f"{ADDRESS}{urls.day_page(FRIDAY)}" in named
    assert all((served.data_dir / "site" / name.removeprefix(ADDRESS)).is_file() for name in named)
    remove_day(served, FRIDAY)
    build_site(served)
    assert not (served.data_dir / "site" / month.removeprefix(ADDRESS)).exists()


def test_a_missing_page_leads_home_from_any_depth(served: Settings) -> None:
    build_site(served)
    root = html.document_fromstring((served.data_dir / "site/404.html").read_text("utf-8"))
    links = [link.get("href") or "" for link in root.iterfind(".//main//a")]
    assert links == [f"{ADDRESS}search.html", f"{ADDRESS}days.html"]


def test_a_site_that_is_served_nowhere_names_no_address(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 2)
    build_site(settings)
    assert read_head(settings, "index.html")["canonical"] == []
    assert not (settings.data_dir / "site/sitemap.xml").exists()


def test_the_page_about_mail_is_there_while_there_is_mail(served: Settings, settings: Settings) -> None:
    build_site(served)
    assert (served.data_dir / "site/mail.html").is_file()
    build_site(settings)
    assert not (settings.data_dir / "site/mail.html").exists()
