"""Days made in any order end as one after the other would: by the sensor, by the command, and the weeks over them."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.archive.earlier_days import describe_day, find_stale_days, load_days
from digest_assets.archive.tables import EARLIER_DAYS
from digest_assets.automation.earlier_days import earlier_days_changed
from digest_assets.automation.runs import ATTEMPT_TAG
from digest_assets.cli.run_days import split_into_ranges
from digest_assets.config.settings import Settings
from digest_assets.orchestration.partitions import daily_partitions, format_week_key
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.tables import REPORTS
from digest_assets.testing.backfilled_days import load_stored_days, serve_days
from digest_assets.testing.row_factories import make_paper
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.weekly.assets import weekly
from digest_assets_tests.automation.small_graph import days_ago, mark_made
from digest_assets_tests.automation.test_sensors import asked, tick

FIRST, SECOND, THIRD = days_ago(9), days_ago(8), days_ago(7)


def store(settings: Settings, day: date, title: str = "Splats", *, is_whole: bool = True) -> None:
    """What `earlier_days` has of a day with one paper, and that its reports were made."""
    papers = PAPERS.to_frame([make_paper(f"2512.{day:%d}001", day, title=title)])
    warehouse = open_warehouse(settings)
    warehouse.replace_days(
        EARLIER_DAYS, [day], EARLIER_DAYS.to_frame([describe_day(day, papers, load_days(warehouse, day))])
    )
    if is_whole:
        warehouse.replace_days(REPORTS, [day], REPORTS.to_frame())


@pytest.fixture
def made(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Three days, of which the second was made last."""
    for day in (FIRST, THIRD, SECOND):
        store(settings, day)
    mark_made(instance, FIRST, SECOND, THIRD)


@pytest.mark.usefixtures("made")
class TestSensor:
    def test_what_follows_a_day_that_was_made_late_is_measured_again_and_no_model_is_asked(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        (request,) = tick(earlier_days_changed, defs, instance, settings).run_requests or []
        assert request.partition_key == str(THIRD)
        names = {key.to_user_string() for key in request.asset_selection or ()}
        assert names == {"earlier_days", "similar_papers", "day_overviews", "reports"}
        assert request.run_config == {"ops": {"day_overviews": {"config": {"keep_answers": True}}}}

    def test_when_it_was_measured_again_nothing_more_is_asked_for(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        store(settings, THIRD)
        result = tick(earlier_days_changed, defs, instance, settings)
        assert "every day was measured against those before it" in str(result.skip_reason)

    def test_a_day_that_was_not_made_to_its_end_is_left_to_those_who_make_it(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        store(settings, days_ago(6), is_whole=False)
        store(settings, THIRD, "Other splats")
        assert asked(tick(earlier_days_changed, defs, instance, settings)) == set()

    def test_it_waits_while_a_day_is_being_made(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        job = defs.resolve_job_def("daily_digest")
        instance.create_run_for_job(job, tags={"dagster/partition": str(FIRST)}, status=dg.DagsterRunStatus.STARTED)
        assert "days are being made" in str(tick(earlier_days_changed, defs, instance, settings).skip_reason)

    def test_attempts_count_anew_when_the_days_before_change_again(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        ((_, first),) = asked(tick(earlier_days_changed, defs, instance, settings))
        instance.create_run_for_job(
            defs.resolve_job_def("daily_digest"),
            tags={"dagster/partition": str(THIRD), ATTEMPT_TAG: first or ""},
            status=dg.DagsterRunStatus.FAILURE,
        )
        assert "attempt 2 of 4 after" in str(tick(earlier_days_changed, defs, instance, settings).skip_reason)
        store(settings, SECOND, "Other splats")
        ((_, again),) = asked(tick(earlier_days_changed, defs, instance, settings))
        assert (first or "").split()[-1] == (again or "").split()[-1] == "1"
        assert first != again


@pytest.mark.parametrize(
    ("days_after_monday", "is_made_again"), [(0, True), (6, True), (-28, True), (-29, False), (7, False)]
)
def test_a_week_that_was_made_is_made_again_when_a_report_of_its_days_or_of_the_four_weeks_before_is(
    instance: dg.DagsterInstance, days_after_monday: int, is_made_again: bool
) -> None:
    monday = date(2025, 12, 1)
    reports = dg.AssetSpec("reports", partitions_def=daily_partitions)
    defs = dg.Definitions(assets=[reports, weekly], resources={"settings": None, "warehouse": dg.mem_io_manager})

    def materialize(name: str, partition: str) -> None:
        instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(name), partition=partition))

    materialize("weekly", format_week_key(monday))
    before = dg.evaluate_automation_conditions(defs, instance=instance)
    assert before.total_requested == 0
    materialize("reports", str(monday + timedelta(days=days_after_monday)))
    after = dg.evaluate_automation_conditions(defs, instance=instance, cursor=before.cursor)
    assert after.get_requested_partitions(dg.AssetKey("weekly")) == (
        {format_week_key(monday)} if is_made_again else set()
    )


def test_days_to_be_measured_again_go_in_runs_of_days_that_follow_one_another() -> None:
    days = [date(2025, 12, number) for number in (1, 2, 3, 4, 8, 9)]
    ranges = [(first.day, last.day) for first, last in split_into_ranges(days, 3)]
    assert ranges == [(1, 3), (4, 4), (8, 9)]


def hash_site(data: Path) -> dict[str, str]:
    files = sorted(path for path in (data / "site").rglob("*") if path.is_file())
    return {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["extractive", "openai"])
def test_days_made_in_another_order_give_the_same_bytes_and_a_model_is_asked_as_often(
    engine: str, tmp_path: Path
) -> None:
    with serve_days() as served:
        config = {"summaries": {**served.config["summaries"], "engine": engine}}
        served.backfill(tmp_path / "in order", config, at_once=1)
        questions = len(served.model.calls)
        served.make(tmp_path / "mixed", served.days[-1], served.days[-1], config)
        served.make(tmp_path / "mixed", served.days[0], served.days[-2], config, at_once=2)
        assert len(served.model.calls) == 2 * questions
    folders = (tmp_path / "in order", tmp_path / "mixed")
    stored = [load_stored_days(served.days, Warehouse(data / "digest.duckdb"), data) for data in folders]
    assert stored[0].find_differences(stored[1]) == []
    assert hash_site(folders[0]) == hash_site(folders[1])
    assert find_stale_days(load_days(Warehouse(folders[1] / "digest.duckdb"))) == []
