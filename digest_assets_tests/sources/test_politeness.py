"""arXiv's terms hold across processes: one request at a time, the configured pause apart."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.feed import fetch_feed
from digest_assets.sources.tables import ARXIV_LISTING
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import FAST, WEEK, get_announced_ids, make_day
from digest_assets_tests.warehouse import postgres

DELAY = 0.3


def polite(
    server: LoopbackServer, data_dir: Path, delay: float = DELAY, lake: Mapping[str, str] | None = None
) -> Settings:
    sources = {**FAST["sources"], "retry_deadline_seconds": 300, "arxiv": {"delay_seconds": delay, "page_size": 60}}
    return create_settings(server, data_dir, {"sources": sources, **(lake or {})})


def gaps(requests: Sequence[LoopbackRequest]) -> list[float]:
    """Seconds between two requests, as the server saw them; none may come before the last answer was sent."""
    assert all(after.started >= before.ended for before, after in pairwise(requests))
    return [after.started - before.started for before, after in pairwise(requests)]


@pytest.mark.long
def test_four_runs_at_once_never_ask_sooner_than_the_delay(server: LoopbackServer, tmp_path: Path) -> None:
    settings = polite(server, tmp_path)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(make_day, [settings] * 4, WEEK[:4]))
    requests = server.get_requests("api")
    assert len(requests) >= 4 * (-(-len(get_announced_ids(server, WEEK[0])) // 60) + 4)
    assert min(gaps(requests)) >= DELAY
    for day in WEEK[:4]:
        assert set(open_warehouse(settings).read(ARXIV_LISTING, [day])["id"]) == get_announced_ids(server, day)


@pytest.mark.long
def test_two_machines_that_share_a_lake_keep_the_delay_together(
    server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb_extension_ducklake", reason="the extra many-machines is not installed")
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    with postgres.running() as catalogue:
        lake = {
            "database": f"ducklake:postgres:{catalogue.make_database('lake')}",
            "database_files": str(tmp_path / "tables"),
        }
        machines = [polite(server, tmp_path / name, lake=lake) for name in ("a", "b")]
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            assert all(pool.map(make_day, machines, WEEK[:2]))
        for day in WEEK[:2]:
            rows = open_warehouse(machines[0]).read(ARXIV_LISTING, [day])
            assert set(rows["id"]) == get_announced_ids(server, day)
    assert min(gaps(server.get_requests("api"))) >= DELAY


@pytest.mark.long
def test_the_delay_holds_with_faults_and_repeats(server: LoopbackServer, tmp_path: Path) -> None:
    def every_third(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return LoopbackResponse(status=503) if request.kind == "api" and request.number % 3 == 1 else answer

    server.fault = every_third
    settings = polite(server, tmp_path)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(make_day, [settings] * 2, WEEK[:2]))
    assert sum(request.status == 503 for request in server.get_requests("api")) >= 5
    assert min(gaps(server.get_requests("api"))) >= DELAY


def test_the_feed_takes_its_turn_with_the_api(server: LoopbackServer, tmp_path: Path) -> None:
    settings = polite(server, tmp_path)
    with ArxivApi.from_settings(settings) as api:
        api.count_existing(["2512.01000"])
        fetch_feed(settings)
        api.count_existing(["2512.01000"])
    requests = sorted([*server.get_requests("api"), *server.get_requests("feed")], key=lambda request: request.started)
    assert [request.kind for request in requests] == ["api", "feed", "api"]
    assert min(gaps(requests)) >= DELAY


def test_nobody_asks_while_a_retry_after_is_waited_for(server: LoopbackServer, tmp_path: Path) -> None:
    def busy_once(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return LoopbackResponse(status=429, headers={"Retry-After": "1"}) if request.number == 1 else answer

    server.fault = busy_once
    settings = polite(server, tmp_path, delay=0)
    with ThreadPoolExecutor(2) as pool:  # the lock is between open files: threads wait as processes do
        assert list(pool.map(count, [settings] * 2)) == [1, 1]
    first, *rest = server.get_requests("api")
    assert first.status == 429
    assert all(request.started - first.ended >= 1 for request in rest)


def count(settings: Settings) -> int:
    with ArxivApi.from_settings(settings) as api:
        return api.count_existing(["2512.01000"])
