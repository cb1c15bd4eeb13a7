"""Where pages stand."""

from datetime import date

import pytest

from digest_assets.reports import urls


def test_a_paper_stands_on_the_shelf_of_its_month_or_archive() -> None:
    assert urls.paper_page("2512.05117") == "papers/2512/2512.05117.html"
    assert urls.paper_page("hep-th/9901001") == "papers/hep-th/hep-th_9901001.html"


@pytest.mark.parametrize("name", ["../../etc/passwd", "2512.05117/../x", "<b>", ""])
def test_what_is_no_arxiv_id_has_no_page(name: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        urls.paper_page(name)


def test_topics_have_names_that_a_file_can_have() -> None:
    assert urls.series_page("topics", "Gaussian Splatting") == "topics/Gaussian-Splatting/index.html"
    assert urls.series_page("categories", "cs.CV", "2025-12") == "categories/cs.CV/2025-12.html"
    odd = ["C++", "C#", "../x", "高斯", "a/b", "a-b", "a b", "..", "x" * 9]
    slugs = [urls.slugify(name) for name in odd]
    assert len(set(slugs)) == len(odd)
    assert all("/" not in slug and not slug.startswith(".") for slug in slugs)


def test_a_page_finds_the_way_back() -> None:
    assert urls.relative_root("index.html") == ""
    assert urls.relative_root(urls.day_page(date(2025, 12, 5))) == "../../"


@pytest.mark.parametrize("url", ["https://example.org/a", "http://example.org", "https://example.org/<b>"])
def test_an_address_of_the_web_may_become_a_link(url: str) -> None:
    assert urls.is_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "ftp://x.y",
        "https:///a",
        "https://[x",
        "https://x.y/a b",
        "https://x.y/\u202ea",
    ],
)
def test_what_is_no_address_of_the_web_becomes_none(url: str | None) -> None:
    assert not urls.is_web_address(url)


def test_a_link_has_only_what_may_stand_in_an_address() -> None:
    assert urls.encode_address("https://a.example/<b>\\é?q=%20#x") == "https://a.example/%3Cb%3E%5C%C3%A9?q=%20#x"
