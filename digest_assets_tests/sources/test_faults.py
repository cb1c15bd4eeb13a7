"""Sources that are down, busy, slow, cut short or wrong: what passes leaves no trace, what stays says what to do."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from digest_assets.common.errors import SourceError
from digest_assets.common.http import (
    HttpSession,
    RetryableResponseError,
    Timeouts,
    format_user_agent,
    get_with_retries,
)
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.huggingface import fetch_daily_page
from digest_assets.sources.listing import list_mailing
from digest_assets.sources.tables import ARXIV_LISTING, HF_DAILY_PAPERS
from digest_assets.sources.xml import parse_xml
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import Fault, LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import DAY, FAST, PAGE_SIZE, get_announced_ids, get_error_message, run_sources

Change = Callable[[LoopbackResponse], LoopbackResponse]


def busy(_: LoopbackResponse) -> LoopbackResponse:
    return LoopbackResponse(status=429, headers={"Retry-After": "0"})


def unavailable(_: LoopbackResponse) -> LoopbackResponse:
    return LoopbackResponse(status=503)


def closed(_: LoopbackResponse) -> LoopbackResponse:
    """Down for longer than anybody waits: it is given up at its first answer, however busy the machine is."""
    return LoopbackResponse(status=503, headers={"Retry-After": "86400"})


def broken(_: LoopbackResponse) -> LoopbackResponse:
    return LoopbackResponse(b"<html>Internal Server Error</html>", status=500)


def throttled(_: LoopbackResponse) -> LoopbackResponse:
    """How arXiv's edge throttles: without a word."""
    return LoopbackResponse(status=406)


def told_to_slow_down(_: LoopbackResponse) -> LoopbackResponse:
    return LoopbackResponse(b"<html>Rate exceeded. Please slow down.</html>", status=403)


def reset(answer: LoopbackResponse) -> LoopbackResponse:
    return replace(answer, reset=True)


