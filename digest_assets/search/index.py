"""The index on disk: which papers have which words. SQLite's FTS5 keeps it; what is put in is `update.py`.

It holds no texts: of each paper its words, where in title, abstract and summaries they stand, and what a list shows of it.
Why not another engine: docs/decisions/0010-search-on-disk.md.
"""

import heapq
import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from digest_assets.common.errors import StorageError
from digest_assets.config.settings import Settings
from digest_assets.search.query import Term, space_out, split_tokens

_VERSION = 1  # of the schema: another one is made anew
# A paper's number is its day and its place in it: so newer papers come last, and days are ranges. A day's papers get new
# numbers when it is made again, since FTS5 cannot forget words without the text that they were in.
_DAY = 100_000
_SCHEMA = f"""
    CREATE TABLE days (day INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, used INTEGER NOT NULL);
    CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT NOT NULL, shown TEXT NOT NULL);
    CREATE VIRTUAL TABLE words USING fts5(
        title, text, body, content='', tokenize="porter unicode61 remove_diacritics 2"
    );
    PRAGMA user_version = {_VERSION};
"""
_MATCH = """
    SELECT p.number, p.id, p.shown FROM words JOIN papers AS p ON p.number = words.rowid
    WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC LIMIT ?
"""
_MAX_MATCHES = 2_000  # the newest are ranked; who gets more needs another word, not another order
_COMMON = 20_000  # papers: a word of more says little about which one is meant, and costs 10 ms and more to read
_MAX_TOKENS = 32  # of a long question, for the closest papers
_MIN_SHARE = 0.5  # of a question's weight that one of the closest must have


