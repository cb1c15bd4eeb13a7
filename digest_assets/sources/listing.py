"""A mailing's papers: those submitted in its window or, where its announcement feed is stored, exactly those announced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.api_page import ArxivPaper
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.feed import Announcement, AnnouncementFeed, AnnounceType, fetch_feed
from digest_assets.sources.tables import (
    ARXIV_ANNOUNCED,
    ARXIV_LISTING,
    ARXIV_WITNESSES,
    AnnouncedRow,
    ListingRow,
    WitnessRow,
)
from digest_assets.sources.witnesses import Verdict, compute_fingerprint, judge_feed
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
    is listed again; what each witness said is stored in `arxiv_witnesses`. With the API down, the mailing that is out
    now is listed from its feed alone, unless it was listed before. Raises `SourceError`; nothing is changed then.
    """
    window = settings.calendar.get_window(day)
    if window is None:
        return Listing()
    release_time = settings.calendar.get_release_time(day)
    if now < release_time:
        raise SourceError(f"the mailing of {day} is out at {release_time:%Y-%m-%d %H:%M} UTC: make the day after that")
    warehouse, categories = open_warehouse(settings), settings.config.sources.arxiv.categories
    window_papers: dict[str, ArxivPaper] | None = None
    try:
        found = api.fetch_submitted(categories, window, description=f"mailing of {day}")
        window_papers = {paper.id: paper for paper in found}
        window_note = "; ".join([f"{len(found)} papers", *api.left_out])
    except TransientSourceError as error:
        if day != settings.calendar.get_latest(now) or warehouse.find_written_days(ARXIV_LISTING.name, [day]):
            raise
        unreachable, window_note = error, f"could not be asked ({error})"
    evidence = _load_announced(day, settings, api, window_papers, now)
    if window_papers is None and evidence.announced is None:
        raise unreachable
    rows, missing = _build_rows(day, categories, window_papers, evidence)
    _store_witnesses(day, settings, window_papers, window_note, evidence)
    return Listing(
        tuple(rows),
        evidence.note,
        missing_ids=tuple(missing),
        held_back_ids=tuple(sorted((window_papers or {}).keys() - (evidence.announced or window_papers or {}).keys())),
    )


@dataclass(frozen=True)
class FeedEvidence:
    """What the announcement feed says of a day: the announced papers with what else is known of them, and the verdict."""

    verdict: Verdict
    note: str
    fingerprint: str = ""
    announced: Mapping[str, AnnouncedRow] | None = None
    papers: Mapping[str, ArxivPaper] = field(default_factory=dict)  # outside the window, as the API gives them
    items: Mapping[str, Announcement] = field(default_factory=dict)  # as the feed itself describes them


def _build_rows(
    day: date,
    categories: Sequence[str],
    window_papers: Mapping[str, ArxivPaper] | None,
    evidence: FeedEvidence,
) -> tuple[list[ListingRow], list[str]]:
    """The listing's rows, and the announced ids that no source describes."""
    in_window = window_papers or {}
    if evidence.announced is None:
        return [_build_row(paper, day, "new", "window") for paper in in_window.values()], []
    rows, missing = [], []
    for identifier, announcement in sorted(evidence.announced.items()):
        paper = in_window.get(identifier) or evidence.papers.get(identifier)
        if paper is None and window_papers is None and identifier in evidence.items:
            paper = _describe_from_feed(evidence.items[identifier])
        if paper is None:
            missing.append(identifier)
        elif identifier in in_window or not set(categories).isdisjoint(paper.categories):
            # What was submitted in the window is announced for the first time, also where the feed, which speaks
            # of one category, calls it a cross-list.
            kind: AnnounceType = "new" if identifier in in_window else announcement.announce_type
            rows.append(_build_row(paper, day, kind, "window" if identifier in in_window else "feed"))
    return rows, missing


def _describe_from_feed(item: Announcement) -> ArxivPaper:
    """A paper with what its announcement says of it; when it was submitted is not known."""
    return ArxivPaper(
        id=item.id,
        version=item.version,
        title=item.title,
        abstract=item.abstract,
        authors=item.authors,
        categories=item.categories,
        primary_category=item.categories[0] if item.categories else "",
        published=None,
        updated=None,
        comment=None,
        doi=None,
        journal_ref=None,
    )


