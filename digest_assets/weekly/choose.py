"""Which papers a week names: those that mattered, and those of the week before that rose too late for its report.

A paper belongs to the week in which any day has it first. It is named in that week's report, or else in the next one's, or
never: so no paper is named twice, whichever weeks are made and in whichever order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from digest_assets.config.fields import FOR_YOU
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.ranking import RankedPaper, rank_papers
from digest_assets.relevance.tables import MARKS
from digest_assets.warehouse import Warehouse
from digest_assets.weekly.tables import MarkedPaper

WEEK = timedelta(days=7)
# A paper as its first day has it, with the most votes that any day up to `until` knew.
_PAPERS = """
    WITH seen AS (
        SELECT id, min(day) AS day, max(hf_upvotes) AS upvotes, max(withdrawal) AS withdrawn
        FROM papers WHERE day <= ? GROUP BY id
    )
    SELECT papers.* REPLACE (seen.upvotes AS hf_upvotes, coalesce(papers.withdrawal, seen.withdrawn) AS withdrawal)
    FROM papers JOIN seen USING (id, day) WHERE papers.day BETWEEN ? AND ? ORDER BY day, id
"""


_MAX_MARKED = 5  # a glance
# The newest row of a reader's mark holds; how many readers there are, and who marked what, is nobody's business.
_MARKS = """
    SELECT id, count(*) AS marks FROM (
        SELECT id, kind, is_set FROM marks WHERE recorded_at < ?
        QUALIFY row_number() OVER (PARTITION BY reader, id, kind ORDER BY recorded_at DESC) = 1
    ) WHERE is_set AND kind <> 'not_interested' GROUP BY id
"""


@dataclass(frozen=True, slots=True)
class WeekPapers:
    """The papers of a week, by falling score as they were known at its end, and what was chosen of them then."""

    ranked: tuple[RankedPaper, ...]
    mattered: tuple[RankedPaper, ...]


def get_monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def list_week_days(monday: date) -> list[date]:
    """The seven days of a week."""
    return [monday + timedelta(days=step) for step in range(7)]


def load_week_papers(warehouse: Warehouse, settings: Settings, monday: date) -> WeekPapers:
    """Rank a week's papers, and choose what mattered: the best that some report showed and that are not withdrawn."""
    until = monday + WEEK - timedelta(days=1)
    ranked = _rank(warehouse, settings, monday, until)
    shown = set(_list_shown(warehouse, monday, until)["id"])
    eligible = (item for item in ranked if item.paper.id in shown and item.paper.withdrawal is None)
    return WeekPapers(tuple(ranked), tuple(_take(eligible, settings.config.weekly.papers)))


def choose_late_papers(warehouse: Warehouse, settings: Settings, monday: date) -> list[RankedPaper]:
    """The papers of the week before that its report did not name, and that got votes or were first shown since then."""
    before, until = monday - WEEK, monday + WEEK - timedelta(days=1)
    then = load_week_papers(warehouse, settings, before)
    named = {item.paper.id for item in then.mattered}
    votes = {item.paper.id: item.paper.hf_upvotes or 0 for item in then.ranked}
    shown = _list_shown(warehouse, before, until)
    late = set(shown.filter(pl.col("first_day") >= monday)["id"])
    risen = (
        item
        for item in _rank(warehouse, settings, before, until)
        if item.paper.id not in named
        and item.paper.withdrawal is None
        and (item.paper.id in late or (item.paper.hf_upvotes or 0) > votes.get(item.paper.id, 0))
    )
    return _take(risen, settings.config.weekly.catch_up)


def find_marked(warehouse: Warehouse, week: WeekPapers, monday: date) -> list[MarkedPaper]:
    """The week's papers with the most marks that readers set before the week was over; of equals the better ranked."""
    end = datetime.combine(monday + WEEK, time(), UTC)
    marks = dict(warehouse.query(_MARKS, [end], tables=[MARKS]).iter_rows())
    found = [
        MarkedPaper(id=item.paper.id, title=item.paper.title, marks=marks[item.paper.id])
        for item in week.ranked
        if item.paper.id in marks
    ]
    return sorted(found, key=lambda paper: -paper.marks)[:_MAX_MARKED]


def _rank(warehouse: Warehouse, settings: Settings, monday: date, until: date) -> list[RankedPaper]:
    """The papers first seen in a week, with the votes that days up to `until` knew, by falling score."""
    frame = warehouse.query(_PAPERS, [until, monday, monday + WEEK - timedelta(days=1)], tables=[PAPERS])
    papers: list[PaperRow] = PAPERS.to_rows(frame.select(PAPERS.schema.names()))
    return rank_papers(papers, settings.config.reports.field_review)


def _list_shown(warehouse: Warehouse, first: date, last: date) -> pl.DataFrame:
    """The papers that a report showed, and the first day that did; what a whole category lists counts as shown. What one
    reader alone was shown is theirs.
    """
    return warehouse.query(
        "SELECT id, min(day) AS first_day FROM paper_groups "
        "WHERE day BETWEEN ? AND ? AND NOT starts_with(report, ?) GROUP BY id ORDER BY id",
        [first, last, FOR_YOU],
        tables=[PAPER_GROUPS],
    )


def _take(items: Iterable[RankedPaper], most: int) -> list[RankedPaper]:
    return [item for item, _ in zip(items, range(most), strict=False)]
