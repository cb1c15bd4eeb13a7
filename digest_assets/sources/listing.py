"""A mailing's papers: those submitted in its window or, where a witness says what was announced, exactly those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.config.settings import Settings
from digest_assets.sources.api_page import ArxivPaper
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.evidence import Evidence, EvidenceReader
from digest_assets.sources.feed import Announcement, AnnounceType
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_WITNESSES, ListingRow, WitnessRow
from digest_assets.sources.witnesses import compute_fingerprint
from digest_assets.warehouse import open_warehouse


@dataclass(frozen=True)
class Listing:
    """A mailing's rows, and what its asset reports about them.

    Attributes:
        feed_note: What the announcement feed held, or why it is not used, in a sentence.
        page_notes: The same of the listing page and the catch-up page, where they were asked.
        missing_ids: Announced, and unknown to the API.
        held_back_ids: Of the window that were not announced when the feed was read: another mailing has them.
    """

    rows: tuple[ListingRow, ...] = ()
    feed_note: str = "not asked: no mailing on this date"
    page_notes: Mapping[str, str] = field(default_factory=dict)
    missing_ids: tuple[str, ...] = ()
    held_back_ids: tuple[str, ...] = ()


def list_mailing(day: date, settings: Settings, api: ArxivApi, now: datetime) -> Listing:
    """The papers that the mailing of `day` announces; none on a date without one.

    What the feed says is stored in `arxiv_announced` when it is read, so that the day gives the same papers when it
    is listed again; what each witness said is stored in `arxiv_witnesses`. With the API down, a mailing that was not
    listed before is listed from its feed or pages alone. Raises `SourceError`; nothing is changed then.
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
        if warehouse.find_written_days(ARXIV_LISTING.name, [day]):
            raise
        unreachable, window_note = error, f"could not be asked ({error})"
    evidence = EvidenceReader(day, settings, api, window_papers, now).read()
    if window_papers is None and evidence.announced is None:
        raise unreachable
    rows, missing = _build_rows(day, categories, window_papers, evidence)
    window_row = WitnessRow(
        day=day,
        witness="window",
        verdict="unreachable" if window_papers is None else "whole",
        papers=len(window_papers or {}),
        fingerprint=compute_fingerprint(window_papers) if window_papers else "",
        note=window_note,
    )
    warehouse.replace_days(ARXIV_WITNESSES, [day], ARXIV_WITNESSES.to_frame([window_row, *evidence.witnesses]))
    named = window_papers if evidence.announced is None else evidence.announced
    return Listing(
        tuple(rows),
        evidence.get_note("feed") or "not asked: no longer to be had",
        {row.witness: row.note for row in evidence.witnesses if row.witness != "feed"},
        missing_ids=tuple(missing),
        held_back_ids=tuple(sorted((window_papers or {}).keys() - (named or {}).keys())),
    )


def _build_rows(
    day: date,
    categories: Sequence[str],
    window_papers: Mapping[str, ArxivPaper] | None,
    evidence: Evidence,
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
        version=item.version or 1,
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


def _build_row(
    paper: ArxivPaper, day: date, announce_type: AnnounceType, found_by: Literal["window", "feed"]
) -> ListingRow:
    return ListingRow(day=day, **paper.to_columns(), announce_type=announce_type, found_by=found_by)
