"""The loopback server: real clients against a small collection, and every fault that it can play."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import arxiv
import httpx2
import pytest
from huggingface_hub import HfApi

from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer, ServedPaper

DAY = date(2025, 10, 2)
PAPERS = [
    ServedPaper(
        id=f"2510.0000{number}",
        version=number,
        title=f"Paper {number} on <b> & avatars",
        abstract="An abstract with α.",
        authors=("Ana Ødegård", "Li Wei"),
        categories=("cs.CV", "cs.GR") if number < 3 else ("stat.ML", "cs.CV"),
        published=datetime(2025, 10, 1, number, tzinfo=UTC),
        comment="9 pages",
        announced={DAY: "replace" if number == 2 else "new"},
        html=b"<html>one</html>" if number == 1 else None,
        pdf=b"%PDF-1.7 two" if number == 2 else None,
    )
    for number in (1, 2, 3)
]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    page = [{"paper": {"id": paper.id, "authors": []}, "title": paper.title} for paper in PAPERS]
    with LoopbackServer(PAPERS, {DAY: page}) as server:
        yield server


def client_of(server: LoopbackServer, page_size: int = 100) -> arxiv.Client:
    client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
    client.query_url_format = f"{server.url}/api/query?{{}}"
    return client


def test_the_arxiv_client_pages_through_a_query(server: LoopbackServer) -> None:
    search = arxiv.Search("cat:cs.CV", sort_by=arxiv.SortCriterion.SubmittedDate, max_results=None)
    found = list(client_of(server, page_size=2).results(search))
    assert [paper.get_short_id() for paper in found] == ["2510.00003v3", "2510.00002v2", "2510.00001v1"]
    assert (found[2].title, found[2].summary) == ("Paper 1 on <b> & avatars", "An abstract with α.")
    assert [author.name for author in found[2].authors] == ["Ana Ødegård", "Li Wei"]
    assert (found[0].primary_category, found[0].categories) == ("stat.ML", ["stat.ML", "cs.CV"])
    assert [request.parameters["start"] for request in server.get_requests("api")] == ["0", "2"]


def test_unknown_ids_are_left_out_and_malformed_ones_refused(server: LoopbackServer) -> None:
    found = client_of(server).results(arxiv.Search(id_list=["2510.00001", "2510.99999"]))
    assert [paper.get_short_id() for paper in found] == ["2510.00001v1"]
    with pytest.raises(arxiv.HTTPError, match="400"):
        list(client_of(server).results(arxiv.Search(id_list=["abc"])))


def test_the_feed_says_cross_where_the_primary_category_is_not_asked_for(server: LoopbackServer) -> None:
    body = httpx2.get(f"{server.url}/rss/cs.CV+cs.GR").text
    kinds = [part.split("</")[0] for part in body.split("<arxiv:announce_type>")[1:]]
    assert kinds == ["new", "replace", "cross"]
    assert "Thu, 02 Oct 2025 00:00:00 -0400" in body


def test_the_feed_of_another_date_is_empty(server: LoopbackServer) -> None:
    server.feed_date = date(2025, 10, 4)
    assert "<entry>" not in httpx2.get(f"{server.url}/atom/cs.CV").text


def test_files_are_served_by_id_with_or_without_version(server: LoopbackServer) -> None:
    assert httpx2.get(f"{server.url}/html/2510.00001v1").content == b"<html>one</html>"
    assert httpx2.get(f"{server.url}/pdf/2510.00002").content == b"%PDF-1.7 two"
    assert httpx2.get(f"{server.url}/html/2510.00002").status_code == 404
    assert httpx2.get(f"{server.url}/pdf/2510.00002v9").status_code == 404
    assert httpx2.get(f"{server.url}/pdf/../../etc/passwd").status_code == 404
    assert "avatars" in httpx2.get(f"{server.url}/abs/2510.00001").text


def test_hugging_face_pages_are_served_unchanged_in_parts(server: LoopbackServer) -> None:
    assert [paper.id for paper in HfApi(endpoint=server.url).list_daily_papers(date=str(DAY))] == [
        "2510.00001",
        "2510.00002",
        "2510.00003",
    ]
    part = httpx2.get(f"{server.url}/api/daily_papers", params={"date": str(DAY), "limit": 2, "p": 1}).json()
    assert part == server.hf_pages[DAY][2:]
    assert httpx2.get(f"{server.url}/api/daily_papers", params={"date": "2020-01-01"}).json() == []
    assert httpx2.get(f"{server.url}/api/daily_papers", params={"limit": 101}).status_code == 400


def test_a_fault_sees_each_request_and_changes_its_answer(server: LoopbackServer) -> None:
    def first_is_busy(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return LoopbackResponse(status=503, headers={"Retry-After": "7"}) if request.number == 1 else answer

    server.fault = first_is_busy
    busy, fine = (httpx2.get(f"{server.url}/api/daily_papers") for _ in range(2))
    assert (busy.status_code, busy.headers["retry-after"], fine.status_code) == (503, "7", 200)
    assert [request.status for request in server.get_requests("hf")] == [503, 200]


def test_an_answer_can_come_late_in_drips_cut_or_not_at_all(server: LoopbackServer) -> None:
    url = f"{server.url}/api/daily_papers"
    server.fault = lambda _, answer: replace(answer, delay=0.2)
    started = time.monotonic()
    httpx2.get(url)
    assert time.monotonic() - started > 0.2
    server.fault = lambda _, answer: replace(answer, body=b"x" * 500, drip=0.05)
    started = time.monotonic()
    assert len(httpx2.get(url).content) == 500
    assert time.monotonic() - started > 0.2
    server.fault = lambda _, answer: replace(answer, cut_after=5)
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(url)
    server.fault = lambda _, answer: replace(answer, reset=True)
    with pytest.raises(httpx2.TransportError):
        httpx2.get(url)


def test_the_log_has_each_request_with_its_times(server: LoopbackServer) -> None:
    for _ in range(2):
        httpx2.get(f"{server.url}/api/daily_papers", params={"date": str(DAY)}, headers={"User-Agent": "me"})
    first, second = server.get_requests("hf")
    assert first.started <= first.ended <= second.started <= second.ended
    assert (first.number, second.number) == (1, 2)
    assert (first.parameters, first.headers["user-agent"]) == ({"date": str(DAY)}, "me")
    server.reset_log()
    assert server.get_requests("hf") == []
    assert json.loads(httpx2.get(f"{server.url}/api/daily_papers").content)
