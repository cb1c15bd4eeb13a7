"""The site's records of the days it holds, stored as JSON beside its pages: a new day is added without reading the others.

`data/index.json` names every day with the fingerprint of its reports and holds the months' totals;
`data/months/YYYY-MM.json` holds a record per day of that month. Index pages and charts are made from these.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.config.reports import is_for_you
from digest_assets.reports import urls
from digest_assets.reports.edition import Edition
from digest_assets.reports.summary_sections import find_lead
from digest_assets.reports.tables import ReportRow
from digest_assets.site.files import SiteFolder
from digest_assets.site.paper_history import PaperHistory, PublishedDay

# What the front page and a category's month show of a day: a screen's worth, and no more than the records can carry for
# years. A gist of 320 characters is two long sentences.
_PICKS_PER_REPORT = 5
_BEST_PER_CATEGORY = 3
_MAX_GIST_CHARACTERS = 320
# As the records of 0.1.0 call them. Its sites are read once more, to remove what is gone, and rendered anew.
_OLD_KEYS = {
    "wanted_in_full": "requested_in_full",
    "figures_traced": "numbers_traced",
    "figures_total": "numbers_total",
}


def _rename_old_keys(value: Any) -> Any:
    return {_OLD_KEYS.get(key, key): item for key, item in value.items()} if isinstance(value, dict) else value


class Record(BaseModel):
    """Base of the records."""

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
    reason: str = ""  # why a reader's report shows it
    address: str = ""  # of the paper, relative to the site's folder; at arXiv where no list of the site has it


class OverviewRecord(Record):
    """An edition's executive summary: untrusted Markdown, and the address of the paper of each anchor that it may link."""

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
    reports: tuple[Annotated[ReportRow, BeforeValidator(_rename_old_keys)], ...]
    overview: OverviewRecord | None
    same_lists: dict[str, str] = {}  # a report that lists the same papers as one before it, and that one
    requested_in_full: int = 0  # papers whose full text a report was to read, each once
    read_in_full: int = 0  # those of them whose HTML or PDF was read

    @property
    def tabs(self) -> list[ReportRow]:
        """The reports between which a reader chooses: those with one list of papers are one."""
        return [report for report in self.reports if report.report not in self.same_lists]

    @property
    def failures(self) -> int:
        """Summaries that fell back."""
        return sum(report.failures for report in self.reports)

    @property
    def numbers_traced(self) -> int:
        """Numbers found in the texts read."""
        return sum(report.numbers_traced for report in self.reports)

    @property
    def numbers_total(self) -> int:
        """Numbers in the summaries."""
        return sum(report.numbers_total for report in self.reports)

    @property
    def cost_usd(self) -> float:
        """Money for the reports."""
        return sum(report.cost_usd for report in self.reports)


class MonthRecords(Record):
    """The records of a month's days, in order."""

    days: tuple[DayRecord, ...] = ()

    def with_day(self, record: DayRecord) -> "MonthRecords":
        """The month with this record in place of the day's old one."""
        others = [other for other in self.days if other.day != record.day]
        return MonthRecords(days=tuple(sorted([*others, record], key=lambda record: record.day)))

    @property
    def papers_of_day(self) -> dict[str, int]:
        """How many papers each day has."""
        return {record.day.isoformat(): record.papers for record in self.days}

    def without(self, day: date) -> "MonthRecords":
        """The month without this day."""
        return MonthRecords(days=tuple(record for record in self.days if record.day != day))

    def topics(self) -> dict[str, list[Headline]]:
        """Each topic's papers of the month once, newest mailing first; as a day has it that lists it, where one does."""
        found: dict[str, dict[str, Headline]] = {}
        for record in self.days:
            for name, papers in record.topics.items():
                known = found.setdefault(name, {})
                known.update({p.id: p for p in papers if p.id not in known or not urls.is_web_address(p.address)})
        return {
            name: sorted(papers.values(), key=lambda paper: (paper.mailing, paper.id), reverse=True)
            for name, papers in sorted(found.items())
        }


