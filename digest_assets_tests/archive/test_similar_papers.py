"""The nearest earlier papers: found over titles and abstracts of earlier dates, and told what they are."""

from datetime import date
from typing import Any

import dagster as dg
import pytest

from digest_assets.archive.assets import similar_papers
from digest_assets.archive.similar_papers import classify_kinship, count_shared_authors, find_similar_papers
from digest_assets.archive.tables import SIMILAR_PAPERS
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.papers.tables import PAPERS
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.row_factories import make_group_row, make_paper
from digest_assets.testing.site_days import generate_day
from digest_assets.warehouse import open_warehouse

EARLIER, TODAY, LATER = date(2025, 12, 1), date(2025, 12, 4), date(2025, 12, 8)
SPLATS = {
    "title": "Street scenes by Gaussian splatting",
    "abstract": "We render driving scenes from splats in real time. Lidar points place the splats. Moving cars get their own "
    "splats, which follow a track. On two sets of streets this is faster than radiance fields and as sharp.",
    "authors": ("Ann One", "Bo Two"),
}
SAME = SPLATS | {"title": "DriveSplat: splatting of streets with moving cars"}
PARALLEL = SAME | {"authors": ("Cy Three",)}


def store(settings: Settings, day: date, **papers: dict[str, Any]) -> None:
    """A day of these papers, by the last digits of their ids, among six others."""
    rows = [
        *generate_day(day, 6).papers,
        *(make_paper(f"2512.{name[1:]}", day, **values) for name, values in papers.items()),
    ]
    open_warehouse(settings).replace_days(PAPERS, [day], PAPERS.to_frame(rows))


def find(settings: Settings, day: date = TODAY, *ids: str) -> list[tuple[str, str, str]]:
    rows = find_similar_papers(open_warehouse(settings), day, ids or ("2512.90001",))
    return [(row.id, row.similar_id, row.kinship) for row in rows]


@pytest.mark.parametrize(("now", "kinship"), [(SAME, "same work"), (PARALLEL, "parallel work")])
def test_a_near_duplicate_is_said_to_be_one(settings: Settings, now: dict[str, Any], kinship: str) -> None:
    store(settings, EARLIER, p80001=SPLATS)
    store(settings, TODAY, p90001=now)
    assert find(settings)[0] == ("2512.90001", "2512.80001", kinship)


def test_what_is_near_nothing_has_no_row(settings: Settings) -> None:
    store(settings, EARLIER)
    store(settings, TODAY, p90001={"title": "Zeolites", "abstract": "Zeolites adsorb carbon dioxide."})
    assert find(settings) == []


def test_the_day_itself_and_later_days_are_no_archive(settings: Settings) -> None:
    store(settings, EARLIER)
    store(settings, TODAY, p90001=SPLATS, p90002=SAME)
    before = find(settings)
    store(settings, LATER, p90003=SAME)
    assert find(settings) == before
    assert not {"2512.90002", "2512.90003"} & {similar for _, similar, _ in before}


def test_a_paper_is_not_near_itself_on_an_earlier_day(settings: Settings) -> None:
    store(settings, EARLIER, p90001=SPLATS)
    store(settings, TODAY, p90001=SPLATS)
    assert "2512.90001" not in {similar for _, similar, _ in find(settings)}


def test_one_of_the_same_authors_that_is_less_alike_is_near_and_no_more() -> None:
    assert classify_kinship(0.3, 2) == "near"
    assert classify_kinship(0.3, 0) == "near"


def test_names_are_compared_without_case_and_dots() -> None:
    assert count_shared_authors(["A. B. One", "Bo Two"], ["a b one", "Cy Three"]) == 1


def test_the_asset_stores_what_is_near_the_papers_that_a_report_shows(settings: Settings) -> None:
    store(settings, EARLIER, p80001=SPLATS)
    store(settings, TODAY, p90001=SAME, p90002=PARALLEL)
    groups = PAPER_GROUPS.to_frame([make_group_row("2512.90001", "deep_read", day=TODAY)])
    open_warehouse(settings).replace_days(PAPER_GROUPS, [TODAY], groups)
    upstream = dg.AssetSpec("paper_groups", partitions_def=daily_partitions).with_io_manager_key("warehouse")
    result = dg.materialize(
        [upstream, similar_papers],
        selection=dg.AssetSelection.assets(similar_papers),
        partition_key=str(TODAY),
        resources={"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings))},
    )
    assert result.asset_materializations_for_node("similar_papers")[0].metadata["same work"].value == 1
    rows = SIMILAR_PAPERS.to_rows(open_warehouse(settings).read(SIMILAR_PAPERS, [TODAY]))
    assert {row.id for row in rows} == {"2512.90001"}
    assert (rows[0].similar_id, rows[0].similar_title, rows[0].similar_day) == ("2512.80001", SPLATS["title"], EARLIER)
