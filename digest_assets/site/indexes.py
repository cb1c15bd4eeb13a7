"""Site pages over many days: front, days, months, topics, categories, trends, search. Made from the records alone."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest_assets.config.fields import FOR_YOU, WEEKLY_REPORT
from digest_assets.config.reports import is_for_you
from digest_assets.config.settings import Settings
from digest_assets.reports import urls
from digest_assets.site import charts
from digest_assets.site.charts import Chart
from digest_assets.site.files import SiteFolder
from digest_assets.site.manifest import DayRecord, Headline, MonthRecords, MonthTotals, SiteIndex, read_month, sum_month
from digest_assets.site.pages import format_month, make_heat_scale, render_overview, write_page
from digest_assets.site.weeks import read_week_records

_RECENT_DAYS = 30  # a bar of a chart is then wide enough to be clicked on a phone
_RECENT_WEEKS = 4  # on the front page: a month
_TOPIC_LINES = 6  # as many colours as site.css has for lines
_MIN_MONTHS, _MAX_MONTHS = 6, 24  # on a chart: wide enough to be a trend, narrow enough for its labels


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """The feeds that lie beside the pages."""

    reports: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    changes: bool = False
    weekly: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> "FeedLinks":
        """Those of the enabled reports and the configured topics, if the settings have feeds."""
        reports = settings.config.reports.enabled_reports()
        if not settings.config.feeds.enabled:
            return cls()
        topics = settings.config.reports.topic_digest.topics if "topic_digest" in reports else ()
        return cls(tuple(reports), tuple(topic.name for topic in topics), True, settings.config.weekly.enabled)


NO_FEEDS = FeedLinks()
NO_DAYS = sum_month(MonthRecords())


def write_month(
    folder: SiteFolder, name: str, before: MonthRecords, after: MonthRecords, followed: Sequence[str]
) -> None:
    """A month's own page, and its pages of each topic and category."""
    _write_calendar(folder, name, after)
    topics = after.topics()
    linked = {record.day for record in after.days}
    for topic, papers in topics.items():
        _write_series(folder, "topics", topic, name, _group_by_mailing(papers), linked)
    _remove_series(folder, "topics", set(before.topics()) - set(topics), name)
    for category in followed:
        days = [
            (record.day, record.categories[category], record.best[category])
            for record in after.days[::-1]
            if category in record.categories
        ]
        if days:
            _write_series(folder, "categories", category, name, days, linked)
        else:
            _remove_series(folder, "categories", {category}, name)


def write_overall(folder: SiteFolder, index: SiteIndex, followed: Sequence[str], feeds: FeedLinks = NO_FEEDS) -> None:
    """The pages over all months."""
    recent = _read_recent(folder, index)
    _write_front(folder, index, recent, followed, feeds)
    _write_days(folder, index)
    _write_trends(folder, index, recent)
    _write_kind(folder, "topics", "Topic", index, _list_topics(index), feeds.topics)
    _write_kind(folder, "categories", "Category", index, followed)
    write_page(folder, "search.html", "search.html", categories=followed, topics=_list_topics(index))


def _read_recent(folder: SiteFolder, index: SiteIndex) -> dict[str, MonthRecords]:
    """The newest months, two at least, that hold the days of the front page and of the trends."""
    found: dict[str, MonthRecords] = {}
    for name in sorted(index.months, reverse=True):
        if len(found) >= 2 and sum(len(month.days) for month in found.values()) >= _RECENT_DAYS:
            break
        found[name] = read_month(folder, name)
    return found


def _write_calendar(folder: SiteFolder, name: str, month: MonthRecords) -> None:
    here = urls.month_page(name)
    if not month.days:
        folder.remove(here)
        return
    write_page(
        folder,
        here,
        "month.html",
        month=name,
        records=month.days[::-1],
        days={record.day: record.papers for record in month.days},
        heat=make_heat_scale(max(record.papers for record in month.days)),
        totals=sum_month(month),
        charts=_draw_daily(month.days, urls.relative_root(here)),
    )