def _load_announced(
    day: date, settings: Settings, api: ArxivApi, window_papers: Mapping[str, ArxivPaper] | None, now: datetime
) -> FeedEvidence:
    """What is stored of the mailing's feed or, if that is contradicted or not there, what the current one holds."""
    warehouse = open_warehouse(settings)
    rows = ARXIV_ANNOUNCED.to_rows(warehouse.read(ARXIV_ANNOUNCED, [day]))
    is_current = day == settings.calendar.get_latest(now)
    kept: FeedEvidence | None = None
    if rows:
        items = tuple(
            Announcement(row.id, row.version, row.announce_type, row.categories)
            for row in rows
            if row.announced_in == "feed"
        )
        kept = _judge(AnnouncementFeed(day, items), day, settings, api, window_papers, "kept")
        was_partial = any(
            row.witness == "feed" and row.verdict == "partial"
            for row in ARXIV_WITNESSES.to_rows(warehouse.read(ARXIV_WITNESSES, [day]))
        )
        if kept.verdict == "whole" and was_partial:
            kept = replace(kept, verdict="partial")
        if kept.announced is not None:  # with those of the window that the feed did not name when it was read
            window_rows = {row.id: row for row in rows if row.announced_in == "window"}
            kept = replace(kept, announced={**window_rows, **kept.announced})
        if kept.verdict == "whole" or not is_current:
            return kept
    elif not is_current:
        return FeedEvidence("not_out", "not kept, and no longer to be had: the window alone")
    try:
        feed = fetch_feed(settings)
    except SourceError as error:
        return kept or FeedEvidence("unreachable", f"not to be had, so the window alone ({error})")
    evidence = _judge(feed, day, settings, api, window_papers, "read")
    if evidence.announced is None:
        return kept if kept is not None and kept.announced is not None else evidence
    stored = build_announced_rows(
        day, evidence.announced, window_papers or {}, settings.config.sources.arxiv.categories
    )
    warehouse.replace_days(ARXIV_ANNOUNCED, [day], ARXIV_ANNOUNCED.to_frame(stored))
    return replace(evidence, announced={row.id: row for row in stored})


def _judge(
    feed: AnnouncementFeed,
    day: date,
    settings: Settings,
    api: ArxivApi,
    window_papers: Mapping[str, ArxivPaper] | None,
    how: str,
) -> FeedEvidence:
    """What is believed of a feed, with what the API knows of its papers outside the window."""
    categories = settings.config.sources.arxiv.categories
    previous = settings.calendar.get_previous(day)
    earlier_window = settings.calendar.get_window(previous)
    listed = set(open_warehouse(settings).read(ARXIV_LISTING, [previous])["id"])
    papers: Mapping[str, ArxivPaper] = {}
    ids = {item.id for item in feed.announcements}
    new = {item.id for item in feed.announcements if item.announce_type == "new"}
    if window_papers is not None and (feed.day == day or 2 * len(new & window_papers.keys()) > len(new)):
        papers = api.fetch_by_ids(ids - window_papers.keys())
    window = settings.calendar.get_window(day)
    assert window is not None, f"{day} has a mailing"
    judgement = judge_feed(
        feed,
        day,
        categories,
        window_ids=None if window_papers is None else window_papers.keys(),
        earlier_ids=listed
        or {
            id
            for id, paper in papers.items()
            if paper.published and earlier_window and paper.published in earlier_window
        },
        outside_window={
            id: paper.published < window.start
            for id, paper in papers.items()
            if paper.published is not None and (not listed or paper.published >= window.end)
        },
    )
    unreadable = f"; {feed.unreadable} items could not be read" if feed.unreadable else ""
    note = f"{how}: {judgement.note}{unreadable}" if judgement.announcements else judgement.note
    if not judgement.announcements:
        return FeedEvidence(judgement.verdict, note, compute_fingerprint(ids))
    announced = {item.id: _build_announced_row(item, day, categories) for item in judgement.announcements}
    items = {item.id: item for item in judgement.announcements}
    return FeedEvidence(judgement.verdict, note, compute_fingerprint(ids), announced, papers, items)


def _build_announced_row(item: Announcement, day: date, categories: Sequence[str]) -> AnnouncedRow:
    return AnnouncedRow(
        day=day,
        id=item.id,
        version=item.version,
        announce_type=item.announce_type,
        announced_in="feed",
        categories=item.categories,
        feed_query="+".join(categories),
    )


def build_announced_rows(
    day: date,
    announced: Mapping[str, AnnouncedRow],
    window_papers: Mapping[str, ArxivPaper],
    categories: Sequence[str],
) -> list[AnnouncedRow]:
    """What is stored of a feed: its papers, and those of the window that it does not name."""
    return [
        *announced.values(),
        *(
            AnnouncedRow(
                day=day,
                id=identifier,
                version=paper.version,
                announce_type="new",
                announced_in="window",
                categories=paper.categories,
                feed_query="+".join(categories),
            )
            for identifier, paper in window_papers.items()
            if identifier not in announced
        ),
    ]


def _store_witnesses(
    day: date,
    settings: Settings,
    window_papers: Mapping[str, ArxivPaper] | None,
    window_note: str,
    evidence: FeedEvidence,
) -> None:
    rows = [
        WitnessRow(
            day=day,
            witness="window",
            verdict="unreachable" if window_papers is None else "whole",
            papers=len(window_papers or {}),
            fingerprint=compute_fingerprint(window_papers) if window_papers else "",
            note=window_note,
        ),
        WitnessRow(
            day=day,
            witness="feed",
            verdict=evidence.verdict,
            papers=len(evidence.announced or {}),
            fingerprint=evidence.fingerprint,
            note=evidence.note,
        ),
    ]
    open_warehouse(settings).replace_days(ARXIV_WITNESSES, [day], ARXIV_WITNESSES.to_frame(rows))


def _build_row(
    paper: ArxivPaper, day: date, announce_type: AnnounceType, found_by: Literal["window", "feed"]
) -> ListingRow:
    return ListingRow(day=day, **paper.to_columns(), announce_type=announce_type, found_by=found_by)
