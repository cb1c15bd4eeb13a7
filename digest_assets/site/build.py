"""The whole site from the tables, doing only what changed.

A day costs what the day holds: its pages, its papers' pages, its piece of the search, and the indexes of its month.
The other days are neither read nor written. The records (`catalogue`) say what the site already holds, and are
written after the pages they speak of, so that a build that was killed is finished by the next.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

import polars as pl

from digest_assets.common.locks import turn
from digest_assets.config.settings import Settings
from digest_assets.reports import urls
from digest_assets.site import indexes, manifest, pages, search_index
from digest_assets.site.files import Folder
from digest_assets.site.manifest import DayRecord, Month
from digest_assets.site.paper_history import load_day, load_papers
from digest_assets.warehouse import Warehouse

Progress = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    folder: Path
    days: int
    rendered: tuple[date, ...]
    vanished: tuple[date, ...]
    files_written: int
    files_unchanged: int
    files_removed: int


def build_site(settings: Settings, *, everything: bool = False, progress: Progress = lambda day: None) -> Built:
    """Bring the site in the data folder up to date with the tables.

    Days whose reports changed since the last build are rendered, days that have no reports any more are removed;
    `everything`, or a new form of the pages, renders all days, the newest first. `progress` is told each day.
    """
    folder = Folder(settings.data_dir / "site")
    with turn(settings.data_dir / "site.lock", timeout=settings.config.lock_wait_seconds):
        return _Build(settings, folder).run(everything, progress)


class _Build:
    def __init__(self, settings: Settings, folder: Folder) -> None:
        self.settings = settings
        self.warehouse = settings.warehouse()
        self.folder = folder
        self.followed = followed_categories(settings)
        self.index = manifest.read_index(folder)

    def run(self, everything: bool, progress: Progress) -> Built:
        present = _fingerprints(self.warehouse, pages.revision(self.followed))
        kept = self.index.fingerprints()
        changed = {day for day in present if everything or kept.get(day) != present[day]}
        vanished = set(kept) - set(present)
        pages.write_static(self.folder)
        for name, days in _by_month(changed | vanished).items():
            before = after = manifest.read_month(self.folder, name)
            for day in days:
                progress(day)
                if day in vanished:
                    after = after.without(day)
                    self._remove(day)
                else:
                    after = after.with_day(self._render(day, present[day]))
            self._keep(name, before, after)
        indexes.write_overall(self.folder, self.index, self.followed, indexes.Feeds.of(self.settings))
        counts = self.folder.counts
        return Built(
            folder=self.folder.root,
            days=len(present),
            rendered=tuple(sorted(changed)),
            vanished=tuple(sorted(vanished)),
            files_written=counts["written"],
            files_unchanged=counts["unchanged"],
            files_removed=counts["removed"],
        )

    def _render(self, day: date, fingerprint: str) -> DayRecord:
        found = load_day(self.warehouse, self.settings, day)
        record = manifest.record_of(found, fingerprint, self.followed)
        pages.write_day(self.folder, found, record, self.followed)
        reports = {urls.day(day), *(urls.report(day, row.report) for row in found.reports)}
        self._remove_files(set(self.folder.names(PurePosixPath(urls.day(day)).parent.as_posix())) - reports)
        self._refresh(self._searchable(day) - {dossier.paper.id for dossier in found.dossiers})
        self.folder.write(urls.search(day), search_index.piece(found))
        return record

    def _remove(self, day: date) -> None:
        self._remove_files(self.folder.names(PurePosixPath(urls.day(day)).parent.as_posix()))
        self._refresh(self._searchable(day))
        self.folder.remove(urls.search(day))

    def _keep(self, name: str, before: Month, after: Month) -> None:
        indexes.write_month(self.folder, name, before, after, self.followed)
        manifest.write_month(self.folder, name, after)
        self.index = self.index.with_month(name, after)
        manifest.write_index(self.folder, self.index)

    def _searchable(self, day: date) -> set[str]:
        return search_index.ids(self.folder.read(urls.search(day)))

    def _refresh(self, papers: set[str]) -> None:
        """Papers that a day no longer has: their pages as the other days have them, or no page."""
        left = load_papers(self.warehouse, self.settings, sorted(papers)) if papers else ()
        for dossier in left:
            pages.write_paper(self.folder, dossier, self.followed)
        self._remove_files(urls.paper(paper) for paper in papers - {dossier.paper.id for dossier in left})

    def _remove_files(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            self.folder.remove(name)


def followed_categories(settings: Settings) -> tuple[str, ...]:
    """The categories that have pages: those that the digest covers whole, in the settings' order."""
    return settings.config.sources.arxiv.categories


def _fingerprints(warehouse: Warehouse, revision: str) -> dict[date, str]:
    """What changes when a day's reports, or the pages' own form, do."""
    found = warehouse.query(
        "SELECT day, md5(string_agg(row::VARCHAR, chr(10) ORDER BY report, language)) FROM reports AS row GROUP BY day",
        missing=pl.DataFrame(schema={"day": pl.Date, "hash": pl.String}),
    )
    return {day: f"{revision}-{value[:16]}" for day, value in found.iter_rows()}


def _by_month(days: Iterable[date]) -> dict[str, list[date]]:
    """The days by month, newest first: readers see the newest first when much is to be done."""
    months: dict[str, list[date]] = defaultdict(list)
    for day in sorted(days, reverse=True):
        months[f"{day:%Y-%m}"].append(day)
    return months
