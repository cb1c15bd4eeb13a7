"""Fetching from a loopback site that misbehaves: limits, redirects, retries and politeness."""

import gzip
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from digest_assets.common.http import format_user_agent
from digest_assets.testing.loopback.server import Fault, LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets_tests.texts.test_reader import SENTENCE, Reader, ServeSite, page, pdf, served, wanted

PAPER = served("2510.00001", html=page(), pdf=pdf())


def html_only(change: Fault) -> Fault:
    """A fault of the HTML pages; the PDFs are served as they should be."""

    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return change(request, answer) if request.kind == "html" else answer

    return fault


def reason(read: Reader) -> str | None:
    (row,) = read(wanted("2510.00001")).rows
    assert row.source == "pdf"  # whatever is wrong with the HTML, the PDF is read
    return row.reason


def test_a_redirect_on_the_same_host_is_followed(site: ServeSite) -> None:
    def move(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        if request.path == "/html/2510.00001v1":
            return LoopbackResponse(status=301, headers={"Location": "/html/2510.00001"})
        return answer

    with site(PAPER, fault=html_only(move)) as (read, _):
        assert read(wanted("2510.00001")).rows[0].source == "html"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/html/2510.00001", "http://127.0.0.1:9/html", "//evil.example/", "file:///etc/passwd"],
)
def test_a_redirect_to_another_host_is_refused(site: ServeSite, target: str) -> None:
    with site(PAPER, fault=html_only(lambda _, __: LoopbackResponse(status=302, headers={"Location": target}))) as (
        read,
        server,
    ):
        assert str(reason(read)).startswith("html: redirect to another host")
        assert len(server.get_requests("html")) == 1


def test_redirects_in_a_circle_end(site: ServeSite) -> None:
    circle = html_only(lambda request, _: LoopbackResponse(status=302, headers={"Location": request.path}))
    with site(PAPER, fault=circle) as (read, _):
        assert reason(read) == "html: more than 5 redirects"


def test_a_file_that_says_it_is_too_large_is_not_downloaded(site: ServeSite) -> None:
    big = served("2510.00001", html=page(SENTENCE * 1000), pdf=pdf())
    with site(big, max_bytes=20_000) as (read, _):
        assert reason(read) == "html: larger than 0.02 MB"


def test_a_small_file_that_unpacks_to_a_large_one_is_stopped(site: ServeSite) -> None:
    def bomb(_: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, body=gzip.compress(b"<" * 200_000_000), headers={"Content-Encoding": "gzip"})

    with site(PAPER, fault=html_only(bomb), max_bytes=1_000_000) as (read, _):
        assert reason(read) == "html: larger than 1 MB"


def test_what_is_no_page_is_not_parsed(site: ServeSite) -> None:
    with site(PAPER, fault=html_only(lambda _, __: LoopbackResponse(b"\x89PNG..."))) as (read, _):
        assert reason(read) == "html: not an HTML page"


@pytest.mark.long
def test_a_server_that_drips_is_given_up_at_the_limit(site: ServeSite) -> None:
    with site(PAPER, fault=html_only(lambda _, answer: replace(answer, drip=1)), timeout_seconds=2) as (read, server):
        assert reason(read) == "html: took more than 2 s"
        assert len(server.get_requests("html")) == 4


def test_a_cut_or_reset_connection_is_tried_again(site: ServeSite) -> None:
    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return {1: replace(answer, cut_after=100), 2: replace(answer, reset=True)}.get(request.number, answer)

    with site(PAPER, fault=html_only(fault)) as (read, server):
        assert read(wanted("2510.00001")).rows[0].source == "html"
        assert len(server.get_requests("html")) == 3


def test_the_server_says_how_long_to_wait(site: ServeSite) -> None:
    def busy(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, status=429, headers={"Retry-After": "2"}) if request.number == 1 else answer

    with site(PAPER, fault=html_only(busy)) as (read, server):
        assert read(wanted("2510.00001")).rows[0].source == "html"
        first, second = server.get_requests("html")
    assert second.started - first.ended >= 1.9


