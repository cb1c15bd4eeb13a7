"""The right day: exactly the papers that a mailing announces, whatever is run when."""

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.listing import list_mailing
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.testing.corpus import load_new_ids
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.warehouse import Table, open_warehouse
from digest_assets_tests.sources.runs import (
    DAY,
    FAST,
    PAGE_SIZE,
    WEEK,
    get_announced_ids,
    get_metadata,
    make_day,
    run_sources,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SATURDAY, SUNDAY, HOLIDAY = date(2025, 12, 6), date(2025, 12, 7), date(2025, 12, 26)


def listed(settings: Settings, day: date) -> list[str]:
    return list(open_warehouse(settings).read(ARXIV_LISTING, [day])["id"])


def tables(settings: Settings) -> list[list[tuple[object, ...]]]:
    warehouse = open_warehouse(settings)
    every: list[Table[Any]] = [ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS]
    return [warehouse.read(table).rows() for table in every]


@pytest.mark.long
def test_a_backfill_lists_exactly_the_new_papers_of_each_real_day(real_settings: Settings, corpus: Path) -> None:
    for day in WEEK:
        assert run_sources(real_settings, day).success
    for day in WEEK:
        ids = listed(real_settings, day)
        assert len(ids) == len(set(ids))
        assert set(ids) == load_new_ids(corpus, day)


def test_a_day_lists_exactly_the_new_papers_of_its_window(settings: Settings, server: LoopbackServer) -> None:
    for day in (WEEK[0], WEEK[1]):
        assert run_sources(settings, day, only=["arxiv_listing"]).success
        assert listed(settings, day) == sorted(get_announced_ids(server, day))


@pytest.mark.long
def test_days_give_the_same_tables_in_any_order_together_and_again(
    real_settings: Settings, real_server: LoopbackServer, tmp_path: Path
) -> None:
    settings = real_settings
    assert run_sources(settings, *WEEK).success
    once = tables(settings)
    assert run_sources(settings, *WEEK).success
    assert tables(settings) == once
    assert run_sources(settings, WEEK[2]).success
    assert tables(settings) == once
    for number, order in enumerate([WEEK[::-1], *list(permutations(WEEK))[37:39]]):
        other = create_settings(real_server, tmp_path / str(number), FAST)
        for day in order:
            assert run_sources(other, day).success
        assert tables(other) == once
    apart = create_settings(real_server, tmp_path / "apart", FAST)
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(make_day, [apart] * len(WEEK), WEEK))
    assert tables(apart) == once


@pytest.mark.parametrize("page_size", [1, 7, 50, 2000])
def test_pages_of_any_size_hold_the_same_papers(server: LoopbackServer, tmp_path: Path, page_size: int) -> None:
    choice = {"sources": {"arxiv": {"delay_seconds": 0, "page_size": page_size, "categories": ["cs.CY"]}}}
    choice["reports"] = {name: {"enabled": False} for name in ("field_review", "category_digest")}
    settings = create_settings(server, tmp_path, choice)
    with ArxivApi.from_settings(settings) as api:
        rows = list_mailing(DAY, settings, api, NOW).rows
    there = get_announced_ids(server, DAY, ["cs.CY"])
    assert {row.id for row in rows} == there
    assert api.requests == -(-len(there) // page_size)


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY, HOLIDAY])
def test_a_day_without_a_mailing_is_green_and_empty_and_asks_arxiv_nothing(
    settings: Settings, server: LoopbackServer, day: date
) -> None:
    result = run_sources(settings, day)
    assert result.success
    assert all(check.passed for check in result.get_asset_check_evaluations())
    assert open_warehouse(settings).find_written_days("arxiv_listing", [day]) == {day}
    assert open_warehouse(settings).read(ARXIV_LISTING).is_empty()
    assert open_warehouse(settings).read(ARXIV_TOPIC_HITS).is_empty()
    assert not server.get_requests("api")
    assert not server.get_requests("feed")


def test_monday_holds_thursday_to_friday_and_tuesday_the_weekend(settings: Settings) -> None:
    spans = {}
    for day in (date(2025, 12, 8), date(2025, 12, 9)):
        assert run_sources(settings, day, only=["arxiv_listing"]).success
        times = sorted(open_warehouse(settings).read(ARXIV_LISTING, [day])["published"])
        spans[day.day] = (times[0].isoformat()[:16], times[-1].isoformat()[:16])
    assert "2025-12-04T19:00" <= spans[8][0] <= spans[8][1] < "2025-12-05T19:00"
    assert "2025-12-05T19:00" <= spans[9][0] <= spans[9][1] < "2025-12-08T19:00"
    assert spans[9][0][:10] < "2025-12-07" < spans[9][1][:10]  # Friday or Saturday, and Monday


def test_a_date_that_the_settings_add_has_no_mailing_and_the_next_covers_it(
    server: LoopbackServer, tmp_path: Path
) -> None:
    config = {"sources": {**FAST["sources"], "arxiv": {"delay_seconds": 0, "no_mailing": ["2025-12-03"]}}}
    settings = create_settings(server, tmp_path / "data", config)
    for day in (date(2025, 12, 3), date(2025, 12, 4)):
        assert run_sources(settings, day, only=["arxiv_listing"]).success
    assert listed(settings, date(2025, 12, 3)) == []
    both = get_announced_ids(server, date(2025, 12, 3)) | get_announced_ids(server, date(2025, 12, 4))
    assert set(listed(settings, date(2025, 12, 4))) == both


def test_a_mailing_that_is_not_out_yet_says_when_it_is(settings: Settings) -> None:
    with ArxivApi.from_settings(settings) as api, pytest.raises(SourceError, match="is out at 2025-12-03 01:00 UTC"):
        list_mailing(DAY, settings, api, datetime(2025, 12, 3, 0, 59, tzinfo=UTC))


def test_a_row_has_all_that_the_api_gives(real_settings: Settings, real_server: LoopbackServer) -> None:
    run_sources(real_settings, DAY, only=["arxiv_listing"])
    served = {paper.id: paper for paper in real_server.papers}
    rows = ARXIV_LISTING.to_rows(open_warehouse(real_settings).read(ARXIV_LISTING, [DAY]))
    assert rows
    for row in rows:
        paper = served[row.id]
        assert (row.title, row.abstract) == (folded(paper.title), folded(paper.abstract))
        assert row.authors == tuple(map(folded, paper.authors))
        assert (row.version, row.categories, row.published) == (paper.version, paper.categories, paper.published)
        assert (row.comment, row.doi) == (folded(paper.comment or "") or None, paper.doi)


def folded(text: str) -> str:
    return " ".join(text.split())


def test_the_metadata_tells_what_was_asked_and_found(settings: Settings, server: LoopbackServer) -> None:
    told = get_metadata(run_sources(settings, DAY), "arxiv_listing")
    count = len(get_announced_ids(server, DAY))
    assert (told["papers"], told["new"], told["requests"]) == (count, count, -(-count // PAGE_SIZE))
    assert (
        told["announcement feed"]
        == "not kept, and no longer to be had: announcement date inferred; cross-lists unknown"
    )
    assert told["share of repeats"] == 0
    assert "| cs.CV |" in told["primary categories"]
