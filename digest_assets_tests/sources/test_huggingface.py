"""Hugging Face's page: all of it, in its order, in every shape that it has had."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.huggingface import DailyPageEntry, fetch_daily_page
from digest_assets.sources.tables import HF_DAILY_PAPERS
from digest_assets.testing.corpus import load_hf_pages
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import DAY, FAST, get_metadata, run_sources


def entry(number: int, **paper: Any) -> dict[str, Any]:
    return {"paper": {"id": f"2512.{number:05}", "title": f"Paper {number}", "authors": [], **paper}, "title": "x"}


def test_the_page_keeps_its_order_and_everything_that_it_gives(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = [
        entry(
            7,
            title=" A\n title ",
            summary="An  abstract",
            upvotes=12,
            authors=[{"name": "Ana  Ø"}, {"name": "Hidden", "hidden": True}, {"name": "Li Wei", "hidden": False}],
            publishedAt="2025-12-02T10:00:00.000Z",
            ai_summary="In short.",
            ai_keywords=["one", "two"],
            githubRepo="https://github.com/a/b",
            githubStars=3,
            projectPage="https://a.github.io",
            organization={"name": "lab", "fullname": "The Lab"},
        )
        | {"submittedBy": {"fullname": "Someone", "name": "some1"}, "numComments": 2},
        entry(3, upvotes=90),
    ]
    first, second = fetch_daily_page(DAY, settings).rows
    assert first.model_dump() == {
        "day": DAY,
        "id": "2512.00007",
        "position": 1,
        "title": "A title",
        "abstract": "An abstract",
        "authors": ("Ana Ø", "Li Wei"),
        "published": datetime(2025, 12, 2, 10, tzinfo=UTC),
        "upvotes": 12,
        "ai_summary": "In short.",
        "ai_keywords": ("one", "two"),
        "code_url": "https://github.com/a/b",
        "code_stars": 3,
        "project_url": "https://a.github.io",
        "organization": "The Lab",
        "submitted_by": "Someone",
        "comments": 2,
        "problems": (),
    }
    assert (second.id, second.position, second.upvotes) == ("2512.00003", 2, 90)


@pytest.mark.parametrize(("papers", "requests"), [(0, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
def test_all_parts_of_a_long_page_are_read(
    settings: Settings, server: LoopbackServer, papers: int, requests: int
) -> None:
    server.hf_pages[DAY] = [entry(number) for number in range(papers)]
    page = fetch_daily_page(DAY, settings)
    assert [row.position for row in page.rows] == list(range(1, papers + 1))
    assert [row.id for row in page.rows] == [f"2512.{number:05}" for number in range(papers)]
    assert (page.requests, len(server.get_requests("hf"))) == (requests, requests)


def test_a_page_that_grows_while_it_is_read_shows_no_paper_twice(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = [entry(number) for number in range(150)]

    def grow(request: object, answer: object) -> object:
        if getattr(request, "number", 0) == 1:
            server.hf_pages[DAY] = [entry(999), *server.hf_pages[DAY]]
        return answer

    server.fault = grow  # type: ignore[assignment]
    ids = [row.id for row in fetch_daily_page(DAY, settings).rows]
    assert len(ids) == len(set(ids)) == 150


def test_an_entry_that_is_no_arxiv_paper_is_left_out_and_told(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = [entry(1), {"paper": {"id": "a-blog-post"}, "title": "x"}, {"title": "nothing"}, entry(2)]
    result = run_sources(settings, DAY, only=["hf_daily_papers"])
    assert [row.id for row in HF_DAILY_PAPERS.to_rows(open_warehouse(settings).read(HF_DAILY_PAPERS))] == [
        "2512.00001",
        "2512.00002",
    ]
    assert get_metadata(result, "hf_daily_papers")["left out"] == 2


@pytest.mark.parametrize("link", ["javascript:alert(1)", "  ", None, 7, "a/b", {"url": "data:x"}])
def test_only_links_of_the_web_are_kept(link: object) -> None:
    assert DailyPageEntry.from_json(entry(1, githubRepo=link, projectPage=link))[0].to_row(DAY, 1).code_url is None


@pytest.mark.parametrize("body", [b"<html>down</html>", b'{"error": "busy"}', b'{"errors": [{"code": 1}]}', b"[{", b""])
def test_an_answer_that_is_no_list_fails_with_a_sentence(server: LoopbackServer, tmp_path: Path, body: bytes) -> None:
    settings = create_settings(server, tmp_path, {"sources": {**FAST["sources"], "retry_deadline_seconds": 0.2}})
    server.fault = lambda _, answer: replace(answer, body=body)
    with pytest.raises(SourceError, match=r"Hugging Face's page of 2025-12-03: (malformed JSON|JSON that is no list)"):
        fetch_daily_page(DAY, settings)


def test_a_page_that_is_switched_off_is_an_empty_day_that_says_so(server: LoopbackServer, tmp_path: Path) -> None:
    settings = create_settings(server, tmp_path, {"sources": {**FAST["sources"], "huggingface": {"enabled": False}}})
    told = get_metadata(run_sources(settings, DAY, only=["hf_daily_papers"]), "hf_daily_papers")
    assert told["page"] == "not read: sources.huggingface.enabled is false"
    assert open_warehouse(settings).find_written_days("hf_daily_papers", [DAY]) == {DAY}
    assert not server.get_requests("hf")


def test_the_endpoint_is_read_when_it_is_asked(
    settings: Settings, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{server.url}/elsewhere/")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with pytest.raises(SourceError, match="refused with HTTP 404") as caught:
        fetch_daily_page(DAY, settings)
    assert server.get_requests("other")[0].path == "/elsewhere/api/daily_papers"
    assert server.get_requests("other")[0].headers["authorization"] == "Bearer hf_secret"
    assert "hf_secret" not in str(caught.value)


def test_every_recorded_page_is_read_whole(settings: Settings, server: LoopbackServer, corpus: Path) -> None:
    server.hf_pages = load_hf_pages(corpus)  # type: ignore[assignment]
    for day, recorded in load_hf_pages(corpus).items():
        page = fetch_daily_page(day, settings)
        assert page.skipped == ()
        assert [row.id for row in page.rows] == [entry["paper"]["id"] for entry in recorded]
        assert all(row.title and row.abstract and row.authors and row.published for row in page.rows)
        for row, given in zip(page.rows, recorded, strict=True):
            paper = given["paper"]
            assert row.upvotes == paper["upvotes"]
            assert row.code_url == paper.get("githubRepo")
            assert row.ai_keywords == tuple(filter(None, paper.get("ai_keywords", ())))
            assert (row.organization is None) == (paper.get("organization") is None)
            assert row.comments == given["numComments"]
            assert (row.submitted_by is None) == ("submittedBy" not in given and "submittedOnDailyBy" not in paper)


def test_what_the_library_would_have_dropped_is_there(settings: Settings, server: LoopbackServer, corpus: Path) -> None:
    server.hf_pages = {date(2025, 12, 5): json.loads((corpus / "hf" / "2025-12-05.json").read_text("utf-8"))}
    rows = fetch_daily_page(date(2025, 12, 5), settings).rows
    assert sum(row.code_url is not None for row in rows) == 12
    assert sum(row.organization is not None for row in rows) == 14
    assert all(row.ai_keywords for row in rows)


# Values that are not what they should be.

ODD_VALUES: list[Any] = [
    None,
    "many",
    -1,
    {"user": {"user": {}}},
    10**30,
    1e400,
    [],
    {},
    [[None]],
    True,
    "\ud800\x00",
    "x" * 10**6,
]
NAMES = [
    "title", "summary", "authors", "publishedAt", "upvotes", "ai_summary", "ai_keywords", "githubRepo", "githubStars",
    "projectPage", "organization",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_value_costs_that_value_alone(settings: Settings, server: LoopbackServer, name: str) -> None:
    server.hf_pages[DAY] = [
        entry(number, **({"summary": "An abstract."} | {name: value}))
        for number, value in enumerate(ODD_VALUES, start=1)
    ] + [entry(99, summary="An abstract.", title="Another", upvotes=3)]
    page = fetch_daily_page(DAY, settings)
    assert [row.id for row in page.rows] == [f"2512.{number:05}" for number in [*range(1, len(ODD_VALUES) + 1), 99]]
    assert page.rows[-1].upvotes == 3
    assert page.skipped == ()
    HF_DAILY_PAPERS.to_frame(page.rows).write_json()  # all of it can be stored
    assert all(len(row.title) <= 10_000 and len(row.abstract) <= 10_000 for row in page.rows)


def test_a_value_is_read_in_every_shape_that_holds_it(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = [
        entry(
            1,
            id=2512.1611,
            title=2048,
            authors=["Ana Ruiz", {"user": {"fullname": "Li Wei"}}, {"name": "Hidden", "hidden": True}],
            ai_keywords="lamps, shelves",
            githubRepo="github.com/a/b",
        ),
        entry(2, id="https://arxiv.org/abs/2512.00002v1", authors="Ana Ruiz, Li Wei", ai_keywords=[{"name": "lamps"}],
              githubRepo={"url": "https://github.com/a/b"}),
    ]  # fmt: skip
    first, second = fetch_daily_page(DAY, settings).rows
    assert (first.id, second.id) == ("2512.16110", "2512.00002")
    assert first.title == "2048"
    assert first.authors == second.authors == ("Ana Ruiz", "Li Wei")
    assert (first.ai_keywords, second.ai_keywords) == (("lamps", "shelves"), ("lamps",))
    assert first.code_url == second.code_url == "https://github.com/a/b"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([entry(1)]).encode("utf-8-sig"),
        json.dumps([entry(1)]).encode("utf-16"),
        json.dumps({"date": str(DAY), "errors": [], "dailyPapers": [entry(1)]}).encode(),
        json.dumps([entry(1)])[:-1].encode() + b",]",
    ],
    ids=["byte order mark", "UTF-16", "envelope", "trailing comma"],
)
def test_a_page_in_other_clothes_is_the_same_page(settings: Settings, server: LoopbackServer, body: bytes) -> None:
    server.fault = lambda _, answer: replace(answer, body=body)
    page = fetch_daily_page(DAY, settings)
    assert [row.id for row in page.rows] == ["2512.00001"]
    assert page.skipped == ()


def test_what_is_null_is_named_and_the_paper_shown(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = [entry(1, upvotes=None, summary=None), entry(2, summary="An abstract.", upvotes="12 or so")]
    page = fetch_daily_page(DAY, settings)
    assert [(row.id, row.upvotes, row.abstract) for row in page.rows] == [
        ("2512.00001", 0, ""),
        ("2512.00002", 0, "An abstract."),
    ]
    assert [row.problems[0].split(":")[0] for row in page.rows] == ["no abstract", "upvotes"]


@pytest.mark.parametrize(
    "hostile",
    [
        '{"paper": ' + '{"a": ' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"paper": {"id": nope}}',
        '{"n": ' + "9" * 5000 + "}",
    ],
)
def test_an_entry_that_no_reader_takes_costs_that_entry(
    settings: Settings, server: LoopbackServer, hostile: str
) -> None:
    good = [json.dumps(entry(number, summary='With a [bracket, " and comma.')) for number in (1, 2)]
    body = f"[{good[0]}, {hostile}, {good[1]}]".encode()
    server.fault = lambda _, answer: replace(answer, body=body)
    page = fetch_daily_page(DAY, settings)
    assert [row.id for row in page.rows] == ["2512.00001", "2512.00002"]
    assert len(page.skipped) == 1


@pytest.mark.parametrize(("size", "requests"), [(50, 3), (10, 14), (500, 2)])
def test_parts_of_another_size_than_asked_hold_the_same_papers(
    settings: Settings, server: LoopbackServer, size: int, requests: int
) -> None:
    every = [entry(number) for number in range(133)]

    def cap(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        start = int(request.parameters["p"]) * size if size < 133 else 0
        return replace(answer, body=json.dumps(every[start : start + size]).encode())

    server.fault = cap
    page = fetch_daily_page(DAY, settings)
    assert [row.id for row in page.rows] == [f"2512.{number:05}" for number in range(133)]
    assert page.requests == requests
