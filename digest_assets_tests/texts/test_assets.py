"""The asset `paper_texts` in real Dagster runs on a real database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.common.errors import StorageError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.config.texts import TextsConfig
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.requests import build_request
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.texts.assets import paper_texts
from digest_assets.texts.expiry import expire_texts
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.texts.test_reader import ABSTRACT, page, pdf, served

DAY = date(2025, 10, 2)
PLACES = (
    ("category_digest", "2510.00001", "abstract"),
    ("deep_read", "2510.00001", "full"),
    ("category_digest", "2510.00002", "abstract"),
    ("deep_read", "2510.00003", "full"),
    ("deep_read", "2510.00004", "full"),
)


def paper(id: str) -> PaperRow:
    now = datetime(2025, 10, 1, tzinfo=UTC)
    return PaperRow(
        day=DAY,
        id=id,
        version=1,
        title="A paper",
        abstract=ABSTRACT,
        authors=("A. Author",),
        categories=("cs.CV",),
        published=now,
        updated=now,
        sources=("arxiv_listing",),
    )


class Day:
    """A day in a warehouse, whose texts can be materialised."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        rows = [paper(id) for id in sorted({id for _, id, _ in PLACES})] + [paper("2510.00009")]
        places = [
            PaperGroupRow(
                day=DAY,
                report=report,
                group="all",
                group_position=1,
                position=place,
                id=id,
                reason="new",
                reading_depth=read,
            )
            for place, (report, id, read) in enumerate(PLACES, 1)
        ]
        open_warehouse(settings).replace_days(PAPERS, [DAY], PAPERS.to_frame(rows))
        open_warehouse(settings).replace_days(PAPER_GROUPS, [DAY], PAPER_GROUPS.to_frame(places))

    def materialise(self, **config: object) -> dg.ExecuteInProcessResult:
        upstream = [
            dg.AssetSpec(name, partitions_def=paper_texts.partitions_def) for name in ("papers", "paper_groups")
        ]
        return dg.materialize(
            [paper_texts, *(spec.with_io_manager_key("warehouse") for spec in upstream)],
            selection=["paper_texts"],
            partition_key=str(DAY),
            resources={
                "settings": self.settings,
                "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(self.settings)),
            },
            run_config={"ops": {"paper_texts": {"config": config}}},
            raise_on_error=False,
        )

    def rows(self) -> dict[str, TextRow]:
        return {row.id: row for row in PAPER_TEXTS.to_rows(open_warehouse(self.settings).read(PAPER_TEXTS, [DAY]))}


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    papers = (served("2510.00001", html=page()), served("2510.00002", html=page()), served("2510.00003", pdf=pdf()))
    with LoopbackServer(papers) as server:
        yield server


@pytest.fixture
def day(server: LoopbackServer, tmp_path: Path) -> Day:
    return Day(
        Settings(
            config=Config.model_validate({"texts": {"requests_per_second": 500}}),
            environment=Environment.from_variables(
                {"DIGEST_DATA_DIR": str(tmp_path / "data"), "DIGEST_ARXIV_SITE_URL": server.url}
            ),
        )
    )


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_a_shown_paper_is_read_as_deep_as_its_deepest_place_wants(day: Day) -> None:
    assert day.materialise().success
    assert {id: row.source for id, row in day.rows().items()} == {
        "2510.00001": "html",
        "2510.00002": "abstract",
        "2510.00003": "pdf",
        "2510.00004": "abstract",
    }


def test_the_metadata_says_what_was_read_and_why_not_more(day: Day) -> None:
    metadata = metadata_of(day.materialise())
    assert metadata["papers"] == 4
    assert metadata["wanted in full"] == 3
    assert metadata["share read in full"] == pytest.approx(2 / 3, abs=1e-4)
    assert "| 2510.00004 | html: HTTP 404; pdf: HTTP 404 | no |" in str(metadata["failures"])
    assert "| 2510.00001 | html |" in str(metadata["preview"])


def test_only_the_named_papers_are_read_again(day: Day, server: LoopbackServer) -> None:
    day.materialise()
    before = day.rows()
    server.papers = [served("2510.00001", html=page("The second text is another one. " * 20))]
    server.reset_log()
    assert day.materialise(only=["2510.00001"], refresh=True).success
    after = day.rows()
    assert [request.path for request in server.log] == ["/html/2510.00001v1"]
    assert after["2510.00001"].sha256 != before["2510.00001"].sha256
    assert {id: row for id, row in after.items() if id != "2510.00001"} == {
        id: row for id, row in before.items() if id != "2510.00001"
    }


def test_a_paper_that_no_report_shows_cannot_be_named(day: Day) -> None:
    result = day.materialise(only=["2510.00009"])
    assert not result.success
    (event,) = result.get_step_failure_events()
    assert "no report of 2025-10-02 shows 2510.00009" in str(event.step_failure_data.error)


def test_old_texts_are_let_go_by_a_setting_and_read_anew_by_materialising(day: Day) -> None:
    day.materialise()
    whole = day.rows()
    settings = day.settings.model_copy(
        update={"config": day.settings.config.model_copy(update={"texts": TextsConfig(keep_days=40)})}
    )
    assert expire_texts(day.settings, DAY + timedelta(days=4000)) == 0  # nothing, unless somebody says so
    assert expire_texts(settings, DAY + timedelta(days=40)) == 0
    assert expire_texts(settings, DAY + timedelta(days=41), dry_run=True) == 2
    assert day.rows() == whole
    assert expire_texts(settings, DAY + timedelta(days=41)) == 2
    assert expire_texts(settings, DAY + timedelta(days=41)) == 0
    rows = day.rows()
    assert [id for id, row in rows.items() if row.is_expired] == ["2510.00001", "2510.00003"]
    for id, row in rows.items():
        kept = {"sections": whole[id].sections, "places": whole[id].places, "tables": whole[id].tables}
        assert row.model_copy(update=kept) == whole[id]  # where it came from, its hash, its captions and its picture
    with pytest.raises(StorageError, match="materialise `paper_texts` of 2025-10-02 first"):
        build_request(paper("2510.00001"), rows["2510.00001"], "deep_read", "en", settings.config.reports)
    build_request(paper("2510.00001"), rows["2510.00001"], "category_digest", "en", settings.config.reports)
    day.materialise(only=["2510.00001"])  # the others of the day are whole again too
    assert day.rows() == whole


def test_the_same_day_twice_gives_the_same_rows(day: Day) -> None:
    assert day.materialise().success
    before = day.rows()
    assert day.materialise().success
    assert day.rows() == before