def cut(answer: LoopbackResponse) -> LoopbackResponse:
    return replace(answer, cut_after=len(answer.body) // 2)


def malformed(answer: LoopbackResponse) -> LoopbackResponse:
    """Whole as HTTP counts it, but the XML ends in the middle of an entry."""
    return replace(answer, body=answer.body[: len(answer.body) * 2 // 3])


def empty(answer: LoopbackResponse) -> LoopbackResponse:
    """The API's well-known fault: no papers, where there are some."""
    head, _, rest = answer.body.partition(b"<entry>")
    before, _, after = head.partition(b"<opensearch:totalResults>")
    return replace(
        answer, body=before + b"<opensearch:totalResults>0" + after[after.index(b"</") :] + b"</feed>" * bool(rest)
    )


def short(answer: LoopbackResponse) -> LoopbackResponse:
    """A page whose last entry is missing although the total says otherwise."""
    head, _, _ = answer.body.rpartition(b"<entry>")
    return replace(answer, body=head + b"</feed>")


def a_web_page(answer: LoopbackResponse) -> LoopbackResponse:
    """What a site under maintenance serves, with status 200."""
    return replace(answer, body=b"<html><body>Back soon</body></html>")


FAULTS = {
    change.__name__: change
    for change in (
        busy,
        unavailable,
        broken,
        throttled,
        told_to_slow_down,
        reset,
        cut,
        malformed,
        empty,
        short,
        a_web_page,
    )
}


def first_times(change: Change, times: int = 1, *, kind: str = "api", start: str | None = None) -> Fault:
    """The fault on the first requests of a kind; with `start`, of the page that begins there."""
    seen = 0

    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        nonlocal seen
        hit = request.kind == kind and (start is None or request.parameters.get("start") == start)
        seen += hit
        return change(answer) if hit and seen <= times else answer

    return fault


def ask_to_wait(retry_after: str) -> Change:
    return lambda _: LoopbackResponse(status=429, headers={"Retry-After": retry_after})


def always(change: Change, kind: str = "api") -> Fault:
    return first_times(change, 10**6, kind=kind)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("start", ["0", str(PAGE_SIZE)])
def test_a_fault_that_passes_leaves_the_day_exact(
    settings: Settings, server: LoopbackServer, name: str, start: str
) -> None:
    server.fault = first_times(FAULTS[name], 2, start=start)
    with ArxivApi.from_settings(settings) as api:
        rows = list_mailing(DAY, settings, api, datetime.now(UTC)).rows
    assert {row.id for row in rows} == get_announced_ids(server, DAY)
    assert len(server.get_requests("api")) == 4


def test_a_day_with_every_fault_in_turn_is_exact(server: LoopbackServer, tmp_path: Path) -> None:
    # Each fault doubles the pause: so many in a row need a short first one.
    settings = create_settings(server, tmp_path / "data", {"sources": {**FAST["sources"], "backoff_seconds": 0.001}})

    def in_turn(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        changes = list(FAULTS.values())
        return changes[request.number - 1](answer) if request.number <= len(changes) else answer

    server.fault = in_turn
    assert run_sources(settings, DAY).success
    assert set(open_warehouse(settings).read(ARXIV_LISTING, [DAY])["id"]) == get_announced_ids(server, DAY)


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "short"])
def test_a_fault_that_stays_says_what_to_do_in_one_sentence(server: LoopbackServer, tmp_path: Path, name: str) -> None:
    settings = with_short_deadline(server, tmp_path)
    server.fault = always(FAULTS[name])
    with ArxivApi.from_settings(settings) as api, pytest.raises(SourceError) as caught:
        list_mailing(DAY, settings, api, datetime.now(UTC))
    message = str(caught.value)
    assert message.startswith("arXiv's API, mailing of 2025-12-03: ")
    assert message.endswith("what was there before is kept: try again later")
    assert len(message.splitlines()) == 1
    assert caught.value.can_retry


def with_short_deadline(server: LoopbackServer, folder: Path, seconds: float = 0.3) -> Settings:
    return create_settings(server, folder, {"sources": {**FAST["sources"], "retry_deadline_seconds": seconds}})


def test_a_source_that_fails_keeps_what_was_there_and_the_others_are_made(
    settings: Settings, server: LoopbackServer
) -> None:
    assert run_sources(settings, DAY, only=["arxiv_listing"]).success
    before = open_warehouse(settings).read(ARXIV_LISTING)
    server.fault = always(closed)
    result = run_sources(settings, DAY)
    assert not result.success
    assert "HTTP 503" in get_error_message(result, "arxiv_listing")
    assert open_warehouse(settings).read(ARXIV_LISTING).equals(before)
    assert not open_warehouse(settings).read(HF_DAILY_PAPERS, [DAY]).is_empty()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("busy", r"HTTP 429 \(asked (?:once|\d+ times) in \d+ s\)"),
        ("reset", r"the connection failed \(\w+: .*\)"),
        ("cut", r"the connection failed \(RemoteProtocolError: .*\)"),
        ("malformed", r"malformed XML \(.*\)"),
        ("empty", r"no papers at all, where a mailing has some: its index lags \(asked"),
        ("throttled", r"HTTP 406 \(asked (?:once|\d+ times) in \d+ s\)"),
        ("told_to_slow_down", r"HTTP 403 \(asked (?:once|\d+ times) in \d+ s\)"),
        ("a_web_page", r"a page of another kind \(<html>\) where a feed belongs .* is kept: try again later"),
    ],
)
def test_what_the_user_sees(server: LoopbackServer, tmp_path: Path, name: str, words: str) -> None:
    settings = with_short_deadline(server, tmp_path)
    server.fault = always(FAULTS[name])
    with ArxivApi.from_settings(settings) as api, pytest.raises(SourceError, match=words):
        list_mailing(DAY, settings, api, datetime.now(UTC))


def test_an_api_that_is_not_there_says_so(server: LoopbackServer, tmp_path: Path) -> None:
    settings = create_settings(server, tmp_path, {"sources": {**FAST["sources"], "retry_deadline_seconds": 0.3}})
    nowhere = settings.environment.model_copy(update={"arxiv_api_url": "http://127.0.0.1:9/api/query"})
    settings = settings.model_copy(update={"environment": nowhere})
    message = get_error_message(run_sources(settings, DAY, only=["arxiv_listing"]), "arxiv_listing")
    assert "the connection failed (ConnectError" in message


def without_paper(*ids: str) -> Change:
    """The answers without these papers, which they count all the same."""

    def change(answer: LoopbackResponse) -> LoopbackResponse:
        head, *entries = answer.body.split(b"<entry>")
        kept = [entry for entry in entries if not any(f"/{id}v".encode() in entry for id in ids)]
        return replace(
            answer, body=b"<entry>".join([head, *kept]) + b"</feed>" * (kept != entries and kept[-1:] != entries[-1:])
        )

    return change


