"""The schedules: which day a tick asks for."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._utils.schedules import cron_string_iterator

from digest_assets.automation.schedules import MAILING_CRON, weekday_mailing
from digest_assets.automation.sensors import GRACE_PERIOD
from digest_assets.config.settings import Config, Settings
from digest_assets_tests.automation.small_graph import run_day

EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def instance(stored_instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """A schedule's tick opens the instance anew, by where it is stored."""
    return stored_instance


def tick(
    schedule: dg.ScheduleDefinition,
    at: datetime,
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    settings: Settings,
) -> ScheduleExecutionData:
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=at,
        repository_def=defs.get_repository_def(),
        resources={"settings": settings},
    )
    return schedule.evaluate_tick(context)


@pytest.mark.parametrize(
    ("morning", "day"),
    [
        (datetime(2025, 12, 5, 3, 30, tzinfo=EASTERN), "2025-12-05"),
        (datetime(2025, 9, 11, 3, 30, tzinfo=EASTERN), "2025-09-11"),  # summer time
    ],
)
def test_a_morning_asks_for_the_mailing_of_its_date(
    morning: datetime, day: str, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
) -> None:
    data = tick(weekday_mailing, morning, defs, instance, settings)
    assert [request.partition_key for request in data.run_requests or []] == [day]


def test_the_schedule_ticks_after_each_mailing_is_out(settings: Settings) -> None:
    monday = datetime(2025, 12, 1, tzinfo=EASTERN)
    ticks = cron_string_iterator(monday.timestamp(), MAILING_CRON, "America/New_York")
    for _ in range(20):
        at = next(ticks)
        released = settings.calendar.get_release_time(at.date())
        # Its announcement feed is out at midnight; the look for missed days must not be faster.
        assert released + timedelta(hours=4) < at < released + GRACE_PERIOD


def test_a_date_without_a_mailing_is_skipped_with_a_reason(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    settings = Settings(config=Config.model_validate({"sources": {"arxiv": {"no_mailing": ["2025-12-26"]}}}))
    data = tick(weekday_mailing, datetime(2025, 12, 26, 3, 30, tzinfo=EASTERN), defs, instance, settings)
    assert not data.run_requests
    assert "2025-12-26 has no arXiv mailing" in str(data.skip_message)


def test_a_day_that_is_made_already_is_not_asked_for(
    defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
) -> None:
    run_day(defs, instance, date(2025, 12, 5))
    data = tick(weekday_mailing, datetime(2025, 12, 5, 3, 30, tzinfo=EASTERN), defs, instance, settings)
    assert data.skip_message == "2025-12-05 is made already"


def test_a_day_that_failed_is_asked_for(
    defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, trouble: Path
) -> None:
    trouble.write_text("papers")
    run_day(defs, instance, date(2025, 12, 5))
    data = tick(weekday_mailing, datetime(2025, 12, 5, 3, 30, tzinfo=EASTERN), defs, instance, settings)
    assert data.run_requests
