"""Loopback servers over invented mailings and over the corpus of real days, and settings that point at them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest_assets.common import clock
from digest_assets.config.settings import Settings
from digest_assets.testing.corpus import list_corpus_days, load_corpus_papers, load_hf_pages
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.loopback.server import LoopbackServer, ServedPaper
from digest_assets.testing.synthetic import generate_hf_pages, generate_papers
from digest_assets_tests.sources.runs import FAST, PAGE_SIZE


@pytest.fixture(scope="session")
def invented() -> list[ServedPaper]:
    return _indexed(generate_papers(each=4 * PAGE_SIZE // 3))  # a mailing has two pages, as most real ones


@pytest.fixture(scope="session")
def real_papers(corpus: Path) -> list[ServedPaper]:
    days = [day for day in list_corpus_days(corpus) if date(2025, 12, 1) <= day <= date(2025, 12, 12)]
    return _indexed(load_corpus_papers(corpus, days))


def _indexed(papers: list[ServedPaper]) -> list[ServedPaper]:
    """The papers, made ready to be searched before anything is timed."""
    assert all(paper.search_fields for paper in papers)
    return papers


@pytest.fixture
def server(invented: list[ServedPaper]) -> Iterator[LoopbackServer]:
    """Invented mailings."""
    with LoopbackServer(invented, generate_hf_pages(invented)) as server, override_environment(server):
        yield server


@pytest.fixture
def settings(server: LoopbackServer, tmp_path: Path) -> Settings:
    return create_settings(server, tmp_path / "data", FAST)


@pytest.fixture
def real_server(corpus: Path, real_papers: list[ServedPaper]) -> Iterator[LoopbackServer]:
    """Real mailings."""
    with LoopbackServer(real_papers, load_hf_pages(corpus)) as server, override_environment(server):
        yield server


@pytest.fixture
def real_settings(real_server: LoopbackServer, tmp_path: Path) -> Settings:
    return create_settings(real_server, tmp_path / "data", FAST)


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The present is noon UTC of 2025-12-03, when that mailing's feed is out."""
    monkeypatch.setattr(clock, "get_utc_now", lambda: datetime(2025, 12, 3, 12, tzinfo=UTC))
