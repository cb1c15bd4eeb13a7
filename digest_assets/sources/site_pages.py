"""Client of arXiv's listing pages: what `/list/CAT/new`, `/list/CAT/recent` and `/catchup/CAT/DATE` say was announced.

Each category has a page of its own. `new` is the mailing that is out, in sections; `recent` is the last five mailings,
without replacements; `catchup` is a mailing of the last ninety days. Which of them is believed is decided in `witnesses`.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from lxml import etree, html

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import TransientSourceError
from digest_assets.common.http import (
    HttpSession,
    RetryableResponseError,
    Timeouts,
    format_user_agent,
    get_with_retries,
)
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import make_rate_limiter
from digest_assets.sources.feed import ANNOUNCE_TYPES, Announcement, AnnouncementFeed, AnnounceType
from digest_assets.sources.xml import fold_white_space

PageKind = Literal["listing", "catchup"]

CATCHUP_DAYS = 90  # arXiv refuses older ones
_ENTRIES_PER_PAGE = 2000  # the most that the site gives; a category's largest mailing has about a thousand
_MAX_PAGES = 5  # of one category: more is no mailing
_DEADLINE_SHARE = 1 / 4  # of the usual deadline, for one page: a day is made without them too
_SECTIONS: Mapping[str, AnnounceType] = {"new": "new", "cross": "cross", "replacement": "replace"}
_SECTION = re.compile(r"(New|Cross|Replacement)[ -](?:submission|list)s?\b", re.IGNORECASE)
_DATE = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2})[a-z]{0,6} (\d{4})\b")
_COUNT = re.compile(r"\bof (\d{1,6}) entries")
_CATEGORY = re.compile(r"\(([a-z][a-z-]{1,20}(?:\.[A-Za-z-]{1,20})?)\)")
_VERSION = re.compile(r"v([1-9]\d{0,2})$")
_MAX_CHARACTERS = 100_000  # of a title, an abstract or the authors, as in a feed


@dataclass(frozen=True)
class SitePage:
    """One page: its announcements by mailing, how many entries it counts and holds in all, and the newest mailing.

    Attributes:
        day: The mailing that the page says it is of; the newest of several.
        announcements: By mailing.
        total: Entries that it counts, on this page and further ones; None where it does not say.
        entries: Entries on this page, those that could not be read included.
        unreadable: Entries without an id.
    """

    day: date
    announcements: Mapping[date, tuple[Announcement, ...]]
    total: int | None
    entries: int
    unreadable: int


def parse_site_page(body: bytes) -> SitePage:
    """A page of any of the three kinds. Raises `RetryableResponseError` for what is none of them."""
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise RetryableResponseError(f"no page ({error})") from error
    content = root.find(".//*[@id='dlpage']")
    if content is None:
        raise RetryableResponseError("a page of another kind where a list of papers belongs")
    day: date | None = None
    newest: date | None = None
    kind: AnnounceType | None = None
    found: dict[date, list[Announcement]] = {}
    entries = unreadable = 0
    term: etree._Element | None = None
    for element in content.iter("h1", "h3", "dt", "dd"):
        if element.tag in ("h1", "h3"):
            text = _get_text(element)
            section = _SECTION.match(text)
            kind = _SECTIONS[section[1].lower()] if section else kind
            if not section and (stated := _parse_date(text)):
                day, newest = stated, max(stated, newest or stated)
        elif element.tag == "dt":
            term = element
            entries += 1
        elif term is not None and day is not None:
            announcement = _parse_entry(term, element, kind)
            if announcement is None:
                unreadable += 1
            else:
                found.setdefault(day, []).append(announcement)
            term = None
    if newest is None:
        raise RetryableResponseError("a list of papers that does not say of which date")
    total = _find_total(content)
    return SitePage(newest, {key: tuple(items) for key, items in found.items()}, total, entries, unreadable)


def _find_total(content: etree._Element) -> int | None:
    """What the page counts: `Total of N entries`, else the sum of its sections' `showing n of N entries`."""
    for element in content.iter("div"):
        if match := re.match(r"Total of (\d{1,6}) entries", (element.text or "").strip()):
            return int(match[1])
    counts = [int(match[1]) for heading in content.iter("h3") if (match := _COUNT.search(_get_text(heading)))]
    return sum(counts) if counts else None


def _parse_entry(term: etree._Element, details: etree._Element, section: AnnounceType | None) -> Announcement | None:
    link = next((item for item in term.iter("a") if (item.get("title") or "") == "Abstract"), None)
    try:
        paper = parse_arxiv_id((link.get("href") or "").partition("/abs/")[2] if link is not None else "")
    except ValueError:
        return None
    words = _get_text(term)
    kind = section or ("cross" if "(cross-list" in words else "new")
    versions = [int(match[1]) for item in term.iter("a") if (match := _VERSION.search(item.get("href") or ""))]
    parts = {name: item for item in details.iter("div") for name in (item.get("class") or "").split()}
    abstract = next(iter(details.iter("p")), None)
    return Announcement(
        paper.id,
        paper.version or max(versions, default=None),
        kind,
        tuple(dict.fromkeys(_CATEGORY.findall(_get_field(parts, "list-subjects")))),
        title=_get_field(parts, "list-title"),
        abstract="" if abstract is None else _get_text(abstract),
        authors=tuple(name for name in _get_field(parts, "list-authors").split(", ") if name),
    )


