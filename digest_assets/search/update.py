"""Bringing the index up to date with the tables, a day at a time; nothing loads more than a few papers at once."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

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
_AT_ONCE = 64  # papers: some megabytes of text
_READ = (PAPERS, PAPER_SUMMARIES, PAPER_TEXTS)


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
            with warehouse.hold_open():
                index.replace_day(day, now[day], read_papers(warehouse, day))
    return len(changed)


def read_fingerprints(warehouse: Warehouse) -> dict[date, str]:
    """The days that have papers, each with a hash of what its search is made from: it changes with the day's reports."""
    written = warehouse.query(
        """
        SELECT p.day, string_agg(p.table_name || ' ' || p.rows, ' ' ORDER BY p.table_name) || ' ' || coalesce(any_value(
            (SELECT string_agg(r.sha256, ' ' ORDER BY r.report, r.language) FROM reports AS r WHERE r.day = p.day)
        ), '')
        FROM partitions AS p WHERE list_contains(?, p.table_name) GROUP BY p.day
        """,
        [[table.name for table in _READ]],
        tables=[PARTITIONS, REPORTS],
    )
    return {day: hashlib.sha256(text.encode()).hexdigest()[:16] for day, text in written.iter_rows()}


def read_papers(warehouse: Warehouse, day: date) -> Iterator[IndexedPaper]:
    """A day's papers with their words, a few at a time."""
    ids = warehouse.query("SELECT id FROM papers WHERE day = ? ORDER BY id", [day], tables=[PAPERS])["id"].to_list()
    for first in range(0, len(ids), _AT_ONCE):
        few = ids[first : first + _AT_ONCE]
        yield from warehouse.run_queries(lambda connection: _read_few(connection, day, few), _READ)  # noqa: B023 - at once


def _read_few(connection: duckdb.DuckDBPyConnection, day: date, ids: list[str]) -> list[IndexedPaper]:
    summaries = defaultdict(list)
    for id_, fields in connection.execute(
        "SELECT id, fields FROM paper_summaries WHERE day = ? AND list_contains(?, id) ORDER BY id, report, language",
        [day, ids],
    ).fetchall():
        summaries[id_].append(" ".join(_iterate_texts(json.loads(fields))))
    rows = connection.execute(
        f"""
        SELECT p.id, p.title, p.abstract, {", ".join(f"p.{name}" for name in _SHOWN)},
            list_transform(t.sections, lambda section: section.text) AS body
        FROM papers AS p LEFT JOIN paper_texts AS t ON t.day = p.day AND t.id = p.id AND t.source <> 'abstract'
        WHERE p.day = ? AND list_contains(?, p.id) ORDER BY p.id
        """,  # noqa: S608 - our own column names
        [day, ids],
    ).fetchall()
    return [
        _make_indexed_paper(id_, title, abstract, dict(zip(_SHOWN, values, strict=True)), body or (), summaries[id_])
        for id_, title, abstract, *values, body in rows
    ]


def _make_indexed_paper(
    id_: str, title: str, abstract: str, shown: dict[str, Any], sections: Iterable[str], summaries: Iterable[str]
) -> IndexedPaper:
    words = {token for section in sections for token in split_tokens(section)}
    text = "\n".join([", ".join(shown["authors"] or ()), abstract, *summaries])
    return IndexedPaper(id_, title, text, " ".join(sorted(words)), shown)


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
