"""Client of arXiv's announcement feeds (RSS, Atom): what the mailing that is out now announces, and how.

RSS at `/rss/CATS`, Atom at `/atom/CATS`, several categories joined by `+`; rebuilt at midnight US Eastern, without
items on a date without a mailing. See https://info.arxiv.org/help/rss.html.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, cast, get_args

from lxml import etree

from digest_assets.common.arxiv_ids import ArxivId, parse_arxiv_id
from digest_assets.common.errors import SourceError
from digest_assets.common.http import (
    HttpSession,
    RetryableResponseError,
    Timeouts,
    format_user_agent,
    get_with_retries,
)
from digest_assets.common.mailings import EASTERN
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import make_rate_limiter
from digest_assets.sources.xml import explain_error_entry, parse_feed_document, read_text

logger = logging.getLogger(__name__)

AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
ANNOUNCE_TYPES: tuple[AnnounceType, ...] = get_args(
    AnnounceType
)  # the more telling first: a paper with two keeps the earlier one

_FORMS = ("rss", "atom")
_MAX_CHARACTERS = 100_000  # of a title, an abstract or the authors: five thousand names fit
_DEADLINE_SHARE = 1 / 4  # of the usual deadline, for each form: a day is made without the feed too
_ANNOUNCE_TYPE = re.compile(r"Announce Type:\s*([a-z-]+)")


@dataclass(frozen=True)
class Announcement:
    """A paper as a feed or a listing page announces it; which version, where that says so."""

    id: str
    version: int | None
    announce_type: AnnounceType
    categories: tuple[str, ...]
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnnouncementFeed:
    """A mailing's papers as its feed announces them."""

    day: date
    announcements: tuple[Announcement, ...]
    unreadable: int = 0  # items without an id or a known type


def parse_feed(body: bytes) -> AnnouncementFeed:
    """The feed in either form. Raises `RetryableResponseError` for what is not a whole feed."""
    document = parse_feed_document(body, "item" if b"<channel" in body else "entry")
    root, items = document.root, [item.element for item in document.items]
    channel = root.find("channel")
    if channel is not None:
        stamps = [channel.findtext(name) for name in ("pubDate", "lastBuildDate")]
        return _build_feed(stamps, items, identifiers=("guid", "link"), categories=None)
    if etree.QName(root).localname == "feed":
        return _build_feed([root.findtext("{*}updated")], items, identifiers=("{*}id",), categories="term")
    raise RetryableResponseError(f"a document {etree.QName(root).localname!r} that is no feed")


def _build_feed(
    stamps: Iterable[str | None],
    items: Iterable[etree._Element | None],
    *,
    identifiers: Sequence[str],
    categories: str | None,
) -> AnnouncementFeed:
    announcements: dict[str, Announcement] = {}
    unreadable = 0
    for item in items:
        announcement = None if item is None else _parse_announcement(item, identifiers, categories)
        if announcement is None:
            unreadable += 1
            continue
        earlier = announcements.get(announcement.id)
        if earlier is None or _rank(announcement) < _rank(earlier):
            announcements[announcement.id] = announcement
    return AnnouncementFeed(
        _find_feed_date(stamps), tuple(announcements[id] for id in sorted(announcements)), unreadable
    )


def _parse_announcement(
    item: etree._Element, identifiers: Sequence[str], categories: str | None
) -> Announcement | None:
    text = read_text(item, "{*}description") or read_text(item, "{*}summary")
    match = _ANNOUNCE_TYPE.search(text)
    kind = (read_text(item, "{*}announce_type") or (match[1] if match else "")).lower()
    paper = next(filter(None, (_parse_id(read_text(item, name)) for name in identifiers)), None)
    if paper is None:
        return None
    if kind not in ANNOUNCE_TYPES:
        return None
    elements = item.iterfind("category" if categories is None else "{*}category")
    names = tuple((element.text if categories is None else element.get(categories)) or "" for element in elements)
    creators = read_text(item, "{*}creator")[:_MAX_CHARACTERS].split(", ")
    return Announcement(
        paper.id,
        paper.version or 1,
        cast(AnnounceType, kind),
        names,
        title=read_text(item, "{*}title")[:_MAX_CHARACTERS],
        abstract=text.partition("Abstract:")[2].strip()[:_MAX_CHARACTERS],
        authors=tuple(name for name in creators if name),
    )


def _rank(announcement: Announcement) -> int:
    return ANNOUNCE_TYPES.index(announcement.announce_type)


def _parse_id(text: str) -> ArxivId | None:
    try:
        return parse_arxiv_id(text)
    except ValueError:
        return None


def _find_feed_date(stamps: Iterable[str | None]) -> date:
    """The feed's date in US Eastern, from the first of these that is a time in RSS' or Atom's form."""
    given = [(stamp or "").strip() for stamp in stamps]
    for stamp in given:
        for parse in (datetime.fromisoformat, parsedate_to_datetime):
            try:
                return parse(stamp).astimezone(EASTERN).date()
            except (ValueError, OverflowError):
                continue
    raise RetryableResponseError(f"a feed without a date ({' '.join(given)[:80]!r})")


def fetch_feed(settings: Settings, timeouts: Timeouts | None = None) -> AnnouncementFeed:
    """The feed of the mailing that is out now: in RSS, or in Atom when that cannot be had.

    Its requests share the API's rate limit. Raises `SourceError`.
    """
    usual = settings.config.sources.timeouts
    timeouts = timeouts or replace(usual, total_seconds=usual.total_seconds * _DEADLINE_SHARE)
    root = str(settings.environment.arxiv_rss_url).rstrip("/")
    path = "+".join(settings.config.sources.arxiv.categories)
    problems = []
    headers = {"User-Agent": format_user_agent(settings.config.contact)}
    with HttpSession(headers) as session:
        for form in _FORMS:
            try:
                return get_with_retries(
                    session,
                    f"{root}/{form}/{path}",
                    parse_feed,
                    source=f"arXiv's announcement feed ({form})",
                    timeouts=timeouts,
                    rate_limiter=make_rate_limiter(settings),
                    explain_refusal=explain_error_entry,
                )
            except SourceError as error:
                logger.warning("%s", error)
                problems.append(error)
    raise problems[0]