def _write_front(
    folder: SiteFolder, index: SiteIndex, recent: Mapping[str, MonthRecords], followed: Sequence[str], feeds: FeedLinks
) -> None:
    """The latest day with papers, the calendar of its month and the one before, topics and categories."""
    names = sorted(recent, reverse=True)
    days = {name: {record.day: record.papers for record in recent[name].days} for name in names[:2]}
    newest = [record for name in names for record in recent[name].days[::-1]]
    latest = next((record for record in newest if record.papers), newest[0] if newest else None)
    own = latest.picks.get(FOR_YOU, ()) if latest else ()  # other readers' reports have pages of their own
    common = {report: papers for report, papers in latest.picks.items() if not is_for_you(report)} if latest else {}
    reader_feeds = [name for name in latest.picks if is_for_you(name)] if latest and feeds.reports else []
    write_page(
        folder,
        "index.html",
        "front.html",
        latest=latest,
        newest=newest[0].day if newest else None,
        overview=render_overview(latest.overview, "index.html") if latest else None,
        own=own,
        picks=_drop_repeats(common, own),
        calendars=list(days.items()),
        heat=make_heat_scale(max((papers for month in days.values() for papers in month.values()), default=0)),
        feeds=[
            *((name, f"{urls.report_feed(name)}.atom") for name in (*reader_feeds, *feeds.reports)),
            *([("paper_changes", f"{urls.changes_feed()}.atom")] if feeds.changes else []),
            *([(WEEKLY_REPORT, f"{urls.report_feed(WEEKLY_REPORT)}.atom")] if feeds.weekly else []),
        ],
        topics=[(name, papers) for name, papers, _ in _count_papers(index, "topics", _list_topics(index))],
        categories=[(name, papers) for name, papers, _ in _count_papers(index, "categories", followed)],
        weeks=read_week_records(folder)[:_RECENT_WEEKS],
    )


def _drop_repeats(picks: Mapping[str, Sequence[Headline]], own: Sequence[Headline]) -> list[tuple[str, list[Headline]]]:
    """Each report's picks without the papers that the reader's own, or a report before it, has shown."""
    shown = {paper.id for paper in own}
    lists = []
    for report, papers in picks.items():
        fresh = [paper for paper in papers if paper.id not in shown]
        shown.update(paper.id for paper in fresh)
        if fresh:
            lists.append((report, fresh))
    return lists


def _write_days(folder: SiteFolder, index: SiteIndex) -> None:
    years: dict[str, list[Any]] = {}
    for name, totals in sorted(index.months.items(), reverse=True):
        years.setdefault(name[:4], []).append((name, totals))
    write_page(
        folder,
        "days.html",
        "days.html",
        years=list(years.items()),
        days=sum(len(totals.days) for totals in index.months.values()),
        papers=sum(totals.papers for totals in index.months.values()),
    )


def _write_trends(folder: SiteFolder, index: SiteIndex, recent: Mapping[str, MonthRecords]) -> None:
    """Charts of the last days and of the last months."""
    days = [record for name in sorted(recent) for record in recent[name].days][-_RECENT_DAYS:]
    groups = [("Day by day", _draw_daily(days, "")), ("Month by month", _draw_monthly(index))] if days else []
    write_page(folder, "trends.html", "trends.html", groups=groups)


def _write_series(
    folder: SiteFolder,
    kind: str,
    name: str,
    month: str,
    days: Sequence[tuple[date, int, Sequence[Headline]]],
    linked: Collection[date],
) -> None:
    """A month of a topic or category; only days of the month are linked, so that no other day can change the page."""
    here = urls.series_page(kind, name, month)
    write_page(folder, here, "series.html", kind=kind, name=name, month=month, days=days, linked=linked)


def _remove_series(folder: SiteFolder, kind: str, names: Collection[str], month: str) -> None:
    for name in sorted(names):
        folder.remove(urls.series_page(kind, name, month))


def _write_kind(
    folder: SiteFolder,
    kind: str,
    column: str,
    index: SiteIndex,
    names: Sequence[str],
    names_with_feed: Collection[str] = (),
) -> None:
    """All topics or all categories, and each one's months."""
    rows = _count_papers(index, kind, names)
    for name, _, _ in rows:
        counts = {month: getattr(totals, kind).get(name) for month, totals in sorted(index.months.items())}
        feed = f"{urls.topic_feed(name)}.atom" if name in names_with_feed else None
        _write_months(folder, kind, name, {month: papers for month, papers in counts.items() if papers}, feed)
    folders = {urls.slugify(name) for name, _, _ in rows}
    for old in folder.list_folders(kind):
        if old not in folders:  # a topic or category that no day has any more
            for page in folder.list_files(f"{kind}/{old}"):
                folder.remove(page)
    write_page(
        folder,
        f"{kind}/index.html",
        "list.html",
        kind=kind,
        column=column,
        month=max(index.months, default=""),
        rows=rows,
    )


