"""Finding papers by words, for the command line and the server."""

import logging
from dataclasses import dataclass
from datetime import date

from digest_assets.common.errors import ReportError, StorageError
from digest_assets.config.settings import Settings
from digest_assets.search.index import Hit, SearchIndex
from digest_assets.search.query import parse_query
from digest_assets.search.update import get_index_path, update_index

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
    try:
        update_index(settings, wait_seconds=_WAIT_SECONDS, tell=_announce)
    except StorageError as error:
        if not get_index_path(settings).exists():
            raise
        logger.warning("searching what was indexed before: %s", error)
    with SearchIndex.open(get_index_path(settings), read_only=True) as index:
        if hits := index.find_all(terms, since, until, most):
            return SearchResult(hits, has_all=True)
        return SearchResult(index.find_closest(terms, since, until, most), has_all=False)


def _announce(days: int) -> None:
    if days > 1:  # one is the day that was just made
        logger.warning("indexing %d days for the search; later only new ones", days)
