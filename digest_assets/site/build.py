"""The build of the site from the tables, incremental: only days that changed are rendered.

A day costs what the day holds: its pages, its papers' pages, its piece of the search, and the indexes of its month.
The other days are neither read nor written. The records (manifest.py) say what the site already holds, and are
written after the pages they speak of, so that a build that was killed is finished by the next.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from digest_assets.archive.tables import SIMILAR_PAPERS
from digest_assets.common.locks import file_lock
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS
from digest_assets.reports import urls
from digest_assets.reports.paper_pages import PAPERS_WITH_PAGE
from digest_assets.reports.snippets import SnippetLinks
from digest_assets.reports.tables import REPORTS
from digest_assets.site import indexes, manifest, pages, search_index, search_words, sitemaps, weeks
from digest_assets.site.day_papers import arrange_papers
from digest_assets.site.files import SiteFolder
from digest_assets.site.manifest import DayRecord, MonthRecords
from digest_assets.site.paper_history import load_day, load_papers
from digest_assets.warehouse import Warehouse, open_warehouse

Progress = Callable[[date], None]
# An earlier paper that is near has a link where its day is published; a paper that another day reads in full has a page.
_FINGERPRINTS = f"""
    WITH published AS (
        SELECT day, string_agg(row::VARCHAR, chr(10) ORDER BY report, language) AS text FROM reports AS row GROUP BY day
    ), with_page AS ({PAPERS_WITH_PAGE}), near AS (
        SELECT row.day, string_agg(row::VARCHAR || (row.similar_day IN (SELECT day FROM published))::VARCHAR
            || (row.similar_id IN (SELECT id FROM with_page))::VARCHAR, chr(10) ORDER BY id, position) AS text
        FROM similar_papers AS row GROUP BY row.day
    ), own AS (
        SELECT day, string_agg(id, ' ' ORDER BY id) AS text
        FROM (SELECT day, id FROM papers UNION SELECT day, id FROM paper_changes) SEMI JOIN with_page USING (id)
        GROUP BY day
    )
    SELECT day, md5(published.text || coalesce(near.text, '') || coalesce(own.text, ''))
    FROM published LEFT JOIN near USING (day) LEFT JOIN own USING (day)
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did."""

    folder: Path
    days: int
    rendered: tuple[date, ...]
    removed: tuple[date, ...]
    files_written: int
    files_unchanged: int
    files_removed: int


def build_site(settings: Settings, *, everything: bool = False, progress: Progress = lambda day: None) -> BuildResult:
    """Bring the site in the data folder up to date with the tables.

    Days whose reports changed since the last build are rendered, days that have no reports any more are removed;
    `everything`, or a new form of the pages, renders all days, the newest first. `progress` is told each day.
    """
    folder = SiteFolder(settings.data_dir / urls.SITE_FOLDER, SnippetLinks.from_settings(settings).site)
    with file_lock(settings.data_dir / "site.lock", timeout=settings.config.lock_wait_seconds):
        return _Build(settings, folder).run(everything, progress)


class _Build:
    def __init__(self, settings: Settings, folder: SiteFolder) -> None:
        self.settings = settings
        self.warehouse = open_warehouse(settings)
        self.folder = folder
        self.followed = settings.config.sources.arxiv.categories  # covered whole, so they have pages
        self.index = manifest.read_index(folder)

    def run(self, everything: bool, progress: Progress) -> BuildResult:
        form = pages.hash_sources((*self.followed, self.settings.config.texts.pictures, self.folder.address or ""))
        present = _compute_fingerprints(self.warehouse, form)
        stored = self.index.fingerprints()
        changed = {day for day in present if everything or stored.get(day) != present[day]}
        removed = set(stored) - set(present)
        pages.write_static(self.folder)
        closed = search_words.list_closed(map(str, present))
        for name, days in _group_by_month(changed | removed).items():
            before = after = manifest.read_month(self.folder, name)
            for day in days:
                progress(day)
                if day in removed:
                    after = after.without(day)
                    self._remove_day(day)
                else:
                    after = after.with_day(self._render_day(day, present[day]))
            if name in closed:  # before the records, which say that all is done
                search_words.close_month(self.folder, name, after.papers_of_day)
            self._save_month(name, before, after)
        for name in sorted(search_words.read_closed(self.folder) ^ set(closed)):
            month = manifest.read_month(self.folder, name) if name in closed else MonthRecords()
            search_words.close_month(self.folder, name, month.papers_of_day)
        search_words.write_list(self.folder, self.index.papers_of_day)
        weeks.write_weeks(self.folder, self.warehouse, self.settings, form)
        indexes.write_overall(self.folder, self.index, self.followed, indexes.FeedLinks.from_settings(self.settings))
        sitemaps.write_index(self.folder, self.index.months)
        # Shown at addresses of any depth, so its links are whole where that is possible.
        pages.write_page(self.folder, "404.html", "404.html", root=self.folder.address or "")
        if self.settings.config.delivery.mail:
            pages.write_page(self.folder, urls.mail_page(), "mail.html")
        else:
            self._remove_files([urls.mail_page()])
        counts = self.folder.counts
        return BuildResult(
            folder=self.folder.root,
            days=len(present),
            rendered=tuple(sorted(changed)),
            removed=tuple(sorted(removed)),
            files_written=counts["written"],
            files_unchanged=counts["unchanged"],
            files_removed=counts["removed"],
        )

    def _render_day(self, day: date, fingerprint: str) -> DayRecord:
        loaded = load_day(self.warehouse, self.settings, day)
        arranged = arrange_papers(loaded)
        record = manifest.make_day_record(loaded, fingerprint, self.followed, arranged.addresses)
        written = pages.write_day(self.folder, loaded, record, arranged, self.followed)
        self._remove_files(set(self._list_day_files(day)) - written)
        changed = set(self.warehouse.read(PAPER_CHANGES, [day])["id"])
        papers = {history.paper.id for history in loaded.papers}
        self._update_papers((set(search_index.read_addresses(self.folder, day)) | changed) - papers)
        self._write_search(day, search_index.make_rows(loaded, arranged.addresses))
        return record

    def _remove_day(self, day: date) -> None:
        self._remove_files(self._list_day_files(day))
        self._update_papers(set(search_index.read_addresses(self.folder, day)))
        self._write_search(day, [])

    def _list_day_files(self, day: date) -> list[str]:
        folder = PurePosixPath(urls.day_page(day)).parent.as_posix()
        folders = [folder, *(f"{folder}/{name}" for name in self.folder.list_folders(folder))]
        return [name for one in folders for name in self.folder.list_files(one)]

    def _write_search(self, day: date, rows: Sequence[Mapping[str, Any]]) -> None:
        search_index.write_papers(self.folder, day, rows)
        search_words.write_day(self.folder, day, search_words.index_papers(rows))
        self.folder.remove(f"{urls.search_folder(day)}.js")  # as releases up to 0.1.0 wrote it

    def _save_month(self, name: str, before: MonthRecords, after: MonthRecords) -> None:
        indexes.write_month(self.folder, name, before, after, self.followed)
        sitemaps.write_month(self.folder, name, after)
        manifest.write_month(self.folder, name, after)
        self.index = self.index.with_month(name, after)
        manifest.write_index(self.folder, self.index)

    def _update_papers(self, papers: set[str]) -> None:
        """Papers that a day no longer has: their pages as the other days have them, or no page."""
        remaining = load_papers(self.warehouse, self.settings, sorted(papers)) if papers else ()
        for history in remaining:
            pages.write_paper(self.folder, history, self.followed)
        for paper in papers - {history.paper.id for history in remaining}:
            pages.remove_paper(self.folder, paper)

    def _remove_files(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            self.folder.remove(name)


def _compute_fingerprints(warehouse: Warehouse, revision: str) -> dict[date, str]:
    """What changes when a day's reports, what its papers are near, where they stand, or the pages' own form do."""
    found = warehouse.query(_FINGERPRINTS, tables=[REPORTS, SIMILAR_PAPERS, PAPERS, PAPER_CHANGES, PAPER_GROUPS])
    return {day: f"{revision}-{value[:16]}" for day, value in found.iter_rows()}


def _group_by_month(days: Iterable[date]) -> dict[str, list[date]]:
    """The days by month, newest first: readers see the newest first when much is to be done."""
    months: dict[str, list[date]] = defaultdict(list)
    for day in sorted(days, reverse=True):
        months[f"{day:%Y-%m}"].append(day)
    return months