class MonthTotals(Record):
    """A month's sums."""

    days: dict[str, str]  # fingerprints by day
    papers: int
    papers_of_day: dict[str, int] = {}
    topics: dict[str, int]
    categories: dict[str, int]
    read_in_full: int
    requested_in_full: int
    cost_usd: float

    _rename = model_validator(mode="before")(_rename_old_keys)


class SiteIndex(Record):
    """All days of the site."""

    months: dict[str, MonthTotals] = {}

    def fingerprints(self) -> dict[date, str]:
        """The fingerprint of each day that the site holds."""
        return {date.fromisoformat(day): value for totals in self.months.values() for day, value in totals.days.items()}

    @property
    def papers_of_day(self) -> dict[str, int]:
        """How many papers each day has."""
        return {day: count for totals in self.months.values() for day, count in totals.papers_of_day.items()}

    def with_month(self, name: str, month: MonthRecords) -> "SiteIndex":
        """The index with this month as it now is; without it if it has no days left."""
        others = {other: totals for other, totals in self.months.items() if other != name}
        if month.days:
            others[name] = sum_month(month)
        return SiteIndex(months=dict(sorted(others.items())))


def read_index(folder: SiteFolder) -> SiteIndex:
    """The site's index; an empty one if there is no site yet."""
    text = folder.read(urls.INDEX)
    return SiteIndex.model_validate_json(text) if text else SiteIndex()


def read_month(folder: SiteFolder, name: str) -> MonthRecords:
    """The records of a month; none if it is not there."""
    text = folder.read(urls.month_records(name))
    return MonthRecords.model_validate_json(text) if text else MonthRecords()


def write_month(folder: SiteFolder, name: str, month: MonthRecords) -> None:
    """Keep the records of a month, or remove them with its last day."""
    if month.days:
        folder.write(urls.month_records(name), month.model_dump_json(indent=0))
    else:
        folder.remove(urls.month_records(name))


def write_index(folder: SiteFolder, index: SiteIndex) -> None:
    """Keep the index, and the list of days that the pages' script reads."""
    folder.write(urls.INDEX, index.model_dump_json(indent=0))
    numbers = {name: [int(day[-2:]) for day in sorted(totals.days)] for name, totals in index.months.items()}
    folder.write(urls.DAYS_SCRIPT, f"window.digestDays = {json.dumps(numbers, separators=(',', ':'))};\n")


def make_day_record(
    day: PublishedDay, fingerprint: str, followed: Sequence[str], addresses: Mapping[str, str]
) -> DayRecord:
    """A day's record; `followed` are the categories that have pages, `addresses` those of the day's papers."""
    headlines = {history.paper.id: make_headline(history, day.day, addresses) for history in day.papers}
    ranked = rank_papers(day)
    counts = Counter(name for history in ranked for name in history.paper.categories)
    topics: dict[str, list[Headline]] = {}
    for item in headlines.values():
        for name in item.topics:
            topics.setdefault(name, []).append(item)
    entries = [entry for edition in day.editions for entry in edition.papers if entry.placement.reading_depth == "full"]
    return DayRecord(
        day=day.day,
        fingerprint=fingerprint,
        papers=len(ranked),
        categories=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        best={name: _pick_best(ranked, headlines, name) for name in followed if counts[name]},
        topics={name: tuple(papers) for name, papers in sorted(topics.items())},
        picks={edition.report: _pick_first(edition, headlines) for edition in day.editions},
        reports=day.reports,
        overview=next((overview for edition in day.editions if (overview := _make_overview(edition, addresses))), None),
        same_lists=find_same_lists(day.editions),
        requested_in_full=len({entry.paper.id for entry in entries}),
        read_in_full=len({entry.paper.id for entry in entries if entry.provenance.read != "abstract"}),
    )


def find_same_lists(editions: Sequence[Edition]) -> dict[str, str]:
    """Each report that lists the same papers as one before it, and the first that does."""
    firsts: list[Edition] = []
    same: dict[str, str] = {}
    for edition in editions:
        first = next((other for other in firsts if edition.lists_the_same(other)), None)
        if first is None:
            firsts.append(edition)
        else:
            same[edition.report] = first.report
    return same


