"""A killed run fetches nothing again that was read; the cache keeps its size."""

import json
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from digest_assets.common.arxiv_ids import ArxivId
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.texts.cache import UNVERSIONED_SECONDS, CachedText, TextCache
from digest_assets.texts.document import Document, ParsedSection
from digest_assets_tests.texts.test_reader import SENTENCE, Reader, ServeSite, page, pdf, served, wanted

PAPERS = [f"2510.{number:05}" for number in range(12)]


def _read_all(url: str, folder: Path) -> None:
    class Server:
        pass

    Server.url = url  # type: ignore[attr-defined]
    Reader(Server, folder)(*map(wanted, PAPERS))  # type: ignore[arg-type]


@pytest.mark.long
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    def slow_from_the_seventh(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, delay=30) if request.path >= "/html/2510.00006" else answer

    with LoopbackServer([served(id, html=page()) for id in PAPERS], fault=slow_from_the_seventh) as server:
        process = multiprocessing.get_context("spawn").Process(target=_read_all, args=(server.url, tmp_path))
        process.start()
        cache = tmp_path / "cache" / "texts"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(cache.glob("*.json"))) < 6:
            time.sleep(0.05)
        process.kill()
        process.join()
        server.fault = None
        server.reset_log()
        rows = Reader(server, tmp_path)(*map(wanted, PAPERS)).rows
        asked = sorted(request.path for request in server.log if request.status == 200)
    assert [row.source for row in rows] == ["html"] * 12
    assert asked == [f"/html/{id}v1" for id in PAPERS[6:]]


def test_a_paper_of_unknown_version_is_asked_for_again_after_a_day(site: ServeSite) -> None:
    with site(served("2510.00001", html=page())) as (read, server):
        read(wanted("2510.00001", version=None))
        read(wanted("2510.00001", version=None))
        assert [request.path for request in server.log] == ["/html/2510.00001"]
        (path,) = Path(read.settings.data_dir, "cache", "texts").glob("*.json")
        long_ago = time.time() - UNVERSIONED_SECONDS - 60
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "asked": long_ago}))
        read(wanted("2510.00001", version=None))
        assert len(server.log) == 2


def test_files_are_kept_only_where_wanted(site: ServeSite) -> None:
    paper = served("2510.00001", html=page(text="short"), pdf=pdf())
    with site(paper) as (read, _):
        read(wanted("2510.00001"))
        assert not list(Path(read.settings.data_dir, "cache", "files").glob("*"))
    with site(paper, keep_files=True) as (read, server):
        read(wanted("2510.00001"), refresh=True)
        kept = sorted(path.name for path in Path(read.settings.data_dir, "cache", "files").glob("*"))
        assert kept == ["2510.00001v1.html", "2510.00001v1.pdf"]
        for path in Path(read.settings.data_dir, "cache", "texts").glob("*"):
            path.unlink()
        server.reset_log()
        assert read(wanted("2510.00001")).rows[0].source == "pdf"
        assert server.log == []


def test_a_cache_file_that_cannot_be_understood_counts_as_not_there(site: ServeSite) -> None:
    with site(served("2510.00001", html=page())) as (read, _):
        first = read(wanted("2510.00001"))
        (path,) = Path(read.settings.data_dir, "cache", "texts").glob("*.json")
        path.write_text('{"source": "html", "parts": [{"level"')
        assert read(wanted("2510.00001")).rows == first.rows


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = TextCache(tmp_path, max_pages=200, max_bytes=8_000)  # three of these
    papers = [ArxivId(id, 1) for id in PAPERS[:4]]
    for age, paper in enumerate(papers):
        cache.put(paper, CachedText("html", Document((ParsedSection(1, "Introduction", SENTENCE * 20),))))
        path = next(tmp_path.glob(f"texts/{paper.file_name}*"))
        os.utime(path, (1e9 - age, 1e9 - age))
    assert cache.get(papers[3]) is not None  # the oldest, used now
    cache.shrink()
    assert [cache.get(paper) is not None for paper in papers] == [True, True, False, True]
