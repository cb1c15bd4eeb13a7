"""arXiv's listing pages are read as they are, and what is no such page is refused."""

from datetime import date
from pathlib import Path

import pytest

from digest_assets.common.http import RetryableResponseError
from digest_assets.sources.site_pages import parse_site_page
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets_tests.sources.runs import DAY


def test_a_real_page_gives_every_paper_of_its_five_mailings(corpus: Path) -> None:
    page = parse_site_page((corpus / "listing" / "list_astro-ph_pastweek_2024-11-22.html").read_bytes())
    assert (page.day, page.total, page.entries, page.unreadable) == (date(2024, 11, 22), 397, 397, 0)
    assert [len(items) for items in page.announcements.values()] == [75, 67, 94, 101, 60]
    first = page.announcements[page.day][0]
    assert (first.id, first.version, first.announce_type) == ("2411.14419", 1, "new")
    assert first.authors == ("Benoit Semelin", "Romain Mériot", "Ashutosh Mishra", "David Cornu")
    assert first.categories == ("astro-ph.CO",)
    kinds = [item.announce_type for items in page.announcements.values() for item in items]
    assert (kinds.count("new"), kinds.count("cross")) == (334, 63)


@pytest.mark.parametrize("path", ["/list/cs.CV/new", "/list/cs.CV/recent", f"/catchup/cs.CV/{DAY}"])
def test_the_three_kinds_of_pages_name_the_same_papers(server: LoopbackServer, path: str) -> None:
    server.feed_date = DAY
    page = parse_site_page(server.build_response(path, {"show": "2000"})[1].body)
    expected = {paper.id for paper in server.papers if DAY in paper.announced and "cs.CV" in paper.categories}
    assert page.day == DAY
    assert {item.id for item in page.announcements[DAY]} == expected


def test_an_entry_without_an_id_costs_itself_alone(server: LoopbackServer) -> None:
    server.feed_date = DAY
    body = server.build_response("/list/cs.CV/new", {"show": "2000"})[1].body
    whole = parse_site_page(body)
    page = parse_site_page(body.replace(b"/abs/2512.03000", b"/abs/none", 1))
    assert (page.entries, page.unreadable) == (whole.entries, 1)
    assert len(page.announcements[DAY]) == len(whole.announcements[DAY]) - 1


@pytest.mark.parametrize("body", [b"", b"<html>Back soon</html>", b"<feed/>", b"<div id=dlpage><h3>No date</h3></div>"])
def test_what_is_no_listing_page_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(RetryableResponseError):
        parse_site_page(body)
