"""Days whose earlier days changed: found by hashes, and right after one pass, whatever the order in which days are made."""

from datetime import date, timedelta

import dagster as dg
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.archive.assets import earlier_days
from digest_assets.archive.earlier_days import describe_day, find_stale_days, hash_papers
from digest_assets.archive.tables import EARLIER_DAYS, EarlierDaysRow
from digest_assets.config.settings import Settings
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.papers.tables import PAPERS
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.row_factories import make_paper
from digest_assets.testing.site_days import generate_day
from digest_assets.warehouse import open_warehouse

DAYS = [date(2025, 12, 1) + timedelta(days=number) for number in range(6)]


def make(days: dict[date, EarlierDaysRow], day: date, papers: pl.DataFrame) -> None:
    """Make a day beside those that were made."""
    before = [row for other, row in sorted(days.items()) if other < day]
    days[day] = describe_day(day, papers, before)


def make_frame(day: date, papers: int) -> pl.DataFrame:
    return PAPERS.to_frame([make_paper(f"2512.{day.day:02}{number:03}", day) for number in range(papers)])


@given(st.permutations(DAYS), st.lists(st.integers(0, 2), min_size=len(DAYS), max_size=len(DAYS)), st.data())
def test_days_made_in_any_order_are_after_one_pass_as_if_made_in_order(
    order: list[date], counts: list[int], data: st.DataObject
) -> None:
    frames = {day: make_frame(day, count) for day, count in zip(DAYS, counts, strict=True)}
    in_order: dict[date, EarlierDaysRow] = {}
    for day in DAYS:
        make(in_order, day, frames[day])
    assert find_stale_days(in_order.values()) == []
    mixed: dict[date, EarlierDaysRow] = {}
    for day in order:
        make(mixed, day, frames[day])
    stale = [one.day for one in find_stale_days(mixed.values())]
    for day in data.draw(st.permutations(stale)):
        make(mixed, day, frames[day])
    assert find_stale_days(mixed.values()) == []
    hashes = [{day: row.earlier_hash for day, row in days.items()} for days in (mixed, in_order)]
    assert hashes[0] == hashes[1]


def test_a_day_that_changed_makes_those_after_it_stale_and_not_those_before() -> None:
    days: dict[date, EarlierDaysRow] = {}
    for day in DAYS:
        make(days, day, make_frame(day, 1))
    make(days, DAYS[3], make_frame(DAYS[3], 2))
    assert [one.day for one in find_stale_days(days.values())] == DAYS[4:]


def test_a_day_without_papers_changes_nothing_for_those_after_it() -> None:
    days: dict[date, EarlierDaysRow] = {}
    make(days, DAYS[1], make_frame(DAYS[1], 1))
    make(days, DAYS[0], make_frame(DAYS[0], 0))
    assert find_stale_days(days.values()) == []


@pytest.mark.parametrize(
    ("change", "counts"),
    [({"hf_upvotes": 9}, False), ({"comment": "12 pages"}, False), ({"title": "Another"}, True), ({"authors": ("B",)}, True)],
)  # fmt: skip
def test_what_is_compared_counts_and_votes_do_not(change: dict[str, object], counts: bool) -> None:
    paper = make_paper("2512.01001", DAYS[0])
    hashes = {hash_papers(PAPERS.to_frame([row])) for row in (paper, paper.model_copy(update=change))}
    assert (len(hashes) == 2) == counts


def test_the_asset_stores_what_a_day_knew_of_those_before(settings: Settings) -> None:
    warehouse = open_warehouse(settings)
    for day in DAYS[:3]:
        warehouse.replace_days(PAPERS, [day], PAPERS.to_frame(generate_day(day, 2).papers))
        upstream = dg.AssetSpec("papers", partitions_def=daily_partitions).with_io_manager_key("warehouse")
        result = dg.materialize(
            [upstream, earlier_days],
            selection=dg.AssetSelection.assets(earlier_days),
            partition_key=str(day),
            resources={"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, warehouse)},
        )
        assert result.success
    rows = EARLIER_DAYS.to_rows(warehouse.read(EARLIER_DAYS))
    assert [(row.papers, row.earlier_days, row.earlier_papers) for row in rows] == [(2, 0, 0), (2, 1, 2), (2, 2, 4)]
    assert find_stale_days(rows) == []
