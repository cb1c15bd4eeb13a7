"""What a day's sources lack or hold twice, by queries of the stored tables; the checks on them are in `checks`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest_assets.config.settings import Settings
from digest_assets.sources.tables import (
    ARXIV_ANNOUNCED,
    ARXIV_LISTING,
    ARXIV_TOPIC_HITS,
    ARXIV_WITNESSES,
    HF_DAILY_PAPERS,
)
from digest_assets.sources.witnesses import find_sole_witness
from digest_assets.warehouse import Table, open_warehouse


@dataclass(frozen=True)
class ListingGaps:
    """Papers that a mailing's listing should hold and does not, by id.

    Attributes:
        announced_ids: Named by the stored announcement feed.
        submitted_ids: Stored in other days' listings or topics, and by their submission time of this mailing.
        has_feed: Whether there is a feed to compare with.
    """

    announced_ids: tuple[str, ...]
    submitted_ids: tuple[str, ...]
    has_feed: bool

    def __bool__(self) -> bool:
        return bool(self.announced_ids or self.submitted_ids)


def find_listing_gaps(day: date, settings: Settings) -> ListingGaps:
    """What the listing of `day` lacks, by the other tables."""
    warehouse = open_warehouse(settings)
    categories = set(settings.config.sources.arxiv.categories)
    listed_ids = set(warehouse.read(ARXIV_LISTING, [day])["id"])
    announced = warehouse.read(ARXIV_ANNOUNCED, [day])
    unlisted = {
        row.id for row in ARXIV_ANNOUNCED.to_rows(announced) if categories.intersection(row.categories)
    } - listed_ids
    window = settings.calendar.get_window(day)
    submitted: set[str] = set()
    if window is not None:
        # What a stored feed announced with another mailing was held back, and belongs there.
        elsewhere = _query_ids(
            settings, "SELECT DISTINCT id FROM arxiv_announced WHERE day <> ? AND announced_in <> 'window'", [day]
        )
        for table in (ARXIV_LISTING, ARXIV_TOPIC_HITS):
            submitted |= _query_ids(
                settings,
                f"SELECT DISTINCT id FROM {table.name} WHERE published >= ? AND published < ? "  # noqa: S608
                "AND list_has_any(categories, ?)",
                [window.start, window.end, sorted(categories)],
            )
        submitted -= listed_ids | unlisted | elsewhere
    return ListingGaps(tuple(sorted(unlisted)), tuple(sorted(submitted)), has_feed=not announced.is_empty())


def find_duplicate_ids(days: Iterable[date], settings: Settings) -> tuple[str, ...]:
    """Ids that stand more than once in the listing of one of these days."""
    return tuple(
        sorted(
            _query_ids(
                settings,
                "SELECT id FROM arxiv_listing WHERE list_contains(?, day) GROUP BY day, id HAVING count(*) > 1",
                [list(days)],
            )
        )
    )


def load_listed_ids(day: date, settings: Settings) -> set[str]:
    """The papers that the listing of a day holds."""
    return set(open_warehouse(settings).read(ARXIV_LISTING, [day])["id"])


def has_whole_feed(day: date, settings: Settings) -> bool:
    """Whether the day was listed with all that was announced and its window held, so that nothing more can come.

    One whole witness of what was announced is enough; a day of an older release has none, but kept its feed.
    """
    warehouse = open_warehouse(settings)
    verdicts = {row.witness: row.verdict for row in ARXIV_WITNESSES.to_rows(warehouse.read(ARXIV_WITNESSES, [day]))}
    if not warehouse.find_written_days(ARXIV_ANNOUNCED.name, [day]) or find_listing_gaps(day, settings).announced_ids:
        return False
    window = verdicts.pop("window", "whole")
    return window == "whole" and (not verdicts or "whole" in verdicts.values())


def find_unfinished_days(days: Sequence[date], settings: Settings) -> dict[date, str]:
    """The days whose listing lacks what its sources may give later, with what that is: two queries, however many days."""
    warehouse = open_warehouse(settings)
    verdicts: dict[date, dict[str, str]] = {}
    for row in ARXIV_WITNESSES.to_rows(warehouse.read(ARXIV_WITNESSES, days)):
        verdicts.setdefault(row.day, {})[row.witness] = row.verdict
    unlisted = warehouse.query(
        "SELECT named.day, count(*) FROM arxiv_announced AS named ANTI JOIN arxiv_listing AS listed "
        "ON named.day = listed.day AND named.id = listed.id "
        "WHERE list_contains(?, named.day) AND list_has_any(named.categories, ?) GROUP BY named.day",
        [list(days), sorted(settings.config.sources.arxiv.categories)],
        tables=[ARXIV_ANNOUNCED, ARXIV_LISTING],
    )
    missing: dict[date, int] = dict(unlisted.iter_rows())
    reasons = {day: _explain_unfinished(verdicts.get(day, {}), missing.get(day, 0)) for day in days}
    return {day: why for day, why in reasons.items() if why}


def _explain_unfinished(verdicts: Mapping[str, str], missing: int) -> str | None:
    if verdicts.get("window") == "unreachable":
        return "was listed without arXiv's API"
    if missing:
        return f"lacks {missing} papers that were announced"
    announcers = [verdict for witness, verdict in verdicts.items() if witness != "window"]
    return "has no whole witness of what was announced" if announcers and "whole" not in announcers else None


def find_contradicted_witnesses(days: Sequence[date], settings: Settings) -> dict[str, str]:
    """What was not believed or could not be asked when these days were listed, by day and witness, in a sentence."""
    rows = ARXIV_WITNESSES.to_rows(open_warehouse(settings).read(ARXIV_WITNESSES, days))
    wrong = ("partial", "contradicted", "unreachable")
    return {f"{row.day} {row.witness}": row.note for row in rows if row.verdict in wrong}


def find_sole_witnesses(days: Sequence[date], settings: Settings) -> dict[str, str]:
    """The days that one witness alone carries, with the witness."""
    rows = ARXIV_WITNESSES.to_rows(open_warehouse(settings).read(ARXIV_WITNESSES, days))
    alone = {str(day): find_sole_witness([row for row in rows if row.day == day]) for day in days}
    return {day: witness for day, witness in alone.items() if witness}


def find_odd_entries(table: Table[Any], days: Sequence[date], settings: Settings) -> dict[str, list[str]]:
    """The papers of these days whose entries were odd, with what was odd about them."""
    rows = open_warehouse(settings).read(table, days)
    return {row["id"]: list(row["problems"]) for row in rows.iter_rows(named=True) if row["problems"]}


def find_empty_topics(day: date, settings: Settings) -> tuple[str, ...]:
    """Topics that found no paper, on a day that has a mailing and whose topics were queried."""
    warehouse = open_warehouse(settings)
    topics = settings.config.reports.topics
    was_queried = (
        topics and settings.calendar.is_mailing(day) and warehouse.find_written_days(ARXIV_TOPIC_HITS.name, [day])
    )
    found = set(warehouse.read(ARXIV_TOPIC_HITS, [day])["topic"])
    return tuple(topic.name for topic in topics if topic.name not in found) if was_queried else ()


def is_page_empty(day: date, settings: Settings) -> bool:
    """Whether Hugging Face's page of a mailing's date was read and had no paper."""
    warehouse = open_warehouse(settings)
    read = settings.config.sources.huggingface.enabled and warehouse.find_written_days(HF_DAILY_PAPERS.name, [day])
    return bool(read) and settings.calendar.is_mailing(day) and warehouse.read(HF_DAILY_PAPERS, [day]).is_empty()


def _query_ids(settings: Settings, sql: str, parameters: list[object]) -> set[str]:
    tables = (ARXIV_ANNOUNCED, ARXIV_LISTING, ARXIV_TOPIC_HITS)
    return set(open_warehouse(settings).query(sql, parameters, tables=tables)["id"])
