"""What the site keeps about the days it holds, so that a new day is added without reading the others.

`data/index.json` names every day with the fingerprint of its reports and holds the months' totals;
`data/months/YYYY-MM.json` holds a record per day of that month. Index pages and charts are made from these.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from digest_assets.papers.tables import PaperRow
from digest_assets.reports import urls
from digest_assets.reports.edition import Edition
from digest_assets.reports.summary_sections import lead
from digest_assets.reports.tables import ReportRow
from digest_assets.site.files import Folder
from digest_assets.site.paper_history import Day, Dossier

_PICKS = 5
_BEST = 3
_LONGEST_GIST = 320


class Record(BaseModel):
    """Base of what is kept."""

    model_config = ConfigDict(frozen=True)


class Headline(Record):
    """A paper in one glance."""

    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    topics: tuple[str, ...]
    gist: str
    by_model: bool
    upvotes: int | None
    code_url: str | None
    mailing: date


class KeptOverview(Record):
    """An edition's executive summary: untrusted Markdown, and the paper of each anchor that it may link."""

    report: str
    markdown: str
    writer: str
    note: str | None
    anchors: dict[str, str]


class DayRecord(Record):
    """A day in the indexes: its counts, and the papers that stand for it."""

    day: date
    fingerprint: str
    papers: int
    categories: dict[str, int]
    best: dict[str, tuple[Headline, ...]]
    topics: dict[str, tuple[Headline, ...]]
    picks: dict[str, tuple[Headline, ...]]
    reports: tuple[ReportRow, ...]
    overview: KeptOverview | None

    @property
    def read_in_full(self) -> int:
        """Papers read in full, added over the reports."""
        return sum(report.read_in_full for report in self.reports)

    @property
    def wanted_in_full(self) -> int:
        """Papers wanted in full, added over the reports."""
        return sum(report.wanted_in_full for report in self.reports)

    @property
    def failures(self) -> int:
        """Summaries that fell back."""
        return sum(report.failures for report in self.reports)

    @property
    def figures_traced(self) -> int:
        """Figures found in the texts read."""
        return sum(report.figures_traced for report in self.reports)

    @property
    def figures_total(self) -> int:
        """Figures in the summaries."""
        return sum(report.figures_total for report in self.reports)

    @property
    def cost_usd(self) -> float:
        """Money for the reports."""
        return sum(report.cost_usd for report in self.reports)


class Month(Record):
    """The records of a month's days, in order."""

    days: tuple[DayRecord, ...] = ()

    def with_day(self, record: DayRecord) -> "Month":
        """The month with this record in place of the day's old one."""
        others = [other for other in self.days if other.day != record.day]
        return Month(days=tuple(sorted([*others, record], key=lambda kept: kept.day)))

    def without(self, day: date) -> "Month":
        """The month without this day."""
        return Month(days=tuple(record for record in self.days if record.day != day))

    def topics(self) -> dict[str, list[Headline]]:
        """Each topic's papers of the month once, newest mailing first."""
        found: dict[str, dict[str, Headline]] = {}
        for record in self.days:
            for name, papers in record.topics.items():
                found.setdefault(name, {}).update({paper.id: paper for paper in papers})
        return {
            name: sorted(papers.values(), key=lambda paper: (paper.mailing, paper.id), reverse=True)
            for name, papers in sorted(found.items())
        }


class Totals(Record):
    """A month in one line."""

    days: dict[str, str]  # fingerprints by day
    papers: int
    topics: dict[str, int]
    categories: dict[str, int]
    read_in_full: int
    wanted_in_full: int
    cost_usd: float


class Index(Record):
    """All days of the site."""

    months: dict[str, Totals] = {}

    def fingerprints(self) -> dict[date, str]:
        """The fingerprint of each day that the site holds."""
        return {date.fromisoformat(day): value for totals in self.months.values() for day, value in totals.days.items()}

    def with_month(self, name: str, month: Month) -> "Index":
        """The index with this month as it now is; without it if it has no days left."""
        others = {other: totals for other, totals in self.months.items() if other != name}
        if month.days:
            others[name] = totals_of(month)
        return Index(months=dict(sorted(others.items())))


def read_index(folder: Folder) -> Index:
    """The site's index; an empty one if there is no site yet."""
    text = folder.read(urls.INDEX)
    return Index.model_validate_json(text) if text else Index()


def read_month(folder: Folder, name: str) -> Month:
    """The records of a month; none if it is not there."""
    text = folder.read(urls.records(name))
    return Month.model_validate_json(text) if text else Month()


def write_month(folder: Folder, name: str, month: Month) -> None:
    """Keep the records of a month, or remove them with its last day."""
    if month.days:
        folder.write(urls.records(name), month.model_dump_json(indent=0))
    else:
        folder.remove(urls.records(name))


