"""Readers' libraries and marks, read from where the settings say, and what is known of each reader made from them.

A library is read anew each time that a day is scored, and stored: what cannot be read now (a file that is being written, a
server that is down) stays as it was stored. Marks are read only. Nothing of either is sent anywhere; arXiv is asked for the
words of papers that the settings name by id alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from digest_assets.common.errors import ConfigError, DigestError, SourceError
from digest_assets.config.readers import LibraryConfig
from digest_assets.config.settings import Settings
from digest_assets.papers.metadata import split_categories
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.library_files import LibraryEntry, drop_repeats, read_library_file, read_marks_file
from digest_assets.relevance.personal import KnownPaper, ReaderProfile
from digest_assets.relevance.tables import LIBRARY, MARKS, LibraryRow, MarkKind, MarkRow
from digest_assets.relevance.zotero import fetch_zotero_library
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.warehouse import Warehouse, open_warehouse

MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
# Of a paper that is liked and not interesting, the newer mark holds.
_OPPOSITES: Mapping[MarkKind, MarkKind] = {"liked": "not_interested", "not_interested": "liked"}


@dataclass
class LibraryReading:
    """Every reader's library as it was just read, and what could not be read, each in a sentence."""

    rows: list[LibraryRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def list_readers(settings: Settings) -> dict[str, LibraryConfig]:
    """Each reader's settings by name; the reader without a name first."""
    config = settings.config
    return {"": config.library, **{reader.name: reader.library for reader in config.readers}}


def refresh_library(settings: Settings) -> LibraryReading:
    """Read every reader's library and store it where it changed."""
    warehouse = open_warehouse(settings)
    stored = LIBRARY.to_rows(warehouse.read(LIBRARY))
    reading = LibraryReading()
    for reader, config in list_readers(settings).items():
        before = [row for row in stored if row.reader == reader]
        entries: dict[str, LibraryEntry] = {}
        sources: dict[str, str] = {}
        for source, read in _list_sources(config, settings):
            try:
                found = read()
            except DigestError as error:
                found = [_make_entry(row) for row in before if row.source == source]
                reading.problems.append(f"{error}; {len(found)} papers stay as they were read before")
            for entry in found:
                sources.setdefault(entry.key, source)
            entries = {entry.key: entry for entry in drop_repeats([*entries.values(), *found])}
        known = {row.key: _make_entry(row) for row in before if row.title}
        entries |= _fill_words(
            [entry for entry in entries.values() if not entry.title], known, settings, reading.problems
        )
        reading.rows += [
            LibraryRow(
                reader=reader,
                key=key,
                title=entry.title,
                abstract=entry.abstract,
                authors=entry.authors,
                categories=entry.categories,
                source=sources[key],
            )
            for key, entry in sorted(entries.items())
        ]
    if reading.rows != stored:
        warehouse.replace_all(LIBRARY, LIBRARY.to_frame(reading.rows))
    return reading


def _list_sources(config: LibraryConfig, settings: Settings) -> list[tuple[str, Callable[[], Sequence[LibraryEntry]]]]:
    sources: list[tuple[str, Callable[[], Sequence[LibraryEntry]]]] = []
    for name in config.files:
        sources.append((name, lambda name=name: read_library_file(Path(name))))  # type: ignore[misc]
    if zotero := config.zotero:
        sources.append(("zotero", lambda: fetch_zotero_library(zotero, str(settings.environment.zotero_api_url))))
    if config.arxiv_ids:
        sources.append(("arxiv_ids", lambda: [LibraryEntry(id_, "", "", ()) for id_ in config.arxiv_ids]))
    return sources


def _fill_words(
    nameless: Sequence[LibraryEntry], known: Mapping[str, LibraryEntry], settings: Settings, problems: list[str]
) -> dict[str, LibraryEntry]:
    """The papers that are known by id alone, with their words: from the days' papers, the stored library, or arXiv."""
    ids = [entry.key for entry in nameless]
    if not ids:
        return {}
    filled = {id_: known[id_] for id_ in ids if id_ in known}
    filled |= {
        id_: LibraryEntry(id_, paper.title, paper.abstract, paper.authors, paper.categories)
        for id_, paper in find_papers(open_warehouse(settings), ids).items()
    }
    missing = [id_ for id_ in ids if id_ not in filled]
    if not missing:
        return filled
    try:
        with ArxivApi.from_settings(settings) as api:
            found = api.fetch_by_ids(missing)
    except SourceError as error:
        problems.append(f"the words of {', '.join(missing[:3])} are not known yet: {error}")
        return filled
    for id_, paper in found.items():
        categories, _ = split_categories(paper.categories)
        filled[id_] = LibraryEntry(id_, paper.title, paper.abstract, paper.authors, categories)
    if unknown := [id_ for id_ in missing if id_ not in found]:
        problems.append(f"arXiv knows no paper {', '.join(unknown[:3])}; look at arxiv_ids in the settings")
    return filled


def find_papers(warehouse: Warehouse, ids: Iterable[str]) -> dict[str, PaperRow]:
    """These papers as the newest day has them."""
    frame = warehouse.query(
        "SELECT * FROM papers WHERE list_contains(?, id) "
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1 ORDER BY id",
        [sorted(set(ids))],
        tables=[PAPERS],
    )
    return {row.id: row for row in PAPERS.to_rows(frame.select(PAPERS.schema.names()))}


def add_marks(settings: Settings, marks: Iterable[tuple[str, MarkKind]], reader: str, *, is_set: bool = True) -> int:
    """Store marks; gives how many were new. Raises `ConfigError` for a reader that the settings do not have."""
    if reader not in (readers := list_readers(settings)):
        raise ConfigError(
            f"no reader is called {reader!r}; there are {', '.join(name for name in readers if name) or 'none'}"
        )
    warehouse = open_warehouse(settings)
    now = datetime.now(UTC)
    current = load_marks(warehouse).get(reader, {})
    changed = [mark for mark in dict.fromkeys(marks) if (mark[1] in current.get(mark[0], ())) != is_set]
    warehouse.append(
        MARKS, [MarkRow(reader=reader, id=id_, kind=kind, recorded_at=now, is_set=is_set) for id_, kind in changed]
    )
    return len(changed)


def load_marks(warehouse: Warehouse) -> dict[str, dict[str, tuple[MarkKind, ...]]]:
    """The marks that hold, by reader and paper."""
    held: dict[str, dict[str, dict[MarkKind, None]]] = {}
    for row in MARKS.to_rows(warehouse.read(MARKS)):
        kinds = held.setdefault(row.reader, {}).setdefault(row.id, {})
        kinds.pop(row.kind, None)
        if row.is_set:
            kinds.pop(_OPPOSITES.get(row.kind, row.kind), None)
            kinds[row.kind] = None
    return {
        reader: {id_: tuple(kinds) for id_, kinds in sorted(papers.items()) if kinds} for reader, papers in held.items()
    }


def load_reader_marks(
    settings: Settings, problems: list[str] | None = None
) -> dict[str, dict[str, tuple[MarkKind, ...]]]:
    """The marks of table and files by reader and paper; a file that cannot be read is told in `problems`."""
    stored = load_marks(open_warehouse(settings))
    found: dict[str, dict[str, tuple[MarkKind, ...]]] = {}
    for reader, config in list_readers(settings).items():
        marks = dict(stored.get(reader, {}))
        if config.marks:
            try:
                for id_, kind in read_marks_file(Path(config.marks), MARK_KINDS):
                    marks.setdefault(id_, ())
                    marks[id_] = tuple(dict.fromkeys((*marks[id_], kind)))  # type: ignore[arg-type]
            except DigestError as error:
                (problems if problems is not None else []).append(str(error))
        found[reader] = dict(sorted(marks.items()))
    return found


def load_profiles(settings: Settings, library: Sequence[LibraryRow], problems: list[str]) -> list[ReaderProfile]:
    """What is known of each reader: their library as given, their marks, whom they follow."""
    marks = load_reader_marks(settings, problems)
    papers = find_papers(open_warehouse(settings), {id_ for of_reader in marks.values() for id_ in of_reader})
    topics = {reader.name: reader.topics for reader in settings.config.readers}
    profiles = []
    for reader, config in list_readers(settings).items():
        known = {
            row.key: KnownPaper(row.key, row.title, row.abstract, row.authors, row.categories)
            for row in library
            if row.reader == reader and row.title
        }
        of_marks = {
            id_: KnownPaper(id_, paper.title, paper.abstract, paper.authors, paper.categories)
            for id_, paper in papers.items()
        }
        marked = [
            ((of_marks | known)[id_], kind)
            for id_, kinds in marks[reader].items()
            if id_ in of_marks or id_ in known
            for kind in kinds
        ]
        profiles.append(
            ReaderProfile(
                name=reader,
                library=tuple(known.values()),
                marked=tuple(marked),
                authors=config.authors,
                labs=config.labs,
                topics=topics.get(reader, ()),
            )
        )
    return profiles


def _make_entry(row: LibraryRow) -> LibraryEntry:
    return LibraryEntry(row.key, row.title, row.abstract, row.authors, row.categories)
