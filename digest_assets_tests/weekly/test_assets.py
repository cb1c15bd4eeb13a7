"""The week as Dagster runs it: a partition a week over the days' reports, with checks and a schedule."""

from datetime import date, datetime
from typing import Any

import dagster as dg

from digest_assets.automation import jobs, schedules
from digest_assets.config.settings import Config, Settings
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import format_week_key, parse_partition_key, weekly_partitions
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.site_days import generate_day, store_days
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.assets import weekly
from digest_assets.weekly.checks import CHECKS
from digest_assets.weekly.tables import WEEKLY

MONDAY = date(2025, 12, 1)


def materialize(settings: Settings, *mondays: date) -> dict[str, bool]:
    """Make these weeks, one after the other; gives how the checks of the last ended."""
    resources: dict[str, Any] = {
        "settings": settings,
        "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings)),
    }
    for monday in mondays:
        result = dg.materialize([weekly, *CHECKS], partition_key=format_week_key(monday), resources=resources)
        assert result.success
    return {check.check_name: check.passed for check in result.get_asset_check_evaluations()}


def test_a_week_is_a_partition_from_monday_to_sunday_over_its_days() -> None:
    window = weekly_partitions.time_window_for_partition_key(format_week_key(MONDAY))
    assert (window.start.date(), window.end.date()) == (MONDAY, date(2025, 12, 8))
    (dependency,) = next(iter(weekly.specs)).deps
    assert isinstance(dependency.partition_mapping, dg.TimeWindowPartitionMapping)
    assert parse_partition_key(format_week_key(MONDAY)) == MONDAY
    assert format_week_key(MONDAY) != str(MONDAY)  # or its runs would count as the Monday's


def test_a_week_is_stored_and_its_checks_are_green(settings: Settings) -> None:
    store_days(settings, generate_day(MONDAY, 5))
    assert materialize(settings, MONDAY) == {"weekly_format": True, "named_by_one_week": True}
    (row,) = WEEKLY.to_rows(open_warehouse(settings).read(WEEKLY))
    assert (row.day, row.papers, row.days) == (MONDAY, 5, 1)


def test_an_empty_week_is_green(settings: Settings) -> None:
    assert materialize(settings, MONDAY) == {"weekly_format": True, "named_by_one_week": True}


def test_a_file_that_was_changed_and_a_paper_named_twice_are_told(settings: Settings) -> None:
    later = date(2025, 12, 8)
    store_days(settings, generate_day(MONDAY, 5), generate_day(later, 5))
    materialize(settings, MONDAY, later)
    warehouse = open_warehouse(settings)
    first, second = WEEKLY.to_rows(warehouse.read(WEEKLY))
    warehouse.replace_days(WEEKLY, [later], WEEKLY.to_frame([second.model_copy(update={"named": first.named})]))
    (settings.data_dir / second.path).write_text("# Another report\n", "utf-8")
    from digest_assets.weekly.checks import find_format_problems, find_repeats

    assert "line 1" in next(find_format_problems(settings, [later]))
    assert len(list(find_repeats(settings, [later]))) == 5


def test_where_it_is_off_no_week_is_made(settings: Settings) -> None:
    off = settings.model_copy(update={"config": Config.model_validate({"weekly": {"enabled": False}})})
    materialize(off, MONDAY)
    assert open_warehouse(off).read(WEEKLY).is_empty()


def test_the_schedule_asks_for_the_week_that_is_over(settings: Settings) -> None:
    definitions = dg.Definitions(
        assets=[weekly], jobs=[jobs.weekly_digest], schedules=[schedules.weekly_schedule],
        resources={"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings))},
    )  # fmt: skip
    schedule = definitions.resolve_schedule_def("weekly_schedule")
    assert schedule.cron_schedule == "0 14 * * 1"
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime.fromisoformat("2025-12-08T14:00:00+00:00"),
        repository_def=definitions.get_repository_def(),
    )
    (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.partition_key == format_week_key(MONDAY)
