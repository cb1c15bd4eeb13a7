"""Finding papers by words, for the command line and the server."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest_assets.common.errors import ReportError, StorageError
from digest_assets.config.settings import Settings
from digest_assets.search.index import Hit, SearchIndex, get_index_path
from digest_assets.search.query import Term, parse_query

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 0.5  # a person waits: while a run writes, the index answers as it is


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found. Where no paper has all words, `hits` are the closest."""

    hits: list[Hit]
    has_all: bool


def search_papers(settings: Settings, query: str, *, since: date, until: date, most: int) -> SearchResult:
    """Papers with all words of the query in title, authors, abstract, summaries or text; else the closest ones.

    Words are parted by spaces, phrases stand in double quotes; capitals, accents and endings do not matter. A paper of
    several days is found once, as of its newest day. Raises `ReportError` for a query without words.
    """
    terms = parse_query(query)
    if not terms:
        raise ReportError("say at least one word to search for")
    _bring_up_to_date(settings)
    with SearchIndex.open(get_index_path(settings), read_only=True) as index:
        if hits := index.find_all(terms, since, until, most):
            return SearchResult(hits, has_all=True)
        return SearchResult(index.find_closest(terms, since, until, most), has_all=False)


@dataclass(frozen=True, slots=True)
class QuestionMatch:
    """Papers that have most of a question's words, the closest first, and how much each of the words says."""

    hits: list[Hit]
    weights: Mapping[str, float]


def match_question(
    settings: Settings, tokens: Sequence[str], *, since: date, until: date, most: int, min_share: float
) -> QuestionMatch:
    """Papers that have at least this share of what the words say. `tokens` are words as `split_tokens` gives them."""
    _bring_up_to_date(settings)
    terms = [Term((token,), is_quoted=False) for token in tokens]
    with SearchIndex.open(get_index_path(settings), read_only=True) as index:
        return QuestionMatch(
            index.find_closest(terms, since, until, most, min_share) if terms else [], index.weigh_tokens(tokens)
        )


def _bring_up_to_date(settings: Settings) -> None:
    """Index what changed. A database file that is as it was when that was last done is not even opened."""
    path, note = get_index_path(settings), get_index_path(settings).with_suffix(".seen")
    stamp = _read_stamp(settings)
    if stamp and path.exists() and note.exists() and note.read_text("utf-8") == stamp:
        return
    from digest_assets.search.update import update_index  # loads DuckDB and Polars

    try:
        update_index(settings, wait_seconds=_WAIT_SECONDS, tell=_announce)
        note.write_text(stamp, "utf-8")
    except StorageError as error:
        if not path.exists():
            raise
        logger.warning("searching what was indexed before: %s", error)


def _read_stamp(settings: Settings) -> str:
    """When the database file and its log were last written, and their sizes; empty where it is no file."""
    files = [Path(settings.database), Path(f"{settings.database}.wal")]
    return " ".join(f"{file.stat().st_mtime_ns}:{file.stat().st_size}" for file in files if file.is_file())


def _announce(days: int) -> None:
    if days > 1:  # one is the day that was just made
        logger.warning("indexing %d days for the search; later only new ones", days)
