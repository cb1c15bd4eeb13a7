"""A mailing's papers: those submitted in its window or, where its announcement feed is stored, exactly those announced."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from digest_assets.common.errors import SourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.api_page import ArxivPaper
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.feed import AnnouncementFeed, AnnounceType, fetch_feed
from digest_assets.sources.tables import ARXIV_ANNOUNCED, AnnouncedRow, ListingRow
from digest_assets.warehouse import open_warehouse


@dataclass(frozen=True)
class Listing:
    """A mailing's rows, and what its asset reports about them.

    Attributes:
        feed_note: What the announcement feed held, or why it is not used, in a sentence.
        missing_ids: Announced, and unknown to the API.
        held_back_ids: Of the window that were not announced when the feed was read: another mailing has them.
    """

    rows: tuple[ListingRow, ...] = ()
    feed_note: str = "not asked: no mailing on this date"
    missing_ids: tuple[str, ...] = ()
    held_back_ids: tuple[str, ...] = ()


def list_mailing(day: date, settings: Settings, api: ArxivApi, now: datetime) -> Listing:
    """The papers that the mailing of `day` announces; none on a date without one.

    What the feed says is stored in `arxiv_announced` when it is read, so that the day gives the same papers when it
    is listed again. Raises `SourceError`; nothing is changed then.
    """
    window = settings.calendar.get_window(day)
    if window is None:
        return Listing()
    release_time = settings.calendar.get_release_time(day)
    if now < release_time:
        raise SourceError(f"the mailing of {day} is out at {release_time:%Y-%m-%d %H:%M} UTC: make the day after that")
    categories = settings.config.sources.arxiv.categories
    window_papers = {
        paper.id: paper for paper in api.fetch_submitted(categories, window, description=f"mailing of {day}")
    }
    announced, feed_note = _load_announced(day, settings, window_papers, now)
    if announced is None:
        rows = [_build_row(paper, day, "new", "window") for paper in window_papers.values()]
        return Listing(tuple(rows), feed_note)
    other_papers = api.fetch_by_ids(announced.keys() - window_papers.keys())
    papers = {**other_papers, **window_papers}
    rows = []
    for identifier, announcement in announced.items():
        paper = papers.get(identifier)
        if paper is not None and not set(categories).isdisjoint(paper.categories):
            # What was submitted in the window is announced for the first time, also where the feed, which speaks
            # of one category, calls it a cross-list.
            kind: AnnounceType = "new" if identifier in window_papers else announcement.announce_type
            rows.append(_build_row(paper, day, kind, "window" if identifier in window_papers else "feed"))
    return Listing(
        tuple(rows),
        feed_note,
        missing_ids=tuple(sorted(announced.keys() - papers.keys())),
        held_back_ids=tuple(sorted(window_papers.keys() - announced.keys())),
    )


def _load_announced(
    day: date, settings: Settings, window_papers: Mapping[str, ArxivPaper], now: datetime
) -> tuple[dict[str, AnnouncedRow] | None, str]:
    """What is stored of the mailing's feed, read and stored now if it is the current one; and a sentence about it."""
    warehouse = open_warehouse(settings)
    if warehouse.find_written_days(ARXIV_ANNOUNCED.name, [day]):
        rows = ARXIV_ANNOUNCED.to_rows(warehouse.read(ARXIV_ANNOUNCED, [day]))
        return {row.id: row for row in rows}, f"kept: {_describe_counts(rows)}"
    if day != settings.calendar.get_latest(now):
        return None, "not kept, and no longer to be had: the window alone"
    try:
        feed = fetch_feed(settings)
    except SourceError as error:
        return None, f"not to be had, so the window alone ({error})"
    if feed.day != day or not feed.announcements:
        holds = f"{len(feed.announcements)} papers" if feed.announcements else "nothing"
        return None, f"not out yet (it holds {holds} of {feed.day}): the window alone"
    rows = build_announced_rows(feed, window_papers, settings.config.sources.arxiv.categories)
    warehouse.replace_days(ARXIV_ANNOUNCED, [day], ARXIV_ANNOUNCED.to_frame(rows))
    unreadable = f"; {feed.unreadable} items could not be read" if feed.unreadable else ""
    return {row.id: row for row in rows}, f"read: {_describe_counts(rows)}{unreadable}"


def build_announced_rows(
    feed: AnnouncementFeed, window_papers: Mapping[str, ArxivPaper], categories: Sequence[str]
) -> list[AnnouncedRow]:
    """What is stored of a feed: its papers, and those of the window that it does not name."""
    feed_query = "+".join(categories)
    announced_ids = {item.id for item in feed.announcements}
    rows = [
        AnnouncedRow(day=feed.day, announced_in="feed", feed_query=feed_query, **vars(item))
        for item in feed.announcements
    ]
    for identifier, paper in window_papers.items():
        if identifier not in announced_ids:
            rows.append(
                AnnouncedRow(
                    day=feed.day,
                    id=identifier,
                    version=paper.version,
                    announce_type="new",
                    announced_in="window",
                    categories=paper.categories,
                    feed_query=feed_query,
                )
            )
    return rows


def _describe_counts(rows: Sequence[AnnouncedRow]) -> str:
    counts = Counter(row.announce_type for row in rows if row.announced_in == "feed")
    return f"{counts.total()} announced ({', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))})"


def _build_row(
    paper: ArxivPaper, day: date, announce_type: AnnounceType, found_by: Literal["window", "feed"]
) -> ListingRow:
    return ListingRow(day=day, **paper.to_columns(), announce_type=announce_type, found_by=found_by)
