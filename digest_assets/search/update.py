"""Bringing the index up to date with the tables, a day at a time; nothing loads more than a few papers at once."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from digest_assets.common.errors import StorageError
from digest_assets.common.locks import file_lock
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.tables import REPORTS
from digest_assets.search.index import IndexedPaper, SearchIndex, get_index_path
from digest_assets.search.query import split_tokens
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.texts.tables import PAPER_TEXTS
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets.warehouse.database import PARTITIONS

_SHOWN = ("authors", "primary_category", "topics", "hf_upvotes", "code_url")
_AT_ONCE = 16  # papers: a megabyte or two of text
_TABLES = (PAPERS.name, PAPER_SUMMARIES.name, PAPER_TEXTS.name)


def update_index(
    settings: Settings, *, wait_seconds: float | None = None, tell: Callable[[int], None] = lambda _: None
) -> int:
    """Index the days that are new or were made again; returns how many. `tell` is told how many before the work.

    Raises `StorageError`, also when the database or the index is held by others for longer than `wait_seconds`.
    """
    warehouse = open_warehouse(settings)
    if wait_seconds is not None:
        warehouse = replace(warehouse, wait_seconds=wait_seconds)
    path = get_index_path(settings)
    try:
        with file_lock(path.with_name("search.lock"), timeout=warehouse.wait_seconds):
            return _update(warehouse, path, tell)
    except OSError as error:
        raise StorageError(f"the search's index {path} cannot be written: {error.strerror}") from error


def _update(warehouse: Warehouse, path: Path, tell: Callable[[int], None]) -> int:
    with SearchIndex.open(path) as index:
        is_wasteful = index.is_wasteful()
    if is_wasteful:
        path.unlink()
    now = read_fingerprints(warehouse)
    with SearchIndex.open(path) as index:
        stored = index.read_fingerprints()
        for day in stored.keys() - now.keys():
            index.remove_day(day)
        changed = sorted(day for day, fingerprint in now.items() if stored.get(day) != fingerprint)
        if changed:
            tell(len(changed))
        for day in changed:
            index.replace_day(day, now[day], read_papers(warehouse, day))
    return len(changed)


def read_fingerprints(warehouse: Warehouse) -> dict[date, str]:
    """The days that have papers, each with a hash of what its search is made from: it changes with the day's reports."""
    with warehouse.connect(PARTITIONS, REPORTS) as connection:
        counts = connection.execute(
            "SELECT day, string_agg(table_name || ' ' || rows, ' ' ORDER BY table_name) FROM partitions "
            "WHERE list_contains($1, table_name) GROUP BY day",
            [list(_TABLES)],
        ).fetchall()
        reports = connection.execute(
            "SELECT day, string_agg(sha256, ' ' ORDER BY report, language) FROM reports GROUP BY day"
        ).fetchall()
    shown = dict(reports)
    return {day: hashlib.sha256(f"{rows} {shown.get(day, '')}".encode()).hexdigest()[:16] for day, rows in counts}


def read_papers(warehouse: Warehouse, day: date) -> Iterator[IndexedPaper]:
    """A day's papers with their words, a few at a time."""
    with warehouse.connect(PAPERS, PAPER_SUMMARIES, PAPER_TEXTS) as connection:
        summaries = defaultdict(list)
        for id_, fields in connection.execute(
            "SELECT id, fields FROM paper_summaries WHERE day = ? ORDER BY id, report, language", [day]
        ).fetchall():
            summaries[id_].append(" ".join(_iterate_texts(json.loads(fields))))
        found = connection.execute(
            f"""
            SELECT p.id, p.title, p.abstract, {", ".join(f"p.{name}" for name in _SHOWN)},
                list_transform(t.sections, lambda section: section.text) AS body
            FROM papers AS p LEFT JOIN paper_texts AS t ON t.day = p.day AND t.id = p.id AND t.source <> 'abstract'
            WHERE p.day = ? ORDER BY p.id
            """,  # noqa: S608 - our own column names
            [day],
        )
        while rows := found.fetchmany(_AT_ONCE):
            for id_, title, abstract, *values, body in rows:
                shown = dict(zip(_SHOWN, values, strict=True))
                words = {token for section in body or () for token in split_tokens(section)}
                yield IndexedPaper(
                    id_,
                    title,
                    "\n".join([", ".join(shown["authors"] or ()), abstract, *summaries.pop(id_, ())]),
                    " ".join(sorted(words)),
                    shown,
                )


def _iterate_texts(value: Any) -> Iterator[str]:
    """The texts of a summary's fields, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _iterate_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _iterate_texts(inner)