def write_index(folder: Folder, index: Index) -> None:
    """Keep the index, and the list of days that the pages' script reads."""
    folder.write(urls.INDEX, index.model_dump_json(indent=0))
    numbers = {name: [int(day[-2:]) for day in sorted(totals.days)] for name, totals in index.months.items()}
    folder.write(urls.DAYS, f"window.digestDays = {json.dumps(numbers, separators=(',', ':'))};\n")


def record_of(day: Day, fingerprint: str, followed: Sequence[str]) -> DayRecord:
    """What is kept of a day; `followed` are the categories that have pages."""
    headlines = {dossier.paper.id: headline(dossier, day.day) for dossier in day.dossiers}
    ranked = sorted(day.dossiers, key=lambda dossier: _rank(dossier, day.day))
    counts = Counter(name for dossier in day.dossiers for name in dossier.paper.categories)
    topics: dict[str, list[Headline]] = {}
    for item in headlines.values():
        for name in item.topics:
            topics.setdefault(name, []).append(item)
    return DayRecord(
        day=day.day,
        fingerprint=fingerprint,
        papers=len(day.dossiers),
        categories=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        best={name: _first(ranked, headlines, name) for name in followed if counts[name]},
        topics={name: tuple(papers) for name, papers in sorted(topics.items())},
        picks={edition.report: _picks(edition, headlines) for edition in day.editions},
        reports=day.reports,
        overview=next((kept for edition in day.editions if (kept := _overview(edition))), None),
    )


def headline(dossier: Dossier, day: date) -> Headline:
    """A paper as a day's lists show it."""
    paper = row_of(dossier, day)
    gist, by_model = _gist(dossier, day)
    return Headline(
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        categories=paper.categories,
        topics=topics_of(dossier, day),
        gist=gist,
        by_model=by_model,
        upvotes=paper.hf_upvotes,
        code_url=paper.code_url,
        mailing=paper.mailing or day,
    )


def row_of(dossier: Dossier, day: date) -> PaperRow:
    """The paper as the day has it."""
    return next(row for row in dossier.rows if row.day == day)


def topics_of(dossier: Dossier, day: date) -> tuple[str, ...]:
    """The topics that found the paper, and those under which the day's digest shows it."""
    shown = (seen.part for seen in dossier.on(day) if seen.edition.report == "topic_digest")
    return tuple(dict.fromkeys((*row_of(dossier, day).topics, *shown)))


def ranked(day: Day) -> list[Dossier]:
    """The day's papers: those of Hugging Face by upvotes, then those that reports rank, then by category and id."""
    return sorted(day.dossiers, key=lambda dossier: _rank(dossier, day.day))


def _rank(dossier: Dossier, day: date) -> tuple[int, int, str, str]:
    paper = row_of(dossier, day)
    in_depth = sum(seen.entry.place.read == "full" for seen in dossier.on(day))
    return (-(paper.hf_upvotes or 0), -in_depth, paper.primary_category or "~", paper.id)


def _gist(dossier: Dossier, day: date) -> tuple[str, bool]:
    """One sentence on the paper, and whether a model wrote it: from a summary, else from the abstract."""
    for seen in dossier.on(day):
        text = lead(seen.entry.profile)
        if text:
            return _shortened(text), seen.entry.by_model
    return _shortened(row_of(dossier, day).abstract), False


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_GIST:
        return text
    return text[:_LONGEST_GIST].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _first(ranked: Sequence[Dossier], headlines: Mapping[str, Headline], category: str) -> tuple[Headline, ...]:
    found = (headlines[dossier.paper.id] for dossier in ranked if category in headlines[dossier.paper.id].categories)
    return tuple(item for item, _ in zip(found, range(_BEST), strict=False))


def _picks(edition: Edition, headlines: Mapping[str, Headline]) -> tuple[Headline, ...]:
    """An edition's first papers; of several parts the first of each in turn."""
    longest = max((len(part.entries) for part in edition.parts), default=0)
    turns = (part.entries[place] for place in range(longest) for part in edition.parts if place < len(part.entries))
    ids = dict.fromkeys(entry.paper.id for entry in turns)
    return tuple(headlines[paper] for paper, _ in zip(ids, range(_PICKS), strict=False))


def _overview(edition: Edition) -> KeptOverview | None:
    if edition.overview is None or not edition.overview.markdown.strip():
        return None
    return KeptOverview(
        report=edition.report,
        markdown=edition.overview.markdown,
        writer=edition.overview.writer,
        note=edition.overview.note,
        anchors={entry.anchor: entry.paper.id for entry in edition.papers},
    )


def totals_of(month: Month) -> Totals:
    """A month in one line."""
    categories: Counter[str] = Counter()
    for record in month.days:
        categories.update(record.categories)
    return Totals(
        days={record.day.isoformat(): record.fingerprint for record in month.days},
        papers=sum(record.papers for record in month.days),
        topics={name: len(papers) for name, papers in month.topics().items()},
        categories=dict(sorted(categories.items())),
        read_in_full=sum(record.read_in_full for record in month.days),
        wanted_in_full=sum(record.wanted_in_full for record in month.days),
        cost_usd=sum(record.cost_usd for record in month.days),
    )