@dataclass(frozen=True, slots=True)
class IndexedPaper:
    """A paper as it is put in. `shown` is what a list shows, as JSON values."""

    id: str
    title: str
    text: str
    body: str
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper that was found, as of its newest day."""

    day: date
    id: str
    shown: Mapping[str, Any]


class SearchIndex:
    """An open index; a context manager's block is one transaction of a writer, or reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, read_only: bool = False) -> Iterator["SearchIndex"]:
        """Open the index; a writer makes it where there is none, or one of another version. Raises `StorageError`."""
        try:
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(f"{path.absolute().as_uri()}{'?mode=ro' if read_only else ''}", uri=True)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"the search's index {path} cannot be opened: {error}") from error
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                if read_only:
                    raise StorageError(f"the search's index {path} is not there yet, or of another version")
                _empty(connection)
                connection.executescript(_SCHEMA)
            yield cls(connection)
            connection.commit()
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"the search's index {path} cannot be used: {error}; delete it, it is made again"
            ) from error
        finally:
            connection.close()

    def read_fingerprints(self) -> dict[date, str]:
        """The days that are in it, with what each was made from."""
        rows = self._connection.execute("SELECT day, fingerprint FROM days WHERE fingerprint <> ''")
        return {date.fromordinal(day): fingerprint for day, fingerprint in rows}

    def replace_day(self, day: date, fingerprint: str, papers: Iterable[IndexedPaper]) -> None:
        """Make these the day's papers, and commit."""
        self.remove_day(day)
        number = day.toordinal()
        found = self._connection.execute("SELECT used FROM days WHERE day = ?", [number]).fetchone()
        used = found[0] if found else 0
        for paper in papers:
            if used == _DAY:
                raise StorageError(f"{day} was indexed too often: delete the search's index, it is made again")
            at = number * _DAY + used
            fields = [space_out(field) for field in (paper.title, paper.text, paper.body)]
            self._connection.execute("INSERT INTO words (rowid, title, text, body) VALUES (?, ?, ?, ?)", [at, *fields])
            shown = json.dumps({"title": paper.title, **paper.shown}, ensure_ascii=False, separators=(",", ":"))
            self._connection.execute("INSERT INTO papers VALUES (?, ?, ?)", [at, paper.id, shown])
            used += 1
        self._connection.execute("INSERT OR REPLACE INTO days VALUES (?, ?, ?)", [number, fingerprint, used])
        self._connection.commit()

    def remove_day(self, day: date) -> None:
        """Forget a day's papers."""
        first = day.toordinal() * _DAY
        self._connection.execute("DELETE FROM papers WHERE number BETWEEN ? AND ?", [first, first + _DAY - 1])
        self._connection.execute("UPDATE days SET fingerprint = '' WHERE day = ?", [day.toordinal()])

    def is_wasteful(self) -> bool:
        """Whether most of it are words of papers that were indexed anew."""
        (used,) = self._connection.execute("SELECT coalesce(sum(used), 0) FROM days").fetchone()
        (alive,) = self._connection.execute("SELECT count(*) FROM papers").fetchone()
        return bool(used > 2 * alive + _DAY)

    def find_all(self, terms: Sequence[Term], since: date, until: date, most: int) -> list[Hit]:
        """Papers that have all terms: first those with all in the title, then by how many are there, the newest first."""
        match = " AND ".join(term.to_match() for term in terms)
        bounds = [since.toordinal() * _DAY, (until.toordinal() + 1) * _DAY - 1]
        words = " AND ".join(f'"{token}"' for term in terms for token in term.tokens)
        titled = self._connection.execute(_MATCH, [f"({match}) AND (title : ({words}))", *bounds, most]).fetchall()
        others = self._connection.execute(_MATCH, [match, *bounds, _MAX_MATCHES]).fetchall()
        titled.sort(key=lambda row: (-(row[0] // _DAY), row[0]))
        tokens = {token for term in terms for token in term.tokens}
        others.sort(
            key=lambda row: (
                -len(tokens & set(split_tokens(json.loads(row[2])["title"]))),
                -(row[0] // _DAY),
                row[0],
            )
        )
        return _to_hits([*titled, *others], most)

    def weigh_tokens(self, tokens: Iterable[str]) -> dict[str, float]:
        """How much each word says about which paper is meant: the fewer papers have it, the more."""
        (count,) = self._connection.execute("SELECT count(*) FROM papers").fetchone()
        sql = "SELECT count(*) FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)"
        return {
            token: _weigh(count, self._connection.execute(sql, [f'"{token}"', _COMMON]).fetchone()[0])
            for token in list(dict.fromkeys(tokens))[:_MAX_TOKENS]
        }

    def find_closest(
        self, terms: Sequence[Term], since: date, until: date, most: int, min_share: float = _MIN_SHARE
    ) -> list[Hit]:
        """Papers that have most of what is rare among the terms' words, whether or not they stand together."""
        tokens = dict.fromkeys(token for term in terms for token in term.tokens)
        bounds = [since.toordinal() * _DAY, (until.toordinal() + 1) * _DAY - 1]
        (count,) = self._connection.execute("SELECT count(*) FROM papers").fetchone()
        scores: defaultdict[int, float] = defaultdict(float)
        weight = 0.0
        for token in list(tokens)[:_MAX_TOKENS]:
            rows = self._connection.execute(
                "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?",
                [f'"{token}"', *bounds, _COMMON + 1],
            ).fetchall()
            if len(rows) > _COMMON:
                continue
            rarity = _weigh(count, len(rows))
            weight += rarity
            for (number,) in rows:
                scores[number] += rarity
        enough = [(score, number) for number, score in scores.items() if score >= min_share * weight]
        best = [number for _, number in heapq.nlargest(4 * most, enough)]
        rows = [
            row
            for number in best
            for row in self._connection.execute("SELECT number, id, shown FROM papers WHERE number = ?", [number])
        ]
        return _to_hits(rows, most)


def get_index_path(settings: Settings) -> Path:
    """The index's file. It is made from the tables, so it lies with what need not be kept."""
    return settings.data_dir / "cache" / "search.sqlite"


def _weigh(papers: int, having: int) -> float:
    return math.log((papers + 1) / (having + 0.5) + 1)


def _empty(connection: sqlite3.Connection) -> None:
    for name in ("words", "papers", "days"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")


def _to_hits(rows: Iterable[tuple[int, str, str]], most: int) -> list[Hit]:
    """The rows in their order, each paper once, as of its newest day among them."""
    newest: dict[str, tuple[int, str]] = {}
    for number, id_, shown in rows:
        if id_ not in newest or number > newest[id_][0]:
            newest[id_] = number, shown  # a paper keeps the place at which it was met first
    return [
        Hit(date.fromordinal(number // _DAY), id_, json.loads(shown))
        for id_, (number, shown) in list(newest.items())[:most]
    ]
