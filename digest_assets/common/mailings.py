"""arXiv's calendar: which submissions the mailing dated D announces.

A mailing goes out at 20:00 US Eastern of the evening before its date, Monday to Friday, and announces what was
received up to 14:00 US Eastern of the last weekday before it. Dates without a mailing (arXiv's holidays) are
data; the next mailing covers their submissions too. See https://info.arxiv.org/help/availability.html.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_CUT_OFF = time(14)
_RELEASE = time(20)
_DAY = timedelta(days=1)


@cache
def load_no_mailing_dates() -> frozenset[date]:
    """The weekdays that are known to have no mailing: `no_mailing.txt` of this package."""
    return frozenset(date.fromisoformat(line.split()[0]) for line in _load_no_mailing_lines())


@cache
def find_end_of_published_dates() -> date:
    """The last date without a mailing that arXiv has published; later ones are expected."""
    return max(date.fromisoformat(line.split()[0]) for line in _load_no_mailing_lines() if "(expected)" not in line)


def _load_no_mailing_lines() -> list[str]:
    lines = resources.files("digest_assets.common").joinpath("no_mailing.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@dataclass(frozen=True, slots=True)
class SubmissionWindow:
    """Submission times [start, end), in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True)
class MailingCalendar:
    """The mailings, given the weekdays that have none."""

    no_mailing: frozenset[date] = frozenset()

    @classmethod
    def with_extra_dates(cls, more: Iterable[date] = ()) -> "MailingCalendar":
        """The calendar of the known dates without a mailing, and more of them."""
        return cls(load_no_mailing_dates().union(more))

    def is_mailing(self, day: date) -> bool:
        """Whether a mailing is dated `day`."""
        return day.weekday() < 5 and day not in self.no_mailing

    def get_previous(self, day: date) -> date:
        """The last mailing before `day`."""
        day -= _DAY
        while not self.is_mailing(day):
            day -= _DAY
        return day

    def get_next(self, day: date) -> date:
        """The first mailing after `day`."""
        day += _DAY
        while not self.is_mailing(day):
            day += _DAY
        return day

    def get_cut_off(self, day: date) -> datetime:
        """Until when a submission is announced by `day` or before: 14:00 Eastern of the last weekday before."""
        before = day - _DAY
        while before.weekday() >= 5:
            before -= _DAY
        return datetime.combine(before, _CUT_OFF, EASTERN).astimezone(UTC)

    def get_window(self, day: date) -> SubmissionWindow | None:
        """The submissions that the mailing of `day` announces; None on a date without a mailing."""
        if not self.is_mailing(day):
            return None
        return SubmissionWindow(self.get_cut_off(self.get_previous(day)), self.get_cut_off(day))

    def find_mailing(self, submitted: datetime) -> date:
        """The mailing whose window holds the (timezone-aware) submission time."""
        # No cut-off lies more than three days before its mailing, so starting at the submission's own date is early enough.
        day = submitted.astimezone(EASTERN).date()
        while not (self.is_mailing(day) and submitted < self.get_cut_off(day)):
            day += _DAY
        return day

    def get_release_time(self, day: date) -> datetime:
        """When the mailing of `day` is out, in UTC: 20:00 Eastern of the evening before."""
        return datetime.combine(day - _DAY, _RELEASE, EASTERN).astimezone(UTC)

    def get_latest(self, now: datetime) -> date:
        """The newest mailing that is out at `now`."""
        day = now.astimezone(EASTERN).date() + _DAY
        while not (self.is_mailing(day) and self.get_release_time(day) <= now):
            day -= _DAY
        return day