def test_a_paper_that_is_counted_and_never_given_is_missing_alone_and_told(
    settings: Settings, server: LoopbackServer
) -> None:
    lost, *_ = sorted(get_announced_ids(server, DAY))
    server.fault = always(without_paper(lost))
    with ArxivApi.from_settings(settings) as api:
        rows = list_mailing(DAY, settings, api, datetime.now(UTC)).rows
        assert {row.id for row in rows} == get_announced_ids(server, DAY) - {lost}
        assert list(api.left_out) == ["arXiv's API, mailing of 2025-12-03: counts 55 papers and gives 54"]


def test_half_of_the_papers_are_no_answer_however_often_they_come(server: LoopbackServer, tmp_path: Path) -> None:
    settings = with_short_deadline(server, tmp_path, seconds=30)
    some = sorted(get_announced_ids(server, DAY))[::2]
    server.fault = always(without_paper(*some))
    with ArxivApi.from_settings(settings) as api, pytest.raises(SourceError, match="do not fit together"):
        list_mailing(DAY, settings, api, datetime.now(UTC))


@pytest.mark.parametrize("size", [7, 60, 1000])
def test_pages_of_another_size_than_asked_hold_the_same_papers(
    settings: Settings, server: LoopbackServer, size: int
) -> None:
    def resize(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        if request.kind != "api" or request.parameters["max_results"] == str(size):
            return answer
        return server.build_response("/api/query", {**request.parameters, "max_results": str(size)})[1]

    server.fault = resize
    with ArxivApi.from_settings(settings) as api:
        rows = list_mailing(DAY, settings, api, datetime.now(UTC)).rows
    assert {row.id for row in rows} == get_announced_ids(server, DAY)


def test_pages_that_overlap_hold_every_paper_once(settings: Settings, server: LoopbackServer) -> None:
    def repeated(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        """The second page begins with its last paper twice, as when the index changes in between."""
        if request.kind != "api" or request.parameters["start"] == "0":
            return answer
        entries = answer.body.split(b"<entry>")
        return replace(answer, body=b"<entry>".join([*entries[:-1], entries[1]]) + b"</feed>")

    server.fault = repeated
    with ArxivApi.from_settings(settings) as api:
        rows = list_mailing(DAY, settings, api, datetime.now(UTC)).rows
    assert {row.id for row in rows} == get_announced_ids(server, DAY)


def test_a_refused_query_names_the_topic(settings: Settings, server: LoopbackServer) -> None:
    def refuse(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        wanted = '"avatar"' in request.parameters.get("search_query", "")
        entry = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><summary>bad query</summary></entry></feed>"
        return replace(answer, status=400, body=entry) if wanted else answer

    server.fault = refuse
    message = get_error_message(run_sources(settings, DAY, only=["arxiv_topic_hits"]), "arxiv_topic_hits")
    assert message.startswith(
        "digest_assets.common.errors.SourceError: arXiv's API, topic 'avatar': refused with HTTP 400"
    )
    assert "(bad query)" in message
    assert len(server.get_requests("api")) == 3  # the two topics before, and one refusal: asking again does not help


@pytest.mark.parametrize("name", ["busy", "unavailable", "broken", "reset", "cut"])
def test_hugging_faces_faults_pass_or_fail_alike(
    settings: Settings, server: LoopbackServer, tmp_path: Path, name: str
) -> None:
    server.fault = first_times(FAULTS[name], kind="hf")
    assert len(fetch_daily_page(DAY, settings).rows) == 4
    assert len(server.get_requests("hf")) == 2
    server.fault = always(FAULTS[name], kind="hf")
    with pytest.raises(SourceError, match=r"Hugging Face's page of 2025-12-03: .* try again later"):
        fetch_daily_page(DAY, with_short_deadline(server, tmp_path))


def test_hugging_face_failing_keeps_its_day_and_arxivs_is_made(settings: Settings, server: LoopbackServer) -> None:
    assert run_sources(settings, DAY, only=["hf_daily_papers"]).success
    before = open_warehouse(settings).read(HF_DAILY_PAPERS)
    server.fault = always(closed, kind="hf")
    assert not run_sources(settings, DAY).success
    assert open_warehouse(settings).read(HF_DAILY_PAPERS).equals(before)
    assert not open_warehouse(settings).read(ARXIV_LISTING, [DAY]).is_empty()


# Asking, by itself.

LONG_TIMEOUTS = Timeouts(response_seconds=20, total_seconds=20, first_pause_seconds=0.02)


def get_page(server: LoopbackServer, timeouts: Timeouts) -> bytes:
    with HttpSession() as session:
        return get_with_retries(
            session, f"{server.url}/api/daily_papers?date=2025-12-03", bytes, source="the page", timeouts=timeouts
        )


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(server: LoopbackServer) -> None:
    for header in ("0.4", "Wed, 03 Dec 2025 00:00:00 GMT"):
        server.reset_log()
        server.fault = first_times(ask_to_wait(header), kind="hf")
        get_page(server, LONG_TIMEOUTS)
        refused, answered = server.get_requests("hf")
        assert (refused.status, answered.status) == (429, 200)
        if header == "0.4":
            assert answered.started - refused.ended >= 0.4


def test_a_retry_after_beyond_the_deadline_ends_it_at_once(server: LoopbackServer) -> None:
    server.fault = always(lambda _: LoopbackResponse(status=503, headers={"Retry-After": "3600"}), kind="hf")
    with pytest.raises(SourceError, match=r"the page: HTTP 503 \(asked once") as caught:
        get_page(server, LONG_TIMEOUTS)
    assert caught.value.can_retry


def test_pauses_grow_until_the_deadline(server: LoopbackServer) -> None:
    server.fault = always(unavailable, kind="hf")
    with pytest.raises(SourceError, match="HTTP 503"):
        get_page(server, Timeouts(response_seconds=20, total_seconds=2, first_pause_seconds=0.2))
    times = [request.started for request in server.get_requests("hf")]
    assert 3 <= len(times) <= 8
    assert times[-1] - times[0] <= 2


def test_a_slow_body_ends_by_the_time_of_the_whole_answer(server: LoopbackServer) -> None:
    server.fault = always(lambda answer: replace(answer, drip=0.2), kind="hf")
    with pytest.raises(SourceError, match=r"no whole answer within 0\.5 s|no answer within"):
        get_page(server, Timeouts(response_seconds=0.5, total_seconds=0.6, first_pause_seconds=0.2))


def test_a_refusal_is_not_asked_again(server: LoopbackServer) -> None:
    server.fault = always(lambda _: LoopbackResponse(b"you may not", status=403), kind="hf")
    with pytest.raises(SourceError, match=r"refused with HTTP 403 \(you may not\)") as caught:
        get_page(server, LONG_TIMEOUTS)
    assert not caught.value.can_retry
    assert len(server.get_requests("hf")) == 1


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up_in_time(
    server: LoopbackServer, part: Literal["headers", "body"]
) -> None:
    server.fault = always(lambda answer: replace(answer, trickle=part, drip=0.1), kind="hf")
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"no whole answer within 0\.7 s"):
        get_page(server, Timeouts(response_seconds=0.7, total_seconds=0.8, first_pause_seconds=0.5))
    assert time.monotonic() - started < 2


def test_the_words_of_a_refusal_are_shown_as_they_are(server: LoopbackServer) -> None:
    server.fault = always(lambda _: LoopbackResponse(b"Service [/x] closed", status=403), kind="hf")
    with pytest.raises(SourceError, match=r"refused with HTTP 403 \(Service \[/x\] closed\)"):
        get_page(server, LONG_TIMEOUTS)


def test_a_redirect_is_followed_on_the_same_host_alone(server: LoopbackServer) -> None:
    def redirect(to: str) -> Fault:
        moved = LoopbackResponse(status=302, headers={"Location": to})
        return lambda request, answer: moved if request.kind == "hf" else answer

    with LoopbackServer([]) as other:
        server.fault = redirect(f"{other.url}/api/daily_papers")
        with pytest.raises(SourceError, match=r"the page: redirected to another host \(127\.0\.0\.1\)"):
            get_page(server, LONG_TIMEOUTS)
        assert not other.get_requests("hf")
    server.fault = redirect("/rss/cs.CV")
    assert b"<rss" in get_page(server, LONG_TIMEOUTS)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<feed><entry></feed>",
        b"\x00\x01",
        b'<!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><feed>&b;</feed>',
        b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed>&x;</feed>',
        b"<a>" * 100_000,
    ],
)
def test_hostile_xml_is_refused(hostile: bytes) -> None:
    with pytest.raises(RetryableResponseError):
        parse_xml(hostile)


def test_the_user_agent_names_the_project_and_whom_to_write_to(server: LoopbackServer, tmp_path: Path) -> None:
    settings = create_settings(server, tmp_path, {**FAST, "contact": "mailto:a@b.org"})
    assert run_sources(settings, DAY, only=["arxiv_listing"]).success
    agents = {request.headers["user-agent"] for request in server.get_requests("api")}
    assert agents == {"digest-assets/0.1.0 (mailto:a@b.org)"}
    assert format_user_agent("é\r\nX-Evil: 1") == "digest-assets/0.1.0 (X-Evil: 1)"
    assert format_user_agent(" ") == "digest-assets/0.1.0"
