"""The pages over many days: front, days, months, topics, categories, trends, search. Made from the kept records alone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from digest_assets.reports.site import charts, places
from digest_assets.reports.site.catalogue import DayRecord, Headline, Index, Month, read_month, totals_of
from digest_assets.reports.site.charts import Chart
from digest_assets.reports.site.files import Folder
from digest_assets.reports.site.pages import heat, month_name, overview, write_page

_RECENT_MONTHS = 3
_TOPIC_LINES = 6
_MONTHS_WORTH_A_CHART = 3


def write_month(folder: Folder, name: str, before: Month, after: Month, followed: Sequence[str]) -> None:
    """A month's own page, and its pages of each topic and category."""
    _write_calendar(folder, name, after)
    topics = after.topics()
    linked = {record.day for record in after.days}
    for topic, papers in topics.items():
        _write_series(folder, "topics", topic, name, _by_mailing(papers), linked)
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


def write_overall(folder: Folder, index: Index, followed: Sequence[str]) -> None:
    """The pages over all months."""
    recent = {name: read_month(folder, name) for name in sorted(index.months)[-_RECENT_MONTHS:]}
    _write_front(folder, index, recent, followed)
    _write_days(folder, index)
    _write_trends(folder, index, recent)
    _write_kind(folder, "topics", "Topic", index, _topics(index))
    _write_kind(folder, "categories", "Category", index, followed)
    write_page(folder, "search.html", "search.html", categories=followed, topics=_topics(index))


def _write_calendar(folder: Folder, name: str, month: Month) -> None:
    here = places.month(name)
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
        heat=heat(max(record.papers for record in month.days)),
        totals=totals_of(month),
        figures=_daily(month.days, places.to_root(here)),
    )


def _write_front(folder: Folder, index: Index, recent: Mapping[str, Month], followed: Sequence[str]) -> None:
    """The latest day, the calendar of its month and the one before, topics and categories."""
    names = sorted(recent, reverse=True)
    days = {name: {record.day: record.papers for record in recent[name].days} for name in names[:2]}
    latest = recent[names[0]].days[-1] if names else None
    write_page(
        folder,
        "index.html",
        "front.html",
        latest=latest,
        overview=overview(latest.overview, "index.html") if latest else None,
        picks=_once_each(latest.picks) if latest else [],
        calendars=list(days.items()),
        heat=heat(max((papers for month in days.values() for papers in month.values()), default=0)),
        topics=[(name, papers) for name, papers, _ in _rows(index, "topics", _topics(index))],
        categories=[(name, papers) for name, papers, _ in _rows(index, "categories", followed)],
    )


def _once_each(picks: Mapping[str, Sequence[Headline]]) -> list[tuple[str, list[Headline]]]:
    """Each report's picks without the papers that a report before it has shown."""
    shown: set[str] = set()
    found = []
    for report, papers in picks.items():
        fresh = [paper for paper in papers if paper.id not in shown]
        shown.update(paper.id for paper in fresh)
        if fresh:
            found.append((report, fresh))
    return found


def _write_days(folder: Folder, index: Index) -> None:
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


def _write_trends(folder: Folder, index: Index, recent: Mapping[str, Month]) -> None:
    """Charts of the last months by day, and of all months."""
    names = sorted(index.months)
    days = [record for name in sorted(recent) for record in recent[name].days]
    totals = [index.months[name] for name in names]
    steps = [month_name(name) for name in names]
    links = [places.month(name) for name in names]
    every: list[Chart] = []
    if len(names) >= _MONTHS_WORTH_A_CHART:
        every = [
            charts.bars("months", "Papers", "Month", _paired(steps, [month.papers for month in totals]), links=links),
            charts.bars(
                "months-cost",
                "Cost, US dollars",
                "Month",
                _paired(steps, [month.cost_usd for month in totals]),
                unit="{:,.2f}",
                links=links,
            ),
            charts.bars(
                "months-read",
                "Read in full, %",
                "Month",
                _paired(steps, [_share(month.read_in_full, month.wanted_in_full) for month in totals]),
                most=100,
                links=links,
            ),
        ]
        if _topics(index):
            series = [(name, [month.topics.get(name, 0) for month in totals]) for name in _busiest(index)]
            every.append(charts.lines("months-topics", "Papers by topic", "Month", steps, series))
    groups = [("Day by day", _daily(days, "")), ("Month by month", every)] if days else []
    write_page(folder, "trends.html", "trends.html", groups=groups)


