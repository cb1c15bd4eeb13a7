"""arXiv's calendar: windows that touch, never overlap and cover every minute, whatever dates have no mailing."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.mailings import EASTERN, MailingCalendar, SubmissionWindow, load_no_mailing_dates
from digest_assets.config.settings import Config, Settings

FIRST, LAST = date(2020, 1, 1), date(2029, 12, 31)
DAYS = st.dates(FIRST, LAST)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.frozensets(DAYS, max_size=400).map(MailingCalendar)


def eastern(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=EASTERN)


def mailings(calendar: MailingCalendar, first: date, last: date) -> list[date]:
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [day for day in days if calendar.is_mailing(day)]


@given(CALENDARS)
def test_windows_of_successive_mailings_touch_over_ten_years(calendar: MailingCalendar) -> None:
    windows = [window for day in mailings(calendar, FIRST, LAST) if (window := calendar.get_window(day))]
    assert all(before.end == after.start for before, after in pairwise(windows))
    assert all(window.start < window.end for window in windows)


@given(CALENDARS, INSTANTS)
def test_every_instant_is_announced_by_one_mailing(calendar: MailingCalendar, submitted: datetime) -> None:
    day = calendar.find_mailing(submitted)
    around = [calendar.get_previous(day), day, calendar.get_next(day)]
    holders = [mailing for mailing in around if submitted in (calendar.get_window(mailing) or ())]
    assert holders == [day]


@given(CALENDARS, DAYS)
def test_previous_and_next_are_inverse_on_mailings(calendar: MailingCalendar, day: date) -> None:
    after = calendar.get_next(day)
    assert after > day
    assert calendar.is_mailing(after)
    assert calendar.get_previous(after) == (day if calendar.is_mailing(day) else calendar.get_previous(day))
    assert mailings(calendar, day + timedelta(1), after) == [after]


@given(CALENDARS, INSTANTS)
def test_the_latest_mailing_is_out_and_the_next_is_not(calendar: MailingCalendar, now: datetime) -> None:
    latest = calendar.get_latest(now)
    assert calendar.is_mailing(latest)
    assert calendar.get_release_time(latest) <= now < calendar.get_release_time(calendar.get_next(latest))


@given(CALENDARS, DAYS)
def test_a_mailing_is_out_after_its_window_has_closed(calendar: MailingCalendar, day: date) -> None:
    window = calendar.get_window(day)
    assert (window is not None) == calendar.is_mailing(day)
    assert window is None or window.end < calendar.get_release_time(day)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2025-12-08", ("2025-12-04", "14:00"), ("2025-12-05", "14:00")),  # Monday: Thursday to Friday
        ("2025-12-09", ("2025-12-05", "14:00"), ("2025-12-08", "14:00")),  # Tuesday: the weekend
        ("2025-12-10", ("2025-12-08", "14:00"), ("2025-12-09", "14:00")),
        ("2025-12-11", ("2025-12-09", "14:00"), ("2025-12-10", "14:00")),
        ("2025-12-12", ("2025-12-10", "14:00"), ("2025-12-11", "14:00")),
        ("2025-09-03", ("2025-08-29", "14:00"), ("2025-09-02", "14:00")),  # after Labor Day: from Friday
        ("2025-12-29", ("2025-12-24", "14:00"), ("2025-12-26", "14:00")),  # after Christmas: two days
        ("2025-03-11", ("2025-03-07", "14:00"), ("2025-03-10", "14:00")),  # the clocks go forward in between
        ("2025-11-04", ("2025-10-31", "14:00"), ("2025-11-03", "14:00")),  # and back
    ],
)
def test_a_mailing_announces_its_window(day: str, start: tuple[str, str], end: tuple[str, str]) -> None:
    window = MailingCalendar.with_extra_dates().get_window(date.fromisoformat(day))
    assert window == SubmissionWindow(eastern(*start).astimezone(UTC), eastern(*end).astimezone(UTC))


def test_an_hour_that_the_clocks_skip_or_repeat_changes_the_length_of_a_window() -> None:
    calendar = MailingCalendar()
    lengths = {
        day: window.end - window.start
        for day in ("2025-03-11", "2025-11-04", "2025-06-03")
        if (window := calendar.get_window(date.fromisoformat(day)))
    }
    assert lengths == {
        "2025-03-11": timedelta(hours=71),
        "2025-11-04": timedelta(hours=73),
        "2025-06-03": timedelta(hours=72),
    }


@pytest.mark.parametrize("day", ["2025-12-06", "2025-12-07", "2025-09-02", "2025-12-26", "2025-12-31", "2026-01-02"])
def test_weekends_and_holidays_have_no_mailing(day: str) -> None:
    calendar = MailingCalendar.with_extra_dates()
    assert not calendar.is_mailing(date.fromisoformat(day))
    assert calendar.get_window(date.fromisoformat(day)) is None


def test_the_end_of_a_window_belongs_to_the_next() -> None:
    calendar = MailingCalendar.with_extra_dates()
    end = eastern("2025-12-09", "14:00")
    assert calendar.find_mailing(end - timedelta(microseconds=1)) == date(2025, 12, 10)
    assert calendar.find_mailing(end) == date(2025, 12, 11)


def test_a_mailing_is_out_at_eight_in_the_evening_before() -> None:
    calendar = MailingCalendar.with_extra_dates()
    assert calendar.get_release_time(date(2025, 12, 8)) == eastern("2025-12-07", "20:00")
    assert calendar.get_latest(eastern("2025-12-07", "19:59")) == date(2025, 12, 5)
    assert calendar.get_latest(eastern("2025-12-07", "20:00")) == date(2025, 12, 8)


def test_known_dates_are_weekdays_and_the_settings_add_to_them() -> None:
    assert all(day.weekday() < 5 for day in load_no_mailing_dates())
    config = Config.model_validate({"sources": {"arxiv": {"no_mailing": ["2025-12-03"]}}})
    assert Settings(config=config).calendar.no_mailing == load_no_mailing_dates() | {date(2025, 12, 3)}
    assert Settings().calendar.no_mailing == load_no_mailing_dates()
