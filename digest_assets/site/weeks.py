"""Site pages of the weeks: each week's own, and the list of all. A week is rendered when its report or the pages' form changed.

`data/weeks.json` holds a record for each week that the site has.
"""

import hashlib
from datetime import date, timedelta

import polars as pl
from pydantic import BaseModel, ConfigDict, TypeAdapter

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.reports import urls
from digest_assets.reports.paper_pages import find_papers_with_page
from digest_assets.site.files import SiteFolder
from digest_assets.site.pages import write_page
from digest_assets.warehouse import Warehouse
from digest_assets.weekly.choose import list_week_days
from digest_assets.weekly.tables import WEEKLY
from digest_assets.weekly.week import find_result
from digest_assets.weekly.write import load_week


class WeekRecord(BaseModel):
    """A week in the lists, and by what its page was made."""

    model_config = ConfigDict(frozen=True)

    day: date
    papers: int
    announced: int
    rising: tuple[str, ...]
    fingerprint: str

    @property
    def last_day(self) -> date:
        """The week's Sunday."""
        return self.day + timedelta(days=6)


_RECORDS = TypeAdapter(tuple[WeekRecord, ...])


def read_week_records(folder: SiteFolder) -> tuple[WeekRecord, ...]:
    """The weeks that the site holds, the newest first; none where it holds none."""
    return _RECORDS.validate_json(folder.read(urls.WEEKS) or "[]")


def write_weeks(folder: SiteFolder, warehouse: Warehouse, settings: Settings, form: str) -> None:
    """Render the weeks that changed, remove those that are gone, and write the list of all."""
    before = {record.day: record.fingerprint for record in read_week_records(folder)}
    records = []
    rows = WEEKLY.to_rows(warehouse.read(WEEKLY))[::-1]
    named = {row.day: {p.id for p in row.named} | {p.id for p in row.marked} for row in rows}
    with_page = find_papers_with_page(warehouse, (paper for ids in named.values() for paper in ids))
    for row in rows:
        own = sorted(named[row.day] & with_page)
        fingerprint = f"{form}-{row.sha256[:16]}-{hashlib.sha256(' '.join(own).encode()).hexdigest()[:8]}"
        rising = tuple(term.term for term in row.terms if term.direction == "rising")
        records.append(
            WeekRecord(day=row.day, papers=row.papers, announced=row.announced, rising=rising, fingerprint=fingerprint)
        )
        if before.pop(row.day, None) != fingerprint:
            week, edition = load_week(warehouse, settings, row)
            results = {entry.paper.id: find_result(entry) for entry in edition.papers}
            days = sorted(warehouse.find_written_days("reports", list_week_days(row.day)))
            marked = warehouse.read(PAPERS, days).filter(pl.col("id").is_in([paper.id for paper in row.marked]))
            places = {id_: urls.paper_place(day, id_) for day, id_ in marked.select("day", "id").rows()}
            places |= {entry.paper.id: urls.paper_place(entry.paper.day, entry.paper.id) for entry in edition.papers}
            places |= {id_: urls.paper_page(id_) for id_ in own}
            write_page(
                folder,
                urls.week_page(row.day),
                "week.html",
                week=week,
                edition=edition,
                results=results,
                days=days,
                addresses={id_: places.get(id_) or build_paper_url("abs", id_) for id_ in named[row.day]},
            )
    for day in before:
        folder.remove(urls.week_page(day))
    folder.write(urls.WEEKS, _RECORDS.dump_json(tuple(records)))
    write_page(folder, urls.WEEKS_PAGE, "weeks.html", weeks=records)