def _write_series(
    folder: Folder,
    kind: str,
    name: str,
    month: str,
    days: Sequence[tuple[date, int, Sequence[Headline]]],
    linked: Collection[date],
) -> None:
    """A month of a topic or category; only days of the month are linked, so that no other day can change the page."""
    here = places.series(kind, name, month)
    write_page(folder, here, "series.html", kind=kind, name=name, month=month, days=days, linked=linked)


def _remove_series(folder: Folder, kind: str, names: Collection[str], month: str) -> None:
    for name in sorted(names):
        folder.remove(places.series(kind, name, month))


def _write_kind(folder: Folder, kind: str, column: str, index: Index, names: Sequence[str]) -> None:
    """All topics or all categories, and each one's months."""
    rows = _rows(index, kind, names)
    for name, _, _ in rows:
        counts = {month: getattr(totals, kind).get(name) for month, totals in sorted(index.months.items())}
        _write_months_of(folder, kind, name, {month: papers for month, papers in counts.items() if papers})
    shelves = {places.slug(name) for name, _, _ in rows}
    for shelf in folder.folders(kind):
        if shelf not in shelves:  # a topic or category that no day has any more
            for page in folder.names(f"{kind}/{shelf}"):
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


def _write_months_of(folder: Folder, kind: str, name: str, counts: Mapping[str, int]) -> None:
    here = places.series(kind, name)
    figure = None
    if len(counts) >= _MONTHS_WORTH_A_CHART:
        figure = charts.bars(
            "months",
            "Papers by month",
            "Month",
            [(month_name(month), papers) for month, papers in counts.items()],
            links=[places.to_root(here) + places.series(kind, name, month) for month in counts],
        )
    write_page(folder, here, "months.html", kind=kind, name=name, months=list(counts.items())[::-1], figure=figure)


def _rows(index: Index, kind: str, names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each name that has papers, with those of the newest month and of all."""
    newest = max(index.months, default="")
    counts = {
        name: {month: getattr(index.months[month], kind).get(name, 0) for month in index.months} for name in names
    }
    return [(name, papers[newest], sum(papers.values())) for name, papers in counts.items() if sum(papers.values())]


def _topics(index: Index) -> list[str]:
    return sorted({name for totals in index.months.values() for name in totals.topics})


def _busiest(index: Index) -> list[str]:
    counts = {name: sum(totals.topics.get(name, 0) for totals in index.months.values()) for name in _topics(index)}
    return sorted(counts, key=lambda name: (-counts[name], name))[:_TOPIC_LINES]


def _by_mailing(papers: Sequence[Headline]) -> list[tuple[date, int, Sequence[Headline]]]:
    days: dict[date, list[Headline]] = {}
    for paper in papers:
        days.setdefault(paper.mailing, []).append(paper)
    return [(day, len(found), found) for day, found in sorted(days.items(), reverse=True)]


def _daily(records: Sequence[DayRecord], root: str) -> list[Chart]:
    """Papers, topics, cost and share read in full, day by day."""
    steps = [f"{record.day.day} {record.day:%b}" for record in records]
    links = [root + places.day(record.day) for record in records]
    figures = [
        charts.bars("papers", "Papers", "Day", _paired(steps, [record.papers for record in records]), links=links),
        charts.bars(
            "read",
            "Read in full, %",
            "Day",
            _paired(steps, [_share(record.read_in_full, record.wanted_in_full) for record in records]),
            most=100,
            links=links,
        ),
        charts.bars(
            "cost",
            "Cost, US dollars",
            "Day",
            _paired(steps, [record.cost_usd for record in records]),
            unit="{:,.2f}",
            links=links,
        ),
    ]
    counts: dict[str, int] = {}
    for record in records:
        for name, papers in record.topics.items():
            counts[name] = counts.get(name, 0) + len(papers)
    busiest = sorted(counts, key=lambda name: (-counts[name], name))[:_TOPIC_LINES]
    if busiest:
        series = [(name, [len(record.topics.get(name, ())) for record in records]) for name in busiest]
        figures.insert(1, charts.lines("topics", "Papers by topic", "Day", steps, series))
    return figures


def _paired(steps: Sequence[str], values: Sequence[float | None]) -> list[tuple[str, float | None]]:
    return list(zip(steps, values, strict=True))


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