def _get_field(parts: Mapping[str, etree._Element], name: str) -> str:
    """A field's text without the word before it (`Title:`)."""
    text = _get_text(parts[name]) if name in parts else ""
    before, colon, after = text.partition(":")
    return after.strip() if colon and before in ("Title", "Authors", "Subjects") else text


def _get_text(element: etree._Element) -> str:
    return fold_white_space("".join(map(str, element.itertext()))[:_MAX_CHARACTERS])


def _parse_date(text: str) -> date | None:
    match = _DATE.search(text)
    try:
        return datetime.strptime(" ".join(match.groups()) + " +0000", "%d %b %Y %z").date() if match else None
    except ValueError:
        return None


def fetch_site_pages(
    settings: Settings, day: date, kind: PageKind, timeouts: Timeouts | None = None
) -> AnnouncementFeed:
    """What the site's pages of all categories announce for `day`.

    Its date is another one where the listing pages do not have `day`. The requests share the API's rate limit.
    Raises `SourceError`.
    """
    client = _SiteClient(settings, timeouts or settings.config.sources.timeouts)
    announcements: dict[str, Announcement] = {}
    stated: list[date] = []
    unreadable = 0
    with client.session:
        for category in settings.config.sources.arxiv.categories:
            pages = client.fetch_category(category, day, kind)
            unreadable += sum(page.unreadable for page in pages)
            stated.append(day if any(day in page.announcements for page in pages) else pages[0].day)
            for item in (item for page in pages for item in page.announcements.get(day, ())):
                earlier = announcements.get(item.id)
                if earlier is None or _rank(item) < _rank(earlier):
                    announcements[item.id] = item
    # A category may have had nothing on the date: one that has it speaks for all.
    of_day = day if day in stated else max(stated)
    return AnnouncementFeed(of_day, tuple(announcements[id] for id in sorted(announcements)), unreadable)


def _rank(announcement: Announcement) -> int:
    return ANNOUNCE_TYPES.index(announcement.announce_type)


class _SiteClient:
    """Asks for pages behind one connection, all of them within one deadline."""

    def __init__(self, settings: Settings, timeouts: Timeouts) -> None:
        self.session = HttpSession({"User-Agent": format_user_agent(settings.config.contact)})
        self._root = str(settings.environment.arxiv_site_url).rstrip("/")
        self._timeouts = timeouts
        self._ends_at = time.monotonic() + timeouts.total_seconds
        self._rate_limiter = make_rate_limiter(settings, timeouts)

    def fetch_category(self, category: str, day: date, kind: PageKind) -> list[SitePage]:
        """The pages of a category: its catch-up pages of the day; or `new`, and `recent` where that is of another day."""
        if kind == "catchup":
            pages = [self._fetch(f"/catchup/{category}/{day}", {"abs": "True", "page": 1}, kind)]
            while self._lacks_entries(pages):
                pages.append(self._fetch(f"/catchup/{category}/{day}", {"abs": "True", "page": len(pages) + 1}, kind))
            return pages
        pages = self._fetch_list(f"/list/{category}/new")
        if any(day in page.announcements for page in pages):
            return pages
        recent = self._fetch_list(f"/list/{category}/recent")
        return recent if any(day in page.announcements for page in recent) else pages

    def _fetch_list(self, path: str) -> list[SitePage]:
        pages = [self._fetch(path, {"skip": 0, "show": _ENTRIES_PER_PAGE}, "listing")]
        while self._lacks_entries(pages):
            skip = sum(page.entries for page in pages)
            pages.append(self._fetch(path, {"skip": skip, "show": _ENTRIES_PER_PAGE}, "listing"))
        return pages

    def _lacks_entries(self, pages: list[SitePage]) -> bool:
        found, total = sum(page.entries for page in pages), pages[0].total or 0
        if found >= total:
            return False
        if not pages[-1].entries or len(pages) == _MAX_PAGES:
            raise TransientSourceError(
                f"arXiv's listing pages: {found} entries where {total} are counted; try again later"
            )
        return True

    def _fetch(self, path: str, parameters: Mapping[str, str | int], kind: PageKind) -> SitePage:
        left = self._ends_at - time.monotonic()
        name = "listing page" if kind == "listing" else "catch-up page"
        if left <= 0:
            raise TransientSourceError(
                f"arXiv's {name}s: not read within {self._timeouts.total_seconds:g} s; try again later"
            )
        return get_with_retries(
            self.session,
            self._root + path,
            parse_site_page,
            source=f"arXiv's {name} {path}",
            timeouts=replace(self._timeouts, total_seconds=min(left, self._timeouts.total_seconds * _DEADLINE_SHARE)),
            parameters=parameters,
            rate_limiter=self._rate_limiter,
        )