def _write_months(folder: SiteFolder, kind: str, name: str, counts: Mapping[str, int], feed: str | None) -> None:
    here = urls.series_page(kind, name)
    charted = _list_charted_months(counts)
    root = urls.relative_root(here)
    chart = charts.draw_bars(
        "months",
        "Papers by month",
        "Month",
        [(format_month(month), counts.get(month, 0)) for month in charted],
        links=[root + urls.series_page(kind, name, month) if month in counts else None for month in charted],
    )
    months = list(counts.items())[::-1]
    write_page(folder, here, "months.html", kind=kind, name=name, months=months, chart=chart, feed=feed)


def _count_papers(index: SiteIndex, kind: str, names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each name that has papers, with those of the newest month and of all."""
    newest = max(index.months, default="")
    counts = {
        name: {month: getattr(index.months[month], kind).get(name, 0) for month in index.months} for name in names
    }
    return [(name, papers[newest], sum(papers.values())) for name, papers in counts.items() if sum(papers.values())]


def _list_topics(index: SiteIndex) -> list[str]:
    return sorted({name for totals in index.months.values() for name in totals.topics})


def _group_by_mailing(papers: Sequence[Headline]) -> list[tuple[date, int, Sequence[Headline]]]:
    days: dict[date, list[Headline]] = {}
    for paper in papers:
        days.setdefault(paper.mailing, []).append(paper)
    return [(day, len(found), found) for day, found in sorted(days.items(), reverse=True)]


def _draw_daily(records: Sequence[DayRecord], root: str) -> list[Chart]:
    """Papers, topics, share read in full and cost, day by day."""
    return _draw_trends(
        "Day",
        [f"{record.day.day} {record.day:%b}" for record in records],
        [root + urls.day_page(record.day) for record in records],
        records,
        [
            {name: sum(paper.mailing == record.day for paper in papers) for name, papers in record.topics.items()}
            for record in records
        ],
    )


def _draw_monthly(index: SiteIndex) -> list[Chart]:
    """The same, month by month."""
    names = _list_charted_months(index.months)
    totals = [index.months.get(name, NO_DAYS) for name in names]
    return _draw_trends(
        "Month",
        [format_month(name) for name in names],
        [urls.month_page(name) if name in index.months else None for name in names],
        totals,
        [month.topics for month in totals],
    )


def _list_charted_months(known: Collection[str]) -> list[str]:
    """The months from the first known one to the last, without gaps: the newest two years, and half a year at least."""
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (min(known), max(known)))
    first = max(min(first, last - _MIN_MONTHS + 1), last - _MAX_MONTHS + 1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _draw_trends(
    step: str,
    steps: Sequence[str],
    links: Sequence[str | None],
    records: Sequence[DayRecord] | Sequence[MonthTotals],
    topics: Sequence[Mapping[str, int]],
) -> list[Chart]:
    def draw_bars(name: str, title: str, values: Sequence[float | None], **options: Any) -> Chart:
        return charts.draw_bars(
            f"{step}-{name}", title, step, list(zip(steps, values, strict=True)), links=links, **options
        )

    shares = [_compute_percent(record.read_in_full, record.requested_in_full) for record in records]
    drawn = [
        draw_bars("papers", "Papers", [record.papers for record in records]),
        draw_bars("read", "Read in full, %", shares, top=100),
        draw_bars("cost", "Cost, US dollars", [record.cost_usd for record in records], unit="{:,.2f}"),
    ]
    counts: Counter[str] = Counter()
    for found in topics:
        counts.update(found)
    busiest = sorted(counts, key=lambda name: (-counts[name], name))[:_TOPIC_LINES]
    if busiest:
        series = [(name, [found.get(name, 0) for found in topics]) for name in busiest]
        drawn.insert(1, charts.draw_lines(f"{step}-topics", "Papers by topic", step, steps, series))
    return drawn


def _compute_percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