def make_headline(history: PaperHistory, day: date, addresses: Mapping[str, str]) -> Headline:
    """A paper as a day's lists show it."""
    paper = history.get_row(day)
    gist, by_model = _make_gist(history, day)
    return Headline(
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        categories=paper.categories,
        topics=history.list_topics(day),
        gist=gist,
        by_model=by_model,
        upvotes=paper.hf_upvotes,
        code_url=paper.code_url,
        mailing=paper.mailing or day,
        address=addresses.get(paper.id) or build_paper_url("abs", paper.id),
    )


def rank_papers(day: PublishedDay) -> list[PaperHistory]:
    """The day's papers: by relevance where a reader is known; else those of Hugging Face by upvotes, then those that
    reports rank, then by category and id.

    Without those of earlier mailings that match a topic and that no report shows again.
    """
    brought = (history for history in day.papers if history.is_of_day(day.day))
    return sorted(brought, key=lambda history: (-day.scores.get(history.paper.id, 0.0), *_rank_key(history, day.day)))


def _rank_key(history: PaperHistory, day: date) -> tuple[int, int, str, str]:
    paper = history.get_row(day)
    in_depth = sum(appearance.entry.placement.reading_depth == "full" for appearance in history.list_appearances(day))
    return (-(paper.hf_upvotes or 0), -in_depth, paper.primary_category or "~", paper.id)


def _make_gist(history: PaperHistory, day: date) -> tuple[str, bool]:
    """One sentence on the paper, and whether a model wrote it: from a summary, else from the abstract."""
    for appearance in history.list_appearances(day):
        text = find_lead(appearance.entry.fields)
        if text:
            return _shorten(text), appearance.entry.by_model
    return _shorten(history.get_row(day).abstract), False


def _shorten(text: str) -> str:
    if len(text) <= _MAX_GIST_CHARACTERS:
        return text
    return text[:_MAX_GIST_CHARACTERS].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _pick_best(
    ranked: Sequence[PaperHistory], headlines: Mapping[str, Headline], category: str
) -> tuple[Headline, ...]:
    found = (headlines[history.paper.id] for history in ranked if category in headlines[history.paper.id].categories)
    return tuple(islice(found, _BEST_PER_CATEGORY))


def _pick_first(edition: Edition, headlines: Mapping[str, Headline]) -> tuple[Headline, ...]:
    """An edition's first papers; of several groups the first of each in turn."""
    longest = max((len(group.entries) for group in edition.groups), default=0)
    in_turn = (
        group.entries[index] for index in range(longest) for group in edition.groups if index < len(group.entries)
    )
    entries = {entry.paper.id: entry for entry in in_turn}
    if is_for_you(edition.report):  # all of the ten minutes, each with why it is there
        return tuple(
            headlines[paper].model_copy(update={"reason": entry.placement.reason}) for paper, entry in entries.items()
        )
    return tuple(headlines[paper] for paper in islice(entries, _PICKS_PER_REPORT))


def _make_overview(edition: Edition, addresses: Mapping[str, str]) -> OverviewRecord | None:
    if edition.overview is None or not edition.overview.markdown.strip():
        return None
    return OverviewRecord(
        report=edition.report,
        markdown=edition.overview.markdown,
        writer=edition.overview.writer,
        note=edition.overview.note,
        anchors={entry.anchor: addresses[entry.paper.id] for entry in edition.papers},
    )


def sum_month(month: MonthRecords) -> MonthTotals:
    """A month in one line."""
    categories: Counter[str] = Counter()
    for record in month.days:
        categories.update(record.categories)
    return MonthTotals(
        days={record.day.isoformat(): record.fingerprint for record in month.days},
        papers=sum(record.papers for record in month.days),
        papers_of_day=month.papers_of_day,
        topics={name: len(papers) for name, papers in month.topics().items()},
        categories=dict(sorted(categories.items())),
        read_in_full=sum(record.read_in_full for record in month.days),
        requested_in_full=sum(record.requested_in_full for record in month.days),
        cost_usd=sum(record.cost_usd for record in month.days),
    )