def test_a_server_that_asks_for_an_hour_is_left_alone_until_another_run(site: ServeSite) -> None:
    with site(PAPER, fault=lambda _, answer: replace(answer, status=429, headers={"Retry-After": "3600"})) as (
        read,
        server,
    ):
        # The wait that the server asked for counts for all its files.
        (row,) = read(wanted("2510.00001")).rows
    assert (row.source, row.can_retry) == ("abstract", True)
    assert row.reason == "html: HTTP 429; pdf: the site asks for a pause"
    assert len(server.log) == 1


def test_an_answer_that_is_not_there_is_asked_for_once(site: ServeSite) -> None:
    with site(served("2510.00001", pdf=pdf())) as (read, server):
        read(wanted("2510.00001"))
    assert len(server.get_requests("html")) == 1


def test_a_site_that_is_down_is_not_asked_for_every_paper(site: ServeSite) -> None:
    papers = [f"2510.{number:05}" for number in range(1, 41)]
    with site(fault=lambda _, answer: replace(answer, status=503, headers={"Retry-After": "0"})) as (read, server):
        rows = read(*(wanted(id) for id in papers)).rows
    assert [row.id for row in rows] == papers
    assert all(row.source == "abstract" and row.can_retry for row in rows)
    assert len(server.log) < 60


INTERVAL = 0.5


def _read_some(url: str, folder: Path, first: int) -> None:
    class Server:
        pass

    Server.url = url  # type: ignore[attr-defined]
    read = Reader(Server, folder, requests_per_second=1 / INTERVAL)  # type: ignore[arg-type]
    read(*(wanted(f"2510.{number:05}") for number in range(first, first + 6)))


@pytest.mark.long
def test_requests_keep_their_pace_across_processes(tmp_path: Path) -> None:
    papers = [served(f"2510.{number:05}", html=page()) for number in range(12)]
    with LoopbackServer(papers) as server:
        spawn = multiprocessing.get_context("spawn")
        processes = [spawn.Process(target=_read_some, args=(server.url, tmp_path, first)) for first in (0, 6)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        starts = [request.started for request in server.get_requests("html")]
    assert len(starts) == 12
    # Two processes, each at a pace of its own, would be done after five pauses. A request may arrive late, but
    # not by four pauses.
    assert starts[-1] - starts[0] > 7 * INTERVAL


def test_an_unchanged_file_is_not_sent_again(site: ServeSite) -> None:
    def with_tag(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        if request.headers.get("if-none-match") == '"one"':
            return LoopbackResponse(status=304)
        return replace(answer, headers={"ETag": '"one"'})

    with site(PAPER, fault=html_only(with_tag)) as (read, server):
        first = read(wanted("2510.00001"))
        second = read(wanted("2510.00001"), refresh=True)
    assert second.rows == first.rows
    assert [request.status for request in server.get_requests("html")] == [200, 304]
    assert second.bytes == 0


def test_an_id_that_is_none_never_becomes_an_address(site: ServeSite) -> None:
    with site() as (read, server):
        (row,) = read(wanted("../../etc/passwd")).rows
    assert row.reason == "not an arXiv id: '../../etc/passwd'"
    assert server.log == []


def test_an_old_id_with_a_slash_is_fetched_and_kept(site: ServeSite) -> None:
    paper = replace(served("2510.00001", html=page()), id="math/0309136")
    with site(paper) as (read, server):
        (row,) = read(wanted("math/0309136")).rows
        assert row.source == "html"
        assert server.get_requests("html")[0].path == "/html/math/0309136v1"
        assert read(wanted("math/0309136")).from_cache == 1


def test_the_user_agent_names_the_contact(tmp_path: Path) -> None:
    with LoopbackServer([PAPER]) as server:
        read = Reader(server, tmp_path)
        config = read.settings.config.model_copy(update={"contact": "digest@example.org"})
        read.settings = read.settings.model_copy(update={"config": config})
        read(wanted("2510.00001"))
        assert server.get_requests("html")[0].headers["user-agent"] == format_user_agent("digest@example.org")
